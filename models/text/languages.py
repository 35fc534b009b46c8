"""Does the model's card cover the language of a text? If it does not, its answer would be a guess.

Scripts decide most cases. Within a script that the card covers, a text must speak for another language by
itself: by common words and letters of one that outnumber common words of the covered ones. In doubt a text
is covered: single words, names, emoji and mixtures stay with the model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

from models.text import language_marks as marks

COVERED = ("ja", "en", "de", "fr", "es", "it", "pt", "nl", "ru")
RULES = 1
"""To be raised with every change of what is covered: it is part of the model's version."""

# Enough of a text to tell its language by.
_CUT = 600
_WORD = re.compile(r"[^\W\d_]+")
_LATIN, _CYRILLIC, _HAN, _KANA, _OTHER = "Latin", "Cyrillic", "Han", "Kana", "other"
# Japanese of so many Han and no kana is hardly ever written.
_LONG_WITHOUT_KANA = 16


def is_covered(text: str) -> bool:
    """Whether the text may be read. Texts without letters may."""
    text = text[:_CUT].lower()
    if text.isascii():
        return not _speaks_for_another(_WORD.findall(text))
    text = unicodedata.normalize("NFKC", text)
    letters = [c for c in text if c.isalpha()]
    scripts = Counter(_script(c) for c in letters)
    if not letters:
        return True
    if scripts[_OTHER] * 2 >= len(letters):
        # kaomoji borrow single letters; a word has two side by side
        return not any(_is_foreign(a) and _is_foreign(b) for a, b in pairwise(text))
    if scripts[_KANA]:
        return True
    if scripts[_HAN] >= 2 and scripts[_HAN] * 3 >= len(letters):
        return not _is_chinese("".join(c for c in letters if _script(c) == _HAN))
    return not _speaks_for_another(_WORD.findall(text))


@cache
def _script(letter: str) -> str:
    """The script of a letter, as far as it matters here, by its Unicode name."""
    name = unicodedata.name(letter, "")
    if name.startswith("LATIN") or letter in "ªº":
        return _LATIN
    if name.startswith("CYRILLIC"):
        return _CYRILLIC
    if name.startswith("CJK") or letter in "々〆":
        return _HAN
    if name.startswith(("HIRAGANA", "KATAKANA")) or letter == "ー":
        return _KANA
    return _OTHER


def _is_foreign(c: str) -> bool:
    """A letter of another script, or a vowel sign of one; lone Hangul letters (ㅠㅠ) are a face."""
    if "ᄀ" <= c <= "ᇿ" or "ㄱ" <= c <= "ㆎ":
        return False
    is_sign = c > "\u0590" and unicodedata.category(c) in ("Mn", "Mc") and not unicodedata.combining(c)
    return is_sign or (c.isalpha() and _script(c) == _OTHER)


def _is_chinese(han: str) -> bool:
    """Han without kana: Chinese, or a Japanese cry such as 最高?"""
    strong = sum(c in marks.CHINESE or not _is_common_in_japanese(c) for c in han)
    if (strong and strong * 16 >= len(han)) or any(word in han for word in marks.CHINESE_WORDS):
        return True
    often = [c for c in han if c in marks.CHINESE_OFTEN]
    if len(set(often)) >= 3 and len(often) * 4 >= len(han):
        return True
    return len(han) >= _LONG_WITHOUT_KANA and bool(often)


@cache
def _is_common_in_japanese(c: str) -> bool:
    """Whether it is in level 1 of JIS X 0208 (rows 16 to 47), or 々; old forms of Han are in level 2."""
    code = c.encode("euc_jp", "ignore")
    return c in "々〆" or (len(code) == 2 and code[0] - 0xA0 < 48)


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in marks.OTHERS.items():
        for word in words:
            found[word] = (*found.get(word, ()), language)
    return found


def _speaks_for_another(words: list[str]) -> bool:
    """Latin and Cyrillic: two words for one other language, and more than there are for covered ones."""
    others, listed = _languages_by_word(), Counter[str]()
    for word in words:
        if word in others:
            listed.update(others[word])
    strange = sum(not word.isascii() and word not in others and _has_strange_letter(word) for word in words)
    if not listed and not strange:
        return False
    spoken = max(listed.values(), default=0) + strange
    known = sum(word in marks.COVERED_WORDS and word not in others for word in words)
    return spoken > known and (spoken >= 2 or (strange == 1 and len(words) <= 3))


def _has_strange_letter(word: str) -> bool:
    """Whether no covered language writes one of its letters."""
    return any(
        c in marks.UKRAINIAN_LETTERS or (_script(c) == _LATIN and c not in marks.COVERED_LETTERS)
        for c in word
    )
