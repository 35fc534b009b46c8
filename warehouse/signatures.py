"""What full-text search needs of a text: its letters folded, and a signature that says which pairs of
letters it holds.

A search first asks the signatures, 32 bytes a review, and reads only texts that hold the bits of every word;
`warehouse/macros/search.sql` then looks into the text itself, so a signature never decides that a text is
found. The method is that of superimposed coding (C. S. Roberts, "Partial-match retrieval via the method of
superimposed codes", Proc. IEEE 67, 1979). A text without a signature is always read.

Letters are folded one by one: width and compatibility forms (NFKC), case, and katakana to hiragana. The
macros hold the same folding turned round, as the forms in which a letter may be written; `forms` makes that
table, and tests compare the two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

PLACES = 250
"""Pairs of letters are hashed to so many bits, half of them in each of two whole numbers: what every reader
of DuckDB files has for these goes to 126 bits."""
UNUSUAL = 125
"""The bit of the first number for texts with wide or narrow letters, compatibility forms or combining marks:
a search looks into them with every form of a letter."""
_HALF = PLACES // 2
_BITS = 256
_FIRST, _SECOND, _SINGLE = np.uint32(2654435761), np.uint32(2246822519), np.uint32(3266489917)
_TOP = np.uint32(8)
"""The lower bits of a product know little of its factors."""
_IDEOGRAPHS = 0x3400
"""From here on a single letter tells something, and gets a bit of its own."""
_SOUND_MARKS = {0xFF9E: 0x3099, 0xFF9F: 0x309A}
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
_WIDE = range(0xFF01, 0xFF5F)
_FIRST_MARK = 0x300
# Where letters with other forms stand: scripts and symbols, then compatibility forms up to the enclosed
# letters.
_FOLDED = (*range(1, 0x3400), *range(0xFB00, 0x1F200))
Codes = npt.NDArray[np.uint32]


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection `text_signature(text)`, a struct of two whole numbers as decimals of 38 digits."""
    con.create_function(  # type: ignore[call-overload]
        "text_signature",
        _numbers,
        ["VARCHAR"],
        duckdb.sqltype("STRUCT(first DECIMAL(38, 0), second DECIMAL(38, 0))"),
        type="arrow",
        null_handling="special",
    )


def _numbers(texts: pa.Array) -> pa.Array:
    rows = signatures([text or "" for text in texts.to_pylist()])
    halves = [np.ascontiguousarray(rows[:, at : at + 2]) for at in (0, 2)]
    numbers = [
        pa.Array.from_buffers(pa.decimal128(38, 0), len(rows), [None, pa.py_buffer(half)]) for half in halves
    ]
    return pa.StructArray.from_arrays(numbers, ["first", "second"])


def folded(text: str) -> str:
    """`text` as it is compared: without width, case and the difference of the kana."""
    codes = _mapping()[_codes(text)]
    line = codes.tobytes().decode("utf-32-le", "replace")
    return unicodedata.normalize("NFC", line) if _marks()[codes].any() else line


def signatures(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The signatures of `texts`, each as the low and high 64 bits of its two numbers: shape (len(texts),
    4)."""
    lines = [text.replace("\0", " ") for text in texts]
    if not lines:
        return np.zeros((0, _BITS // 64), np.uint64)
    # The separator between texts belongs to none of them.
    raw = _codes("\0".join(lines))
    unusual = np.unique(np.cumsum(raw == 0)[_unusual()[raw]])
    for n in unusual:
        lines[n] = folded(lines[n])
    codes = _mapping()[_codes("\0".join(lines)) if unusual.size else raw]
    ends = codes == 0
    place = np.cumsum(ends, dtype=np.int32) * np.int32(_BITS)
    first, second = codes[:-1], codes[1:]
    inside = ~(ends[:-1] | ends[1:])
    alone = codes >= _IDEOGRAPHS
    present = np.zeros(len(lines) * _BITS, bool)
    present[(place[:-1] + _bit(first * _FIRST + second * _SECOND))[inside]] = True
    present[place[alone] + _bit(codes[alone] * _SINGLE)] = True
    present[unusual * _BITS + UNUSUAL] = True
    return np.packbits(present, bitorder="little").view(np.uint64).reshape(-1, _BITS // 64)


def _bit(hashes: Codes) -> npt.NDArray[np.int32]:
    """Which bit of the two numbers a hash stands for."""
    place = ((hashes >> _TOP) % np.uint32(PLACES)).astype(np.int32)
    return place + (place >= _HALF) * np.int32(_BITS // 2 - _HALF)


def forms(letter: str) -> str:
    """Every single letter that folds to `letter`, itself first."""
    code = ord(letter)
    return letter + "".join(sorted(chr(c) for c in np.flatnonzero(_mapping() == code) if c != code))


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


@cache
def _mapping() -> Codes:
    """Of each code point the one that it folds to."""
    table = np.arange(0x110000, dtype=np.uint32)
    for code in _FOLDED:
        table[code] = _folds_to(chr(code))
    return table


def _folds_to(letter: str) -> int:
    code = ord(letter)
    if code in _SOUND_MARKS:
        return _SOUND_MARKS[code]
    to = unicodedata.normalize("NFKC", letter)
    to = to if len(to) == 1 else letter
    low = to.casefold()
    to = low if len(low) == 1 else to
    if ord(to) in _KATAKANA:
        return ord(to) - _TO_HIRAGANA
    # Other scripts keep what their users type: only their case is folded.
    return ord(to) if _is_tabled(to) or letter in (to, to.upper()) else code


def _is_tabled(letter: str) -> bool:
    return " " <= letter <= "~" or "\u3041" <= letter <= "\u3096" or letter in "ー、。「」・"


@cache
def _unusual() -> npt.NDArray[np.bool_]:
    """Of each code point whether it joins the letter before it, or is a letter of another width or form."""
    table = _marks().copy()
    mapping = _mapping()
    for code in _FOLDED:
        letter = chr(code)
        plain = letter.lower() if len(letter.lower()) == 1 else letter
        is_kana = code in _KATAKANA
        table[code] |= not is_kana and mapping[code] != code and chr(mapping[code]) != plain
        # Wide marks are too common in Japanese: the pattern for usual texts knows them, too.
        table[code] &= code not in _WIDE or unicodedata.category(letter)[0] != "P"
    return table


@cache
def _marks() -> npt.NDArray[np.bool_]:
    """Of each code point whether it joins the letter before it."""
    table = np.zeros(0x110000, bool)
    for code in range(_FIRST_MARK, 0x1F000):
        table[code] = unicodedata.combining(chr(code)) != 0
    return table
