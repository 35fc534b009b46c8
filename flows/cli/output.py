"""Printing rows: a table for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flows.console import counted

_WIDEST = 60
Rows = Sequence[Sequence[Any]]


def render(names: Sequence[str], rows: Rows, form: str) -> str:
    """Rows as `table`, `csv` or `json`, ending with a line break.

    Control characters of a table's cells are shown escaped: a review must not move the cursor.
    """
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[_plain(v) for v in row] for row in rows])
        return out.getvalue()
    if form == "json":
        return json.dumps(
            [dict(zip(names, map(_plain, row), strict=True)) for row in rows],
            ensure_ascii=False, indent=1, default=str,
        ) + "\n"  # fmt: skip
    return _table(names, rows)


def _table(names: Sequence[str], rows: Rows) -> str:
    cells = [[_cell(v) for v in row] for row in rows]
    widths = [max([_width(n), *(_width(row[i]) for row in cells)]) for i, n in enumerate(names)]
    lines = [list(names), ["-" * w for w in widths], *cells]
    text = "\n".join(
        "  ".join(_pad(c, w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return f"{text}\n({counted(len(rows), 'row')})\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.1f}"
    text = str(_plain(value))
    text = "".join(" " if _moves_the_cursor(c) else c for c in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _moves_the_cursor(character: str) -> bool:
    """Control characters and the line and paragraph separators of Unicode."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
