"""Digits in every form people write them, and a text with all of them made plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Everyday and formal numerals (大字), old and new forms; the circles stand for 〇 on keyboards without it.
_KANJI = {
    c: value
    for value, characters in enumerate(
        [
            "〇零○◯⭕",
            "一壱壹弌",
            "二弐貳貮弍贰",
            "三参參弎叁叄",
            "四肆亖",
            "五伍",
            "六陸陆",
            "七漆柒",
            "八捌",
            "九玖",
        ]
    )
    for c in characters
}
_HYPHENS = "‐‑‒–—―−⁃⁻₋﹘﹣－ーｰ─━˗︱︲⸺⸻"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
UNSEEN = "\u200b"
"""What every unseen character becomes."""
# Soft hyphen, joiners, direction marks, fillers, variation selectors, tags: nothing of them shows between
# digits. Strokes, accents, circles and keycaps do, but the digit beneath is still read: so with every mark
# that Unicode puts on or around the character before it.
_UNSEEN = "".join(
    chr(code)
    for low, high in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180E),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x20DD, 0x20E4), (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x2800, 0x2800),
        (0x283C, 0x283C), (0xE0000, 0xE0FFF),
    )
    for code in range(low, high + 1)
)  # fmt: skip
_MARKS = "".join(
    chr(code)
    for low, high in ((0x300, 0x3100), (0xA000, 0xAC00), (0xF900, 0xFFFF), (0x10000, 0x1F000))
    for code in range(low, high)
    if unicodedata.category(chr(code)) in {"Mn", "Me", "Mc", "Cf"}
)
# Braille writes digits as the letters a to j behind a sign that is folded away with the unseen.
_BRAILLE = dict(zip("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊", range(10), strict=True))
_SINGLE = frozenset(range(10))


def _numerals() -> Iterator[tuple[str, int]]:
    """Every character that stands for one digit: the decimal digits of all scripts, superscripts, circled
    and parenthesised ones, Roman numerals and counting rods. Ideographs are named above."""
    for low, high in ((0x80, 0x3300), (0xA000, 0xAC00), (0xFF10, 0xFF1A), (0x10000, 0x1FC00)):
        for code in range(low, high):
            value = unicodedata.numeric(chr(code), -1)
            if value in _SINGLE:
                yield chr(code), int(value)


DIGITS = dict(_numerals()) | _KANJI | _BRAILLE
"""The value of every character that stands for a digit."""
_FOLD = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {ord(c): ord("-") for c in _HYPHENS}
    | {ord(c): ord(" ") for c in _SPACES}
    | {ord(c): ord(UNSEEN) for c in _MARKS + _UNSEEN}
    | {ord(c): ord("0") + value for c, value in DIGITS.items()}
)
# One range for all beyond U+FFFF: many small ones make the search ten times as slow.
_FOLDABLE = re.compile(
    f"[{''.join(re.escape(chr(c)) for c in sorted(_FOLD) if c < 0x10000)}\U00010000-\U0010ffff]"
)

_NO_DIGIT = bytes(c for c in range(256) if c not in b"0123456789")


def count_digits(plain: str) -> int:
    """How many of 0 to 9 a text holds, asked of its bytes: ten times as fast as a search for each."""
    return len(plain.encode("utf-8", "surrogatepass").translate(None, _NO_DIGIT))


def fold(text: str) -> str:
    """The text with digits, hyphens, spaces and full-width ASCII made plain, of the same length.

    It is NFKC where NFKC maps one character to one; in addition kanji numerals become digits, all
    hyphens (the long vowel mark among them) become "-", and all unseen characters U+200B.
    """
    if text.isascii() or not _FOLDABLE.search(text):
        return text
    return text.translate(_FOLD)
