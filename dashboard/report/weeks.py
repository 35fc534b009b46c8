"""Weeks as ISO 8601 numbers them, from Monday to Sunday, in UTC days. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_NAME = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week by its Monday."""

    first: date

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(DAYS - 1)

    @property
    def number(self) -> int:
        """Its number within its year."""
        return self.first.isocalendar().week

    def before(self, weeks: int = 1) -> Week:
        """The week so many weeks earlier."""
        return Week(self.first - timedelta(DAYS * weeks))

    def __str__(self) -> str:
        year, number, _ = self.first.isocalendar()
        return f"{year}-W{number:02}"


def week_of(day: date) -> Week:
    """The week that a day belongs to."""
    return Week(day - timedelta(day.weekday()))


def parsed(name: str) -> Week:
    """The week that `2026-W40` names. Raises ValueError for what is no week of its year."""
    found = _NAME.fullmatch(name.strip())
    if found is None:
        raise ValueError(f"{name!r} is no week such as 2026-W40")
    return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1))


def last_whole(today: date) -> Week:
    """The last week that was over before `today` began."""
    return week_of(today).before()
