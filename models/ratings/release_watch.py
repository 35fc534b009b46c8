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

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.intervals import STAR_SCALE, STARS, Floats, estimate, star_sums
from models.ratings.spans import Span, date_of, day_number
from models.ratings.star_level import Level, LocalLevel, joined, level_of, ratios

Counts: TypeAlias = NDArray[np.int64]
Verdict: TypeAlias = Literal["better", "worse", "no_clear_change", "too_few"]
Basis: TypeAlias = Literal["date", "version", "both"]

ALPHA = 0.05
"""The chance that a release which changed nothing ever gets a verdict, over all days on which it is
watched."""
WATCHED, LONGEST = 28, 91
"""Days with reviews; days."""
STEP_BY_DATE = 0.05**2 / 7
"""Variance that the level before gains a day by wandering (`models.ratings.local_level`)."""
WANDERED_BY_DATE, WANDERED_BY_VERSION = 0.09**2, 0.045**2
"""What reviews of a few weeks differ by from the level before, releases or no: variances, in those of one
review, chosen on fake releases (docs/statistics.md)."""
KNOWN = 1 / 20
"""The level before is known from this variance on: twenty reviews of different days."""
REFERENCE = 91
"""Days before a release whose reviews of the last version are compared with."""
HALF_LIFE = 28
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
    last = stars.first + len(stars.all) - 1 if until is None else until
    missing = {d for gap in gaps for d in range(day_number(gap.first), day_number(gap.last) + 1)}
    days = [d for d in (np.flatnonzero(stars.all.any(axis=1)) + stars.first).tolist() if d <= last]
    days = [d for d in days if d not in missing]
    ordered = sorted(releases, key=lambda r: (r.released, r.version))
    level = LocalLevel(1, STEP_BY_DATE)
    waiting, open_ = list(ordered), list[_Watch]()
    rows: dict[tuple[int, str], list[WatchDay]] = {}
    for day in days:
        expected = level.expected(day)
        while waiting and waiting[0].released <= day:
            one = waiting.pop(0)
            if day < one.released + LONGEST:
                open_.append(_Watch(stars, one, ordered, expected))
        open_ = [w for w in open_ if w.is_open(day)]
        counts = stars.all[day - stars.first].astype(np.float64)[None]
        for w in open_:
            rows.setdefault((w.release.released, w.release.version), []).append(w.look(day, counts, level))
        level.learn(day, counts, expected)
    return [row for key in sorted(rows) for row in rows[key]]


class _Watch:
    """One release: its two e-processes and what was said."""

    def __init__(self, stars: Stars, release: Watched, releases: Sequence[Watched], before: Level) -> None:
        self.release, self._stars, self._before = release, stars, before
        self._at = release.released - stars.first
        self._is_known = bool(before.variance[0] <= KNOWN)
        shape = before.cumulant.shape
        self._by_date, self._by_version = np.zeros(shape), np.zeros(shape)
        none = np.zeros_like(stars.all)
        self._new = stars.by_version.get(release.version, none)
        self._last_names = _last_versions(stars, release, releases)
        self._last = np.sum([stars.by_version[v] for v in self._last_names], axis=0) + none
        self._spread, self._seen = 0.0, 0.0
        self._said: Literal["better", "worse"] | None = None
        self._told: int | None = None
        self._counted = np.zeros(len(stars.all), dtype=bool)
        self._dated = np.zeros(len(stars.all), dtype=bool)
        # By date what comes after the next release is the next release's.
        later = [r.released for r in releases if r.released > release.released]
        self._next = min(later, default=release.released + LONGEST)

    def is_open(self, day: int) -> bool:
        """Whether it is still watched on `day`."""
        return int(self._counted.sum()) < WATCHED and day < self.release.released + LONGEST

    def look(self, day: int, counts: Floats, level: LocalLevel) -> WatchDay:
        """Take in `day` and say what is known."""
        t = day - self._stars.first
        self._counted[t] = True
        weekday = level.weekday(day)
        if day < self._next:
            self._dated[t] = True
            self._by_date += self._before.gain(counts, weekday, level.design(counts.sum(axis=-1)))
        by_date = self._e_values(self._by_date, float(self._before.variance[0]) + WANDERED_BY_DATE)
        by_version = None
        if self._last_names:
            self._take_version(t, level, weekday)
            wandered = self._spread / max(self._seen, 1e-9) + WANDERED_BY_VERSION
            by_version = self._e_values(self._by_version, wandered) if self._seen else np.ones(2)
        return self._row(day, t, by_date if self._is_known else None, by_version)

    def _e_values(self, likelihood: Floats, variance: float) -> Floats:
        """Evidence for (worse, better)."""
        return np.asarray(joined(ratios(likelihood, np.array([variance]))[:, 0]))

    def _take_version(self, t: int, level: LocalLevel, weekday: Floats) -> None:
        counts = self._new[t].astype(np.float64)[None]
        n = float(counts.sum())
        if not n:
            return
        low = max(self._at - REFERENCE, 0)
        age = t - np.arange(low, t + 1)
        weight = 0.5 ** (age / HALF_LIFE)
        reference = self._last[low : t + 1].astype(np.float64)
        size = reference.sum(axis=1)
        shares = weight @ reference
        known = weight * size / level.design(size)
        # Effective reviews of a weighted mean (Kish 1965).
        effective = (weight @ size) ** 2 / max(float((weight**2 * size * level.design(size)).sum()), 1e-9)
        variance = 1 / max(effective, 1.0) + STEP_BY_DATE * float((known @ age) / max(known.sum(), 1e-9))
        old = level_of((shares / shares.sum())[None], np.array([variance]))
        self._by_version += old.gain(counts, weekday, level.design(counts.sum(axis=-1)))
        self._spread += n * variance
        self._seen += n

    def _row(self, day: int, t: int, by_date: Floats | None, by_version: Floats | None) -> WatchDay:
        # Which comparisons there are was known when the release was first seen.
        parts = [part for part in (by_date, by_version) if part is not None]
        together = np.mean(parts, axis=0) if parts else np.ones(2)
        names: tuple[Literal["worse"], Literal["better"]] = ("worse", "better")
        needed = 2 / ALPHA
        n_after = int(self._stars.all[self._counted].sum())
        n_version = int(self._new[self._counted].sum())
        which = int(together.argmax())
        if together[which] >= needed and names[which] != self._said:
            self._said, self._told = names[which], day
        gone = self._said is not None and together[names.index(self._said)] < 1
        told = names.index(self._said) if self._said is not None else which
        basis = self._rests_on(told, needed, by_date, by_version) if self._said and not gone else None
        verdict: Verdict = "too_few" if n_after < LEAST_JUDGED else "no_clear_change"
        if self._said is not None and not gone:
            verdict = self._said
        effect, low, high, n_before = self._effect(basis, t)
        named = sum(int(c[self._counted].sum()) for c in self._stars.by_version.values())
        return WatchDay(
            release_version=self.release.version, released_at=date_of(self.release.released),
            day=date_of(day), last_versions=self._last_names, verdict=verdict,
            told_on=None if self._told is None else date_of(self._told), rests_on=basis, is_withdrawn=gone,
            direction=names[told], evidence=float(together[told]), needed=needed,
            evidence_by_date=None if by_date is None else float(by_date[told]),
            evidence_by_version=None if by_version is None else float(by_version[told]),
            effect=effect, low=low, high=high, n_before=n_before, n_after=n_after,
            n_last=int(self._last[max(self._at - REFERENCE, 0) : t + 1].sum()), n_version=n_version,
            share_versionless=1 - named / n_after if n_after else None,
        )  # fmt: skip

    def _rests_on(self, told: int, needed: float, by_date: Floats | None, by_version: Floats | None) -> Basis:
        if by_version is None or by_date is None:
            return "date" if by_version is None else "version"
        alone = by_date[told] >= needed, by_version[told] >= needed
        if alone[0] == alone[1] and alone[0]:
            return "both"
        return "date" if by_date[told] >= by_version[told] else "version"

    def _effect(self, basis: Basis | None, t: int) -> tuple[float | None, float | None, float | None, int]:
        low = max(self._at - REFERENCE, 0)
        if basis == "version":
            before, after = self._last[low : t + 1], self._new[self._counted]
            wandered = WANDERED_BY_VERSION
        else:
            before, after = (
                self._stars.all[max(self._at - WATCHED, 0) : max(self._at, 0)],
                self._stars.all[self._dated],
            )
            wandered = WANDERED_BY_DATE
        if not before.any() or not after.any():
            return None, None, None, int(before.sum())
        sides = [estimate(star_sums(side), STAR_SCALE) for side in (before, after)]
        effect = float(sides[1].mean - sides[0].mean)
        both = before.sum(axis=0) + after.sum(axis=0)
        mean = both @ STARS / both.sum()
        single = max(float(both @ (STARS - mean) ** 2 / both.sum()), 0.1)
        variance = float(sides[0].variance + sides[1].variance) + wandered * single
        half = confidence_half_width(variance, single * 0.5**2)
        return effect, max(effect - half, -4.0), min(effect + half, 4.0), int(before.sum())


def confidence_half_width(variance: float, usual: float) -> float:
    """Half the width of an interval that holds the effect on all days at once with 1 - ALPHA.

    Normal mixture (Robbins 1970; Johari et al. 2022, eq. 15): `variance` is the estimate's, `usual` that of
    the effects that are thought of.
    """
    together = variance + usual
    return float(np.sqrt(variance * together / usual * np.log(together / (ALPHA**2 * variance))))


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
