"""A text as an eye reads it: escaped characters written out, unseen ones gone, forms of digits made plain.

A number can hide behind `&#49;`, `\\uff11` (as JSON writes it in a damaged line), `%31`, `<br>`, zero-width
characters or a hundred hyphens. The searches read the page; what they find is given back as a place in the
text as it was written.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from flows.redaction.digits import UNSEEN, count_digits, fold
from flows.redaction.prefilter import SHORTEST

_ESCAPED = re.compile(
    r"&(?:#[0-9]{1,9};?|#[xX][0-9a-fA-F]{1,8};?|[a-zA-Z]{2,31};)"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[nrt]"
    r"|\\u\{[0-9a-fA-F]{1,6}\}|\\x[0-9a-fA-F]{2}|\\0(?:6[0-7]|7[01])|U\+[0-9a-fA-F]{4}(?![0-9a-fA-F])"
    r"|(?:=3[0-9]){3,}|%u[0-9a-fA-F]{4}|%[2-7][0-9a-fA-F]|%[cC]2%[aA][0dD]|%[eE][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){2}|%[fF][0-4](?:%[89abAB][0-9a-fA-F]){3}"
    r"|</?[a-zA-Z]{1,10}[1-6]?\s{0,2}/?>"
    # Two digits in one circle; voiced kana in two pieces; half-width kana.
    r"|[⑩-⑳㉑-㉟㊱-㊿⑽-⒇⒑-⒛⓫-⓴]|[ぁ-ヿ][\u3099\u309a]|[\uff66-\uff9f]+"
)
_SPECIAL = re.compile(r"[&\\%<=⑩-⑳㉑-㉟㊱-㊿⑽-⒇⒑-⒛⓫-⓴\u3099\u309a\uff66-\uff9f]|U\+")
_PASSES = 3
_ONE_DIGIT = 9
# Other signs than those that mean something to a search: emoji, bullets, stars, lines, foreign quotes.
_SIGN = re.compile(r"[^\w\s\x00-\x7f\u200b。、「」〜〒￥¥€£₽]")
_FAR = re.compile(r"[0-9](?:[^\w]|の){2,}[0-9]")
_REPEATED = re.compile(r"\u200b+|\s{2,}|([^\w\s])\1+")


@dataclass(slots=True)
class _Edit:
    """One pass of replacing: where each piece of the new text begins, in the new text and in the old one."""

    new: list[int] = field(default_factory=lambda: [0])
    old: list[int] = field(default_factory=lambda: [0])
    length: int = 0
    """Of the old text."""

    def start(self, place: int) -> int:
        """Where the character at `place` begins in the old text."""
        n = bisect_right(self.new, place) - 1
        # Even pieces are kept, odd ones stand for something else and begin where that begins.
        return self.old[n] + (0 if n % 2 else place - self.new[n])

    def end(self, place: int) -> int:
        """Where what ends before `place` ends in the old text, with the unseen that follows it."""
        n = bisect_right(self.new, place - 1) - 1
        if n % 2:
            return self.old[n + 1]
        end = self.old[n] + place - self.new[n]
        # What vanished belongs to the digit before it: a keycap, a variation selector.
        if n + 2 < len(self.new) and self.new[n + 1] == self.new[n + 2] == place:
            return self.old[n + 2]
        return end


@dataclass(frozen=True, slots=True)
class Page:
    """What is searched, and how it was made of the text as written."""

    text: str
    digits: int
    """How many there are in all."""
    said: str
    """Written out, but not folded: names of places are written with kanji numerals, too."""
    unescaped: tuple[_Edit, ...]
    shortened: tuple[_Edit, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text as written that `text[start:end]` stands for, unseen followers included."""
        for edit in self.shortened:
            start, end = edit.start(start), edit.end(end)
        return self.place_of_said(start, end)

    def place_of_said(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text as written that `said[start:end]` stands for."""
        for edit in self.unescaped:
            start, end = edit.start(start), edit.end(end)
        return start, end


def page(text: str) -> Page:
    """Read a text. Never raises; what cannot be unescaped stays as it is."""
    said = text
    unescaped: tuple[_Edit, ...] = ()
    # What was escaped twice (&amp;#49;) is read twice.
    for _ in range(_PASSES if _SPECIAL.search(text) else 0):
        said, edit = _replaced(said, _ESCAPED, _written_out)
        unescaped = (*edit, *unescaped)
        if not edit or not ("&" in said or "%" in said or "<" in said):
            break
    read = fold(said)
    if not read.isascii():
        read = _SIGN.sub("・", read)
    digits = count_digits(read)
    shortened: tuple[_Edit, ...] = ()
    if digits >= SHORTEST and (UNSEEN in read or _FAR.search(read)):
        read, shortened = _replaced(read, _REPEATED, _once)
    return Page(read, digits, said, unescaped, shortened)


def _replaced(
    text: str, form: re.Pattern[str], new: Callable[[re.Match[str]], str]
) -> tuple[str, tuple[_Edit, ...]]:
    edit = _Edit(length=len(text))
    pieces: list[str] = []
    at, length = 0, 0
    for found in form.finditer(text):
        piece = new(found)
        start, end = found.span()
        pieces += (text[at:start], piece)
        length += start - at
        edit.new += (length, length + len(piece))
        edit.old += (start, end)
        length += len(piece)
        at = end
    if not at:
        return text, ()
    return "".join([*pieces, text[at:]]), (edit,)


def _written_out(found: re.Match[str]) -> str:
    raw = found.group()
    match raw[0]:
        case "<":
            return "\n"
        case "&":
            return html.unescape(raw)
        case "=":
            return raw[2::3]
        case "%":
            return chr(int(raw[2:], 16)) if raw[1] == "u" else unquote(raw, errors="replace")
        case "U":
            return chr(int(raw[2:], 16))
        case "\\":
            return _backslashed(raw)
    if unicodedata.numeric(raw[0], 0) > _ONE_DIGIT:
        return str(int(unicodedata.numeric(raw[0])))
    return unicodedata.normalize("NFKC", raw)


def _backslashed(raw: str) -> str:
    match raw[1]:
        case "x":
            return chr(int(raw[2:], 16))
        case "u" if "{" in raw:
            code = int(raw[3:-1], 16)
            return chr(code) if code <= sys.maxunicode else raw
        case "u":
            return bytes.fromhex(raw.replace("\\u", "")).decode("utf-16-be", errors="replace")
        case "0":
            return chr(int(raw[1:], 8))
    return "\n"


def _once(found: re.Match[str]) -> str:
    raw = found.group()
    if raw[0] == UNSEEN:
        return ""
    if raw[0].isspace():
        return "\n" if "\n" in raw else " "
    return raw[0]
