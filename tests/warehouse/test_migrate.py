"""Migrations: each whole or not at all, never edited, never older than the file."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import WarehouseError
from warehouse.schema import MIGRATIONS, migrate


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {t for (t,) in con.execute("select table_name from duckdb_tables()").fetchall()}


def test_our_own_migrations_apply_once(con: duckdb.DuckDBPyConnection) -> None:
    last = migrate(con)
    applied = con.execute("select number, applied_at from core.migrations order by number").fetchall()
    assert migrate(con) == last == applied[-1][0]
    assert con.execute("select number, applied_at from core.migrations order by number").fetchall() == applied


def test_a_kill_after_any_migration_leaves_a_file_that_can_be_opened(tmp_path: Path) -> None:
    """What stands in the write-ahead log alone is replayed: DuckDB cannot replay every statement."""
    done = tmp_path / "migrations"
    done.mkdir()
    with closing(duckdb.connect(str(tmp_path / "house.duckdb"))) as con:
        con.execute("SET wal_autocheckpoint = '1GB'")
        for path in sorted(MIGRATIONS.glob("[0-9]*.sql")):
            (done / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
            last = migrate(con, done)
            killed = tmp_path / path.stem
            killed.mkdir()
            for name in ("house.duckdb", "house.duckdb.wal"):
                shutil.copy(tmp_path / name, killed)
            with closing(duckdb.connect(str(killed / "house.duckdb"))) as again:
                assert migrate(again, done) == last


def test_a_migration_that_fails_in_its_middle_leaves_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "0001_good.sql").write_text("create table good (i integer);")
    (tmp_path / "0002_bad.sql").write_text("create table half (i integer); select * from nowhere;")
    with pytest.raises(duckdb.CatalogException):
        migrate(con, tmp_path)
    assert _tables(con) == {"migrations", "good"}
    assert con.execute("select max(number) from core.migrations").fetchone() == (1,)
    (tmp_path / "0002_bad.sql").write_text("create table whole (i integer);")
    assert migrate(con, tmp_path) == 2


def test_an_edited_migration_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("create table a (i integer);")
    migrate(con, tmp_path)
    (tmp_path / "0001_a.sql").write_text("create table a (i bigint);")
    with pytest.raises(WarehouseError, match=r"0001_a\.sql was edited after it was applied"):
        migrate(con, tmp_path)


def test_a_file_of_a_newer_project_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"000{number}_a.sql").write_text(f"create table a{number} (i integer);")
    migrate(con, tmp_path)
    (tmp_path / "0002_a.sql").unlink()
    with pytest.raises(WarehouseError, match=r"newer Hoshiyomi \(schema 2, this one knows 1\)"):
        migrate(con, tmp_path)


def test_feedback_from_before_the_ledger_has_agreed_to_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for path in MIGRATIONS.glob("000[1-4]*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    migrate(con, tmp_path)
    con.execute(
        "insert into core.feedback by name"
        " select 'f1' as feedback_id, 'a' as app, 'c' as cohort, 't' as tester, 's' as source,"
        " 'slow' as text,"
        " now() as submitted_at, now() as seen_at, 'w' as consent_version, true as may_analyse,"
        " true as may_quote, 0 as redactions, false as is_sample, core.text_hash('slow') as text_hash"
    )
    con.execute(
        "insert into inferred.predictions select core.text_hash(t), 'm', 'neutral', 0, 1, 0, now()"
        " from (values ('slow'), ('a review')) v(t)"
    )
    migrate(con)
    assert con.execute(
        "select said_analyse, said_quote, may_analyse, may_quote, text_hash, text from core.feedback"
    ).fetchall() == [(True, True, False, False, None, "slow")]
    assert con.execute("select count(*) from inferred.predictions").fetchone() == (1,)
