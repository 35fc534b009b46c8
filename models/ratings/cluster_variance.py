"""How sure an effect is that is a mean of what each review adds to it, such as a driver's.

People who write on the day of an outage write about the outage, so reviews are not independent draws.
Plain means and shares have `models.ratings.intervals.estimate`; what a review adds to an effect has no
scale with ends, so its interval is symmetric, with the same design effect and degrees of freedom.
Deterministic and linear in the number of counts, where a bootstrap of days would need a thousand passes
for the same answer. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import SURE, Floats, design_effect, student


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
