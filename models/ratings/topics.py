"""What the topics of reviews cost: the stars that each would gain if it were mended, and lenses by month.

**Gain**: topics by what the mean would gain in stars if the complaints about them went away.
A complaint about a topic is a review that speaks of it and whose text is negative, or whose stars are one or
two and whose text is not positive. The counterfactual: had the topic given no cause, its complainers would
have rated like the app's reviews that do not complain of it, whatever else those complain of. (That is the
same number as if they had not written at all; "as happy as those who complain of nothing" would promise more
than any fix keeps.) Someone who complains of k topics would still complain of the others, so each topic is
credited with 1/k of that move: the Shapley share, whatever way the causes work together.
It is arithmetic about reviews, not a forecast of the store's score.

**Lenses** (user experience, trust, reliability, service): a review belongs to every lens of which it speaks,
so the shares of a month's lenses may add up to more than one; reviews without a topic belong to none. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import (
    NO_SENTIMENT,
    NO_STARS,
    SENTIMENTS,
    ReviewCounts,
    Span,
    complaints,
    date_of,
    day_number,
)
from models.ratings.intervals import (
    STAR_SCALE,
    Z95,
    DaySums,
    Floats,
    Spread,
    by_day,
    estimate,
    half_widths,
    known,
    spread_of_means,
)
from models.ratings.series import SMALL_N

GainVerdict: TypeAlias = Literal["gain", "unclear", "too_few"]
LEAST_REVIEWS = 30
"""Below this many reviews with stars in the window nothing is said about any topic."""
LEAST_COMPLAINTS = 5
"""Below this many complaints nothing is said about the topic."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the mean would gain in stars if the complaints about one topic went away, 95 % interval.

    `n` counts the reviews with stars in the window, `n_complaints` those of them that complain of the topic.
    `gain_if_alone` credits the topic only with reviews that complain of nothing else, `gain_if_all` with the
    whole of every review that complains of it: between the two lies what one may believe. None where every
    review complains of the topic, so that nothing tells how its complainers would rate otherwise.
    """

    topic: str
    rank: int
    n_complaints: int
    share_complaints: float
    mean_with: float
    mean_without: float | None
    gain: float | None
    low: float | None
    high: float | None
    gain_if_alone: float | None
    gain_if_all: float | None
    n: int
    window_from: date
    window_until: date
    verdict: GainVerdict


def topic_gain(counts: ReviewCounts, topics: Sequence[str], window: Span) -> list[Gain]:
    """The topics of the catalogue in order of gain, all of them; [] where the window has no stars.

    `topics` are the catalogue's keys in the order of the bits of `counts.topics`; equal gains keep it.
    """
    within = counts.between(day_number(window.first), day_number(window.last))
    rated = within.stars != NO_STARS
    n, stars = within.n[rated], within.stars[rated].astype(np.float64)
    total = int(n.sum())
    if not total:
        return []
    complains = complaints(within, len(topics))[rated]
    many = np.maximum(complains.sum(axis=1), 1)[:, None]
    credit = complains / many
    gains = _gains(credit, complains, stars, n)
    low, high = _intervals(credit, complains, stars, n, within.day[rated], gains)
    alone = _gains(complains * (many == 1), complains, stars, n)
    whole = _gains(complains, complains, stars, n)
    count, mean = n @ complains, float(n @ stars) / total
    order = np.argsort(-np.nan_to_num(gains, nan=-np.inf), kind="stable")
    return [
        Gain(
            topic=topics[k],
            rank=rank,
            n_complaints=int(count[k]),
            share_complaints=float(count[k]) / total,
            mean_with=mean,
            mean_without=known(mean + gains[k]),
            gain=known(gains[k]),
            low=known(low[k]),
            high=known(high[k]),
            gain_if_alone=known(alone[k]),
            gain_if_all=known(whole[k]),
            n=total,
            window_from=window.first,
            window_until=window.last,
            verdict=_verdict(total, int(count[k]), float(low[k])),
        )
        for rank, k in enumerate(order.tolist(), start=1)
    ]


def _others(complains: Floats, stars: Floats, n: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """For each topic how many reviews do not complain of it, and their mean stars (NaN where none)."""
    rest = float(n.sum()) - n @ complains
    with np.errstate(invalid="ignore", divide="ignore"):
        return rest, np.asarray((float(n @ stars) - (n * stars) @ complains) / rest)


def _gains(credit: Floats, complains: Floats, stars: Floats, n: NDArray[np.int64]) -> Floats:
    """Mean over all reviews of credit * (mean stars of those who do not complain - own stars), by topic."""
    _, otherwise = _others(complains, stars, n)
    return np.asarray(((n @ credit) * otherwise - (n * stars) @ credit) / n.sum())


def _intervals(
    credit: Floats,
    complains: Floats,
    stars: Floats,
    n: NDArray[np.int64],
    day: NDArray[np.int32],
    gains: Floats,
) -> tuple[Floats, Floats]:
    """95 % intervals by linearisation: what a complaint adds, and how the others move its replacement.

    Few complaints say little about how many more there might have been: as in Wilson's interval of a share,
    the centre is moved by z^2/2 typical complaints and the variance by z^2/4 of them.
    """
    total = float(n.sum())
    rest, otherwise = _others(complains, stars, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = credit * (otherwise - stars[:, None])
        adds = moved + (n @ credit) / rest * (1 - complains) * (stars[:, None] - otherwise)
    adds = np.nan_to_num(adds)
    spread = spread_of_means(adds, n, day)
    first, second = n @ np.nan_to_num(moved), n @ np.nan_to_num(moved) ** 2
    spoken = n @ complains + 1
    usual = float(n @ (stars - float(n @ stars) / total) ** 2) / total
    extra = Z95**2 / 4 * (second + usual) / spoken / total**2
    half = half_widths([Spread(spread.variance + extra, spread.freedom)])
    centre = gains + Z95**2 / 2 * first / spoken / total
    return np.minimum(centre - half, gains), np.maximum(centre + half, gains)


def _verdict(n: int, complaining: int, low: float) -> GainVerdict:
    if n < LEAST_REVIEWS or complaining < LEAST_COMPLAINTS:
        return "too_few"
    return "gain" if low > 0 else "unclear"


@dataclass(frozen=True, slots=True)
class LensMonth:
    """The reviews of one month (UTC) that speak of a lens, that is of any of its topics.

    `share` is of all reviews of the month; `share_negative` of those of the lens that a model has read.
    The interval is of the mean stars, 95 %. Figures are None where there is nothing to take them from.
    """

    period_start: date
    lens: str
    n: int
    n_all: int
    share: float
    mean_stars: float | None
    low: float | None
    high: float | None
    share_negative: float | None
    is_small_n: bool


def lens_months(counts: ReviewCounts, lens_of_topic: Sequence[str]) -> list[LensMonth]:
    """A row for each month with reviews and each lens, in order of month; `n` may be 0.

    `lens_of_topic[k]` is the lens of bit k of `counts.topics`; lenses come in the order of first mention.
    """
    if not len(counts.day):
        return []
    days, day_of = np.unique(counts.day, return_inverse=True)
    months, month_of = np.unique(days.astype("datetime64[D]").astype("datetime64[M]"), return_inverse=True)
    starts = [date_of(d) for d in months.astype("datetime64[D]").astype(np.int64)]
    n_all = _sums(counts.n, month_of[day_of], len(months))
    columns = [
        _lens_months(counts, lens_of_topic, lens, day_of, month_of, len(months))
        for lens in dict.fromkeys(lens_of_topic)
    ]
    return [
        LensMonth(
            period_start=start,
            lens=column.lens,
            n=int(column.n[m]),
            n_all=int(n_all[m]),
            share=float(column.n[m] / n_all[m]),
            mean_stars=known(column.mean[m]),
            low=known(column.low[m]),
            high=known(column.high[m]),
            share_negative=known(column.negative[m]),
            is_small_n=bool(column.n[m] < SMALL_N),
        )
        for m, start in enumerate(starts)
        for column in columns
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    lens: str
    n: Floats
    mean: Floats
    low: Floats
    high: Floats
    negative: Floats


def _lens_months(
    counts: ReviewCounts,
    lens_of_topic: Sequence[str],
    lens: str,
    day_of: NDArray[np.int64],
    month_of: NDArray[np.int64],
    months: int,
) -> _Column:
    mask = sum(1 << k for k, name in enumerate(lens_of_topic) if name == lens)
    of_lens = (counts.topics & np.uint32(mask)) != 0
    day, n, stars = day_of[of_lens], counts.n[of_lens], counts.stars[of_lens]
    month = month_of[day]
    rated, read = stars != NO_STARS, counts.sentiment[of_lens] != NO_SENTIMENT
    negative = counts.sentiment[of_lens] == SENTIMENTS.index("negative")
    found = estimate(_month_sums(day[rated], n[rated], stars[rated], month_of, months), STAR_SCALE)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = _sums(n[negative], month[negative], months) / _sums(n[read], month[read], months)
    return _Column(lens, _sums(n, month, months), found.mean, found.low, found.high, share)


def _month_sums(
    day: NDArray[np.int64],
    n: NDArray[np.int64],
    stars: NDArray[np.int8],
    month_of: NDArray[np.int64],
    months: int,
) -> DaySums:
    """The stars of each month, by days; `month_of` says of each day which month it is in."""
    values = stars.astype(np.int64)
    daily = by_day(*(_sums(n * values**power, day, len(month_of)) for power in range(3)))
    return DaySums(*(np.bincount(month_of, of_day, months).astype(np.float64) for of_day in daily))


def _sums(n: NDArray[np.int64], where: NDArray[np.int64], length: int) -> Floats:
    return np.asarray(np.bincount(where, weights=n, minlength=length), dtype=np.float64)
