"""Half a star between two sides of 200 reviews: how often is it told at equal false alarms?

Seven days before and seven after, about 30 reviews a day. *independent*: reviews of one real app drawn one
by one, another level on either side; *days alike*: days of real apps drawn again (`detection.Made`). Every
method gives a statistic of a series, larger where it says more that the level moved; it tells where that
exceeds what 5 % of other series without a change exceed. Some are told the day, some are not; those that
watch for a fall from the second side on know the day by that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import detection_methods as methods
import numpy as np
from detection_methods import Counts
from scipy.stats import norm

from models.ratings import changepoints
from models.ratings.counts import ReviewCounts, date_of
from models.ratings.intervals import STARS, Floats, wilson
from models.ratings.release_impact import Release, release_impact
from models.ratings.verdicts import release_verdicts

DAYS, FALSE, SIDE = 7, 0.05, 28
Statistic = Callable[[Counts], float]


def as_counts(days: Counts) -> ReviewCounts:
    """Star counts by day (days x 5) as ReviewCounts without texts."""
    day, star = np.nonzero(days)
    nothing = np.zeros(len(day))
    return ReviewCounts(
        "app", "google_play", day.astype(np.int32), (star + 1).astype(np.int8), (nothing - 1).astype(np.int8),
        nothing.astype(np.uint32), days[day, star],
    )  # fmt: skip


def windows(days: Counts, on: int) -> float:
    """The means of 28 days before and after, with the design effect of alike days."""
    means, variance = [], 0.0
    for side in (days[max(on - SIDE, 0) : on], days[on : on + SIDE]):
        n, shares = side.sum(), side.sum(axis=0) / side.sum()
        means.append(shares @ STARS)
        single = max(shares @ (STARS - means[-1]) ** 2, 0.1)
        variance += single * (1 + 0.03 * ((side.sum(axis=1) ** 2).sum() / n - 1)) / n
    return float(2 * norm.sf(abs(means[1] - means[0]) / variance**0.5))


def mann_whitney(days: Counts, on: int) -> float:
    """Wilcoxon's test with ties of the same windows."""
    before, after = (
        x.sum(axis=0).astype(float) for x in (days[max(on - SIDE, 0) : on], days[on : on + SIDE])
    )
    n, m, both = before.sum(), after.sum(), before + after
    u = (after * (np.concatenate([[0.0], before.cumsum()[:-1]]) + before / 2)).sum()
    ties = (both**3 - both).sum() / ((n + m) * (n + m - 1))
    return float(2 * norm.sf(abs(u - n * m / 2) / np.sqrt(max(n * m / 12 * (n + m + 1 - ties), 1e-9))))


def step(days: Counts) -> float:
    """The p value of a release on the day."""
    p = release_impact(as_counts(days), [Release("1", date_of(DAYS))], (), ())[0].p_value
    return 0.0 if p is None else -p


def verdict(days: Counts) -> bool:
    """Is such a release called better or worse?"""
    found = release_verdicts(as_counts(days), [Release("1", date_of(DAYS))], (), ())[0]
    return found.verdict in ("better", "worse")


def change_point(days: Counts) -> float:
    """The p value of the change that the house would date first, whatever its price."""
    variance, design = changepoints.day_noise(days)
    worth, share = _scanned(days, variance * design)
    return -changepoints.scan_p_value(float(worth.max(initial=0.0)) ** 0.5, share) if len(share) else -1.0


def has_changed(days: Counts) -> bool:
    """Does the house date a change?"""
    return bool(changepoints.review_changes(as_counts(days)))


def mean_scan(days: Counts) -> float:
    """The largest standardised difference of two sides, over all days."""
    return float(_scanned(days, _spread(days) ** 2)[0].max(initial=0.0))


def _scanned(days: Counts, variance: float) -> tuple[Floats, Floats]:
    """What each cut gains in fit, of those with enough reviews and days on both sides; shares before them."""
    n, total = (np.concatenate([[0.0], x.cumsum()]) for x in (days.sum(axis=1), days @ STARS))
    k = np.arange(changepoints.LEAST_DAYS, len(days) - changepoints.LEAST_DAYS + 1)
    left, right = n[k], n[-1] - n[k]
    enough = np.minimum(left, right) >= changepoints.LEAST
    off = total[k] / np.maximum(left, 1) - (total[-1] - total[k]) / np.maximum(right, 1)
    return (off**2 * left * right / n[-1] / variance)[enough], left[enough] / n[-1]


def cusum(days: Counts) -> float:
    """The largest distance of the sum of stars from its line (Page 1954; a Brownian bridge)."""
    n, total = days.sum(axis=1).cumsum(), (days @ STARS).cumsum()
    return float(np.abs(total - n / n[-1] * total[-1]).max() / _spread(days) / n[-1] ** 0.5)


def rank_scan(days: Counts) -> float:
    """Mann and Whitney's test at the best of all days (Pettitt 1979)."""
    n = days.sum(axis=1).cumsum()
    least = changepoints.LEAST_DAYS
    cuts = [k for k in range(least, len(days) - least + 1) if 0 < n[k - 1] < n[-1]]
    return max(-mann_whitney(days, k) for k in cuts)


def pelt(days: Counts) -> float:
    """The highest price at which PELT cuts the means of days (Killick, Fearnhead and Eckley 2012)."""
    import ruptures

    busy = days[days.any(axis=1)]
    n = busy.sum(axis=1)
    means = (busy @ STARS / n / _spread(days) * n.mean() ** 0.5)[:, None]
    search = ruptures.KernelCPD(kernel="linear", min_size=changepoints.LEAST_DAYS, jump=1).fit(means)
    low, high = 0.0, 200.0
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if len(search.predict(pen=middle)) > 1 else (low, middle)
    return low


def watcher(method: Callable[[Counts, int], Floats]) -> Statistic:
    """A method that watches for falls from the second side on, told by its end."""
    return lambda days: float(method(days[None], DAYS).max())


def _spread(days: Counts) -> float:
    shares = days.sum(axis=0) / days.sum()
    return max(float(shares @ (STARS - shares @ STARS) ** 2) ** 0.5, 0.1)


@dataclass(frozen=True, slots=True)
class Row:
    """A method, and what the house says as it is, where the method is the house's."""

    statistic: Statistic
    is_told: bool
    as_it_is: Callable[[Counts], bool] | None = None


ROWS = {
    "ours: level with a step": Row(step, True, verdict),
    "windows, days alike known": Row(lambda days: -windows(days, DAYS), True),
    "Mann-Whitney": Row(lambda days: -mann_whitney(days, DAYS), True),
    "mSPRT": Row(watcher(methods.msprt), True),
    "CUSUM, made for 0.5 star": Row(watcher(lambda c, b: methods.cusum(c, b, step=0.5)), True),
    "e-detector": Row(watcher(methods.e_detector), True),
    "BOCPD": Row(watcher(methods.bocpd), True),
    "ours: change point": Row(change_point, False, has_changed),
    "mean scan": Row(mean_scan, False),
    "CUSUM of all days": Row(cusum, False),
    "Mann-Whitney at the best day": Row(rank_scan, False),
    "PELT on means of days": Row(pelt, False),
}


def compare(title: str, calm: Counts, other: Counts, moved: Counts) -> None:
    """A line a method: found, and false on series (`other`) that had no part in setting the bar on `calm`."""
    print(f"\n200 reviews a side, {title}{'':10}{'found %':>9}{'false %':>9}   as it is: found, false")
    for name, row in ROWS.items():
        bar, quiet, told = (np.array([row.statistic(x) for x in those]) for those in (calm, other, moved))
        over = float(np.quantile(bar, 1 - FALSE, method="higher"))
        line = f"{'told the day' if row.is_told else 'not told':14}{name:32}"
        line += _share(told > over) + _share(quiet > over)
        if row.as_it_is is not None:
            found, false = (np.array([row.as_it_is(x) for x in those]) for those in (moved, other))
            line += f"   {_share(found)}{_share(false)}"
        print(line, flush=True)


def _share(hits: np.ndarray) -> str:
    low, high = (100 * float(x) for x in wilson(hits.sum(), len(hits)))
    return f"{100 * hits.mean():7.1f} ({low:.1f}-{high:.1f})"
