"""Does the house keep its word? False alarms and power, measured on the user's own series.

Fake releases on real series say how often a verdict would have come without a cause, planted steps how often
a real one would be found; `models.validation.audit_simulated` adds what only a known truth can tell.
Pure: the seed is an argument.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.ratings.counts import MEAN_STARS, NO_STARS, ReviewCounts, date_of
from models.ratings.intervals import wilson
from models.ratings.release_impact import Impact, Release
from models.ratings.verdicts import release_verdicts
from models.validation.audit_simulated import effect_coverage, point_coverage, release_power, step_detection
from models.validation.check_result import (
    COVERS,
    FEW_FALSE,
    NEARLY_ALL,
    REPORTED,
    STEP,
    VERDICTS,
    CheckResult,
    stars_impact,
)
from models.validation.simulate import planted, population

MANY = 200
"""An app with at least so many reviews with stars is a pattern for simulated series."""
MOST_RELEASES = 6
"""A fake schedule has one to so many releases."""

Test = Callable[[np.random.Generator], Iterator[CheckResult]]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One measured rate with its 95 % interval (Wilson), and what was promised.

    `n` is reviews a side (None: as they came), `effect` what was planted, in stars, `target` the promise
    ('reported': none). A rate fails where its whole interval breaks the promise. `seconds` is what all rows
    of its group took.
    """

    test: str
    measure: str
    n: int | None
    effect: float
    trials: int
    hits: int
    rate: float
    low: float
    high: float
    target: str
    passes: bool
    seconds: float


def audit(
    apps: Sequence[ReviewCounts], topics: Sequence[str], seed: int, thoroughness: float = 1.0
) -> list[AuditRow]:
    """Every self-check that needs only the counts of the apps; apps without reviews are passed over.

    `thoroughness` multiplies the trials: 1 takes about half a minute for a hundred apps. Tests that need a
    pattern are left out where no app has MANY reviews with stars.
    """
    apps = [c for c in apps if len(c.day)]
    trials = max(round(200 * thoroughness), 1)
    busy = [c for c in apps if c.n[c.stars != NO_STARS].sum() >= MANY]
    patterns = [population(c) for c in busy]
    tests: list[Test] = [
        lambda rng: fake_releases(apps, topics, max(round(4 * thoroughness), 1), rng),
        lambda rng: planted_releases(apps, max(round(6 * thoroughness), 1), rng),
    ]
    if patterns:
        tests += [
            lambda rng: release_power(patterns, trials, rng),
            lambda rng: step_detection(patterns, trials, rng),
            lambda rng: point_coverage(busy, trials, rng),
            lambda rng: effect_coverage(patterns, topics, 2 * trials, rng),
        ]
    rows = []
    for test, rng in zip(tests, np.random.default_rng(seed).spawn(len(tests)), strict=True):
        started = time.perf_counter()
        results = list(test(rng))
        seconds = time.perf_counter() - started
        rows += [_row(t, seconds) for t in results if t.trials]
    return rows


def _row(t: CheckResult, seconds: float) -> AuditRow:
    low, high = (float(x) for x in wilson(t.hits, t.trials))
    kept = {
        FEW_FALSE: low <= 0.05,
        COVERS: high >= 0.93 and low <= 0.97,
        NEARLY_ALL: high >= 0.95,
        REPORTED: True,
    }
    return AuditRow(
        t.test, t.measure, t.n, t.effect, t.trials, t.hits, t.hits / t.trials, low, high, t.target,
        kept[t.target], seconds,
    )  # fmt: skip


def fake_releases(
    apps: Sequence[ReviewCounts], topics: Sequence[str], schedules: int, rng: np.random.Generator
) -> Iterator[CheckResult]:
    """A/A: so many fake schedules of one to six releases a real app, on days drawn from its span.

    `aa_release` counts all fakes; `aa_release_judged` only those with enough reviews for a verdict. The
    measure `any` counts releases with a verdict on any measure.
    """
    drawn, judged, false = Counter[str](), Counter[str](), Counter[str]()
    for counts in apps:
        for _ in range(schedules):
            days = rng.integers(
                int(counts.day[0]), int(counts.day[-1]) + 1, int(rng.integers(1, MOST_RELEASES + 1))
            )
            fakes = [Release(str(i), date_of(int(day))) for i, day in enumerate(days)]
            impacts = release_verdicts(counts, fakes, topics, [])
            _count(impacts, drawn, judged, false)
    for measure in drawn:
        yield CheckResult("aa_release", measure, None, 0.0, drawn[measure], false[measure], FEW_FALSE)
        yield CheckResult("aa_release_judged", measure, None, 0.0, judged[measure], false[measure], REPORTED)


def _count(impacts: list[Impact], drawn: Counter[str], judged: Counter[str], false: Counter[str]) -> None:
    told: dict[str, list[Impact]] = {}
    for impact in impacts:
        told.setdefault(impact.release_version, []).append(impact)
        name = "topics" if impact.topic is not None else impact.measure
        drawn[name] += 1
        judged[name] += impact.p_value is not None
        false[name] += impact.verdict in VERDICTS
    for of_one in told.values():
        drawn["any"] += 1
        judged["any"] += any(i.p_value is not None for i in of_one)
        false["any"] += any(i.verdict in VERDICTS for i in of_one)


def planted_releases(
    apps: Sequence[ReviewCounts], draws: int, rng: np.random.Generator
) -> Iterator[CheckResult]:
    """Half a star and a whole one planted at random days of the real series: how often is it told?"""
    for step in (STEP, 2 * STEP):
        trials = hits = 0
        for counts in apps:
            for _ in range(draws):
                day = int(rng.integers(int(counts.day[0]), int(counts.day[-1]) + 1))
                after = counts.between(day, int(counts.day[-1]))
                rated = after.stars != NO_STARS
                if not rated.any():
                    continue
                up = np.average(after.stars[rated], weights=after.n[rated]) < 3
                try:
                    changed = planted(counts, day, step if up else -step, rng)
                except ValueError:
                    continue
                first = stars_impact(changed, day)
                trials += first.p_value is not None
                hits += first.verdict == ("better" if up else "worse")
        yield CheckResult("planted_release", MEAN_STARS, None, step, trials, hits, REPORTED)
