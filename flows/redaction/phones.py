"""Telephone numbers: Japanese ones, international ones with a plus, and any that is named as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from flows.redaction.numbers import GROUP
from flows.redaction.prefilter import DATE

_PHONE_LIKE = re.compile(r"(?:\+\s?)?\(?[0-9](?:[\s\-()./の・]{0,3}[0-9]){7,}\)?")
_BEFORE = 32
# With the prefix that leads abroad (010, 00).
_LONGEST = 16
_PHONE_WORD = re.compile(
    r"(?:(?<![A-Za-z])(?:tel|cell|fax|call)|(?<![iI])phone|fon(?![A-Za-z])|mobile|whats\s?app|hotline|helpline"
    r"|電話|携帯|連絡先|ケ-タイ|ファックス|ファクス|телефон|\bтел\b|звон|(?<![A-Za-z])tél|numero verde"
    r"|joindre au|teléfono|telefone)[^0-9\[]{0,12}$",
    re.I,
)
# What parts the entries of a list, but not a number without its first zero.
_LISTED = re.compile(r"[.・/の]")
# North America: (415) 555-2671, 415-555-2671.
_AMERICAN = re.compile(
    r"(?<![0-9])(?:\([2-9][0-9]{2}\)[ \-.]?|(?:(?<![\-./])|(?<=(?<![0-9])1[\-.]))[2-9][0-9]{2}([\-.]))"
    r"[2-9][0-9]{2}(?(1)\1|[ \-.])[0-9]{4}(?![0-9]|[\-.][0-9])"
)
_AMERICAN_CUE = re.compile(r"[2-9][0-9]{2}[)\-.][ \-.]?[2-9][0-9]{2}[ \-.][0-9]{4}")
# What Japanese numbers look like when parted by hyphens or brackets, assigned or not.
_JAPANESE_SHAPES = {(2, 4, 4), (3, 3, 4), (4, 2, 4), (5, 1, 4), (3, 4, 4), (4, 3, 3), (4, 3, 4), (5, 4)}
_MOBILE = re.compile(r"0[5-9]0[1-9][0-9]{7}")
_ABROAD = re.compile(r"(?:00|010)([1-9][0-9]{8,14})")


def phones(plain: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand in a page's text, in order."""
    for m in _PHONE_LIKE.finditer(plain):
        has_plus = plain[m.start()] == "+"
        if has_plus or "0" in m.group() or _is_named(plain, m.start()):
            yield from _within(plain, m, has_plus=has_plus)


def american(plain: str) -> Iterator[tuple[int, int]]:
    """Numbers of North America by their shape."""
    if _AMERICAN_CUE.search(plain):
        for m in _AMERICAN.finditer(plain):
            yield m.span()


def _within(plain: str, m: re.Match[str], *, has_plus: bool) -> Iterator[tuple[int, int]]:
    groups = [g.span() for g in GROUP.finditer(plain, *m.span())]
    first = 0
    while first < len(groups):
        last = _end(plain, groups, first, has_plus=has_plus and first == 0)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last][1]
        if not first and (has_plus or ")" in plain[start:end]):
            start = m.start()
        yield start, end
        first = last + 1


def _end(plain: str, groups: list[tuple[int, int]], first: int, *, has_plus: bool) -> int | None:
    """The last group of the telephone number that begins with group `first`; None when none does."""
    start = groups[first][0]
    is_named = first == 0 and not has_plus and _is_named(plain, start)
    if not has_plus and plain[start] != "0" and not is_named:
        return None
    digits = ""
    end: int | None = None
    for last in range(first, len(groups)):
        digits += plain[slice(*groups[last])]
        if len(digits) > _LONGEST:
            break
        if has_plus:
            good = 8 <= len(digits) <= 16 and _is_international(digits)
        elif is_named and 9 <= len(digits) <= 12:
            good = digits[0] == "0" or not _LISTED.search(plain, start, groups[last][1])
        else:
            good = _is_domestic(plain, groups[first : last + 1], digits)
        if good:
            end = last
    return end


def _is_named(plain: str, start: int) -> bool:
    if plain[start] != "0" and DATE.match(plain, start):
        return False
    return bool(_PHONE_WORD.search(plain[max(0, start - _BEFORE) : start]))


def _is_international(digits: str) -> bool:
    # +81 (0)90-1234-5678: the zero in brackets is not dialled from abroad.
    return _is_phone("+" + digits) or (digits.startswith("810") and _is_phone("+81" + digits[3:]))


def _is_domestic(plain: str, groups: list[tuple[int, int]], digits: str) -> bool:
    abroad = _ABROAD.fullmatch(digits)
    if abroad:
        return _is_international(abroad[1])
    if not _looks_japanese(plain, groups):
        return False
    if _MOBILE.fullmatch(digits) or _is_phone(digits):
        return True
    between = {plain[a[1] : b[0]].strip(" ") for a, b in pairwise(groups)}
    is_parted = bool(between) and between <= {"-", "(", ")", "の"}
    return is_parted and digits[1] != "0" and tuple(e - s for s, e in groups) in _JAPANESE_SHAPES


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
    between = {plain[a[1] : b[0]].strip(" ") for a, b in pairwise(groups)}
    return len(between) <= 1 or not between & {".", "/"}


def _is_phone(number: str) -> bool:
    # Half a second of tables: loaded when the first text has a run that may be a number.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "JP"))
    except phonenumbers.NumberParseException:
        return False
