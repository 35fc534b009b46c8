"""Spans of days: what is compared with what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01, the unit of `ReviewCounts.day`."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class Span:
    """The days `first`..`last`, both of them included (UTC)."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a span must not end ({self.last}) before it begins ({self.first})")

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1
