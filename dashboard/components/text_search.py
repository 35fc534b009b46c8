"""Searching reviews: what a reader typed into words, and where the words stand in a text. Pure.

`ＡＢＣ`, `abc` and `ABC` are one word, and so are `ﾛｸﾞｲﾝ`, `ログイン` and `ろぐいん`.
SQL finds reviews with the same folding (warehouse/macros/search.sql); tests compare the two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from dashboard.sanitize import plain
from warehouse.signatures import folded

MOST_WORDS = 8
LONGEST_WORD = 60
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|「([^」]*)」|(\S+)')
_SOUND_MARKS = "ﾞﾟ"


def terms(typed: str) -> tuple[str, ...]:
    """The words and "phrases" in what a reader typed, folded; a review must hold all of them."""
    # The same quotation marks come from every keyboard; an unclosed one is a mark like any other.
    line = plain(typed).replace("＂", '"').replace("\u3000", " ")
    found = (next(g for g in match.groups() if g is not None) for match in _QUOTED.finditer(line))
    words = dict.fromkeys(" ".join(folded(w[:LONGEST_WORD]).strip('"').split()) for w in found)
    return tuple(w for w in words if w)[:MOST_WORDS]


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces: each with whether it is an occurrence of one of the folded `words`."""
    text = plain(text)
    pieces, at = [], 0
    for start, end in spans(text, words):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(words, is_marked) for words, is_marked in [*pieces, (text[at:], False)] if words]


def spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the folded `words` stand in `text`, joined where they touch, in order."""
    letters = list(_letters(text))
    line = "".join(letter for letter, _, _ in letters)
    hits = sorted(
        (letters[at][1], letters[at + len(word) - 1][2]) for word in words for at in _occurrences(line, word)
    )
    joined: list[tuple[int, int]] = []
    for start, end in hits:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def first_mark(text: str, words: Sequence[str]) -> int:
    """Where the first of the words begins; 0 where there is none."""
    return next((start for start, _ in spans(plain(text), words)), 0)


def _letters(text: str) -> Iterator[tuple[str, int, int]]:
    """Every folded letter with where it begins and ends in `text`."""
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and (text[end] in _SOUND_MARKS or unicodedata.combining(text[end])):
            end += 1
        for letter in folded(text[start:end]):
            yield letter, start, end
        start = end


def _occurrences(line: str, word: str) -> Iterator[int]:
    at = line.find(word)
    while at >= 0:
        yield at
        at = line.find(word, at + len(word))
