from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.intervals import (
    SHARE_SCALE,
    STARS,
    Moments,
    difference_interval,
    interval,
    mean_interval,
    star_moments,
    wilson,
)
from tests.models.made_series import BIMODAL, PRAISE

counts = st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(any)


@settings(deadline=None)
@given(counts)
def test_an_interval_lies_on_the_scale_and_holds_the_plain_mean(stars: list[int]) -> None:
    low, high = mean_interval(stars)
    assert 1 <= low <= star_moments(stars).mean <= high <= 5


@settings(deadline=None)
@given(counts, st.integers(2, 9))
def test_more_of_the_same_reviews_say_more(stars: list[int], times: int) -> None:
    narrow, wide = (np.subtract(*mean_interval(np.multiply(stars, k))[::-1]) for k in (times, 1))
    assert narrow < wide


@pytest.mark.parametrize("n", [5, 20, 100])
def test_intervals_of_few_and_many_reviews_cover_as_promised_over_many_kinds_of_apps(n: int) -> None:
    # Between disliked by most and praised by most: with few reviews no interval covers 95 % for each of them.
    covered = []
    for weight in np.linspace(0, 1, 21):
        p = weight * np.array(PRAISE) + (1 - weight) * np.array(BIMODAL)
        low, high = mean_interval(np.random.default_rng(n).multinomial(n, p / p.sum(), 4000))
        covered.append(np.mean((low <= p @ STARS / p.sum()) & (p @ STARS / p.sum() <= high)))
    assert 0.93 <= np.mean(covered) <= 0.97


def test_reviews_of_one_day_that_resemble_each_other_count_for_less() -> None:
    votes = Moments(np.array(100.0), np.array(40.0), np.array(40.0))
    alone, alike = (interval(votes, SHARE_SCALE, design) for design in (1.0, 4.0))
    assert alike[0] < alone[0] < 0.4 < alone[1] < alike[1]
    assert alike[1] - alike[0] == pytest.approx(2 * (alone[1] - alone[0]), rel=0.05)


def test_a_share_has_jeffreys_interval() -> None:
    low, high = interval(Moments(np.array(10.0), np.array(1.0), np.array(1.0)), SHARE_SCALE)
    # Brown, Cai and DasGupta 2001, table: Jeffreys, x = 1, n = 10.
    assert (round(float(low), 3), round(float(high), 3)) == (0.011, 0.381)


def test_the_difference_of_two_shares_is_newcombes() -> None:
    before, after = (np.array(k / n) for k, n in ((56, 70), (48, 80)))
    low, high = difference_interval((before, *wilson(56, 70)), (after, *wilson(48, 80)))
    # Newcombe 1998, table II (a), method 10: 56/70 - 48/80 lies in 0.0524..0.3339.
    assert (round(float(-high), 4), round(float(-low), 4)) == (0.0524, 0.3339)


def test_wilson_gives_the_textbook_interval_and_all_of_it_without_trials() -> None:
    low, high = wilson([81, 0], [263, 0])
    assert np.round(low, 4).tolist() == [0.2553, 0.0]
    assert np.round(high, 4).tolist() == [0.3662, 1.0]
