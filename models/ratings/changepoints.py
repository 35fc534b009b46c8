"""When did the level of a series move, and by how much? Association with releases, never cause.

Series B (mean review rating) is cut into segments of one level by exact optimal partitioning. Series A (the
displayed score) has few points and almost no noise; its rises and falls are `models.ratings.turning_points`.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_STARS, ReviewCounts, date_of
from models.ratings.intervals import (
    STAR_SCALE,
    STARS,
    DaySums,
    Floats,
    Moments,
    by_day,
    difference,
    estimate,
    posterior,
    star_moments,
)

LEAST = 30
"""Reviews that a segment of one level needs at least."""
LEAST_DAYS = 3
"""Days with reviews that it needs at least: a burst of one or two days is an anomaly, not a level."""
LEAST_EFFECTIVE = 2.0
"""Days that must share in it, however many reviews one of them has."""
LEVEL = 0.05
"""The chance that a series without any change gets one."""
MANY_CUTS = 150
GRID = 101
FORTNIGHT = 14
PRIOR_DAYS = 10.0
"""The likeness of a fortnight's days is drawn to none as if so many days had shown none."""
FALL_IN_FIT = 7.352
"""Days whose fit (-2 log likelihood) is worse than the best by less than this make up the 95 % interval of
the day: the limit law of the largest excess is (1 - exp(-x/2))^2 (Siegmund 1988)."""


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The first day of a new level, with 95 % intervals of the day and of the size (after - before).

    The levels are those between the changes before and after. `p_value` is None where a score came without
    its number of ratings.
    """

    series: str
    changed_on: date
    low_on: date
    high_on: date
    size: float
    low: float
    high: float
    value_before: float
    value_after: float
    n_before: int | None
    n_after: int | None
    p_value: float | None
    nearest_release: str | None = None
    release_distance_days: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The days with reviews, and the prefix sums over them, which have one more entry than `days`."""

    days: NDArray[np.int64]
    prefix: DaySums

    def sums(self, start: NDArray[np.int64] | int, end: NDArray[np.int64] | int) -> DaySums:
        """The sums of the days number `start`..`end` - 1."""
        return self.prefix[end] - self.prefix[start]

    def moments(self, start: NDArray[np.int64] | int, end: NDArray[np.int64] | int) -> Moments:
        """The moments of the days number `start`..`end` - 1."""
        return self.sums(start, end).moments

    def effective_days(self, start: int, end: int) -> float:
        """How many equal days would spread the reviews as evenly: one huge day among small ones is one."""
        sums = self.sums(start, end)
        return float(sums.n**2 / sums.nn)


def review_changes(counts: ReviewCounts) -> list[ChangePoint]:
    """Change points of series B (mean review rating), oldest first."""
    rated = counts.stars != NO_STARS
    if not rated.any():
        return []
    first, last = int(counts.day[rated][0]), int(counts.day[rated][-1])
    daily = counts.daily_stars(first, last)
    busy = np.flatnonzero(daily.sum(axis=1))
    variance, design = day_noise(daily)
    each = daily[busy].astype(np.float64)
    parts = by_day(each.sum(axis=1), each @ STARS, each @ STARS**2)
    prefix = np.concatenate([np.zeros((len(parts), 1)), parts.cumsum(axis=1)], axis=1)
    segment = Segment(busy.astype(np.int64) + first, DaySums(*prefix))
    cuts = partition(segment.prefix.n, segment.prefix.total, variance * design, penalty(len(busy)))
    return _confirmed(segment, cuts, design)


def penalty(days: int) -> float:
    """What a further segment must gain in fit (-2 log likelihood): the 95 % quantile of the largest gain
    without any change, over all days with reviews; simulated, see docs/statistics.md."""
    return 3.0 + 1.15 * float(np.log(max(days, 2)))


def day_noise(daily: NDArray[np.int64]) -> tuple[float, float]:
    """The variance of one review's stars at one level, and how many times more the days' means vary, >= 1.

    Both within fortnights, so that slow changes of level do not count as noise (Pearson's dispersion). An
    array (days x 5) of star counts is wanted.
    """
    starts = np.arange(0, len(daily), FORTNIGHT)
    n, total = daily.sum(axis=1).astype(np.float64), daily @ STARS
    pooled = star_moments(np.add.reduceat(daily, starts, axis=0))
    inner = np.maximum(pooled.squares - pooled.total**2 / np.maximum(pooled.n, 1), 0)
    freedom = np.maximum(pooled.n - 1, 0).sum()
    prior = posterior(star_moments(daily.sum(axis=0)), STAR_SCALE)[1]
    variance = float((inner.sum() + 2 * prior) / (freedom + 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.nan_to_num(total**2 / n) - 0.0
    pearson = np.add.reduceat(between, starts) - pooled.total**2 / np.maximum(pooled.n, 1)
    days = np.maximum(np.add.reduceat((n > 0).astype(float), starts) - 1, 0).sum()
    design = (PRIOR_DAYS + float(pearson.sum()) / variance) / (PRIOR_DAYS + float(days))
    return variance, max(design, 1.0)


def partition(n: Floats, total: Floats, variance: float, price: float) -> list[int]:
    """Where to cut, by exact optimal partitioning (Jackson et al. 2005) of weighted daily means.

    `n` and `total` are prefix sums, `variance` is that of one review, `price` what each further segment
    costs. Stretches have at least LEAST reviews
    on LEAST_DAYS days. The numbers of the first days of new segments.
    """
    days = len(n) - 1
    best = np.full(days + 1, np.inf)
    best[0] = -price
    came_from = np.zeros(days + 1, dtype=np.int64)
    ends = np.arange(days + 1)
    starts = np.minimum(np.searchsorted(n, n - LEAST, "right"), ends - LEAST_DAYS + 1)
    # A few ends at once: none of them is a start of another.
    for low in range(1, days + 1, LEAST_DAYS):
        some = ends[low : low + LEAST_DAYS, None]
        most = int(starts[low : low + LEAST_DAYS].max())
        if most < 1:
            continue
        fit = total[some] - total[:most]
        fit *= fit
        fit /= n[some] - n[:most]
        fit /= variance
        cost = np.subtract(best[:most], fit, out=fit)
        for row, end in zip(cost, some[:, 0].tolist(), strict=True):
            if starts[end] >= 1:
                at = int(row[: starts[end]].argmin())
                best[end], came_from[end] = row[at] + price, at
    if not np.isfinite(best[days]):
        return []
    cuts, at = [], int(came_from[days])
    while at > 0:
        cuts.append(at)
        at = int(came_from[at])
    return cuts[::-1]


def _confirmed(segment: Segment, cuts: list[int], design: float) -> list[ChangePoint]:
    """The changes, less those that their own two levels do not bear out at LEVEL, the least likely first."""
    while True:
        changes = _described(segment, cuts, design)
        doubts = [c.p_value or 0.0 for c in changes]
        if not doubts or max(doubts) <= LEVEL:
            return changes
        worst = int(np.argmax(doubts))
        cuts = [*cuts[:worst], *cuts[worst + 1 :]]


def _described(segment: Segment, cuts: list[int], design: float) -> list[ChangePoint]:
    bounds = [0, *cuts, len(segment.days)]
    changes = []
    for before, cut, after in zip(bounds, cuts, bounds[2:], strict=False):
        left, right = segment.sums(before, cut), segment.sums(cut, after)
        low, high = difference(estimate(left, STAR_SCALE), estimate(right, STAR_SCALE))
        low_cut, high_cut, p_value = _when(segment, before, cut, after, design)
        if min(segment.effective_days(before, cut), segment.effective_days(cut, after)) < LEAST_EFFECTIVE:
            p_value = 1.0
        changes.append(
            ChangePoint(
                series="B",
                changed_on=date_of(int(segment.days[cut])),
                low_on=date_of(int(segment.days[low_cut - 1]) + 1),
                high_on=date_of(int(segment.days[high_cut])),
                size=float(right.mean - left.mean),
                low=float(low),
                high=float(high),
                value_before=float(left.mean),
                value_after=float(right.mean),
                n_before=int(left.n),
                n_after=int(right.n),
                p_value=p_value,
            )
        )
    return changes


def _when(segment: Segment, start: int, cut: int, end: int, design: float) -> tuple[int, int, float]:
    """First and last cut that fit almost as well as the one made, and its p value, within its two levels."""
    cuts = np.arange(start + 1, end)
    left, right = segment.moments(start, cuts), segment.moments(cuts, end)
    noise = design * (
        posterior(segment.moments(start, cut), STAR_SCALE)[1] / left.n
        + posterior(segment.moments(cut, end), STAR_SCALE)[1] / right.n
    )
    fit = (right.mean - left.mean) ** 2 / noise
    enough = np.minimum(left.n, right.n) >= min(LEAST, float(left.n[cut - start - 1]))
    fit = np.where(enough, fit, 0.0)
    own = float(fit[cut - start - 1])
    near = cuts[fit > own - FALL_IN_FIT]
    share = left.n[enough] / (left.n[enough] + right.n[enough])
    return int(near.min()), int(near.max()), scan_p_value(own**0.5, share)


def scan_p_value(largest: float, shares: Floats) -> float:
    """The chance of so large a standardised difference at the best of the cuts, when there is no change.

    `shares` are the parts of the reviews before each cut, ascending. The difference at one cut after another
    is a Markov chain (a standardised Brownian bridge at these moments), so the chance that it stays within
    bounds is integrated step by step; for many cuts it is the tail of the continuous bridge (Miller and
    Siegmund 1982).
    """
    if largest < 1:
        return 1.0
    if len(shares) > MANY_CUTS:
        t0, t1 = float(shares[0]), float(shares[-1])
        density = float(np.exp(-(largest**2) / 2) / np.sqrt(2 * np.pi))
        odds = float(np.log(t1 * (1 - t0) / (t0 * (1 - t1))))
        return min(1.0, 4 * density / largest + density * (largest - 1 / largest) * odds)
    grid = np.linspace(-largest, largest, GRID)
    weights = np.full(GRID, 2 * largest / (GRID - 1))
    weights[[0, -1]] /= 2
    inside = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    likeness = np.sqrt(shares[:-1] * (1 - shares[1:]) / (shares[1:] * (1 - shares[:-1])))
    for r in likeness:
        spread = max(1 - r * r, 1e-12) ** 0.5
        step = np.exp(-(((grid[:, None] - r * grid) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
        # A step narrower than the grid is too small to matter and would not be integrated well.
        if spread > grid[1] - grid[0]:
            inside = step @ (inside * weights)
    return float(np.clip(1 - inside @ weights, 0, 1))


def near_releases(changes: Sequence[ChangePoint], releases: Sequence[tuple[str, date]]) -> list[ChangePoint]:
    """Name the release nearest to each change: its version and its date less the change's, in days."""

    def named(change: ChangePoint) -> ChangePoint:
        if not releases:
            return change
        version, on = min(releases, key=lambda r: (abs((r[1] - change.changed_on).days), r[1], r[0]))
        return replace(change, nearest_release=version, release_distance_days=(on - change.changed_on).days)

    return [named(c) for c in changes]
