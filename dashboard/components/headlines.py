"""Findings in words that several pages tell: what changed, from what to what, and how sure that is.

Pure: rows in, sentences out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dashboard.i18n import Text
from dashboard.rows.analysis import AuditFigure, ChangePoint, ConfoundingEvent, News, SeriesEvent, TopicChange
from dashboard.rows.reviews import DisplayedScore, RatingSpan
from dashboard.sanitize import plain, short

Direction = Literal["up", "down", "flat", "unknown"]
ROUNDING = 0.1
"""A displayed score that moved by less, apart from what its store did to it, has not moved on screen."""
TURN = 0.15
"""A displayed score that turned by more than this in between is told with its turn."""
STALE_DAYS = 7
"""Data that ends longer before its publication than this is called old."""
KINDS = ("reset", "reweighted", "coverage_gap", "price_change", "campaign", "prompt_change", "other")
"""Kinds of events that have a word."""


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


def with_interval(t: Text, value: float | None, low: float | None, high: float | None) -> str:
    """A difference with its interval in short: +0.31 (+0.10 to +0.52)."""
    return t("verdict.plain", value=t.signed(value), low=t.signed(low), high=t.signed(high))


def displayed_sentences(
    t: Text, snapshots: Sequence[DisplayedScore], events: Sequence[SeriesEvent] = ()
) -> list[str]:
    """One sentence a store on series A, the largest move first; rows as `displayed_scores` gives them.

    `events` are the series': a move that came of the store weighing its ratings anew is no rise or fall.
    """
    stores = [[s for s in snapshots if s.store == store] for store in stores_of(snapshots)]
    return [_displayed(t, rows, events) for rows in sorted(stores, key=_move, reverse=True)]


def _move(snapshots: Sequence[DisplayedScore]) -> float:
    """How far the last score lies from the lowest or the highest."""
    scores = [float(s.displayed_score) for s in snapshots]
    return max(scores[-1] - min(scores), max(scores) - scores[-1])


def _displayed(t: Text, snapshots: Sequence[DisplayedScore], events: Sequence[SeriesEvent]) -> str:
    first, last = snapshots[0], snapshots[-1]
    lowest = min(snapshots, key=lambda s: (s.displayed_score, s.observed_at))
    highest = max(snapshots, key=lambda s: (s.displayed_score, s.observed_at))
    values: dict[str, str] = {"store": t.store(first.store)}
    for name, row in (("first", first), ("last", last), ("low", lowest), ("high", highest)):
        values[name], values[f"{name}_day"] = t.score(row.displayed_score), t.day(row.observed_at)
    way = _way(first, last, lowest, highest)
    start = {"recovered": lowest, "dropped": highest}.get(way, first)
    move = last.displayed_score - start.displayed_score
    weighed = _weighed_anew(first.store, start, last, events)
    if way in ("once", "stayed") or not weighed or weighed * move <= 0:
        return t(f"finding.displayed_{way}", **values)
    if abs(move) - abs(weighed) < ROUNDING:
        return t(
            "finding.displayed_reweighted", store=values["store"], first=t.score(start.displayed_score),
            first_day=t.day(start.observed_at), last=values["last"], last_day=values["last_day"],
        )  # fmt: skip
    said = t(f"finding.displayed_{way}", **values)
    return said + t("finding.partly_reweighted", part=t.signed(weighed, 1), whole=t.signed(move, 1))


def _weighed_anew(
    store: str, start: DisplayedScore, last: DisplayedScore, events: Sequence[SeriesEvent]
) -> float:
    """By how much the score went in steps at which the store weighed its ratings anew."""
    return sum(
        e.value_after - e.value_before
        for e in events
        if e.kind == "reweighted" and e.store == store
        and e.value_before is not None and e.value_after is not None
        and e.happened_at >= start.observed_at and (e.until or e.happened_at) <= last.observed_at
    )  # fmt: skip


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


def stores_of(rows: Sequence[DisplayedScore]) -> list[str]:
    """The stores of some snapshots, in the order in which they come."""
    return list(dict.fromkeys(r.store for r in rows))


def not_covered(t: Text, n_classified: int, n_not_covered: int | None) -> str:
    """How many texts are in a language outside the model's card, of all that it was given; empty for none.

    The latter is None where the publication does not count them.
    """
    n = n_not_covered or 0
    return t("source.not_covered", n=n, of=n + n_classified) if n else ""


def stale_days(as_of: datetime | None, published_at: datetime) -> int | None:
    """How many days before its publication the data ends, if that is too long to pass in silence."""
    if as_of is None:
        return None
    days = (published_at - as_of) // timedelta(days=1)
    return days if days > STALE_DAYS else None


def topics_title(t: Text, rows: Sequence[TopicChange]) -> str:
    """What people wrote of most; rows as `topic_changes` gives them, most first."""
    most = rows[0]
    return t(
        "finding.topics", topic=most.label(t.language), share=t.percent(most.share),
        negative=t.percent(most.n_negative / most.n),
    )  # fmt: skip


def series_name(t: Text, series: str) -> str:
    """A series by name: no figure is shown without it."""
    return t(f"series.{series}")


def moved(
    t: Text,
    series: str,
    store: str,
    on: date,
    before: float | None,
    after: float | None,
    due_to_kind: str | None = None,
) -> str:
    """That a series rose or fell, from what to what; a score that its store moved has done neither."""
    key = "moved.rose" if (after or 0) > (before or 0) else "moved.fell"
    if due_to_kind in ("reweighted", "reset"):
        key = f"moved.{due_to_kind}"
    return t(
        key, series=series_name(t, series), store=t.store(store), day=t.day(on), before=t.stars(before),
        after=t.stars(after),
    )  # fmt: skip


def size(t: Text, row: ChangePoint | News) -> str:
    """By how much, with its interval."""
    return with_interval(t, row.size, row.low, row.high)


def event_words(t: Text, store: str, event: SeriesEvent | ConfoundingEvent) -> str:
    """What happened: what the analysis detected in words, what somebody noted as they wrote it."""
    before, after = event.value_before, event.value_after
    if event.kind == "reset" and before is not None and after is not None:
        return t("events.reset_found", before=round(before), after=round(after))
    if event.kind == "reweighted" and before is not None and after is not None:
        return t("events.reweighted_found", before=t.stars(before), after=t.stars(after))
    name = t(f"events.{event.kind}") if event.kind in KINDS else short(plain(event.kind), 30)
    # Google Play is asked by language, the App Store by country.
    kind = "country" if store == "app_store" else "language"
    told = t.place(f"{kind}:{event.place}") if event.place else short(plain(event.label), 120)
    return t("events.noted", kind=name, label=told) if told.strip() else name


def measured(t: Text, rows: Sequence[AuditFigure]) -> dict[str, str | int]:
    """The rate of the figure that stands on most trials, with its interval."""
    row = max(rows, key=lambda r: r.trials)
    rates = {"rate": t.percent(row.rate), "low": t.percent(row.low), "high": t.percent(row.high)}
    return {**rates, "trials": row.trials}
