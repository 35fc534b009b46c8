"""The colours and marks by which series are told apart, on the page and in a saved picture. Pure.

Colours hold at least 3:1 against both backgrounds of .streamlit/config.toml (WCAG 2.2, 1.4.11) and stay
apart for colour-blind readers (after Okabe and Ito).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dashboard.i18n import Text
from dashboard.queries import Scope

DISPLAYED = "#2479BD"
REVIEWED = "#C8690A"
QUIET = "#7F8898"
GOOD = "#1B9A77"
MIDDLING = "#B98300"
BAD = "#CC5A2E"
ALPHA = "#A0618F"
SMALL = 10
"""Fewer rated reviews than this are marked: their mean says little."""

Kind = Literal["line", "dash", "ring", "rule", "block"]
Legend = Sequence[tuple[str, str, str]]
"""Kind of mark, name and explanation of each series, in the order of importance."""


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a series in a saved picture, with the mark it is drawn by."""

    name: str
    kind: Kind
    colour: str


# How each kind of mark of a legend is drawn in a saved picture; style.css draws them on the page.
_MARKS: dict[str, tuple[Kind, str]] = {
    "a0": ("line", DISPLAYED),
    "a1": ("dash", DISPLAYED),
    "b": ("line", REVIEWED),
    "small": ("ring", REVIEWED),
    "release": ("rule", QUIET),
    "count": ("block", REVIEWED),
    "before": ("rule", QUIET),
    "sentiment": ("line", REVIEWED),
    "topics": ("line", DISPLAYED),
    "complete": ("block", GOOD),
    "partial": ("block", MIDDLING),
    "failed": ("block", BAD),
    "alpha": ("line", ALPHA),
    "after": ("block", REVIEWED),
    "change-A": ("block", DISPLAYED),
    "change-B": ("block", REVIEWED),
}


def names(entries: Legend) -> list[Name]:
    """The entries of a legend for a saved picture."""
    return [Name(name, *_MARKS[kind]) for kind, name, _ in entries]


def chart_words(t: Text) -> dict[str, str]:
    """The words that charts of ratings need."""
    keys = (
        "rating", "displayed", "reviewed", "when", "n", "mean", "low", "high", "version", "stars", "share",
        "before",
    )  # fmt: skip
    return {k: t(f"chart.{k}") for k in keys}


def period_words(t: Text, first: date, last: date) -> str:
    """The days of a period, or its one day."""
    return t.day(first) if first == last else t.days(first, last)


def compared(t: Text, scope: Scope, n: int | None, known_from: date) -> str:
    """With which days the span is compared; `n` is how many reviews those have."""
    before = scope.before()
    if not n:
        return t("compared.nothing")
    key = "compared.partly" if before.first < known_from else "compared.whole"
    return t(key, span=t.days(before.first, before.last), n=n, day=t.day(known_from))


DateFormat = str | dict[str, str]
"""How a time axis writes its days: a d3 format, or one for each unit that a tick may begin."""


def date_format(t: Text, days: int) -> DateFormat:
    """By day on short spans, else by month; a year stands where it begins and is not said again."""
    if days <= 120:
        return t("dates.axis_day")
    return {"year": t("dates.axis_year"), "quarter": t("dates.axis_month"), "month": t("dates.axis_month")}


def grain_of(days: int) -> str:
    """By what a span is counted: short ones by day, a year by week, longer ones by month."""
    if days <= 31:
        return "day"
    return "week" if days <= 400 else "month"
