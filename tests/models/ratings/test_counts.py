"""Days, spans of days, and what is measured of each day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ratings.counts import PrefixSums, Span, daily_measures, date_of, day_number
from models.validation.simulate import FIRST_DAY, joined
from tests.models.made_series import TOPICS, counts


def test_a_day_number_and_its_date_are_inverses() -> None:
    assert day_number(date(1970, 1, 2)) == 1
    assert date_of(day_number(date(2026, 11, 25))) == date(2026, 11, 25)


def test_a_span_counts_both_of_its_ends() -> None:
    assert Span(date(2026, 2, 27), date(2026, 3, 1)).days == 3


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-01"):
        Span(date(2026, 3, 2), date(2026, 3, 1))


def test_every_measure_counts_the_reviews_that_it_is_about() -> None:
    rated = counts((0, 1), (0, 5))  # without a text
    read = counts((0, 0), sentiment=0, topics=0b01, n=3)  # without stars: three that complain of login
    daily = daily_measures(joined(rated, read), TOPICS)
    assert daily.names == ("mean_stars", "share_one_star", "sentiment", "topic:login", "topic:crash")
    assert daily.n.tolist() == [[2, 2, 3, 3, 3]]
    assert daily.total.tolist() == [[6, 1, -3, 3, 0]]
    assert daily.squares[0, 0] == 26


def test_praise_of_a_topic_is_no_complaint() -> None:
    assert daily_measures(counts((0, 5), sentiment=2, topics=0b11), TOPICS).total[0, 3:].tolist() == [0, 0]


def test_days_without_a_review_are_days() -> None:
    daily = daily_measures(counts((2, 4), (5, 4)), ())
    assert (daily.first, daily.days) == (FIRST_DAY + 2, 4)
    assert daily.n[:, 0].tolist() == [1, 0, 0, 1]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), min_size=1, max_size=60),
    st.integers(-2, 20),
    st.integers(0, 12),
)
def test_prefix_sums_are_the_sums_of_the_span(rows: list[tuple[int, int]], start: int, days: int) -> None:
    made = counts(*rows)
    daily = daily_measures(made, ())
    side = PrefixSums(daily).between(np.array([start]), np.array([start + days]))
    part = made.between(daily.first + start, daily.first + start + days - 1)
    assert side.n[0, 0] == len(part.day)
    assert side.total[0, 0] == part.stars.sum()
    if len(part.day):
        mean = part.stars.mean()
        sums = [
            part.stars[part.day == d].sum() - mean * (part.day == d).sum() for d in set(part.day.tolist())
        ]
        off = side.ss - 2 * mean * side.ns + mean**2 * side.nn
        assert off[0, 0] == pytest.approx(float(np.square(sums).sum()), abs=1e-6)
        assert side.days[0, 0] == len(set(part.day.tolist()))
