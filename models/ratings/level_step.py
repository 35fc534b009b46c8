"""Did the level of a measure step on a known day, given that it wanders anyway?

The local level model with a step: means of days near the day in question, and of weeks further off, are a
level that does a random walk plus the noise of finitely many reviews (`local_level`), and on that day it may
step (Harvey and Durbin 1986; Durbin and Koopman 2012, ch. 3). The Kalman filter weighs every mean by what it
says of the step: where the level wanders, the nearest days count and the far ones hardly; where it is steady,
all of them. Two windows of four weeks know nothing of that (docs/statistics.md says how often each of them
tells half a star). The size of the wandering is not estimated but weighed: every size keeps its likelihood,
times how common it is among real apps; and so is how fast a new version reaches people. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Daily
from models.ratings.intervals import Floats, Moments, posterior
from models.ratings.local_level import PRIOR, STEPS, TOPIC_PRIOR, WEEK

BEFORE = 26
"""Weeks before the day that are looked at; after it, those of the window after."""
FINE = 7
"""Days before and after the day that are looked at one by one; further off, weeks are."""
ROLLOUTS = (0.0, 3.0)
"""Mean days in which a new version reaches people: at once, or by and by."""
LIKENESS, LIKENESS_PAIRS = 0.015, 16_000.0
"""Correlation of two reviews of one day (Kish 1965); what that is worth against the app's own, in pairs of
reviews."""
MOST_LIKE = 0.3
FURTHEST = 9.0
"""A pair of days counts for no more than so many times the usual square: one flood makes no likeness."""
USUAL = 1.0
"""Variance of steps that are thought of when the sizes of the wandering are weighed."""

Days = NDArray[np.int64]


def step_p_values(daily: Daily, on: Days, ends: Days, signs: Floats) -> Floats:
    """The chance of so large a step on days `on` (R) if there were none: an array (R x M measures).

    Days are counted from the series' first; reviews from `ends` on are not looked at. `signs` (R x M) are
    the directions in which the windows differ: where the step points the other way, there is none (1).
    """
    from scipy.special import ndtr

    last = np.clip(ends, 0, daily.days)
    single, alike = _noise(daily, np.clip(on - BEFORE * WEEK, 0, daily.days), last)
    n, total, pairs = (_summed(x) for x in (daily.n, daily.total, daily.n**2))
    filtered = _Filter((len(on), len(daily.scales), len(STEPS)))
    centre = total[-1] / np.maximum(n[-1], 1)
    for start, end in _parts(int(np.max(ends - on, initial=0))):
        low, high = (np.clip(on + day, 0, last) for day in (start, end))
        size = n[high] - n[low]
        some = np.maximum(size, 1e-9)
        mean = ((total[high] - total[low]) / some - centre) / np.sqrt(single)
        noise = (1 + alike * ((pairs[high] - pairs[low]) / some - 1)) / some
        filtered.take(mean, noise, size > 0, (start + end) / 2)
    step, spread, likelihood = filtered.step()
    common = np.where([[topic is not None] for topic in daily.topics], TOPIC_PRIOR, PRIOR)
    weights = common * np.exp(likelihood - likelihood.max(axis=(0, -1), keepdims=True))
    weights /= weights.sum(axis=(0, -1), keepdims=True)
    p_values = (weights * 2 * ndtr(-np.abs(step) / spread)).sum(axis=(0, -1))
    other_way = (weights * step).sum(axis=(0, -1)) * signs < 0
    return np.asarray(np.where(other_way, 1.0, np.minimum(p_values, 1.0)))


def _parts(after: int) -> list[tuple[int, int]]:
    """First day and the day after the last, from the day in question, of what is looked at as one mean."""
    far = range(FINE, BEFORE * WEEK, WEEK)
    near = [(day, day + 1) for day in range(-FINE, min(FINE, after))]
    return [
        *((-x - WEEK, -x) for x in reversed(far)),
        *near,
        *((x, x + WEEK) for x in range(FINE, after, WEEK)),
    ]


def _noise(daily: Daily, first: Days, last: Days) -> tuple[Floats, Floats]:
    """Variance of one review, and correlation of two of one day, of each measure in the days `first`..`last`
    - 1 (R x M).

    The correlation is what days are further from the next than their reviews explain (von Neumann 1941): a
    level that moves on one day spoils one pair of days, and one that wanders hardly any.
    """
    sums = (_summed(x) for x in (daily.n, daily.total, daily.squares))
    seen = [x[last] - x[first] for x in sums]
    single = np.stack(
        [posterior(Moments(*(x[:, m] for x in seen)), scale)[1] for m, scale in enumerate(daily.scales)],
        axis=1,
    )
    some = np.maximum(daily.n, 1e-9)
    mean, two = daily.total / some, (daily.n[1:] > 0) & (daily.n[:-1] > 0)
    usual = np.array([
        float(posterior(Moments(*(x[:, m].sum() for x in (daily.n, daily.total, daily.squares))), scale)[1])
        for m, scale in enumerate(daily.scales)
    ])  # fmt: skip
    half = some[1:] * some[:-1] / (some[1:] + some[:-1])
    square = np.minimum((mean[1:] - mean[:-1]) ** 2 * half / usual, FURTHEST * (1 + 4 * LIKENESS * half))
    excess = _summed(np.where(two, half * (square - 1), 0.0))
    pairs = _summed(np.where(two, half**2 * (2 - 1 / some[1:] - 1 / some[:-1]), 0.0))
    low, high = np.minimum(first, len(excess) - 1), np.clip(last - 1, 0, len(excess) - 1)
    low = np.minimum(low, high)
    known = LIKENESS_PAIRS + pairs[high] - pairs[low]
    alike = (LIKENESS * LIKENESS_PAIRS + excess[high] - excess[low]) / known
    return single, np.asarray(np.clip(alike, 0.0, MOST_LIKE))


def _summed(values: Floats) -> Floats:
    return np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])


class _Filter:
    """The Kalman filter with a diffuse start of the means and, beside them, of the steps that are looked for:
    their innovations are a regression of the one on the other (de Jong 1991).

    Arrays (R x M x steps), of the steps with ROLLOUTS before.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._spread, self._level, self._logs = np.full(shape, 1e6), np.zeros(shape), np.zeros(shape)
        self._shape, self._both, self._squares = (np.zeros((len(ROLLOUTS), *shape)) for _ in range(3))
        self._started = np.zeros(shape[:2], dtype=bool)
        self._at: float | None = None

    def take(self, mean: Floats, noise: Floats, is_seen: NDArray[np.bool_], at: float) -> None:
        """Means (R x M) with their noise, in deviations of one review, of days about `at` days after the day
        in question."""
        self._spread += STEPS**2 * ((at - self._at) / WEEK if self._at is not None else 0.0)
        self._at = at
        total = self._spread + noise[..., None]
        error = mean[..., None] - self._level
        gain = np.where(is_seen[..., None], self._spread / total, 0.0)
        counts = (is_seen & self._started)[..., None] / total
        self._logs -= 0.5 * counts * error**2 + np.where(counts > 0, 0.5 * np.log(total), 0.0)
        self._level += gain * error
        self._spread *= 1 - gain
        self._started |= is_seen
        if at >= 0:
            # Before the day there is no step to look for.
            reached = [1.0 if days == 0 else 1 - np.exp(-at / days) for days in ROLLOUTS]
            moved = np.array(reached)[:, None, None, None] - self._shape
            self._both += counts * moved * error
            self._squares += counts * moved**2
            self._shape += gain * moved

    def step(self) -> tuple[Floats, Floats, Floats]:
        """The steps, their standard deviations, and the log-likelihood of each rollout and size of the
        wandering."""
        known = np.maximum(self._squares, 1e-12)
        gained = 0.5 * self._both**2 / (known + 1 / USUAL) - 0.5 * np.log1p(known * USUAL)
        return self._both / known, 1 / np.sqrt(known), self._logs + gained
