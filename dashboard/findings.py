"""Findings in words: what changed, from what to what, and how sure that is. Pure: rows in, sentences out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dashboard.text import Text

Row = Mapping[str, Any]
Direction = Literal["up", "down", "flat", "unknown"]
Z95 = 1.959964
EDGE_DAYS = 30
"""The beginning and the end of a span are its first and last so many days, at most a half each."""
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


def difference(now: Row, before: Row) -> Change:
    """The change of the mean between two rows of `rating_span`: independent spans, variances add."""
    if not now["n"] or not before["n"]:
        return Change(None, None, None)
    value = now["mean"] - before["mean"]
    reach = Z95 * math.hypot(now["sd"], before["sd"])
    return Change(value, value - reach, value + reach)


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


def displayed_sentence(t: Text, snapshots: Sequence[Row]) -> list[str]:
    """One sentence a store on series A; `snapshots` as `displayed_scores` gives them."""
    said = []
    for store in dict.fromkeys(s["store"] for s in snapshots):
        of_store = [s for s in snapshots if s["store"] == store]
        first, last = of_store[0], of_store[-1]
        values = {
            "store": t.store(store),
            "first": t.score(first["displayed_score"]),
            "last": t.score(last["displayed_score"]),
            "first_day": t.day(first["observed_at"]),
            "last_day": t.day(last["observed_at"]),
        }
        if len(of_store) == 1:
            said.append(t("finding.displayed_once", **values))
        else:
            moved = round(last["displayed_score"], 1) - round(first["displayed_score"], 1)
            way = "rose" if moved > 0.05 else "fell" if moved < -0.05 else "stayed"
            said.append(t(f"finding.displayed_{way}", **values))
    return said


def reviewed_sentence(t: Text, start: Row, end: Row, days: int) -> str:
    """Series B at the beginning and the end of the span; rows as `rating_span` gives them."""
    change = difference(end, start)
    if change.direction == "unknown":
        return t("finding.reviewed_unknown", days=days)
    values = {
        "days": days,
        "first": t.stars(start["mean"]),
        "last": t.stars(end["mean"]),
        "first_n": t.number(start["n"]),
        "last_n": t.number(end["n"]),
        "low": t.stars(end["low"]),
        "high": t.stars(end["high"]),
        "numbers": change_numbers(t, change),
    }
    return t(f"finding.reviewed_{change.direction}", **values)


def edge_days(days: int) -> int:
    """How many days the beginning and the end of a span of `days` have."""
    return max(1, min(EDGE_DAYS, days // 2))


def tone_sentence(t: Text, span: Row) -> str:
    """Shares of negative, neutral and positive reviews, or that nothing is classified."""
    if not span["n_classified"]:
        return t("finding.tone_unknown")
    shares = {
        k: t.percent(span[f"n_{k}"] / span["n_classified"]) for k in ("negative", "neutral", "positive")
    }
    return t("finding.tone", n=t.number(span["n_classified"]), **shares)


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
