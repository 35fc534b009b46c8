"""Which schema this program knows and which one a working file has: for whoever copies or judges the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse import lake
from warehouse.engines import Lake
from warehouse.errors import Busy, WarehouseError, of_working_file
from warehouse.locks import is_locked
from warehouse.schema import MIGRATIONS

DUCKDB = duckdb.__version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """What a working file says of itself."""

    schema: int
    """The number of its newest migration; 0 before the first."""
    files: int
    """Landing files that were loaded."""


def known(folder: Path = MIGRATIONS) -> int:
    """The number of the newest migration that this program brings."""
    return max(int(path.name.split("_", 1)[0]) for path in folder.glob("[0-9]*.sql"))


def of_working(file: Path) -> Working:
    """What a working file says; nothing is changed, no migration applied.

    Raises Busy while a writer has it open, WorkingFileDamaged, and WarehouseError for another DuckDB's file.
    """
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            tables = {t for (t,) in con.execute("select table_name from duckdb_tables()").fetchall()}
            schema = _one(con, "select max(number) from core.migrations") if "migrations" in tables else 0
            files = _one(con, "select count(*) from core.landing_files") if "landing_files" in tables else 0
    except duckdb.Error as error:
        known_as = of_working_file(error, file)
        if known_as is not None:
            raise known_as from error
        if "lock" not in str(error).lower():
            raise
        raise Busy(f"{file} is being written. Remedy: ask again in some seconds.") from error
    return Working(schema=schema, files=files)


def refuse_newer(schema: int, what: str) -> None:
    """Raises WarehouseError where a newer Hoshiyomi wrote `what`: its schema is not known here."""
    if schema > known():
        raise WarehouseError(
            f"{what} is of a newer Hoshiyomi (schema {schema}, this one knows {known()}). Remedy: install "
            "that version, or take a backup that was made before the update."
        )


def of_lake(of: Lake) -> Working | None:
    """What a lake says, None where there is none yet; nothing is changed, no migration applied.

    Raises Busy while a writer has its turn at a catalog file, and WarehouseError where it cannot be opened.
    """
    if not lake.is_there(of):
        return None
    if not of.is_shared and is_locked(lake.lock_file(of)):
        raise Busy(f"Another process is writing to the lake ({of.catalog}).")
    with lake.attached(of, {}, ", READ_ONLY") as con:
        tables = {t for (t,) in con.execute("select table_name from duckdb_tables()").fetchall()}
        if "migrations" not in tables:
            return None
        return Working(
            schema=_one(con, "select max(number) from core.migrations"),
            files=_one(con, "select count(*) from core.landing_files"),
        )


def _one(con: duckdb.DuckDBPyConnection, select: str) -> int:
    row = con.execute(select).fetchone()
    return int(row[0] or 0) if row else 0
