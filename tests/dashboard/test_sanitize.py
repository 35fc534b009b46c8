"""Whatever a stranger writes stays text: on screen, in a label, in a spreadsheet."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sanitize import csv_bytes, label, plain, short


@given(st.text())
def test_plain_text_has_no_control_no_override_and_no_tower(text: str) -> None:
    safe = plain(text)
    assert plain(safe) == safe
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in safe)
    assert not set(safe) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    run = 0
    for c in safe:
        run = run + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        assert run <= 4


@pytest.mark.parametrize(
    "word",
    ["がぎぐ パーティー", "café", "e\u0301le\u0301ve", "हिन्दी", "ไม่ได้", "שָׁלוֹם", "👩‍👩‍👧 🇯🇵", "Việt Nam"],
)
def test_the_worlds_writing_is_left_as_it_is(word: str) -> None:
    assert plain(word) == word


def test_a_label_takes_every_sign_of_markdown_for_itself() -> None:
    written = label("**x** [a](b) :red[y] `c` $z$ <b>\n# h :star:")
    assert written.startswith("\\*\\*x\\*\\* \\[a\\]\\(b\\)")
    assert ":star" not in written
    assert "\n" not in written


def test_a_short_text_is_one_line_of_at_most_so_many_characters() -> None:
    assert short("a\nb  c", 10) == "a b c"
    assert short("x" * 50, 10) == "x" * 9 + "…"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_looks_like_a_formula_is_text_in_the_spreadsheet(cell: str) -> None:
    ((read,),) = _read({"a": cell})
    assert read.startswith("'")


@given(st.text())
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    ((read, *_),) = _read({"a": cell, "b": 1})
    assert not read.lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_heads_are_guarded_too() -> None:
    assert csv_bytes(["=x"], []).decode("utf-8-sig").startswith("'=x")


def test_numbers_stay_numbers_and_times_are_iso_and_missing_is_empty() -> None:
    row = {"n": -0.5, "day": date(2026, 1, 2), "at": datetime(2026, 1, 2, tzinfo=UTC), "none": None}
    assert _read(row) == [["-0.5", "2026-01-02", "2026-01-02T00:00:00+00:00", ""]]


def test_a_spreadsheet_sees_the_encoding() -> None:
    assert csv_bytes(["名前"], [{"名前": "星読み"}]).startswith(b"\xef\xbb\xbf")


def _read(row: dict[str, object]) -> list[list[str]]:
    text = csv_bytes(list(row), [row]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]
