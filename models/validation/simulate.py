"""Reviews with a known truth, for the self-checks, tests and benchmarks of the statistics. Pure.

`Population`: series made of the reviews of a real app, at one level or with a step. `World`: a made app whose
mechanism is known, whose days may be busier, angrier or fuller of one topic than others. `drawn`: days of one
segment of a real series, drawn again with replacement, whole, with all their reviews. The mean of the segment
is then the truth that an interval should hold, and whatever reviews of one day share is in the draw. The dice
are an argument everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_STARS, ReviewCounts
from models.ratings.intervals import STARS, Floats

Days = NDArray[np.int64]
FIRST_DAY = 18_262
"""2020-01-01."""
WEEK = np.array([1.1, 1.1, 1.05, 1.0, 0.95, 0.9, 0.9])
FIRST = 18_004
"""Day number of the first day, a weekday 0 of `WEEK` (day number modulo 7)."""
SEGMENT = 28
"""Days that are drawn from, at least."""
LEAST_BUSY, LEAST_REVIEWS = 5, 20
"""Days with reviews, and reviews, that a segment needs: two days drawn again and again say nothing."""


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
        from scipy.optimize import brentq

        stars = self.counts.stars.astype(np.float64)
        target = self.mean + step
        if not stars.min() < target < stars.max():
            raise ValueError(f"a mean of {target:.2f} is outside the stars that this app was given")

        def tilted(pull: float) -> Floats:
            weights = self.shares * np.exp(pull * (stars - 3))
            return np.asarray(weights / weights.sum())

        pull = brentq(lambda p: float(tilted(p) @ stars) - target, -20.0, 20.0, xtol=1e-12)
        return Population(self.counts, tilted(pull))

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


def _shares() -> Floats:
    return np.array(
        [0.05, 0.25, 0.06, 0.01, 0.04, 0.03, 0.035, 0.034, 0.107, 0.004, 0.047, 0.048, 0.012, 0.083, 0.055,
         0.057, 0.006, 0.118]
    )  # fmt: skip


def _pulls() -> Floats:
    return np.array(
        [-2.2, -1.6, -1.5, -1.0, -0.9, -1.4, -1.2, -0.6, 0.9, -0.3, -0.1, -0.7, -0.8, -0.9, 0.3, -1.1, -1.3,
         -0.4]
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """How people write. `shares`: how often a topic is spoken of; `pulls`: what it does to stars (logit).

    `busier`, `fuller` and `mood` make days differ: the variances of gamma factors of the number of reviews
    and of each topic's share, and the standard deviation of the day's pull on the stars.
    """

    shares: Floats = field(default_factory=_shares)
    pulls: Floats = field(default_factory=_pulls)
    level: float = 1.2
    busier: float = 0.0
    fuller: float = 0.0
    mood: float = 0.0
    growth: float = 0.0

    def expected(self, days: int, per_day: float) -> Floats:
        """Reviews to be expected on each day."""
        at = np.arange(days)
        return np.asarray(per_day * WEEK[at % 7] * np.exp(self.growth * at))

    def draw(self, days: int, per_day: float, rng: np.random.Generator, first: int = 0) -> ReviewCounts:
        """The reviews of `days` days from day `first` after FIRST on, one a row."""
        busy = _gamma(self.busier, (days,), rng)
        n = rng.poisson(self.expected(days, per_day) * busy)
        day = np.repeat(np.arange(days), n)
        chance = np.minimum(self.shares * _gamma(self.fuller, (days, len(self.shares)), rng), 0.95)
        spoken = rng.random((len(day), len(self.shares))) < chance[day]
        mood = rng.normal(0.0, self.mood, days) if self.mood else np.zeros(days)
        pull = self.level + spoken @ self.pulls + mood[day] + rng.logistic(0.0, 1.0, len(day))
        stars = 1 + np.searchsorted([-0.5, 0.0, 0.5, 1.2], pull)
        luck = rng.random(len(day))
        negative = luck < np.array([0.95, 0.85, 0.5, 0.12, 0.04])[stars - 1]
        neutral = ~negative & (luck > 0.97)
        sentiment = np.where(negative, 0, np.where(neutral, 1, 2))
        topics = (spoken * (1 << np.arange(len(self.shares)))).sum(axis=1)
        return ReviewCounts(
            "jp.example.app", "google_play", (day + FIRST + first).astype(np.int32), stars.astype(np.int8),
            sentiment.astype(np.int8), topics.astype(np.uint32), np.ones(len(day), dtype=np.int64),
        )  # fmt: skip


def _gamma(variance: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Factors of mean 1."""
    return rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)


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
