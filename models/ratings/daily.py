"""What is measured of the reviews of each day: stars, one-star share, sentiment, complaints by topic. Pure.

Every statistic of a span of days is made of seven sums over its days, so prefix sums give any span at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_SENTIMENT, NO_STARS, ReviewCounts
from models.ratings.intervals import SENTIMENT_SCALE, SHARE_SCALE, STAR_SCALE, DaySums, Floats, Scale, by_day
from models.ratings.topic_gain import complaints

MEAN_STARS = "mean_stars"
ONE_STAR = "share_one_star"
SENTIMENT = "sentiment"
TOPIC = "topic:"


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """Counts, sums and sums of squares of M measures on each of D days from `first` on: arrays (D x M)."""

    first: int
    names: tuple[str, ...]
    topics: tuple[str | None, ...]
    """The topic of each measure; None where it is of all reviews."""
    scales: tuple[Scale, ...]
    n: Floats
    total: Floats
    squares: Floats

    @property
    def days(self) -> int:
        """How many days, those without a review among them."""
        return len(self.n)


def daily_measures(counts: ReviewCounts, topics: Sequence[str]) -> Daily:
    """The measures of every day from the first review to the last; `counts` must not be empty.

    `mean_stars` and `share_one_star` are of reviews with stars. `sentiment` (-1, 0, 1) and `topic:KEY`, the
    share that complains of the topic, are of reviews that a model has read.
    """
    day = (counts.day - counts.day[0]).astype(np.int64)
    rated = (counts.stars != NO_STARS).astype(np.float64)
    read = (counts.sentiment != NO_SENTIMENT).astype(np.float64)
    stars = counts.stars.astype(np.float64)
    values = np.column_stack(
        [
            stars,
            stars == 1,
            np.where(read > 0, counts.sentiment - 1.0, 0.0),
            complaints(counts, len(topics)) * read[:, None],
        ]
    )
    counted = np.column_stack([rated, rated, *([read] * (1 + len(topics)))])
    n = _by_day(counted, day, counts.n)
    total = _by_day(values, day, counts.n)
    squares = _by_day(values**2, day, counts.n)
    names = (MEAN_STARS, ONE_STAR, SENTIMENT, *(f"{TOPIC}{t}" for t in topics))
    scales = (STAR_SCALE, SHARE_SCALE, SENTIMENT_SCALE, *([SHARE_SCALE] * len(topics)))
    return Daily(int(counts.day[0]), names, (None, None, None, *topics), scales, n, total, squares)


def _by_day(values: Floats, day: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
    """Sums over the rows of each day, rows being in order of day: an array (days x measures)."""
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    sums = np.zeros((int(day[-1]) + 1, values.shape[1]))
    sums[day[starts]] = np.add.reduceat(values * n[:, None], starts, axis=0)
    return sums


class PrefixSums:
    """Any number of spans of days of one app, each in constant time."""

    def __init__(self, daily: Daily) -> None:
        parts = by_day(daily.n, daily.total, daily.squares)
        self._sums = np.concatenate([np.zeros_like(parts[:, :1]), parts.cumsum(axis=1)], axis=1)

    def between(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> DaySums:
        """The spans of the days `start`..`end` - 1, counted from the first day (W spans x M measures); some
        may lie outside."""
        last = self._sums.shape[1] - 1
        start, end = np.clip(start, 0, last), np.clip(end, 0, last)
        return DaySums(*(self._sums[:, end] - self._sums[:, start]))
