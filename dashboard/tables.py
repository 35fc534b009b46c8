"""The figures behind the charts as tables: for eyes in words, for CSV as values. Pure.

A table is its rows (values), its columns (field to head) and its cells (text in the reader's language).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dashboard.data import Row
from dashboard.text import Text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the heads and the text of their cells."""

    rows: Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]
    cells: Sequence[Sequence[str | None]]


def overview(t: Text, rows: Sequence[Row]) -> Table:
    """Every app in every store."""
    columns = (
        "name", "store", "is_sample", "owner", "displayed_score", "displayed_at", "displayed_country",
        "mean_30d", "low_30d", "high_30d", "n_30d", "share_negative_30d", "share_neutral_30d",
        "share_positive_30d", "change_30d", "change_low", "change_high", "as_of", "last_seen_at",
        "last_outcome", "last_reason", "app", "store_app_id",
    )  # fmt: skip
    return _table(t, rows, columns)


def periods(t: Text, rows: Sequence[Row]) -> Table:
    """Series B by period."""
    return _table(t, rows, ("first_day", "last_day", "n", "mean", "low", "high"))


def displayed(t: Text, rows: Sequence[Row]) -> Table:
    """Series A, newest first."""
    columns = ("observed_at", "store", "country", "displayed_score", "ratings_count", "version")
    return _table(t, list(reversed(rows)), columns)


def versions(t: Text, rows: Sequence[Row]) -> Table:
    """Series B by version."""
    columns = ("version", "store", "n", "mean", "low", "high", "released_on", "first_day", "last_day")
    return _table(t, rows, columns)


def stars(t: Text, span: Row, before: Row) -> Table:
    """The spread of the stars in two spans."""
    rows = [
        {
            "stars": k,
            "n": span[f"n_{k}"],
            "share": _share(span[f"n_{k}"], span["n"]),
            "share_before": _share(before[f"n_{k}"], before["n"]),
        }
        for k in range(5, 0, -1)
    ]
    return _table(t, rows, ("stars", "n", "share", "share_before"))


def topics(t: Text, rows: Sequence[Row]) -> Table:
    """Topics in two spans; changes are in percentage points."""
    shown = [{**r, "topic": r[f"label_{t.language}"]} for r in rows]
    columns = (
        "topic", "n", "share", "n_negative", "n_neutral", "n_positive", "mean", "share_before",
        "share_change", "share_change_low", "share_change_high",
    )  # fmt: skip
    renamed = [{**r, **{f"share_{k}": r[k] for k in ("change", "change_low", "change_high")}} for r in shown]
    return _table(t, renamed, columns)


def _table(t: Text, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    cells = [[_cell(t, c, r[c]) for c in columns] for r in rows]
    return Table(rows, {c: t(f"columns.{c}") for c in columns}, cells)


def _cell(t: Text, column: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    for ends, shows in _BY_NAME.items():
        if column.startswith(ends):
            return shows(t, value)
    if isinstance(value, bool):
        return t("sample.label") if value else None
    if isinstance(value, float):
        return t.stars(value)
    if isinstance(value, int):
        return t.number(value)
    if isinstance(value, date | datetime):
        return t.day(value)
    return str(value)


def _share(n: int, of: int) -> float | None:
    return n / of if of else None


def _reason(t: Text, reason: str) -> str:
    key = f"reason.{reason}"
    return t(key) if t.has(key) else reason


# By the beginning of a column's name; the first that fits speaks.
_BY_NAME: dict[str, Callable[[Text, Any], str]] = {
    "store_app_id": lambda t, v: str(v),
    "store": lambda t, v: t.store(v),
    "displayed_country": lambda t, v: t.place(f"country:{v}"),
    "country": lambda t, v: t.place(f"country:{v}"),
    "last_outcome": lambda t, v: t(f"coverage.{v}"),
    "last_reason": _reason,
    "share_change": lambda t, v: t.points(v),
    "share": lambda t, v: t.percent(v),
    "change": lambda t, v: t.signed(v),
    "version": lambda t, v: t.version(v),
}
