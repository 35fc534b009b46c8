"""What the readers of CSV and JSON have in common: a row, or the reason why there is none.

A row is (number, values, problem): the values in the order of the layout's fields, or the reason why there
are none. Whatever is wrong with one row, the next one is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flows.redaction.gate import passed_start
from flows.sources.dumps.formats import Layout
from flows.sources.dumps.problems import BadRow, excerpt_of

Values = tuple[Any, ...]
# A field of ten megabytes is read whole, so that the row after it is found; a quote or a bracket that is
# never closed is given up after so many characters.
_SHOWN = 400
LONGEST_RECORD = 16 << 20
MARKS = re.compile("[\udc00-\udcff]")
"""What bytes that do not decode become (`streams`)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row has no values, and what of it may be shown (already through the gate)."""

    bad: BadRow
    excerpt: str | None = None


Row = tuple[int, Values | None, Problem | None]


def problem_with(reason: str, at_fault: str, values: Values, layout: Layout) -> Problem:
    names = layout.format.field_names()
    field = next((n for n, v in zip(names, values, strict=True) if v is at_fault), None)
    # A number in a foreign encoding cannot be recognised, so undecodable values are not shown at all.
    shown = "; ".join(
        f"{n}: {passed_start(v, _SHOWN) or ''}"
        for n, v in zip(names, values, strict=True)
        if isinstance(v, str) and v and not MARKS.search(v)
    )
    return Problem(BadRow(reason, field), excerpt_of(shown))
