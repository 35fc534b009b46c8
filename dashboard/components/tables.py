"""The figures behind the charts as tables: for eyes in words, for CSV as values. Pure.

A page says which columns its table has; a column's head (`columns.<name>`) and the way in which its values
are written hang on its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.analysis import TopicChange

LOOKED_AT = 400
"""So many rows are shown; a download has all."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the heads of their columns, and the text of the first cells."""

    rows: Sequence[Mapping[str, object]]
    columns: Mapping[str, str]
    cells: Sequence[Sequence[str | None]]

    def numeric(self) -> set[int]:
        """The places of the columns whose values are numbers."""
        return {
            place
            for place, column in enumerate(self.columns)
            if any(_is_number(r.get(column)) for r in self.rows[:LOOKED_AT])
        }


def table(t: Text, rows: Sequence[T], columns: str, /, **made: Callable[[T], object]) -> Table:
    """`rows` as a table of `columns`, named in a string: fields of the rows, or what `made` makes of a row.
    Moments are those of the zone, with their offset from UTC.

    Of a row with words its row's fields; the words are for `made`.
    """
    names = columns.split()
    values = [{c: t.in_zone(made[c](row) if c in made else _field(row, c)) for c in names} for row in rows]
    cells = [[_cell(t, c, v[c]) for c in names] for v in values[:LOOKED_AT]]
    return Table(values, {c: t(f"columns.{c}") for c in names}, cells)


def _field(row: object, column: str) -> object:
    return getattr(row.row if isinstance(row, Worded) else row, column)


def topics(t: Text, rows: Sequence[TopicChange]) -> Table:
    """Topics in two spans; changes are in percentage points."""
    return table(
        t, rows,
        "topic n share n_negative n_neutral n_positive mean share_before share_change share_change_low"
        " share_change_high",
        topic=lambda r: r.label(t.language), share_change=lambda r: r.change,
        share_change_low=lambda r: r.change_low, share_change_high=lambda r: r.change_high,
    )  # fmt: skip


def share(n: int, of: int) -> float | None:
    """A part of a whole; None of nothing."""
    return n / of if of else None


def _cell(t: Text, column: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    for beginning, shows in _BY_NAME.items():
        if column.startswith(beginning):
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


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _effect(t: Text, value: float) -> str:
    return t.signed(value, 3)


def _three_places(_: Text, value: float) -> str:
    return f"{value:.3f}"


def _four_places(_: Text, value: float) -> str:
    return f"{value:.4f}"


# By the beginning of a column's name; the first that fits speaks.
_BY_NAME: dict[str, Callable[[Text, Any], str]] = {
    "verdict": lambda t, v: t(f"verdict.{v}"),
    "signal": lambda t, v: t(f"alpha.topic_{v}"),
    "purpose": lambda t, v: t(f"alpha.purpose_{v}"),
    "alpha_": Text.percent,
    "share_effect": _effect,
    "mean_effect": _effect,
    "total_effect": _effect,
    "p_value": _four_places,
    "q_value": _four_places,
    "store_app_id": lambda _, v: str(v),
    "store": Text.store,
    "displayed_country": lambda t, v: t.place(f"country:{v}"),
    "country": lambda t, v: t.place(f"country:{v}"),
    "last_outcome": lambda t, v: t(f"coverage.{v}"),
    "last_reason": lambda t, v: t.named(f"reason.{v}", v),
    "outcome": lambda t, v: t(f"coverage.{v}"),
    "reason": lambda t, v: t.named(f"reason.{v}", v),
    "asked_for": lambda t, v: t.named(f"asked.{v}", v),
    "place": Text.place,
    "kind": lambda t, v: t.named(f"redacted.{v}", v),
    "finished_at": Text.moment,
    "passes": lambda t, v: t("audit.passes" if v else "audit.fails"),
    "rate": Text.percent,
    "effect": Text.signed,
    "size": Text.signed,
    "series": lambda t, v: t(f"series.{v}"),
    "nearest_release": Text.version,
    "changed_on": Text.day,
    "value": _three_places,
    "baseline": _three_places,
    "majority": _three_places,
    "int8": _effect,
    "share_change": Text.points,
    "share": Text.percent,
    "corrected": Text.percent,
    "change": Text.signed,
    "version": Text.version,
}
