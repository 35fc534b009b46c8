"""Findings in words: what changed, from what to what, and how sure that is. Pure: rows in, sentences out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.components.theme import SMALL
from dashboard.i18n import Text
from dashboard.rows.counts import Read, by_stars, by_tone
from dashboard.rows.ratings import DisplayedScore, FoundPeriod, RatingSpan, VersionRating
from dashboard.rows.topics import TopicChange

Direction = Literal["up", "down", "flat", "unknown"]
EDGE_DAYS = 30
"""The beginning and the end of a span are its first and last so many days, at most a half each."""
TURN = 0.15
"""A displayed score that turned by more than this in between is told with its turn."""
STALE_DAYS = 7
"""Data that ends longer before its publication than this is called old."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference with its 95 % interval; None where one of the two sides has nothing."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def direction(self) -> Direction:
        """`flat` means that the interval spans zero: no clear change."""
        if self.value is None or self.low is None or self.high is None:
            return "unknown"
        if self.low <= 0 <= self.high:
            return "flat"
        return "up" if self.value > 0 else "down"


def difference(now: RatingSpan, before: RatingSpan) -> Change:
    """The change of the mean between two rows of `rating_span`, as the macro `difference_interval` has it."""
    if now.mean is None or now.low is None or now.high is None:
        return Change(None, None, None)
    if before.mean is None or before.low is None or before.high is None:
        return Change(None, None, None)
    value = now.mean - before.mean
    down = math.hypot(now.mean - now.low, before.high - before.mean)
    up = math.hypot(now.high - now.mean, before.mean - before.low)
    return Change(value, value - down, value + up)


def change_words(t: Text, change: Change) -> str:
    """The verdict in plain words."""
    return t(f"change.{change.direction}")


def change_numbers(t: Text, change: Change) -> str:
    """The difference with its interval: +0.31 (95 % interval +0.10 to +0.52)."""
    if change.value is None or change.low is None or change.high is None:
        return ""
    return t(
        "change.numbers", value=t.signed(change.value), low=t.signed(change.low), high=t.signed(change.high)
    )


def displayed_sentence(t: Text, snapshots: Sequence[DisplayedScore]) -> list[str]:
    """One sentence a store on series A, the largest move first; rows as `displayed_scores` gives them."""
    stores = [[s for s in snapshots if s.store == store] for store in _stores(snapshots)]
    return [_displayed(t, rows) for rows in sorted(stores, key=_move, reverse=True)]


def _move(snapshots: Sequence[DisplayedScore]) -> float:
    """How far the last score lies from the lowest or the highest."""
    scores = [float(s.displayed_score) for s in snapshots]
    return max(scores[-1] - min(scores), max(scores) - scores[-1])


def _displayed(t: Text, snapshots: Sequence[DisplayedScore]) -> str:
    first, last = snapshots[0], snapshots[-1]
    lowest = min(snapshots, key=lambda s: (s.displayed_score, s.observed_at))
    highest = max(snapshots, key=lambda s: (s.displayed_score, s.observed_at))
    values: dict[str, str] = {"store": t.store(first.store)}
    for name, row in (("first", first), ("last", last), ("low", lowest), ("high", highest)):
        values[name], values[f"{name}_day"] = t.score(row.displayed_score), t.day(row.observed_at)
    return t(f"finding.displayed_{_way(first, last, lowest, highest)}", **values)


def _way(first: DisplayedScore, last: DisplayedScore, lowest: DisplayedScore, highest: DisplayedScore) -> str:
    """How a displayed score went: a turn in between is told where it is larger than the way as a whole."""
    start, end, low, high = (round(r.displayed_score, 1) for r in (first, last, lowest, highest))
    if first is last:
        return "once"
    if end - low > abs(end - start) + TURN and start - low > TURN:
        return "recovered"
    if high - end > abs(end - start) + TURN and high - start > TURN:
        return "dropped"
    return "rose" if end > start else "fell" if end < start else "stayed"


def _stores(rows: Sequence[DisplayedScore]) -> list[str]:
    return list(dict.fromkeys(r.store for r in rows))


def reviewed_sentence(t: Text, start: RatingSpan, end: RatingSpan, days: int) -> str:
    """Series B at the beginning and the end of the span; rows as `rating_span` gives them."""
    change = difference(end, start)
    if change.direction == "unknown":
        return t("finding.reviewed_unknown", days=days)
    # An interval of a handful of reviews is formally right and says too much to a hurried reader.
    way = "few" if min(start.n, end.n) < SMALL else change.direction
    values = {
        "days": days,
        "first": t.stars(start.mean),
        "last": t.stars(end.mean),
        "first_n": t.number(start.n),
        "last_n": t.number(end.n),
        "low": t.stars(end.low),
        "high": t.stars(end.high),
        "numbers": change_numbers(t, change),
        "small": SMALL,
    }
    return t(f"finding.reviewed_{way}", **values)


def edge_days(days: int) -> int:
    """How many days the beginning and the end of a span of `days` have."""
    return max(1, min(EDGE_DAYS, days // 2))


def tone_sentence(t: Text, span: RatingSpan) -> str:
    """Shares of negative, neutral and positive reviews, or why there are none."""
    outside = span.n_not_covered or 0
    if not span.n_classified:
        return t("finding.tone_not_covered", n=t.number(outside)) if outside else t("finding.tone_unknown")
    shares = {k: t.percent(n / span.n_classified) for k, n in by_tone(span).items()}
    said = t("finding.tone", n=t.number(span.n_classified), **shares)
    return said + t("finding.tone_beside", n=t.number(outside)) if outside else said


def not_covered(t: Text, row: Read) -> str:
    """How many texts are in a language outside the model's card, of all that it was given; empty for none.

    The row has n_classified and n_not_covered; the latter is None where the publication does not count them.
    """
    n = row.n_not_covered or 0
    return t("source.not_covered", n=t.number(n), of=t.number(n + row.n_classified)) if n else ""


def stale_days(as_of: datetime | None, published_at: datetime) -> int | None:
    """How many days before its publication the data ends, if that is too long to pass in silence."""
    if as_of is None:
        return None
    days = (published_at - as_of) // timedelta(days=1)
    return days if days > STALE_DAYS else None


def grain_of(days: int) -> str:
    """By what a span is counted: short ones by day, a year by week, longer ones by month."""
    if days <= 31:
        return "day"
    return "week" if days <= 400 else "month"


def over_time_title(t: Text, snapshots: Sequence[DisplayedScore], start: RatingSpan, end: RatingSpan) -> str:
    """From what to what the displayed scores and the mean review rating went; short, for a chart's title."""
    said = []
    for store in _stores(snapshots):
        rows = [s for s in snapshots if s.store == store]
        first, last = (t.score(r.displayed_score) for r in (rows[0], rows[-1]))
        said.append(t("finding.over_displayed", store=t.store(store), first=first, last=last))
    if min(start.n, end.n) >= SMALL:
        said.append(t("finding.over_reviewed", first=t.stars(start.mean), last=t.stars(end.mean)))
    return t.listed(said) if said else t("finding.over_little")


def versions_title(t: Text, rows: Sequence[VersionRating]) -> str:
    """Which version stands out; rows as `rating_versions` gives them."""
    enough = [r for r in rows if r.n >= SMALL and r.version != "unknown"]
    if len(enough) < 2:
        return t("finding.versions_few", small=SMALL)
    best, worst = max(enough, key=lambda r: r.mean), min(enough, key=lambda r: r.mean)
    values = {
        "best": t.version(best.version),
        "high": t.stars(best.mean),
        "worst": t.version(worst.version),
        "low": t.stars(worst.mean),
    }
    return t("finding.versions_flat" if best.low <= worst.high else "finding.versions", **values)


def stars_title(t: Text, span: RatingSpan, before: RatingSpan) -> str:
    """How many gave the worst and the best; rows as `rating_span` gives them."""
    if not span.n:
        return t("finding.stars_none")
    one, five = (t.percent(by_stars(span)[k] / span.n) for k in (1, 5))
    if before.n < SMALL:
        return t("finding.stars", one=one, five=five)
    was_one, was_five = (t.percent(by_stars(before)[k] / before.n) for k in (1, 5))
    return t("finding.stars_before", one=one, five=five, was_one=was_one, was_five=was_five)


def topics_title(t: Text, rows: Sequence[TopicChange]) -> str:
    """What people wrote of most; rows as `topic_changes` gives them, most first."""
    most = rows[0]
    return t(
        "finding.topics",
        topic=most.label(t.language),
        share=t.percent(most.share),
        negative=t.percent(most.n_negative / most.n),
    )


def found_title(t: Text, in_all: FoundPeriod, of: int) -> str:
    """How many reviews were found and what they gave; the row of all as `review_found` gives it."""
    values = {"n": t.number(in_all.n_reviews), "of": t.number(of)}
    if in_all.n_reviews == of:
        said = t("finding.found_all", **values)
    else:
        said = t("finding.found", share=t.percent(in_all.n_reviews / of), **values)
    if in_all.n < SMALL:
        return said
    mean = {"mean": t.stars(in_all.mean), "low": t.stars(in_all.low), "high": t.stars(in_all.high)}
    return said + t("finding.found_mean", n=t.number(in_all.n), **mean)
