"""Taking one landed batch back out of the working file, as if it had never been loaded.

No row of a table says which batches it is made of: the newest sighting of a review wins, the earliest date of
a release. So every key of which the batch speaks is taken out, and what the other loaded batches say of those
keys is merged in anew by the scripts that loaded it. What was inferred from texts that nothing bears any more
goes, too.

Everything happens in one transaction of the caller, while the batch's files still lie in the landing folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from warehouse import compaction
from warehouse.corrections import Key
from warehouse.errors import LandingError, OutOfMemory, of_working_file
from warehouse.schema import load_sql
from warehouse.writes import Writer

_KINDS = ("reviews", "rating_snapshots", "releases", "daily_ratings")
_FILES_A_PORTION = 64


@dataclass(frozen=True, slots=True)
class AppTaken:
    """What a batch says of one app in one store."""

    store: str
    store_app_id: str
    reviews: int
    days: int
    """On so many days (UTC) a review of the batch was written."""
    first: date
    last: date


@dataclass(slots=True)
class Taken:
    """What became of the tables."""

    rows: dict[str, int] = field(default_factory=dict)
    """By table: how many rows it has less."""
    stay: dict[str, int] = field(default_factory=dict)
    """By table: how many rows of the batch's keys are there still, as the other batches have them."""
    apps: list[AppTaken] = field(default_factory=list)
    uncorrected: list[Key] = field(default_factory=list)
    """Reviews that nothing bears any more and that somebody had corrected: their corrections went along."""


def take_back(w: Writer, batch: str) -> Taken:
    """Take the rows of a batch out of the tables and the ledger. To be called in a transaction.

    Raises LandingError where a landing file that is needed is damaged or gone.
    """
    before = _counts(w.con)
    loaded = compaction.known(w.con)
    others = sorted(p for p in loaded if p.split("/")[1] != batch and p.split("/")[0] in _KINDS)
    _refuse_missing(w, others)
    taken = Taken()
    _run(w.con, "forget_begin", batch)
    for kind in _KINDS:
        own = [f"{k}/{batch}/{part}.jsonl.gz" for k, part in w.landing.parts(batch) if k == kind]
        if own or kind == "reviews":
            _take_kind(w, batch, kind, own, [p for p in others if p.split("/")[0] == kind], taken)
    _run(w.con, "forget_end", batch)
    after = _counts(w.con)
    taken.rows = {name: n - after[name] for name, n in before.items() if n > after[name]}
    return taken


def _take_kind(
    w: Writer, batch: str, kind: str, own: Sequence[str], others: Sequence[str], taken: Taken
) -> None:
    script = load_sql("incoming_reviews") + load_sql(kind) if kind == "reviews" else load_sql(kind)
    read, *merge = w.con.extract_statements(script)
    begin, fill, *take = w.con.extract_statements(load_sql(f"forget_{kind}"))
    w.con.execute(begin)
    for start in range(0, len(own), _FILES_A_PORTION):
        _read(w, read, own[start : start + _FILES_A_PORTION])
        w.con.execute(fill)
    _execute(w.con, take, batch)
    if kind == "reviews":
        taken.apps = [AppTaken(*row) for row in w.con.execute(load_sql("forget_apps")).fetchall()]
    w.con.execute(f"create or replace temp table incoming as from {_empty(kind)} limit 0")
    if others and w.con.execute("select count(*) > 0 from going").fetchone() == (True,):
        _read(w, read, others, load_sql(f"forget_keep_{kind}"))
    if kind == "reviews":
        _run(w.con, "forget_lost_reviews", batch)
        w.con.execute("drop table taken")
    ((before,),) = w.con.execute(f"select count(*) from core.{kind}").fetchall()  # noqa: S608
    for statement in merge:
        w.con.execute(statement)
    ((after,),) = w.con.execute(f"select count(*) from core.{kind}").fetchall()  # noqa: S608
    if after > before:
        taken.stay[kind] = after - before
    if kind == "reviews":
        _run(w.con, "forget_corrections", batch)
        taken.uncorrected = w.con.execute("from uncorrected order by all").fetchall()
        w.con.execute("drop table uncorrected")
    w.con.execute("drop table going")


def _empty(kind: str) -> str:
    return "taken" if kind == "reviews" else f"core.{kind}"


def _read(w: Writer, read: duckdb.Statement, files: Sequence[str], keep: str = "") -> None:
    try:
        w.read_in(read, [str(w.landing.folder / f) for f in files], keep)
    except duckdb.OutOfMemoryException:
        raise OutOfMemory(
            "The database came to its memory limit while it read landing files anew. Nothing was changed. "
            "Remedy: see that the disk has room for what memory does not hold (tmp in the data folder), and "
            "run it again."
        ) from None
    except duckdb.Error as error:
        if of_working_file(error, w.landing.folder) is not None:
            raise
        raise w.unloadable(files, type(error).__name__) from None


def _refuse_missing(w: Writer, files: Sequence[str]) -> None:
    """Raises LandingError where other batches cannot say what they said, because their files are gone."""
    missing = [f for f in files if not (w.landing.folder / f).exists()]
    if missing:
        raise LandingError(
            f"Landing files that were loaded are gone, {missing[0]} is one of {len(missing)}; without them "
            "the tables cannot be made as they were. Remedy: `hoshiyomi mend --dry-run` names all with their "
            "remedies, `hoshiyomi mend` goes on without them.",
            own=missing[:1],
        )


def _run(con: duckdb.DuckDBPyConnection, name: str, batch: str) -> None:
    _execute(con, con.extract_statements(load_sql(name)), batch)


def _execute(con: duckdb.DuckDBPyConnection, statements: Sequence[duckdb.Statement], batch: str) -> None:
    """Run statements, giving the batch to those that name it."""
    for statement in statements:
        con.execute(statement, {"batch": batch} if "batch" in statement.named_parameters else None)


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    cursor = con.execute(load_sql("forget_counts"))
    names = [c[0] for c in cursor.description or []]
    row = cursor.fetchone()
    return dict(zip(names, row or (), strict=True))
