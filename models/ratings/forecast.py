"""What counts of the coming day a series of daily counts makes one expect: a mixture of discounted counts.

Each member of the mixture is a Poisson-gamma discount model (Harvey and Fernandes 1989; West and Harrison,
Bayesian Forecasting and Dynamic Models, 1997, ch. 14): the daily level has a gamma distribution whose
evidence is discounted day by day, so that old days fade and the level may wander; it may also grow by a fixed
percentage a day. A day as a whole may be busier than its level says (`SPREAD`: the variance of that factor),
so the forecast is negative binomial: exact for low counts, wider than Poisson for high ones, and wide while
little is known. Which memory, growth and spread fit is told by how well each forecast the days so far; past
successes fade too (dynamic model averaging: Raftery, Karny and Ettler 2010).

A spike must not become the norm: a day is learned only up to CAP standard deviations from its forecast. A
day of none where nearly none was all but impossible is a hole in the collection, and is not learned at all.

`SentimentBaseline` is the twin for shares: a mixture of discounted beta-binomial models. Each day tells about
the share of negative texts as its texts do, less so where the texts of one day resemble each other
(`LIKENESS`: their intra-day correlation, Williams 1975), and old days fade. Tails are exact at any count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import Floats
from models.ratings.star_level import ALL, Index

Bools = NDArray[np.bool_]

MEMORY = (0.87, 0.95, 0.99)
"""Share of the evidence that lasts to the next day: memories of 8, 20 and 100 days."""
SPREAD = (0.0, 0.03, 0.1, 0.3, 0.7, 1.6)
"""Variance of the factor by which a whole day is busier or quieter than its level."""
GROWTH = (-0.04, -0.02, -0.01, 0.0, 0.01, 0.02, 0.04)
"""Growth of the level a day, on the log scale."""
CAP = 3.5
"""A day is learned up to so many standard deviations from what was expected of it."""
CAUTION = 1.3
"""By how much the variance of a day is taken larger than estimated when a day is judged."""
HOLE = 1e-4
"""A day of none that was less likely than this was not collected."""
FADE = 0.985
"""Share of a member's past success that counts the next day."""
FLOOR = 1e-6
"""The least weight of a member: it can come back when times change."""
PRIOR = 0.5
"""Evidence that never fades, in reviews: the next review of a topic never seen before is no miracle."""
PRIOR_DAYS = 0.05
SHARE_MEMORY = (0.9, 0.97, 0.995)
"""Share of the evidence about a share of texts that lasts to the next day."""
LIKENESS = (0.0, 0.02, 0.06, 0.15, 0.35)
"""How much the texts of one day resemble each other: their intra-day correlation."""
SHARE_PRIOR = 0.5
"""Negative and other texts that never fade (Jeffreys)."""


class CountBaseline:
    """The mixture for S series at once; call `forecast`, read, then `learn`, once a day.

    After `forecast(exposure)`: `mean` and `variance` of the day's counts. `exposure` (a number a series, or
    one) is the known factor of the day, such as its weekday. `at` says which A of the series have that day;
    what is read then is theirs, in their order, and each comes to the same whoever stands beside it.
    """

    def __init__(self, series: int, growth: Sequence[float] = (0.0,)) -> None:
        grid = np.array([(m, s, g) for m in MEMORY for s in SPREAD for g in growth])
        self._keep, self.spread = grid[:, 0], grid[:, 1]
        self._keep_days = self._keep * np.exp(-grid[:, 2])
        self._reviews = np.zeros((series, len(grid)))
        self._days = np.zeros((series, len(grid)))
        self._log_weight = np.full((series, len(grid)), -np.log(len(grid)))
        self._weight = np.exp(self._log_weight)

    def known(self) -> list[Floats]:
        """All that is known between two days: arrays with a row for each series."""
        return [self._reviews, self._days, self._log_weight, self._weight]

    def forecast(self, exposure: Floats | float, at: Index = ALL) -> None:
        """Look one day ahead."""
        self._at, self.weight = at, self._weight[at]
        reviews, self._kept_days = self._reviews[at], self._keep_days * self._days[at]
        self._exposure = np.broadcast_to(exposure, len(reviews))[:, None]
        self._kept = self._keep * reviews
        evidence = self._kept + PRIOR
        self._mean = evidence / (self._kept_days + PRIOR_DAYS) * self._exposure
        self._size = 1.0 / (self.spread + (1.0 + self.spread) / evidence)
        self._chance = self._mean / (self._size + self._mean)
        self.mean = np.einsum("sg,sg->s", self.weight, self._mean)
        square = self._mean + self._mean**2 * (1.0 + 1.0 / self._size)
        self.variance = np.einsum("sg,sg->s", self.weight, square) - self.mean**2

    def tail(self, count: Floats, rows: slice = ALL) -> Floats:
        """The chance of `count` or more on an ordinary day, of the `rows` of what was forecast.

        Bursts of real days have a heavier tail than the gamma distribution, and their variance is only
        estimated: the variance is taken CAUTION times, and the chance is the larger one of the negative
        binomial and of a lognormal day factor of the same variance (whose logarithm, with the noise of the
        count itself, is taken as normal).
        """
        from scipy.special import betainc, ndtr

        mean, weight = self._mean[rows], self.weight[rows]
        some = np.maximum(count, 1.0)[:, None]
        size = self._size[rows] / CAUTION
        chance = betainc(some, size, mean / (size + mean))
        log_variance = np.log1p(1.0 / size)
        above = np.log((some - 0.5) / mean) + log_variance / 2
        burst = ndtr(-above / np.sqrt(log_variance + 1.0 / some))
        chance = np.einsum("sg,sg->s", weight, np.maximum(chance, burst))
        return np.where(count > 0, np.minimum(chance, 1.0), 1.0)

    def learn(self, count: Floats, passed: Bools | None = None) -> Bools:
        """Take the day's counts in; says which were learned, and not passed over as holes.

        Those of `passed` are passed over whatever they are.
        """
        from scipy.special import gammaln

        hole = self._holes(count)
        reach = CAP * np.sqrt(self.variance)
        learned = np.clip(count, np.floor(self.mean - reach), np.ceil(self.mean + reach))[:, None]
        fit = gammaln(learned + self._size) - gammaln(self._size) + self._size * np.log1p(-self._chance)
        fit += learned * np.log(self._chance) + FADE * self._log_weight[self._at]
        weight = np.exp(fit - fit.max(axis=1, keepdims=True))
        weight = np.maximum(weight / weight.sum(axis=1, keepdims=True), FLOOR)
        weight /= weight.sum(axis=1, keepdims=True)
        telling = 1.0 / (1.0 + self.spread * self._mean)
        reviews = self._kept + telling * learned
        days = self._kept_days + telling * self._exposure
        if passed is not None:
            hole |= passed
        if hole.any():
            weight[hole], reviews[hole] = self.weight[hole], self._reviews[self._at][hole]
            days[hole] = self._days[self._at][hole]
        log_weight = np.log(weight)
        if passed is not None and passed.any():
            log_weight[passed] = self._log_weight[self._at][passed]
        self._weight[self._at], self._reviews[self._at], self._days[self._at] = weight, reviews, days
        self._log_weight[self._at] = log_weight
        return np.asarray(~hole)

    def _holes(self, count: Floats) -> Bools:
        """Days of none where none was less likely than HOLE."""
        hole = (count == 0) & (self.mean > -np.log(HOLE))
        if hole.any():
            none = np.exp(self._size[hole] * np.log1p(-self._chance[hole]))
            hole[hole] = np.einsum("sg,sg->s", self.weight[hole], none) < HOLE
        return np.asarray(hole)


class Weekdays:
    """How much busier each weekday of a series is than the mean day; near 1 while little is known.

    A weekday's factor is an average of day ratios with their precision as weights, and a prior of mean 1 and
    standard deviation 0.2.
    """

    _PRIOR = 25.0
    _KEEP = 0.995

    def __init__(self) -> None:
        self._ratio = np.zeros(7)
        self._precision = np.zeros(7)

    def known(self) -> list[Floats]:
        """All that is known: two arrays of 7."""
        return [self._ratio, self._precision]

    def factor(self, weekday: int) -> float:
        """The factor of weekday 0..6; the mean over the week is 1."""
        factors = (self._ratio + self._PRIOR) / (self._precision + self._PRIOR)
        return float(factors[weekday] / factors.mean())

    def learn(self, weekday: int, count: float, level: float, spread: float) -> None:
        """A day's count where `level` was expected but for the weekday, and days vary by `spread`."""
        level = max(level, 1e-3)
        precision = 1.0 / (1.0 / level + spread)
        self._ratio *= self._KEEP
        self._precision *= self._KEEP
        self._ratio[weekday] += precision * min(count / level, 4.0)
        self._precision[weekday] += precision


class SentimentBaseline:
    """The mixture for S series at once; call `forecast`, read, then `learn`, once a day.

    After `forecast(texts)`, with how many texts the day has: `mean` and `variance` of the share of negative
    ones; where there are no texts the variance is that of the share itself. `at` as for `CountBaseline`.
    """

    def __init__(self, series: int) -> None:
        grid = np.array([(m, c) for m in SHARE_MEMORY for c in LIKENESS])
        self._keep, self._likeness = grid[:, 0], grid[:, 1]
        self._negative = np.zeros((series, len(grid)))
        self._other = np.zeros((series, len(grid)))
        self._weight = np.full((series, len(grid)), 1.0 / len(grid))

    def known(self) -> list[Floats]:
        """All that is known between two days: arrays with a row for each series."""
        return [self._negative, self._other, self._weight]

    def forecast(self, texts: Floats, at: Index = ALL) -> None:
        """Look one day ahead, at a day of so many texts."""
        self._at, self._texts, self.weight = at, texts[:, None], self._weight[at]
        self._kept = self._keep * self._negative[at], self._keep * self._other[at]
        negative, other = (kept + SHARE_PRIOR for kept in self._kept)
        total = negative + other
        self._mean = negative / total
        likeness = 1.0 - (1.0 - self._likeness) * (1.0 - 1.0 / (total + 1.0))
        size = 1.0 / likeness - 1.0
        self._a, self._b = self._mean * size, (1.0 - self._mean) * size
        noise = likeness + (1.0 - likeness) / np.maximum(self._texts, 1.0)
        self._spread = self._mean * (1.0 - self._mean) * np.where(self._texts > 0, noise, likeness)
        self.mean = np.einsum("sg,sg->s", self.weight, self._mean)
        square = np.einsum("sg,sg->s", self.weight, self._spread + self._mean**2)
        self.variance = square - self.mean**2

    def tail(self, negative: Floats, rows: slice = ALL) -> Floats:
        """The chance of `negative` or more negative ones among the day's texts, of the `rows` of what was
        forecast."""
        chance = np.ones(len(negative))
        some = negative > 0
        if some.any():
            texts, a, b, weight = (x[rows][some] for x in (self._texts, self._a, self._b, self.weight))
            tails = beta_binomial_tail(negative[some], texts[:, 0], a, b)
            chance[some] = np.einsum("sg,sg->s", weight, tails)
        return np.minimum(chance, 1.0)

    def least(self, rows: slice = ALL) -> Floats:
        """The smallest tail that the day can give: all of its texts negative (1 where there are none)."""
        return self.tail(self._texts[rows, 0], rows)

    def learn(self, negative: Floats, passed: Bools | None = None) -> None:
        """Take in how many of the day's texts were negative.

        Where nothing of an app was read (`passed`) nothing is told of how well its forecasts did.
        """
        from scipy.special import betaln

        texts = self._texts[:, 0]
        reach = CAP * np.sqrt(self.variance)
        share = np.clip(negative / np.maximum(texts, 1.0), self.mean - reach, self.mean + reach)
        learned = np.clip(np.rint(share * texts), 0.0, texts)[:, None]
        fit = betaln(learned + self._a, self._texts - learned + self._b) - betaln(self._a, self._b)
        weight = np.log(self.weight) * np.where(self._texts > 0, FADE, 1.0) + fit
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight = np.maximum(weight / weight.sum(axis=1, keepdims=True), FLOOR)
        weight /= weight.sum(axis=1, keepdims=True)
        if passed is not None and passed.any():
            weight[passed] = self.weight[passed]
        telling = 1.0 / (1.0 + np.maximum(self._texts - 1.0, 0.0) * self._likeness)
        self._weight[self._at] = weight
        self._negative[self._at] = self._kept[0] + telling * learned
        self._other[self._at] = self._kept[1] + telling * (self._texts - learned)


def beta_binomial_tail(hits: Floats, trials: Floats, a: Floats, b: Floats) -> Floats:
    """P(X >= hits) for X ~ beta-binomial(trials, a, b): `hits`, `trials` (S), the rest (S x G).

    The first term by logarithms, the others by their ratio to the one before:
    p(k + 1) / p(k) = (n - k) (k + a) / ((k + 1) (n - k - 1 + b)). `scipy.stats.betabinom.sf` says the same to
    1e-13 in twenty times the time.
    """
    from scipy.special import betaln, gammaln

    x, n = hits[:, None], trials[:, None]
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    term = np.exp(ways + betaln(x + a, n - x + b) - betaln(a, b))
    k = (x + np.arange(int((trials - hits).max()) + 1))[:, :, None]
    left = np.maximum(n[:, :, None] - k, 0.0)
    ratio = left * (k + a[:, None, :]) / ((k + 1) * np.maximum(left - 1 + b[:, None, :], 1e-300))
    with np.errstate(over="ignore", invalid="ignore"):
        sums = term * (1.0 + np.cumprod(ratio, axis=1).sum(axis=1))
    # a first term too small for a float stands either far below the mean or far above it
    return np.where(term > 0, sums, (x < n * a / (a + b)).astype(np.float64))
