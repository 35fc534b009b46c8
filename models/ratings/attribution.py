"""To which release or event is a change of level due? To one at most, to none where nobody can tell.

The day of a change is known with an interval, so every release and every event near it is a candidate. A
release works from its day on, within weeks, since stores roll out in stages; a change may as well have come
without any. Bayes' rule weighs them: how likely the reviews are on each day of the change, how likely that
day is under each candidate, and what reviews that name the version say (an e-value is a likelihood ratio). So
a change whose days are known to within a month, with seven releases in it, is nobody's, and one that begins
with a release is that release's. It is association. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.changepoints import FALL_IN_FIT, ChangePoint
from models.ratings.counts import NO_STARS, ReviewCounts, Span, date_of, day_number

OwnerKind: TypeAlias = Literal["release", "event", "reweighted", "reset"]

LIKELY = 0.5
"""A candidate owns a change where it is likelier than all others, and none, together."""
BY_RELEASE, UNPROMPTED = 0.1, 1 / 2000
"""How often a release changes the level, and how many changes a day come without one (maximum likelihood on
real apps, docs/statistics.md; only their ratio matters)."""
BY_EVENT = 0.3
"""How often something that somebody noted in events.toml changes the level."""
LAG_AFTER, LAG_BEFORE, SHARE_BEFORE = 7.0, 2.0, 0.1
"""Days after its release at which a release works (mean of a geometric law): stores roll out in stages,
people update within weeks. Days before it, and the chance of that: a version may be seen before its date."""
REACH_AFTER, REACH_BEFORE = 28, 7
"""No further than so many days."""
LAG_OF_EVENT = 3.0
MOST_EVIDENCE = 1e6
"""An e-value counts no further: it rests on a model of reviews, too."""
SURE_OF_VERSION = 20.0
"""Across a hole a change has no day, so it is a release's only where the reviews of its version say so."""
SIDE = 120
"""Days to either side of a change that are thought of."""
EVENT_KINDS = ("campaign", "price_change", "prompt_change", "other")
"""Kinds of events that may move what people write."""
OF_STORE = ("reweighted", "reset")
"""Kinds of events by which a store moves the score it displays."""
FEW_DAYS = 3
"""A change that begins within so many days with reviews after a hole cannot be told from one within it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may have caused a change: a release of `first`, or an event of the days `first`..`last`.

    `evidence` is the likelihood ratio that its own reviews give, 1 where they say nothing: for a fall, and
    for a rise.
    """

    kind: OwnerKind
    label: str
    first: date
    last: date
    evidence: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class OwnedChange:
    """A change of level, whose it is, and how likely each candidate is (by label); `hole` is where it lies in
    days that were not collected."""

    change: ChangePoint
    owner: Candidate | None
    chance: float | None
    chances: Mapping[str, float] = field(default_factory=dict)
    hole: Span | None = None


def attribute(
    changes: Sequence[ChangePoint],
    candidates: Sequence[Candidate],
    counts: ReviewCounts,
    holes: Sequence[Span] = (),
) -> list[OwnedChange]:
    """Each change with its owner; those of series A are the store's where it weighed or reset its ratings."""
    reviews = _Reviews(counts)
    found = []
    for change in changes:
        if change.series != "B":
            found.append(_by_store(change, candidates))
            continue
        wide, hole = _across(change, holes, reviews)
        near = [c for c in candidates if c.kind not in OF_STORE and _is_near(c, wide)]
        found.append(_owned(wide, near, reviews, hole))
    return found


def holes_of(missing: Sequence[Span]) -> list[Span]:
    """Spans that touch, as one; in order."""
    joined: list[Span] = []
    for span in sorted(missing, key=lambda s: (s.first, s.last)):
        if joined and (span.first - joined[-1].last).days <= 1:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


class _Reviews:
    """How many reviews with stars were written before a day, and when."""

    def __init__(self, counts: ReviewCounts) -> None:
        rated = counts.stars != NO_STARS
        self.days = np.unique(counts.day[rated]).astype(np.int64)
        n = np.bincount(
            np.searchsorted(self.days, counts.day[rated]), counts.n[rated], minlength=len(self.days)
        )
        self._before = np.concatenate([[0.0], n.cumsum()])

    def before(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """Reviews strictly before each day."""
        return np.asarray(self._before[np.searchsorted(self.days, days)])


def _owned(
    change: ChangePoint, near: Sequence[Candidate], reviews: _Reviews, hole: Span | None
) -> OwnedChange:
    weights = dict(_weights(change, near, reviews, hole))
    by_day: dict[date, list[Candidate]] = {}
    for c in near:
        by_day.setdefault(c.first, []).append(c)
    total = sum(weights.values())
    chances = {c.label: weights[c] / total for c in near}
    # Days do not tell releases of one day apart: they are one candidate, named by the likeliest or the last.
    best, chance = None, 0.0
    for those in by_day.values():
        together = sum(chances[c.label] for c in those)
        if together > chance:
            best, chance = max(those, key=lambda c: (weights[c], _natural(c.label))), together
    owner = best if chance >= LIKELY else None
    return OwnedChange(change, owner, chance if owner else None, chances, hole)


def _weights(
    change: ChangePoint, near: Sequence[Candidate], reviews: _Reviews, hole: Span | None
) -> Iterator[tuple[Candidate | None, float]]:
    middle = day_number(change.changed_on)
    days = np.arange(middle - SIDE, middle + SIDE + 1)
    likelihood = _likelihood(change, days, reviews)
    yield None, UNPROMPTED * float(likelihood.sum())
    for c in near:
        evidence = min(c.evidence[0 if change.size < 0 else 1], MOST_EVIDENCE)
        if hole is not None and c.kind == "release" and evidence < SURE_OF_VERSION:
            yield c, 0.0
            continue
        rate = BY_EVENT if c.kind == "event" else BY_RELEASE
        yield c, rate * evidence * float(_lag(c, days) @ likelihood)


def _likelihood(change: ChangePoint, days: NDArray[np.int64], reviews: _Reviews) -> NDArray[np.float64]:
    """How well the reviews fit a change on each of `days`, against the best of them.

    The fit (-2 log likelihood) falls on average in proportion to the reviews on the wrong side (Bai 1997),
    and by FALL_IN_FIT at the ends of the interval of the day. Days without reviews between two are alike.
    """
    ends = np.array([day_number(d) for d in (change.low_on, change.changed_on, change.high_on)])
    low, middle, high = reviews.before(ends)
    n = reviews.before(days)
    # A day's reviews at least, where the interval has one day.
    least = max(float(reviews.before(ends + 1)[1]) - middle, 1.0)
    scale = np.where(n < middle, max(middle - low, least), max(high - middle, least))
    return np.asarray(np.exp(-FALL_IN_FIT / 2 * np.abs(n - middle) / scale))


def _lag(candidate: Candidate, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely each day is for a change that the candidate causes; adds up to one."""
    late = (days - day_number(candidate.first)).astype(np.float64)
    if candidate.kind == "event":
        over = np.maximum(days - day_number(candidate.last), 0)
        weight = np.where((late >= 0) & (over <= REACH_AFTER), np.exp(-over / LAG_OF_EVENT), 0.0)
        return np.asarray(weight / max(weight.sum(), 1e-9))
    after = np.where((late >= 0) & (late <= REACH_AFTER), np.exp(-np.maximum(late, 0) / LAG_AFTER), 0.0)
    before = np.where((late < 0) & (late >= -REACH_BEFORE), np.exp(np.minimum(late, 0) / LAG_BEFORE), 0.0)
    whole = (1 - SHARE_BEFORE) * after / max(after.sum(), 1e-9)
    return np.asarray(whole + SHARE_BEFORE * before / max(before.sum(), 1e-9))


def _is_near(candidate: Candidate, change: ChangePoint) -> bool:
    low, high = day_number(change.low_on), day_number(change.high_on)
    return (
        day_number(candidate.first) - REACH_BEFORE <= high and day_number(candidate.last) + REACH_AFTER >= low
    )


def _natural(label: str) -> tuple[tuple[int, int | str], ...]:
    """Versions in their order: 1.9 before 1.10."""
    parts = label.replace("-", ".").split(".")
    return tuple((1, int(p)) if p.isdecimal() else (0, p) for p in parts)


def _across(change: ChangePoint, holes: Sequence[Span], reviews: _Reviews) -> tuple[ChangePoint, Span | None]:
    """The change with all of a hole in its days where it may lie in one, and that hole."""
    low, high = day_number(change.low_on), day_number(change.high_on)
    for hole in holes:
        first, last = day_number(hole.first), day_number(hole.last)
        after = reviews.days[reviews.days > last]
        told = int(after[min(FEW_DAYS, len(after)) - 1]) if len(after) else last + 1
        if low <= told and high >= first:
            low_on = date_of(min(low, first))
            return replace(change, low_on=low_on, high_on=max(change.high_on, change.changed_on)), hole
    return change, None


def _by_store(change: ChangePoint, candidates: Sequence[Candidate]) -> OwnedChange:
    """A move of the displayed score that holds an act of the store is the store's."""
    acts = [
        c for c in candidates
        if c.kind in OF_STORE and c.first <= change.high_on and c.last >= change.low_on
    ]  # fmt: skip
    return OwnedChange(change, acts[0] if acts else None, 1.0 if acts else None)
