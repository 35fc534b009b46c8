"""Full-text search: the macros find what the folding of signatures.py finds, and a signature hides
nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import review
from tests.conftest import CHECKOUT
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish, retire_older
from warehouse.reads import ask, rows
from warehouse.schema import build, macros
from warehouse.signatures import folded, forms, register, signatures
from warehouse.writes import writer

# Marks stand behind a letter that takes them.
GRAPHEMES = (*"abXY ＡｚＺ０９ｱｶﾊｯｰあガぱヴゔ漢字電ñÉéАяΔ𝐚①!？.\u3000\n", "ｶﾞ", "ﾊﾟ", "e\u0301", "か\u3099")
LETTERS = st.lists(st.sampled_from(GRAPHEMES), max_size=20).map("".join)
SAID = {
    "latin": "Corona-Warn-App does not start",
    "katakana": "このアプリは重い",
    "hiragana": "このあぷりはおもい",
    "narrow": "ｱﾌﾟﾘが落ちます",
    "wide": "ＮＦＣが反応しない",
    "composed": "Cafe\u0301 is o\u0301pen",
    "fancy": "𝐜𝐨𝐫𝐨𝐧𝐚 only",
    "words": "warn, then nothing",
}


@pytest.fixture(scope="module")
def found() -> Iterator[duckdb.DuckDBPyConnection]:
    """The published macros over a table of texts that each test fills."""
    con = duckdb.connect(":memory:")
    register(con)
    con.execute(
        "create table reviews (title varchar, text varchar, search_bits_1 hugeint, search_bits_2 hugeint)"
    )
    con.execute(macros(over_tables=frozenset({"reviews"})))
    yield con
    con.close()


def _put(con: duckdb.DuckDBPyConnection, text: str, title: str | None = None) -> None:
    con.execute("delete from reviews")
    con.execute(
        "insert into reviews select $title, $text, s.first::hugeint, s.second::hugeint"
        " from (select text_signature(concat_ws(chr(10), $title, $text)) as s)",
        {"title": title, "text": text},
    )


@given(text=LETTERS, start=st.integers(0, 20), length=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_every_piece_of_a_text_finds_it(
    found: duckdb.DuckDBPyConnection, text: str, start: int, length: int
) -> None:
    """The words are cut out of the folded text, so no letter is cut from its mark."""
    words = re.findall(r"[^\s\"“”「」]+", folded(text)[start : start + length])
    _put(found, text)
    for word in words:
        hit = found.execute("select count(*) from search_reviews($q)", {"q": word}).fetchall()
        assert hit == [(1,)], (text, word)


@given(text=LETTERS, word=LETTERS)
@settings(max_examples=40, deadline=None)
def test_what_is_found_is_what_the_folded_text_holds(
    found: duckdb.DuckDBPyConnection, text: str, word: str
) -> None:
    _put(found, text)
    words = [
        w for (ws,) in found.execute("select search_words($q)", {"q": word}).fetchall() for w in ws or []
    ]
    hit = found.execute("select count(*) from search_reviews($q)", {"q": word}).fetchall()
    assert hit == [(int(all(w in folded(text) for w in words)),)], (text, words)


def test_a_query_is_folded_as_a_text_is(found: duckdb.DuckDBPyConnection) -> None:
    typed = "ＡＢＣ ｱﾌﾟﾘ カタカナ ひらがな ﾊﾞｸﾞ É \u30d8\u309a Ａ！"
    assert found.execute("select search_folded($q)", {"q": typed}).fetchall() == [(folded(typed),)]


def test_every_form_of_a_usual_letter_is_folded_in_a_query_as_in_a_text(
    found: duckdb.DuckDBPyConnection,
) -> None:
    letters = [chr(code) for code in range(1, 0x1F200) if not 0xD800 <= code < 0xE000]
    usual = [c for c in letters if " " <= folded(c)[:1] <= "~" or "ぁ" <= folded(c)[:1] <= "ゖ"]
    assert {"①", "²", "ª", "Ａ", "ｱ"} <= {*usual}
    told = found.execute("select c, search_folded(c) from (select unnest($letters) as c)", {"letters": usual})
    assert [(c, said) for c, said in told.fetchall() if said != folded(c)] == []


@pytest.mark.parametrize("word", ["①a", "x²", "ª1", "高い！", "v1．2", "Corona－Warn", "￥５００"])
def test_a_word_is_found_as_it_was_written(found: duckdb.DuckDBPyConnection, word: str) -> None:
    _put(found, f"so {word} it is")
    assert found.execute("select count(*) from search_reviews($q)", {"q": word}).fetchall() == [(1,)]


def test_every_form_of_a_letter_is_found_by_the_letter(found: duckdb.DuckDBPyConnection) -> None:
    letters = [chr(c) for c in (*range(0x21, 0x7F), *range(0x3041, 0x3097))]
    pairs = [(letter, form) for letter in letters for form in forms(letter)]
    missed = found.execute(
        "select letter, form from ("
        "select letter, form, text_signature(form).first::hugeint as bits"
        " from (select unnest($letters) as letter, unnest($forms) as form)"
        ") where not search_finds(null, form, bits, letter)",
        {"letters": [a for a, _ in pairs], "forms": [b for _, b in pairs]},
    ).fetchall()
    assert missed == []


def _lines_of_forms() -> dict[str, str]:
    """What `search_pattern_of_forms` says of each letter."""
    text = (CHECKOUT / "warehouse/macros/search.sql").read_text("utf-8").replace("''", "'")
    return dict(re.findall(r"(?m)^(\S) (\S+)$", text))


def test_the_map_of_forms_is_that_of_the_folding() -> None:
    entries = _lines_of_forms()
    assert len(entries) > 150
    for letter, pattern in entries.items():
        finds = re.compile(pattern)
        assert [c for c in forms(letter) if not finds.fullmatch(c)] == [], letter


@pytest.mark.parametrize("letter", ["a", "z", "0", "あ", "ぱ", "ゔ"])
def test_every_other_letter_that_has_forms_stands_in_the_map(letter: str) -> None:
    assert letter in _lines_of_forms()
    assert len(forms(letter)) > 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("search")
    land(data, "b1", *(review(name, text=text) for name, text in SAID.items()))
    land(data, "b2", review("title", title="ﾛｸﾞｲﾝできない", text="corona"))
    build_all(data)
    publish(data, NOW)
    return data


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("corona warn", {"latin"}),
        ("ＣＯＲＯＮＡ", {"latin", "fancy", "title"}),
        ("ｱﾌﾟﾘ", {"katakana", "hiragana", "narrow"}),
        ("あぷり", {"katakana", "hiragana", "narrow"}),
        ("nfc", {"wide"}),
        ("café", {"composed"}),
        ('"warn then"', set()),
        ('"warn, then"', {"words"}),
        ("ログイン corona", {"title"}),
        ("重", {"katakana"}),
        ("a.p", set()),
        ("xyzzy", set()),
        ("", {*SAID, "title"}),
    ],
)
def test_a_published_file_is_searched(data: Path, query: str, ids: set[str]) -> None:
    path = (data / "current.duckdb").resolve()
    _, answer = ask(path, "select review_id from search_reviews($q)", {"q": query})
    assert {row[0] for row in answer} == ids


def test_a_newer_state_is_found_by_its_own_words(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1", text="まえの言葉"))
    land(tmp_path, "b2", review("r1", text="あたらしい言葉", seen_at=NOW, reviewed_at=NOW))
    build_all(tmp_path)
    path = publish(tmp_path, NOW).path
    for word, n in (("あたらしい", 1), ("まえの", 0)):
        assert ask(path, "select count(*) from search_reviews($q)", {"q": word})[1] == [(n,)]


def test_signatures_that_are_missing_are_made_by_the_next_load(tmp_path: Path) -> None:
    land(tmp_path, "b1", *(review(f"r{n}", text=f"text {n}") for n in range(300)))
    with writer(tmp_path) as w:
        w.load(NOW)
        made = "select review_id, search_bits_1, search_bits_2 from core.reviews order by 1"
        before = w.con.execute(made).fetchall()
        w.con.execute("update core.reviews set search_bits_1 = null, search_bits_2 = null")
        w.load(NOW)
        assert w.con.execute(made).fetchall() == before
        assert all(first for _, first, _ in before)


def test_a_signature_is_the_same_alone_and_among_others() -> None:
    texts = ["アプリ", "", "a\0b", "ｱﾌﾟﾘ", "Cafe\u0301", "漢字"]
    together = signatures(texts)
    assert [list(row) for row in together] == [list(signatures([t])[0]) for t in texts]
    assert together[0][0] == together[3][0], "the same letters, the same bits"
    assert not together[1].any()


def test_no_bytes_of_what_is_gone_stay_in_the_index(tmp_path: Path) -> None:
    """Neither its words nor its signature are in any published file."""
    land(tmp_path, "b1", review("r1", text="bleibt"), review("r2", text="verschwindendes Wort"))
    build_all(tmp_path)
    with writer(tmp_path) as w:
        ((first, second),) = w.con.execute(
            "select search_bits_1, search_bits_2 from core.reviews where review_id = 'r2'"
        ).fetchall()
    traces = [*(int(n).to_bytes(16, "little") for n in (first, second)), b"verschwindendes Wort"]
    old = publish(tmp_path, NOW).path
    assert all(trace in old.read_bytes() for trace in traces), "what is looked for would be seen"
    with writer(tmp_path) as w:
        w.con.execute("delete from core.reviews where review_id = 'r2'")
        build(w.con)
    assert publish(tmp_path, NOW).path != old
    retire_older(tmp_path)
    for file in (tmp_path / "published").iterdir():
        assert not [trace for trace in traces if trace in file.read_bytes()]


def test_an_older_publication_is_searched_by_the_newer_queries(data: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as con:
        con.execute(f"attach '{(data / 'current.duckdb').resolve()}' as now (read_only)")
        con.execute(
            "create table reviews as select * exclude (search_bits_1, search_bits_2) from now.reviews"
        )
        con.execute("create table predictions as from now.predictions")
        con.execute("create table topics as from now.topics")
    wanted = dict.fromkeys(
        ("stores", "places", "versions", "topic", "sentiment", "stars", "edited", "answered", "disagrees",
         "unsure", "vanished"),
    )  # fmt: skip
    found = rows(
        old, "review_search", app="jp.example.app", first="2026-01-01", last="2026-12-31", words=["あぷり"],
        count=20, skip=0, sort="newest", **wanted,
    )  # fmt: skip
    assert {r["review_id"] for r in found} == {"katakana", "hiragana", "narrow"}
