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
    if not 0 < false_alarm_rate < 1:
        raise ValueError(f"the false alarm rate must lie between 0 and 1, not {false_alarm_rate}")
    names = (ALL, *topics)
    return [
        row
        for day in judged_days(counts, len(topics), false_alarm_rate, last_days, until, gaps)
        for row in _rows(day, names, false_alarm_rate)
    ]


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
    if not len(counts.day):
        return
    last = int(counts.day[-1]) if until is None else day_number(until)
    judged = max(last - last_days + 1, int(counts.day[0]) + WARM_UP)
    first = max(judged - HISTORY, int(counts.day[0]))
    if judged > last:
        return
    found = daily(counts, topics, first, last)
    series = np.flatnonzero(found[0].any(axis=0) | (np.arange(topics + 1) == 0))
    found = found[:, :, series]
    missing = {d for gap in gaps for d in range(day_number(gap.first), day_number(gap.last) + 1)}
    baseline = _Baseline(len(series))
    for t, day in enumerate(range(first, last + 1)):
        if day in missing:
            continue
        reviews, texts, negative = found[:, t]
        baseline.forecast(day % 7, texts)
        if day >= judged:
            yield _judged(baseline, day, series, found[:, t], topics, false_alarm_rate)
        baseline.learn(day % 7, reviews, negative)


class _Baseline:
    """The baselines of one app: the total first, the topics as shares of what the total makes one expect."""

    def __init__(self, series: int) -> None:
        self.total = CountBaseline(1, GROWTH)
        self.topics = CountBaseline(series - 1)
        self.sentiment = SentimentBaseline(series)
        self._weekdays = Weekdays()

    def forecast(self, weekday: int, texts: Floats) -> None:
        self._factor = self._weekdays.factor(weekday)
        self.total.forecast(self._factor)
        self.topics.forecast(float(self.total.mean[0]))
        self.sentiment.forecast(texts)

    def chances(self, reviews: Floats, negative: Floats) -> Floats:
        """The chance of so many or more, by measure and series (2 x series)."""
        count = np.append(self.total.tail(reviews[:1]), self.topics.tail(reviews[1:]))
        return np.stack([count, self.sentiment.tail(negative)])

    def moments(self) -> tuple[Floats, Floats]:
        """Mean and variance of the day's counts and shares (2 x series)."""
        mean = np.stack([np.append(self.total.mean, self.topics.mean), self.sentiment.mean])
        return mean, np.stack([np.append(self.total.variance, self.topics.variance), self.sentiment.variance])

    def learn(self, weekday: int, reviews: Floats, negative: Floats) -> None:
        level = float(self.total.mean[0]) / self._factor
        spread = float(self.total.weight[0] @ self.total.spread)
        if self.total.learn(reviews[:1])[0]:
            self._weekdays.learn(weekday, float(reviews[0]), level, spread)
            self.topics.learn(reviews[1:])
        self.sentiment.learn(negative)


def _judged(
    baseline: _Baseline, day: int, series: NDArray[np.int64], found: Floats, topics: int, rate: float
) -> JudgedDay:
    reviews, texts, negative = found
    p_value = baseline.chances(reviews, negative)
    weights = shares_of_the_rate(baseline.sentiment.least()[1:], topics, rate)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = np.stack([reviews, negative / texts])
    expected, variance = baseline.moments()
    return JudgedDay(
        day=day,
        series=series,
        observed=observed,
        n=np.stack([reviews, texts]),
        expected=expected,
        variance=variance,
        p_value=p_value,
        p_adjusted=np.minimum(p_value / weights, 1.0),
        is_alarm=(p_value <= rate * weights) & (np.stack([reviews, negative]) >= LEAST),
    )


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
