"""Rewriting the working file: the same rows in a fresh file, so that no free page holds what was deleted.

DuckDB marks the blocks of deleted rows as free and overwrites them some day. An erasure does not wait for
that: every table is written into a fresh file, the fresh file is compared with the old one, synced, and takes
its name by one rename. A kill leaves the old file or the new one, and no write-ahead log beside either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.marts import CHECKS
from warehouse.migrate import migrate
from warehouse.private import FILE as PRIVATE
from warehouse.private import sync
from warehouse.records import Erasure
from warehouse.writes import CATALOG, FILE, writer

Key = tuple[str, str | None, datetime]
"""A tombstone: tester, app, until when."""
_LEFT = (CHECKS / "no_erased_tester_has_rows.sql").read_text(encoding="utf-8").rstrip().removesuffix(";")
_DONE = (Path(__file__).parent / "load" / "erasures_done.sql").read_text(encoding="utf-8")
# The marts are built anew by whoever asked for this; until then they count as never built.
_NOT_COPIED = frozenset({("core", "marts_built")})


def rewrite(data: Path, done: Sequence[Erasure], now: datetime) -> None:
    """Swap the working file for a fresh one, in which the tombstones `done` are noted as executed.

    Nobody else may write meanwhile: the caller holds the refresh lock. Raises WarehouseError when the fresh
    file does not hold what the old one holds; the old one then stays.
    """
    fresh = data / f".{FILE}.fresh"
    _sweep(data)
    with writer(data) as w:
        _copy(w.con, fresh, done, now)
    if (data / f"{FILE}.wal").exists():
        raise WarehouseError(f"{data / FILE} was not closed cleanly. Remedy: run the command again.")
    sync(fresh)
    fresh.replace(data / FILE)
    sync(data)


def executed(data: Path) -> set[Key]:
    """(tester, app, until) of the tombstones after whose execution the working file was rewritten."""
    with writer(data) as w:
        rows = w.con.execute("select tester, app, erased_until from core.erasures_done").fetchall()
    return {(tester, app, until) for tester, app, until in rows}


def erased_rows(data: Path) -> dict[Key, dict[str, int]]:
    """What loading removed because of each tombstone, by kind."""
    with writer(data) as w:
        rows = w.con.execute(
            "select tester, app, erased_until, sum(feedback)::bigint, sum(predictions)::bigint,"
            " sum(topics)::bigint from core.erased_rows group by all"
        ).fetchall()
    return {
        (tester, app, until): {"feedback": feedback, "predictions": predictions, "topics": topics}
        for tester, app, until, feedback, predictions, topics in rows
    }


def rows_left(data: Path) -> int:
    """How many rows a tombstone covers that are there all the same; 0, or loading is wrong."""
    with writer(data) as w:
        row = w.con.execute(f"select count(*) from ({_LEFT})").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _copy(con: duckdb.DuckDBPyConnection, fresh: Path, done: Sequence[Erasure], now: datetime) -> None:
    # DuckDB takes no parameter here; the path is our own, quoted.
    con.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
    try:
        fresh.chmod(PRIVATE)
        con.execute("USE fresh")
        migrate(con)
        for schema, table in _tables(con):
            name = f'"{schema}"."{table}"'
            # Names from DuckDB's own catalogue, quoted.
            con.execute(f"DELETE FROM fresh.{name}")  # noqa: S608
            con.execute(f"INSERT INTO fresh.{name} BY NAME FROM {CATALOG}.{name}")
            if _content(con, f"fresh.{name}") != _content(con, f"{CATALOG}.{name}"):
                raise WarehouseError(f"The fresh working file does not hold what {schema}.{table} holds.")
        for entry in done:
            con.execute(_DONE, {"tester": entry.tester, "app": entry.app, "until": entry.at, "now": now})
        con.execute("CHECKPOINT fresh")
    finally:
        con.execute(f"USE {CATALOG}")
        con.execute("DETACH fresh")


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What is kept of the working file: every table but the marts, which are in `main`."""
    rows = con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = $working and schema_name <> 'main' and not temporary order by all",
        {"working": CATALOG},
    ).fetchall()
    return [(schema, table) for schema, table in rows if (schema, table) not in _NOT_COPIED]


def _content(con: duckdb.DuckDBPyConnection, table: str) -> tuple[object, ...] | None:
    row: tuple[object, ...] | None = con.execute(
        f"select count(*), bit_xor(hash(t)) from {table} t"  # noqa: S608
    ).fetchone()
    return row


def _sweep(data: Path) -> None:
    """Remove what a killed rewrite left."""
    for left in data.glob(f".{FILE}.fresh*"):
        left.unlink()
