"""Finding personal numbers in a text: pure, no I/O, spans on a length-preserving fold.

Every run of twelve digits, in whatever form it is written, counts as a My Number: only one in ten random
runs fails to be told from a real one by its check digit, and keeping a real one is forbidden by law
(Act on the Use of Numbers to Identify a Specific Individual, art. 20). Longer runs are never kept either,
because a My Number may stand inside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from stdnum import luhn
from stdnum.jp import cn

Span = tuple[int, int, str]

MY_NUMBER = "[MY_NUMBER]"
CORPORATE_NUMBER = "[CORPORATE_NUMBER]"
CARD_NUMBER = "[CARD_NUMBER]"
ACCOUNT_NUMBER = "[ACCOUNT_NUMBER]"
NUMBER = "[NUMBER]"
PHONE = "[PHONE]"
EMAIL = "[EMAIL]"
URL_WITH_TOKEN = "[URL_WITH_TOKEN]"  # noqa: S105 - a mark, not a secret
MARKS = (
    URL_WITH_TOKEN, EMAIL, MY_NUMBER, CARD_NUMBER, CORPORATE_NUMBER, PHONE, ACCOUNT_NUMBER, NUMBER,
)  # fmt: skip

_KANJI = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI |= {"壱": 1, "弐": 2, "参": 3}
_HYPHENS = "‐‑‒–—―−⁃⁻₋﹘﹣－ーｰ─━˗"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Zero-width characters, soft hyphen, variation selector and keycap: they do not show between digits.
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\u20e3\ufeff"
_LOOSE = ".,/_:;|~()・･·、，．／＿：；｜～〜（）の"


def _decimals() -> dict[str, int]:
    """Every character that is a decimal digit or has a digit's value, as far as people can type it."""
    blocks = ((0x80, 0x3000), (0xA000, 0xAC00), (0xFF10, 0xFF1A), (0x1D7CE, 0x1D800))
    found = {}
    for low, high in blocks:
        for code in range(low, high):
            value = unicodedata.digit(chr(code), None)
            if value is not None:
                found[chr(code)] = int(value)
    return found


_DIGITS = _decimals() | _KANJI
_FOLD = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {ord(c): ord("-") for c in _HYPHENS}
    | {ord(c): ord(" ") for c in _SPACES}
    | {ord(c): 0x200B for c in _UNSEEN}
    | {ord(c): ord("0") + value for c, value in _DIGITS.items()}
)


def fold(text: str) -> str:
    """The text with digits, hyphens, spaces and full-width ASCII made plain, of the same length.

    It is NFKC where NFKC maps one character to one, and in addition kanji numerals become digits.
    """
    return text.translate(_FOLD)


def _class(characters: str) -> str:
    return "".join(re.escape(c) for c in characters)


_ANY_DIGIT = "0-9" + _class("".join(_DIGITS))
_ANY_GAP = r"\s\-" + _class(_HYPHENS + _UNSEEN + _LOOSE)
# Seven digits (the length of a bank account) that nothing but separators part.
_MAYBE_NUMBER = re.compile(rf"[{_ANY_DIGIT}](?:[{_ANY_GAP}]{{0,5}}[{_ANY_DIGIT}]){{6}}")
_MAYBE_OTHER = re.compile(r"[@＠]|[:：][/／]{2}")

# The same question asked of the bytes, ten times as fast: separators are deleted, digits become "0",
# everything else "x". Bytes that separators share with other characters are deleted too, so this may
# say yes too often, never no.
_GAP_BYTES = bytes(set(" \t\n\r\v\f\x1c\x1d\x1e\x1f\x85-".encode() + (_HYPHENS + _UNSEEN + _SPACES + _LOOSE + "\x85\u2028\u2029").encode()))
_SQUEEZE = bytes(ord("0") if c in b"0123456789" else ord("x") for c in range(256))
_SEVEN = b"0" * 7
# Lead bytes of scripts with digits of their own; of the punctuation block (E2) and the emoji (F0) only
# superscripts, circled and mathematical digits.
_OTHER_DIGITS = re.compile(
    rb"[\xc2\xd9-\xf0](?:(?<=[\xd9-\xe1\xe3-\xef])|(?<=\xc2)[\xb2\xb3\xb9]|(?<=\xe2)[\x81\x82\x91-\x9e]|(?<=\xf0)[\x90-\x9e])"
)


def may_hold(text: str) -> bool:
    """Whether `spans` may find something; no is certain. About a microsecond for a review."""
    raw = text.encode("utf-8", "surrogatepass")
    if _SEVEN in raw.translate(_SQUEEZE, _GAP_BYTES) and _MAYBE_NUMBER.search(text):
        return True
    if "@" in text or "://" in text:
        return True
    if len(raw) == len(text) or not _OTHER_DIGITS.search(raw):
        return False
    return bool(_MAYBE_NUMBER.search(text) or _MAYBE_OTHER.search(text))


_GAP = r"\s\-" + _class(_HYPHENS + _UNSEEN + _LOOSE)
# One scan decides for nearly every text that there is nothing to redact: seven digits that nothing but
# separators part (a bank account has seven), an at sign, the start of a web address.
MAYBE = re.compile(
    rf"[{_ANY_DIGIT}@＠:：](?:(?<=[@＠])|(?<=[:：])[/／]{{2}}|(?<=[{_ANY_DIGIT}])(?:[{_ANY_GAP}]{{0,5}}[{_ANY_DIGIT}]){{6}})"
)

_GAP = r"[\s\-\u200b]{0,5}"
_RUN = re.compile(rf"\d(?:{_GAP}\d){{6,}}")
_GROUP = re.compile(r"\d+")
# Groups of equal length parted by something else than space or hyphen. Amounts (1,000,000,000) and
# times (20/04/14 12:30:45) have groups of three and two, so those are taken with dots only.
_X = r"[\s\-\u200b.,/_:;|~()・･·、の]{1,4}"
_EVEN = re.compile(
    rf"(?<!\d)(?:\d{{4}}{_X}\d{{4}}{_X}\d{{4}}|\d{{6}}{_X}\d{{6}}|(?:\d{_X}){{11}}\d"
    r"|(?:\d{3}[.・･·]){3}\d{3}|(?:\d\d[.・･·]){5}\d\d)(?!\d)"
)
_YEARS = re.compile(r"(?:19|20)\d\d\D+(?:19|20)\d\d\D+(?:19|20)\d\d")
_PHONE_LIKE = re.compile(r"(?:\+[\s\u200b]?)?\(?\d(?:[\s\-\u200b()./]{0,3}\d){7,}")
_PHONE_WORD = re.compile(
    r"(?:\btel|phone|fon\b|mobile|call|whats\s?app|電話|携帯|連絡先|ｹｰﾀｲ|ケータイ|телефон|тел\.|tél)[^\d\[]{0,12}$",
    re.I,
)
# Only for these words is a shorter number personal: bank, insurance, pension, licence, passport, card.
_LABELLED = re.compile(
    r"(?:口座|記号番号|(?:被)?保険(?:者|証)|年金番号|免許証|住民票コード|在留カード|パスポート|旅券|顧客番号|会員番号"
    r"|\baccount\s*(?:no|num|#)|\biban\b|\bpassport|\bpolicy\s*(?:no|num)|\binsurance\s*(?:no|num)"
    r"|\bkontonummer|\bversicherungsnummer)[^\d\[]{0,12}?"
    r"(?P<number>(?:[A-Za-z]{2})?\d(?:[ \-\u200b]?\d){5,}(?:[A-Za-z]{2}\b)?)",
    re.I,
)
_MY_NUMBER_LABELLED = re.compile(
    r"(?:マイナンバー|ﾏｲﾅﾝﾊﾞ-|マイナンバ-|個人番号|\bmy\s?number)[^\d\[]{0,12}?(?P<number>\d(?:[ \-\u200b]{0,3}\d){8,})",
    re.I,
)
_NAME = r"A-Za-z0-9À-ÖØ-öø-ÿА-яё"
_EMAIL = re.compile(rf"[{_NAME}._%+'\-]{{1,64}}@(?:[{_NAME}\-]{{1,63}}\.){{1,8}}[{_NAME}\-]{{2,63}}")
_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{1,9}://[^\s<>\"'、。「」]+", re.I)
_TOKEN = re.compile(
    r"[?&#;/](?:[\w\-]*(?:token|secret|passw|pwd|session|signature|api_?key|auth)[\w\-]*|sig|key|code|sid|otp|jwt)="
    r"|://[^/@\s]+:[^/@\s]*@"
    r"|[=/](?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])[\w\-]{24,}",
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
    if "@" in plain:
        for m in _EMAIL.finditer(plain):
            yield *m.span(), EMAIL
    yield from _numbers(plain)


def _numbers(plain: str) -> Iterator[Span]:
    for m in _EVEN.finditer(plain):
        if not _YEARS.fullmatch(m.group()):
            yield *m.span(), MY_NUMBER
    phones = list(_phones(plain))
    for start, end in phones:
        yield start, end, PHONE
    for m in _RUN.finditer(plain):
        yield from _run(plain, *m.span(), phones)
    for m in _MY_NUMBER_LABELLED.finditer(plain):
        yield *m.span("number"), MY_NUMBER
    for m in _LABELLED.finditer(plain):
        yield *m.span("number"), ACCOUNT_NUMBER


def _run(plain: str, start: int, end: int, phones: list[tuple[int, int]]) -> Iterator[Span]:
    """A run of digits with nothing but spaces and hyphens in it, less the telephone numbers in it."""
    inside = [(s, e) for s, e in phones if s < end and start < e]
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
        groups = [g.span() for g in _GROUP.finditer(plain, *m.span())]
        first = 0
        while first < len(groups):
            has_plus = first == 0 and m.group().startswith("+")
            last = _phone_end(plain, groups, first, has_plus=has_plus)
            if last is None:
                first += 1
                continue
            yield (m.start() if has_plus else groups[first][0]), groups[last][1]
            first = last + 1


def _phone_end(plain: str, groups: list[tuple[int, int]], first: int, *, has_plus: bool) -> int | None:
    """The last group of the telephone number that begins with group `first`; None when none does."""
    start = groups[first][0]
    if not has_plus and plain[start] != "0":
        return None
    is_named = first == 0 and bool(_PHONE_WORD.search(plain[max(0, start - 24) : start]))
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
    between = {plain[a[1] : b[0]].strip(" \u200b") for a, b in zip(groups, groups[1:], strict=False)}
    return len(between) <= 1 or not between & {".", "/"}


def _is_phone(number: str) -> bool:
    # Half a second of tables: loaded when the first text has a run that may be a number.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "JP"))
    except phonenumbers.NumberParseException:
        return False
