"""Runs of digits: My Number, corporate and card numbers, and whatever else is too long to be harmless.

Every run of twelve digits, in whatever form it is written, counts as a My Number. Its check digit is no
help: one in ten random runs passes it, and to keep a real one is forbidden by law (Act on the Use of
Numbers to Identify a Specific Individual, article 20). Longer runs are never kept either, because a
My Number may stand inside them.

Long numbers that are nobody's show by their form, often with a word beside it, what they are. That is asked
of what a search found; never of twelve digits in one piece, nor of what stands behind the words "My Number".
Each form, and how rarely a My Number could look like it, is in `docs/gate.md`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from stdnum import ean, luhn
from stdnum.jp import cn

from flows.redaction import CARD_NUMBER, CORPORATE_NUMBER, MY_NUMBER, NUMBER, Span

GROUP = re.compile(r"[0-9]+")
MY_NUMBER_WORD = re.compile(
    r"マイナンバ-|まいなんば-|マイナ番号|個人の?番号|個人ナンバ-|[Mm][Yy]\s?[Nn](?:umber|UMBER)(?![A-Za-z])"
    r"|(?i:(?<![A-Za-z])individual\s+number(?![A-Za-z]))|(?:12|十2)\s?(?:桁|ケタ|けた)"
    r"|(?i:(?<![A-Za-z0-9])(?:12|twelve)[\s\-]?digits?(?![A-Za-z]))"
)
LABEL_CUE = re.compile("マイナ|まいな|個人|桁|ケタ|けた|umber|UMBER|igit|IGIT")
_NEAR = 40
_WORD_NEAR = 24
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# 20201014123045, 2020-10-14-12-30-45, 20201014-123045; 2020-10-14 - 2020-10-20.
_STAMP = (
    r"(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])[\s\-]{0,3}"
    r"(?:[01][0-9]|2[0-3])[\s\-]?[0-5][0-9][\s\-]?[0-5][0-9](?:[0-9]{3})?"
)
_DAYS = (
    r"(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[\s\-]{1,3}(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01]))+"
)
# An order at Amazon (3-7-7) and at Rakuten (shop, day, number).
_ORDER = (
    r"[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{6}-20[0-4][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-[0-9]{8,10}"
)
_SELF_TOLD = re.compile(rf"(?<![0-9])(?<![0-9]-)(?:{_STAMP}|{_DAYS}|{_ORDER})(?!-?[0-9])")
_LONG = re.compile(r"(?<![0-9])(?<![0-9]-)[0-9]{13,}(?!-?[0-9])")
_ISBN = re.compile(r"(?<![0-9])97[89]-?(?:[0-9]-?){9}[0-9](?!-?[0-9])")
_ISBN_WORD = re.compile(r"isbn[^0-9]{0,12}$", re.I)
_CODE_WORD = re.compile(
    r"(?:(?<![A-Za-z])(?:jan|ean|gtin|barcode|bar code|product code)(?![A-Za-z])|バ-コ-ド|商品コ-ド)"
    r"[^0-9]{0,16}(?:13[^0-9]{1,4})?$",
    re.I,
)
_RECEIPT_WORD = re.compile(
    r"(?:注文|オ-ダ-|受注|レシ-ト|領収|伝票|受付|申込|予約|取引|問い?合わ?せ|追跡|整理番号|管理番号|処理番号|決済"
    r"|(?<![A-Za-z])(?:order|receipt|tracking|booking|reservation|transaction|invoice|ticket|reference|confirmation))"
    r"[^0-9\n]{0,24}$",
    re.I,
)
_DAY_LED = re.compile(r"20[0-4][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{5,12}")
_DECIMAL = re.compile(r"(?<![0-9.,])[0-9]{1,3}[.,]$")
_SCORE_WORD = re.compile(
    r"点|星|評価|スコア|採点|(?<![A-Za-z])(?:stars?|scor\w+|rat(?:ed?|ings?)|grades?|marks?)(?![A-Za-z])",
    re.I,
)
_LIST_BEFORE, _LIST_AFTER = re.compile(r"[\W0-9_]+$"), re.compile(r"[\W0-9_]+")
_UNIT = re.compile(
    r"\s?(?:円|元|ドル|ウォン|ユ-ロ|ポンド|ルピ-|人|件|回|票|株|バイト|yen|jpy|usd|eur|won|dollars?|euros?|pounds?|people|bytes"
    r"|users|downloads|times|votes|[$€£¥￥₽])",
    re.I,
)
_MONEY = re.compile(r"(?:[$€£¥￥₽]|(?<![A-Za-z])(?:usd|jpy|eur|krw|yen))\s?$", re.I)
_SIZES = {"1024", "2048", "4096", "8192", "1080", "1440", "2160", "4320", "1920", "2560", "3840"}
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_SHORT_DAY = r"[0-3][0-9][./](?:0[1-9]|1[0-2])[./][0-9]{2}"
_MOMENTS = re.compile(rf"(?:{_CLOCK}|{_SHORT_DAY})(?:[^0-9:./]{{1,4}}(?:{_CLOCK}|{_SHORT_DAY}))+")
_STAMPED = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[^0-9]+(?:[01][0-9]|2[0-3])[0-5][0-9]"
    r"|((?:19|20)[0-9]{2})[^0-9]\1(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)
_VERSIONS = re.compile(r"(?:[0-9](?:\.[0-9]){0,3}[、,]\s?)+[0-9](?:\.[0-9]){0,3}")
_PRIVATE_NET = re.compile(r"192\.168\.(?:1[0-9]{2}|2[0-4][0-9]|25[0-5])\.(?:1[0-9]{2}|2[0-4][0-9]|25[0-5])")
_MOMENT = re.compile(
    r"(?:19|20)[0-9]{2}[\-/.](?:0[1-9]|1[0-2])[\-/.](?:0[1-9]|[12][0-9]|3[01])[T\s]{1,2}(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
)
_MASHED, _WINDOW, _LONGEST_CARD = 9, 12, 19
_TOP_SCORE = "5"


def parts_of(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Which parts of a run of digits, spaces and hyphens are ordinary; each longer than a My Number."""
    if is_named(plain, start):
        return
    run = plain[start:end]
    for m in _SELF_TOLD.finditer(plain, start, end):
        yield m.span()
    if "97" in run:
        for m in _ISBN.finditer(plain, start, end):
            digits = m[0].replace("-", "")
            hyphened = m[0].count("-") == 4
            if ean.is_valid(digits) and (
                hyphened or _ISBN_WORD.search(plain[max(0, m.start() - _WORD_NEAR) : m.start()])
            ):
                yield m.span()
    for m in _LONG.finditer(plain, start, end):
        if _is_told(plain, m.start(), m[0]):
            yield m.span()


def is_named(plain: str, start: int) -> bool:
    """Whether the words "My Number" stand shortly before."""
    return bool(MY_NUMBER_WORD.search(plain, max(0, start - _NEAR), start))


def _is_told(plain: str, start: int, digits: str) -> bool:
    """One piece of thirteen digits and more: decimals, product codes, receipts, keys that were mashed."""
    before = plain[max(0, start - _NEAR) : start]
    if _DECIMAL.search(before) or _is_mashed(digits):
        return True
    if len(digits) == 13 and _CODE_WORD.search(before):
        return bool(ean.is_valid(digits))
    return bool(_RECEIPT_WORD.search(before) and _DAY_LED.fullmatch(digits))


def _is_mashed(digits: str) -> bool:
    """Every twelve in a row have nine that are the same: 10000000000000 stars."""
    windows = (digits[n : n + _WINDOW] for n in range(len(digits) - _WINDOW + 1))
    if len(digits) <= _LONGEST_CARD and luhn.is_valid(digits):
        return False
    return all(Counter(w).most_common(1)[0][1] >= _MASHED for w in windows)


def is_years(groups: list[str]) -> bool:
    """Three years and more in a row, in order or all of one lifetime."""
    if len(groups) < 3 or not all(_YEAR.fullmatch(g) for g in groups):
        return False
    rising = all(a < b for a, b in pairwise(groups))
    return rising or all(a > b for a, b in pairwise(groups)) or all("1950" <= g < "2050" for g in groups)


def is_list(plain: str, start: int, end: int) -> bool:
    """Groups of equal length that are no number: years, times, versions, steps, prices, amounts, scores."""
    if is_named(plain, start):
        return False
    written = plain[start:end]
    groups = GROUP.findall(written)
    if is_years(groups) or _MOMENTS.fullmatch(written):
        return True
    if "." in written and (_VERSIONS.fullmatch(written) or _PRIVATE_NET.fullmatch(written)):
        return True
    size = len(groups[0])
    match size:
        case 1:
            return _is_scores(plain, start, end, groups)
        case 2:
            return len({int(b) - int(a) for a, b in pairwise(groups)}) == 1
        case 3:
            return _is_amount(plain, start, end)
        case 4:
            return are_sizes(groups) or _are_prices(plain, start, end, groups)
    return False


def _is_scores(plain: str, start: int, end: int, groups: list[str]) -> bool:
    if max(groups) > _TOP_SCORE:
        return False
    before = _LIST_BEFORE.sub("", plain[max(0, start - 4 * _NEAR) : start])
    rest = _LIST_AFTER.match(plain, end)
    after = rest.end() if rest else end
    return bool(
        _SCORE_WORD.search(before[-_WORD_NEAR:]) or _SCORE_WORD.search(plain, after, after + _WORD_NEAR)
    )


def _is_amount(plain: str, start: int, end: int) -> bool:
    """123,456,789,018円"""
    if set(GROUP.sub("", plain[start:end])) not in ({","}, {"."}):
        return False
    return bool(_UNIT.match(plain, end) or _MONEY.search(plain[max(0, start - 8) : start]))


def are_sizes(groups: list[str]) -> bool:
    """1080/1440/2160"""
    return _SIZES.issuperset(groups) and len(set(groups)) == len(groups)


def are_round(groups: list[str]) -> bool:
    """1200, 1500, 1800: amounts, where something else says so, too."""
    return all(g.endswith("00") and g[0] != "0" for g in groups)


def _are_prices(plain: str, start: int, end: int, groups: list[str]) -> bool:
    """1200、1500、1800円; $1280, $1340, $1999: each with its sign."""
    if are_round(groups) and (_UNIT.match(plain, end) or _MONEY.search(plain[max(0, start - 8) : start])):
        return True
    signs = [plain[max(0, start + m.start() - 1)] for m in GROUP.finditer(plain[start:end])]
    return len(set(signs)) == 1 and signs[0] in "$€£¥￥₽"


def is_stamp(written: str) -> bool:
    """20201014_1230; 2020/20201014, as in paths."""
    return bool(_STAMPED.fullmatch(written))


def is_moment(written: str) -> bool:
    """2020-10-14 12:30"""
    return bool(_MOMENT.fullmatch(written))


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
