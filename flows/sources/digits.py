"""Digits in every form people write them, and a quick answer to whether a text may hold a number."""

from __future__ import annotations

import re
import unicodedata

_KANJI = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI |= {"壱": 1, "弐": 2, "参": 3}
_HYPHENS = "‐‑‒–—―−⁃⁻₋﹘﹣－ーｰ─━˗"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Zero-width characters, soft hyphen, variation selectors, keycap: nothing of them shows between digits.
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\u20e3\ufeff"
_LOOSE = ".,/_:;|~()・･·、，．／＿：；｜～〜（）の"


def _decimals() -> dict[str, int]:
    """Every character with the value of a digit in the blocks that hold such characters."""
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

    It is NFKC where NFKC maps one character to one; in addition kanji numerals become digits, all
    hyphens (the long vowel mark among them) become "-", and all unseen characters U+200B.
    """
    return text if text.isascii() else text.translate(_FOLD)


def _class(characters: str) -> str:
    return "".join(re.escape(c) for c in characters)


_DIGIT = f"[0-9{_class(''.join(_DIGITS))}]"
_GAP = rf"[\s\-{_class(_HYPHENS + _UNSEEN + _LOOSE)}]{{0,5}}"
# Six digits that nothing but separators part: the shortest number that a label makes personal.
_SHORTEST = 6
_RUN = re.compile(rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{{_SHORTEST - 1}}}")
_ADDRESS = re.compile(r"[@＠]|[:：][/／]{2}")

# The same asked of the bytes, ten times as fast: separators are deleted, digits become "0", the rest
# "x". Bytes that separators share with other characters are deleted too, so the answer may be a
# needless yes, never a wrong no.
_WHITE = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_GAP_BYTES = bytes(set((_WHITE + "-" + _HYPHENS + _UNSEEN + _SPACES + _LOOSE).encode()))
_SQUEEZE = bytes(ord("0") if c in b"0123456789" else ord("x") for c in range(256))
_ZEROS = b"0" * _SHORTEST
# Lead bytes of scripts with digits of their own. Latin, Greek, Cyrillic, punctuation and emoji share
# theirs with superscripts, circled and mathematical digits only, told by the second byte.
_OTHER_DIGITS = re.compile(
    rb"[\xc2\xd9-\xf0](?:(?<=[\xd9-\xe1\xe3-\xef])|(?<=\xc2)[\xb2\xb3\xb9]"
    rb"|(?<=\xe2)[\x81\x82\x91-\x9e]|(?<=\xf0)[\x90-\x9e])"
)
# ASCII, the bytes that follow a lead byte, and the leads of Latin, Greek and Cyrillic letters.
_PLAIN = bytes([*range(0xC2), *range(0xC3, 0xD9)])


def may_hold_number(text: str) -> bool:
    """Whether there may be a number, an e-mail address or a web address in the text; no is certain."""
    raw = text.encode("utf-8", "surrogatepass")
    if _ZEROS in raw.translate(_SQUEEZE, _GAP_BYTES) and _RUN.search(text):
        return True
    if "@" in text or "://" in text:
        return True
    if not raw.translate(None, _PLAIN) or not _OTHER_DIGITS.search(raw):
        return False
    return bool(_RUN.search(text) or _ADDRESS.search(text))
