"""Keeping a lake small, and making it forget what its catalog and its files still hold of before.

A lake keeps every snapshot with the files it is made of. `maintain` lets go of those that no publication is
kept of and merges small files; `forget` lets go of all but the newest, whatever was kept, so that nothing of
what was deleted stays: files with deleted rows are rewritten, the files of expired snapshots are removed, and
out of the catalog go the least and greatest values of columns, which may be somebody's words. A catalog file
is then written anew, a catalog in PostgreSQL is vacuumed, because both keep the bytes of deleted rows.

Both need the writer's turn, so there is one of them at a time and no other writer meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse import lake
from warehouse.dictionary import quoted
from warehouse.engines import Lake, lake_of
from warehouse.lake import CATALOG
from warehouse.private import FILE as PRIVATE
from warehouse.private import make_folder, sync
from warehouse.snapshots import published
from warehouse.writes import writer

READ_FOR = timedelta(days=1)
"""So long a reader of the lake may go on with files that no snapshot holds any more."""
_METADATA = f"__ducklake_metadata_{CATALOG}"
_MARTS = ("main", "part")


@dataclass(frozen=True, slots=True)
class Maintained:
    """What maintenance did."""

    snapshots: int
    """So many were let go."""
    merged: int
    """So many small files, or files with deleted rows, were written together."""
    removed: int
    """So many files were removed that nobody needs any more."""
    kept: tuple[int, ...]
    """The snapshots that stay."""


def maintain(data: Path, now: datetime) -> Maintained | None:
    """Merge small files, let go of snapshots that no whole publication is kept of, remove what nobody reads.

    None where the tables lie in no lake.
    """
    if lake_of(data) is None:
        return None
    with writer(data) as w:
        merged = _call(w.con, "ducklake_merge_adjacent_files")
        merged += _call(w.con, "ducklake_rewrite_data_files")
        revisions = [one.revision for one in published(data) if not one.is_snapshot]
        noted = w.con.execute(
            "select lake_snapshot from inferred.publications where revision in (select unnest($r::bigint[]))"
            " and lake_snapshot is not null",
            {"r": revisions},
        ).fetchall()
        kept = {n for (n,) in noted} | {lake.snapshot(w.con)}
        let_go = _expire(w.con, kept)
        before = f"older_than => timestamptz {quoted((now - READ_FOR).isoformat())}"
        removed = _call(w.con, "ducklake_cleanup_old_files", before)
        removed += _call(w.con, "ducklake_delete_orphaned_files", before)
    return Maintained(let_go, merged, removed, tuple(sorted(kept)))


def forget(data: Path, of: Lake) -> None:
    """Let nothing of what was deleted stay in the lake: neither in its files nor in its catalog.

    The marts go, too, and count as never built. To be called when what must go is deleted.
    """
    make_folder(data)
    spill = data / "tmp"
    with lake.turn(of):
        with lake.attached(of, {"temp_directory": str(spill), "memory_limit": "512MB"}) as con:
            _drop_marts(con)
            _call(con, "ducklake_rewrite_data_files", "delete_threshold => 0")
            _expire(con, {lake.snapshot(con)})
            _call(con, "ducklake_cleanup_old_files", "cleanup_all => true")
            _call(con, "ducklake_delete_orphaned_files", "cleanup_all => true")
            # Those of a table as a whole only ever grow. Without them the values of each file are looked at.
            con.execute(
                f"update {_METADATA}.ducklake_table_column_stats"  # noqa: S608
                " set min_value = null, max_value = null, extra_stats = null"
            )
        _write_anew(of)


def empty(data: Path, of: Lake) -> None:
    """Take every table out of the lake, so that it is as one that was never written to."""
    make_folder(data)
    with lake.turn(of), lake.attached(of, {}) as con:
        con.execute("BEGIN")
        for schema, name, kind in _there(con):
            con.execute(f'DROP {kind} "{schema}"."{name}"')
        macros = con.execute(
            "select distinct schema_name, function_name, function_type from duckdb_functions()"
            " where database_name = current_database() and not internal"
        ).fetchall()
        for schema, name, kind in macros:
            con.execute(f'DROP MACRO {"TABLE " * (kind == "table_macro")}"{schema}"."{name}"')
        schemas = con.execute(
            "select schema_name from duckdb_schemas() where database_name = current_database()"
            " and schema_name in ('core', 'inferred', 'part')"
        ).fetchall()
        for (schema,) in schemas:
            con.execute(f'DROP SCHEMA "{schema}"')
        con.execute("COMMIT")


def _drop_marts(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("BEGIN")
    for schema, name, kind in _there(con):
        if schema in _MARTS:
            con.execute(f'DROP {kind} "{schema}"."{name}"')
    con.execute("delete from core.marts_built")
    con.execute("COMMIT")


def _there(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Schema, name and kind of every table and view of the lake; views first, made of the others."""
    return con.execute(
        "select table_schema, table_name, case table_type when 'VIEW' then 'VIEW' else 'TABLE' end as kind"
        " from information_schema.tables where table_catalog = current_database()"
        " order by kind desc, table_schema, table_name"
    ).fetchall()


def _expire(con: duckdb.DuckDBPyConnection, kept: set[int]) -> int:
    rows = con.execute(f"select snapshot_id from ducklake_snapshots('{CATALOG}')").fetchall()  # noqa: S608
    going = sorted({n for (n,) in rows} - kept)
    if going:
        _call(con, "ducklake_expire_snapshots", f"versions => {going}")
    return len(going)


def _call(con: duckdb.DuckDBPyConnection, name: str, options: str = "") -> int:
    """Call one of the lake's own functions; how many rows it tells of."""
    return len(con.execute(f"CALL {name}('{CATALOG}'{f', {options}' if options else ''})").fetchall())


def _write_anew(of: Lake) -> None:
    """Leave no bytes of deleted rows in the catalog. To be called when nobody has it open."""
    if of.is_shared:
        with lake.connected(of, {}) as con:
            con.execute(f"ATTACH {quoted(of.connection)} AS catalog (TYPE postgres)")
            con.execute("CALL postgres_execute('catalog', 'VACUUM FULL', use_transaction := false)")
        return
    file = Path(of.catalog)
    fresh = file.with_name(f".{file.name}.fresh")
    for left in file.parent.glob(f"{fresh.name}*"):
        left.unlink()
    with duckdb.connect(":memory:") as con:
        con.execute(f"ATTACH {quoted(str(file))} AS old (READ_ONLY)")
        con.execute(f"ATTACH {quoted(str(fresh))} AS fresh")
        con.execute("COPY FROM DATABASE old TO fresh")
        con.execute("CHECKPOINT fresh")
        con.execute("DETACH fresh")
    fresh.chmod(PRIVATE)
    sync(fresh)
    fresh.replace(file)
    sync(file.parent)
