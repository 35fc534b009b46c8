"""What moved after a release? Windows before and after, effects with intervals and p values.

An interval says how well the difference of two spans is known. The p value says more: how likely so large a
difference is by what this app's reviews do anyway between releases. Verdicts are `models.ratings.verdicts`'.
It is association: what else happened in the windows is listed beside it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import (
    Daily,
    PrefixSums,
    ReviewCounts,
    daily_measures,
    date_of,
    day_number,
)
from models.ratings.intervals import Floats, Moments, difference, estimate, posterior
from models.ratings.level_step import step_p_values
from models.ratings.local_level import step_weights, wandering

WINDOWS = (28, 56, 84)
"""Days on either side of a release; the shortest that holds ENOUGH reviews on both sides is taken."""
ENOUGH = 250
"""Reviews with stars a side with which half a star is seen nine times in ten (standard deviation 1.7)."""
LEAST = 50
"""Below this many on either side a whole star would be missed one time in six: no verdict."""

Verdict: TypeAlias = Literal["better", "worse", "no_clear_change", "too_few"]
Why: TypeAlias = Literal["spans_zero", "not_beyond_usual", "explained", "hole"]
"""What `no_clear_change` means: the interval spans zero; it does not, but the app moves as far without a
release, or among so many; another change explains it; the release lies in days that were not collected."""
Days: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the app in one store and the day it came out."""

    version: str
    released_on: date


@dataclass(frozen=True, slots=True)
class Event:
    """Something else that may explain a change: a campaign, a reset, a price change. Both days included.

    The other fields are those of `models.ratings.series.SeriesEvent`.
    """

    kind: str
    first: date
    last: date
    label: str = ""
    place: str | None = None
    value_before: float | None = None
    value_after: float | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """The change of one measure from the window before a release to the window after it.

    `low`..`high` is the 95 % interval of the difference of the two windows. `usual` is the standard deviation
    of what the measure moves between two such windows without a release; `p_value` is the chance of so large
    an effect from that and from the noise of finitely many reviews, `q_value` the same across changes.
    Everything is None where a side has no reviews, p and q where a side has fewer than LEAST. `why` says
    what `no_clear_change` means; where another change explains the effect, `moved_on` is its day and
    `explained_by` the release or event that it is due to (None: nobody knows).
    """

    release_version: str
    released_at: date
    measure: str
    effect: float | None
    low: float | None
    high: float | None
    n_before: int
    n_after: int
    before_from: date
    before_until: date
    after_from: date
    after_until: date
    value_before: float | None
    value_after: float | None
    usual: float | None
    p_value: float | None
    q_value: float | None
    moved_on: date | None
    explained_by: str | None
    verdict: Verdict
    why: Why | None
    overlaps: tuple[str, ...]
    confounders: tuple[Event, ...]
    topic: str | None
    """What a measure of a topic speaks of; None for the measures of all reviews."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Effects of R releases on M measures: arrays (R x M), NaN where a side is empty."""

    effect: Floats
    low: Floats
    high: Floats
    n_before: Floats
    n_after: Floats
    before: Floats
    after: Floats
    usual: Floats
    p: Floats


def release_impact(
    counts: ReviewCounts,
    releases: Sequence[Release],
    topics: Sequence[str],
    events: Sequence[Event],
) -> list[Impact]:
    """One Impact a release and measure, oldest release first; no verdicts yet.

    `models.ratings.verdicts` gives the verdicts. Without any review there is nothing to say: [].
    """
    if not len(counts.day) or not releases:
        return []
    ordered = sorted(releases, key=lambda r: (r.released_on, r.version))
    daily = daily_measures(counts, topics)
    days = [day_number(r.released_on) for r in ordered]
    on = np.array(days) - daily.first
    starts, ends = windows(daily, on)
    found = effects(daily, starts, on, ends, days)
    return [
        impact
        for i, release in enumerate(ordered)
        for impact in _impacts(release, daily, found, i, (starts[i], on[i], ends[i]), ordered, events)
    ]


def windows(daily: Daily, on: Days) -> tuple[Days, Days]:
    """First day of the window before, and the day after the window after, each release day `on`.

    Days are counted from the series' first. A window ends with the series, unless it lies outside of it, and
    at a release that is nearer than the shortest window, if enough reviews are left for a verdict.
    """
    rated = np.concatenate([[0.0], daily.n[:, 0].cumsum()])
    at = np.clip(on, 0, daily.days)
    starts, ends = at, at
    for width in WINDOWS:
        short = np.minimum(rated[at] - rated[starts], rated[ends] - rated[at]) < ENOUGH
        starts = np.where(short, np.maximum(at - width, 0), starts)
        ends = np.where(short, np.minimum(at + width, daily.days), ends)
    starts, ends = _own(rated, on, starts, ends)
    return np.where(on > 0, starts, on - WINDOWS[0]), np.where(on < daily.days, ends, on + WINDOWS[0])


def _own(rated: Floats, on: Days, starts: Days, ends: Days) -> tuple[Days, Days]:
    """The windows without what belongs to a neighbouring release within the shortest window, where a verdict
    can rest on what is left: a regression and its repair ten days later are two releases, not one mix."""
    starts, ends = starts.copy(), ends.copy()
    others, last = np.unique(on), len(rated) - 1
    for i, day in enumerate(on):
        near = others[(np.abs(others - day) < WINDOWS[0]) & (others >= 0) & (others <= last)]
        before, after = near[near < day], near[near > day]
        if len(before) and day <= last and rated[day] - rated[before[-1]] >= LEAST:
            starts[i] = max(starts[i], before[-1])
        if len(after) and day >= 0 and rated[after[0]] - rated[day] >= LEAST:
            ends[i] = min(ends[i], after[0])
    return starts, ends


def effects(daily: Daily, starts: Days, on: Days, ends: Days, breaks: Sequence[int]) -> Effects:
    """The effect on every measure between `starts`..`on` - 1 and `on`..`ends` - 1 (days from the first).

    `breaks` are the days (since 1970-01-01) at which the level may jump: all releases.
    """
    sums = PrefixSums(daily)
    before, after = sums.between(starts, on), sums.between(on, ends)
    shape = before.n.shape
    single, low, high = (np.empty(shape) for _ in range(3))
    for scale in dict.fromkeys(daily.scales):
        m = np.flatnonzero([s == scale for s in daily.scales])
        old, new = estimate(before[:, m], scale), estimate(after[:, m], scale)
        low[:, m], high[:, m] = difference(old, new)
        single[:, m] = posterior(_joined(before[:, m].moments, after[:, m].moments), scale)[1]
    weights = step_weights(daily, breaks)
    wandered = (
        wandering((on - starts).astype(np.float64), (ends - on).astype(np.float64))[:, None, :]
        * single[:, :, None]
    )
    effect = after.mean - before.mean
    return Effects(
        effect, low, high, before.n, after.n, before.mean, after.mean,
        np.sqrt((wandered * weights).sum(axis=2)), step_p_values(daily, on, ends, np.sign(effect)),
    )  # fmt: skip


def _joined(one: Moments, other: Moments) -> Moments:
    return Moments(one.n + other.n, one.total + other.total, one.squares + other.squares)


def _impacts(
    release: Release, daily: Daily, found: Effects, i: int, at: tuple[int, int, int],
    releases: Sequence[Release], events: Sequence[Event],
) -> list[Impact]:  # fmt: skip
    start, on, end = (date_of(daily.first + int(day)) for day in at)
    overlaps = tuple(
        r.version for r in releases if r.version != release.version and start <= r.released_on < end
    )
    confounders = tuple(e for e in events if e.first < end and e.last >= start)
    before_until, after_until = (date_of(daily.first + int(day) - 1) for day in at[1:])
    impacts = []
    of = (
        found.n_before, found.n_after, found.low, found.high, found.before, found.after, found.effect,
        found.usual, found.p,
    )  # fmt: skip
    values = zip(daily.names, daily.topics, *(x[i].tolist() for x in of), strict=True)
    for name, topic, *n, low, high, before, after, effect, usual, p in values:
        known, tested = min(n) > 0, min(n) >= LEAST
        impacts.append(
            Impact(
                release_version=release.version,
                released_at=release.released_on,
                measure=name,
                effect=effect if known else None,
                low=low if known else None,
                high=high if known else None,
                n_before=int(n[0]),
                n_after=int(n[1]),
                before_from=start,
                before_until=before_until,
                after_from=on,
                after_until=after_until,
                value_before=before if n[0] else None,
                value_after=after if n[1] else None,
                usual=usual if known else None,
                p_value=p if tested else None,
                q_value=None,
                moved_on=None,
                explained_by=None,
                verdict="too_few",
                why=None,
                overlaps=overlaps,
                confounders=confounders,
                topic=topic,
            )
        )
    return impacts
