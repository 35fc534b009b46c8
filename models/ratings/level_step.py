"""Did the level of a measure step on a known day, given that it wanders anyway?

The local level model with a step: weekly means are a level that does a random walk plus the noise of finitely
many reviews (`local_level`), and on the day in question it may step (Harvey and Durbin 1986; Durbin and
Koopman 2012, ch. 3). The Kalman filter weighs every week by what it says of the step: where the level
wanders, the nearest weeks count and the far ones hardly; where it is steady, all of them. Two windows of four
weeks know nothing of that: this test tells half a star in real series nearly three times as often
at equal false alarms (docs/statistics.md). The size of the weekly steps is not estimated but weighed: every
size keeps its likelihood, times how common it is among real apps. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Daily
from models.ratings.intervals import Floats, Moments, posterior
from models.ratings.local_level import PRIOR, STEPS, TOPIC_PRIOR, WEEK

BEFORE = 26
"""Weeks before the day that are looked at; after it, those of the window after."""
LAGS = (0, 1)
"""Weeks after the day at which the step is looked for: a new version takes days to reach people. The chance
is of the two together (Simes 1986)."""
LIKENESS = 0.02
"""Correlation of two reviews of one day (Kish 1965)."""
USUAL = 1.0
"""Variance of steps that are thought of when the sizes of the weekly steps are weighed."""

Days = NDArray[np.int64]


def step_p_values(daily: Daily, on: Days, ends: Days, signs: Floats) -> Floats:
    """The chance of so large a step on days `on` (R) if there were none: an array (R x M measures).

    Days are counted from the series' first; reviews from `ends` on are not looked at. `signs` (R x M) are
    the directions in which the windows differ: where the step points the other way, there is none (1).
    """
    from scipy.special import ndtr

    single = [
        float(posterior(Moments(*(x[:, m].sum() for x in (daily.n, daily.total, daily.squares))), scale)[1])
        for m, scale in enumerate(daily.scales)
    ]
    n, total, alike = (_summed(x) for x in (daily.n, daily.total, daily.n**2))
    weights = np.where([[topic is not None] for topic in daily.topics], TOPIC_PRIOR, PRIOR)
    weeks = int(np.ceil(np.max(ends - on, initial=0) / WEEK))
    last = np.clip(ends, 0, daily.days)
    filtered = _Filter((len(on), len(daily.scales), len(STEPS)))
    for week in range(-BEFORE, weeks):
        low, high = (np.clip(on + WEEK * w, 0, last) for w in (week, week + 1))
        size = n[high] - n[low]
        some = np.maximum(size, 1e-9)
        mean = (total[high] - total[low]) / some / np.sqrt(single)
        noise = (1 + LIKENESS * ((alike[high] - alike[low]) / some - 1)) / some
        filtered.take(mean, noise, size > 0, week)
    step, spread, likelihood = filtered.step()
    weights = weights * np.exp(likelihood - likelihood.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    p_values = (weights * 2 * ndtr(-np.abs(step) / spread)).sum(axis=-1)
    other_way = (weights * step).sum(axis=-1) * signs < 0
    found = np.sort(np.where(other_way, 1.0, np.minimum(p_values, 1.0)), axis=0)
    ranks = np.arange(1, len(LAGS) + 1)[:, None, None]
    return np.asarray((found * len(LAGS) / ranks).min(axis=0))


def _summed(values: Floats) -> Floats:
    return np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])


class _Filter:
    """The Kalman filter with a diffuse start of the means and, beside them, of the steps that are looked for:
    their innovations are a regression of the one on the other (de Jong 1991).

    Arrays (R x M x steps), of the steps with LAGS before.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._spread, self._level, self._logs = np.full(shape, 1e6), np.zeros(shape), np.zeros(shape)
        self._shape, self._both, self._squares = (np.zeros((len(LAGS), *shape)) for _ in range(3))
        self._started = np.zeros(shape[:2], dtype=bool)

    def take(self, mean: Floats, noise: Floats, is_seen: NDArray[np.bool_], week: int) -> None:
        """The means of a week (R x M) with their noise, in deviations of one review; week 0 begins with the
        day."""
        self._spread += STEPS**2
        total = self._spread + noise[..., None]
        error = mean[..., None] - self._level
        gain = np.where(is_seen[..., None], self._spread / total, 0.0)
        counts = (is_seen & self._started)[..., None] / total
        self._logs -= 0.5 * counts * error**2 + np.where(counts > 0, 0.5 * np.log(total), 0.0)
        self._level += gain * error
        self._spread *= 1 - gain
        self._started |= is_seen
        if week >= 0:
            # Before the day there is no step to look for.
            moved = (week >= np.array(LAGS))[:, None, None, None] - self._shape
            self._both += counts * moved * error
            self._squares += counts * moved**2
            self._shape += gain * moved

    def step(self) -> tuple[Floats, Floats, Floats]:
        """The steps, their standard deviations, and the log-likelihood of each size of the weekly steps."""
        known = np.maximum(self._squares, 1e-12)
        gained = 0.5 * self._both**2 / (known + 1 / USUAL) - 0.5 * np.log1p(known * USUAL)
        return self._both / known, 1 / np.sqrt(known), self._logs + gained
