"""The interval engine: how sure a mean or a share of reviews is, when those of one day resemble each other.

One definition for every interval of a plain mean, and for every difference of two: the analysis takes it from
here, the dashboard and SQL users from `warehouse/macros/interval.sql`, and a test holds the two together to
1e-9. It was chosen by measured coverage (`benchmarks/interval_coverage.py`, docs/statistics.md).

Everything is worked out of seven sums over days, so a filter at query time needs no more than daily counts:
with n, s, q the number, sum and sum of squares of a day's values, they are n, s, q, the days with reviews,
n^2, n s and s^2. Vectorised over any shape.

What a review adds to an effect, such as a driver's, is no value on a scale with ends: the interval of its
mean (`spread_of_means`) is symmetric, with the same design effect and degrees of freedom. Linear in the
number of rows, where a bootstrap of days would need a thousand passes for the same answer. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: every interval here is one of 95 %."""
STARS = np.arange(1.0, 6.0)
PRIOR_DAYS = 5.0
"""How alike a day's reviews are is drawn to LIKENESS as if so many days had shown just that."""
LIKENESS = 0.03
"""Correlation of two reviews of one day of an app, as real apps have it (docs/statistics.md)."""
SURE = 20.0
"""Degrees of freedom that a design effect has from its prior; the days with reviews add theirs."""
_STUDENT = tuple(
    float(np.polyval(c, Z95)) / d
    for c, d in (([1, 0, 1, 0], 4), ([5, 0, 16, 0, 3, 0], 96), ([3, 0, 19, 0, 17, 0, -15, 0], 384))
)
"""Cornish and Fisher's expansion of Student's 97.5 % quantile about Z95, by powers of 1 / freedom; with SURE
degrees of freedom or more it is exact to 1e-5, and SQL can have it, too."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The values that one review can have, and what is known of them beforehand.

    `weights` are how many reviews of each value a noise model adds (`posterior`). `usual` is the variance of
    one review over (mean - low) (high - mean), the most that it can be: 1 for a share by definition.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]
    usual: float

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
        """Number, sum and sum of squares of what `posterior` adds."""
        pairs = list(zip(self.weights, self.values, strict=True))
        return sum(self.weights), sum(w * v for w, v in pairs), sum(w * v * v for w, v in pairs)


STAR_SCALE = Scale((1.0, 2.0, 3.0, 4.0, 5.0), (0.7, 0.15, 0.15, 0.2, 0.8), 0.8)
"""Reviews mostly stand at both ends. A variance between them is learned from the first few that differ."""
SHARE_SCALE = Scale((0.0, 1.0), (0.5, 0.5), 1.0)
SENTIMENT_SCALE = Scale((-1.0, 0.0, 1.0), (0.5, 0.5, 0.5), 0.8)


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
    """Mean and variance of one review's value with the prior's reviews among the others; never 0.

    What models of noise standardise by; intervals are those of `estimate`.
    """
    n0, total0, squares0 = scale.prior
    n = moments.n + n0
    mean = (moments.total + total0) / n
    return np.asarray(mean), np.asarray((moments.squares + squares0) / n - mean**2)


@dataclass(frozen=True, slots=True, eq=False)
class DaySums:
    """Groups of reviews as sums over their days; arrays of one shape, as the macro `day_sums` has them.

    `n`, `total`, `squares`: number, sum and sum of squares of the values. `days`: days with reviews. `nn`,
    `ns`, `ss`: over the days, the number squared, number times sum, and sum squared.
    """

    n: Floats
    total: Floats
    squares: Floats
    days: Floats
    nn: Floats
    ns: Floats
    ss: Floats

    @property
    def mean(self) -> Floats:
        """The plain mean of each group, NaN where it is empty."""
        return self.moments.mean

    @property
    def moments(self) -> Moments:
        """What is known of the groups without their days."""
        return Moments(self.n, self.total, self.squares)

    def __sub__(self, other: Self) -> Self:
        """What prefix sums at an end have more than at a start."""
        return type(self)(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def __getitem__(self, index: Any) -> Self:
        """The same of some of the groups, by any index of an array."""
        return type(self)(*(np.asarray(getattr(self, f.name)[index]) for f in fields(self)))


def by_day(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> Floats:
    """What a day adds to each of the sums of `DaySums`, in their order: an array (7, ...)."""
    n, s, q = (np.asarray(x, dtype=np.float64) for x in (n, total, squares))
    return np.stack([n, s, q, n > 0, n * n, n * s, s * s])


def day_sums(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> DaySums:
    """The sums of groups whose days are the first axis of the three arrays."""
    return DaySums(*by_day(n, total, squares).sum(axis=1))


def star_sums(daily: ArrayLike) -> DaySums:
    """The sums of the days' star vectors, an array (days, ..., 5)."""
    m = star_moments(daily)
    return day_sums(m.n, m.total, m.squares)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Means with their 95 % intervals, arrays of one shape; NaN where there is no review.

    `variance` is that of the mean and never 0, `freedom` how well it is known (Student's t), `design` how
    many times it exceeds that of independent reviews.
    """

    mean: Floats
    low: Floats
    high: Floats
    variance: Floats
    freedom: Floats
    design: Floats


def estimate(sums: DaySums, scale: Scale) -> Estimate:
    """The mean of each group and its 95 % interval, which lies on the scale and holds the plain mean.

    A score interval (Wilson 1927): the means mu that the reviews do not contradict, where one review has the
    variance k (mu - low) (high - mu), and `n / design` independent reviews say as much as these. It has a
    width however few they are and however much they agree.
    """
    width = scale.high - scale.low
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.mean
        place = (mean - scale.low) / width
        most = place * (1 - place)
        scatter = np.maximum(sums.squares - sums.total * mean, 0) / width**2
        k = np.minimum((scale.usual + scatter) / (1 + sums.n * most), 1)
        off = np.maximum(sums.ss - 2 * mean * sums.ns + mean**2 * sums.nn, 0) / width**2
        single = np.where(most > 1e-12, k * most, np.nan)
        ratio = off / sums.n * sums.days / np.maximum(sums.days - 1, 1) / single
        design, freedom = design_effect(ratio, sums.n, sums.nn)
        t = student(freedom)
        pull = t**2 * k * design / sums.n
        centre = (place + pull / 2) / (1 + pull)
        half = np.sqrt(pull * most + pull**2 / 4) / (1 + pull)
    low, high = (scale.low + width * np.clip(x, 0, 1) for x in (centre - half, centre + half))
    return Estimate(mean, low, high, np.asarray((width * half / t) ** 2), freedom, design)


def design_effect(ratio: ArrayLike, n: ArrayLike, nn: ArrayLike) -> tuple[Floats, Floats]:
    """How many times the variance of independent reviews a mean has (Kish 1965), and degrees of freedom.

    `ratio` is the variance with days as draws (linearisation: Cochran, Sampling Techniques, 1977, 6 and 9A)
    over that with reviews as draws, NaN where nothing differs; `n` the reviews, `nn` the sum of the days'
    squared numbers. It is drawn to what LIKENESS lets expect, and never below 1. One huge day among small
    ones is one day: the days count as (sum n)^2 / sum n^2.
    """
    n, nn = np.asarray(n, dtype=np.float64), np.asarray(nn, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        days = np.maximum(n**2 / nn - 1, 0)
        usual = 1 + LIKENESS * (nn / n - 1)
    seen = np.where(np.isnan(ratio), 1.0, ratio)
    design = (PRIOR_DAYS * usual + days * seen) / (PRIOR_DAYS + days)
    return np.asarray(np.maximum(design, 1)), np.asarray(SURE + days)


def student(freedom: ArrayLike) -> Floats:
    """The 97.5 % quantile of Student's t, for SURE degrees of freedom or more."""
    x = 1 / np.asarray(freedom, dtype=np.float64)
    return np.asarray(Z95 + x * (_STUDENT[0] + x * (_STUDENT[1] + x * _STUDENT[2])))


def difference_interval(
    before: tuple[ArrayLike, ArrayLike, ArrayLike], after: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> tuple[Floats, Floats]:
    """95 % interval of after - before, from (mean, low, high) of each.

    The method of variance estimates recovery keeps what is lopsided about either interval (Zou and Donner
    2008; for two shares it is Newcombe 1998, method 10).
    """
    m0, l0, h0 = (np.asarray(x, dtype=np.float64) for x in before)
    m1, l1, h1 = (np.asarray(x, dtype=np.float64) for x in after)
    low = m1 - m0 - np.hypot(m1 - l1, h0 - m0)
    high = m1 - m0 + np.hypot(h1 - m1, m0 - l0)
    return np.asarray(low), np.asarray(high)


def difference(before: Estimate, after: Estimate) -> tuple[Floats, Floats]:
    """95 % interval of the difference of two means, after - before, of windows that share no day."""
    return difference_interval((before.mean, before.low, before.high), (after.mean, after.low, after.high))


def known(value: float) -> float | None:
    """A figure; None where it is NaN, since there was nothing to take it from."""
    return None if np.isnan(value) else float(value)


def wilson(hits: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """95 % interval of a share (Wilson 1927); 0..1 where there were no trials."""
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (k + Z95**2 / 2) / (n + Z95**2)
        half = Z95 * np.sqrt(k * (n - k) / n + Z95**2 / 4) / (n + Z95**2)
        low, high = np.fmin(centre - half, k / n), np.fmax(centre + half, k / n)
    low, high = np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
    return np.asarray(np.clip(low, 0, 1)), np.asarray(np.clip(high, 0, 1))


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of each of J means, and the degrees of freedom with which it is known."""

    variance: Floats
    freedom: Floats


def spread_of_means(values: Floats, n: NDArray[np.int64], day: NDArray[np.int32]) -> Spread:
    """The spread of the means over reviews of the J columns of `values` (rows x J).

    `n` says how many reviews each row stands for, `day` its day, in ascending order. The variance is that of
    independent reviews times the design effect of `models.ratings.intervals`, with its degrees of freedom.
    """
    total = float(n.sum())
    centred = values - (n @ values) / total
    single = (n @ centred**2) / (total * max(total - 1, 1.0))
    starts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    sums = np.add.reduceat(centred * n[:, None], starts, axis=0)
    sizes = np.add.reduceat(n, starts).astype(np.float64)
    days = len(starts)
    daily = (sums**2).sum(axis=0) / total**2 * days / max(days - 1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(single > 0, daily / single, np.nan)
    design, freedom = design_effect(ratio, total, sizes @ sizes)
    return Spread(single * design, np.broadcast_to(freedom, single.shape))


def half_widths(spreads: Sequence[Spread]) -> Floats:
    """Half the width of the 95 % intervals of J sums of independent means."""
    variance, freedom = together(spreads)
    return np.asarray(student(freedom) * np.sqrt(variance))


def rise_chances(rise: Floats, spreads: Sequence[Spread]) -> Floats:
    """One-sided p-values: the chance of such a rise or more where nothing changed, for J sums of means."""
    from scipy.special import stdtr

    variance, freedom = together(spreads)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(variance > 0, rise / np.sqrt(variance), 0.0)
    return np.asarray(stdtr(freedom, -t), dtype=np.float64)


class Known(Protocol):
    """A mean's variance and its degrees of freedom: a `Spread`, or an `intervals.Estimate`."""

    @property
    def variance(self) -> Floats: ...
    @property
    def freedom(self) -> Floats: ...


def together(means: Sequence[Known]) -> tuple[Floats, Floats]:
    """Variance and degrees of freedom of sums of independent means (Welch 1947, Satterthwaite 1946)."""
    variance = np.sum([m.variance for m in means], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = variance**2 / np.sum([m.variance**2 / m.freedom for m in means], axis=0)
    return variance, np.where(variance == 0, SURE, freedom)
