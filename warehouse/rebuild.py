"""Making the working file anew: the damaged one is set aside, and what lives in no landing file is put back.

Nearly everything comes from the landing folder again: loading, predictions, statistics, marts. What does
not: that erasures were executed, which the proofs tell; and what grows from run to run, which the published
file holds: what `hoshiyomi analyse --audit` measured, which publications there were, when alarms were first
told, what was said of releases.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import lake, lake_upkeep
from warehouse.engines import lake_of
from warehouse.erasure import note_executed
from warehouse.errors import Busy, WarehouseError
from warehouse.private import make_folder
from warehouse.reads import connection, current
from warehouse.records import Erasure
from warehouse.schema import columns_of
from warehouse.writes import FILE, has_tables, writer

ASIDE = "damaged"
AUDIT = "audit"
PUBLICATIONS = "publications"
GROWN = (AUDIT, PUBLICATIONS, "alarms", "verdict_history")
"""Published tables that are no function of what was landed, each as it stands in `inferred`."""


def set_aside(data: Path, now: datetime) -> Path | None:
    """Move the working file and its write-ahead log out of the way; where it lies, None where none is.

    A lake is emptied: its older snapshots stay until they are let go (`warehouse.lake_upkeep`). Raises Busy
    when another process has it open.
    """
    of = lake_of(data)
    if of is not None:
        if lake.is_there(of):
            lake_upkeep.empty(data, of)
        return None
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
    if not has_tables(data):
        return True
    with writer(data) as w:
        return w.con.execute("select count(*) = 0 from core.landing_files").fetchone() == (True,)


def restore(
    data: Path, done: Sequence[tuple[Erasure, datetime]], taken_back: datetime | None = None
) -> dict[str, int]:
    """Put back into a fresh working file what no landing file holds; how many rows of each of GROWN.

    `done` are the executed tombstones, each with the moment at which the working file was written anew.
    `taken_back` is when an import was taken back last: of a publication from before then only the audit and
    the list of publications are put back, since alarms and verdicts may rest on what must be forgotten.
    """
    put_back = {}
    with writer(data) as w, w.transaction():
        w.con.execute("delete from core.erasures_done")
        for entry, at in done:
            note_executed(w.con, entry, at)
        for name, rows in _published(data, taken_back).items():
            w.con.execute(f"delete from inferred.{name}")  # noqa: S608
            w.con.register("published", _as_stored(rows, columns_of(w.con, f"inferred.{name}")))
            w.con.execute(f"insert into inferred.{name} by name from published")
            w.con.unregister("published")
            put_back[name] = rows.num_rows
    return put_back


def _as_stored(rows: pa.Table, columns: Collection[str]) -> pa.Table:
    """Published rows under the names of the working file, where a day does not end with `_on`."""
    there = set(rows.column_names)
    names = {c: c if c in there else f"{c}_on" for c in columns if c in there or f"{c}_on" in there}
    return rows.select(list(names.values())).rename_columns(list(names))


def _published(data: Path, taken_back: datetime | None) -> dict[str, pa.Table]:
    """The tables of GROWN in the current publication; none where there is no publication that can be read."""
    found = {}
    try:
        with connection(current(data)) as con:
            ((at,),) = con.execute("select max(published_at) from publication").fetchall()
            there = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
            for name in there & set(GROWN):
                if name in (AUDIT, PUBLICATIONS) or taken_back is None or at > taken_back:
                    found[name] = con.execute(f"select * from {name} order by all").to_arrow_table()  # noqa: S608
    except (WarehouseError, duckdb.Error):
        # The audit can be measured again, alarms and verdicts are worked out anew and told from now on.
        return {}
    return found


def _refuse_if_open(data: Path) -> None:
    """Raises Busy when somebody has the working file open; a damaged one cannot be opened, which is fine."""
    try:
        with writer(data):
            pass
    except Busy:
        raise
    except (WarehouseError, duckdb.Error):
        return
