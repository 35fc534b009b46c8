"""Alarms on stars: on which day was it told that an app's level had fallen or risen, and what became of it?

Day by day, by the days before only, as if the alarm had been rung then: so the list is an archive, and the
same reviews give the same list. The evidence is `models.ratings.level_watch`'s; here is what is done with it.

An alarm is *raised* when the evidence reaches the bound that the user's rate of false alarms sets. From then
on only later reviews count, which had no part in raising it: they *confirm* it, or it is *withdrawn*. A
confirmed one *ends* when the level moves again, or when it has become usual. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Span, date_of, day_number
from models.ratings.intervals import (
    SHARE_SCALE,
    STAR_SCALE,
    DaySums,
    Scale,
    day_sums,
    difference,
    estimate,
    star_sums,
)
from models.ratings.level_watch import LevelWatch
from models.ratings.star_level import FEATURE_WEIGHTS, STEP, Level, joined, level_of, ratios

Counts: TypeAlias = NDArray[np.int64]
Kind: TypeAlias = Literal["worse", "better"]
Why: TypeAlias = Literal["moved_again", "became_usual", "not_confirmed", "disagreed"]

MEASURES = ("mean_stars", "share_one_star")
SPENT = 0.5
"""Days between two false alarms are so many of the bound: measured (benchmarks/detection.py, `rates`)."""
KNOWN = 1 / 30
"""A level is known, and can be compared with, from this variance on: thirty reviews of different days."""
FIRST_DAYS = 3
"""Days with reviews that a level rests on before it can be left."""
SURE, NOT_SO, LATER = 20.0, 1 / 20, 3
"""Later reviews confirm an alarm at this likelihood ratio and disagree at that one, those of so many days."""
PATIENCE, ENOUGH = 28, 30
"""Days, and reviews, after which an alarm that they did not confirm is withdrawn; after USUAL days anyhow."""
USUAL = 91
"""Days after which a new level is usual."""
WIDTH = 7.35
"""Twice the log-likelihood by which days may be worse than the best and still be the day of the change
(Siegmund 1988; as for change points)."""


@dataclass(frozen=True, slots=True)
class StarAlarm:
    """One alarm of one app in one store.

    The level moved between `began_low` and `began_high`, most likely on `began`; it was told on `raised`. It
    is of the `measure` that says so most strongly. `change` with its 95 % interval `low`..`high` is of the
    reviews from `began` until `raised` against those of the level before (of at most 91 days). `bound` is
    what `evidence` had to reach. `why` says what ended or withdrew it; None while it is open.
    """

    measure: str
    kind: Kind
    raised: date
    began: date
    began_low: date
    began_high: date
    confirmed: date | None
    ended: date | None
    withdrawn: date | None
    why: Why | None
    value_before: float
    value_after: float
    change: float
    low: float
    high: float
    n_before: int
    n_after: int
    evidence: float
    bound: float


def bound_of(alarms_a_year: float) -> float:
    """The evidence at which a series raises so many false alarms of falls a year (and as many of rises)."""
    if not 0 < alarms_a_year <= 12:
        raise ValueError(f"false alarms a year must lie between 0 and 12, not {alarms_a_year}")
    return SPENT * 365 / alarms_a_year


def star_alarms(
    first: int, counts: Counts, alarms_a_year: float, until: int | None = None, gaps: Sequence[Span] = ()
) -> list[StarAlarm]:
    """All alarms of one app in one store, in order of the day they were raised.

    `counts` are star counts by day (days x 5) from day `first` (since 1970-01-01) on, `until` is the day up
    to which the data speak (None: the last of `counts`), and days within `gaps` were not collected: they are
    neither judged nor learned from, and an alarm after them says that it may have begun within.
    """
    bound = bound_of(alarms_a_year)
    last = first + len(counts) - 1 if until is None else until
    missing = {d for gap in gaps for d in range(day_number(gap.first), day_number(gap.last) + 1)}
    days = [
        d for d in (np.flatnonzero(counts.any(axis=1)) + first).tolist() if d not in missing and d <= last
    ]
    desk = _Desk(first, counts, days, bound)
    for day in days:
        desk.take(day)
    return desk.close(last)


@dataclass(slots=True, eq=False)
class _Open:
    """The alarm that is open: the level before it, and what reviews since it was raised say."""

    alarm: StarAlarm
    before: Level
    since: int
    n: int
    days: int
    likelihood: NDArray[np.float64]


class _Desk:
    """Raises, confirms, withdraws and ends the alarms of one series."""

    def __init__(self, first: int, counts: Counts, days: Sequence[int], bound: float) -> None:
        self._first, self._counts, self._days, self._bound = first, counts, np.array(days), bound
        self._watch = LevelWatch(1)
        self._open: _Open | None = None
        self._done: list[StarAlarm] = []
        self._level_since, self._level_from = first, 0

    def take(self, day: int) -> None:
        """Look at one day."""
        counts = self._counts[day - self._first].astype(np.float64)[None]
        if self._open is not None:
            self._follow(self._open, day, counts)
        evidence = self._watch.step(day, counts)[:, 0]
        together = joined(evidence)
        which = int(together.argmax())
        if together[which] >= self._bound:
            w = self._most_likely(which)
            if w is not None:
                self._raise(day, which, w, evidence[which])

    def close(self, last: int) -> list[StarAlarm]:
        """What is over by `last` ends; all alarms."""
        if self._open is not None:
            self._expire(self._open, last)
        if self._open is not None:
            self._done.append(self._open.alarm)
        return self._done

    def _most_likely(self, which: int) -> int | None:
        """The candidate that says it most strongly; None where the level before it is not known."""
        c = self._watch.candidates
        known = (c.number >= self._level_from + FIRST_DAYS) & (c.variance[:, 0] <= KNOWN)
        if not known.any() or joined(c.ratios[which, known, 0]) @ c.spacing[known] < self._bound:
            return None
        return int(np.where(known, joined(c.ratios[which, :, 0]), -1.0).argmax())

    def _raise(self, day: int, which: int, w: int, evidence: NDArray[np.float64]) -> None:
        c = self._watch.candidates
        if self._open is not None:
            self._end(self._open, ended=day, why="moved_again")
        began = int(c.day[w])
        logs = np.log(np.maximum(joined(c.ratios[which, :, 0]), 1e-300))
        within = c.day[(c.number >= 0) & (2 * (logs[w] - logs) < WIDTH)]
        low = self._days[max(int(np.searchsorted(self._days, within.min())) - 1, 0)] + 1
        measure = int((evidence * FEATURE_WEIGHTS).argmax())
        alarm = StarAlarm(
            MEASURES[measure], "worse" if which == 0 else "better", date_of(day), date_of(began),
            date_of(int(low)), date_of(int(within.max())), None, None, None, None,
            *self._change(measure, began, day), float(joined(evidence)), self._bound,
        )  # fmt: skip
        # Copies: the place of the candidate is another's soon.
        before = level_of(c.shares[w].copy(), c.variance[w].copy())
        self._open = _Open(alarm, before, day, 0, 0, np.zeros_like(c.likelihood[w]))
        new = c.counts[w]
        n, self._level_since, self._level_from = float(new.sum()), began, self._watch.number
        busy = self._counts[began - self._first : day - self._first + 1].sum(axis=1)
        effective = float((busy / self._watch.design(busy.astype(np.float64))).sum())
        self._watch.restart((new + 2 * before.shares) / (n + 2), np.array([1 / (effective + 2)]))

    def _change(
        self, measure: int, began: int, day: int
    ) -> tuple[float, float, float, float, float, int, int]:
        at = began - self._first
        old = max(at - USUAL, self._level_since - self._first, 0)
        sides = (self._counts[old:at], self._counts[at : day - self._first + 1])
        scale: Scale = STAR_SCALE if measure == 0 else SHARE_SCALE
        before, after = (estimate(_sums(measure, side), scale) for side in sides)
        low, high = difference(before, after)
        return (
            float(before.mean), float(after.mean), float(after.mean - before.mean), float(low), float(high),
            int(sides[0].sum()), int(sides[1].sum()),
        )  # fmt: skip

    def _follow(self, it: _Open, day: int, counts: NDArray[np.float64]) -> None:
        self._expire(it, day - 1)
        if self._open is None:
            return
        weight, weekday = self._watch.weight(counts, it.before), self._watch.weekday(day)
        it.likelihood += it.before.gain(it.before.cumulant(), counts, weekday, weight)
        it.n, it.days = it.n + int(counts.sum()), it.days + 1
        if it.alarm.confirmed is not None or it.days < LATER:
            return
        which = 0 if it.alarm.kind == "worse" else 1
        ratio = float(joined(ratios(it.likelihood, it.before.variance + STEP * (day - it.since))[which, 0]))
        if ratio >= SURE:
            it.alarm = replace(it.alarm, confirmed=date_of(day))
        elif ratio <= NOT_SO:
            self._withdraw(it, day, "disagreed")

    def _expire(self, it: _Open, day: int) -> None:
        """What time alone ends, by the end of `day`."""
        if it.alarm.confirmed is None:
            if day - it.since >= (PATIENCE if it.n >= ENOUGH else USUAL):
                self._withdraw(it, day, "not_confirmed")
        elif day - it.since >= USUAL:
            self._end(it, ended=it.since + USUAL, why="became_usual")

    def _withdraw(self, it: _Open, day: int, why: Why) -> None:
        self._done.append(replace(it.alarm, withdrawn=date_of(day), why=why))
        self._open = None

    def _end(self, it: _Open, ended: int, why: Why) -> None:
        self._done.append(replace(it.alarm, ended=date_of(ended), why=why))
        self._open = None


def _sums(measure: int, counts: Counts) -> DaySums:
    """The seven sums of a measure over the days of `counts` (days x 5)."""
    if measure == 0:
        return star_sums(counts)
    ones = counts[:, 0]
    return day_sums(counts.sum(axis=1), ones, ones)
