"""Other ways to read a text: without tags, without the numbering of its parts, with letters for digits.

Each has the text's length, so that what is found keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flows.redaction.digits import UNSEEN, count_digits

# Tags with attributes may hold an address, so they are no part of the page (`page.py` drops bare ones): here
# they go, and what they part comes together. BBCode, too; "[PHONE]" is a mark and stays.
_TAG = re.compile(
    r"<(?:/?[a-zA-Z][a-zA-Z0-9\-:]{0,20}(?:\s[^<>]{0,300})?/?|!--(?:(?!-->)[^<]){0,200}--|!\[CDATA\[|\?[^<>]{0,60})>|\]\]>"
    r"|\[/?(?:b|i|u|s|url|img|color|size|font|li|list|\*|quote|code|td|tr|th|table|sup|sub|center|left|right"
    r"|spoiler|h[1-6]|p|br|hr|small|big|strike|del|ins)(?:=[^\[\]]{0,60})?\]",
    re.I,
)
# "1) 1234", "・5678", "③ 9012": the numbering of a list stands between the parts of a number.
_NUMBERING = re.compile(
    r"(?:\A|\n)[ \t]*[0-9０-９]{1,2}[.)）．、:：][ \t]*(?=\S)|[①-⑳❶-❿⓵-⓾](?=[^\w①-⑳❶-❿⓵-⓾]{0,3}[0-9０-９])"
)
# "上4桁", "first 4 digits", "1つ目", "2行目", "その3", "3rd", "part 1", "No.2": which part, or how long.
_SHORT = re.compile(r"(?<![0-9])[0-9]{1,2}(?![0-9])")
_AFTER = re.compile(
    r"\s?(?:(?:つ|個|番|行|枚|段|桁|文字|組|回|ブロック|グル-プ|区画)目|桁|ケタ|けた|文字|つ"
    r"|(?:st|nd|rd|th)(?![A-Za-z])|-?(?:digits?|numbers?|numerals?|figures?|characters?|chars?)(?![A-Za-z]))"
    r"|(?=[~\-][0-9]{1,2}\s?(?:桁|文字|digits?))",
    re.I,
)
_BEFORE = re.compile(
    r"(?:その|第|#|(?<![A-Za-z])(?:no|nr|part|block|group|line|row|digit|number|section|set|chunk|page|position|pos|step)s?\s?[.#]?\s?"
    r"|(?:上|中|下|頭|左|右|前|後|先頭|真ん中|末尾|最初|次|つぎ|最後|残り|続き|はじめ|おわり"
    r"|(?<![A-Za-z])(?:first|next|last|middle|second|third|then|final|remaining|other|following|leading|trailing))"
    r"(?:の|\s){0,2})$",
    re.I,
)
_NO_ORDINAL = re.compile(r"[.:]?[0-9]|[年月日時分/]")
_LONGEST_WORD = 16
_WRAPPED = re.compile(r"(?<=[0-9])\s*\n\s*(?=[0-9])")
_OF = re.compile(r"(?<![0-9/])\(?([1-9][0-9]?)/([1-9][0-9]?)(?=\)?[:\s\]][^0-9]{0,2}[0-9])\)?")
_GROUP = re.compile("[0-9]+")
_LONG_GROUP = re.compile("[0-9]{3,}")
_CUE = re.compile(
    r"[0-9]\s?(?:桁|ケタ|けた|文字|..?目|st|nd|rd|th|digit)|[0-9][^0-9A-Za-z]{1,3}[0-9]{1,2}[^0-9]{1,3}2[^0-9A-Za-z]{1,3}[0-9]"
)
_INDEX_GAP, _TWELVE = 24, 12
# So many digits so near are the least that may be a number of somebody.
_FEWEST, _AROUND = 9, 90


def untagged(text: str) -> str:
    """Without tags."""
    return _TAG.sub(_spaces, text) if "<" in text or "[" in text else text


def unwrapped(text: str, folded: str) -> str:
    """With digits side by side that a line end parts: a broken line, a title before its text."""
    if "\n" not in text:
        return text
    out = list(text)
    for m in _WRAPPED.finditer(folded):
        out[m.start() : m.end()] = UNSEEN * (m.end() - m.start())
    return "".join(out)


def unnumbered(text: str, folded: str) -> str:
    """Without what says which part of a number comes next; the text itself where no number is near.

    `folded` is the text with plain digits."""
    # Circled numerals are the least of the signs that number a list within a line.
    may_number = "\n" in text or max(text) >= "①"
    places = [m.span() for m in _NUMBERING.finditer(text)] if may_number else []
    blank = _blanked(folded, places)
    if _may_be_parts(blank):
        more = list(_ordinals(blank))
        if "/" in blank:
            more += [m.span() for m in _OF.finditer(blank)]
        places += more
        blank = _blanked(blank, more)
        more = list(_indexes(blank))
        places += more
        blank = _blanked(blank, more)
    if not any(count_digits(blank[max(0, s - _AROUND) : e + _AROUND]) >= _FEWEST for s, e in places):
        return text
    return _blanked(text, places)


def _may_be_parts(folded: str) -> bool:
    if count_digits(folded) < _TWELVE:
        return False
    return (
        sum(map(len, _LONG_GROUP.findall(folded))) >= _TWELVE or "igit" in folded or bool(_CUE.search(folded))
    )


def _blanked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """The same length, and each line end where it was."""
    if not places:
        return text
    out = list(text)
    for start, end in places:
        out[start:end] = ("\n" if text[start] == "\n" else " ") + " " * (end - start - 1)
    return "".join(out)


def _ordinals(folded: str) -> Iterator[tuple[int, int]]:
    for m in _SHORT.finditer(folded):
        start, end = m.span()
        after = _AFTER.match(folded, end)
        if after:
            yield start, after.end()
        elif not _NO_ORDINAL.match(folded, end) and _BEFORE.search(
            folded[max(0, start - _LONGEST_WORD) : start]
        ):
            yield start, end


def _spaces(found: re.Match[str]) -> str:
    """The same length, so that places stay."""
    return "\n" + " " * (len(found.group()) - 1)


def _indexes(folded: str) -> Iterator[tuple[int, int]]:
    """Numbers that count the others: 1: 1234, 2: 5678, 3: 9018, or behind each, from 0 or 1 on.

    Only where the others have twelve digits together."""
    groups = [m.span() for m in _GROUP.finditer(folded)]
    for first in range(len(groups)):
        if folded[slice(*groups[first])] not in {"0", "1", "01", "00"}:
            continue
        for other in (1, -1):
            yield from _counted(folded, groups, first, other)


def _counted(folded: str, groups: list[tuple[int, int]], first: int, other: int) -> list[tuple[int, int]]:
    places, digits, number = [], 0, int(folded[slice(*groups[first])])
    for at in range(first, len(groups), 2):
        beside = at + other
        if int(folded[slice(*groups[at])]) != number or not 0 <= beside < len(groups):
            return []
        low, high = sorted((groups[at], groups[beside]))
        if high[0] - low[1] > _INDEX_GAP:
            return []
        places.append(groups[at])
        digits += groups[beside][1] - groups[beside][0]
        number += 1
        if digits >= _TWELVE:
            return places if digits == _TWELVE and len(places) > 1 else []
    return []
