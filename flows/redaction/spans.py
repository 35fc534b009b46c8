"""Which parts of a text are personal: pure, no I/O, places in the text as it was written.

What counts, and why, is said in `flows.redaction`, one module a kind; `docs/gate.md` lists it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction import MARKS, MY_NUMBER, NUMBER, PHONE, Span
from flows.redaction.addresses import emails, places, urls
from flows.redaction.digits import all_typed, count_digits, fold, is_meant, may_be_typed
from flows.redaction.folded_text import Page, page
from flows.redaction.labelled import labelled
from flows.redaction.numbers import numbers
from flows.redaction.phones import american, phones
from flows.redaction.prefilter import SHORTEST, may_be_spelled, may_hold_number
from flows.redaction.readings import unnumbered, untagged, unwrapped
from flows.redaction.told import spelled, told

# Shorter than this no number is personal by itself, and six digits only behind a label.
_NINE = re.compile(r"[0-9](?:[^0-9A-Za-zぁ-ゖァ-ヺ一-鿿]{0,5}の?[^0-9A-Za-zぁ-ゖァ-ヺ一-鿿]{0,5}[0-9]){8}")
_MY_NUMBER = 12
_PARTED = re.compile(r"[^\w\s\-]|の")
# A list may number the parts of a telephone number, too.
_FEWEST = 9
# An order at Google Play; its first three groups look like a My Number.
_PLAY_ORDER = re.compile(r"(?<![A-Za-z0-9])GPA\.[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{5}(?![0-9])")


def spans(text: str) -> list[Span]:
    """What to redact, as (start, end, mark), in order and without overlaps.

    Overlapping findings become one span: what belongs to either must go.
    """
    bare = untagged(text)
    hints = fold(bare)
    found = [*urls(text), *_read(page(text), hints)]
    if bare != text:
        found += _read(page(bare), hints)
    digits = count_digits(hints)
    joined = unwrapped(bare, hints) if digits >= _MY_NUMBER else bare
    if joined != bare:
        # What has only spaces and hyphens in it needs no joining, and may be a column of years.
        found += [f for f in _read(page(joined), hints) if _PARTED.search(text, *f[:2])]
    counted = unnumbered(bare, hints) if digits >= _FEWEST else bare
    if counted != bare and may_hold_number(counted):
        found += _read(page(counted), hints)
    # O for 0 and I for 1; | and ! may part the groups or be ones.
    if digits >= SHORTEST and may_be_typed(hints.encode("utf-8", "surrogatepass")):
        for other in {bare, counted}:
            for read in all_typed(other):
                found += _typed(other, read, hints)
    if found and "GPA." in text:
        orders = [m.span() for m in _PLAY_ORDER.finditer(text)]
        found = [f for f in found if not any(s <= f[0] and f[1] <= e for s, e in orders)]
    return _merged(sorted(found)) if found else []


def _typed(text: str, read: str, hints: str) -> Iterator[Span]:
    if read == text:
        return
    for start, end, mark in _read(page(read), hints):
        is_number = mark in {MY_NUMBER, NUMBER, PHONE}
        if is_number and is_meant(text[start:end], exactly=mark == MY_NUMBER):
            yield start, end, mark


def _read(read: Page, hints: str) -> Iterator[Span]:
    for start, end, mark in _found(read.text, read.digits, hints):
        yield *read.place(start, end), mark
    for start, end, mark in places(read.said):
        yield *read.place_of_said(start, end), mark


def _found(plain: str, digits: int, hints: str) -> Iterator[Span]:
    yield from emails(plain)
    if may_be_spelled(plain):
        yield from spelled(plain)
    if digits < SHORTEST:
        return
    yield from labelled(plain)
    if digits >= _FEWEST and _NINE.search(plain):
        tel = list(phones(plain))
        tel += [a for a in american(plain) if not any(s < a[1] and a[0] < e for s, e in tel)]
        tel.sort()
        for start, end in tel:
            yield start, end, PHONE
        yield from numbers(plain, tel)
    if digits >= _MY_NUMBER:
        yield from told(plain, hints)


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
