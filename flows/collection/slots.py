"""Slots: the spans of time in each of which a source is asked once.

A slot is named by its beginning, counted in whole intervals from 1970-01-01T00:00Z, so that every process and
every repetition finds the same name: `20261128` where slots are a day or longer, `20261128t0600` where
they are shorter. Intervals are whole minutes, so no two slots of one interval share a name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def slot_start(now: datetime, every: timedelta) -> datetime:
    """When the slot began in which `now` (aware) lies."""
    return now.astimezone(UTC) - (now - _EPOCH) % every


def slot_name(now: datetime, every: timedelta) -> str:
    """The name of the slot in which `now` (aware) lies."""
    start = slot_start(now, every)
    return f"{start:%Y%m%d}" if every >= _DAY else f"{start:%Y%m%dt%H%M}"
