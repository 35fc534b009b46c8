"""Which interval of a mean or a share holds what it should, on real series? Figures of docs/statistics.md.

    python benchmarks/interval_coverage.py covid_apps_reviews.csv.gz [--draws N] [--seed N]

The referee: whole days of a segment of a real app are drawn with replacement into windows of 1, 7, 28 and
90 days, and an interval should hold the mean of all days of the segment (`models.validation.simulate`).
Held out: the days of real windows are dealt into two halves by chance, whose difference should be
nothing. Coverage and mean width are told by days and by reviews of the window; windows of a single review
are left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import (
    SHARE_SCALE,
    STAR_SCALE,
    STARS,
    Z95,
    DaySums,
    Floats,
    Moments,
    difference,
    difference_interval,
    estimate,
    posterior,
    star_sums,
)
from models.validation.simulate import SEGMENT, Drawn, drawn, segment

Counts: TypeAlias = NDArray[np.int64]
Method: TypeAlias = Callable[[DaySums, Counts], tuple[Floats, Floats]]
DAYS = (1, 7, 28, 90)
LEAST = (2, 5, 10, 30, 100, 300, 1000)
RESAMPLES, BOOTSTRAPPED = 400, 4
"""Of the bootstrap: how many, and for how many windows of a segment."""


def read(dump: Path) -> dict[str, Counts]:
    """Star counts by day (days x 5) of every app of a dump."""
    apps: dict[str, dict[int, Counts]] = defaultdict(lambda: defaultdict(lambda: np.zeros(5, dtype=np.int64)))
    with gzip.open(dump, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            apps[row["app_id"]][date.fromisoformat(row["at"][:10]).toordinal()][int(row["score"]) - 1] += 1
    found = {}
    for app, days in apps.items():
        found[app] = np.zeros((max(days) - min(days) + 1, 5), dtype=np.int64)
        for day, stars in days.items():
            found[app][day - min(days)] = stars
    return found


# --- what is compared -----------------------------------------------------------------------------------


def independent_normal(s: DaySums, _: Counts) -> tuple[Floats, Floats]:
    """Half a review of each star (Jeffreys), independent reviews, normal: the macros until 2026."""
    n, mean = s.n + 2.5, (s.total + 7.5) / (s.n + 2.5)
    half = Z95 * np.sqrt(((s.squares + 27.5) / n - mean**2) / (n + 1))
    return np.maximum(1, np.fmin(mean - half, s.mean)), np.minimum(5, np.fmax(mean + half, s.mean))


def beta(s: DaySums, design: Floats | float) -> tuple[Floats, Floats]:
    """Two reviews as a prior and a Beta distribution, of the effective number of reviews."""
    from scipy.special import betaincinv

    scale = STAR_SCALE
    thinned = Moments(s.n / design, s.total / design, s.squares / design)
    mean, variance = posterior(thinned, scale)
    width, unit = scale.high - scale.low, (mean - scale.low) / (scale.high - scale.low)
    size = unit * (1 - unit) / (variance / (thinned.n + scale.prior[0] + 1) / width**2) - 1
    low, high = (scale.low + width * betaincinv(unit * size, (1 - unit) * size, p) for p in (0.025, 0.975))
    return np.fmin(low, s.mean), np.fmax(high, s.mean)


def by_days(s: DaySums) -> tuple[Floats, Floats, Floats]:
    """The variance of the mean by days as draws, by reviews as draws, and the effective days less one."""
    off = np.maximum(s.ss - 2 * s.mean * s.ns + s.mean**2 * s.nn, 0)
    daily = off / s.n**2 * s.days / np.maximum(s.days - 1, 1)
    single = np.maximum(s.squares - s.total * s.mean, 0) / (s.n * np.maximum(s.n - 1, 1))
    return daily, single, np.maximum(s.n**2 / s.nn - 1, 0)


def beta_by_days(s: DaySums, _: Counts) -> tuple[Floats, Floats]:
    """As the analysis had it for releases: the Beta distribution, drawn to no likeness by ten days."""
    daily, _, days = by_days(s)
    single = posterior(s.moments, STAR_SCALE)[1] / s.n
    return beta(s, np.maximum((10 + days * daily / single) / (10 + days), 1))


def cluster_t(s: DaySums, _: Counts) -> tuple[Floats, Floats]:
    """The larger of both variances with its degrees of freedom: as the analysis had it for drivers."""
    from scipy.special import stdtrit

    daily, single, days = by_days(s)
    freedom = np.where(daily > single, np.maximum(days, 1), np.maximum(s.n - 1, 1))
    half = stdtrit(freedom, 0.975) * np.sqrt(np.maximum(daily, single))
    return np.maximum(1, s.mean - half), np.minimum(5, s.mean + half)


def bootstrap(_: DaySums, counts: Counts) -> tuple[Floats, Floats]:
    """Percentiles of the means of resampled days."""
    rng = np.random.default_rng(0)
    ends = []
    for window in counts:
        again = window[rng.integers(len(window), size=(RESAMPLES, len(window)))].sum(axis=1)
        again = again[again.any(axis=1)]
        ends.append(np.quantile(again @ STARS / again.sum(axis=1), [0.025, 0.975]))
    low, high = np.array(ends).T
    return low, high


def engine(s: DaySums, _: Counts) -> tuple[Floats, Floats]:
    """The engine (`models.ratings.intervals`, `warehouse/macros/interval.sql`)."""
    found = estimate(s, STAR_SCALE)
    return found.low, found.high


METHODS: dict[str, Method] = {
    "independent, normal (SQL until now)": independent_normal,
    "independent, Beta (series B until now)": lambda s, _: beta(s, 1.0),
    "Beta, days (releases until now)": beta_by_days,
    "cluster t (drivers until now)": cluster_t,
    "day bootstrap, percentiles": bootstrap,
    "the engine": engine,
}


# --- measuring ------------------------------------------------------------------------------------------


class Table:
    """Coverage and mean width by method, for windows of so many days and of so many reviews or more."""

    def __init__(self) -> None:
        self.sums: dict[str, dict[object, Floats]] = defaultdict(lambda: defaultdict(lambda: np.zeros(3)))

    def add(self, name: str, days: int, n: Floats, held: NDArray[np.bool_], width: Floats) -> None:
        """Windows of `days` days with `n` reviews each."""
        rows = np.column_stack([np.ones(len(n)), held, width])
        self.sums[name][f"{days} d"] += rows.sum(axis=0)
        least = np.searchsorted(LEAST, n, "right") - 1
        for k, bound in enumerate(LEAST):
            self.sums[name][f"n {bound}"] += rows[least == k].sum(axis=0)

    def tell(self, title: str) -> None:
        """Print it."""
        heads = [*(f"{d} d" for d in DAYS), *(f"n {b}" for b in LEAST)]
        print(f"\n{title}: coverage in %, mean width\n{'':40}" + "".join(f"{h:>12}" for h in heads))
        for name, by in self.sums.items():
            cells = (
                f"{100 * by[h][1] / by[h][0]:.1f} {by[h][2] / by[h][0]:.2f}" if by[h][0] else "-"
                for h in heads
            )
            print(f"{name:40}" + "".join(f"{c:>12}" for c in cells))


def windows(
    apps: dict[str, Counts], draws: int, rng: np.random.Generator
) -> Iterator[tuple[int, Counts, Drawn]]:
    """(days, segment, windows drawn from it): for every app six segments where it has so many."""
    for daily in apps.values():
        for days in DAYS:
            for _ in range(6):
                tries = (segment(daily, max(days, SEGMENT), rng) for _ in range(20))
                part = next((p for p in tries if p is not None), None)
                if part is not None:
                    made = drawn(part, days, draws, rng)
                    yield days, part, Drawn(made.counts[made.n > 1], made.truth)


def means(apps: dict[str, Counts], draws: int, rng: np.random.Generator) -> None:
    """All methods on mean stars."""
    table = Table()
    for days, _, made in windows(apps, draws, rng):
        for name, method in METHODS.items():
            some = made if method is not bootstrap else Drawn(made.counts[:BOOTSTRAPPED], made.truth)
            if len(some.counts):
                sums = star_sums(some.counts.swapaxes(0, 1))
                low, high = method(sums, some.counts)
                table.add(name, days, sums.n, some.held(low, high), high - low)
    table.tell("Mean stars, days drawn again")


def shares(apps: dict[str, Counts], draws: int, rng: np.random.Generator) -> None:
    """The engine on the shares of one, three and five stars, and Jeffreys' interval beside it."""
    from scipy.special import betaincinv

    from models.ratings.intervals import day_sums

    table = Table()
    for days, part, made in windows(apps, draws, rng):
        for star in (1, 3, 5):
            n, hits = made.counts.sum(axis=2).T, made.counts[:, :, star - 1].T
            truth = part[:, star - 1].sum() / part.sum()
            s = day_sums(n, hits, hits)
            found = estimate(s, SHARE_SCALE)
            jeffreys = [betaincinv(s.total + 0.5, s.n - s.total + 0.5, p) for p in (0.025, 0.975)]
            for name, (low, high) in (
                ("Jeffreys, independent", jeffreys),
                ("the engine", (found.low, found.high)),
            ):
                held = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
                table.add(f"share of {star} stars: {name}", days, s.n, held, high - low)
    table.tell("Shares, days drawn again")


def halves(apps: dict[str, Counts], draws: int, rng: np.random.Generator) -> None:
    """The difference of two halves of the days of a real window, which is nothing."""
    table = Table()
    for daily in apps.values():
        for days in DAYS[1:]:
            for _ in range(max(draws // 4, 1)):
                part = segment(daily, days, rng) if days >= SEGMENT else segment(daily, SEGMENT, rng)
                if part is None:
                    continue
                part = (
                    part[rng.permutation(len(part))][: 2 * (days // 2)]
                    if days >= SEGMENT
                    else rng.permutation(part)[: 2 * days]
                )
                sides = [star_sums(half[:, None]) for half in np.split(part, 2)]
                if min(s.n[0] for s in sides) < 2:
                    continue
                smaller = np.minimum(sides[0].n, sides[1].n)
                low, high = difference(*(estimate(s, STAR_SCALE) for s in sides))
                table.add("the engine", days, smaller, (low <= 0) & (high >= 0), high - low)
                limits = [(s.mean, *independent_normal(s, part)) for s in sides]
                low, high = difference_interval(*limits)
                table.add(
                    "independent, normal (SQL until now)", days, smaller, (low <= 0) & (high >= 0), high - low
                )
    table.tell("Differences of two halves of the days; n of the smaller")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--draws", type=int, default=60, help="windows a segment")
    parser.add_argument("--seed", type=int, default=1)
    choice = parser.parse_args()
    apps = read(choice.dump)
    print(f"{len(apps)} apps, {sum(int(d.sum()) for d in apps.values())} reviews")
    for measure in (means, shares, halves):
        started = time.perf_counter()
        measure(apps, choice.draws, np.random.default_rng(choice.seed))
        print(f"   ({time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()
