"""What share of the coming day's texts is negative, as a series of days makes one expect.

The twin of `models.ratings.forecast` for shares: a mixture of discounted beta-binomial models. Each day tells
about the share as its texts do, less so where the texts of one day resemble each other (`LIKENESS`: their
intra-day correlation, Williams 1975), and old days fade. Tails are exact at any count. Learning stops at
CAP standard deviations, as for counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.ratings.forecast import CAP, FADE, FLOOR

Floats = NDArray[np.float64]
MEMORY = (0.9, 0.97, 0.995)
LIKENESS = (0.0, 0.02, 0.06, 0.15, 0.35)
PRIOR = 0.5
"""Negative and other texts that never fade (Jeffreys)."""


class SentimentBaseline:
    """The mixture for S series at once; call `forecast`, read, then `learn`, once a day.

    After `forecast(texts)`, with how many texts (S) the day has: `mean` and `variance` (S) of the share of
    negative ones; where there are no texts the variance is that of the share itself.
    """

    def __init__(self, series: int) -> None:
        grid = np.array([(m, c) for m in MEMORY for c in LIKENESS])
        self._keep, self._likeness = grid[:, 0], grid[:, 1]
        self._negative = np.zeros((series, len(grid)))
        self._other = np.zeros((series, len(grid)))
        self.weight = np.full((series, len(grid)), 1.0 / len(grid))

    def forecast(self, texts: Floats) -> None:
        """Look one day ahead, at a day of so many texts."""
        self._texts = texts[:, None]
        negative, other = self._keep * self._negative + PRIOR, self._keep * self._other + PRIOR
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

    def tail(self, negative: Floats) -> Floats:
        """The chance of `negative` (S) or more negative ones among the day's texts."""
        chance = np.ones(len(negative))
        some = negative > 0
        if some.any():
            tails = beta_binomial_tail(negative[some], self._texts[some, 0], self._a[some], self._b[some])
            chance[some] = np.einsum("sg,sg->s", self.weight[some], tails)
        return np.minimum(chance, 1.0)

    def least(self) -> Floats:
        """The smallest tail that the day can give: all of its texts negative (1 where there are none)."""
        return self.tail(self._texts[:, 0])

    def learn(self, negative: Floats) -> None:
        """Take in how many (S) of the day's texts were negative."""
        from scipy.special import betaln

        texts = self._texts[:, 0]
        if not texts.any():
            self._negative *= self._keep
            self._other *= self._keep
            return
        reach = CAP * np.sqrt(self.variance)
        share = np.clip(negative / np.maximum(texts, 1.0), self.mean - reach, self.mean + reach)
        learned = np.clip(np.rint(share * texts), 0.0, texts)[:, None]
        fit = betaln(learned + self._a, self._texts - learned + self._b) - betaln(self._a, self._b)
        weight = np.log(self.weight) * np.where(self._texts > 0, FADE, 1.0) + fit
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight = np.maximum(weight / weight.sum(axis=1, keepdims=True), FLOOR)
        self.weight = weight / weight.sum(axis=1, keepdims=True)
        telling = 1.0 / (1.0 + np.maximum(self._texts - 1.0, 0.0) * self._likeness)
        self._negative = self._keep * self._negative + telling * learned
        self._other = self._keep * self._other + telling * (self._texts - learned)


def beta_binomial_tail(hits: Floats, trials: Floats, a: Floats, b: Floats) -> Floats:
    """P(X >= hits) for X ~ beta-binomial(trials, a, b): `hits`, `trials` (S), the rest (S x G).

    The first term by logarithms, the others by their ratio to the one before:
    p(k + 1) / p(k) = (n - k) (k + a) / ((k + 1) (n - k - 1 + b)).
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
