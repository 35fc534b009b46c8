"""Do alarms keep their rate, and do they find what they are for? Measured on a user's own series. Pure.

The past is played again, every day judged by the days before it only. On steady segments every alarm counts
as false, so the measured rate errs to the high side: real incidents that pass within a day are in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.ratings.anomalies import judged_days
from models.ratings.counts import ReviewCounts, date_of
from models.validation.check_result import REPORTED, CheckResult

STEADY_DAYS = 28
STEADY_RATIO = 1.5
CLASSES = (1, 3, 10, 30, 100, 300)
"""Reviews a day by which power is told: each app belongs to the nearest, on the log scale."""


def alarm_backtest(
    apps: Sequence[ReviewCounts], topics: int, false_alarm_rate: float
) -> Iterator[CheckResult]:
    """Days with any alarm among all judged days of `apps`, and among those of steady segments."""
    days = alarms = steady = false = 0
    for counts in apps:
        calm = steady_days(counts)
        for day in judged_days(counts, topics, false_alarm_rate, int(np.ptp(counts.day)) + 1):
            alarm = bool(day.is_alarm.any())
            days, alarms = days + 1, alarms + alarm
            if calm[day.day - int(counts.day[0])]:
                steady, false = steady + 1, false + alarm
    target = f"<= {100 * false_alarm_rate:g} %"
    yield CheckResult("anomaly_replay", "steady_days", None, 0.0, steady, false, target)
    yield CheckResult("anomaly_replay", "all_days", None, 0.0, days, alarms, REPORTED)


def planted_spikes(
    apps: Sequence[ReviewCounts], topics: int, false_alarm_rate: float, draws: int, rng: np.random.Generator
) -> Iterator[CheckResult]:
    """Steady days of real series with `effect` times their reviews: how often does the app's count alarm?

    `n` is how many reviews a day the app has, as the nearest of CLASSES.
    """
    trials: dict[tuple[float, int], int] = {}
    found: dict[tuple[float, int], int] = {}
    for counts in apps:
        calm = np.flatnonzero(steady_days(counts)[STEADY_DAYS:]) + STEADY_DAYS
        if not len(calm):
            continue
        for at in rng.choice(calm, size=min(draws, len(calm)), replace=False):
            day = int(counts.day[0]) + int(at)
            recent = counts.between(day - STEADY_DAYS, day - 1).n.sum() / STEADY_DAYS
            if recent < CLASSES[0] / 2:
                continue
            nearest = CLASSES[int(np.argmin(np.abs(np.log(np.array(CLASSES) / recent))))]
            for factor in (2.0, 3.0):
                spiked = ReviewCounts(
                    counts.app, counts.store, counts.day, counts.stars, counts.sentiment, counts.topics,
                    np.where(counts.day == day, np.rint(counts.n * factor).astype(np.int64), counts.n),
                )  # fmt: skip
                judged = next(judged_days(spiked, topics, false_alarm_rate, 1, date_of(day)))
                key = (factor, nearest)
                trials[key] = trials.get(key, 0) + 1
                found[key] = found.get(key, 0) + bool(judged.is_alarm[0, 0])
    for (factor, nearest), n in sorted(trials.items()):
        yield CheckResult("planted_spike", "count", nearest, factor, n, found[factor, nearest], REPORTED)


def steady_days(counts: ReviewCounts) -> NDArray[np.bool_]:
    """Which days, from the first with a review to the last, stand in a steady segment.

    The median of daily reviews of the STEADY_DAYS before and of those from that day on (at least half of
    them known) differ by at most STEADY_RATIO, or by one review. Medians do not see a day's spike, so
    spikes are not explained away.
    """
    first = int(counts.day[0])
    daily = np.bincount(counts.day - first, weights=counts.n)
    steady = np.zeros(len(daily), dtype=bool)
    for t in range(STEADY_DAYS // 2, len(daily) - STEADY_DAYS // 2 + 1):
        before = float(np.median(daily[max(t - STEADY_DAYS, 0) : t]))
        after = float(np.median(daily[t : t + STEADY_DAYS]))
        steady[t] = max(before, after) <= STEADY_RATIO * min(before, after) + 1
    return steady
