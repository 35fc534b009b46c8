"""Alarms on what texts say: has the share of negative texts, or of complaints about a topic, gone up?

As for stars (`models.ratings.star_alarms`): day by day, by the days before only; evidence is summed over the
days on which the level may have moved (a Shiryaev-Roberts statistic), so that many days that are each a
little worse count together. There are twenty such shares of an app, so each is asked more simply than the
stars are: its level is the share of the 91 days before, and the evidence of the days since is a ratio of two
beta-binomial likelihoods, which has a closed form. Days, shares and suspects are worked out at once. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.ratings.alarm import (
    ALL,
    ENOUGH,
    FIRST_DAYS,
    KNOWN,
    LATER,
    NOT_SO,
    PATIENCE,
    SPENT,
    SURE,
    USUAL,
    WIDTH,
    Alarm,
    Why,
    bound_of,
)
from models.ratings.counts import (
    NO_SENTIMENT,
    SENTIMENTS,
    ReviewCounts,
    Span,
    complaints,
    date_of,
    day_number,
)
from models.ratings.intervals import SHARE_SCALE, Floats, day_sums, difference, estimate
from models.ratings.star_level import LIKENESS, LIKENESS_DAYS, LIKENESS_PAIRS, STEP

TONE, COMPLAINTS = "share_negative", "share_complaints"
TONE_SHARE = 0.5
"""Part of the rate of false alarms that the tone of all texts takes; the topics divide the rest."""
TONE_SPENT, TOPICS_SPENT = 0.33, 0.06
"""Days between two false alarms are so many of the bound (as SPENT for stars): measured. Most topics are too
rare on most days to raise any, and a burst of one topic is of others, too."""
SUSPECTS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 28, 36, 44)
"""How many days with texts ago the level may have moved; those between are spoken for by the next."""
SIZES = ((0.7, 10.0), (0.3, 0.25))
"""How large moves are: weights, and reviews that a beta distribution about the old level is worth; their
standard deviations are 0.3 and 0.9 of one review's, as for stars."""
FURTHEST = 4.0
"""Standard deviations by which one day counts as off at most (of stars 6: a topic has sooner a flood)."""
LEAST = 5
"""Complaints in the days since a suspect, below which they say nothing."""
TYPICAL = 0.5
"""Reviews by which a level is drawn to none and all, each."""
_SPACING = np.diff((0, *SUSPECTS)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """Texts of each of M days that have some: how many (M), and hits of each of S shares (M x S)."""

    day: NDArray[np.int64]
    n: Floats
    hits: Floats


def text_alarms(
    counts: ReviewCounts,
    topics: Sequence[str],
    alarms_a_year: float,
    until: int | None = None,
    gaps: Sequence[Span] = (),
) -> list[Alarm]:
    """All alarms on the tone of all texts and on complaints about each topic, in order of the day raised.

    `alarms_a_year` false ones an app and year are raised over all of them. `until` is the day up to which the
    data speak, days within `gaps` were not collected (as in `star_alarms`). Only what gets worse alarms.
    """
    texts = _texts(counts, len(topics), until, gaps)
    end = int(counts.day[-1]) if until is None and len(counts.day) else until
    if end is None or len(texts.day) <= FIRST_DAYS:
        return []
    bounds = np.full(len(topics) + 1, bound_of(alarms_a_year) / SPENT)
    bounds[0] *= TONE_SPENT / TONE_SHARE
    bounds[1:] *= TOPICS_SPENT * len(topics) / (1 - TONE_SHARE)
    evidence = _evidence(texts, 0)
    names, found = [ALL, *topics], list[Alarm]()
    for s in np.flatnonzero((evidence.total >= bounds).any(axis=0)).tolist():
        one = _Texts(texts.day, texts.n, texts.hits[:, [s]])
        found += _Story(one, float(bounds[s]), names[s], TONE if s == 0 else COMPLAINTS).told(end)
    return sorted(found, key=lambda a: (a.raised, a.topic))


def _texts(counts: ReviewCounts, topics: int, until: int | None, gaps: Sequence[Span]) -> _Texts:
    read = counts.sentiment != NO_SENTIMENT
    if until is not None:
        read &= counts.day <= until
    for gap in gaps:
        read &= (counts.day < day_number(gap.first)) | (counts.day > day_number(gap.last))
    part = ReviewCounts(
        counts.app, counts.store, counts.day[read], counts.stars[read], counts.sentiment[read],
        counts.topics[read], counts.n[read],
    )  # fmt: skip
    if not len(part.day):
        return _Texts(np.array([], dtype=np.int64), np.zeros(0), np.zeros((0, topics + 1)))
    days, starts = np.unique(part.day, return_index=True)
    negative = part.sentiment == SENTIMENTS.index("negative")
    hits = np.column_stack([negative, complaints(part, topics)]) * part.n[:, None]
    n = np.add.reduceat(part.n.astype(np.float64), starts)
    return _Texts(days.astype(np.int64), n, np.add.reduceat(hits, starts, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """By day and share: the sum over the suspects (M x S), the ratio of each (M x S x W), and what a day's
    texts weigh (M x S)."""

    total: Floats
    ratios: Floats
    weight: Floats


def _summed(values: Floats) -> Floats:
    """Prefix sums along the days, beginning with 0."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(axis=0)])


def _evidence(texts: _Texts, since: int) -> _Evidence:
    """What each day says, where the level is known from day `since` (an index) on."""
    n, k = texts.n[:, None], texts.hits
    days = np.arange(len(n))
    raw_n, raw_k = _summed(np.broadcast_to(n, k.shape)), _summed(k)
    low = np.maximum(days - USUAL, since)
    before = np.maximum(days, low)

    def spans(sums: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
        return np.asarray(sums[last] - sums[first])

    # How much the texts of one day are alike (Kish 1965), and how far a day is off its level, day by day.
    known = spans(raw_n, low, before)
    level = (spans(raw_k, low, before) + TYPICAL) / (known + 2 * TYPICAL)
    single = level * (1 - level)
    off = (k - n * level) ** 2 / single
    pairs = np.where(known >= 50, n * (n - 1), 0.0)
    excess = np.where(known >= 50, np.minimum(off, 9 * (n + n**2 / np.maximum(known, 1))) - n, 0.0)
    sums = [_summed(x)[:-1] for x in (excess, pairs, pairs**2)]
    of = sums[1] + LIKENESS_PAIRS
    unsure = 1 + 0.5 * np.sqrt(2 * (sums[2] + LIKENESS_PAIRS**2 / LIKENESS_DAYS)) / of
    alike = np.clip(unsure * (sums[0] + LIKENESS * LIKENESS_PAIRS) / of, 0.001, 0.3)
    design = 1 + alike * np.maximum(n - 1, 0)
    usual = n * design + n**2 / np.maximum(known, 1)
    weight = design * np.maximum(off / usual / FURTHEST**2, 1)
    new_n, new_k = _summed(n / weight), _summed(k / weight)
    old_n, old_k = _summed(n / design), _summed(k / design)
    ratios = np.zeros((*k.shape, len(SUSPECTS)))
    for w, ago in enumerate(SUSPECTS):
        # The first day that can tell: before that of the suspect the level has to be known.
        began = since + FIRST_DAYS + ago - 1
        if began >= len(days):
            break
        # Most topics are too rare on most days, and nothing more is asked of them.
        heard = raw_k[began + 1 :] - raw_k[began - ago + 1 : len(days) - ago + 1] >= LEAST
        day, share = np.nonzero(heard)
        day += began
        first, end = (day - ago + 1, share), (day + 1, share)
        low = np.maximum(first[0] - USUAL, since)
        m, hits = (x[first] - x[low, share] for x in (old_n, old_k))
        p = (hits + TYPICAL) / (m + 2 * TYPICAL)
        variance = 1 / np.maximum(m, 1e-9) + STEP * (texts.day[day] - texts.day[low]) / 2
        size, found = (x[end] - x[first] for x in (new_n, new_k))
        z = (found - size * p) / np.sqrt(size * p * (1 - p) * (1 + size * variance) + 1e-12)
        able = (variance <= KNOWN) & (z > 1)
        ratios[day[able], share[able], w] = _ratio(found[able], size[able], p[able], variance[able])
    return _Evidence(ratios @ _SPACING, ratios, weight)


def _ratio(k: Floats, n: Floats, p: Floats, variance: Floats) -> Floats:
    """How much better `k` of `n` fit a level that went up from `p` than `p`, known with `variance`."""
    fits = [w * np.exp(_fit(k, n, p, size) - _fit(k, n, p, 1 / variance)) for w, size in SIZES]
    # Half of the moves that the two distributions think of go the other way.
    return np.asarray(2 * np.sum(fits, axis=0))


def _fit(k: Floats, n: Floats, p: Floats, size: Floats | float) -> Floats:
    """Log of the beta-binomial likelihood, but for what does not depend on the level."""
    from scipy.special import betaln

    a, b = p * size, (1 - p) * size
    return np.asarray(betaln(a + k, b + n - k) - betaln(a, b))


class _Story:
    """The alarms of one share, from the first on: each changes what the next is compared with."""

    def __init__(self, texts: _Texts, bound: float, topic: str, measure: str) -> None:
        self._texts, self._bound, self._topic, self._measure = texts, bound, topic, measure

    def told(self, until: int) -> list[Alarm]:
        """All of them, as known at the end of day `until`."""
        raised = list(self._raised())
        ends = [at for at, *_ in raised[1:]] + [len(self._texts.day)]
        return [
            self._followed(alarm, at, began, since, weight, end, until)
            for (at, began, since, weight, alarm), end in zip(raised, ends, strict=True)
        ]

    def _raised(self) -> Iterator[tuple[int, int, int, Floats, Alarm]]:
        """For each alarm the index of its day, of the day on which it began, and that from which the level
        before is known; and what the texts of each day weigh."""
        since, earliest = 0, 0
        while True:
            found = _evidence(self._texts, since)
            over = np.flatnonzero(found.total[earliest:, 0] >= self._bound)
            if not len(over):
                return
            at = earliest + int(over[0])
            ratios = found.ratios[at, 0]
            best = int(ratios.argmax())
            began = at - SUSPECTS[best] + 1
            logs = np.log(np.maximum(ratios, 1e-300))
            near = np.flatnonzero(2 * (logs[best] - logs) < WIDTH)
            alarm = self._alarm(at, began, since, near, float(found.total[at, 0]))
            yield at, began, since, found.weight[:, 0], alarm
            since, earliest = began, at + 1

    def _alarm(self, at: int, began: int, since: int, near: NDArray[np.int64], evidence: float) -> Alarm:
        day = self._texts.day
        old = max(since, began - USUAL)
        before, after = (
            estimate(day_sums(self._texts.n[side], *[self._texts.hits[side, 0]] * 2), SHARE_SCALE)
            for side in (slice(old, began), slice(began, at + 1))
        )
        low, high = difference(before, after)
        first = max(at - SUSPECTS[int(near.max())], 0)
        last = at - SUSPECTS[int(near.min())] + 1
        began_low = min(int(day[first]) + 1, int(day[began]))
        return Alarm(
            self._measure, "worse", date_of(day[at]), date_of(day[began]), date_of(began_low),
            date_of(day[last]), None, None, None, None, float(before.mean), float(after.mean),
            float(after.mean - before.mean), float(low), float(high), int(self._texts.n[old:began].sum()),
            int(self._texts.n[began : at + 1].sum()), evidence, self._bound, self._topic,
        )  # fmt: skip

    def _followed(
        self, alarm: Alarm, at: int, began: int, since: int, weight: Floats, end: int, until: int
    ) -> Alarm:
        """What later texts, up to the next alarm (index `end`), made of it."""
        day, n, k = self._texts.day, self._texts.n, self._texts.hits[:, 0]
        old = slice(max(since, began - USUAL), began)
        m = float((n[old] / weight[old]).sum())
        p, after = (self._level(side) for side in (old, slice(began, at + 1)))
        raised = int(day[at])
        variance = 1 / max(m, 1.0) + STEP * USUAL / 2
        texts, days, found, size = 0.0, 0, 0.0, 0.0
        confirmed: int | None = None
        back = [0.0]
        for i in range(at + 1, end):
            over = self._over(alarm, confirmed, raised, int(day[i]) - 1, texts)
            if over is not None:
                return over
            texts, days = texts + n[i], days + 1
            found, size = found + k[i] / weight[i], size + n[i] / weight[i]
            if confirmed is not None:
                # CUSUM (Page 1954) of the old level against the new one, of the days since it was confirmed.
                gain = k[i] * np.log(p / after) + (n[i] - k[i]) * np.log((1 - p) / (1 - after))
                back.append(max(back[-1] + gain / weight[i], 0.0))
                if back[-1] >= np.log(self._bound):
                    return replace(
                        alarm, confirmed=date_of(confirmed), ended=date_of(day[i]), why="went_back"
                    )
            elif days >= LATER:
                one = [np.array([x]) for x in (found, size, p, variance)]
                is_more, ratio = found > size * p, float(_ratio(*one)[0])
                if is_more and ratio >= SURE:
                    confirmed = int(day[i])
                elif ratio <= NOT_SO if is_more else size >= ENOUGH:
                    return replace(alarm, withdrawn=date_of(day[i]), why="disagreed")
        over = self._over(alarm, confirmed, raised, until, texts)
        if over is not None:
            return over
        if end < len(day):
            alarm = replace(alarm, ended=date_of(day[end]), why="moved_again")
        return alarm if confirmed is None else replace(alarm, confirmed=date_of(confirmed))

    def _level(self, side: slice) -> float:
        n, k = self._texts.n[side].sum(), self._texts.hits[side, 0].sum()
        return float((k + TYPICAL) / (n + 2 * TYPICAL))

    @staticmethod
    def _over(alarm: Alarm, confirmed: int | None, raised: int, day: int, texts: float) -> Alarm | None:
        """What time alone ends, by the end of `day`."""
        why: Why
        if confirmed is None and day - raised >= (PATIENCE if texts >= ENOUGH else USUAL):
            why = "not_confirmed"
            return replace(alarm, withdrawn=date_of(day), why=why)
        if confirmed is not None and day - raised >= USUAL:
            why = "became_usual"
            return replace(alarm, confirmed=date_of(confirmed), ended=date_of(raised + USUAL), why=why)
        return None
