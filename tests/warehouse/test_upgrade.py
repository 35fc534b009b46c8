"""A data folder of every released schema is taken forward; of a newer one a backup leads back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.backup.make import backup
from flows.backup.restore import Given, restore
from flows.config.load import load_config
from tests.flows.privacy.erasing import NOW, build_house
from tests.warehouse.house import load
from warehouse import schema, versions
from warehouse.errors import WarehouseError
from warehouse.publish import publish
from warehouse.reads import current, rows
from warehouse.schema import MIGRATIONS, build, check, migrate
from warehouse.writes import FILE, writer

RELEASED = (14, 27)
"""The newest migration of each release: 0.1.0, 0.2.0. A release adds its number here."""
LEVELS = [int(p.name.split("_", 1)[0]) for p in sorted(MIGRATIONS.glob("[0-9]*.sql"))]
# Before 7 there was no ledger of landed files and no consent ledger to come from.
OLD = [n for n in LEVELS if n >= 7]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of this version, published; nobody writes to it."""
    return build_house(tmp_path_factory.mktemp("world") / "data", 12).data


@pytest.fixture
def data(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def take_back_to(data: Path, level: int, migrations: Path) -> None:
    """Give a folder the working file that an older version had: its migrations, with the rows they have room
    for."""
    migrations.mkdir()
    for path in MIGRATIONS.glob("[0-9]*.sql"):
        if int(path.name.split("_", 1)[0]) <= level:
            shutil.copy(path, migrations)
    older = data / "older.duckdb"
    con = duckdb.connect(str(older))
    con.execute("set timezone = 'UTC'")
    migrate(con, migrations)
    con.execute(f"attach '{data / FILE}' as newer (read_only)")
    for name, columns in _common(con).items():
        wanted = ", ".join(f'"{c}"' for c in columns)
        con.execute(f"delete from {name}")
        con.execute(f"insert into {name} ({wanted}) select {wanted} from newer.{name}")
    con.execute("detach newer")
    con.execute("checkpoint")
    con.close()
    older.replace(data / FILE)


def _common(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """By table of both databases, but for the ledger of migrations: the columns that both have."""
    found = con.execute(
        "select o.schema_name || '.' || o.table_name, list(o.column_name order by o.column_index)"
        " from duckdb_columns() o join duckdb_columns() n using (schema_name, table_name, column_name)"
        " join duckdb_tables() t on t.database_name = o.database_name and t.table_oid = o.table_oid"
        " where o.database_name = 'older' and n.database_name = 'newer'"
        " and o.schema_name in ('core', 'inferred') and o.table_name <> 'migrations' group by 1"
    ).fetchall()
    return dict(found)


def test_every_release_is_in_the_line_of_migrations() -> None:
    assert set(RELEASED) <= set(LEVELS)


@pytest.mark.parametrize("level", OLD)
def test_a_folder_of_an_older_schema_is_taken_forward(data: Path, tmp_path: Path, level: int) -> None:
    before = _published(data)
    take_back_to(data, level, tmp_path / "migrations")
    assert versions.of_working(data / FILE).schema == level
    assert load(data).files == {}
    with writer(data) as w:
        build(w.con)
        assert [f for f in check(w.con) if f.severity == "stop"] == []
    publish(data, NOW)
    assert versions.of_working(data / FILE).schema == versions.known()
    after = _published(data)
    assert after["reviews"] == before["reviews"]
    assert after["feedback"] == before["feedback"]
    assert len(after["feedback"]) > 10
    if level in RELEASED:
        # What the model takes for what comes with the model, at the next reading of texts.
        assert {**after, "models": before["models"]} == before


def _published(data: Path) -> dict[str, list[Any]]:
    with duckdb.connect(str(current(data)), read_only=True) as con:
        names = [n for (n,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        # Publications tell when they were made.
        return {n: con.execute(f"from {n} order by all").fetchall() for n in names if "publication" not in n}


def test_a_newer_folder_is_refused_and_left_as_it_is_and_a_backup_leads_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Update, find that it was a mistake, go back: as docs/operations.md says it."""
    before = _published(data)
    config = load_config().model_copy(update={"data": data})
    made = backup(config, tmp_path / "backups", datetime.now(UTC))
    # The newer version: one migration more, and a table that this one does not know.
    newer = tmp_path / "newer"
    shutil.copytree(MIGRATIONS, newer)
    (newer / "9999_next.sql").write_text(
        "create table core.next (i integer); insert into core.next values (1);"
    )
    with duckdb.connect(str(data / FILE)) as con:
        con.execute("set timezone = 'UTC'")
        assert migrate(con, newer) == 9_999
    content = (data / FILE).read_bytes()
    with pytest.raises(WarehouseError, match=r"newer Hoshiyomi \(schema 9999, this one knows \d+\)"):
        load(data)
    assert (data / FILE).read_bytes() == content
    # The newer one's backup is refused by the older version, the older one's backup is taken.
    of_newer = backup(config, tmp_path / "backups", datetime.now(UTC))
    there = tmp_path / "there"
    with pytest.raises(WarehouseError, match="is of a newer Hoshiyomi"):
        restore(there, of_newer.path, Given(), datetime.now(UTC))
    restore(there, made.path, Given(), datetime.now(UTC))
    assert _published(there) == before
    load(there)
    assert rows(current(there), "status")[0]["apps"] == rows(current(data), "status")[0]["apps"]


def test_nothing_is_applied_to_a_newer_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a migration that it lacks: two lines of development met in one file."""
    (tmp_path / "0001_a.sql").write_text("create table a (i integer);")
    (tmp_path / "0005_e.sql").write_text("create table e (i integer);")
    with duckdb.connect(":memory:") as con:
        migrate(con, tmp_path)
        (tmp_path / "0005_e.sql").unlink()
        (tmp_path / "0003_c.sql").write_text("create table c (i integer);")
        with pytest.raises(WarehouseError, match=r"schema 5, this one knows 3"):
            schema.migrate(con, tmp_path)
        assert con.execute("select count(*) from duckdb_tables() where table_name = 'c'").fetchone() == (0,)


def test_a_mended_migration_is_known_by_its_former_sum_and_no_other(tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as con:
        migrate(con)
        change = "update core.migrations set sha256 = ? where number = 14"
        con.execute(change, ["11713c693e75ea14797226afff0de980815c095a0204d75136cf1cdf43d0c743"])
        assert migrate(con) == versions.known()
        con.execute(change, ["0" * 64])
        with pytest.raises(WarehouseError, match="was edited after it was applied"):
            migrate(con)
