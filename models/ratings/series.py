"""The four rating series, never mixed, and the events that a store's own numbers betray.

A: the score that the store displays. B: mean review rating of what was collected, by week. C: Play Console's
average of a day's ratings. D: the mean of the new App Store ratings that two snapshots imply. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

import numpy as np

from models.ratings.counts import NO_STARS, ReviewCounts, date_of
from models.ratings.intervals import STAR_SCALE, STARS, Z95, estimate, star_sums

SMALL_N = 30
"""Below this many reviews a point is marked, and `shrunk` says where the weeks around it would put it."""
QUARTER = 13
"""Weeks around a week that make its longer mean; they weigh as much as SMALL_N reviews of the week's own."""
WEEK = 7
_MONDAY = 4
"""1970-01-01 was a Thursday: day 4 of the epoch is the first Monday."""
COARSE = 0.25
"""Rounding of the displayed scores may move an implied mean by so many stars; else it says nothing."""
LOWEST, HIGHEST = float(STARS[0]), float(STARS[-1])
"""No mean of stars lies outside."""
RESET = 0.5
"""A count of ratings that falls below this part of itself was reset; a smaller fall is a clean-up."""
ARITHMETIC = 0.001
"""Less than this is how a store computes and rounds, not how it weighs."""
NOTICEABLE = 0.1
"""A score that moved by so much beyond what new ratings can do was re-weighted before everybody's eyes."""
OFTEN, OFTEN_LEAST = 0.1, 10
"""Where this part of the steps, and so many, went beyond new ratings, the store re-weights all the time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one store front displayed at a moment. `stars` are its counts of 1..5 stars, where it shows them.

    `is_reset` says that the ratings were reset since the snapshot before, as the team knows it.
    """

    observed_at: datetime
    displayed_score: float | None
    ratings_count: int | None
    stars: tuple[int, int, int, int, int] | None = None
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class ConsoleDay:
    """Play Console's average of the ratings that came on one day (Pacific time); it gives no count."""

    day: date
    daily_average: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A span in which reviews or scores are known to be missing."""

    since: datetime
    until: datetime | None
    place: str | None
    """The language or country; None for all."""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One point of a series: `value` with its 95 % interval, and how many ratings stand behind it.

    Both days of the period are included. What a series does not know is None; an invalid point has no value,
    and `note` says why.
    """

    series: str
    grain: str
    period_start: date
    period_end: date
    n: int | None
    value: float | None
    low: float | None
    high: float | None
    shrunk: float | None
    is_small_n: bool
    is_valid: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class SeriesEvent:
    """Something that happened to a series: kind, when, until when (None: at a moment).

    `label` holds the words of others: a version, or what events.toml says. `value_before` and `value_after`
    are numbers of ratings for a `reset` and displayed scores for `reweighted`; `steps_beyond` of `steps` went
    further than new ratings could where the store `reweights_often`; `place` is that of a `coverage_gap`.
    """

    at: datetime
    until: datetime | None
    kind: str
    label: str
    source: str
    place: str | None = None
    value_before: float | None = None
    value_after: float | None = None
    steps: int | None = None
    steps_beyond: int | None = None


def review_series(counts: ReviewCounts) -> list[SeriesPoint]:
    """Series B: the mean review rating of every week (Monday to Sunday, UTC) that has a review with stars."""
    rated = counts.stars != NO_STARS
    if not rated.any():
        return []
    day = counts.day[rated]
    first = int(day[0]) - (int(day[0]) - _MONDAY) % WEEK
    weeks = (int(day[-1]) - first) // WEEK + 1
    daily = counts.daily_stars(first, first + WEEK * weeks - 1).reshape(weeks, WEEK, len(STARS))
    sums = star_sums(daily.swapaxes(0, 1))
    n, total = sums.n, sums.total
    longer = _around(total) / np.maximum(_around(n), 1)
    shrunk = (total + SMALL_N * longer) / (n + SMALL_N)
    found = estimate(sums, STAR_SCALE)
    return [
        SeriesPoint(
            series="B",
            grain="week",
            period_start=date_of(first + WEEK * w),
            period_end=date_of(first + WEEK * w + WEEK - 1),
            n=int(n[w]),
            value=float(found.mean[w]),
            low=float(found.low[w]),
            high=float(found.high[w]),
            shrunk=float(shrunk[w]),
            is_small_n=bool(n[w] < SMALL_N),
            is_valid=True,
            note=None,
        )
        for w in np.flatnonzero(n).tolist()
    ]


def _around(weekly: np.ndarray) -> np.ndarray:
    """Sums over the QUARTER weeks around each week."""
    sums = np.concatenate([[0.0], weekly.cumsum()])
    middle = np.arange(len(weekly))
    start = np.maximum(middle - QUARTER // 2, 0)
    end = np.minimum(middle + QUARTER // 2 + 1, len(weekly))
    return np.asarray(sums[end] - sums[start])


def displayed_series(snapshots: Sequence[Snapshot]) -> list[SeriesPoint]:
    """Series A: the last score of each day that one store front displayed; its interval is the rounding."""
    shown = [s for s in in_order(snapshots) if s.displayed_score is not None]
    half = rounding(shown)
    points = {}
    for s in shown:
        day, score = s.observed_at.date(), s.displayed_score or 0.0
        points[day] = SeriesPoint(
            series="A",
            grain="day",
            period_start=day,
            period_end=day,
            n=s.ratings_count,
            value=score,
            # A rounded 5.0 stands for at least 4.95 and for no more than 5.
            low=max(LOWEST, score - half),
            high=min(HIGHEST, score + half),
            shrunk=None,
            is_small_n=s.ratings_count is not None and s.ratings_count < SMALL_N,
            is_valid=True,
            note=None,
        )
    return list(points.values())


def in_order(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Oldest first; those of one moment keep their order."""
    return sorted(snapshots, key=lambda s: s.observed_at)


def rounding(snapshots: Sequence[Snapshot]) -> float:
    """Half a unit in the last place of a store front's scores: 0.05 where all have one decimal, and so on.

    All are looked at, so that a 4.0 among scores of full precision is not taken for a rounded one.
    """
    scores = np.array([s.displayed_score for s in snapshots if s.displayed_score is not None])
    for places in (1, 2, 3):
        if np.all(np.abs(scores - np.round(scores, places)) < 1e-9):
            return float(0.5 * 10.0**-places)
    return 0.0


def console_series(days: Sequence[ConsoleDay]) -> list[SeriesPoint]:
    """Series C: Play Console's own daily average. It says neither n nor interval, so neither is invented."""
    return [
        SeriesPoint("C", "day", d.day, d.day, None, d.daily_average, None, None, None, False, True, None)
        for d in sorted(days, key=lambda d: d.day)
        if d.daily_average is not None
    ]


def implied_series(snapshots: Sequence[Snapshot]) -> list[SeriesPoint]:
    """Series D: the mean of the ratings that came between two snapshots of one App Store front.

    (a2 n2 - a1 n1) / (n2 - n1), from scores a and counts n. Two snapshots are at least a week apart, and
    further where the rounding of the scores would drown the new ratings. The interval adds the most that
    rounding can do to the noise of the new ratings. Points that say nothing are there, invalid, with the
    reason: `reset`, `count_fell`, `no_new_ratings`, `rounding_too_coarse`, `outside_scale`.
    """
    shots = [s for s in in_order(snapshots) if s.displayed_score is not None and s.ratings_count is not None]
    half = rounding(shots)
    points: list[SeriesPoint] = []
    start, open_point = 0, None
    for i in range(1, len(shots)):
        # A reset anywhere since the start spoils the pair, whichever snapshot shows it.
        broken = any(s.is_reset for s in shots[start + 1 : i + 1])
        point = _implied(shots[start], shots[i], half, broken)
        if point.note in ("reset", "count_fell"):
            points.append(point)
            start, open_point = i, None
        elif (shots[i].observed_at - shots[start].observed_at).days < WEEK:
            open_point = point
        elif point.is_valid or point.note == "outside_scale":
            points.append(point)
            start, open_point = i, None
        else:
            open_point = point
    return points if open_point is None or open_point.is_valid else [*points, open_point]


def _implied(a: Snapshot, b: Snapshot, half: float, broken: bool) -> SeriesPoint:
    n1, n2 = a.ratings_count or 0, b.ratings_count or 0
    a1, a2 = a.displayed_score or 0.0, b.displayed_score or 0.0
    new = n2 - n1
    start, end = a.observed_at.date(), b.observed_at.date()
    invalid = SeriesPoint("D", "week", start, end, None, None, None, None, None, False, False, None)
    if broken:
        return replace(invalid, note="reset")
    if new <= 0:
        return replace(invalid, note="count_fell" if new < 0 else "no_new_ratings")
    mean, error = (a2 * n2 - a1 * n1) / new, half * (n1 + n2) / new
    if error > COARSE:
        return replace(invalid, n=new, note="rounding_too_coarse")
    if not 1 - error - 1e-6 <= mean <= 5 + error + 1e-6:
        return replace(invalid, n=new, note="outside_scale")
    mean = min(max(mean, LOWEST), HIGHEST)
    # No ratings of this mean can vary more than ones and fives do; half a rating keeps it off zero.
    variance = ((mean - 1) * (5 - mean) * new + 8) / (new + 1)
    reach = error + Z95 * float(np.sqrt(variance / new))
    return replace(
        invalid, n=new, value=mean, low=max(LOWEST, mean - reach), high=min(HIGHEST, mean + reach),
        is_small_n=new < SMALL_N, is_valid=True,
    )  # fmt: skip


def detected_events(snapshots: Sequence[Snapshot], coverage: Sequence[Coverage]) -> list[SeriesEvent]:
    """What a store's own numbers betray, and the gaps in what was collected, oldest first.

    `reset`: the count of ratings fell below half. `reweighted`: the score moved NOTICEABLE further than the
    new ratings could move it, whatever their stars; it happened between the two snapshots.
    `reweights_often` is no moment but a property of the series: the store goes beyond new ratings all the
    time.
    """
    events = [SeriesEvent(c.since, c.until, "coverage_gap", "", "detected", c.place) for c in coverage]
    shots = [s for s in in_order(snapshots) if s.displayed_score is not None and s.ratings_count is not None]
    half = rounding(shots)
    steps, beyond = 0, 0
    for a, b in pairwise(shots):
        n1, n2 = a.ratings_count or 0, b.ratings_count or 0
        if b.is_reset:
            continue
        if n2 < RESET * n1:
            events.append(_moved("reset", b.observed_at, None, n1, n2))
            continue
        further = _beyond_new_ratings(a, b, half)
        steps += 1
        beyond += further >= ARITHMETIC
        if further >= NOTICEABLE:
            scores = a.displayed_score or 0.0, b.displayed_score or 0.0
            events.append(_moved("reweighted", a.observed_at, b.observed_at, *scores))
    if beyond >= max(OFTEN_LEAST, OFTEN * steps):
        whole = shots[0].observed_at, shots[-1].observed_at
        often = SeriesEvent(*whole, "reweights_often", "", "detected", steps=steps, steps_beyond=beyond)
        events.append(often)
    return sorted(events, key=lambda e: (e.at, e.kind, e.place or ""))


def _moved(kind: str, at: datetime, until: datetime | None, before: float, after: float) -> SeriesEvent:
    return SeriesEvent(at, until, kind, "", "detected", value_before=before, value_after=after)


def _beyond_new_ratings(a: Snapshot, b: Snapshot, half: float) -> float:
    """By how many stars a plain average moved further than ones or fives alone, and rounding, could move it.

    Zero where ratings were taken away: nobody knows which.
    """
    n1, n2 = a.ratings_count or 0, b.ratings_count or 0
    new = n2 - n1
    if new < 0 or not n2:
        return 0.0
    a1, a2 = a.displayed_score or 0.0, b.displayed_score or 0.0
    lowest = ((a1 - half) * n1 + 1 * new) / n2 - half
    highest = ((a1 + half) * n1 + 5 * new) / n2 + half
    return max(lowest - a2, a2 - highest, 0.0)
