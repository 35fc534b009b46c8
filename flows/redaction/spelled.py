"""Numbers spelled in words: ten digits and more in kana or in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.redaction.marks import MY_NUMBER, NUMBER, PHONE, Span

_KANA = {
    "ぜろ": 0, "れい": 0, "まる": 0, "いち": 1, "に-": 2, "に": 2, "さん": 3, "よん": 4, "し": 4, "ご-": 5,
    "ご": 5, "ろく": 6, "なな": 7, "しち": 7, "はち": 8, "きゅう": 9, "きゅ-": 9, "く": 9,
}  # fmt: skip
_WORDS = {
    "zero": 0, "oh": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_KANA_UNIT = f"(?:{'|'.join(sorted(_KANA, key=len, reverse=True))}|[0-9])"
_KANA_RUN = re.compile(rf"{_KANA_UNIT}(?:[\s\-・、,のと]{{0,3}}{_KANA_UNIT}){{9,}}")
_KANA_EACH = re.compile(_KANA_UNIT)
_WORD_UNIT = rf"(?:{'|'.join(_WORDS)})"
_WORD_RUN = re.compile(rf"(?<![A-Za-z]){_WORD_UNIT}(?:[\s\-,./]{{1,3}}{_WORD_UNIT}){{9,}}(?![A-Za-z])", re.I)
_WORD_EACH = re.compile(_WORD_UNIT, re.I)
# Laughter (くくく), rumbling (ゴゴゴ) and sighs have fewer.
_DIFFERENT = 4
_MY_NUMBER, _PHONE = 12, (10, 11)


def spelled(plain: str) -> Iterator[Span]:
    """Spelled numbers in a page's text."""
    if not plain.isascii():
        hiragana = plain.translate(_TO_HIRAGANA)
        for m in _KANA_RUN.finditer(hiragana):
            yield from _judged(m, [_KANA.get(u, u) for u in _KANA_EACH.findall(m.group())])
    for m in _WORD_RUN.finditer(plain):
        yield from _judged(m, [_WORDS[u.lower()] for u in _WORD_EACH.findall(m.group())])


def _judged(m: re.Match[str], units: list[int | str]) -> Iterator[Span]:
    words = [u for u in units if isinstance(u, int)]
    if len(words) < len(units) / 2 or len(set(map(str, units))) < _DIFFERENT:
        return
    if len(units) == _MY_NUMBER:
        yield *m.span(), MY_NUMBER
    elif len(units) in _PHONE:
        if str(units[0]) == "0":
            yield *m.span(), PHONE
    elif len(units) > _MY_NUMBER:
        yield *m.span(), NUMBER
