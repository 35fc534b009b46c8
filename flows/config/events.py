"""events.toml: what happened around an app that a store does not tell, such as a price change or a campaign.

Events are shown on every series and listed beside the verdicts of the releases near them; they never
change a number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from flows.config.tables import Table, Text, WrongTable, nearest, one_of, read_toml, validated
from flows.errors import ConfigError
from warehouse.records import STORES

KINDS = ("price_change", "campaign", "reset", "prompt_change", "other")
"""`reset`: a store began a summary anew; `prompt_change`: the app asks for ratings in another way."""


def _moment(clock: time) -> Callable[[Any], datetime]:
    """Reads a TOML date (that day in UTC, at `clock`) or a date and time with its offset."""

    def read(value: Any) -> datetime:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(
                    "has a time without an offset. "
                    "Remedy: 2026-04-01T09:00:00+09:00, or the day alone, 2026-04-01"
                )
            return value.astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, clock, UTC)
        raise ValueError("is not a date. Remedy: a day such as 2026-04-01, unquoted")

    return read


class Event(Table):
    """One event of an app. A day without a time means that day in UTC, `until` with all of it."""

    app: Text
    store: Annotated[Text, one_of(STORES)] | None = None
    """None: in every store."""
    kind: Annotated[Text, one_of(KINDS)]
    at: Annotated[datetime, BeforeValidator(_moment(time.min))]
    until: Annotated[datetime, BeforeValidator(_moment(time(23, 59, 59)))] | None = None
    """The last moment of an event that lasts."""
    label: Text

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Event:
        if self.until is not None and self.until < self.at:
            raise WrongTable("until lies before at. Remedy: leave it out for an event of one moment")
        return self


class Events(Table):
    """events.toml, in the order of the file."""

    event: tuple[Event, ...] = ()


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of an events.toml; none when the file is missing."""
    return validated(Events, read_toml(path), path).event if path.is_file() else ()


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
