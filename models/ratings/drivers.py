"""Which topics moved the mean: a change between two spans, split into topics without a remainder.

Kitagawa's symmetric decomposition (1955), which is the Shapley value of the two factors "how often is the
topic spoken of" and "how good are the stars when it is". With w the share of a topic and m the mean stars of
its reviews, before (0) and after (1), and R the mean of both spans' overall means:

    share effect = (w1 - w0) * ((m0 + m1) / 2 - R)        tone effect = (w0 + w1) / 2 * (m1 - m0)

Shares add up to one, so R falls out of the sum and the effects of all topics add up to the change. A review
of k topics counts 1/k for each of them; one without a topic counts for NO_TOPIC. Swapping the spans flips
every sign and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import NO_STARS, ReviewCounts, Span, day_number, topic_matrix
from models.ratings.intervals import (
    STAR_SCALE,
    Estimate,
    Floats,
    Spread,
    difference,
    estimate,
    half_widths,
    spread_of_means,
    star_sums,
)

NO_TOPIC = "none"
"""The driver that gathers the reviews without a topic (a text may also never have been read by a model)."""
PSEUDO = 0.5
"""Reviews added to each span and topic, for the width of the interval only; 0.5 was measured best."""


@dataclass(frozen=True, slots=True)
class Driver:
    """What one topic did to the mean. Shares are of reviews with stars; tones are mean stars.

    A tone is None where no review of that span speaks of the topic; the whole effect is then the share's.
    `low`..`high` is the 95 % interval of the total effect.
    """

    topic: str
    share_before: float
    share_after: float
    tone_before: float | None
    tone_after: float | None
    share_effect: float
    tone_effect: float
    total_effect: float
    low: float
    high: float
    n_before: int
    n_after: int


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A change of the mean with its 95 % interval, and the drivers that add up to it."""

    before_from: date
    before_until: date
    after_from: date
    after_until: date
    mean_before: float
    mean_after: float
    change: float
    low: float
    high: float
    n_before: int
    n_after: int
    rows: list[Driver]


def decompose(counts: ReviewCounts, before: Span, after: Span, topics: Sequence[str]) -> Decomposition | None:
    """The change of the mean from `before` to `after`, by topic; None where a span has no stars at all.

    `topics` are the catalogue's keys in the order of the bits in `counts.topics`.
    """
    old, new = _side(counts, before, len(topics)), _side(counts, after, len(topics))
    if old is None or new is None:
        return None
    share, tone = _effects(old, new)
    total = share + tone
    low, high = _intervals(old, new, total)
    change_low, change_high = difference(old.mean_of_stars, new.mean_of_stars)
    rows = [
        Driver(
            topic=name,
            share_before=float(old.share[k]),
            share_after=float(new.share[k]),
            tone_before=_tone(old, k),
            tone_after=_tone(new, k),
            share_effect=float(share[k]),
            tone_effect=float(tone[k]),
            total_effect=float(total[k]),
            low=float(low[k]),
            high=float(high[k]),
            n_before=int(old.spoken[k]),
            n_after=int(new.spoken[k]),
        )
        for k, name in enumerate((*topics, NO_TOPIC))
    ]
    return Decomposition(
        before.first, before.last, after.first, after.last, old.mean, new.mean, new.mean - old.mean,
        float(change_low), float(change_high), old.total, new.total, rows,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The reviews with stars of one span; `part` (rows x topics and none) says how each counts for which."""

    day: NDArray[np.int32]
    stars: Floats
    n: NDArray[np.int64]
    part: Floats
    total: int
    mean: float
    mean_of_stars: Estimate
    share: Floats
    stars_of: Floats
    """Share times mean stars, by topic."""
    spoken: NDArray[np.int64]
    """How many reviews speak of the topic, whatever else they speak of."""


def _side(counts: ReviewCounts, span: Span, topics: int) -> _Side | None:
    within = counts.between(day_number(span.first), day_number(span.last))
    rated = within.stars != NO_STARS
    n, stars = within.n[rated], within.stars[rated].astype(np.float64)
    total = int(n.sum())
    if not total:
        return None
    bits = topic_matrix(within.topics[rated], topics)
    many = bits.sum(axis=1)
    part = np.column_stack([bits / np.maximum(many, 1)[:, None], many == 0])
    return _Side(
        within.day[rated], stars, n, part, total, float(n @ stars) / total,
        estimate(star_sums(within.daily_stars(int(within.day[0]), int(within.day[-1]))), STAR_SCALE),
        n @ part / total,
        (n * stars) @ part / total, np.append(n @ bits, n @ (many == 0)).astype(np.int64),
    )  # fmt: skip


def _effects(old: _Side, new: _Side) -> tuple[Floats, Floats]:
    """Share effect and tone effect of each topic. A topic unheard on one side has the other side's tone."""
    tone_old, tone_new = _tones(old), _tones(new)
    tone_old, tone_new = (
        np.where(np.isnan(tone_old), tone_new, tone_old),
        np.where(np.isnan(tone_new), tone_old, tone_new),
    )
    middle = (old.mean + new.mean) / 2
    with np.errstate(invalid="ignore"):
        share = (new.share - old.share) * ((tone_old + tone_new) / 2 - middle)
        tone = (old.share + new.share) / 2 * (tone_new - tone_old)
    return np.nan_to_num(share), np.nan_to_num(tone)


def _intervals(old: _Side, new: _Side, total: Floats) -> tuple[Floats, Floats]:
    """95 % intervals of the total effects; that of the change is the engine's (`models.ratings.intervals`).

    The total effect is the difference of two means of part * (stars - R), and R moves with both spans. Of a
    topic of which hardly anybody spoke, the few who did say little about its variance, so each span is given
    PSEUDO reviews that speak of it like those of both spans together (after Agresti and Caffo 2000).
    """
    middle, moved = (old.mean + new.mean) / 2, (new.share - old.share) / 2
    spreads, shift = [], np.zeros(len(total))
    typical, typical_square = _typical(old, new, middle)
    for side, sign in ((old, -1.0), (new, 1.0)):
        off = side.stars[:, None] - side.mean
        adds = sign * side.part * (side.stars - middle)[:, None] - moved * off
        spread = spread_of_means(adds, side.n, side.day)
        extra = PSEUDO * typical_square / side.total**2
        spreads.append(Spread(spread.variance + extra, spread.freedom))
        shift += sign * PSEUDO * typical / side.total
    half = half_widths(spreads)
    centre = total + shift
    return np.minimum(centre - half, total), np.maximum(centre + half, total)


def _typical(old: _Side, new: _Side, middle: float) -> tuple[Floats, Floats]:
    """Mean and mean square of what a review that speaks of each topic adds; one review of any topic added."""
    first, second = np.zeros(old.share.shape), np.zeros(old.share.shape)
    square = 0.0
    for side in (old, new):
        adds = side.part * (side.stars - middle)[:, None]
        first, second = first + side.n @ adds, second + side.n @ adds**2
        square += float(side.n @ (side.stars - middle) ** 2)
    spoken = old.spoken + new.spoken + 1
    return first / spoken, (second + square / (old.total + new.total)) / spoken


def _tones(side: _Side) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(side.stars_of / side.share)


def _tone(side: _Side, topic: int) -> float | None:
    return float(side.stars_of[topic] / side.share[topic]) if side.share[topic] else None
