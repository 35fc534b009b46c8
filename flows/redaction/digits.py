"""Which characters are digits, and which look like one.

Digits are all that Unicode or everyday writing takes for one; `fold` makes them plain. Letters and signs that
look like one (O and О for 0, I, l, | and ! for 1) are digits only among digits: a token of real digits and
lookalikes, with no other letter beside it. They follow Unicode's confusables for 0 to 9.
"""

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


# Greek, Cyrillic, Armenian, Coptic, Hebrew, Georgian, Lisu, Tifinagh and others, and the slashed zero.
_LOOKALIKES = {
    "0": "OoΟοОоՕօסഠჿᴏᴑⲞⲟⵔꓳØøѲѳӨөΘθϴ∅⌀⊘🅾🅞",
    "1": "IlıΙІӀӏווןƖꓲⵏᛁⲒℓاі",
    "2": "ƧƨϨϩꙄꛯᒿᴢ",
    "3": "ƷʒȜȝЗзӠӡⳌɜꝪꝫ",
    "4": "ᏎЧ",
    "5": "ƼƽЅѕ",
    "6": "бᏮⳒ",
    "7": "Ղ",
    "8": "Ȣȣᏸ",
    "9": "ꝮⳊ",
}
# They count only where the run has exactly twelve and most of it is digits.
_WEAK = {"5": "S", "8": "B"}
_STROKES = "|!¡❗❕ǀ∣❘│┃￨⏐⏽ᛁ"


def _compatible(wanted: str) -> str:
    """Circled, bold, full-width and other forms of some letters."""
    ranges = ((0x2090, 0x2200), (0x2460, 0x24F0), (0xFF21, 0xFF60), (0x1D400, 0x1D7CC), (0x1F110, 0x1F190))
    found = (chr(c) for low, high in ranges for c in range(low, high))
    return "".join(c for c in found if c not in DIGITS and unicodedata.normalize("NFKC", c) in wanted)


_LOOKALIKES["0"] += _compatible("Oo")
_LOOKALIKES["1"] += _compatible("Il")
_STRONG = {ord(c): digit for digit, letters in _LOOKALIKES.items() for c in letters}
_ALL = _STRONG | {ord(c): digit for digit, letters in _WEAK.items() for c in letters}
_STROKE = {ord(c): "1" for c in _STROKES}
_CLASS = re.escape("".join(map(chr, _ALL)))
# Letters of the scripts that the lookalikes belong to; a kana or kanji beside a number is no part of it.
_OTHER = "A-Za-zÀ-ɏͰ-ϿЀ-ԯ"
_TOKEN = re.compile(rf"(?<![{_OTHER}])[0-9{_CLASS}]+(?![{_OTHER}])")
_ALONE = re.compile(f"[{re.escape(''.join(map(chr, _STRONG)))}]")
_S = re.escape(_STROKES)
_INSIDE = re.compile(rf"(?<=[0-9{_CLASS}])[{_S}]{{1,3}}(?=[0-9{_CLASS}])")
_BEHIND = rf"(?<=[0-9{_CLASS}])[{_S}]{{1,3}}(?![{_S}])"
_BESIDE = re.compile(rf"{_BEHIND}|(?<![{_S}])[{_S}]{{1,3}}(?=[0-9{_CLASS}])")
# The one behind a word ends a sentence.
_BESIDE_NO_WORD = re.compile(rf"{_BEHIND}|(?<![^\W\d_の])[{_S}]{{1,3}}(?=[0-9{_CLASS}])")
_REAL = re.compile("[0-9]")
_LEAST, _LEAST_WEAK = 6, 8
_APART = re.compile(r"[^\W\d_の]")
_TO_DIGIT = dict.fromkeys(_ALL, "0")
_NOT_ASCII = "".join(chr(c) for c in _ALL | _STROKE if c > 0x7F)


# Two ranges for those beyond U+FFFF, which hold digits and a few other signs, too: the search stays fast.
_NEARER = re.escape("".join(c for c in _NOT_ASCII if c < chr(0x10000)))
_TYPED = re.compile(f"[{_NEARER}\U0001d400-\U0001d7cb\U0001f100-\U0001f1ff]")
# Digits "0", lookalikes "o", other letters blanks; what is neither is deleted.
_TELL = bytes(
    ord("0") if c in b"0123456789" else ord("o") if c in b"OoIlSB|!" else ord(" ") for c in range(256)
)
_DELETED = bytes(c for c in range(0xC0) if not (c < 0x80 and chr(c).isalnum()) and c not in b"|!")
_DELETED += b"\xc2\xcc\xcd\xd2\xe3\xf3"
# The same with every first byte that a lookalike may have as one: more is mixed so, and nothing less.
_FIRST = {c.encode()[0] for c in _NOT_ASCII}
_TELL_ANY = bytes(ord("o") if c in _FIRST else told for c, told in enumerate(_TELL))
_DELETED_ANY = bytes(c for c in _DELETED + b"\xe2\xef\xf0" if c not in _FIRST)
# Dashes, quotation marks and the ellipsis, of which none looks like a digit, are met everywhere.
_QUOTES = b"\xe2\x80"
_LONG_RUN = re.compile(rb"[0o]{12,}")


def may_be_typed(raw: bytes) -> bool:
    """Whether letters may stand for digits in a text of which this is UTF-8; no is certain."""
    if not raw.isascii():
        if not _is_mixed(raw.replace(_QUOTES, b"").translate(_TELL_ANY, _DELETED_ANY)):
            return False
        text = raw.decode("utf-8", "surrogatepass")
        raw = _TYPED.sub("O", text).encode("utf-8", "surrogatepass")
    return _is_mixed(raw.translate(_TELL, _DELETED + b"\xe2\xef\xf0"))


def _is_mixed(told: bytes) -> bool:
    if b"0o" not in told and b"o0" not in told:
        return False
    runs = _LONG_RUN.findall(told)
    return any([b"o" in run and run.count(b"0") >= _LEAST for run in runs])  # noqa: C419


def all_typed(text: str) -> Iterator[str]:
    """The text with lookalikes as digits, of the same length: with | and ! as signs, as ones between digits,
    and as ones beside them."""
    folded = fold(text)
    for strokes in (None, _INSIDE, _BESIDE, _BESIDE_NO_WORD):
        struck = strokes.sub(lambda m: "1" * len(m[0]), folded) if strokes else folded
        if strokes and struck == folded:
            continue
        yield _typed(text, folded, struck)


def _typed(text: str, folded: str, struck: str) -> str:
    out = [new if new != old else kept for new, old, kept in zip(struck, folded, text, strict=True)]
    for m in _TOKEN.finditer(struck):
        if _REAL.search(m[0]) or (len(m[0]) == 1 and _ALONE.match(m[0])):
            out[m.start() : m.end()] = m[0].translate(_ALL)
    return "".join(out)


def is_meant(written: str, *, exactly: bool) -> bool:
    """Whether what a search found among lookalikes is a number: enough of it are real digits.

    `exactly` says that the run has twelve digits."""
    folded = fold(written)
    least = _LEAST
    if _APART.search(folded.translate(_TO_DIGIT)):
        return False
    if any(ord(c) in _ALL and ord(c) not in _STRONG for c in folded) or "!" in folded:
        if not exactly:
            return False
        least = _LEAST_WEAK
    return len(_REAL.findall(folded)) >= least
