"""The level of an app's stars as it is known day by day, and how well a day's reviews fit other levels.

The level is a star distribution that follows the reviews as the local level model does (Kalman filter; Durbin
and Koopman 2012, ch. 2): it is known with a variance, and it wanders. Other levels are exponential tilts of
it, so the likelihood is exact for the few and lopsided stars of a quiet day; it is taken of two features, the
stars and whether a review gave one star. That a day's reviews resemble each other divides its log-likelihood
by the design effect (Kish 1965). Vectorised over B series. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import STARS, Floats

FEATURES = np.stack([STARS, -(STARS == 1).astype(np.float64)])
"""What is tilted (features x 5): the stars, and one star against all others; a fall lowers both."""
_SQUARES = FEATURES**2
FEATURE_WEIGHTS = np.array([0.7, 0.3])
TYPICAL = np.array([0.35, 0.08, 0.10, 0.12, 0.35])
"""Star distribution that a level is drawn to as by two reviews: most apps have ones and fives."""
FIRST_REVIEWS = 4.0
"""What the level before the first review is worth, in reviews."""
STEP = 0.015**2 / 7
"""Variance that a steady level gains a day, in variances of one review."""
LIKENESS, LIKENESS_PAIRS, LIKENESS_DAYS = 0.01, 8_000.0, 30.0
"""Correlation of two reviews of one day; what that is worth against the app's own, in pairs of reviews; and
on how many days it was seen, as it were: it is taken half a standard error higher than it seems."""
FURTHEST = 6.0
"""Standard deviations by which one day counts as off at most: floods and campaigns are no new level."""
WEEKDAY_REVIEWS = 150.0
"""What "weekdays are alike" is worth, in reviews a weekday."""
KNOWN_WELL = 1 / 50
"""The variance of the level from which on likeness and weekdays are learned."""
_HALF = np.concatenate(
    [np.arange(0.06, 0.61, 0.06), np.arange(0.72, 1.21, 0.12), np.arange(1.44, 2.41, 0.24)]
)
TILTS = np.concatenate([-_HALF[::-1], [0.0], _HALF])
"""Possible levels, as tilts: about standard deviations of one review from the level before."""
SIZES = ((0.7, 0.3), (0.3, 0.9))
"""How large changes are: weights and scales of half-normal distributions, in such deviations."""
_SPREADS = np.exp(np.linspace(np.log(0.03**2), np.log(0.7**2), 24))


def times(values: Floats, by: Floats) -> Floats:
    """Sums over the five stars of `values` (... x 5) times `by` (5, or features x 5): ..., or ... x features.

    Not as a product of matrices, whose last bit depends on how many series are worked out together: a series
    comes to the same whoever stands beside it.
    """
    many = values if by.ndim == 1 else values[..., None, :]
    # Star by star: summing over a last axis of five costs ten times as much.
    total = many[..., 0] * by[..., 0]
    for star in range(1, by.shape[-1]):
        total += many[..., star] * by[..., star]
    return np.asarray(total)


def _priors() -> Floats:
    """Weights of TILTS by the spread of the level before (24 x tilts x 3): it stayed, it fell, it rose."""
    cell, sd = np.gradient(TILTS), np.sqrt(_SPREADS)[:, None]
    size = np.linspace(0.1, 2.2, 64)
    usual = np.sum([w * np.exp(-0.5 * (size / s) ** 2) / s for w, s in SIZES], axis=0)

    def near(centre: float) -> Floats:
        return np.asarray(np.exp(-0.5 * ((TILTS - centre) / sd) ** 2) * cell)

    stayed = near(0.0)
    fell = np.sum([w * near(-s) for w, s in zip(usual, size, strict=True)], axis=0)
    stayed, fell = (x / x.sum(axis=1, keepdims=True) for x in (stayed, fell))
    return np.ascontiguousarray(np.stack([stayed, fell, fell[:, ::-1]], axis=-1))


_PRIORS = _priors()


def ratios(likelihood: Floats, variance: Floats) -> Floats:
    """Likelihood ratios (2 x ... x features) of a fall and of a rise against none.

    Of log-likelihoods by feature and tilt (... x features x tilts) and the variance of the level (...).
    """
    at = np.log(variance / _SPREADS[0]) / np.log(_SPREADS[1] / _SPREADS[0])
    row = np.clip(np.rint(at), 0, len(_SPREADS) - 1).astype(np.int64)
    weight = np.exp(likelihood - likelihood.max(axis=-1, keepdims=True))
    # (features x tilts) times (tilts x hypotheses), for each of ...
    found = np.moveaxis(np.matmul(weight, _PRIORS[row]), -1, 0)
    return np.asarray(found[1:] / np.maximum(found[0], 1e-300))


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A level that reviews are compared with (arrays over any leading shape S).

    Its star distribution (S x 5), `mean` and `deviation` of each feature (S x features), and the `variance`
    with which it is known (S), in variances of one review.
    """

    shares: Floats
    mean: Floats
    deviation: Floats
    variance: Floats

    def one(self, number: int) -> Self:
        """The level of one of S series (copies, 1)."""
        values = (self.shares, self.mean, self.deviation, self.variance)
        return type(self)(*(value[[number]] for value in values))

    def cumulant(self) -> Floats:
        """The cumulant function of the standardised features at TILTS (S x features x tilts)."""
        z = (FEATURES - self.mean[..., None]) / self.deviation[..., None]
        tilted = np.einsum("...k,...fkt->...ft", self.shares, np.exp(z[..., None] * TILTS))
        return np.asarray(np.log(tilted))

    def standardised(self, counts: Floats, weekday: Floats) -> Floats:
        """Sums of the standardised features (S x features) of the star `counts` of a day (S x 5)."""
        n = counts.sum(axis=-1)[..., None]
        return np.asarray((times(counts, FEATURES) - n * self.mean) / self.deviation - n * weekday[..., None])

    def gain(self, cumulant: Floats, counts: Floats, weekday: Floats, design: Floats) -> Floats:
        """Log-likelihood by feature and tilt that the star `counts` of a day (S x 5) add."""
        z, n = self.standardised(counts, weekday), counts.sum(axis=-1)
        return likelihood(z / design[..., None], n / design, cumulant)


def likelihood(z: Floats, n: Floats, cumulant: Floats) -> Floats:
    """Log-likelihood by feature and tilt (S x features x tilts) of standardised sums `z` (S x features).

    `z` and the number of reviews `n` (S) are over the design effect.
    """
    return np.asarray(z[..., None] * TILTS - n[..., None, None] * cumulant)


def level_of(shares: Floats, variance: Floats) -> Level:
    """The level with this star distribution (S x 5), drawn to TYPICAL as by two reviews."""
    drawn = (2 * variance / (1 + 2 * variance))[..., None]
    shares = (1 - drawn) * shares + drawn * TYPICAL
    mean = times(shares, FEATURES)
    deviation = np.sqrt(np.maximum(times(shares, _SQUARES) - mean**2, 1e-3))
    return Level(shares, mean, deviation, variance)


Index: TypeAlias = "slice | NDArray[np.int64]"
"""Which of B series: all of them, or their numbers, each once."""
ALL = slice(None)


class LocalLevel:
    """The level of B series, day by day. `step` is the variance that it gains a day by wandering.

    `at` says which A of the series are meant: those that have reviews on that day.
    """

    def __init__(self, series: int, step: float = STEP) -> None:
        self.shares: Floats = np.tile(TYPICAL, (series, 1))
        self.variance: Floats = np.full(series, 1 / FIRST_REVIEWS)
        self._step, self._last = step, np.full(series, -1)
        self._excess = np.full(series, LIKENESS * LIKENESS_PAIRS)
        self._pairs = np.full(series, LIKENESS_PAIRS)
        self._squares = np.full(series, LIKENESS_PAIRS**2 / LIKENESS_DAYS)
        self._off, self._of = np.zeros((series, 7)), np.full((series, 7), WEEKDAY_REVIEWS)
        self.likeness: Floats = np.zeros(series)
        self._see_likeness(ALL)

    def known(self) -> list[NDArray[Any]]:
        """All that is known of the series: arrays with a row for each."""
        return [
            self.shares, self.variance, self._last, self._excess, self._pairs, self._squares, self._off,
            self._of, self.likeness,
        ]  # fmt: skip

    def _see_likeness(self, at: Index) -> None:
        """Correlation of two reviews of one day, half a standard error higher than it seems."""
        pairs = self._pairs[at]
        unsure = 1 + 0.5 * np.sqrt(2 * self._squares[at]) / pairs
        self.likeness[at] = np.minimum(np.maximum(unsure * self._excess[at] / pairs, 0.001), 0.3)

    def design(self, n: Floats, at: Index = ALL) -> Floats:
        """Design effect of a day with `n` reviews (... x A)."""
        return np.asarray(1 + self.likeness[at] * np.maximum(n - 1, 0))

    def weight(self, counts: Floats, level: Level, at: Index = ALL) -> Floats:
        """By what the log-likelihood of a day's star counts (A x 5) is divided: the design effect, and more
        where the day is further off the expected `level` than FURTHEST."""
        n = counts.sum(axis=-1)
        design = self.design(n, at)
        off = (times(counts, STARS) - n * level.mean[:, 0]) / level.deviation[:, 0]
        usual = np.maximum(n * design + n**2 * level.variance, 1e-9)
        return np.asarray(design * np.maximum(off**2 / usual / FURTHEST**2, 1))

    def weekday(self, day: int, at: Index = ALL) -> Floats:
        """What reviews of this day's weekday differ by from those of the others (A), in deviations of one.

        Centred: a fall that all weekdays share is no weekday's.
        """
        by_weekday = self._off[at] / self._of[at]
        return np.asarray(by_weekday[:, day % 7] - by_weekday.mean(axis=1))

    def restart(self, number: int, shares: Floats, variance: float) -> None:
        """The level of series `number` is another one: its `shares` (5), known with `variance`."""
        self.shares[number], self.variance[number] = shares, variance

    def expected(self, day: int, at: Index = ALL) -> Level:
        """The level of `day` before its reviews; it wanders from the last day on, spoken of or not."""
        last = self._last[at]
        gained = np.where(last >= 0, self._step * np.maximum(day - last, 0), 0.0)
        self.variance[at] = np.minimum(self.variance[at] + gained, 1 / FIRST_REVIEWS)
        self._last[at] = day
        return level_of(self.shares[at], self.variance[at])

    def learn(self, day: int, counts: Floats, level: Level, at: Index = ALL) -> None:
        """Take in the star counts (A x 5) of `day`, of which `level` was expected."""
        n, variance = counts.sum(axis=-1), self.variance[at]
        seen, design = np.maximum(n, 1), self.design(n, at)
        off = (times(counts, STARS) - n * level.mean[:, 0]) / level.deviation[:, 0]
        # While the level itself is hardly known, what a day is off by says little about likeness or weekdays.
        sure = variance <= KNOWN_WELL
        # What a day is further off than its reviews and the level's variance explain is their likeness.
        usual = n * design + n**2 * variance
        excess = np.minimum(off**2, 9 * usual) - n - n**2 * variance
        pairs = sure * n * np.maximum(n - 1, 0)
        self._excess[at] += sure * excess
        self._pairs[at] += pairs
        self._squares[at] += pairs**2
        self._see_likeness(at)
        self._off[at, day % 7] += sure * off / design
        self._of[at, day % 7] += sure * n / design
        gain = (n > 0) * variance / (variance + design / seen)
        shares = self.shares[at]
        self.shares[at] = shares + gain[:, None] * (counts / seen[:, None] - shares)
        self.variance[at] = (1 - gain) * variance


def joined(sums: Floats) -> Floats:
    """One statistic of the features' (... x features): their weighted mean, an e-value as they are."""
    return np.asarray((sums * FEATURE_WEIGHTS).sum(axis=-1))
