from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ratings.series import (
    SMALL_N,
    ConsoleDay,
    Coverage,
    console_series,
    detected_events,
    displayed_series,
    implied_series,
    review_series,
    rounding,
)
from tests.models.made_series import START, counts, shown


def test_a_week_runs_from_monday_to_sunday() -> None:
    # 2020-01-01, day 0, was a Wednesday.
    points = review_series(counts((0, 1), (4, 3), (5, 5)))
    assert [(p.period_start, p.period_end) for p in points] == [
        (date(2019, 12, 30), date(2020, 1, 5)),
        (date(2020, 1, 6), date(2020, 1, 12)),
    ]
    assert [(p.n, p.value) for p in points] == [(2, 2.0), (1, 5.0)]


def test_weeks_without_a_review_and_reviews_without_stars_give_no_point() -> None:
    assert len(review_series(counts((0, 4), (30, 4)))) == 2
    assert review_series(counts((0, 0))) == []
    assert review_series(counts()) == []


def test_few_reviews_are_marked_and_drawn_to_the_weeks_around_them() -> None:
    before = [(day, 1) for day in range(35) for _ in range(10)]
    *_, lone = review_series(counts(*before, (40, 5)))
    assert lone.is_small_n
    assert lone.value == 5.0
    assert lone.shrunk == pytest.approx((5 + SMALL_N * (350 + 5) / 351) / (SMALL_N + 1))
    assert not review_series(counts(*before))[1].is_small_n


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 5)), max_size=60))
def test_the_points_of_series_b_hold_every_rated_review_once(rows: list[tuple[int, int]]) -> None:
    points = review_series(counts(*rows))
    rated = [stars for _, stars in rows if stars]
    assert sum(p.n or 0 for p in points) == len(rated)
    assert sum((p.n or 0) * (p.value or 0) for p in points) == pytest.approx(sum(rated))
    for p in points:
        assert 1 <= (p.low or 0) <= (p.value or 0) <= (p.high or 0) <= 5
        assert 1 <= (p.shrunk or 0) <= 5


def test_series_a_keeps_the_last_score_of_a_day_with_its_rounding() -> None:
    late = replace(shown(0, 4.2, 90), observed_at=shown(0, 4.2).observed_at + timedelta(hours=3))
    (point,) = displayed_series([late, shown(0, 4.1, 80), shown(1, None)])
    assert (point.value, point.n) == (4.2, 90)
    assert (point.low, point.high) == (pytest.approx(4.15), pytest.approx(4.25))


def test_the_interval_of_series_a_ends_where_the_stars_end() -> None:
    best, worst = displayed_series([shown(0, 5.0, 80), shown(1, 1.0, 80)])
    assert (best.low, best.high) == (pytest.approx(4.95), 5)
    assert (worst.low, worst.high) == (1, pytest.approx(1.05))
    half = displayed_series([shown(0, 4.98, 80)])[0]
    assert (half.low, half.high) == (pytest.approx(4.975), pytest.approx(4.985))


@pytest.mark.parametrize(
    ("scores", "half"), [([4.2, 4.0], 0.05), ([4.25, 4.0], 0.005), ([4.0, 4.123457], 0.0), ([], 0.05)]
)
def test_rounding_is_told_by_all_scores_together(scores: list[float], half: float) -> None:
    assert rounding([shown(i, s) for i, s in enumerate(scores)]) == pytest.approx(half)


def test_series_c_invents_neither_number_nor_interval() -> None:
    (point,) = console_series([ConsoleDay(date(2026, 1, 2), 4.5), ConsoleDay(date(2026, 1, 1), None)])
    assert (point.value, point.n, point.low, point.high) == (4.5, None, None, None)


def test_the_implied_mean_is_that_of_the_new_ratings() -> None:
    (point,) = implied_series([shown(0, 2.25, 1000), shown(14, 3.125, 2000)])
    assert (point.n, point.value, point.is_valid) == (1000, pytest.approx(4.0), True)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(1, 5)), min_size=2, max_size=6), st.integers(1, 2))
def test_rounded_scores_never_put_the_truth_outside_by_more_than_sampling(
    weeks: list[tuple[int, float]], places: int
) -> None:
    counts = np.cumsum([n for n, _ in weeks])
    totals = np.cumsum([n * mean for n, mean in weeks])
    shots = [
        shown(7 * i, round(float(t / n), places), int(n))
        for i, (n, t) in enumerate(zip(counts, totals, strict=True))
        if n
    ]
    for p in (p for p in implied_series(shots) if p.is_valid):
        at = [7 * i for i in range(len(weeks)) if p.period_start < (START + timedelta(days=7 * i)).date()]
        new = [weeks[day // 7] for day in at if (START + timedelta(days=day)).date() <= p.period_end]
        truth = sum(n * mean for n, mean in new) / sum(n for n, _ in new)
        assert (p.low or 0) - 1e-6 <= truth <= (p.high or 0) + 1e-6


def test_rounding_that_drowns_the_new_ratings_waits_for_more_of_them() -> None:
    coarse = [shown(7 * i, 4.2, 10_000 + 500 * i) for i in range(4)]
    (point,) = implied_series(coarse)
    assert (point.note, point.is_valid, point.value) == ("rounding_too_coarse", False, None)
    enough = [*coarse, shown(70, 4.2, 40_000)]
    (point,) = implied_series(enough)
    assert (point.period_end, point.is_valid) == (date(2020, 3, 11), True)


@pytest.mark.parametrize(
    ("second", "note"),
    [
        (shown(8, 4.4, 120, is_reset=True), "reset"),
        (shown(8, 4.4, 40), "count_fell"),
        (shown(8, 4.4, 100), "no_new_ratings"),
        (shown(8, 1.1111, 110), "outside_scale"),
    ],
)
def test_an_implied_mean_that_says_nothing_says_why(second: object, note: str) -> None:
    (point,) = implied_series([shown(0, 4.4444, 100), second])  # type: ignore[list-item]
    assert (point.note, point.is_valid, point.value) == (note, False, None)


def test_after_a_reset_the_series_starts_anew() -> None:
    shots = [shown(0, 2.2222, 900), shown(7, 4.5555, 100), shown(14, 4.5555, 300)]
    assert [(p.note, p.value) for p in implied_series(shots)] == [
        ("count_fell", None),
        (None, pytest.approx(4.5555)),
    ]


def test_a_count_below_half_is_a_reset_unless_it_is_known_and_a_small_fall_is_none() -> None:
    def kinds(count: int, known: bool = False) -> list[str]:
        return [e.kind for e in detected_events([shown(0, 4.0, 100), shown(1, 4.0, count, known)], [])]

    assert kinds(40) == ["reset"]
    assert kinds(40, known=True) == []
    assert kinds(95) == []


def test_a_score_that_moved_further_than_new_ratings_can_was_reweighted() -> None:
    (event,) = detected_events([shown(0, 3.9714, 7197), shown(42, 2.8788, 9182)], [])
    assert (event.kind, event.label) == ("reweighted", "")
    assert (event.value_before, event.value_after) == (3.9714, 2.8788)
    assert event.at < event.until  # type: ignore[operator]


def test_small_steps_beyond_new_ratings_are_a_property_and_no_events() -> None:
    nightly = [shown(n, 3.000123 + n / 50, 10_000 + n) for n in range(20)]
    (event,) = detected_events(nightly, [])
    assert (event.kind, event.steps_beyond, event.steps) == ("reweights_often", 19, 19)
    assert (event.at, event.until) == (nightly[0].observed_at, nightly[-1].observed_at)
    # Now and then is not often, and a store that computes otherwise in the fifth place does not weigh.
    assert detected_events(nightly[:10], []) == []
    assert detected_events([shown(n, 3.000123 + n / 90_000, 10_000 + n) for n in range(40)], []) == []


def test_a_score_that_moves_without_any_new_rating_was_reweighted() -> None:
    (event,) = detected_events([shown(0, 3.0123, 500), shown(1, 3.2, 500)], [])
    assert (event.kind, event.value_before, event.value_after) == ("reweighted", 3.0123, 3.2)
    # Scores of one decimal may hide a move of a tenth.
    assert detected_events([shown(0, 3.0, 500), shown(1, 3.1, 500)], []) == []
    assert [e.kind for e in detected_events([shown(0, 3.0, 500), shown(1, 3.3, 500)], [])] == ["reweighted"]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5)), min_size=2, max_size=30), st.integers(1, 3)
)
def test_a_plain_average_is_never_called_reweighted(days: list[tuple[int, int]], places: int) -> None:
    counts = np.cumsum([n for n, _ in days])
    totals = np.cumsum([n * stars for n, stars in days])
    shots = [
        shown(i, round(float(t / n), places), int(n))
        for i, (n, t) in enumerate(zip(counts, totals, strict=True))
        if n
    ]
    assert detected_events(shots, []) == []


def test_ratings_that_were_taken_away_are_not_judged() -> None:
    assert detected_events([shown(0, 3.0123, 500), shown(1, 3.4, 450)], []) == []


def test_gaps_in_coverage_stand_among_the_events_in_order_of_time() -> None:
    gap = Coverage(START, START + timedelta(days=2), "ja")
    events = detected_events([shown(-9, 4.0, 100), shown(-8, 4.0, 3)], [gap])
    assert [(e.kind, e.value_before, e.value_after, e.place) for e in events] == [
        ("reset", 100, 3, None), ("coverage_gap", None, None, "ja"),
    ]  # fmt: skip
