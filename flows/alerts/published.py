"""What a publication says that may be told, and what is quoted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from flows.alerts import signals as read
from flows.alerts.signals import Owned, Signal
from warehouse.errors import NothingPublished, WarehouseError
from warehouse.reads import connection, current, rows

_EARLIER = timedelta(days=60)
"""A displayed score is followed from so long before: its level then tells which way it crosses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How an app in a store was collected."""

    name: str
    as_of: datetime | None
    """Until when its reviews are known."""
    outcome: str | None
    reason: str | None
    is_sample: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one publication says."""

    path: Path
    signals: tuple[Signal, ...]
    owned: Owned
    known: Mapping[tuple[str, str], Known]
    """By app and store."""
    topics: Mapping[str, Mapping[str, str]]
    """The name of each topic, by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A review of a store, as it is quoted."""

    stars: int | None
    text: str
    day: date
    version: str | None


def look(path: Path, since: date, today: date, levels: set[float]) -> Published:
    """Everything that was raised since a day. Raises as `warehouse.reads.rows`."""
    # While one connection is open, others to the same file cost next to nothing.
    with connection(path):
        return _looked(path, since, today, levels)


def _looked(path: Path, since: date, today: date, levels: set[float]) -> Published:
    scope = rows(path, "alert_scope")
    catalogue = rows(path, "topic_names")
    found = [read.of_alarm(r) for r in rows(path, "alert_alarms", since=since)]
    found += [read.of_burst(r) for r in rows(path, "alert_bursts", since=since)]
    found += [read.of_watch(r) for r in rows(path, "alert_watch", since=since)]
    found += [read.of_coverage(r, today) for r in rows(path, "alert_coverage")]
    if levels:
        scores = rows(path, "alert_scores", since=since - _EARLIER)
        for _, days in groupby(scores, key=lambda r: (r["app"], r["store"])):
            found += [s for s in read.of_scores(list(days), levels) if s.raised >= since]
    return Published(
        path=path, signals=tuple(found),
        owned=Owned({r["app"]: r["owner"] for r in scope}, {r["topic"]: r["owner"] for r in catalogue}),
        known={(r["app"], r["store"]): _known(r) for r in scope},
        topics={r["topic"]: {"ja": r["label_ja"], "en": r["label_en"]} for r in catalogue},
    )  # fmt: skip


def _known(row: Mapping[str, Any]) -> Known:
    return Known(**{name: row[name] for name in ("name", "as_of", "outcome", "reason", "is_sample")})


def imported(data: Path) -> list[str] | None:
    """Every app that is published, also those that apps.toml does not name; None where nobody can tell."""
    try:
        return [r["app"] for r in rows(current(data), "alert_scope")]
    except NothingPublished:
        return []
    except WarehouseError:
        return None


def quotes(path: Path, signal: Signal, until: date) -> list[Quote]:
    """At most three reviews that are typical of a signal: of stores, in public, never of testers."""
    if signal.app is None or signal.direction == "trouble" or signal.kind == "displayed_score":
        return []
    found = rows(
        path, "alert_reviews", app=signal.app, stores=[signal.store] if signal.store else None,
        first=signal.since, last=max(until, signal.since), topic=signal.topic, version=signal.version,
        direction=signal.direction,
    )  # fmt: skip
    return [Quote(stars=r["rating"], text=r["text"], day=r["day"], version=r["version"]) for r in found]
