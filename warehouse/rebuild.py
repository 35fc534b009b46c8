"""Making the working file anew: the damaged one is set aside, what lives in no landing file is put back.

Nearly everything comes from the landing folder again: loading, predictions, statistics, marts. Three things do
not: that erasures were executed, which the proofs tell; the measurements of `hoshiyomi analyse --audit` and
which publications there were, which the published file holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.erasure import note_executed
from warehouse.errors import Busy, WarehouseError
from warehouse.private import make_folder
from warehouse.reads import connection, current
from warehouse.records import Erasure
from warehouse.schema import columns_of
from warehouse.writes import FILE, writer

ASIDE = "damaged"
_AUDIT = (
    "run_at", "seed", "test", "measure", "n", "effect", "trials", "hits", "rate", "low", "high", "target",
    "passes", "seconds",
)  # fmt: skip


def set_aside(data: Path, now: datetime) -> Path | None:
    """Move the working file and its write-ahead log out of the way; where it lies, None where none is.

    Raises Busy when another process has it open.
    """
    file = data / FILE
    if not file.exists():
        return None
    _refuse_if_open(data)
    folder = make_folder(data / ASIDE)
    aside = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{FILE}"
    log = data / f"{FILE}.wal"
    if log.exists():
        log.rename(folder / f"{aside.name}.wal")
    file.rename(aside)
    return aside


def forget_aside(data: Path) -> int:
    """Remove what was set aside: no erasure reaches into it. How many files."""
    left = [p for p in (data / ASIDE).glob("*") if p.is_file()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def is_fresh(data: Path) -> bool:
    """Whether the working file is missing, or nothing was loaded into it yet."""
    if not (data / FILE).exists():
        return True
    with writer(data) as w:
        return w.con.execute("select count(*) = 0 from core.landing_files").fetchone() == (True,)


def restore(data: Path, done: Sequence[tuple[Erasure, datetime]]) -> int:
    """Put back into a fresh working file what no landing file holds; how many rows of the audit.

    `done` are the executed tombstones, each with the moment at which the working file was written anew.
    """
    audit = _published_audit(data)
    with writer(data) as w, w.transaction():
        w.con.execute("delete from core.erasures_done")
        w.con.execute("delete from inferred.audit")
        for entry, at in done:
            note_executed(w.con, entry, at)
        w.con.execute("delete from core.publications")
        _restore_publications(w.con, data)
        if audit:
            names, marks = ", ".join(_AUDIT), ", ".join("?" * len(_AUDIT))
            w.con.executemany(f"insert into inferred.audit ({names}) values ({marks})", audit)  # noqa: S608
    return len(audit)


def _published_audit(data: Path) -> list[list[object]]:
    """The audit of the current publication; none where there is no publication that can be read."""
    try:
        with connection(current(data)) as con:
            rows = con.execute(f"select {', '.join(_AUDIT)} from audit order by all").fetchall()  # noqa: S608
    except (WarehouseError, duckdb.Error):
        # It was measured and can be measured again.
        return []
    return [list(row) for row in rows]


def _restore_publications(con: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Put back which publications there were; of an older publication only what it knows of them."""
    try:
        with connection(current(data)) as published:
            told = published.execute("from publications")
            names = [column for column, *_ in told.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in told.fetchall()]
    except (WarehouseError, duckdb.Error):
        # It tells what was, and nothing is made of it.
        return
    known = [column for column in columns_of(con, "core.publications") if column in names]
    if rows:
        marks = ", ".join("?" * len(known))
        con.executemany(
            f"insert into core.publications ({', '.join(known)}) values ({marks})",  # noqa: S608
            [[row[column] for column in known] for row in rows],
        )


def _refuse_if_open(data: Path) -> None:
    """Raises Busy when somebody has the working file open; a damaged one cannot be opened, which is fine."""
    try:
        with writer(data):
            pass
    except Busy:
        raise
    except (WarehouseError, duckdb.Error):
        return
