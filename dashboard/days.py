"""Which day a moment belongs to, by the clock of the team's time zone.

SQL answers by the same rules (warehouse/local_days.py): what stands at midnight (UTC) is a date without a
time, such as a dump's, and stays that date in every zone.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st
from babel.dates import get_timezone_location

from warehouse import reads
from warehouse.local_days import UTC as IN_UTC
from warehouse.local_days import is_zone

TEAM = "HOSHIYOMI_TIMEZONE"
"""Where `hoshiyomi dashboard` says which zone the team's is; empty: each browser's own."""


def zone_of(path: Path) -> str:
    """The zone by whose days the published file at `path` is read: the team's, else the browser's, else UTC.

    It is UTC, too, for a file that an older version published.
    """
    name = os.environ.get(TEAM) or st.context.timezone or IN_UTC
    # A browser may say anything.
    return name if name != IN_UTC and is_zone(name) and reads.tells_local_days(path) else IN_UTC


def in_zone(moment: datetime, zone: str) -> datetime:
    """The same aware moment in a zone; a date without a time stays midnight in UTC."""
    at = moment.astimezone(UTC)
    return at if at.timetz() == time(0, tzinfo=UTC) else at.astimezone(ZoneInfo(zone))


def wall_clock(moment: datetime, zone: str) -> datetime:
    """What clocks of the zone show at an aware moment, as a naive time; a date without a time stays
    midnight."""
    return in_zone(moment, zone).replace(tzinfo=None)


def day_of(moment: date | datetime, zone: str) -> date:
    """The day of the zone that an aware moment belongs to; a day is itself."""
    return wall_clock(moment, zone).date() if isinstance(moment, datetime) else moment


def offset(moment: datetime, zone: str) -> str:
    """How far clocks of the zone are before UTC at a moment: UTC, UTC+9, UTC−3:30."""
    ahead = moment.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = round(ahead.total_seconds() / 60) if ahead is not None else 0
    if not minutes:
        return IN_UTC
    hours, rest = divmod(abs(minutes), 60)
    return f"{IN_UTC}{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


@lru_cache(maxsize=256)
def place(zone: str, locale: str) -> str:
    """The city that a zone is named after, as a locale writes it: Tokyo, 東京."""
    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))
