"""Intervals of means and shares of counted reviews: star vectors (multinomial) and shares (binomial).

All are posterior intervals under a weak prior, worked out from three numbers of a group of reviews: how many,
the sum of their values and the sum of the squares. Vectorised over any shape. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: every interval here is one of 95 %."""
STARS = np.arange(1.0, 6.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """The values that one review can have, and how many reviews of each the prior adds."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest value."""
        return max(self.values)

    @property
    def prior(self) -> tuple[float, float, float]:
        """Number, sum and sum of squares of what the prior adds."""
        pairs = list(zip(self.weights, self.values, strict=True))
        return sum(self.weights), sum(w * v for w, v in pairs), sum(w * v * v for w, v in pairs)


STAR_SCALE = Scale((1.0, 2.0, 3.0, 4.0, 5.0), (0.7, 0.15, 0.15, 0.2, 0.8))
"""Two reviews, spread as reviews mostly are: at both ends. Half a review of each (Jeffreys) draws few reviews
to a middle that hardly anybody gives: it covers 91 % at n = 3 where this covers 95 % (docs/statistics.md)."""
SHARE_SCALE = Scale((0.0, 1.0), (0.5, 0.5))
"""Jeffreys' prior of a share."""
TONE_SCALE = Scale((-1.0, 0.0, 1.0), (0.5, 0.5, 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Groups of reviews: how many, the sum of their values, the sum of the squares; arrays of one shape."""

    n: Floats
    total: Floats
    squares: Floats

    @property
    def mean(self) -> Floats:
        """The plain mean of each group, NaN where it is empty."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.total / self.n)


def star_moments(counts: ArrayLike) -> Moments:
    """Moments of star vectors: an array (..., 5) of how many reviews gave 1..5 stars."""
    c = np.asarray(counts, dtype=np.float64)
    return Moments(c.sum(axis=-1), np.asarray(c @ STARS), np.asarray(c @ STARS**2))


def posterior(moments: Moments, scale: Scale) -> tuple[Floats, Floats]:
    """Mean and variance of one review's value with the prior's reviews among the others; never 0."""
    n0, total0, squares0 = scale.prior
    n = moments.n + n0
    mean = (moments.total + total0) / n
    return np.asarray(mean), np.asarray((moments.squares + squares0) / n - mean**2)


def interval(moments: Moments, scale: Scale, design: ArrayLike = 1.0) -> tuple[Floats, Floats]:
    """95 % interval of the mean that stands behind each group of reviews.

    The posterior of the shares is Dirichlet(counts + weights); its mean value has the first two moments of
    Gelman et al., Bayesian Data Analysis, 3.4, and the Beta distribution with these moments stands for it
    (for a share it is the posterior itself). `design` is how many times the variance exceeds that of
    independent reviews (Kish 1965): so many reviews say as much as one. The interval is widened to the plain
    mean, so that what is shown always lies inside it.
    """
    from scipy.special import betaincinv

    d = np.asarray(design, dtype=np.float64)
    thinned = Moments(moments.n / d, moments.total / d, moments.squares / d)
    mean, variance = posterior(thinned, scale)
    width = scale.high - scale.low
    unit = (mean - scale.low) / width
    size = unit * (1 - unit) / (variance / (thinned.n + scale.prior[0] + 1) / width**2) - 1
    low = scale.low + width * betaincinv(unit * size, (1 - unit) * size, 0.025)
    high = scale.low + width * betaincinv(unit * size, (1 - unit) * size, 0.975)
    return np.asarray(np.fmin(low, moments.mean)), np.asarray(np.fmax(high, moments.mean))


def mean_interval(counts: ArrayLike) -> tuple[Floats, Floats]:
    """95 % interval of the mean stars behind each star vector, an array (..., 5)."""
    return interval(star_moments(counts), STAR_SCALE)


def difference_interval(
    before: tuple[Floats, Floats, Floats], after: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """95 % interval of after - before, from (mean, low, high) of each.

    The method of variance estimates recovery keeps what is lopsided about either interval (Zou and Donner
    2008; for two shares it is Newcombe 1998, method 10).
    """
    m0, l0, h0 = before
    m1, l1, h1 = after
    low = m1 - m0 - np.hypot(m1 - l1, h0 - m0)
    high = m1 - m0 + np.hypot(h1 - m1, m0 - l0)
    return np.asarray(low), np.asarray(high)


def wilson(hits: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """95 % interval of a share (Wilson 1927); 0..1 where there were no trials."""
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (k + Z95**2 / 2) / (n + Z95**2)
        half = Z95 * np.sqrt(k * (n - k) / n + Z95**2 / 4) / (n + Z95**2)
    low, high = np.where(n > 0, centre - half, 0.0), np.where(n > 0, centre + half, 1.0)
    return np.asarray(np.clip(low, 0, 1)), np.asarray(np.clip(high, 0, 1))
