"""Real days drawn again: the referee of the intervals, which knows the truth and keeps days as they were.

Days of one segment of a real series are drawn with replacement, whole, with all their reviews. The mean of
the segment is then the truth that an interval should hold, and whatever reviews of one day share is in the
draw. Pure: the dice are an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import STARS, Floats

SEGMENT = 28
"""Days that are drawn from, at least."""
LEAST_BUSY, LEAST_REVIEWS = 5, 20
"""Days with reviews, and reviews, that a segment needs: two days drawn again and again say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Windows of star counts by day (windows x days x 5), and the mean stars of all days drawn from."""

    counts: NDArray[np.int64]
    truth: float

    @property
    def n(self) -> NDArray[np.int64]:
        """Reviews in each window."""
        return np.asarray(self.counts.sum(axis=(1, 2)))

    def held(self, low: Floats, high: Floats) -> NDArray[np.bool_]:
        """Which intervals hold the truth."""
        return np.asarray((low <= self.truth + 1e-9) & (self.truth - 1e-9 <= high))


def segment(daily: NDArray[np.int64], days: int, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """`days` days on end of star counts by day (days x 5), anywhere; None where too little was written."""
    if len(daily) < days:
        return None
    start = int(rng.integers(len(daily) - days + 1))
    part = daily[start : start + days]
    enough = part.sum() >= LEAST_REVIEWS and np.count_nonzero(part.sum(axis=1)) >= LEAST_BUSY
    return part if enough else None


def drawn(part: NDArray[np.int64], days: int, windows: int, rng: np.random.Generator) -> Drawn:
    """Windows of `days` days out of one segment, those without a review left out."""
    counts = part[rng.integers(len(part), size=(windows, days))]
    counts = counts[counts.any(axis=(1, 2))]
    return Drawn(counts, float(part.sum(axis=0) @ STARS / part.sum()))
