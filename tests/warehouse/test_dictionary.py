"""The public schema: every name is explained, none is reserved, and one name has one type."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests import builders
from tests.warehouse.house import NOW, land
from warehouse import dictionary as module
from warehouse.dictionary import dictionary
from warehouse.errors import WarehouseError
from warehouse.publish import publish
from warehouse.schema import SCHEMA_VERSION, build, columns_of, macros, marts
from warehouse.writes import writer

COLUMNS = "warehouse/marts/columns.toml"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with a little of everything."""
    data = tmp_path_factory.mktemp("dictionary")
    land(data, "b1", builders.review(), builders.snapshot(), builders.release(), builders.feedback())
    with writer(data) as w:
        w.load(NOW)
        build(w.con)
    return publish(data, NOW).path


@pytest.fixture
def con(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(file), read_only=True) as con:
        yield con


def _columns(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str | None]]:
    return con.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal "
        "order by table_name, column_index"
    ).fetchall()


def test_every_column_of_a_published_file_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    missing = [f"{table}.{column}" for table, column, _, comment in _columns(con) if not comment]
    assert not missing, (
        f'No comment: {", ".join(missing)}. Add `column = ["English.", "日本語。"]` (a third part names the '
        f"unit) to {COLUMNS}: under [all] where the name means this everywhere, else under its table."
    )


def test_every_table_has_its_question_in_both_languages(con: duckdb.DuckDBPyConnection) -> None:
    told = dict(con.execute("select table_name, comment from duckdb_tables()").fetchall())
    assert set(told) == {m.name for m in marts()}
    missing = [name for name in told if name not in dictionary().tables]
    assert not missing, (
        f'No Japanese question: {", ".join(missing)}. Add `name = "…"` to [tables] of {COLUMNS}.'
    )
    for mart in marts():
        assert (
            told[mart.name]
            == f"{mart.question} [one row: {', '.join(mart.grain)}] / {dictionary().tables[mart.name]}"
        )


def test_every_macro_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    told = con.execute(
        "select distinct function_name, comment from duckdb_functions() where not internal"
    ).fetchall()
    assert len(told) == macros().count("create or replace macro")
    missing = [name for name, comment in told if not comment]
    assert not missing, (
        f'No comment: {", ".join(missing)}. Add `name = ["English.", "日本語。"]` to '
        "warehouse/macros/macros.toml."
    )


def test_no_name_of_a_published_table_or_column_is_reserved(con: duckdb.DuckDBPyConnection) -> None:
    words = {
        word
        for (word,) in con.execute(
            "select keyword_name from duckdb_keywords() "
            "where keyword_category in ('reserved', 'type_function')"
        ).fetchall()
    }
    assert {"at", "overlaps", "select"} <= words
    names = {t for t, *_ in _columns(con)} | {f"{t}.{c}" for t, c, *_ in _columns(con)}
    reserved = sorted(n for n in names if n.rsplit(".", 1)[-1] in words)
    assert not reserved, (
        f"Words of SQL, which a reader must quote: {', '.join(reserved)}. Rename them in the mart."
    )


def test_every_name_can_be_written_without_quotes(con: duckdb.DuckDBPyConnection) -> None:
    # What duckdb_keywords() says is one thing; what its parser takes in each place is what a reader meets.
    for table, column, *_ in _columns(con):
        con.execute(
            f"select {column}, t.{column} as {column}, count(*) as n from {table} t "
            f"where {column} is not null group by {column} order by {column}"
        )


def test_columns_of_one_name_have_one_type(con: duckdb.DuckDBPyConnection) -> None:
    types: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table, column, data_type, _ in _columns(con):
        types[column][data_type].append(table)
    several = {column: dict(found) for column, found in types.items() if len(found) > 1}
    assert not several, (
        f"One name, several types: {several}. Cast in the mart, or rename: `_at` is TIMESTAMPTZ, `_on` DATE, "
        "numbers of things are BIGINT."
    )


@pytest.mark.parametrize(
    ("ends", "wanted"), [("_at", "TIMESTAMP WITH TIME ZONE"), ("_on", "DATE"), ("n_", "BIGINT")]
)
def test_a_name_says_the_type(con: duckdb.DuckDBPyConnection, ends: str, wanted: str) -> None:
    told = {
        f"{t}.{c}": kind
        for t, c, kind, _ in _columns(con)
        if (c.startswith(ends) if ends.endswith("_") else c.endswith(ends))
        # `told_on` is a day, `rests_on` is not: a release rests on something
        and c != "rests_on"
    }
    assert told
    assert {name: kind for name, kind in told.items() if kind != wanted} == {}


def test_a_day_is_said_by_the_name(con: duckdb.DuckDBPyConnection) -> None:
    """But for names that are deprecated: they stay as they are until they go."""
    ends = ("_on", "day", "period_start", "period_end", "_from", "_until", "_since")
    told = [
        f"{table}.{column}"
        for table, column, data_type, comment in _columns(con)
        if data_type == "DATE" and not str(comment).startswith("Deprecated since ")
    ]
    assert len(told) > 20
    assert [name for name in told if not name.endswith(ends)] == []


def test_an_owner_is_a_team_wherever_the_word_stands(con: duckdb.DuckDBPyConnection) -> None:
    meant = {
        str(comment)
        for _, column, _, comment in _columns(con)
        if column == "owner" and not str(comment).startswith("Deprecated since ")
    }
    assert len(meant) == 1
    assert "Team" in meant.pop()


def test_what_is_deprecated_says_what_stands_in_its_place(con: duckdb.DuckDBPyConnection) -> None:
    columns = {(table, column) for table, column, *_ in _columns(con)}
    promised = re.compile(r"Deprecated since (\d+)\.(\d+): ([a-z_]+)\.")
    known = tuple(map(int, SCHEMA_VERSION.split(".")))
    found = [(t, c, str(told)) for t, c, _, told in _columns(con) if "eprecated" in str(told)]
    assert found
    for table, column, told in found:
        match = promised.match(told)
        assert match, f"{table}.{column}: {told}"
        assert (int(match[1]), int(match[2])) <= known
        assert (table, match[3]) in columns, f"{table}.{match[3]} stands in place of {column}"


def test_yes_or_no_is_said_by_the_name(con: duckdb.DuckDBPyConnection) -> None:
    for table, column, data_type, _ in _columns(con):
        if column.startswith(("is_", "has_", "may_")):
            assert data_type == "BOOLEAN", f"{table}.{column}"


def test_no_entry_speaks_of_what_is_not_there(con: duckdb.DuckDBPyConnection) -> None:
    columns = [(t, c) for t, c, *_ in _columns(con)]
    known = dictionary()
    assert set(known.tables) <= {t for t, _ in columns}
    assert set(known.everywhere) <= {c for _, c in columns}
    assert {(t, c) for t, entries in known.of_table.items() for c in entries} <= set(columns)
    assert set(known.macros) == {name for name, _ in module.published_macros(con)}


def test_the_working_file_has_the_comments_too(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        build(w.con)
        told = w.con.execute(
            "select table_name, column_name from duckdb_columns() "
            "where schema_name = 'main' and not internal and comment is null"
        ).fetchall()
        assert told == []
        assert w.con.execute("select comment from duckdb_views() where view_name = 'reviews'").fetchone() != (
            None,
        )
        assert columns_of(w.con, "reviews")[0] == "app"


def test_changed_words_are_published_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def published(hour: int) -> bool:
        with writer(tmp_path) as w:
            build(w.con)
        return publish(tmp_path, datetime(2026, 3, 1, hour, tzinfo=UTC)).is_new

    assert published(1)
    assert not published(2)
    monkeypatch.setattr(module, "texts", lambda: "other words")
    assert published(3)


@pytest.mark.parametrize("entry", ['"one"', '["one"]', '["one", 2]', '["a", "b", "c", "d"]'])
def test_a_malformed_entry_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    path = tmp_path / "columns.toml"
    path.write_text(f"[tables]\n[all]\napp = {entry}\n", encoding="utf-8")
    monkeypatch.setattr(module, "_COLUMNS", path)
    with pytest.raises(WarehouseError, match=r"columns\.toml, \[all\] app: .* is not"):
        dictionary.__wrapped__()
