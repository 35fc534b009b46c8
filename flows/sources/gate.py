"""The gate: what every text and time passes before it touches the disk.

Authors never come here: a source that reads a name drops it. Texts lose personal numbers
(`flows.sources.redaction`), control characters and foreign line ends; times become aware UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from flows.sources.digits import may_hold_number
from flows.sources.redaction import spans

# C0 without tab and line feed, DEL, the other line ends, and halves of surrogate pairs.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def redact(text: str) -> tuple[str, int]:
    """The text with personal numbers replaced by typed marks, and how many were replaced.

    Doing it again changes nothing.
    """
    if not may_hold_number(text):
        return text, 0
    found = spans(text)
    if not found:
        return text, 0
    pieces = []
    at = 0
    for start, end, mark in found:
        pieces += [text[at:start], mark]
        at = end
    return "".join([*pieces, text[at:]]), len(found)


def clean(text: str) -> str:
    """The text with line feeds as line ends, without control characters and lone surrogates."""
    if text.isprintable() or _UNCLEAN.search(text) is None:
        return text
    text = _LINE_END.sub("\n", text)
    text = _CONTROL.sub("", text)
    return _SURROGATE.sub("\ufffd", text)


def passed(text: str | None) -> tuple[str | None, int]:
    """One text through the whole gate; None for a text that is missing or blank."""
    if not text:
        return None, 0
    cleaned = clean(text)
    if not cleaned or cleaned.isspace():
        return None, 0
    return redact(cleaned)


def to_utc(value: datetime, zone: tzinfo) -> datetime:
    """The moment in UTC; a naive time is read in `zone`."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
