"""Runs of digits: My Number, corporate and card numbers, and whatever else is too long to be harmless.

Every run of twelve digits, in whatever form it is written, counts as a My Number. Its check digit is no
help: one in ten random runs passes it, and to keep a real one is forbidden by law (Act on the Use of
Numbers to Identify a Specific Individual, article 20). Longer runs are never kept either, because a
My Number may stand inside them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from stdnum import luhn
from stdnum.jp import cn

from flows.redaction.marks import CARD_NUMBER, CORPORATE_NUMBER, MY_NUMBER, NUMBER, Span
from flows.redaction.ordinary import GROUP, is_list, is_named, is_stamp, is_years, parts_of

_RUN = re.compile(r"[0-9](?:[\s\-]{0,5}[0-9]){6,}")
# Groups of equal length parted by whatever is no letter; by the same sign, also two groups of any length.
_X1 = r"[\W_の]"
_X = rf"{_X1}{{1,6}}"
_TWELVE_LOOSE = re.compile(rf"[0-9](?:{_X1}{{0,6}}[0-9]){{11}}")
_EVEN = re.compile(
    rf"(?<![0-9])(?:[0-9]{{4}}(?:{_X}[0-9]{{4}}){{2,4}}|[0-9]{{6}}{_X}[0-9]{{6}}|[0-9]{{4}}{_X}[0-9]{{6}}{_X}[0-9]{{5}}|(?:[0-9]{_X}){{11}}[0-9]"
    rf"|(?<![0-9],)(?:[0-9]{{3}}{_X}){{3}}[0-9]{{3}}(?!,[0-9]{{3}})|(?:[0-9]{{2}}{_X}){{5}}[0-9]{{2}})(?![0-9])"
)
_TWO = re.compile(r"(?<![0-9])([0-9]{3,9})[/_:;|・、の*~=+&#]{1,2}([0-9]{3,9})(?![0-9])")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MY_NUMBER_DIGITS = 12


def numbers(plain: str, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """Long runs in a page's text, less the telephone numbers in them."""
    if _TWELVE_LOOSE.search(plain):
        for m in _EVEN.finditer(plain):
            if not is_list(plain, *m.span()):
                yield from _even(plain, *m.span())
        for m in _TWO.finditer(plain):
            if len(m[1]) + len(m[2]) == _MY_NUMBER_DIGITS and not is_stamp(m[0]):
                yield *m.span(), MY_NUMBER
    for m in _RUN.finditer(plain):
        yield from _run(plain, *m.span(), phones)


def _even(plain: str, start: int, end: int) -> Iterator[Span]:
    groups = [m.span() for m in GROUP.finditer(plain, start, end)]
    if (
        len(groups) in (4, 5)
        and len(plain[slice(*groups[0])]) == 4
        and _YEAR.fullmatch(plain[slice(*groups[0])])
    ):
        # "in 2021. 1234/5678/9012": the sentence before ended with a year.
        del groups[0]
    yield groups[0][0], end, mark_of("".join(plain[slice(*g)] for g in groups))


def _run(plain: str, start: int, end: int, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """A run of digits, spaces and hyphens, less what is ordinary or a telephone number."""
    if count(plain, start, end) < _MY_NUMBER_DIGITS:
        return
    if count(plain, start, end) > _MY_NUMBER_DIGITS:
        for s, e in sorted(parts_of(plain, start, end)):
            if s >= start:
                yield from _run(plain, start, s, phones)
                start = e
    inside = []
    for phone in phones[bisect_right(phones, (start, start), key=lambda p: (p[1], start)) :]:
        if phone[0] >= end:
            break
        inside.append(phone)
    if inside and count(plain, start, end) != 12:
        for s, e in inside:
            yield from _long(plain, start, s)
            start = e
    elif any(s <= start and end <= e for s, e in inside):
        return
    yield from _long(plain, start, end)


def _long(plain: str, start: int, end: int) -> Iterator[Span]:
    digits = "".join(GROUP.findall(plain, start, max(start, end)))
    groups = list(GROUP.finditer(plain, start, max(start, end)))
    if len(digits) < _MY_NUMBER_DIGITS or (is_years([g[0] for g in groups]) and not is_named(plain, start)):
        return
    yield groups[0].start(), groups[-1].end(), mark_of(digits)


def mark_of(digits: str) -> str:
    """The mark of twelve digits or more."""
    if len(digits) == 12:
        return MY_NUMBER
    if len(digits) == 13 and cn.is_valid(digits):
        return CORPORATE_NUMBER
    if 14 <= len(digits) <= 19 and luhn.is_valid(digits):
        return CARD_NUMBER
    return NUMBER


def count(plain: str, start: int, end: int) -> int:
    """How many digits stand there."""
    return sum(len(g) for g in GROUP.findall(plain, start, end))
