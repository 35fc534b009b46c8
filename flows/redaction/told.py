"""Numbers in words: ten digits and more spelled in kana or in English, and numbers whose parts are told apart
by words: three groups of four; any grouping beside words that say what
it is ("個人番号", "12 digits") or which part comes next ("上4桁", "first", "then", "last");
and the same word between all parts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from flows.redaction import MY_NUMBER, NUMBER, PHONE, Span
from flows.redaction.numbers import (
    GROUP,
    LABEL_CUE,
    MY_NUMBER_WORD,
    are_round,
    are_sizes,
    is_moment,
    is_years,
    mark_of,
)

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


_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COUNTER = re.compile(
    r"\s?(?:[年月日時分秒回円人枚桁歳才代度%台個件点割倍階ヶ系形型版号章条名社店票行字週泊巻番年]"
    r"|つ(?![ぎづい])|か月|文字|ケタ|けた|mb|gb|px|km|yen|usd|eur|jpy|[€$£₽]|people|times|users|years?|days?|months?|hours?|min|digits?|stars?|points?)",
    re.I,
)
_MONEY = re.compile(r"\s?(?:円|元|yen|jpy)", re.I)
_CURRENCY = "$€£¥￥₽"
_THREE_FOURS = re.compile(r"[0-9]{4}.{1,10}?[0-9]{4}.{1,10}?[0-9]{4}", re.S)
_GAP_BARE, _GAP_LABELLED, _GAP_TOLD, _GAP_SAME = 8, 20, 28, 12
_DIGITS = 12
# Behind a label the whole number in one go, whatever counter follows; and before it.
_AT_ONCE = re.compile(r"[^0-9\[]{0,20}?([0-9](?:[\W_の]{0,3}[0-9]){11})(?!(?:[,.\-]?[0-9]))")
_AHEAD = re.compile(
    r"(?<![0-9])([0-9](?:[\W_の]{0,3}[0-9]){11})[)」』\]\"'\s]{0,3}(?:が|は|って|を|=|:|,|、|\(|is|was)?[^0-9。.!?\n]{0,8}$",
    re.I,
)
_FAR = 64
# Words that leave no doubt that the digits of one number are meant, and words that only order things.
STRONG = re.compile(
    r"桁|[0-9]\s?(?:ケタ|けた)|(?<![A-Za-z])digits?(?![A-Za-z])|(?<![A-Za-z])half(?![A-Za-z])|halves|前半|後半|半分",
    re.I,
)
STRONG_CUES = ("桁", "ケタ", "けた", "igit", "IGIT", "alf", "ALF", "alves", "半")
_WEAK = re.compile(
    r"つ目|番目|行目|段目|個目|枚目|その[0-9]|第[0-9]|最初|はじめ|始め|先頭|次|つぎ|続|続き|それから|真ん中|最後|終わり|おわり|末尾|残り|上|中|下|左|右|頭"
    r"|(?<![A-Za-z])(?:first|start\w*|begin\w*|next|then|second|middle|follow\w*|last\w*|final\w*|third|end\w*|rest"
    r"|part|block|group|line|row|[123](?:st|nd|rd))(?![A-Za-z])"
    r"|(?<![A-Za-z])no\.?\s?[0-9]|[(\[][0-9]{1,2}[)\]]",
    re.I,
)
_ENOUGH_WEAK = 2
_SOME_YEARS = 2
_EVEN_SIZES = {1, 2, 3, 4, 6}
_LETTER = re.compile(r"[^\W\d_]")

Groups = Sequence[tuple[int, int]]


def told(plain: str, hints: str) -> Iterator[Span]:
    """Such numbers in a page's text. `hints` is the text in which words that order are still to be seen."""
    labels = [m.span() for m in MY_NUMBER_WORD.finditer(plain)] if LABEL_CUE.search(plain) else []
    at_once = [span for label in labels for span in _at_once(plain, *label)]
    yield from at_once
    groups = [m.span() for m in GROUP.finditer(plain) if not _counts(plain, *m.span())]
    yield from _same_word(plain, groups)
    if _THREE_FOURS.search(plain):
        yield from _fours(plain, groups)
    if labels:
        paid = [
            m.span()
            for m in GROUP.finditer(plain)
            if not _counts(plain, *m.span()) or _MONEY.match(plain, m.end())
        ]
        for _, end in labels:
            yield from _behind(plain, paid, end)
    yield from _ordered(plain, hints, _chained(groups), at_once)


def _ordered(plain: str, hints: str, chains: list[Groups], at_once: list[Span]) -> Iterator[Span]:
    """The chains that words put in order, equal groups before others."""
    if not chains:
        return
    is_sure = any([cue in hints for cue in STRONG_CUES]) and bool(STRONG.search(hints))  # noqa: C419
    even = [chain for chain in chains if _is_even(plain, chain)]
    if not is_sure and not (even and len(_WEAK.findall(hints)) >= _ENOUGH_WEAK):
        return
    # Two years before a number are no part of it.
    clean = [chain for chain in even if _years_in(plain, chain) < _SOME_YEARS] or even
    sure = [(chain[0][0], chain[-1][1], MY_NUMBER) for chain in clean if _is_number(plain, chain)]
    yield from sure
    if is_sure:
        for chain in chains:
            start, end = chain[0][0], chain[-1][1]
            # Where chains overlap, those of equal groups are meant.
            if not any(start < s[1] and s[0] < end for s in (*sure, *at_once)) and _is_number(plain, chain):
                yield start, end, MY_NUMBER


def _counts(plain: str, start: int, end: int) -> bool:
    """Whether a group says how many or when."""
    return bool(_COUNTER.match(plain, end)) or plain[max(0, start - 1) : start] in (*_CURRENCY,)


def _at_once(plain: str, start: int, end: int) -> Iterator[Span]:
    behind = _AT_ONCE.match(plain, end)
    if behind and not is_moment(behind[1]):
        yield *behind.span(1), MY_NUMBER
    low = max(0, start - _FAR)
    ahead = _AHEAD.search(plain[low:start])
    if ahead and not is_moment(ahead[1]):
        yield low + ahead.start(1), low + ahead.end(1), MY_NUMBER


def _fours(plain: str, groups: Groups) -> Iterator[Span]:
    chain: list[tuple[int, int]] = []
    for start, end in [*groups, (len(plain) + 99, len(plain) + 99)]:
        is_four = end - start == 4 and not _YEAR.fullmatch(plain[start:end])
        if chain and (not is_four or start - chain[-1][1] > _GAP_BARE):
            if len(chain) > 2 and not _are_amounts(plain, chain):
                digits = "".join(plain[slice(*g)] for g in chain)
                yield chain[0][0], chain[-1][1], mark_of(digits)
            chain = []
        if is_four:
            chain.append((start, end))


def _are_amounts(plain: str, chain: Groups) -> bool:
    """5000 then 3000 and 2000: amounts; 1080, 1440, 2160: sizes of screens."""
    groups = [plain[s:e] for s, e in chain]
    return are_round(groups) or are_sizes(groups)


def _behind(plain: str, groups: Groups, label: int) -> Iterator[Span]:
    total, at = 0, label
    first: int | None = None
    for start, end in groups[bisect_left(groups, (label, 0)) :][:_DIGITS]:
        if start - at > _GAP_LABELLED:
            return
        first = start if first is None else first
        total += end - start
        at = end
        if total >= _DIGITS:
            if total == _DIGITS and not is_moment(plain[first:end]):
                yield first, end, MY_NUMBER
            return


def _same_word(plain: str, groups: Groups) -> Iterator[Span]:
    """1と2と3と..., 12 then 34 then ...: equal groups with the same word between all of them."""
    for first in range(len(groups) - 2):
        size = groups[first][1] - groups[first][0]
        if size not in _EVEN_SIZES or _DIGITS // size < 3:
            continue
        some = groups[first : first + _DIGITS // size]
        gaps = {plain[a[1] : b[0]] for a, b in pairwise(some)}
        if len(some) * size != _DIGITS or len(gaps) > 1 or any(e - s != size for s, e in some):
            continue
        gap = gaps.pop()
        if len(gap) <= _GAP_SAME and _LETTER.search(gap) and not is_years([plain[s:e] for s, e in some]):
            yield some[0][0], some[-1][1], MY_NUMBER


def _chained(groups: Groups) -> list[Groups]:
    """Groups that have twelve digits together, each near the next."""
    chains = []
    for first in range(len(groups) - 1):
        total = 0
        for last in range(first, len(groups)):
            start, end = groups[last]
            total += end - start
            if total > _DIGITS or (last > first and start - groups[last - 1][1] > _GAP_TOLD):
                break
            if total == _DIGITS:
                if last > first:
                    chains.append(groups[first : last + 1])
                break
    return chains


def _is_even(plain: str, chain: Groups) -> bool:
    """Three to six digits each, no amounts."""
    if len(chain) > 4:
        return False
    sizes = {end - start for start, end in chain}
    return len(sizes) == 1 and max(sizes) > 2 and not are_round([plain[s:e] for s, e in chain])


def _years_in(plain: str, chain: Groups) -> int:
    return sum(bool(_YEAR.fullmatch(plain[s:e])) for s, e in chain)


def _is_number(plain: str, chain: Groups) -> bool:
    return not is_years([plain[s:e] for s, e in chain]) and not is_moment(plain[chain[0][0] : chain[-1][1]])
