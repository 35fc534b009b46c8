"""Star counts of an app in a store by day, and on which of the days there is something to look at. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Span, day_number
from models.ratings.kept_state import name_of
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

    def named(self, day: int) -> str:
        """Names what the days up to `day` say."""
        counts, is_watched = (x[: max(day - self.first + 1, 0)] for x in (self.counts, self.is_watched))
        # Days on which nobody wrote say nothing: the counts may end before the data do.
        spoken = np.flatnonzero(counts.any(axis=1))
        return name_of(self.first, spoken, counts[spoken], is_watched[spoken])

    @property
    def days(self) -> NDArray[np.int64]:
        """The days that are watched, in order."""
        return np.flatnonzero(self.is_watched) + self.first


def together(
    series: Sequence[WatchedDays], since: Sequence[int | None] = ()
) -> Iterator[tuple[int, Index, NDArray[np.float64]]]:
    """Day by day what B series say together: the day, which A of them, and their star counts (A x 5).

    Of each series the days after that in `since`, if there is one.
    """
    if not series:
        return
    starts = [
        s.first if at is None else at + 1 for s, at in zip(series, since or [None] * len(series), strict=True)
    ]
    first = min(starts)
    days = max(max(s.first + len(s.counts) for s in series) - first, 0)
    counts = np.zeros((days, len(series), 5))
    is_watched = np.zeros((days, len(series)), dtype=bool)
    for b, (s, start) in enumerate(zip(series, starts, strict=True)):
        low, done = start - first, start - s.first
        end = low + max(len(s.counts) - done, 0)
        counts[low:end, b] = s.counts[done:]
        is_watched[low:end, b] = s.is_watched[done:]
    for t in np.flatnonzero(is_watched.any(axis=1)).tolist():
        # All of them is a view, some of them are copies.
        at: Index = ALL if is_watched[t].all() else np.flatnonzero(is_watched[t])
        yield first + t, at, counts[t, at]
