from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import t

from models.ratings.intervals import (
    SHARE_SCALE,
    STAR_SCALE,
    STARS,
    day_sums,
    difference,
    difference_interval,
    estimate,
    star_sums,
    student,
    wilson,
)
from models.validation.simulate import drawn
from tests.models.made_series import BIMODAL, PRAISE

stars = st.lists(st.integers(0, 500), min_size=5, max_size=5)
days = st.lists(stars, min_size=1, max_size=12).filter(np.any)


def independent(n: int, windows: int, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Star counts by day (7 x windows x 5) of `n` reviews a window that have nothing in common."""
    rng = np.random.default_rng(n)
    return rng.multinomial(rng.multinomial(n, [1 / 7] * 7, size=windows).T, shares)


@settings(deadline=None)
@given(days)
def test_an_interval_lies_on_the_scale_and_holds_the_plain_mean(daily: list[list[int]]) -> None:
    found = estimate(star_sums(daily), STAR_SCALE)
    assert 1 <= found.low <= found.mean + 1e-12 <= found.high + 2e-12 <= 5 + 3e-12
    assert found.low < found.high and found.variance > 0 and found.design >= 1


@settings(deadline=None)
@given(days, st.integers(2, 9))
def test_more_days_of_the_same_reviews_say_more(daily: list[list[int]], times: int) -> None:
    many, once = (estimate(star_sums(daily * k), STAR_SCALE) for k in (times, 1))
    assert many.high - many.low < once.high - once.low


@pytest.mark.parametrize("kind", [[0, 0, 0, 0, 1], [1, 0, 0, 0, 0]])
def test_reviews_that_all_agree_are_not_sure_of_everything(kind: list[int]) -> None:
    one, hundred = (estimate(star_sums([np.multiply(kind, n)]), STAR_SCALE) for n in (1, 100))
    assert one.high - one.low > 2.5
    assert 0.1 < hundred.high - hundred.low < 0.7


@pytest.mark.parametrize("n", [5, 20, 100])
def test_intervals_of_few_and_many_reviews_cover_as_promised_over_many_kinds_of_apps(n: int) -> None:
    # Between disliked by most and praised by most: with few reviews no interval covers 95 % for each of them.
    covered = []
    for weight in np.linspace(0, 1, 21):
        p = weight * np.array(PRAISE) + (1 - weight) * np.array(BIMODAL)
        found = estimate(star_sums(independent(n, 2000, p / p.sum())), STAR_SCALE)
        truth = p @ STARS / p.sum()
        covered.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert 0.94 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize(("days", "likeness"), [(7, 0.35), (28, 0.35), (28, 0.7), (90, 0.7)])
def test_intervals_cover_as_promised_where_each_day_has_a_level_of_its_own(
    days: int, likeness: float
) -> None:
    """`likeness`: standard deviation of the days' log odds of five stars; 0.35 is as in real apps."""
    rng = np.random.default_rng(days)
    covered = []
    for _ in range(30):
        odds = rng.normal(0.3, likeness, 400)
        fives = 1 / (1 + np.exp(-odds))
        shares = np.column_stack([1 - fives, *np.zeros((3, 400)), fives])
        part = rng.multinomial(rng.poisson(30, 400), shares)
        windows = drawn(part, days, 100, rng)
        found = estimate(star_sums(windows.counts.swapaxes(0, 1)), STAR_SCALE)
        covered.append(windows.held(found.low, found.high).mean())
    assert 0.93 <= np.mean(covered) <= 0.975


def test_days_on_which_everybody_agrees_tell_less_than_as_many_mixed_reviews() -> None:
    mixed = estimate(star_sums([[5, 0, 0, 0, 5]] * 10), STAR_SCALE)
    alike = estimate(star_sums([[10, 0, 0, 0, 0], [0, 0, 0, 0, 10]] * 5), STAR_SCALE)
    assert mixed.mean == alike.mean
    assert alike.high - alike.low > 1.8 * (mixed.high - mixed.low)


def test_a_share_of_independent_reviews_has_wilsons_interval_in_the_end() -> None:
    hits, n = np.full(2_000, 3.0), np.full(2_000, 10.0)
    hits[::2] = 4
    found = estimate(day_sums(n, hits, hits), SHARE_SCALE)
    low, high = wilson(7_000, 20_000)
    assert found.design < 1.05
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


def test_the_quantile_is_students() -> None:
    freedom = np.array([20.0, 27, 60, 4000])
    assert student(freedom) == pytest.approx(t.ppf(0.975, freedom), abs=2e-5)


def test_an_empty_window_has_no_interval_and_no_difference() -> None:
    empty, some = estimate(star_sums([[0] * 5]), STAR_SCALE), estimate(star_sums([[1] * 5]), STAR_SCALE)
    assert np.isnan([empty.mean, empty.low, empty.high, *difference(empty, some)]).all()


def test_a_difference_of_windows_covers_as_promised() -> None:
    covered = []
    for weight in np.linspace(0, 1, 11):
        p = weight * np.array(PRAISE) + (1 - weight) * np.array(BIMODAL)
        old, new = (estimate(star_sums(independent(n, 1000, p / p.sum())), STAR_SCALE) for n in (31, 60))
        low, high = difference(old, new)
        covered.append(np.mean((low <= 0) & (high >= 0)))
    assert 0.94 <= np.mean(covered) <= 0.98


def test_the_difference_of_two_shares_is_newcombes() -> None:
    before, after = (np.array(k / n) for k, n in ((56, 70), (48, 80)))
    low, high = difference_interval((before, *wilson(56, 70)), (after, *wilson(48, 80)))
    # Newcombe 1998, table II (a), method 10: 56/70 - 48/80 lies in 0.0524..0.3339.
    assert (round(float(-high), 4), round(float(-low), 4)) == (0.0524, 0.3339)


def test_wilson_gives_the_textbook_interval_and_all_of_it_without_trials() -> None:
    low, high = wilson([81, 0], [263, 0])
    assert np.round(low, 4).tolist() == [0.2553, 0.0]
    assert np.round(high, 4).tolist() == [0.3662, 1.0]
