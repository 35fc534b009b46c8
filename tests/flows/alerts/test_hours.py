"""Quiet hours and digests go by the channel's clock, also in the nights in which it is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from flows.alerts.hours import is_digest_due, is_quiet
from flows.config.alerts import ChannelTable

NIGHT = ChannelTable(name="c", url="json://h", quiet=(time(22), time(7)))
EARLY = ChannelTable(name="c", url="json://h", digest=time(2, 30))


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "quiet"),
    [
        ("Asia/Tokyo", "2026-03-08T12:59", False),
        ("Asia/Tokyo", "2026-03-08T13:00", True),
        ("Asia/Tokyo", "2026-03-08T21:59", True),
        ("Asia/Tokyo", "2026-03-08T22:00", False),
        # Berlin's clock goes forward in this night: 07:00 is 05:00 UTC, not 06:00.
        ("Europe/Berlin", "2026-03-29T04:59", True),
        ("Europe/Berlin", "2026-03-29T05:00", False),
        ("Europe/Berlin", "2026-03-28T06:00", False),
        ("Europe/Berlin", "2026-03-28T05:59", True),
        # And back in this one: 07:00 is 06:00 UTC.
        ("Europe/Berlin", "2026-10-25T05:59", True),
        ("Europe/Berlin", "2026-10-25T06:00", False),
        ("Australia/Lord_Howe", "2026-04-04T20:29", True),
        ("Australia/Lord_Howe", "2026-04-04T20:30", False),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(zone: str, moment: str, quiet: bool) -> None:
    assert is_quiet(NIGHT, zone, _utc(moment)) is quiet


def test_quiet_days_are_those_of_the_zone() -> None:
    table = ChannelTable(name="c", url="json://h", quiet_days=("sat", "sun"))
    # Friday 23:30 UTC is Saturday in Tokyo, Sunday 15:30 UTC is Monday.
    assert is_quiet(table, "Asia/Tokyo", _utc("2026-03-06T23:30"))
    assert not is_quiet(table, "UTC", _utc("2026-03-06T23:30"))
    assert not is_quiet(table, "Asia/Tokyo", _utc("2026-03-08T15:30"))


@pytest.mark.parametrize(("zone", "first"), [("Europe/Berlin", "2026-03-26"), ("Europe/Berlin", "2026-10-22"),
                                             ("Asia/Tokyo", "2026-03-26")])  # fmt: skip
def test_a_digest_is_due_once_a_day_whatever_the_clock_does(zone: str, first: str) -> None:
    now = _utc(f"{first}T12:00")
    last, made = now, []
    for _ in range(7 * 24 * 4):
        now += timedelta(minutes=15)
        if is_digest_due(EARLY, zone, last, now):
            made.append(now)
            last = now
    assert len(made) == 7
    assert all(timedelta(hours=22) < b - a < timedelta(hours=26) for a, b in pairwise(made))


def test_a_digest_that_was_slept_through_is_made_up_for_once() -> None:
    last = _utc("2026-03-05T02:31")
    now = _utc("2026-03-09T11:00")
    assert is_digest_due(EARLY, "UTC", last, now)
    assert not is_digest_due(EARLY, "UTC", now, now + timedelta(hours=1))
