from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from models.ratings.counts import date_of
from models.ratings.intervals import STAR_SCALE, estimate, star_sums
from models.ratings.topics import LensMonth, lens_months
from models.validation.simulate import FIRST
from tests.models.made_reviews import CRASH, LOGIN, NEGATIVE, NEUTRAL, POSITIVE, UNREAD, USABILITY, reviews

LENSES = ("trust", "reliability", "trust")


def lens(name: str, *rows: tuple[int, int, int, int]) -> LensMonth:
    return next(m for m in lens_months(reviews(*rows), LENSES) if m.lens == name)


def test_months_are_those_of_the_calendar() -> None:
    assert date_of(FIRST) == date(2019, 4, 18)
    found = lens_months(reviews((12, 5, POSITIVE, LOGIN), (13, 1, NEGATIVE, LOGIN)), LENSES)
    assert [(m.period_start, m.lens, m.n) for m in found] == [
        (date(2019, 4, 1), "trust", 1), (date(2019, 4, 1), "reliability", 0),
        (date(2019, 5, 1), "trust", 1), (date(2019, 5, 1), "reliability", 0),
    ]  # fmt: skip


def test_a_review_counts_once_for_a_lens_and_for_every_lens_it_speaks_of() -> None:
    rows = [(0, 2, NEGATIVE, LOGIN | USABILITY | CRASH), (1, 5, POSITIVE, 0)]
    assert (lens("trust", *rows).n, lens("trust", *rows).n_all) == (1, 2)
    assert lens("trust", *rows).share == lens("reliability", *rows).share == 0.5


def test_a_lens_nobody_speaks_of_has_no_figures() -> None:
    found = lens("reliability", (0, 5, POSITIVE, LOGIN))
    assert (found.n, found.share) == (0, 0)
    assert (found.mean_stars, found.low, found.high, found.share_negative) == (None, None, None, None)
    assert found.is_small_n


def test_the_share_of_negative_texts_is_of_those_that_were_read() -> None:
    rows = [(0, 1, NEGATIVE, LOGIN), (0, 3, NEUTRAL, LOGIN), (0, 4, UNREAD, LOGIN), (0, 0, POSITIVE, LOGIN)]
    found = lens("trust", *rows)
    assert found.share_negative == pytest.approx(1 / 3)
    assert found.mean_stars == pytest.approx(8 / 3)
    assert found.n == 4


def test_a_month_has_the_interval_of_its_days() -> None:
    rows = [(day, stars, NEUTRAL, LOGIN) for day in range(12) for stars in (1, 5, 1 + day % 5)]
    found = estimate(
        star_sums([[1, 0, 0, 0, 1] + np.eye(5, dtype=int)[d % 5] for d in range(12)]), STAR_SCALE
    )
    assert (lens("trust", *rows).low, lens("trust", *rows).high) == pytest.approx((found.low, found.high))


def test_days_on_which_everybody_agrees_widen_the_interval() -> None:
    mixed = lens("trust", *((day, s, NEUTRAL, LOGIN) for day in range(12) for s in (1, 5) * 3))
    alike = lens("trust", *((day, 1 + 4 * (day % 2), NEUTRAL, LOGIN) for day in range(12) for _ in range(6)))
    assert mixed.mean_stars == alike.mean_stars
    assert (
        mixed.high is not None and mixed.low is not None and alike.high is not None and alike.low is not None
    )
    assert alike.high - alike.low > 1.8 * (mixed.high - mixed.low)


def test_thirty_reviews_are_no_longer_few() -> None:
    rows = [(0, 1 + k % 5, NEUTRAL, LOGIN) for k in range(30)]
    assert lens("trust", *rows[:29]).is_small_n
    assert not lens("trust", *rows).is_small_n


def test_no_reviews_give_no_months() -> None:
    assert lens_months(reviews((0, 1, 0, 0)).between(0, 1), LENSES) == []
    assert np.isfinite(lens("trust", (0, 3, NEUTRAL, LOGIN)).high or np.nan)
