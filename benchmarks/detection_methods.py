"""What star alarms are compared with: the statistics of other methods, day by day, larger for a fall.

Every method takes star counts (series x days x 5) and `burn`, the days before watching begins, from which it
learns the level; it gives a statistic for each series and each day from then on (series x days watched). An
alarm is where that reaches a threshold, which `benchmarks/detection.py` sets so that all raise equally many.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.anomalies import judged_days
from models.ratings.counts import ReviewCounts
from models.ratings.intervals import STARS, Floats
from models.ratings.level_watch import LevelWatch
from models.ratings.star_level import joined

Counts: TypeAlias = NDArray[np.int64]
LIKENESS = 0.015
"""Correlation of two reviews of one day; methods for independent reviews know it where a row says so."""
NEGATIVE = np.array([0.95, 0.85, 0.5, 0.12, 0.04])
"""Share of negative texts by stars, for today's alarms, which look at tone."""


def learned(counts: Counts, burn: int) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation and number of the reviews before watching, drawn to 3 as by one review."""
    before = counts[:, :burn].sum(axis=1)
    n = before.sum(axis=1)
    mean = (before @ STARS + 3) / (n + 1)
    return mean, np.sqrt((before @ STARS**2 + 11) / (n + 1) - mean**2), n.astype(np.float64)


def ours(counts: Counts, burn: int, is_fresh: bool = False) -> Floats:
    """The evidence of `models.ratings.level_watch` for a fall.

    It has watched all along, so the days before `burn` are suspects, too, and what they say by chance is in
    its sum; `is_fresh`: they are not, as with the other methods.
    """
    watch, told = LevelWatch(len(counts)), []
    for day in range(counts.shape[1]):
        if is_fresh and day == burn:
            for b in range(len(counts)):
                watch.candidates.forget(b, int(watch.number[b]))
        told.append(joined(watch.step(day, counts[:, day].astype(float))[0]))
    return np.log(np.maximum(np.array(told[burn:]).T, 1e-300))


def cusum(counts: Counts, burn: int, step: float, likeness: float = 0.0) -> Floats:
    """Page 1954: for a fall of `step` stars, of independent reviews of one normal distribution."""
    mean, deviation, _ = learned(counts, burn)
    at, found = np.zeros(len(counts)), []
    for day in range(burn, counts.shape[1]):
        n = counts[:, day].sum(axis=1)
        gain = step / deviation**2 * ((mean - step / 2) * n - counts[:, day] @ STARS)
        at = np.maximum(0, at + gain / (1 + likeness * np.maximum(n - 1, 0)))
        found.append(at)
    return np.array(found).T


def e_detector(counts: Counts, burn: int) -> Floats:
    """Shin, Ramdas and Rinaldo 2022: Shiryaev-Roberts sums of bets on a lower mean, of six sizes mixed."""
    mean, _, _ = learned(counts, burn)
    mean, value = (mean - 1) / 4, (STARS - 1) / 4
    bets = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
    gains = np.log1p(bets * ((mean[:, None] - value) / (1 - mean[:, None]))[:, :, None])
    logs, found = np.full((len(counts), len(bets)), -np.inf), []
    for day in range(burn, counts.shape[1]):
        logs = np.logaddexp(0, logs) + np.einsum("bk,bkl->bl", counts[:, day], gains)
        found.append(np.logaddexp.reduce(logs, axis=1) - np.log(len(bets)))
    return np.array(found).T


def _since(counts: Counts, burn: int, likeness: float) -> tuple[Floats, Floats, Floats]:
    """Effective reviews of each day, their fall in deviations times that, and the reviews before."""
    mean, deviation, n_before = learned(counts, burn)
    n = counts.sum(axis=2).astype(np.float64)
    effective = n / (1 + likeness * np.maximum(n - 1, 0))
    off = (mean[:, None] - counts @ STARS / np.maximum(n, 1)) / deviation[:, None]
    return effective, off * effective, np.maximum(n_before, 1)


def msprt(counts: Counts, burn: int, likeness: float = 0.0) -> Floats:
    """Johari et al. 2017: mixture sequential test, told the day on which the fall would begin."""
    n, off, before = _since(counts, burn, likeness)
    n, off = n[:, burn:].cumsum(axis=1), off[:, burn:].cumsum(axis=1)
    fall, variance = off / np.maximum(n, 1e-9), 1 / np.maximum(n, 0.01) + 1 / before[:, None]
    usual = 0.5**2
    value = 0.5 * (fall**2 * usual / (variance * (variance + usual)) - np.log1p(usual / variance))
    return np.where(fall > 0, value, -99.0)


def mean_scan(counts: Counts, burn: int, likeness: float = 0.0) -> Floats:
    """The largest standardised fall of the last 1 to 28 days against the days before watching."""
    n, off, before = _since(counts, burn, likeness)
    n, off = (np.concatenate([np.zeros((len(n), 1)), x.cumsum(axis=1)], axis=1) for x in (n, off))
    found = []
    for day in range(burn, counts.shape[1]):
        wide = np.arange(max(day - 27, 1), day + 1)
        size, fall = n[:, [day + 1]] - n[:, wide], off[:, [day + 1]] - off[:, wide]
        size = np.maximum(size, 1e-9)
        found.append((fall / size / np.sqrt(1 / size + 1 / before[:, None])).max(axis=1))
    return np.array(found).T


def mann_whitney(counts: Counts, burn: int) -> Floats:
    """Wilcoxon's test with ties (Mann and Whitney 1947): the last seven days against those before."""
    before = counts[:, :burn].sum(axis=1).astype(np.float64)
    found = []
    for day in range(burn, counts.shape[1]):
        after = counts[:, day - 6 : day + 1].sum(axis=1).astype(np.float64)
        n, m = before.sum(axis=1), after.sum(axis=1)
        below = np.concatenate([np.zeros((len(n), 1)), before.cumsum(axis=1)[:, :-1]], axis=1)
        u = (after * (below + before / 2)).sum(axis=1)
        both, ties = n + m, ((before + after) ** 3 - before - after).sum(axis=1)
        variance = n * m / 12 * (both + 1 - ties / np.maximum(both * (both - 1), 1))
        found.append((n * m / 2 - u) / np.sqrt(np.maximum(variance, 1e-9)))
    return np.array(found).T


def bocpd(counts: Counts, burn: int) -> Floats:
    """Adams and MacKay 2007: log odds that the level began within 28 days and is lower than that before."""
    mean, deviation, _ = learned(counts, burn)
    n = counts.sum(axis=2).astype(np.float64)
    value = np.where(n > 0, (counts @ STARS / np.maximum(n, 1) - mean[:, None]) / deviation[:, None], 0.0)
    noise = np.where(n > 0, (1 + LIKENESS * (n - 1)) / np.maximum(n, 1), 1e9)
    hazard, prior = 1 / 365, 0.5**2
    shape = (len(counts), counts.shape[1] + 1)
    level, spread, weight = np.zeros(shape), np.full(shape, prior), np.zeros(shape)
    weight[:, 0], found = 1.0, []
    for day in range(counts.shape[1]):
        k = slice(0, day + 1)
        total = spread[:, k] + noise[:, [day]]
        like = np.exp(-0.5 * (value[:, [day]] - level[:, k]) ** 2 / total) / np.sqrt(total)
        grown, gain = weight[:, k] * like, spread[:, k] / total
        level[:, 1 : day + 2] = level[:, k] + gain * (value[:, [day]] - level[:, k])
        spread[:, 1 : day + 2] = spread[:, k] * (1 - gain)
        level[:, 0], spread[:, 0] = 0.0, prior
        weight[:, 0], weight[:, 1 : day + 2] = grown.sum(axis=1) * hazard, grown * (1 - hazard)
        weight /= weight.sum(axis=1, keepdims=True)
        if day >= burn:
            lower = (weight[:, :29] * (level[:, :29] < -0.1)).sum(axis=1)
            found.append(np.log(lower + 1e-12) - np.log(1 - lower + 1e-12))
    return np.array(found).T


PRICES = np.geomspace(1, 3000, 28)


def pelt(counts: Counts, burn: int) -> Floats:
    """Killick, Fearnhead and Eckley 2012, by `ruptures` on the standardised means of days: the highest price
    (times log of days) at which the last stretch began within 28 days and is lower than the one before."""
    import ruptures

    mean, deviation, _ = learned(counts, burn)
    found = np.zeros((len(counts), counts.shape[1] - burn))
    for b, series in enumerate(counts):
        n = series.sum(axis=1)
        busy = np.flatnonzero(n)
        value = ((series[busy] @ STARS / n[busy]) - mean[b]) / deviation[b] * np.sqrt(n[busy].mean())
        for day in range(burn, counts.shape[1]):
            until = int(np.searchsorted(busy, day, "right"))
            if until < 6:
                continue
            search = ruptures.KernelCPD(kernel="linear", min_size=2, jump=1).fit(value[:until, None])
            for price in PRICES:
                cuts = [0, *search.predict(pen=price * np.log(until))]
                if len(cuts) < 3 or busy[cuts[-2]] < day - 27:
                    break
                old, new = (value[a:z].mean() for a, z in zip(cuts[-3:-1], cuts[-2:], strict=True))
                if new >= old:
                    break
                found[b, day - burn] = price
    return found


def today(counts: Counts, burn: int) -> Floats:
    """The alarms on numbers and tone: minus the logarithm of the day's smallest adjusted chance.

    What texts say is drawn from the stars (NEGATIVE).
    """
    rng = np.random.default_rng(0)
    found = np.zeros((len(counts), counts.shape[1] - burn))
    for b, series in enumerate(counts):
        day, star = np.nonzero(series)
        n = series[day, star]
        negative = rng.binomial(n, NEGATIVE[star])
        parts = [(day, star, np.full(len(n), tone), m) for tone, m in ((0, negative), (2, n - negative))]
        day, star, tone, n = (np.concatenate(x) for x in zip(*parts, strict=True))
        kept = np.lexsort((tone, star, day))
        kept = kept[n[kept] > 0]
        reviews = ReviewCounts(
            "app", "google_play", day[kept].astype(np.int32), (star[kept] + 1).astype(np.int8),
            tone[kept].astype(np.int8), np.zeros(len(kept), dtype=np.uint32), n[kept].astype(np.int64),
        )  # fmt: skip
        for judged in judged_days(reviews, 0, 0.01, found.shape[1]):
            if judged.day >= burn:
                found[b, judged.day - burn] = -np.log(max(float(judged.p_adjusted.min()), 1e-12))
    return found
