"""Words are found whatever their case, width and kana, and marked where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components import text_search as search
from dashboard.components.review_cards import marked as markup_of
from dashboard.sanitize import plain

ALPHABET = st.text("abcXYZ ＡｚＺ０９ｱｶﾞﾊﾟｯｰあガぱ漢字ñÉ\u0301\u3099éАяΔ!？\u3000", max_size=30)


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", ()),
        ("  crash  login ", ("crash", "login")),
        ('"logs me out" card', ("logs me out", "card")),
        ("「読み取れません」　カード", ("読み取れません", "かーど")),
        ("ＡＢＣ abc", ("abc",)),
        ('say "open', ("say", "open")),
        ('""', ()),
        ("a b c d e f g h i j", tuple("abcdefgh")),
    ],
)
def test_what_is_typed_becomes_words_and_phrases(typed: str, terms: tuple[str, ...]) -> None:
    assert search.terms(typed) == terms


@given(ALPHABET, ALPHABET)
def test_marks_change_nothing_but_the_marks(text: str, typed: str) -> None:
    pieces = search.marked(text, search.terms(typed))
    assert "".join(words for words, _ in pieces) == plain(text)


@given(ALPHABET, st.integers(0, 20), st.integers(1, 6))
def test_a_word_that_stands_there_is_marked(text: str, start: int, length: int) -> None:
    for word in search.terms(text[start : start + length]):
        if word in search.folded(text):
            assert search.spans(text, [word])


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("ﾊﾞｸﾞ です", "バグ", "<mark>ﾊﾞｸﾞ</mark> です"),
        ("CRASH, crash", "Crash", "<mark>CRASH</mark>, <mark>crash</mark>"),
        ("<b>x</b>", "b", "&lt;<mark>b</mark>&gt;x&lt;/<mark>b</mark>&gt;"),
        ("あぷり アプリ", "ｱﾌﾟﾘ", "<mark>あぷり</mark> <mark>アプリ</mark>"),
        ("ログイン画面", "ログ グイン", "<mark>ログイン</mark>画面"),
        ("abc", "x", "abc"),
    ],
)
def test_marks_stand_where_the_words_stand(text: str, typed: str, marked: str) -> None:
    assert markup_of(text, search.terms(typed)) == marked
