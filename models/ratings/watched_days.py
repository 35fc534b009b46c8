"""Star counts of an app in a store by day, and on which of the days there is something to look at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Span, day_number
from models.ratings.star_level import ALL, Index

Counts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedDays:
    """Star `counts` by day (days x 5) from day `first` (since 1970-01-01) on, and `until` when they speak.

    `is_watched` says on which of the days somebody wrote who is looked at: days that were not collected are
    neither judged nor learned from.
    """

    first: int
    counts: Counts
    is_watched: NDArray[np.bool_]
    until: int

    @classmethod
    def of(cls, first: int, counts: Counts, until: int | None = None, gaps: Sequence[Span] = ()) -> Self:
        """The days up to `until` (None: the last of `counts`) that lie in none of the `gaps`."""
        last = first + len(counts) - 1 if until is None else until
        is_watched: NDArray[np.bool_] = counts.sum(axis=1) > 0
        is_watched[max(last - first + 1, 0) :] = False
        for gap in gaps:
            low, high = (max(day_number(day) - first, 0) for day in (gap.first, gap.last))
            if day_number(gap.last) >= first:
                is_watched[low : high + 1] = False
        return cls(first, counts, is_watched, last)

    @property
    def days(self) -> NDArray[np.int64]:
        """The days that are watched, in order."""
        return np.flatnonzero(self.is_watched) + self.first


def together(series: Sequence[WatchedDays]) -> Iterator[tuple[int, Index, NDArray[np.float64]]]:
    """Day by day what B series say together: the day, which A of them, and their star counts (A x 5)."""
    if not series:
        return
    first = min(s.first for s in series)
    days = max(s.first + len(s.counts) for s in series) - first
    counts = np.zeros((days, len(series), 5))
    is_watched = np.zeros((days, len(series)), dtype=bool)
    for b, s in enumerate(series):
        low = s.first - first
        counts[low : low + len(s.counts), b] = s.counts
        is_watched[low : low + len(s.counts), b] = s.is_watched
    for t in np.flatnonzero(is_watched.any(axis=1)).tolist():
        # All of them is a view, some of them are copies.
        at: Index = ALL if is_watched[t].all() else np.flatnonzero(is_watched[t])
        yield first + t, at, counts[t, at]
