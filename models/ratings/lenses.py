"""User experience against trust against reliability against service, month by month.

A review belongs to every lens of which it speaks, so the shares of a month's lenses may add up to more than
one, and reviews without a topic belong to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_SENTIMENT, NO_STARS, SENTIMENTS, ReviewCounts
from models.ratings.intervals import STAR_SCALE, DaySums, by_day, estimate
from models.ratings.series import SMALL_N
from models.ratings.spans import date_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LensMonth:
    """The reviews of one month (UTC) that speak of a lens, that is of any of its topics.

    `share` is of all reviews of the month; `share_negative` of those of the lens that a model has read.
    The interval is of the mean stars, 95 %. Figures are None where there is nothing to take them from.
    """

    period_start: date
    lens: str
    n: int
    n_all: int
    share: float
    mean_stars: float | None
    low: float | None
    high: float | None
    share_negative: float | None
    is_small_n: bool


def lens_months(counts: ReviewCounts, lens_of_topic: Sequence[str]) -> list[LensMonth]:
    """A row for each month with reviews and each lens, in order of month; `n` may be 0.

    `lens_of_topic[k]` is the lens of bit k of `counts.topics`; lenses come in the order of first mention.
    """
    if not len(counts.day):
        return []
    days, day_of = np.unique(counts.day, return_inverse=True)
    months, month_of = np.unique(days.astype("datetime64[D]").astype("datetime64[M]"), return_inverse=True)
    starts = [date_of(d) for d in months.astype("datetime64[D]").astype(np.int64)]
    n_all = _sums(counts.n, month_of[day_of], len(months))
    columns = [
        _lens_months(counts, lens_of_topic, lens, day_of, month_of, len(months))
        for lens in dict.fromkeys(lens_of_topic)
    ]
    return [
        LensMonth(
            period_start=start,
            lens=column.lens,
            n=int(column.n[m]),
            n_all=int(n_all[m]),
            share=float(column.n[m] / n_all[m]),
            mean_stars=_known(column.mean[m]),
            low=_known(column.low[m]),
            high=_known(column.high[m]),
            share_negative=_known(column.negative[m]),
            is_small_n=bool(column.n[m] < SMALL_N),
        )
        for m, start in enumerate(starts)
        for column in columns
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    lens: str
    n: Floats
    mean: Floats
    low: Floats
    high: Floats
    negative: Floats


def _lens_months(
    counts: ReviewCounts,
    lens_of_topic: Sequence[str],
    lens: str,
    day_of: NDArray[np.int64],
    month_of: NDArray[np.int64],
    months: int,
) -> _Column:
    mask = sum(1 << k for k, name in enumerate(lens_of_topic) if name == lens)
    of_lens = (counts.topics & np.uint32(mask)) != 0
    day, n, stars = day_of[of_lens], counts.n[of_lens], counts.stars[of_lens]
    month = month_of[day]
    rated, read = stars != NO_STARS, counts.sentiment[of_lens] != NO_SENTIMENT
    negative = counts.sentiment[of_lens] == SENTIMENTS.index("negative")
    found = estimate(_month_sums(day[rated], n[rated], stars[rated], month_of, months), STAR_SCALE)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = _sums(n[negative], month[negative], months) / _sums(n[read], month[read], months)
    return _Column(lens, _sums(n, month, months), found.mean, found.low, found.high, share)


def _month_sums(
    day: NDArray[np.int64],
    n: NDArray[np.int64],
    stars: NDArray[np.int8],
    month_of: NDArray[np.int64],
    months: int,
) -> DaySums:
    """The stars of each month, by days; `month_of` says of each day which month it is in."""
    values = stars.astype(np.int64)
    daily = by_day(*(_sums(n * values**power, day, len(month_of)) for power in range(3)))
    return DaySums(*(np.bincount(month_of, of_day, months).astype(np.float64) for of_day in daily))


def _sums(n: NDArray[np.int64], where: NDArray[np.int64], length: int) -> Floats:
    return np.asarray(np.bincount(where, weights=n, minlength=length), dtype=np.float64)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
