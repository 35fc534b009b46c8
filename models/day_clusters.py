"""How sure a mean is when the reviews of one day resemble each other.

People who write on the day of an outage write about the outage, so reviews are not independent draws. The
day is taken as the unit that was drawn: the variance of a mean is estimated from the day sums of what each
review adds to it (linearisation: Cochran, Sampling Techniques, 1977, ch. 6 and 9A), and never below what
independent reviews would give. Deterministic and linear in the number of cells, where a bootstrap of days
would need a thousand passes for the same answer. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SURE = 0.975
"""Quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of each of J means, and the degrees of freedom with which it is known."""

    variance: Floats
    freedom: Floats


def spread_of_means(values: Floats, n: NDArray[np.int64], day: NDArray[np.int32]) -> Spread:
    """The spread of the means over reviews of the J columns of `values` (cells x J).

    `n` says how many reviews each cell holds, `day` its day, in ascending order. The larger of two variances
    is taken: of reviews as independent draws (n - 1 degrees of freedom), and of days as draws (one less than
    the effective number of days, (sum n)^2 / sum n^2: one huge day among small ones is one day).
    A mean of a single review or day has no spread of its own; its degrees of freedom are held at 1.
    """
    total = float(n.sum())
    centred = values - (n @ values) / total
    single = (n @ centred**2) / (total * max(total - 1, 1.0))
    starts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    sums = np.add.reduceat(centred * n[:, None], starts, axis=0)
    sizes = np.add.reduceat(n, starts).astype(np.float64)
    days = len(starts)
    daily = (sums**2).sum(axis=0) / total**2 * days / max(days - 1, 1)
    by_day = np.full(single.shape, max(total**2 / float(sizes @ sizes) - 1, 1.0))
    return Spread(np.maximum(single, daily), np.where(daily > single, by_day, max(total - 1, 1.0)))


def half_widths(spreads: list[Spread]) -> Floats:
    """Half the width of the 95 % intervals of J sums of independent means."""
    from scipy.special import stdtrit

    variance, freedom = _together(spreads)
    return np.asarray(stdtrit(freedom, SURE) * np.sqrt(variance), dtype=np.float64)


def rise_chances(rise: Floats, spreads: list[Spread]) -> Floats:
    """One-sided p-values: the chance of such a rise or more where nothing changed, for J sums of means."""
    from scipy.special import stdtr

    variance, freedom = _together(spreads)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(variance > 0, rise / np.sqrt(variance), 0.0)
    return np.asarray(stdtr(freedom, -t), dtype=np.float64)


def _together(spreads: list[Spread]) -> tuple[Floats, Floats]:
    """Variance and degrees of freedom of sums of independent means (Welch 1947, Satterthwaite 1946)."""
    variance = np.sum([s.variance for s in spreads], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = variance**2 / np.sum([s.variance**2 / s.freedom for s in spreads], axis=0)
    return variance, np.where(variance > 0, freedom, 1.0)
