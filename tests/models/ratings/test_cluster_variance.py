from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from models.ratings.intervals import (
    STAR_SCALE,
    estimate,
    half_widths,
    rise_chances,
    spread_of_means,
    star_sums,
)


def test_one_review_a_day_gives_the_variance_of_the_textbook() -> None:
    stars = np.array([1.0, 2.0, 5.0, 4.0, 4.0, 1.0])
    spread = spread_of_means(stars[:, None], np.ones(6, np.int64), np.arange(6, dtype=np.int32))
    assert spread.variance == pytest.approx(stars.var(ddof=1) / 6)
    assert half_widths([spread])[0] == pytest.approx(t.ppf(0.975, 25) * spread.variance[0] ** 0.5, rel=1e-4)


def test_an_effect_has_the_design_effect_of_a_mean() -> None:
    daily = np.random.default_rng(3).integers(0, 9, size=(20, 5))
    day, stars = np.repeat(np.arange(20, dtype=np.int32), 5), np.tile(np.arange(1.0, 6.0), 20)
    spread = spread_of_means(stars[:, None], daily.ravel(), day)
    mean = estimate(star_sums(daily), STAR_SCALE)
    assert spread.freedom[0] == pytest.approx(float(mean.freedom))
    assert spread.variance[0] == pytest.approx(float(mean.variance), rel=0.05)


def test_a_cell_of_many_reviews_counts_as_many() -> None:
    day = np.arange(4, dtype=np.int32)
    one = spread_of_means(np.array([[1.0], [5.0], [2.0], [4.0]]), np.full(4, 3), day)
    many = spread_of_means(
        np.repeat([1.0, 5.0, 2.0, 4.0], 3)[:, None], np.ones(12, np.int64), np.repeat(day, 3)
    )
    assert one.variance == pytest.approx(many.variance)


def test_days_on_which_everybody_agrees_tell_less_than_as_many_mixed_reviews() -> None:
    day = np.repeat(np.arange(10, dtype=np.int32), 10)
    n = np.ones(100, np.int64)
    alike = spread_of_means(np.repeat([1.0, 5.0] * 5, 10)[:, None], n, day)
    mixed = spread_of_means(np.tile([1.0, 5.0], 50)[:, None], n, day)
    assert alike.variance[0] > 5 * mixed.variance[0]
    assert alike.freedom[0] == pytest.approx(29)


def test_the_chance_of_a_rise_is_that_of_welchs_test() -> None:
    rng = np.random.default_rng(1)
    old, new = rng.normal(0, 1, 20), rng.normal(0.5, 2, 30)
    spreads = [
        spread_of_means(x[:, None], np.ones(len(x), np.int64), np.arange(len(x), dtype=np.int32))
        for x in (old, new)
    ]
    welch = ttest_ind(new, old, equal_var=False, alternative="greater").pvalue
    assert rise_chances(np.array([new.mean() - old.mean()]), spreads)[0] == pytest.approx(welch, rel=0.05)
