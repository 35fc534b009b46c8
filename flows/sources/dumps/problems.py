"""Why a row is put aside. The codes are stable: they are counted, shown and asked for by name.

A row is (number, values, problem): the values in the order of the layout's fields, or the reason why there
are none. Whatever is wrong with one row, the next one is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flows.redaction.digits import DIGITS
from flows.redaction.gate import passed_pair, passed_start

# A field longer than this is no review: both stores stop at 6,000 characters.
LONGEST_FIELD = 100_000
MOST_SHOWN = 200
"""Rows put aside for one reason in one part of a file (20,000 rows) of which something is shown: the gate
reads
what is shown, which takes longer than all else that is done to a row. The others are counted and named."""
LONGEST_RECORD = 16 << 20
"""Characters of a line, a record, a JSON element. What is longer is put aside and never held whole."""
MARKS = re.compile("[\udc00-\udcff]")
"""What bytes that do not decode become (`streams`)."""
_EXCERPT = 500
_SHOWN = 400
_READ = 4_000
_DIGITS_HIDDEN = {ord(c): "#" for c in (*"0123456789", *DIGITS)}

REMEDIES = {
    "no_text_and_no_rating": "A review needs a text or stars; nothing is lost by leaving the row out.",
    "rating_out_of_range": "Stars are whole numbers from 1 to 5; mend the value at its source.",
    "unreadable_date": "Write dates as 2026-03-01 or 2026-03-01 12:30:00, from 2008 to the day after the "
    "dump was made (--seen-at).",
    "ambiguous_date": "The day may be the month or the year: say --dates mdy (US), dmy or ymd for the whole "
    "file.",
    "wrong_encoding": "The bytes do not fit the file's encoding; save it as UTF-8 or name --encoding.",
    "nul_byte": "Remove the NUL bytes; they come from a damaged or binary file.",
    "field_too_large": f"No field may be longer than {LONGEST_FIELD:,} characters; cut or remove it.",
    "not_an_object": "Every line or element must be a JSON object with named fields.",
    "missing_field": "Fill the field, or give it for the whole file with an option.",
    "not_an_app_id": "The value is no app's id in a store; mend it, or name another column with --map.",
    "unknown_store": "The store must be Google Play or the App Store; other stores' reviews are not kept.",
    "my_number": "No id may be a My Number or look like one (12 digits); name another column with --map.",
    "unreadable_json": "The line or element is not JSON; write the dump again.",
    "unreadable_xml": "The XML is damaged from here on; fetch the feed again. The entries before it went in.",
    "unreadable_number": "Write counts and scores as plain numbers.",
    "bad_csv": "Give the row as many columns as the header has, and close its quotes.",
    "cut_short": "The file ends in the middle; fetch it again. The rows before the end went in.",
}


class BadRow(Exception):
    """One row cannot become a record. `reason` is a key of REMEDIES; `field` the field at fault."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field

    @property
    def remedy(self) -> str:
        """What the owner of the file can do."""
        return REMEDIES[self.reason]


def excerpt(named: Iterable[tuple[str, object]]) -> str | None:
    """The row's fields after the gate, at most 500 characters. Authors' fields must not be among them."""
    fields = {name: value for name, value in named if value not in (None, "")}
    title, body = fields.get("title"), "content" if "content" in fields else "text"
    text = fields.get(body)
    if isinstance(title, str) and isinstance(text, str):
        # As one, because a number may begin in the one and end in the other.
        fields["title"], fields[body], _ = passed_pair(title[:_READ], text[:_READ])
    return excerpt_of("; ".join(f"{name}: {value}" for name, value in fields.items()))


def fragment_of(raw: str) -> str | None:
    """As `excerpt_of`, for a line of a record that fell apart: with "#" for every digit, because the rest of
    a number may stand in the next line, which is put aside on its own."""
    out = excerpt_of(raw)
    return None if out is None else out.translate(_DIGITS_HIDDEN)


def excerpt_of(raw: str) -> str | None:
    """A text after the gate, at most 500 characters."""
    return passed_start(raw, _EXCERPT)


Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row has no values, and what of it may be shown (already through the gate)."""

    bad: BadRow
    excerpt: str | None = None


Row = tuple[int, Values | None, Problem | None]


def problem_with(reason: str, at_fault: object, values: Values, names: Sequence[str]) -> Problem:
    """The problem of a row one of whose values cannot be read; `names` are the fields of `values`."""
    field = next((n for n, v in zip(names, values, strict=True) if v is at_fault), None)
    # A number in a foreign encoding cannot be recognised, so undecodable values are not shown at all.
    shown = "; ".join(
        f"{n}: {passed_start(v, _SHOWN) or ''}"
        for n, v in zip(names, values, strict=True)
        if isinstance(v, str) and v and not MARKS.search(v)
    )
    return Problem(BadRow(reason, field), excerpt_of(shown))
