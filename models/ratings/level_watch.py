"""How strongly do the last days say that the level of an app's stars has moved? A sequential e-detector.

Every recent day is a candidate for the day of a change. Its evidence is a likelihood ratio of all reviews
since: "the level has moved" against "it is still the level before" (`models.ratings.star_level`), both
averaged over where that level may be. The sum over the candidates is a Shiryaev-Roberts statistic (Shiryaev
1963, Roberts 1966; of e-values: Shin, Ramdas and Rinaldo 2022), whose mean grows by one a day while nothing
happens: a bound on it is a bound on the rate of false alarms. Vectorised over B series. Pure.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import Floats
from models.ratings.star_level import (
    ALL,
    FEATURES,
    STEP,
    TILTS,
    Index,
    Level,
    LocalLevel,
    level_of,
    likelihood,
    ratios,
    times,
)

Whole = NDArray[np.int64]
KEPT = ((10, 2), (20, 4), (44, 0))
"""From this age on (in days with reviews) a candidate is kept if its number is a multiple; 0: it goes."""
_PLACES = KEPT[0][0] + (KEPT[1][0] - KEPT[0][0]) // 2 + (KEPT[2][0] - KEPT[1][0]) // 4 + 3
_AT_ONCE = 5
"""Series whose likelihoods are worked out at a time: larger arrays leave the core's memory, and the system
gives and takes their pages anew every day, which costs more than the arithmetic."""


@cache
def _layout(numbers: int) -> tuple[Whole, Whole, Floats]:
    """Where candidates stand, by the number of the newest (below `numbers`).

    The place that the newest takes, the numbers of the candidates at all W places (-1: none), and for how
    many days each of them stands.
    """
    place, free = dict[int, int](), list(range(_PLACES))
    new, held = np.zeros(numbers, dtype=np.int64), np.full((numbers, _PLACES), -1)
    spacing, now = np.zeros((numbers, _PLACES)), np.zeros(_PLACES)
    for number in range(numbers):
        for age, kept in KEPT:
            old = number - age
            if old in place:
                if kept and old % kept == 0:
                    now[place[old]] = kept
                else:
                    now[place[old]] = 0
                    free.append(place.pop(old))
        new[number] = place[number] = free.pop()
        now[place[number]] = 1
        held[number, list(place.values())] = list(place)
        spacing[number] = now
    return new, held, spacing


class Candidates:
    """Days on which the levels of B series may have moved: the level before each, what came since.

    Arrays (B x W ...). `number` (-1: none) and `spacing` are of the series that were looked at last, and
    `ratios` (2 x A x W x features) of those alone, in their order.
    """

    def __init__(self, series: int) -> None:
        shape, f, t = (series, _PLACES), len(FEATURES), len(TILTS)
        self.day, self.number = np.full(shape, -1), np.full(shape, -1)
        self.spacing, self.variance = np.zeros(shape), np.ones(shape)
        self.shares, self.counts = np.zeros((*shape, 5)), np.zeros((*shape, 5))
        self.mean, self.deviation = np.zeros((*shape, f)), np.ones((*shape, f))
        self.cumulant = np.zeros((*shape, f, t))
        # Sums since, over the design effects: of the standardised features, and of reviews.
        self.z, self.n = np.zeros((*shape, f)), np.zeros(shape)
        self.ratios = np.zeros((2, series, _PLACES, f))
        self._since = np.zeros(series, dtype=np.int64)
        self._rows = np.arange(series)

    def known(self) -> list[NDArray[Any]]:
        """All that is known of the candidates, but for what each day works out anew."""
        return [
            self.day, self.number, self.spacing, self.variance, self.shares, self.counts, self.mean,
            self.deviation, self.cumulant, self.z, self.n, self._since,
        ]  # fmt: skip

    def forget(self, series: int, number: int) -> None:
        """No day of this series before its `number`-th is a candidate any more."""
        self._since[series] = number
        self.number[series], self.spacing[series] = -1, 0

    def before(self, series: int, place: int) -> Level:
        """The level before the candidate at this place (a copy, 1)."""
        return level_of(self.shares[series, [place]], self.variance[series, [place]])

    def add(self, at: Index, day: int, number: Whole, level: Level) -> None:
        """Day `day` is the `number`-th (A) candidate of the series `at`; the old thin out."""
        # The layout is made for powers of two: few of them are ever needed.
        new, held, spacing = _layout(1 << max(int(number.max()).bit_length(), 9))
        held, rows = held[number], self._rows[at]
        is_there = held >= self._since[at, None]
        self.number[at] = np.where(is_there, held, -1)
        self.spacing[at] = np.where(is_there, spacing[number], 0.0)
        w = new[number]
        self.day[rows, w], self.variance[rows, w] = day, level.variance
        self.shares[rows, w], self.mean[rows, w] = level.shares, level.mean
        self.deviation[rows, w], self.cumulant[rows, w] = level.deviation, level.cumulant()
        self.counts[rows, w] = self.z[rows, w] = self.n[rows, w] = 0

    def take(self, at: Index, day: int, counts: Floats, weekday: Floats, weight: Floats) -> None:
        """The star `counts` (A x 5) of `day` came, whose likelihood is divided by `weight` (A)."""
        n = counts.sum(axis=-1)
        sums = times(counts, FEATURES)[:, None] - n[:, None, None] * self.mean[at]
        z = sums / self.deviation[at] - (n * weekday)[:, None, None]
        self.z[at] += z / weight[:, None, None]
        self.n[at] += (n / weight)[:, None]
        self.counts[at] += counts[:, None]
        rows = self._rows[at]
        # Features before directions in memory, as `ratios` has them.
        self.ratios = np.moveaxis(np.empty((len(rows), _PLACES, len(FEATURES), 2)), -1, 0)
        for start in range(0, len(rows), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            here: Index = some if isinstance(at, slice) else rows[some]
            found = likelihood(self.z[here], self.n[here], self.cumulant[here])
            self.ratios[:, some] = ratios(found, self.variance[here] + STEP * (day - self.day[here] + 1) / 3)


class LevelWatch(LocalLevel):
    """The level of B series, and the candidates for its change; `step` takes one day after the other.

    Series need not share their days: `number` counts those of each.
    """

    def __init__(self, series: int) -> None:
        super().__init__(series)
        self.candidates = Candidates(series)
        self.number = np.zeros(series, dtype=np.int64)

    def known(self) -> list[NDArray[Any]]:
        """The same, with the candidates."""
        return [*super().known(), self.number, *self.candidates.known()]

    def restart(self, number: int, shares: Floats, variance: float) -> None:
        """The level of this series is another one; no day is a candidate any more."""
        super().restart(number, shares, variance)
        self.candidates.forget(number, int(self.number[number]))

    def step(self, day: int, counts: Floats, at: Index = ALL) -> Floats:
        """What is known after the reviews of `day` (star counts A x 5): Shiryaev-Roberts sums of falls and of
        rises, by feature (2 x A x features)."""
        level = self.expected(day, at)
        c = self.candidates
        c.add(at, day, self.number[at], level)
        c.take(at, day, counts, self.weekday(day, at), self.weight(counts, level, at))
        self.learn(day, counts, level, at)
        self.number[at] += 1
        return np.asarray(np.einsum("aw,dawf->daf", c.spacing[at], c.ratios))
