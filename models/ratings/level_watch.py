"""How strongly do the last days say that the level of an app's stars has moved? A sequential e-detector.

Every recent day is a candidate for the day of a change. Its evidence is a likelihood ratio of all reviews
since: "the level has moved" against "it is still the level before" (`models.ratings.star_level`), both
averaged over where that level may be. The sum over the candidates is a Shiryaev-Roberts statistic (Shiryaev
1963, Roberts 1966; of e-values: Shin, Ramdas and Rinaldo 2022), whose mean grows by one a day while nothing
happens: a bound on it is a bound on the rate of false alarms. Vectorised over B series. Pure.
"""

from __future__ import annotations

import numpy as np

from models.ratings.intervals import Floats
from models.ratings.star_level import FEATURES, STEP, TILTS, Level, LocalLevel, ratios

KEPT = ((10, 2), (20, 4), (44, 0))
"""From this age on (in days with reviews) a candidate is kept if its number is a multiple; 0: it goes."""


class Candidates:
    """Days on which the level may have moved: the level before each, what came since. Arrays (W x B ...)."""

    def __init__(self, series: int) -> None:
        size = KEPT[0][0] + (KEPT[1][0] - KEPT[0][0]) // 2 + (KEPT[2][0] - KEPT[1][0]) // 4 + 3
        f, t = len(FEATURES), len(TILTS)
        self.day = np.full(size, -1)
        self.number = np.full(size, -1)
        self.shares, self.counts = np.zeros((size, series, 5)), np.zeros((size, series, 5))
        self.mean, self.deviation = np.zeros((size, series, f)), np.ones((size, series, f))
        self.cumulant, self.likelihood = np.zeros((size, series, f, t)), np.zeros((size, series, f, t))
        self.variance = np.ones((size, series))
        self.ratios = np.zeros((2, size, series, f))
        self.spacing = np.zeros(size)
        self._place: dict[int, int] = {}
        self._free = list(range(size))

    @property
    def level(self) -> Level:
        """The levels before (W x B)."""
        return Level(self.shares, self.mean, self.deviation, self.variance)

    def clear(self) -> None:
        """Forget all."""
        for number in list(self._place):
            self._forget(number)

    def _forget(self, number: int) -> None:
        w = self._place.pop(number)
        self._free.append(w)
        self.number[w], self.spacing[w] = -1, 0

    def add(self, day: int, number: int, level: Level) -> None:
        """Day `day` is a candidate, the `number`-th, one more than the last; the old thin out."""
        for age, kept in KEPT:
            old = number - age
            if old in self._place:
                if kept and old % kept == 0:
                    self.spacing[self._place[old]] = kept
                else:
                    self._forget(old)
        w = self._place[number] = self._free.pop()
        self.day[w], self.number[w], self.spacing[w] = day, number, 1
        self.shares[w], self.mean[w], self.deviation[w] = level.shares, level.mean, level.deviation
        self.cumulant[w], self.variance[w] = level.cumulant(), level.variance
        self.likelihood[w] = self.counts[w] = 0


class LevelWatch(LocalLevel):
    """The level of B series, and the candidates for its change; `step` takes one day after the other."""

    def __init__(self, series: int) -> None:
        super().__init__(series)
        self.candidates = Candidates(series)
        self.number = 0

    def restart(self, shares: Floats, variance: Floats) -> None:
        """The level is another one; no day is a candidate any more."""
        super().restart(shares, variance)
        self.candidates.clear()

    def step(self, day: int, counts: Floats) -> Floats:
        """What is known after the reviews of `day` (star counts B x 5): Shiryaev-Roberts sums of falls and of
        rises, by feature (2 x B x features)."""
        level = self.expected(day)
        c = self.candidates
        c.add(day, self.number, level)
        gain = c.level.gain(c.cumulant, counts, self.weekday(day), self.weight(counts, level))
        c.likelihood += gain
        c.counts += counts
        c.ratios = ratios(c.likelihood, c.variance + STEP * (day - c.day[:, None] + 1) / 3)
        self.learn(day, counts, level)
        self.number += 1
        return np.asarray(np.einsum("w,dwbf->dbf", c.spacing, c.ratios))
