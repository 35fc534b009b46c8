"""What alpha testers complained of before a release and the public around it, topic by topic. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_SENTIMENT, SENTIMENTS, ReviewCounts, complaints, topic_matrix
from models.ratings.drivers import PSEUDO
from models.ratings.false_discoveries import q_values
from models.ratings.intervals import (
    SHARE_SCALE,
    Estimate,
    Floats,
    Spread,
    day_sums,
    difference,
    estimate,
    rise_chances,
    spread_of_means,
    wilson,
)

WINDOW = 28
"""Days of public reviews on each side of a release."""
EARLIER = 180
"""Days before the windows that tell what the public usually complains of."""
LEAST_EARLIER = 50
"""Complaints (by topic) in them below which they tell too little."""
SMOOTH = 10.0
"""Complaints, distributed as in the windows, added to the earlier ones: new topics are not impossible."""
FALSE_RISES = 0.05
"""Share of false ones among the topics of a release that are said to have risen."""


@dataclass(frozen=True, slots=True, eq=False)
class AlphaCounts:
    """The feedback on one release before it was public (one cohort, or all if None), counted by tester.

    All arrays have one length: `tester` is any number that tells testers apart within this object,
    `sentiment` and `topics` are those of `ReviewCounts`, `n` how many texts share the three.
    """

    release_version: str
    cohort: str | None
    tester: NDArray[np.int32]
    sentiment: NDArray[np.int8]
    topics: NDArray[np.uint32]
    n: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AlphaVoice:
    """What testers said. By topic: negative feedback, its share's 95 % interval, how many testers spoke."""

    texts: int
    testers: int
    negative: int
    count: Floats
    voices: Floats
    low: Floats
    high: Floats


def alpha_voice(alpha: AlphaCounts, topics: int) -> AlphaVoice:
    """Count the negative feedback by topic, and how sure its shares are."""
    negative = alpha.sentiment == SENTIMENTS.index("negative")
    n = alpha.n[negative]
    spoken = topic_matrix(alpha.topics[negative], topics)
    _, who = np.unique(alpha.tester[negative], return_inverse=True)
    by_tester = np.zeros((int(who.max()) + 1 if len(who) else 0, topics))
    np.add.at(by_tester, who, spoken * n[:, None])
    total = int(n.sum())
    design = _design_effects(by_tester, np.bincount(who, weights=n).astype(np.float64), total)
    count = by_tester.sum(axis=0)
    low, high = wilson(count / design, total / design)
    return AlphaVoice(
        int(alpha.n.sum()), len(np.unique(alpha.tester)), total, count, (by_tester > 0).sum(axis=0), low, high
    )


def _design_effects(by_tester: Floats, size: Floats, total: int) -> Floats:
    """By how much less a text tells than an independent one, since a tester repeats himself: at least 1.

    The design effect with testers as draws (Kish 1965); where nobody, or everybody, speaks of a topic it
    cannot be seen, and a tester counts as one voice.
    """
    if not total:
        return np.ones(by_tester.shape[1])
    share = by_tester.sum(axis=0) / total
    between = ((by_tester - size[:, None] * share) ** 2).sum(axis=0) * len(size) / max(len(size) - 1, 1)
    single = total * share * (1 - share)
    one_voice = float(size @ size) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(single > 0, np.maximum(between / single, 1.0), one_voice)


@dataclass(frozen=True, slots=True, eq=False)
class PublicComplaints:
    """Public reviews with text around a release. Counts by topic are of reviews that complain of it."""

    released: int
    texts: tuple[int, int]
    before: Floats
    after: Floats
    usual: Floats
    """Shares of the topics among complaints as testers would have them if they said nothing new."""
    change: Floats
    low: Floats
    high: Floats
    rose: NDArray[np.bool_]


def public_complaints(
    counts: ReviewCounts, released: int, releases: list[int], topics: int
) -> PublicComplaints:
    """The windows around day `released`, cut at the neighbouring days of `releases` (ascending)."""
    start = max([released - WINDOW, *[d for d in releases if d < released]])
    end = min([released + WINDOW - 1, *[d - 1 for d in releases if d > released]])
    sides = [_read(counts, start, released - 1, topics), _read(counts, released, end, topics)]
    texts = (int(sides[0].n.sum()), int(sides[1].n.sum()))
    before, after = (side.n @ side.complains for side in sides)
    earlier = _read(counts, start - EARLIER, start - 1, topics)
    change, low, high, rose = _changes(sides[0], sides[1])
    usual = _usual(earlier.n @ earlier.complains, before + after)
    return PublicComplaints(released, texts, before, after, usual, change, low, high, rose)


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    day: NDArray[np.int32]
    n: NDArray[np.int64]
    complains: Floats


def _read(counts: ReviewCounts, first: int, last: int, topics: int) -> _Read:
    part = counts.between(first, last)
    read = part.sentiment != NO_SENTIMENT
    return _Read(part.day[read], part.n[read], complaints(part, topics)[read])


def _changes(old: _Read, new: _Read) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Change of the share of complaints by topic, 95 % interval, and which rose beyond chance.

    Intervals as of any difference of shares (`models.ratings.intervals`). Of rises, which are rare, the
    chance is told as in `models.ratings.drivers`, and false ones are controlled over the topics of a
    release (Benjamini and Hochberg 1995). NaN and no rise where a side has no texts.
    """
    topics = old.complains.shape[1]
    if not len(old.n) or not len(new.n):
        unknown = np.full(topics, np.nan)
        return unknown, unknown, unknown, np.zeros(topics, dtype=bool)
    spreads = []
    shares, shift = [], 0.0
    for side, sign in ((old, -1.0), (new, 1.0)):
        total = float(side.n.sum())
        spread = spread_of_means(side.complains, side.n, side.day)
        spreads.append(Spread(spread.variance + PSEUDO / total**2, spread.freedom))
        shares.append(side.n @ side.complains / total)
        shift += sign * PSEUDO / total
    change = shares[1] - shares[0]
    chances = rise_chances(change + shift, spreads)
    rose = q_values(chances) <= FALSE_RISES
    low, high = difference(_shares(old), _shares(new))
    return change, low, high, rose & (change > 0)


def _shares(side: _Read) -> Estimate:
    """The share of the texts that complain, by topic."""
    starts = np.flatnonzero(np.diff(side.day, prepend=side.day[0] - 1))
    hits = np.add.reduceat(side.complains * side.n[:, None], starts, axis=0)
    n = np.broadcast_to(np.add.reduceat(side.n, starts)[:, None], hits.shape)
    return estimate(day_sums(n, hits, hits), SHARE_SCALE)


def _usual(earlier: Floats, around: Floats) -> Floats:
    """Each topic's share of complaints in the days before the windows; in the windows where those are few.

    Never from the window before alone: chance that made a topic rare there would both call the alpha loud
    and the public's complaints risen. The windows together only ever make the alpha look less of a prophet.
    """
    around_share = around / max(around.sum(), 1.0)
    if earlier.sum() < LEAST_EARLIER:
        return np.asarray(around_share)
    return np.asarray((earlier + SMOOTH * around_share) / (earlier.sum() + SMOOTH))
