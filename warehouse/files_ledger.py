"""The ledger of loaded files (`core.landing_files`), held against the landing folder before every load.

A merged file takes the place of those for which it stands without being loaded again, a file that its batch
landed anew under another name is forgotten, and one that is gone is marked: the tables hold its rows, but a
rebuild would not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from warehouse.batches import COMPACT, stands_for
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.records import Coverage
from warehouse.soundness import examine

_LOAD = Path(__file__).parent / "load"


def known(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The files that were loaded."""
    return {path for (path,) in con.execute("select path from core.landing_files").fetchall()}


def settle(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    files: Mapping[str, Sequence[str]],
    whole: Collection[str],
    now: datetime,
) -> tuple[str, ...]:
    """Bring the ledger in line with what lies in the landing folder; the files that are missing.

    To be called in a transaction.
    """  # fmt: skip
    there = {path for paths in files.values() for path in paths}
    loaded = known(con)
    for batch in sorted(b for b in whole if b.startswith(COMPACT)):
        paths = [p for p in there if p.split("/")[1] == batch]
        if not loaded.issuperset(paths) and examine(landing, batch).harm is None:
            adopt(con, landing, batch, paths, now)
    gone = known(con) - there
    superseded = _superseded(landing, gone, whole)
    forget(con, superseded)
    missing = sorted(gone - superseded)
    con.execute(_sql("missing_files"), {"missing": missing, "now": now})
    return tuple(missing)


def adopt(
    con: duckdb.DuckDBPyConnection, landing: Landing, batch: str, paths: Sequence[str], now: datetime
) -> bool:
    """Let the files of a merged batch count as loaded, when everything that it stands for is; whether so.

    Otherwise it is loaded like any other: loading what is there already changes nothing.
    """
    listed = landing.manifest(batch)
    replaced = listed.replaces | listed.batches
    ((count,),) = con.execute(_sql("replaced_files"), {"batches": sorted(replaced)}).fetchall()
    merged = [stands_for(p.split("/")[2].removesuffix(".jsonl.gz")) for p in paths]
    if count != sum(merged):
        return False
    forget(con, {p for p in known(con) if p.split("/")[1] in replaced})
    for path, of in zip(paths, merged, strict=True):
        kind, _, name = path.split("/")
        part = listed.parts.get((kind, name.removesuffix(".jsonl.gz")))
        con.execute(
            _sql("landing_files"),
            {
                "files": [path], "kind": kind, "now": now, "rows": [part.rows if part else None],
                "stands_for": [of],
            },
        )  # fmt: skip
    return True


def forget(con: duckdb.DuckDBPyConnection, paths: Collection[str]) -> None:
    """Take files out of the ledger."""
    if paths:
        con.execute(
            "delete from core.landing_files where path in (select unnest($paths::varchar[]))",
            {"paths": sorted(paths)},
        )


def _superseded(landing: Landing, gone: Collection[str], whole: Collection[str]) -> set[str]:
    """The files among those that are gone whose rows lie elsewhere: their batch was landed anew without
    them, or merged."""
    if not gone:
        return set()
    merged: set[str] = set()
    for batch in whole:
        if batch.startswith(COMPACT) and examine(landing, batch).harm is None:
            listed = landing.manifest(batch)
            merged |= listed.replaces | listed.batches
    return {p for p in gone if p.split("/")[1] in merged or _is_unlisted(landing, p, whole)}


def _is_unlisted(landing: Landing, path: str, whole: Collection[str]) -> bool:
    kind, batch, name = path.split("/")
    if batch not in whole:
        return False
    try:
        listed = landing.manifest(batch)
    except LandingError:
        return False
    part = name.removesuffix(".jsonl.gz")
    return kind == Coverage.KIND or (listed.is_listed and (kind, part) not in listed.parts)


@cache
def _sql(name: str) -> str:
    return (_LOAD / f"{name}.sql").read_text(encoding="utf-8")
