"""Alarms on stars: on which day was it told that an app's level had fallen or risen, and what became of it?

Day by day, by the days before only, as if the alarm had been rung then: so the list is an archive, and the
same reviews give the same list. The evidence is `models.ratings.level_watch`'s; here is what is done with it.

An alarm is *raised* when the evidence reaches the bound that the user's rate of false alarms sets. From then
on only later reviews count, which had no part in raising it: they *confirm* it, or it is *withdrawn*. A
confirmed one *ends* when the level moves again, or when it has become usual. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.ratings.alarm import (
    ENOUGH,
    FIRST_DAYS,
    KNOWN,
    LATER,
    NOT_SO,
    PATIENCE,
    SURE,
    USUAL,
    WIDTH,
    Alarm,
    Why,
    as_json,
    bound_of,
    from_json,
)
from models.ratings.counts import Span, date_of
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
from models.ratings.kept_state import Keeper, KeptState, packed, settled_day, unpack
from models.ratings.level_watch import LevelWatch
from models.ratings.star_level import FEATURE_WEIGHTS, STEP, Level, joined, ratios
from models.ratings.watched_days import Counts, WatchedDays, together

MEASURES = ("mean_stars", "share_one_star")


def star_alarms(
    first: int, counts: Counts, alarms_a_year: float, until: int | None = None, gaps: Sequence[Span] = ()
) -> list[Alarm]:
    """All alarms of one app in one store, in order of the day they were raised.

    `counts` are star counts by day (days x 5) from day `first` (since 1970-01-01) on, `until` is the day up
    to which the data speak (None: the last of `counts`), and days within `gaps` were not collected: they are
    neither judged nor learned from, and an alarm after them says that it may have begun within.
    """
    return star_alarms_together([WatchedDays.of(first, counts, until, gaps)], alarms_a_year)[0]


def star_alarms_together(series: Sequence[WatchedDays], alarms_a_year: float) -> list[list[Alarm]]:
    """The alarms of each of B series; the same as one by one, in a fraction of the time."""
    return [alarms for alarms, _ in star_alarms_kept(series, alarms_a_year)]


def star_alarms_kept(
    series: Sequence[WatchedDays], alarms_a_year: float, kept: Sequence[KeptState | None] = ()
) -> list[tuple[list[Alarm], KeptState | None]]:
    """The same, each with the state to keep of it: going on from those that were `kept`, where they hold."""
    bound, watch = bound_of(alarms_a_year), LevelWatch(len(series))
    desks = [_Desk(watch, number, one, bound) for number, one in enumerate(series)]
    keepers = [
        Keeper(one.first, settled_day(one.until), partial(_named, one, bound), state)
        for one, state in zip(series, kept or [None] * len(series), strict=True)
    ]
    for desk, keeper in zip(desks, keepers, strict=True):
        if keeper.state is not None:
            desk.resume(keeper.state)
    numbers = np.arange(len(series))
    due = sorted(((k.day, b) for b, k in enumerate(keepers) if k.is_due), reverse=True)
    for day, at, counts in together(series, [k.since for k in keepers]):
        while due and due[-1][0] < day:
            b = due.pop()[1]
            keepers[b].keep(*desks[b].known())
        here = numbers[at]
        for k, desk in enumerate(desks[number] for number in here.tolist()):
            desk.before(day, counts[k])
        evidence = watch.step(day, counts, at)
        for k in np.flatnonzero((joined(evidence) >= bound).any(axis=0)).tolist():
            desks[here[k]].consider(day, k, evidence[:, k])
    for _, b in due:
        keepers[b].keep(*desks[b].known())
    return [(desk.close(), keeper.state) for desk, keeper in zip(desks, keepers, strict=True)]


def _named(series: WatchedDays, bound: float, day: int) -> str:
    return f"{series.named(day)} {bound}"


@dataclass(slots=True, eq=False)
class _Open:
    """The alarm that is open: the level before it, and what reviews since it was raised say."""

    alarm: Alarm
    before: Level
    cumulant: NDArray[np.float64]
    since: int
    n: int
    days: int
    likelihood: NDArray[np.float64]


class _Desk:
    """Raises, confirms, withdraws and ends the alarms of one series, the `number`-th of the `watch`."""

    def __init__(self, watch: LevelWatch, number: int, series: WatchedDays, bound: float) -> None:
        self._watch, self._number, self._series, self._bound = watch, number, series, bound
        self._at = np.array([number])
        self._days = series.days
        self._open: _Open | None = None
        self._done: list[Alarm] = []
        self._level_since, self._level_from = series.first, 0

    def known(self) -> tuple[bytes, str]:
        """All that is known of the series and of its alarms, as a state has it."""
        arrays = self._watch.known()
        it = self._open
        said = {
            "done": [as_json(alarm) for alarm in self._done],
            "level": [self._level_since, self._level_from],
            "open": it and {
                "alarm": as_json(it.alarm), "since": it.since, "n": it.n, "days": it.days,
                "before": [getattr(it.before, f.name).tolist() for f in fields(Level)],
                "likelihood": it.likelihood.tolist(),
            },
        }  # fmt: skip
        return packed(arrays, [self._number] * len(arrays)), json.dumps(said)

    def resume(self, state: KeptState) -> None:
        """Take up what was known."""
        arrays = self._watch.known()
        unpack(state.floats(), arrays, [self._number] * len(arrays))
        said = json.loads(state.said)
        self._done = [from_json(alarm) for alarm in said["done"]]
        self._level_since, self._level_from = said["level"]
        it = said["open"]
        if it is not None:
            before = Level(*map(np.array, it["before"]))
            self._open = _Open(
                from_json(it["alarm"]), before, before.cumulant(), it["since"], it["n"], it["days"],
                np.array(it["likelihood"]),
            )  # fmt: skip

    def before(self, day: int, counts: NDArray[np.float64]) -> None:
        """Follow what is open, before the star counts (5) of `day` are learned."""
        if self._open is not None:
            self._follow(self._open, day, counts[None])

    def consider(self, day: int, place: int, evidence: NDArray[np.float64]) -> None:
        """Raise an alarm if the `evidence` (2 x features) of `day` suffices of days whose level was known.

        `place` is that of the series among those that were looked at.
        """
        together = joined(evidence)
        which = int(together.argmax())
        by_candidate = joined(self._watch.candidates.ratios[which, place])
        w = self._most_likely(by_candidate)
        if w is not None:
            self._raise(day, which, w, by_candidate, evidence[which])

    def close(self) -> list[Alarm]:
        """What is over by the end of the series ends; all alarms."""
        if self._open is not None:
            self._expire(self._open, self._series.until)
        if self._open is not None:
            self._done.append(self._open.alarm)
        return self._done

    def _most_likely(self, ratios: NDArray[np.float64]) -> int | None:
        """The candidate that says it most strongly; None where the level before it is not known."""
        c, b = self._watch.candidates, self._number
        known = (c.number[b] >= self._level_from + FIRST_DAYS) & (c.variance[b] <= KNOWN)
        if not known.any() or ratios[known] @ c.spacing[b, known] < self._bound:
            return None
        return int(np.where(known, ratios, -1.0).argmax())

    def _raise(
        self, day: int, which: int, w: int, ratios: NDArray[np.float64], evidence: NDArray[np.float64]
    ) -> None:
        c, b, first = self._watch.candidates, self._number, self._series.first
        if self._open is not None:
            self._end(self._open, ended=day, why="moved_again")
        began = int(c.day[b, w])
        logs = np.log(np.maximum(ratios, 1e-300))
        within = c.day[b, (c.number[b] >= 0) & (2 * (logs[w] - logs) < WIDTH)]
        low = self._days[max(int(np.searchsorted(self._days, within.min())) - 1, 0)] + 1
        measure = int((evidence * FEATURE_WEIGHTS).argmax())
        alarm = Alarm(
            MEASURES[measure], "worse" if which == 0 else "better", date_of(day), date_of(began),
            date_of(int(low)), date_of(int(within.max())), None, None, None, None,
            *self._change(measure, began, day), float(joined(evidence)), self._bound,
        )  # fmt: skip
        before = c.before(b, w)
        nothing = np.zeros_like(c.cumulant[b, [w]])
        self._open = _Open(alarm, before, before.cumulant(), day, 0, 0, nothing)
        new = c.counts[b, w]
        n, self._level_since, self._level_from = float(new.sum()), began, int(self._watch.number[b])
        busy = self._series.counts[began - first : day - first + 1].sum(axis=1)
        effective = float((busy / self._watch.design(busy.astype(np.float64), self._at)).sum())
        self._watch.restart(b, (new + 2 * before.shares[0]) / (n + 2), 1 / (effective + 2))

    def _change(
        self, measure: int, began: int, day: int
    ) -> tuple[float, float, float, float, float, int, int]:
        first, counts = self._series.first, self._series.counts
        at = began - first
        old = max(at - USUAL, self._level_since - first, 0)
        sides = (counts[old:at], counts[at : day - first + 1])
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
        if it.alarm.confirmed is not None:
            return
        weight = self._watch.weight(counts, it.before, self._at)
        it.likelihood += it.before.gain(it.cumulant, counts, self._watch.weekday(day, self._at), weight)
        it.n, it.days = it.n + int(counts.sum()), it.days + 1
        if it.days < LATER:
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
