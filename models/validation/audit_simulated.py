"""Self-checks on series whose truth is known: power, dates, sizes and coverage.

The reviews of a simulated series are drawn from those of a real app (stars, sentiment and topics together); a
step is an exponential tilt of that population. Pure: the dice are an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.ratings.changepoints import ChangePoint, review_changes
from models.ratings.counts import MEAN_STARS, ReviewCounts, daily_measures, date_of
from models.ratings.intervals import STAR_SCALE, Floats, estimate, star_sums
from models.ratings.release_impact import LEAST, Release, release_impact
from models.ratings.series import WEEK
from models.validation import check_result
from models.validation.simulate import SEGMENT, Population, drawn, segment, step_series

SIDES = (50, 100, 200, 400, 800)
"""Reviews a side."""
POINTS = (2, 5, 10, 30, 100)
"""Reviews a week, or more."""
REDRAWN = 20
"""Weeks that are drawn from one segment."""
A_DAY = 30.0
DAYS_OFF = 3
EXPECTED = 5.0
"""Complaints of a topic that both windows must let expect; rarer ones are always covered."""


def release_power(
    patterns: Sequence[Population], trials: int, rng: np.random.Generator
) -> Iterator[check_result.CheckResult]:
    """At one level, or with a step at the release: false verdicts, and right ones, by n."""
    for n in SIDES:
        false = sum(
            check_result.stars_impact(*step_series(p, p, n, A_DAY, rng)).verdict in check_result.VERDICTS
            for p in _some(patterns, trials, rng)
        )
        yield check_result.CheckResult(
            "aa_release_simulated", MEAN_STARS, n, 0.0, trials, false, check_result.FEW_FALSE
        )
    for n in SIDES:
        right = 0
        for p in _some(patterns, trials, rng):
            move = room(p)
            verdict = check_result.stars_impact(*step_series(p, p.shifted(move), n, A_DAY, rng)).verdict
            right += verdict == ("better" if move > 0 else "worse")
        yield check_result.CheckResult(
            "planted_release_simulated",
            MEAN_STARS,
            n,
            check_result.STEP,
            trials,
            right,
            check_result.REPORTED,
        )


def step_detection(
    patterns: Sequence[Population], trials: int, rng: np.random.Generator
) -> Iterator[check_result.CheckResult]:
    """Change points at 30 reviews a day: false ones, steps found, and their dates and sizes."""
    for n in SIDES[2:]:
        false = sum(
            bool(review_changes(step_series(p, p, n, A_DAY, rng)[0])) for p in _some(patterns, trials, rng)
        )
        found: list[tuple[ChangePoint, int, float]] = []
        for p in _some(patterns, trials, rng):
            move = room(p)
            counts, day = step_series(p, p.shifted(move), n, A_DAY, rng)
            found += [(c, day, move) for c in review_changes(counts) if c.size * move > 0][:1]
        near = sum(abs((c.changed_on - date_of(day)).days) <= DAYS_OFF for c, day, _ in found)
        dated = sum(c.low_on <= date_of(day) <= c.high_on for c, day, _ in found)
        sized = sum(c.low <= move <= c.high for c, _, move in found)
        told = len(found)
        yield check_result.CheckResult(
            "change_points_false", MEAN_STARS, n, 0.0, trials, false, check_result.FEW_FALSE
        )
        yield check_result.CheckResult(
            "change_points_found", MEAN_STARS, n, check_result.STEP, trials, told, check_result.REPORTED
        )
        yield check_result.CheckResult(
            "change_points_within_3_days", MEAN_STARS, n, check_result.STEP, told, near, check_result.REPORTED
        )
        yield check_result.CheckResult(
            "change_points_date_covered",
            MEAN_STARS,
            n,
            check_result.STEP,
            told,
            dated,
            check_result.NEARLY_ALL,
        )
        yield check_result.CheckResult(
            "change_points_size_covered",
            MEAN_STARS,
            n,
            check_result.STEP,
            told,
            sized,
            check_result.NEARLY_ALL,
        )


def point_coverage(
    apps: Sequence[ReviewCounts], trials: int, rng: np.random.Generator
) -> Iterator[check_result.CheckResult]:
    """How often the interval of a week holds the mean of the days that the week was drawn from, by n or more.

    Each draw is of a random segment of a random app; see `models.validation.simulate`.
    """
    daily = [c.daily_stars(int(c.day[0]), int(c.day[-1])) for c in apps]
    seen, hits = Counter[int](), Counter[int]()
    for i in rng.integers(len(daily), size=trials):
        part = segment(daily[int(i)], SEGMENT, rng)
        if part is None:
            continue
        weeks = drawn(part, WEEK, REDRAWN, rng)
        found = estimate(star_sums(weeks.counts.swapaxes(0, 1)), STAR_SCALE)
        held, least = weeks.held(found.low, found.high), np.searchsorted(POINTS, weeks.n, "right") - 1
        for k, n in enumerate(POINTS):
            seen[n] += int((least == k).sum())
            hits[n] += int(held[least == k].sum())
    for n in POINTS:
        yield check_result.CheckResult(
            "interval_coverage", "series_point", n, 0.0, seen[n], hits[n], check_result.COVERS
        )


def effect_coverage(
    patterns: Sequence[Population], topics: Sequence[str], trials: int, rng: np.random.Generator
) -> Iterator[check_result.CheckResult]:
    """How often the interval of a release's effect holds the true difference, by measure, with a step."""
    for n in (LEAST, SIDES[2]):
        seen, hits = Counter[str](), Counter[str]()
        for p in _some(patterns, trials, rng):
            after = p.shifted(room(p))
            counts, day = step_series(p, after, n, A_DAY / 6, rng)
            impacts = release_impact(counts, [Release("audited", date_of(day))], topics, [])
            for impact, old, new in zip(impacts, truth(p, topics), truth(after, topics), strict=True):
                is_topic = impact.topic is not None
                if impact.low is None or impact.high is None or (is_topic and n * (old + new) < EXPECTED):
                    continue
                name = "topics" if is_topic else impact.measure
                seen[name] += 1
                hits[name] += impact.low - 1e-9 <= new - old <= impact.high + 1e-9
        for name in seen:
            yield check_result.CheckResult(
                "interval_coverage", name, n, check_result.STEP, seen[name], hits[name], check_result.COVERS
            )


def truth(p: Population, topics: Sequence[str]) -> Floats:
    """The true value of every measure of `daily_measures` in a population."""
    whole = daily_measures(replace(p.counts, n=np.round(p.shares * 1e9).astype(np.int64)), topics)
    return np.asarray(whole.total[0] / np.maximum(whole.n[0], 1))


def room(p: Population) -> float:
    """A step in the direction in which the scale has room for it."""
    return check_result.STEP if p.mean < 3 else -check_result.STEP


def _some(patterns: Sequence[Population], trials: int, rng: np.random.Generator) -> Iterator[Population]:
    """One pattern a trial, drawn at random."""
    return (patterns[int(i)] for i in rng.integers(len(patterns), size=trials))
