"""Did a release move the stars? Watched every day from its first on, without a look costing anything.

Two comparisons, each an e-process: its value is a bet against "nothing has changed" that on average wins
nothing as long as that is true, so it exceeds 1 / a at any time at all with a chance of at most a (Ville
1939; mixture likelihood ratios: Robbins 1970, Johari et al. 2022). *By date*: the reviews since the release,
until the next one, against the level before. *By version*: the reviews that name the release against those
that name the last one, of the weeks before and of the same days. Their mean is an e-process as well, whatever
they share (Vovk and Wang 2021), so the chance of any error is shared out: half to each comparison, half of
that to each direction.

Reviews that name no version (many never got the app to run) count by date only. Pure.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Span, date_of
from models.ratings.intervals import STAR_SCALE, STARS, DaySums, Floats, by_day, estimate
from models.ratings.star_level import LIKENESS, Level, LocalLevel, joined, level_of, ratios
from models.ratings.watched_days import Counts, WatchedDays, together

Verdict: TypeAlias = Literal["better", "worse", "no_clear_change", "too_few"]
Basis: TypeAlias = Literal["date", "version", "both"]

ALPHA = 0.05
"""The chance that a release which changed nothing ever gets a verdict, over all days on which it is
watched."""
NEEDED = 2 / ALPHA
"""The e-value for a verdict in one direction."""
WATCHED, LONGEST = 28, 91
"""Days with reviews; days."""
STEP_BY_DATE = 0.05**2 / 7
"""Variance that the level before gains a day by wandering (`models.ratings.local_level`)."""
WANDERED_BY_DATE, WANDERED_BY_VERSION = 0.15**2, 0.035**2
"""What reviews of a few weeks differ by from the level before, releases or no: variances, in those of one
review, chosen on fake releases (docs/statistics.md)."""
KNOWN = 1 / 20
"""The level before is known from this variance on: twenty reviews of different days."""
REFERENCE = 91
"""Days before a release whose reviews of the last version are compared with."""
HALF_LIFE = 14
"""Days after which such a review counts half."""
LEAST_OF_LAST, ENOUGH_OF_LAST = 20, 150
"""Reviews that must name the last version; where it has fewer than enough, those before it count with it."""
LEAST_JUDGED = 10
"""Reviews since the release below which nothing is said."""


@dataclass(frozen=True, slots=True)
class WatchDay:
    """What was known of one release at the end of one day.

    `evidence` is the e-value for `direction`, of `needed` for a verdict; `evidence_by_date` and
    `evidence_by_version` are its parts, None where there is nothing to compare with. `verdict` is what has
    been said by then; `told_on` when it was said first, `rests_on` the comparison that says it ('both':
    each alone would). A verdict whose evidence has gone since is `no_clear_change` again, with
    `is_withdrawn`. `effect` with `low`..`high` is the difference of mean stars of the comparison that it
    rests on (by date where there is no verdict); the interval holds on all days at once (a confidence
    sequence). `last_versions` are compared with, the newest first. `share_versionless` is the share of the
    reviews since the release that name no version.
    """

    release_version: str
    released_at: date
    day: date
    last_versions: tuple[str, ...]
    verdict: Verdict
    told_on: date | None
    rests_on: Basis | None
    is_withdrawn: bool
    direction: Literal["better", "worse"]
    evidence: float
    needed: float
    evidence_by_date: float | None
    evidence_by_version: float | None
    effect: float | None
    low: float | None
    high: float | None
    n_before: int
    n_after: int
    n_last: int
    n_version: int
    share_versionless: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Stars:
    """Star counts by day (days x 5) of one app in one store from day `first` on: of all reviews, and of those
    that name each version. Reviews without a version are in `all` only."""

    first: int
    all: Counts
    by_version: dict[str, Counts]


@dataclass(frozen=True, slots=True)
class Watched:
    """A release to be watched: its version and the day (since 1970-01-01) from which on it was seen."""

    version: str
    released: int


def release_watch(
    stars: Stars, releases: Sequence[Watched], until: int | None = None, gaps: Sequence[Span] = ()
) -> list[WatchDay]:
    """One row for each release and each of its first WATCHED days that have reviews, up to `until`.

    `gaps` were not collected: nothing is said on their days, and they are none of the days that are watched.
    A release in whose first LONGEST days nobody wrote has no row.
    """
    days = WatchedDays.of(stars.first, stars.all, until, gaps)
    return release_watch_known(stars, releases, known_levels([days], [releases])[0])


def release_watch_known(
    stars: Stars, releases: Sequence[Watched], known: KnownLevel, over: Container[Watched] = ()
) -> list[WatchDay]:
    """The same, where the levels are known already (`known_levels`); without the releases that are `over`."""
    ordered = sorted(releases, key=lambda r: (r.released, r.version))
    named = np.sum(list(stars.by_version.values()), axis=0) if stars.by_version else stars.all * 0
    rows = []
    for release in ordered:
        if release in over:
            continue
        low, high = np.searchsorted(known.days, [release.released, release.released + LONGEST])
        watched = known.days[low : min(high, low + WATCHED)]
        if len(watched):
            rows += _Watch(stars, release, ordered, known, watched - stars.first).rows(named.sum(axis=1))
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class KnownLevel:
    """What was known of one series day by day: the level before each release (by the day of the release), and
    how a day's reviews count (by day of the series). `days` are those that are watched."""

    days: NDArray[np.int64]
    before: dict[int, Level]
    weekday: Floats
    likeness: Floats


def known_levels(series: Sequence[WatchedDays], releases: Sequence[Sequence[Watched]]) -> list[KnownLevel]:
    """The levels of B series with their releases; as one by one, in a fraction of the time."""
    level, numbers = LocalLevel(len(series), STEP_BY_DATE), np.arange(len(series))
    known = [KnownLevel(s.days, {}, *(np.full(len(s.counts), x) for x in (0.0, LIKENESS))) for s in series]
    waiting = [sorted({r.released for r in those}, reverse=True) for those in releases]
    for day, at, counts in together(series):
        expected, weekday, likeness = level.expected(day, at), level.weekday(day, at), level.likeness[at]
        for k, b in enumerate(numbers[at].tolist()):
            t, those = day - series[b].first, known[b]
            those.weekday[t], those.likeness[t] = weekday[k], likeness[k]
            while waiting[b] and waiting[b][-1] <= day:
                those.before[waiting[b].pop()] = expected.one(k)
        level.learn(day, counts, expected, at)
    return known


class _Watch:
    """One release on its K days (indices `at` into the series), worked out together, each from the days up
    to it."""

    def __init__(
        self,
        stars: Stars,
        release: Watched,
        releases: Sequence[Watched],
        known: KnownLevel,
        at: NDArray[np.int64],
    ) -> None:
        self._stars, self._release, self._known, self._at = stars, release, known, at
        self._on = release.released - stars.first
        self._before = known.before[release.released]
        self._all = stars.all[at]
        none = np.zeros_like(stars.all)
        self._new = stars.by_version.get(release.version, none)[at]
        self._last_names = _last_versions(stars, release, releases)
        self._last = np.sum([stars.by_version[v] for v in self._last_names], axis=0) + none
        # By date what comes after the next release is the next release's.
        later = [r.released for r in releases if r.released > release.released]
        self._own = at < min(later, default=release.released + LONGEST) - stars.first

    def rows(self, named: NDArray[np.int64]) -> list[WatchDay]:
        """One row a day; `named` is how many reviews of each day of the series name a version."""
        parts = {"date": self._by_date(), "version": self._by_version()}
        there = [part for part in parts.values() if part is not None]
        # Which comparisons there are was known when the release was first seen.
        together = np.mean(there, axis=0) if there else np.ones((2, len(self._at)))
        effects = {"date": self._effect_by_date(), "version": self._effect_by_version()}
        n_after, n_new = (x.sum(axis=1).cumsum() for x in (self._all, self._new))
        n_named = named[self._at].cumsum()
        low = max(self._on - REFERENCE, 0)
        n_last = self._last[low:].sum(axis=1).cumsum()[np.maximum(self._at - low, 0)]
        names: tuple[Literal["worse"], Literal["better"]] = ("worse", "better")
        said, told, out = None, None, []
        for k in range(len(self._at)):
            e = together[:, k]
            if e.max() >= NEEDED and int(e.argmax()) != said:
                said, told = int(e.argmax()), int(self._at[k])
            which = int(e.argmax()) if said is None else said
            gone = said is not None and bool(e[said] < 1)
            of = [None if part is None else float(part[which, k]) for part in parts.values()]
            basis = self._rests_on(of) if said is not None and not gone else None
            verdict: Verdict = "too_few" if n_after[k] < LEAST_JUDGED else "no_clear_change"
            effect, width, n_before = (x[k] for x in effects["version" if basis == "version" else "date"])
            is_told = bool(np.isfinite(effect))
            out.append(
                WatchDay(
                    release_version=self._release.version,
                    released_at=date_of(self._release.released),
                    day=date_of(self._stars.first + int(self._at[k])),
                    last_versions=self._last_names,
                    verdict=names[said] if said is not None and not gone else verdict,
                    told_on=None if told is None else date_of(self._stars.first + told),
                    rests_on=basis,
                    is_withdrawn=gone,
                    direction=names[which],
                    evidence=float(e[which]),
                    needed=NEEDED,
                    evidence_by_date=of[0],
                    evidence_by_version=of[1],
                    effect=float(effect) if is_told else None,
                    low=max(float(effect - width), -4.0) if is_told else None,
                    high=min(float(effect + width), 4.0) if is_told else None,
                    n_before=int(n_before),
                    n_after=int(n_after[k]),
                    n_last=int(n_last[k]),
                    n_version=int(n_new[k]),
                    share_versionless=float(1 - n_named[k] / n_after[k]) if n_after[k] else None,
                )
            )
        return out

    @staticmethod
    def _rests_on(of: Sequence[float | None]) -> Basis:
        by_date, by_version = of
        if by_date is None or by_version is None:
            return "date" if by_version is None else "version"
        if min(by_date, by_version) >= NEEDED:
            return "both"
        return "date" if by_date >= by_version else "version"

    def _by_date(self) -> Floats | None:
        """E-values (2 x K) for worse and better; None where the level before is not known."""
        if self._before.variance[0] > KNOWN:
            return None
        counts = np.where(self._own[:, None], self._all, 0).astype(np.float64)
        return self._e_values(self._before, counts, self._before.variance[0] + WANDERED_BY_DATE)

    def _by_version(self) -> Floats | None:
        """The same of the reviews that name the release; None where too few name a version before it."""
        if not self._last_names:
            return None
        low = max(self._on - REFERENCE, 0)
        age = self._at[:, None] - np.arange(low, int(self._at[-1]) + 1)
        weight = np.where(age >= 0, 0.5 ** (age / HALF_LIFE), 0.0)
        reference = self._last[low : int(self._at[-1]) + 1].astype(np.float64)
        size, shares = reference.sum(axis=1), weight @ reference
        design = 1 + self._known.likeness[self._at][:, None] * np.maximum(size - 1, 0)
        # Effective reviews of a weighted mean (Kish 1965), and how long ago they were written.
        effective = (weight @ size) ** 2 / np.maximum((weight**2 * size * design).sum(axis=1), 1e-9)
        known = weight * size / design
        old = (known * np.maximum(age, 0)).sum(axis=1) / np.maximum(known.sum(axis=1), 1e-9)
        variance = 1 / np.maximum(effective, 1.0) + STEP_BY_DATE * old
        level = level_of(shares / shares.sum(axis=1, keepdims=True), variance)
        n = self._new.sum(axis=1)
        spread = (n * variance).cumsum() / np.maximum(n.cumsum(), 1) + WANDERED_BY_VERSION
        return self._e_values(level, self._new.astype(np.float64), spread)

    def _e_values(self, level: Level, counts: Floats, variance: Floats) -> Floats:
        n = counts.sum(axis=1)
        design = 1 + self._known.likeness[self._at] * np.maximum(n - 1, 0)
        gains = level.gain(level.cumulant(), counts, self._known.weekday[self._at], design)
        spread = np.broadcast_to(np.asarray(variance), n.shape)
        found = joined(ratios(gains.cumsum(axis=0), spread))
        return np.where(n.cumsum() > 0, found, 1.0)

    def _effect_by_date(self) -> tuple[Floats, Floats, Floats]:
        old = by_stars(self._stars.all[max(self._on - WATCHED, 0) : max(self._on, 0)]).sum(axis=1)
        new = by_stars(np.where(self._own[:, None], self._all, 0)).cumsum(axis=1)
        return _effect(np.broadcast_to(old[:, None], new.shape), new, WANDERED_BY_DATE)

    def _effect_by_version(self) -> tuple[Floats, Floats, Floats]:
        low = max(self._on - REFERENCE, 0)
        old = by_stars(self._last[low:]).cumsum(axis=1)[:, np.maximum(self._at - low, 0)]
        return _effect(old, by_stars(self._new).cumsum(axis=1), WANDERED_BY_VERSION)


def by_stars(counts: Counts) -> Floats:
    """What each day (star counts days x 5) adds to the seven sums of `DaySums`: an array (7 x days)."""
    return by_day(counts.sum(axis=1), counts @ STARS, counts @ STARS**2)


def _effect(old: Floats, new: Floats, wandered: float) -> tuple[Floats, Floats, Floats]:
    """Difference of the means, half its interval, reviews before, of sums (7 x K); NaN where none are."""
    before, after = DaySums(*old), DaySums(*new)
    with np.errstate(invalid="ignore", divide="ignore"):
        sides = [estimate(side, STAR_SCALE) for side in (before, after)]
        n = before.n + after.n
        single = (before.squares + after.squares) / n - ((before.total + after.total) / n) ** 2
        single = np.maximum(single, 0.1)
        variance = sides[0].variance + sides[1].variance + wandered * single
        half = confidence_half_width(variance, single * 0.5**2)
    return sides[1].mean - sides[0].mean, half, before.n


def confidence_half_width(variance: Floats, usual: Floats) -> Floats:
    """Half the width of an interval that holds the effect on all days at once with 1 - ALPHA.

    Normal mixture (Robbins 1970; Johari et al. 2022, eq. 15): `variance` is the estimate's, `usual` that of
    the effects that are thought of.
    """
    together = variance + usual
    return np.asarray(np.sqrt(variance * together / usual * np.log(together / (ALPHA**2 * variance))))


def _last_versions(stars: Stars, release: Watched, releases: Sequence[Watched]) -> tuple[str, ...]:
    """The newest version before the release that enough reviews of the weeks before name; with older ones,
    until there are enough."""
    at = release.released - stars.first
    before = [r for r in releases if r.released < release.released and r.version != release.version]
    found, n = list[str](), 0
    for r in sorted(before, key=lambda r: (-r.released, r.version)):
        named = stars.by_version.get(r.version)
        size = 0 if named is None else int(named[max(at - REFERENCE, 0) : max(at, 0)].sum())
        if size >= LEAST_OF_LAST and n < ENOUGH_OF_LAST:
            found.append(r.version)
            n += size
    return tuple(dict.fromkeys(found))
