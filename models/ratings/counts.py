"""What all statistics of reviews are made of: reviews counted by day, spans of days, measures of each day.

How many reviews share day, stars, sentiment and topics is all that the statistics need to know, so five
million reviews become a few arrays, and any resampling of reviews is a resampling of counts. Every statistic
of a span of days (stars, share of one star, sentiment, complaints by topic) is made of seven sums over its
days, so prefix sums give any span at once. Pure: numbers in, numbers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import SENTIMENT_SCALE, SHARE_SCALE, STAR_SCALE, DaySums, Floats, Scale, by_day

STARS = 5
SENTIMENTS = ("negative", "neutral", "positive")
NO_SENTIMENT = -1
"""The sentiment of a review without text, or one that no model has read."""
NO_STARS = 0
"""The stars of a review whose source gives text only."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewCounts:
    """The reviews of one app in one store, in order of day. All arrays have one length.

    A row says that `n` reviews share the rest. `day` counts days since 1970-01-01 (UTC); `stars` is 1..5 or
    NO_STARS; `sentiment` indexes SENTIMENTS or is NO_SENTIMENT; bit k of `topics` says that topic k of the
    catalogue is spoken of.
    """

    app: str
    store: str
    day: NDArray[np.int32]
    stars: NDArray[np.int8]
    sentiment: NDArray[np.int8]
    topics: NDArray[np.uint32]
    n: NDArray[np.int64]

    def between(self, first: int, last: int) -> Self:
        """The counts of the days `first`..`last`, both of them included; a view, nothing is copied."""
        low = int(np.searchsorted(self.day, first, "left"))
        high = int(np.searchsorted(self.day, last, "right"))
        return self.where(slice(low, high))

    def where(self, part: slice | NDArray[np.bool_]) -> Self:
        """The rows of a part: a slice of them, which copies nothing, or those that are True."""
        return type(self)(
            self.app, self.store, self.day[part], self.stars[part], self.sentiment[part], self.topics[part],
            self.n[part],
        )  # fmt: skip

    def daily_stars(self, first: int, last: int) -> NDArray[np.int64]:
        """How many reviews gave 1..5 stars on each day: an array (days x 5)."""
        part = self.between(first, last)
        # Other ratings are none; a check of the tables tells of them.
        rated = (part.stars > NO_STARS) & (part.stars <= STARS)
        where = (part.day[rated] - first) * STARS + part.stars[rated] - 1
        found = np.bincount(where, weights=part.n[rated], minlength=(last - first + 1) * STARS)
        return found.astype(np.int64).reshape(-1, STARS)


def topic_matrix(topics: NDArray[np.uint32], count: int) -> NDArray[np.float64]:
    """The bitmasks as a matrix (rows x `count` topics) of zeros and ones, for sums by matrix product."""
    bytes_ = np.ascontiguousarray(topics, dtype="<u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(bytes_, axis=1, count=count, bitorder="little").astype(np.float64)


def complaints(counts: ReviewCounts, topics: int) -> Floats:
    """Which rows complain of which topic: a matrix (rows x topics) of zeros and ones."""
    negative = counts.sentiment == SENTIMENTS.index("negative")
    poor = (
        (counts.stars != NO_STARS) & (counts.stars <= 2) & (counts.sentiment != SENTIMENTS.index("positive"))
    )
    return topic_matrix(np.where(negative | poor, counts.topics, np.uint32(0)), topics)


EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01, the unit of `ReviewCounts.day`."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class Span:
    """The days `first`..`last`, both of them included (UTC)."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a span must not end ({self.last}) before it begins ({self.first})")

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


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
    rated, read = counts.stars != NO_STARS, counts.sentiment != NO_SENTIMENT
    stars, sentiment = counts.stars.astype(np.float64), np.where(read, counts.sentiment - 1.0, 0.0)
    values = np.column_stack([stars, stars == 1, sentiment, complaints(counts, len(topics))])
    values[:, 3:] *= read[:, None]
    n = np.repeat(_by_day(np.column_stack([rated, read]), day, counts.n), [2, 1 + len(topics)], axis=1)
    total = _by_day(values, day, counts.n)
    # Of what either is or is not, the squares are the same.
    squares = total.copy()
    squares[:, [0, 2]] = _by_day(values[:, [0, 2]] ** 2, day, counts.n)
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
