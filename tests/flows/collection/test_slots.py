"""Slots: one name for each span of time, the same whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from flows.collection.checkpoint import slot_name, slot_start
from flows.console import counted, span

NOON = datetime(2026, 11, 28, 12, 34, 56, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
INTERVALS = st.integers(15, 7 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def test_a_slot_is_named_by_its_beginning() -> None:
    assert slot_name(NOON, timedelta(days=1)) == "20261128"
    assert slot_name(NOON, timedelta(hours=6)) == "20261128t1200"
    assert slot_name(NOON, timedelta(minutes=15)) == "20261128t1230"
    # The week's slots begin on Thursdays, as 1970 did.
    assert slot_name(NOON, timedelta(days=7)) == "20261126"


def test_the_zone_of_the_clock_does_not_matter() -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert slot_name(tokyo, timedelta(hours=1)) == slot_name(NOON, timedelta(hours=1))


@given(MOMENTS, MOMENTS, INTERVALS)
def test_two_moments_share_a_name_exactly_when_they_share_a_slot(
    one: datetime, other: datetime, every: timedelta
) -> None:
    start = slot_start(one, every)
    assert start <= one < start + every
    assert (slot_name(one, every) == slot_name(other, every)) == (start == slot_start(other, every))


def test_spans_are_told_in_their_largest_unit() -> None:
    assert [span(s) for s in (5, 60, 3_700, 86_400, 3 * 86_400)] == ["5 s", "1 min", "1 h", "1 day", "3 days"]
    assert [counted(n, "request") for n in (0, 1, 2_000)] == ["0 requests", "1 request", "2,000 requests"]
