"""The gate: what every text and time passes before it touches the disk.

Authors never come here: a source that reads a name drops it. Texts lose personal numbers
(`flows.redaction.spans`), control characters and foreign line ends; times become aware UTC.
What is kept of a redaction is that it was made; never what stood there, nor a hash of it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from flows.redaction import CARD_NUMBER
from flows.redaction.digits import DIGITS
from flows.redaction.prefilter import glance, is_worth_reading, may_hold_number
from flows.redaction.spans import spans

# C0 without tab and line feed, DEL, the other line ends, and halves of surrogate pairs.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# One mark can bring a label and the next number together, so a text is read until nothing is found.
_READINGS = 4
_LONGEST_FIELD = 100
# Ids that machines draw at random.
_RANDOM = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|(?<![0-9a-zA-Z])[0-9a-fA-F]{16,64}(?![0-9a-zA-Z])"
)
# The longest way that a number may be written.
_FURTHEST = 400


def redact(text: str) -> tuple[str, int]:
    """The text with personal numbers replaced by typed marks, and how many were replaced.

    Doing it again changes nothing.
    """
    return _redacted(text) if may_hold_number(text) else (text, 0)


def _redacted(text: str) -> tuple[str, int]:
    made = 0
    for _ in range(_READINGS):
        found = spans(text)
        if not found:
            break
        text = _replaced(text, 0, found)
        made += len(found)
    return text, made


def _replaced(text: str, offset: int, found: list[tuple[int, int, str]]) -> str:
    pieces = []
    at = 0
    for start, end, mark in found:
        pieces += [text[at : start - offset], mark]
        at = end - offset
    return "".join([*pieces, text[at:]])


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
    seen = glance(text)
    if seen is None:
        return (None if text.isspace() else text), 0
    cleaned = clean(text)
    if not cleaned or cleaned.isspace():
        return None, 0
    if cleaned is not text:
        seen = glance(cleaned)
    return _redacted(cleaned) if seen and is_worth_reading(cleaned, seen) else (cleaned, 0)


def passed_pair(title: str | None, text: str | None) -> tuple[str | None, str | None, int]:
    """Title and text of one entry through the gate, read as one: a number may begin in the title and end in
    the text, and a title may be the label of the text's number."""
    title, in_title = passed(title)
    text, in_text = passed(text)
    made = in_title + in_text
    if title is None or text is None:
        return title, text, made
    # A line ends with the title; a number that goes on in the text is in one piece without it.
    for joint in ("\n", "") if _goes_on(title[-1]) and _goes_on(text[0]) else ("\n",):
        title, text, more = _joined(title, text, joint)
        made += more
    return title, text, made


def _joined(title: str, text: str, joint: str) -> tuple[str, str, int]:
    made = 0
    if not may_hold_number(f"{title}{joint}{text}"):
        return title, text, made
    for _ in range(_READINGS):
        ends, border = len(title), len(title) + len(joint)
        found = spans(f"{title}{joint}{text}")
        if not found:
            break
        # What reaches over the border leaves its mark on either side of it.
        before = [(s, min(e, ends), m) for s, e, m in found if s < ends]
        behind = [(max(s, border), e, m) for s, e, m in found if e > border]
        title, text = _replaced(title, 0, before), _replaced(text, border, behind)
        made += len(found)
    return title, text, made


def _goes_on(c: str) -> bool:
    return c in DIGITS or not c.isalpha()


def passed_start(text: str, longest: int) -> str | None:
    """At most `longest` characters of a text's beginning, through the gate: no number is parted by the cut.

    The text may be of any length; only its beginning is read.
    """
    taken, ahead = longest * 4, longest * 4 + _FURTHEST
    head = clean(text[:ahead])
    if len(text) > taken and may_hold_number(head):
        taken = next((start for start, end, _ in spans(head) if start < taken < end), taken)
    out, _ = passed(head[:taken])
    return out[:longest] if out else None


@lru_cache(maxsize=4096)
def passed_field(value: str | None) -> str | None:
    """A short field that is no text (version, screen, device, language) through the gate, at most 100
    characters long; None for one that is missing or blank. People write into such fields, too."""
    return passed_start(value.strip(), _LONGEST_FIELD) if value else None


def is_harmless(word: str) -> bool:
    """Whether an id or a key may be kept as it is: the gate would change nothing in it.

    Twelve digits in a row within a longer random hexadecimal number are chance, unless they are a card's.
    """
    return clean(word) == word and not redact(_RANDOM.sub(_unless_card, word))[1]


def _unless_card(found: re.Match[str]) -> str:
    is_card = found[0].isdigit() and redact(found[0])[0] == CARD_NUMBER
    return found[0] if is_card else "x"


def shown(name: str) -> str:
    """A file's name, or a message that may quote one, as it may be printed and kept."""
    return redact(clean(name))[0]


def to_utc(value: datetime, zone: tzinfo) -> datetime:
    """The moment in UTC; a naive time is read in `zone`."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)
