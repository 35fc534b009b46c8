"""Is today unusual? Counts and sentiment of every topic against what its own past makes one expect.

The total of the app has a baseline with weekdays and growth (`models.ratings.forecast`); a topic's count is
expected to be its slowly changing share of that, and its sentiment has a baseline of its own
(`SentimentBaseline`). A chance is that of so many or more: only spikes and bad news alarm.

The user sets on what share of ordinary days one app may raise a false alarm. All questions asked of an app on
one day share that rate (weighted Bonferroni, Genovese, Roeder and Wasserman 2006): a quarter goes to the
count of all reviews, a quarter to their sentiment, half is divided among the topics. A topic whose few texts
of the day could not alarm even if all were negative takes no share (Tarone 1990).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import (
    NO_SENTIMENT,
    SENTIMENTS,
    ReviewCounts,
    Span,
    date_of,
    day_number,
    topic_matrix,
)
from models.ratings.forecast import GROWTH, CountBaseline, SentimentBaseline, Weekdays
from models.ratings.intervals import Floats
from models.ratings.kept_state import RECENT, Keeper, KeptState, name_of, packed, unpack
from models.ratings.star_level import ALL as ALL_APPS

Measure: TypeAlias = Literal["count", "tone"]
ALL = "all"
WARM_UP = 28
"""Days of history before the first day that is judged."""
HISTORY = 91
"""Days of history that are read before the first day that is judged, where there are so many."""
LEAST = 3
"""Fewer reviews (for 'tone': negative texts) than this never alarm."""
COUNT_OF_ALL, SENTIMENT_OF_ALL, TOPICS = 0.25, 0.25, 0.5


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One day of one topic (ALL: every review) against its baseline.

    `observed`, `expected`, `low` and `high` are reviews a day for 'count', the share of negative texts for
    'tone'; low..high holds at least 95 % of ordinary days. `p_value` is the chance of so much or more on an
    ordinary day; `p_adjusted` allows for all topics and measures of that app and day, and `is_alarm` says
    that it is at or below `threshold`, the share of ordinary days on which the user accepts a false alarm
    of this app. `n` is how many reviews the row rests on: all of the topic, or its texts for 'tone'.
    """

    topic: str
    day: date
    measure: Measure
    observed: float
    expected: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    is_alarm: bool
    threshold: float
    n: int


def anomalies(
    counts: ReviewCounts,
    topics: Sequence[str],
    false_alarm_rate: float,
    last_days: int,
    until: date | None = None,
    gaps: Sequence[Span] = (),
) -> list[Anomaly]:
    """The `last_days` days up to `until` (None: the last day with a review), for each topic and ALL.

    Left out: days that are not WARM_UP days after the first review, days within `gaps` (they were not
    collected, so they are neither judged nor learned), topics of which nobody spoke in all that time, and
    the sentiment of a day without texts. A rate outside 0..1 is a ValueError.
    """
    return anomalies_together([Asked(counts, until, gaps)], topics, false_alarm_rate, last_days)[0]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The reviews of one app in one store, up to when they are judged and in which days they were not
    collected; see `anomalies`."""

    counts: ReviewCounts
    until: date | None = None
    gaps: Sequence[Span] = ()


def anomalies_together(
    several: Sequence[Asked], topics: Sequence[str], false_alarm_rate: float, last_days: int
) -> list[list[Anomaly]]:
    """The anomalies of each; the same as one by one, in less time, since they learn together."""
    return [judged.anomalies for judged in anomalies_kept(several, topics, false_alarm_rate, last_days)]


@dataclass(frozen=True, slots=True)
class Judged:
    """The anomalies of one app, but for the days `kept`, which were judged when the state was made that the
    app went on from; and the `state` to be kept of it."""

    anomalies: list[Anomaly]
    kept: list[date]
    state: KeptState | None


def anomalies_kept(
    several: Sequence[Asked],
    topics: Sequence[str],
    false_alarm_rate: float,
    last_days: int,
    kept: Sequence[KeptState | None] = (),
) -> list[Judged]:
    """The same of the days that are not over: going on from the states that were `kept`, where they hold."""
    if not 0 < false_alarm_rate < 1:
        raise ValueError(f"the false alarm rate must lie between 0 and 1, not {false_alarm_rate}")
    names, found = (ALL, *topics), [list[Anomaly]() for _ in several]
    apps = list(_asked(several, len(topics), last_days, false_alarm_rate, kept or [None] * len(several)))
    for number, day in _judged_together(apps, len(topics), false_alarm_rate):
        found[number].extend(_rows(day, names, false_alarm_rate))
    known = {app.number: app for app in apps}
    return [
        Judged(rows, [], None) if number not in known
        else Judged(rows, known[number].before, known[number].keeper.state)
        for number, rows in enumerate(found)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class JudgedDay:
    """All series of one app on one day: arrays (2 x series) of count and sentiment, ALL first, then topics.

    `series` (0 is ALL, k + 1 is topic k) leaves out topics of which nobody spoke.
    """

    day: int
    series: NDArray[np.int64]
    observed: Floats
    n: Floats
    expected: Floats
    variance: Floats
    p_value: Floats
    p_adjusted: Floats
    is_alarm: NDArray[np.bool_]


def judged_days(
    counts: ReviewCounts,
    topics: int,
    false_alarm_rate: float,
    last_days: int,
    until: date | None = None,
    gaps: Sequence[Span] = (),
) -> Iterator[JudgedDay]:
    """The same as arrays, in order of day; each day is judged by the days before it only."""
    asked = _asked([Asked(counts, until, gaps)], topics, last_days, false_alarm_rate, [None])
    return (day for _, day in _judged_together(list(asked), topics, false_alarm_rate))


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """The days `first`..`last` of one app, of which those from `judged` on are judged.

    `found` (3 x days x series) are its reviews, texts and negative texts. `place` (one number) is its own
    among the apps that are judged, `rows` are those of its series among theirs, `topics` of its topics.
    `before` are the days that were judged before the state that `keeper` found.
    """

    number: int
    place: NDArray[np.int64]
    first: int
    judged: int
    last: int
    missing: frozenset[int]
    series: NDArray[np.int64]
    found: Floats
    rows: NDArray[np.int64]
    topics: NDArray[np.int64]
    weekdays: Weekdays
    keeper: Keeper

    @property
    def start(self) -> int:
        """The first day that may be looked at."""
        return self.first if self.keeper.since is None else self.keeper.since + 1

    @property
    def before(self) -> list[date]:
        """The days that were judged before."""
        return [date_of(day) for day in range(self.judged, self.start) if day not in self.missing]

    def has(self, day: int) -> bool:
        """Whether a day is looked at."""
        return self.start <= day <= self.last and day not in self.missing

    def on(self, day: int) -> Floats:
        """Reviews, texts and negative texts of a day (3 x series)."""
        return self.found[:, day - self.first]


def _judged_together(apps: Sequence[_Days], topics: int, rate: float) -> Iterator[tuple[int, JudgedDay]]:
    """The judged days of all, each with the number of its app; those of one app are in order."""
    baseline = _Baseline(len(apps), sum(len(a.rows) for a in apps))
    for app in apps:
        if app.keeper.state is not None:
            baseline.resume(app, app.keeper.state)
    # Counted from each app's last day, so that most have most days together, whenever their data end.
    for back in range(max((a.last - a.start for a in apps), default=-1), -1, -1):
        for app in apps:
            # A state is needed only where later days come.
            if app.keeper.is_due and app.keeper.day == app.last - back - 1:
                app.keeper.keep(baseline.known(app))
        here = [a for a in apps if a.has(a.last - back)]
        if not here:
            continue
        baseline.forecast(here, back)
        for k, app in enumerate(here):
            if app.last - back >= app.judged:
                yield app.number, baseline.judged(k, topics, rate)
        baseline.learn()


def _asked(
    several: Sequence[Asked], topics: int, last_days: int, rate: float, kept: Sequence[KeptState | None]
) -> Iterator[_Days]:
    """The days of each that has some to be judged."""
    series_before, before = 0, 0
    for number, (asked, state) in enumerate(zip(several, kept, strict=True)):
        counts = asked.counts
        if not len(counts.day):
            continue
        last = int(counts.day[-1]) if asked.until is None else day_number(asked.until)
        judged = max(last - last_days + 1, int(counts.day[0]) + WARM_UP)
        first = max(judged - HISTORY, int(counts.day[0]))
        if judged > last:
            continue
        found = daily(counts, topics, first, last)
        series = np.flatnonzero(found[0].any(axis=0) | (np.arange(topics + 1) == 0))
        missing = frozenset(
            d for gap in asked.gaps for d in range(day_number(gap.first), day_number(gap.last) + 1)
        )
        rows = np.arange(len(series)) + series_before
        found = found[:, :, series]
        of = (judged, last, topics, rate, series)
        yield _Days(
            number, np.array([before]), first, judged, last, missing, series, found, rows,
            rows[1:] - 1 - before, Weekdays(),
            Keeper(first, last - RECENT, partial(_named, of, first, found, missing), state),
        )  # fmt: skip
        series_before, before = series_before + len(series), before + 1


def _named(of: tuple[object, ...], first: int, found: Floats, missing: frozenset[int], day: int) -> str:
    """Names what is judged up to `day` of an app from its `first` day on, and what it is judged by (`of`)."""
    return name_of(*of, first, found[:, : day - first + 1], sorted(d for d in missing if d <= day))


class _Baseline:
    """The baselines of `apps` apps with `series` series: the totals first, the topics as shares of what the
    totals make one expect. On a day those of the apps that are `here` stand one after the other."""

    def __init__(self, apps: int, series: int) -> None:
        self.total = CountBaseline(apps, GROWTH)
        self.topics = CountBaseline(series - apps)
        self.sentiment = SentimentBaseline(series)
        self._apps = apps

    def known(self, app: _Days) -> bytes:
        """All that is known of one app, as a state has it."""
        return packed(*self._of(app))

    def resume(self, app: _Days, state: KeptState) -> None:
        """Take up what was known of one app."""
        unpack(state.floats(), *self._of(app))

    def _of(self, app: _Days) -> tuple[list[Floats], list[NDArray[np.int64]]]:
        parts = (
            (self.total.known(), app.place), (self.topics.known(), app.topics),
            (self.sentiment.known(), app.rows), (app.weekdays.known(), np.arange(7)),
        )  # fmt: skip
        return [a for arrays, _ in parts for a in arrays], [at for arrays, at in parts for _ in arrays]

    def forecast(self, here: Sequence[_Days], back: int) -> None:
        """Look at the day that is `back` days before the last one of each app."""
        self._here, self._days = here, [a.last - back for a in here]
        self._found = np.concatenate([a.on(day) for a, day in zip(here, self._days, strict=True)], axis=1)
        self._sizes = np.array([len(a.rows) for a in here])
        self._starts = self._sizes.cumsum() - self._sizes
        self._factors = np.array([a.weekdays.factor(d % 7) for a, d in zip(here, self._days, strict=True)])
        everybody = len(here) == self._apps
        which, topics, rows = (
            ALL_APPS if everybody else np.concatenate([getattr(a, name) for a in here])
            for name in ("place", "topics", "rows")
        )
        self.total.forecast(self._factors, which)
        self.topics.forecast(np.repeat(self.total.mean, self._sizes - 1), topics)
        self.sentiment.forecast(self._found[1], rows)

    def judged(self, k: int, topics: int, rate: float) -> JudgedDay:
        """The day of the `k`-th app."""
        low = int(self._starts[k])
        rows = slice(low, low + int(self._sizes[k]))
        total, of_topics = slice(k, k + 1), slice(rows.start - k, rows.stop - k - 1)
        reviews, texts, negative = self._found[:, rows]
        count = np.append(self.total.tail(reviews[:1], total), self.topics.tail(reviews[1:], of_topics))
        p_value = np.stack([count, self.sentiment.tail(negative, rows)])
        weights = shares_of_the_rate(self.sentiment.least(rows)[1:], topics, rate)
        with np.errstate(invalid="ignore", divide="ignore"):
            observed = np.stack([reviews, negative / texts])
        expected, variance = (
            np.stack([np.append(t[total], s[of_topics]), m[rows]])
            for t, s, m in (
                (self.total.mean, self.topics.mean, self.sentiment.mean),
                (self.total.variance, self.topics.variance, self.sentiment.variance),
            )
        )
        return JudgedDay(
            day=self._days[k],
            series=self._here[k].series,
            observed=observed,
            n=np.stack([reviews, texts]),
            expected=expected,
            variance=variance,
            p_value=p_value,
            p_adjusted=np.minimum(p_value / weights, 1.0),
            is_alarm=(p_value <= rate * weights) & (np.stack([reviews, negative]) >= LEAST),
        )

    def learn(self) -> None:
        """Take the day in."""
        reviews, texts, negative = self._found
        levels = self.total.mean / self._factors
        spreads = [float(weight @ self.total.spread) for weight in self.total.weight]
        totals = reviews[self._starts]
        learned = self.total.learn(totals)
        for k, app in enumerate(self._here):
            if learned[k]:
                app.weekdays.learn(self._days[k] % 7, float(totals[k]), float(levels[k]), spreads[k])
        is_total = np.zeros(len(reviews), dtype=bool)
        is_total[self._starts] = True
        self.topics.learn(reviews[~is_total], np.repeat(~learned, self._sizes - 1))
        is_silent = np.add.reduceat(texts, self._starts) == 0
        self.sentiment.learn(negative, np.repeat(is_silent, self._sizes))


def shares_of_the_rate(least: Floats, topics: int, rate: float) -> Floats:
    """How the false-alarm rate is shared out: (2 x series) weights whose sum is at most 1.

    `least` (series) is the smallest chance that the sentiment of each topic heard could show that day. As
    many of them take part as could alarm at the share that so many leave; the counts of all `topics` always
    do.
    """
    able = 0
    for chance in np.sort(least):
        if chance > rate * TOPICS / (topics + able + 1):
            break
        able += 1
    share = TOPICS / max(topics + able, 1)
    sentiments = np.where(least <= rate * share, share, share * 1e-9)
    return np.stack(
        [np.append(COUNT_OF_ALL, np.full(len(least), share)), np.append(SENTIMENT_OF_ALL, sentiments)]
    )


def daily(counts: ReviewCounts, topics: int, first: int, last: int) -> Floats:
    """Reviews, texts and negative texts of each day `first`..`last`: (3 x days x series), ALL first."""
    part = counts.between(first, last)
    spoken = np.column_stack([np.ones(len(part.n)), topic_matrix(part.topics, topics)]) * part.n[:, None]
    read = (part.sentiment != NO_SENTIMENT)[:, None]
    negative = (part.sentiment == SENTIMENTS.index("negative"))[:, None]
    found = np.zeros((3, last - first + 1, topics + 1))
    if len(part.day):
        days, starts = np.unique(part.day, return_index=True)
        for into, values in zip(found, (spoken, spoken * read, spoken * negative), strict=True):
            into[days - first] = np.add.reduceat(values, starts, axis=0)
    return found


def _rows(day: JudgedDay, names: Sequence[str], rate: float) -> Iterator[Anomaly]:
    low, high = _ordinary(day)
    for m, measure in enumerate(("count", "tone")):
        for k, series in enumerate(day.series.tolist()):
            if measure == "tone" and not day.n[1, k]:
                continue
            yield Anomaly(
                topic=names[series],
                day=date_of(day.day),
                measure="count" if m == 0 else "tone",
                observed=float(day.observed[m, k]),
                expected=float(day.expected[m, k]),
                low=float(low[m, k]),
                high=float(high[m, k]),
                p_value=float(day.p_value[m, k]),
                p_adjusted=float(day.p_adjusted[m, k]),
                is_alarm=bool(day.is_alarm[m, k]),
                threshold=rate,
                n=int(day.n[m, k]),
            )


def _ordinary(day: JudgedDay) -> tuple[Floats, Floats]:
    """The middle 95 % of ordinary days: gamma for counts, beta for shares, with the forecasts' moments."""
    from scipy.special import betaincinv, gammaincinv

    mean, variance = day.expected, day.variance
    size = mean[0] ** 2 / variance[0]
    scale = variance[0] / mean[0]
    low, high = np.empty(mean.shape), np.empty(mean.shape)
    low[0] = np.floor(gammaincinv(size, 0.025) * scale)
    high[0] = np.ceil(gammaincinv(size, 0.975) * scale)
    texts = np.maximum(mean[1] * (1 - mean[1]) / variance[1] - 1, 1e-3)
    low[1] = betaincinv(mean[1] * texts, (1 - mean[1]) * texts, 0.025)
    high[1] = betaincinv(mean[1] * texts, (1 - mean[1]) * texts, 0.975)
    of = np.maximum(day.n[1], 1.0)
    return np.stack([low[0], np.floor(low[1] * of) / of]), np.stack([high[0], np.ceil(high[1] * of) / of])
