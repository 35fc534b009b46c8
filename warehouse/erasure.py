"""What the working file holds of a tester, what of it is past its time, and forgetting it for good.

Nothing goes for its age at once: it is marked first and goes when it has been marked for the days of grace
(`core.expiring_feedback`, `core.expiring_ledger`). The clock is an argument everywhere.

DuckDB marks the blocks of deleted rows as free and overwrites them some day. An erasure does not wait for
that: every table is written into a fresh file, the fresh file is compared with the old one, synced, and takes
its name by one rename. A kill leaves the old file or the new one, and no write-ahead log beside either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse import lake_upkeep
from warehouse.engines import lake_of
from warehouse.errors import WarehouseError
from warehouse.private import FILE as PRIVATE
from warehouse.private import sync
from warehouse.records import Erasure
from warehouse.schema import CHECKS, load_sql, migrate
from warehouse.writes import CATALOG, FILE, has_tables, writer

Who = tuple[str, str]
"""Tester and app."""
Key = tuple[str, str | None, datetime]
"""A tombstone: tester, app, until when."""
_LEFT = (CHECKS / "no_erased_tester_has_rows.sql").read_text(encoding="utf-8").rstrip().removesuffix(";")
# The marts are built anew by whoever asked for this; until then they count as never built.
_NOT_COPIED = frozenset({("core", "marts_built")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What goes on one day because of its age; counts only."""

    what: str
    """feedback, or consents: the ledger's entries of testers who withdrew."""
    app: str
    on: date
    """The first day (UTC) on which a run takes it away."""
    testers: int
    pieces: int = 0
    first_sent: date | None = None
    last_sent: date | None = None
    unmarked: int = 0
    """How many of them no run has marked yet; their grace begins with the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long something is kept, and how long before its end it is marked."""

    days: int
    grace: int

    def until(self, now: datetime) -> datetime:
        """What is of then or before is past its time. Days are cut at midnight UTC, so that the runs of one
        day ask for the same."""
        return _midnight(now) - timedelta(days=self.days)

    def soon(self, now: datetime) -> datetime:
        """What is of then or before is marked: a day more than the grace ahead, so that a daily run at about
        the same hour has marked it for whole days when its time is over."""
        return self.until(now) + timedelta(days=self.grace + 1)

    def ripe(self, now: datetime) -> datetime:
        """What was marked then or before has had its grace."""
        return now - timedelta(days=self.grace)


def mark(data: Path, feedback: Ages, ledger: Ages, now: datetime, since: datetime | None) -> None:
    """Mark what is near or past the end of its time; no grace begins before `since`."""
    since = min(since, now) if since else None
    with writer(data) as w, w.transaction():
        _run(w.con, "expiring_feedback", {"now": now, "soon": feedback.soon(now), "since": since})
        _run(w.con, "expiring_ledger", {"now": now, "soon": ledger.soon(now), "since": since})


def expired_feedback(data: Path, ages: Ages, now: datetime) -> list[tuple[str, str, datetime]]:
    """(tester, app, until when) of feedback whose time and grace are over."""
    with writer(data) as w:
        rows = w.con.execute(
            load_sql("expired_feedback"), {"until": ages.until(now), "ripe": ages.ripe(now)}
        ).fetchall()
    return [(tester, app, until) for tester, app, until in rows]


def expired_ledger(data: Path, ages: Ages, now: datetime) -> list[Who]:
    """Who withdrew so long ago, agreed to nothing since, has no feedback, and was marked long enough."""
    with writer(data) as w:
        rows = w.con.execute(
            load_sql("expired_ledger"), {"until": ages.until(now), "ripe": ages.ripe(now)}
        ).fetchall()
    return [(tester, app) for tester, app in rows]


def going(data: Path, feedback: Ages, ledger: Ages, now: datetime) -> list[Going]:
    """What goes next because of its age, in order of the day on which it goes; nothing is changed."""
    asked = {"now": now, "soon": feedback.soon(now), "days": feedback.days, "grace": feedback.grace}
    with writer(data) as w:
        pieces = w.con.execute(load_sql("going_feedback"), asked).fetchall()
        asked = {"now": now, "soon": ledger.soon(now), "days": ledger.days, "grace": ledger.grace}
        entries = w.con.execute(load_sql("going_ledger"), asked).fetchall()
    found = [
        Going(what="feedback", app=app, on=on, pieces=n, testers=testers, first_sent=first, last_sent=last,
              unmarked=unmarked)
        for app, on, n, testers, first, last, unmarked in pieces
    ] + [
        Going(what="consents", app=app, on=on, testers=testers, unmarked=unmarked)
        for app, on, testers, unmarked in entries
    ]  # fmt: skip
    return sorted(found, key=lambda g: (g.on, g.what != "feedback", g.app))


def forget_ledger(data: Path, whose: Sequence[Who]) -> None:
    """Remove all ledger entries of these testers and apps, in one transaction."""
    with writer(data) as w, w.transaction():
        w.con.executemany("delete from core.consents where tester = ? and app = ?", [list(x) for x in whose])


def _run(con: duckdb.DuckDBPyConnection, name: str, given: dict[str, datetime | None]) -> None:
    """Run a script, each statement with those parameters that it names."""
    for statement in con.extract_statements(load_sql(name)):
        con.execute(statement, {k: v for k, v in given.items() if k in statement.named_parameters} or None)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def rewrite(data: Path, done: Sequence[Erasure], now: datetime) -> None:
    """Swap the working file for a fresh one, in which the tombstones `done` are noted as executed; of a lake
    let every older snapshot and file go.

    Nobody else may write meanwhile: the caller holds the refresh lock. Raises WarehouseError when the fresh
    file does not hold what the old one holds; the old one then stays.
    """
    of = lake_of(data)
    if of is not None:
        lake_upkeep.forget(data, of)
        # Afterwards, so that a kill before leaves them to be executed.
        with writer(data) as w, w.transaction():
            for entry in done:
                note_executed(w.con, entry, now)
        return
    fresh = data / f".{FILE}.fresh"
    _sweep(data)
    with writer(data) as w:
        _copy(w.con, fresh, done, now)
    if (data / f"{FILE}.wal").exists():
        raise WarehouseError(f"{data / FILE} was not closed cleanly. Remedy: run the command again.")
    sync(fresh)
    fresh.replace(data / FILE)
    sync(data)


def note_executed(con: duckdb.DuckDBPyConnection, entry: Erasure, now: datetime) -> None:
    """Note that no free page of the working file holds any more what this tombstone covers."""
    given = {"tester": entry.tester, "app": entry.app, "until": entry.at, "now": now}
    con.execute(load_sql("erasures_done"), given)


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
            note_executed(con, entry, now)
        con.execute("CHECKPOINT fresh")
    finally:
        con.execute(f"USE {CATALOG}")
        con.execute("DETACH fresh")


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """What is kept of the working file: every table but the marts and what they are made of, day by day."""
    rows = con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = $working and schema_name not in ('main', 'part') and not temporary"
        " order by all",
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


def held_in_working_file(data: Path, tester: str) -> list[dict[str, object]]:
    """One row a feedback: what is kept of it, what every model said of it, and whether it is shown."""
    if not has_tables(data):
        return []
    with writer(data) as w:
        cursor = w.con.execute(load_sql("subject_access"), {"tester": tester})
        names = [c[0] for c in cursor.description or []]
        rows = cursor.fetchall()
    return [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in rows]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
