"""Which numbers in a text are personal: pure, no I/O, spans on a length-preserving fold.

Every run of twelve digits, in whatever form it is written, counts as a My Number. Its check digit is no
help: one in ten random runs passes it, and to keep a real one is forbidden by law (Act on the Use of
Numbers to Identify a Specific Individual, article 20). Longer runs are never kept either, because a
My Number may stand inside them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from stdnum import luhn
from stdnum.jp import cn

from flows.sources.digits import fold

Span = tuple[int, int, str]

MY_NUMBER = "[MY_NUMBER]"
CORPORATE_NUMBER = "[CORPORATE_NUMBER]"
CARD_NUMBER = "[CARD_NUMBER]"
ACCOUNT_NUMBER = "[ACCOUNT_NUMBER]"
NUMBER = "[NUMBER]"
PHONE = "[PHONE]"
EMAIL = "[EMAIL]"
URL_WITH_TOKEN = "[URL_WITH_TOKEN]"  # noqa: S105 - a mark, not a secret
# Where findings overlap, the first of these names the whole.
MARKS = (
    URL_WITH_TOKEN, EMAIL, CARD_NUMBER, CORPORATE_NUMBER, MY_NUMBER, PHONE, ACCOUNT_NUMBER, NUMBER,
)  # fmt: skip

_GAP = r"[\s\-\u200b]{0,5}"
_SHORTEST = re.compile(r"[0-9](?:[\s\-\u200b.,/_:;|~〜()・･·、の]{0,5}[0-9]){5}")
_RUN = re.compile(rf"[0-9](?:{_GAP}[0-9]){{6,}}")
_GROUP = re.compile(r"[0-9]+")
# Groups of equal length parted by something else than space or hyphen. Amounts (1,000,000,000) and
# times (20/04/14 12:30:45) have groups of three and two, so those are taken with dots only.
_X1 = r"[\s\-\u200b.,/_:;|~〜()・･·、の]"
_X = rf"{_X1}{{1,4}}"
_TWELVE_LOOSE = re.compile(rf"[0-9](?:{_X1}{{0,4}}[0-9]){{11}}")
_EVEN = re.compile(
    rf"(?<![0-9])(?:[0-9]{{4}}{_X}[0-9]{{4}}{_X}[0-9]{{4}}|[0-9]{{6}}{_X}[0-9]{{6}}|(?:[0-9]{_X}){{11}}[0-9]"
    r"|(?:[0-9]{3}[.・･·]){3}[0-9]{3}|(?:[0-9]{2}[.・･·]){5}[0-9]{2})(?![0-9])"
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}[^0-9]+(?:19|20)[0-9]{2}[^0-9]+(?:19|20)[0-9]{2}")
_PHONE_LIKE = re.compile(r"(?:\+[\s\u200b]?)?\(?[0-9](?:[\s\-\u200b()./]{0,3}[0-9]){7,}\)?")
# A label stands at most so far before its number; "[" would be a mark, whose number is gone already.
_BEFORE = 32
_TO_NUMBER = r"[^0-9\[]{0,12}$"
_PHONE_WORD = re.compile(
    rf"(?:\btel|phone|fon\b|mobile|\bcall|whats\s?app|電話|携帯|連絡先|ケ-タイ|телефон|\bтел\b|\btél){_TO_NUMBER}",
    re.I,
)
# Only behind these words is a shorter number personal: bank, insurance, pension, licence, passport, card.
_LABELLED = re.compile(r"(?:[A-Za-z]{2})?[0-9](?:[ \-\u200b]?[0-9]){5,}(?:[A-Za-z]{2}\b)?")
_ACCOUNT_WORD = re.compile(
    r"(?:口座|記号番号|保険者|保険証|年金番号|免許証|住民票コ-ド|在留カ-ド|パスポ-ト|旅券|顧客番号|会員番号"
    r"|\baccount\s*(?:no|num|#)|\biban\b|\bpassport|\bpolicy\s*(?:no|num)|\binsurance\s*(?:no|num)"
    rf"|kontonummer|versicherungsnummer){_TO_NUMBER}",
    re.I,
)
# A My Number with digits missing or too many is still a person's.
_MY_NUMBER_WORD = re.compile(rf"(?:マイナンバ-|ﾏｲﾅﾝﾊﾞ-|個人番号|\bmy\s?number){_TO_NUMBER}", re.I)
_MY_NUMBER_DIGITS = 9
_NAME = r"A-Za-z0-9À-ÖØ-öø-ÿА-яё"
# The name before the at sign is looked for backwards from it: forwards, every word of a text would be tried.
_LOCAL = re.compile(rf"[{_NAME}._%+'\-]")
_LOCAL_CHARACTERS = "".join(c for c in map(chr, range(0x21, 0x460)) if _LOCAL.match(c))
_LONGEST_LOCAL = 64
_DOMAIN = re.compile(rf"(?:[{_NAME}\-]{{1,63}}\.){{1,8}}[{_NAME}\-]{{2,63}}")
_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{1,9}://[^\s<>\"'、。「」]+", re.I)
_TOKEN = re.compile(
    r"[?&#;/](?:[\w\-]{0,32}(?:token|secret|passw|pwd|session|signature|api_?key|auth)[\w\-]{0,32}|sig|key|code|sid|otp|jwt)="
    r"|://[^/@\s]+:[^/@\s]*@"
    r"|[=/](?=\w*\d)(?=\w*[A-Za-z])\w{24,}|[=/][0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    re.I,
)


def spans(text: str) -> list[Span]:
    """What to redact, as (start, end, mark), in order and without overlaps.

    Overlapping findings become one span: what belongs to either must go.
    """
    plain = fold(text)
    found = sorted(_found(plain))
    merged: list[Span] = []
    for start, end, mark in found:
        # A keycap or a variation selector belongs to the digit before it.
        while plain[end : end + 1] == "\u200b":
            end += 1
        if merged and start < merged[-1][1]:
            before = merged[-1]
            first = min(before[2], mark, key=MARKS.index)
            merged[-1] = (before[0], max(before[1], end), first)
        else:
            merged.append((start, end, mark))
    return merged


def _found(plain: str) -> Iterator[Span]:
    if "://" in plain:
        for m in _URL.finditer(plain):
            if _TOKEN.search(m.group()):
                yield *m.span(), URL_WITH_TOKEN
    yield from _emails(plain)
    if _SHORTEST.search(plain):
        yield from _numbers(plain)


def _emails(plain: str) -> Iterator[Span]:
    at = plain.find("@")
    while at >= 0:
        before = plain[max(0, at - _LONGEST_LOCAL) : at]
        local = len(before) - len(before.rstrip(_LOCAL_CHARACTERS))
        domain = _DOMAIN.match(plain, at + 1)
        if local and domain:
            yield at - local, domain.end(), EMAIL
        at = plain.find("@", at + 1)


def _numbers(plain: str) -> Iterator[Span]:
    if _TWELVE_LOOSE.search(plain):
        for m in _EVEN.finditer(plain):
            if not _YEARS.fullmatch(m.group()):
                yield *m.span(), MY_NUMBER
    phones = list(_phones(plain))
    for start, end in phones:
        yield start, end, PHONE
    for m in _RUN.finditer(plain):
        yield from _run(plain, *m.span(), phones)
    for m in _LABELLED.finditer(plain):
        before = plain[max(0, m.start() - _BEFORE) : m.start()]
        if _MY_NUMBER_WORD.search(before) and _count(plain, *m.span()) >= _MY_NUMBER_DIGITS:
            yield *m.span(), MY_NUMBER
        elif _ACCOUNT_WORD.search(before):
            yield *m.span(), ACCOUNT_NUMBER


def _run(plain: str, start: int, end: int, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """A run of digits with nothing but spaces and hyphens in it, less the telephone numbers in it."""
    inside = []
    for phone in phones[bisect_right(phones, (start, start), key=lambda p: (p[1], start)) :]:
        if phone[0] >= end:
            break
        inside.append(phone)
    if inside and _count(plain, start, end) != 12:
        for s, e in inside:
            yield from _unlabelled(plain, start, s)
            start = e
    elif any(s <= start and end <= e for s, e in inside):
        return
    yield from _unlabelled(plain, start, end)


def _unlabelled(plain: str, start: int, end: int) -> Iterator[Span]:
    digits = "".join(_GROUP.findall(plain, start, max(start, end)))
    if len(digits) < 12:
        return
    groups = list(_GROUP.finditer(plain, start, end))
    yield groups[0].start(), groups[-1].end(), _mark(digits)


def _mark(digits: str) -> str:
    if len(digits) == 12:
        return MY_NUMBER
    if len(digits) == 13 and cn.is_valid(digits):
        return CORPORATE_NUMBER
    if 14 <= len(digits) <= 19 and luhn.is_valid(digits):
        return CARD_NUMBER
    return NUMBER


def _count(plain: str, start: int, end: int) -> int:
    return sum(len(g) for g in _GROUP.findall(plain, start, end))


def _phones(plain: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers: Japanese ones, international ones with a plus, and any that is named as one."""
    for m in _PHONE_LIKE.finditer(plain):
        has_plus = plain[m.start()] == "+"
        if not has_plus and "0" not in m.group():
            continue
        groups = [g.span() for g in _GROUP.finditer(plain, *m.span())]
        first = 0
        while first < len(groups):
            last = _phone_end(plain, groups, first, has_plus=has_plus and first == 0)
            if last is None:
                first += 1
                continue
            start, end = groups[first][0], groups[last][1]
            if not first and (has_plus or ")" in plain[start:end]):
                start = m.start()
            yield start, end
            first = last + 1


def _phone_end(plain: str, groups: list[tuple[int, int]], first: int, *, has_plus: bool) -> int | None:
    """The last group of the telephone number that begins with group `first`; None when none does."""
    start = groups[first][0]
    if not has_plus and plain[start] != "0":
        return None
    is_named = first == 0 and bool(_PHONE_WORD.search(plain[max(0, start - _BEFORE) : start]))
    digits = ""
    end: int | None = None
    for last in range(first, len(groups)):
        digits += plain[slice(*groups[last])]
        if len(digits) > 15:
            break
        if has_plus:
            good = len(digits) >= 8 and _is_phone("+" + digits)
        elif is_named and 9 <= len(digits) <= 12:
            good = True
        else:
            good = _looks_japanese(plain, groups[first : last + 1]) and _is_phone(digits)
        if good:
            end = last
    return end


def _looks_japanese(plain: str, groups: list[tuple[int, int]]) -> bool:
    """Whether the groups are set as in a Japanese number: dates such as 04.05.2020 00.13 are not."""
    sizes = [end - start for start, end in groups]
    if sum(sizes) not in (10, 11) or len(sizes) > 3:
        return False
    if len(sizes) > 1 and (sizes[0] < 2 or sizes[-1] not in (3, 4)):
        return False
    start = groups[0][0]
    if start >= 2 and plain[start - 1] in "./-" and plain[start - 2].isdigit():
        return False
    between = {plain[a[1] : b[0]].strip(" \u200b") for a, b in pairwise(groups)}
    return len(between) <= 1 or not between & {".", "/"}


def _is_phone(number: str) -> bool:
    # Half a second of tables: loaded when the first text has a run that may be a number.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "JP"))
    except phonenumbers.NumberParseException:
        return False
