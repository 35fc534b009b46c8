"""Series with a known truth, made of the reviews of a real app, for the self-checks. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_STARS, ReviewCounts
from models.ratings.intervals import Floats

Days = NDArray[np.int64]
FIRST_DAY = 18_262
"""2020-01-01."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The kinds of reviews an app has (stars, sentiment, topics) and how common each is."""

    counts: ReviewCounts
    shares: Floats

    @property
    def mean(self) -> float:
        """Mean stars."""
        return float(self.shares @ self.counts.stars)

    @property
    def deviation(self) -> float:
        """Standard deviation of one review's stars."""
        return float(np.sqrt(self.shares @ (self.counts.stars - self.mean) ** 2))

    def shifted(self, step: float) -> Population:
        """The same kinds in other proportions, with a mean `step` stars higher.

        Exponential tilting: of all populations with that mean it is the nearest to this one (Kullback's
        divergence), so nothing else changes than must. Raises ValueError where the scale has no room.
        """
        stars = self.counts.stars.astype(np.float64)
        target = self.mean + step
        if not stars.min() < target < stars.max():
            raise ValueError(f"a mean of {target:.2f} is outside the stars that this app was given")
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            weights = self.shares * np.exp(middle * (stars - 3))
            low, high = (middle, high) if weights @ stars / weights.sum() < target else (low, middle)
        return Population(self.counts, weights / weights.sum())

    def draw(self, days: Days, rng: np.random.Generator) -> ReviewCounts:
        """One review on each of `days` (ascending; a day may stand there more than once)."""
        c = self.counts
        picked = rng.choice(len(self.shares), size=len(days), p=self.shares)
        return ReviewCounts(
            c.app, c.store, days.astype(np.int32), c.stars[picked], c.sentiment[picked], c.topics[picked],
            np.ones(len(days), dtype=np.int64),
        )  # fmt: skip


def population(counts: ReviewCounts) -> Population:
    """What the reviews with stars of an app consist of; `counts` must have some."""
    rated = counts.stars != NO_STARS
    kinds = np.stack([counts.stars[rated], counts.sentiment[rated], counts.topics[rated].astype(np.int64)])
    kinds, at = np.unique(kinds, axis=1, return_inverse=True)
    n = np.bincount(at.ravel(), weights=counts.n[rated])
    stars, sentiment, topics = kinds
    kept = ReviewCounts(
        counts.app, counts.store, np.zeros(len(n), dtype=np.int32), stars.astype(np.int8),
        sentiment.astype(np.int8), topics.astype(np.uint32), n.astype(np.int64),
    )  # fmt: skip
    return Population(kept, n / n.sum())


def joined(before: ReviewCounts, after: ReviewCounts) -> ReviewCounts:
    """Two series of one app, one after the other."""
    return ReviewCounts(
        before.app,
        before.store,
        np.concatenate([before.day, after.day]),
        np.concatenate([before.stars, after.stars]),
        np.concatenate([before.sentiment, after.sentiment]),
        np.concatenate([before.topics, after.topics]),
        np.concatenate([before.n, after.n]),
    )


def step_series(
    before: Population, after: Population, n: int, a_day: float, rng: np.random.Generator
) -> tuple[ReviewCounts, int]:
    """`n` reviews of each population, `a_day` on average, and the day of the step."""
    days = max(round(n / a_day), 1)
    step = FIRST_DAY + days
    left = np.sort(rng.integers(FIRST_DAY, step, n))
    right = np.sort(rng.integers(step, step + days, n))
    return joined(before.draw(left, rng), after.draw(right, rng)), step


def planted(counts: ReviewCounts, day: int, step: float, rng: np.random.Generator) -> ReviewCounts:
    """The real series with `step` stars more (or fewer) on average from `day` on.

    Reviews at random give way to reviews of five stars (of one) of the same app. Raises ValueError where
    there is no room for the step, or no such review.
    """
    before, after = counts.between(int(counts.day[0]), day - 1), counts.between(day, int(counts.day[-1]))
    rated = after.stars != NO_STARS
    mean = float(np.average(after.stars[rated], weights=after.n[rated]))
    best = 5 if step > 0 else 1
    kinds = np.flatnonzero(counts.stars == best)
    share = step / (best - mean) if best != mean else 2.0
    if not 0 <= share <= 1 or not len(kinds):
        raise ValueError(f"no room for {step:+.1f} stars at a mean of {mean:.2f}")
    unit = np.repeat(np.arange(len(after.n)), after.n)
    swapped = (rng.random(len(unit)) < share) & rated[unit]
    other = rng.choice(kinds, size=len(unit), p=counts.n[kinds] / counts.n[kinds].sum())
    changed = ReviewCounts(
        counts.app,
        counts.store,
        after.day[unit],
        np.where(swapped, counts.stars[other], after.stars[unit]),
        np.where(swapped, counts.sentiment[other], after.sentiment[unit]),
        np.where(swapped, counts.topics[other], after.topics[unit]),
        np.ones(len(unit), dtype=np.int64),
    )
    return joined(before, changed)
