"""Which parts of a text are personal: pure, no I/O, places in the text as it was written.

What counts, and why, is said in `flows.sources.personal`, one module a kind; `docs/gate.md` lists it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.sources.glance import SHORTEST, may_be_spelled, may_hold_number
from flows.sources.personal.labelled import labelled
from flows.sources.personal.marks import MARKS, PHONE, Span
from flows.sources.personal.numbers import numbers, worded
from flows.sources.personal.online import emails, urls
from flows.sources.personal.page import Page, page
from flows.sources.personal.phones import american, phones
from flows.sources.personal.places import places
from flows.sources.personal.spelled import spelled

# "1) 1234", "・5678", "③ 9012": the numbering of a list stands between the parts of a number.
_NUMBERING = re.compile(
    r"(?:\A|\n)[ \t]*[0-9０-９]{1,2}[.)）．、:：][ \t]*(?=\S)|[①-⑳❶-❿⓵-⓾](?=\s?[0-9０-９])"
)
# Shorter than this no number is personal by itself, and six digits only behind a label.
_NINE = re.compile(
    r"[0-9](?:[^0-9A-Za-zぁ-ゖァ-ヺ一-鿿]{0,5}の?[^0-9A-Za-zぁ-ゖァ-ヺ一-鿿]{0,5}[0-9OoIl]){8}"
)
_MY_NUMBER = 12


def spans(text: str) -> list[Span]:
    """What to redact, as (start, end, mark), in order and without overlaps.

    Overlapping findings become one span: what belongs to either must go.
    """
    found = [*urls(text), *_read(page(text))]
    if "\n" in text or not text.isascii():
        unnumbered = _NUMBERING.sub(_spaces, text)
        if unnumbered != text and may_hold_number(unnumbered):
            found += _read(page(unnumbered))
    return _merged(sorted(found)) if found else []


def _spaces(found: re.Match[str]) -> str:
    """The same length, so that places stay."""
    return "\n" + " " * (len(found.group()) - 1)


def _read(read: Page) -> Iterator[Span]:
    for start, end, mark in _found(read.text, read.digits):
        yield *read.place(start, end), mark
    for start, end, mark in places(read.said):
        yield *read.place_of_said(start, end), mark


def _found(plain: str, digits: int) -> Iterator[Span]:
    yield from emails(plain)
    if may_be_spelled(plain):
        yield from spelled(plain)
    if digits < SHORTEST:
        return
    yield from labelled(plain)
    if _NINE.search(plain):
        tel = list(phones(plain))
        tel += [a for a in american(plain) if not any(s < a[1] and a[0] < e for s, e in tel)]
        tel.sort()
        for start, end in tel:
            yield start, end, PHONE
        yield from numbers(plain, tel)
    if digits >= _MY_NUMBER:
        yield from worded(plain)


def _merged(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end, mark in found:
        if merged and start < merged[-1][1]:
            before = merged[-1]
            first = min(before[2], mark, key=MARKS.index)
            merged[-1] = (before[0], max(before[1], end), first)
        else:
            merged.append((start, end, mark))
    return merged
