"""events.toml: what happened around an app that a store does not tell, such as a price change or a campaign.

Events are shown on every series and listed beside the verdicts of the releases near them; they never
change a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flows.config.toml_fields import known, nearest, optional, tables, text
from flows.errors import ConfigError
from warehouse.records import STORES

KINDS = ("price_change", "campaign", "reset", "prompt_change", "other")
"""`reset`: a store began a summary anew; `prompt_change`: the app asks for ratings in another way."""
_KEYS = ("app", "store", "kind", "at", "until", "label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of an app. A day without a time means that day in UTC, `until` with all of it."""

    app: str
    store: str | None
    """None: in every store."""
    kind: str
    at: datetime
    until: datetime | None
    """The last moment of an event that lasts."""
    label: str


def parse_events(document: Mapping[str, Any], file: str) -> tuple[Event, ...]:
    """The events of an events.toml, in the order of the file.

    Raises ConfigError naming file, entry, field and remedy.
    """
    known(document, ("event",), file)
    return tuple(
        _event(entry, f"{file}, event {number}")
        for number, entry in enumerate(tables(document, "event", file), start=1)
    )


def check_apps(events: tuple[Event, ...], apps: frozenset[str], file: str = "events.toml") -> None:
    """Refuse an event of an app that nobody knows: it would be shown nowhere and nobody would notice."""
    for number, event in enumerate(events, start=1):
        if event.app not in apps:
            near = nearest(event.app, sorted(apps))
            # Hundreds of names are no help.
            hint = near if near.startswith("; did") else "."
            raise ConfigError(
                f"{file}, event {number}: app {event.app!r} is not known{hint} "
                "Remedy: its key in apps.toml, or the store's id of an imported app."
            )


def _event(entry: Mapping[str, Any], where: str) -> Event:
    known(entry, _KEYS, where)
    kind = text(entry, "kind", where)
    if kind not in KINDS:
        raise ConfigError(f"{where}: kind {kind!r} is unknown{nearest(kind, KINDS)}.")
    store = optional(entry, "store", where)
    if store is not None and store not in STORES:
        raise ConfigError(f"{where}: store {store!r} is unknown{nearest(store, STORES)}.")
    at = _moment(entry.get("at"), "at", where, time.min)
    until = _moment(entry["until"], "until", where, time(23, 59, 59)) if "until" in entry else None
    if until is not None and until < at:
        raise ConfigError(f"{where}: until lies before at. Remedy: leave it out for an event of one moment.")
    return Event(
        app=text(entry, "app", where), store=store, kind=kind, at=at, until=until,
        label=text(entry, "label", where),
    )  # fmt: skip


def _moment(value: object, key: str, where: str, clock: time) -> datetime:
    """A TOML date (that day in UTC, at `clock`) or a date and time with its offset."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ConfigError(
                f"{where}: {key} has a time without an offset. "
                "Remedy: 2026-04-01T09:00:00+09:00, or the day alone, 2026-04-01."
            )
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, clock, UTC)
    raise ConfigError(f"{where}: {key} is missing or is not a date. Remedy: {key} = 2026-04-01, unquoted.")
