"""Reviews whose days differ: a made app with known topic shares, for tests and benchmarks of the statistics.

`models.validation.simulate` redraws the reviews of a real app; here the mechanism is known, so that the
truth of any figure is, and days may be busier, angrier or fuller of one topic than others. Pure: the
generator is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import ReviewCounts

Floats = NDArray[np.float64]
WEEK = np.array([1.1, 1.1, 1.05, 1.0, 0.95, 0.9, 0.9])
FIRST = 18_004
"""Day number of the first day, a weekday 0 of `WEEK` (day number modulo 7)."""


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
