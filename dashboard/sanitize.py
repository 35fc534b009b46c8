"""What people and stores wrote, made harmless before it meets a screen or a spreadsheet.

Review texts, app names, version labels and fetch details come from outside. On screen they are text and
nothing else: no markdown, no direction override, no tower of accents; templates escape what is left.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

# Explicit directional formatting can make a text read as something else (Unicode TR 36, section 3.3), and
# tag characters carry text that nobody sees. Direction is left to the bidi algorithm inside an isolate.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Written languages stack at most a few marks on a letter; more is decoration that covers its neighbours.
_MARKS = 4
_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
# A cell that begins like this is a formula to Excel, LibreOffice and Google Sheets (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Excel reads UTF-8 as such only with this mark.
_BOM = "\ufeff"


def plain(text: str) -> str:
    """`text` without control characters, direction overrides, unseen characters and piled-up marks."""
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _UNSEEN.sub("", _DIRECTION.sub("", text))
    return text if text.isascii() else "".join(_levelled(text))


def label(text: str) -> str:
    """`text` for a widget label that Streamlit reads as markdown: every sign of it stands for itself.

    A word joiner after each colon keeps `:star:` from becoming a picture, which a backslash cannot.
    """
    line = " ".join(plain(text).split())
    return _MARKDOWN.sub(r"\\\1", line).replace(":", ":\u2060")


def short(text: str, longest: int) -> str:
    """The first line of `text`, cut with an ellipsis to at most `longest` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def csv_bytes(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """`rows` as CSV in UTF-8 that a spreadsheet opens as text: a cell that looks like a formula is quoted.

    Numbers stay numbers, so a negative one is left alone; times are ISO 8601.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = list(columns)
    writer.writerow([_cell(n) for n in names])
    for row in rows:
        writer.writerow([_cell(row.get(n)) for n in names])
    return (_BOM + out.getvalue()).encode("utf-8")


def _cell(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = " ".join(str(v) for v in value)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" \n").startswith(_FORMULA) else value
    return value


def _levelled(text: str) -> Iterable[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            yield character
