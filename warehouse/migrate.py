"""Numbered migrations, each in one transaction with the row that records it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError

FOLDER = Path(__file__).parent / "migrations"

_LEDGER = """
create schema if not exists core;
create table if not exists core.migrations (
    number integer not null, name varchar not null, sha256 varchar not null,
    applied_at timestamptz not null default now()
);
"""


def migrate(con: duckdb.DuckDBPyConnection, folder: Path = FOLDER) -> int:
    """Apply what is not applied yet; the number of the last migration.

    Raises WarehouseError when an applied migration was edited, or when the file was written by a newer
    version of this project.
    """
    con.execute(_LEDGER)
    applied = {
        n: (name, sha)
        for n, name, sha in con.execute("select number, name, sha256 from core.migrations").fetchall()
    }
    last = 0
    for path in sorted(folder.glob("[0-9]*.sql")):
        number = int(path.name.split("_", 1)[0])
        text = path.read_text(encoding="utf-8")
        sha = hashlib.sha256(text.encode()).hexdigest()
        last = number
        if number in applied:
            if applied[number][1] != sha:
                raise WarehouseError(
                    f"Migration {path.name} was edited after it was applied. "
                    "Remedy: restore it and write a new migration."
                )
            continue
        _apply(con, number, path.name, text, sha)
    if applied and max(applied) > last:
        raise WarehouseError(
            f"The warehouse was written by a newer Hoshiyomi (schema {max(applied)}, this one knows {last}). "
            "Remedy: update Hoshiyomi."
        )
    return last


def _apply(con: duckdb.DuckDBPyConnection, number: int, name: str, text: str, sha: str) -> None:
    con.execute("BEGIN")
    try:
        con.execute(text)
        con.execute(
            "insert into core.migrations (number, name, sha256) values (?, ?, ?)",
            [number, name, sha],
        )
    except BaseException:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
