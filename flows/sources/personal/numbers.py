"""Runs of digits: My Number, corporate and card numbers, and whatever else is too long to be harmless.

Every run of twelve digits, in whatever form it is written, counts as a My Number. Its check digit is no
help: one in ten random runs passes it, and to keep a real one is forbidden by law (Act on the Use of
Numbers to Identify a Specific Individual, article 20). Longer runs are never kept either, because a
My Number may stand inside them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from stdnum import luhn
from stdnum.jp import cn

from flows.sources.personal.marks import CARD_NUMBER, CORPORATE_NUMBER, MY_NUMBER, NUMBER, Span

GROUP = re.compile(r"[0-9]+")
_RUN = re.compile(r"[0-9](?:[\s\-]{0,5}[0-9]){6,}")
# Groups of equal length parted by something else than space or hyphen. Amounts (1,000,000,000) and
# times (20/04/14 12:30:45) have groups of three and two, so those are taken with dots and signs only.
_X1 = r"[\s\-.,/_:;|~〜()・、。「」の〒*#=!?<>{}\"'&+\\^]"
_X = rf"{_X1}{{1,4}}"
_DOT = r"[\s\-]?[.・*|_][\s\-]?"
_TWELVE_LOOSE = re.compile(rf"[0-9](?:{_X1}{{0,4}}[0-9]){{11}}")
_EVEN = re.compile(
    rf"(?<![0-9])(?:[0-9]{{4}}(?:{_X}[0-9]{{4}}){{2,4}}|[0-9]{{6}}{_X}[0-9]{{6}}|[0-9]{{4}}{_X}[0-9]{{6}}{_X}[0-9]{{5}}|(?:[0-9]{_X}){{11}}[0-9]"
    rf"|(?:[0-9]{{3}}{_DOT}){{3}}[0-9]{{3}}|(?:[0-9]{{2}}{_DOT}){{5}}[0-9]{{2}}"
    rf"|[0-9]{{8}}[/_:;|・、の*]{{1,2}}[0-9]{{4}}|[0-9]{{4}}[/_:;|・、の*]{{1,2}}[0-9]{{8}})(?![0-9])"
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}[^0-9]+(?:19|20)[0-9]{2}[^0-9]+(?:19|20)[0-9]{2}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_VERSIONS = re.compile(r"(?:[0-9](?:\.[0-9]){0,3}[、,]\s?)+[0-9](?:\.[0-9]){0,3}")
# Letters that stand for a digit they look like; eight real digits make the run a number all the same.
_LOOKALIKE = re.compile(r"(?<![A-Za-z0-9])[0-9OoIl](?:[\s\-.]?[0-9OoIl]){11,}(?![A-Za-z0-9])")
_LOOKALIKE_DIGITS, _CAPITAL_DIGITS = 8, 6
# "1234, then 5678 and at last 9012": behind the label from further away than without it.
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COUNTER = re.compile(
    r"\s?(?:[年月日時分秒回円人枚桁歳才代度%台個件点割倍階つヶ系形型版号章条名社店票行字週泊巻番年]"
    r"|か月|文字|mb|gb|px|km|yen|usd|eur|jpy|[€$£₽]|people|times|users|years?|days?|months?|hours?|min|digits?|stars?|points?)",
    re.I,
)
_CURRENCY = "$€£¥￥₽"
_MY_NUMBER_WORD = re.compile(
    r"マイナンバ-|ﾏｲﾅﾝﾊﾞ-|個人番号|[Mm][Yy]\s?[Nn](?:umber|UMBER)(?![A-Za-z])|個人ナンバ-"
)
_THREE_FOURS = re.compile(r"[0-9]{4}.{1,10}?[0-9]{4}.{1,10}?[0-9]{4}", re.S)
_GAP_BARE, _GAP_LABELLED = 8, 20
_MY_NUMBER_DIGITS = 12


def numbers(plain: str, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """Long runs in a page's text, less the telephone numbers in them."""
    if _TWELVE_LOOSE.search(plain):
        for m in _EVEN.finditer(plain):
            if not _is_harmless(m.group()):
                yield from _even(plain, *m.span())
    for m in _RUN.finditer(plain):
        yield from _run(plain, *m.span(), phones)
    for m in _LOOKALIKE.finditer(plain):
        shown = re.sub(r"[^0-9OoIl]", "", m.group())
        least = _LOOKALIKE_DIGITS if "o" in shown or "l" in shown else _CAPITAL_DIGITS
        if not shown.isdigit() and sum(c.isdigit() for c in shown) >= least:
            yield *m.span(), MY_NUMBER if len(shown) == 12 else NUMBER


def _even(plain: str, start: int, end: int) -> Iterator[Span]:
    groups = [m.span() for m in GROUP.finditer(plain, start, end)]
    if len(groups) in (4, 5) and _YEAR.fullmatch(plain[slice(*groups[0])]):
        # "in 2021. 1234/5678/9012": the sentence before ended with a year.
        del groups[0]
    yield groups[0][0], end, mark_of("".join(plain[slice(*g)] for g in groups))


def _is_harmless(written: str) -> bool:
    """Three years; a date and a time such as 20201014_1230; versions one after the other (4.5.2, 4.6)."""
    if _YEARS.fullmatch(written) or _DATE.match(written):
        return True
    return "." in written and bool(_VERSIONS.fullmatch(written))


def _run(plain: str, start: int, end: int, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """A run of digits with nothing but spaces and hyphens in it, less the telephone numbers in it."""
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
    if len(digits) < 12:
        return
    groups = list(GROUP.finditer(plain, start, end))
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


def worded(plain: str) -> Iterator[Span]:
    """Numbers in a page's text whose groups are parted by words: three or more groups of four, or twelve
    digits behind the words "My Number"."""
    labels = [m.end() for m in _MY_NUMBER_WORD.finditer(plain)]
    if not labels and not _THREE_FOURS.search(plain):
        return
    groups = [m.span() for m in GROUP.finditer(plain) if not _counts(plain, *m.span())]
    yield from _fours(plain, groups)
    for label in labels:
        yield from _behind(plain, groups, label)


def _counts(plain: str, start: int, end: int) -> bool:
    """Whether a group says how many or when."""
    return bool(_COUNTER.match(plain, end)) or plain[max(0, start - 1) : start] in (*_CURRENCY,)


def _fours(plain: str, groups: list[tuple[int, int]]) -> Iterator[Span]:
    chain: list[tuple[int, int]] = []
    for start, end in [*groups, (len(plain) + 99, len(plain) + 99)]:
        is_four = end - start == 4 and not _YEAR.fullmatch(plain[start:end])
        if chain and (not is_four or start - chain[-1][1] > _GAP_BARE):
            if len(chain) > 2:
                digits = "".join(plain[slice(*g)] for g in chain)
                yield chain[0][0], chain[-1][1], mark_of(digits)
            chain = []
        if is_four:
            chain.append((start, end))


def _behind(plain: str, groups: list[tuple[int, int]], label: int) -> Iterator[Span]:
    total, at = 0, label
    first: int | None = None
    for start, end in groups[bisect_left(groups, (label, 0)) :][:_MY_NUMBER_DIGITS]:
        if start - at > _GAP_LABELLED:
            return
        first = start if first is None else first
        total += end - start
        at = end
        if total >= _MY_NUMBER_DIGITS:
            if total == _MY_NUMBER_DIGITS:
                yield first, end, MY_NUMBER
            return
