"""Publishing what changed: a copy of the last publication in which the rows of touched days are exchanged.

The copy is byte for byte the last publication (its checksum says so), then one transaction takes out the rows
of touched days and puts in what they are now, and writes small tables anew where they differ. DuckDB keeps
the bytes of deleted rows, so an increment is refused, and the whole file is written instead, wherever words
must not linger: an erasure, a consent that was withdrawn, an import that was taken back, a text of which more
is redacted now (`load/lost_words.sql`, and everything that makes a build whole, warehouse/touched.py). It is
refused, too, where dead rows and blocks would become many.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from warehouse.dictionary import quoted
from warehouse.errors import WarehouseError
from warehouse.private import FILE as PRIVATE_FILE
from warehouse.private import beside, digest
from warehouse.schema import Mart, load_sql, marts
from warehouse.touched import DAYS, is_gathered, made_by, scopes, within

MOST_INCREMENTS = 48
"""After so many a file is written as a whole again: increments lie unsorted behind the sorted rows."""
MOST_CHANGED = 0.1
"""So large a part of the reviews may have been exchanged before that."""
MOST_FREE = 0.3
"""So large a part of a file's blocks may hold nothing."""
_ADDS_UP = """
select (select coalesce(sum(n), 0) from ratings_daily) = (select count(*) from reviews)
    and (select coalesce(sum(n_classified + n_not_covered), 0) from ratings_daily)
        = (select count(*) from predictions)
    and (select coalesce(sum(n), 0) from topics_daily) = (select count(*) from topics)
    and (select coalesce(sum(n), 0) from ratings_quarter_hourly) = (select count(*) from reviews)
    and (select coalesce(sum(n), 0) from topics_quarter_hourly) = (select count(*) from topics)
"""


class Unfit(Exception):
    """Why the file is to be written as a whole."""


@dataclass(slots=True)
class Increment:
    """What an increment wrote, to be compared with what can be read."""

    n_reviews: int = 0
    """So many reviews were exchanged."""
    exchanged: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    """By mart: count and digest of the rows that were written."""
    counts: dict[str, int] = field(default_factory=dict)
    """By mart: how many rows it has in all."""


@dataclass(frozen=True, slots=True)
class Base:
    """The last publication, as the working file remembers it."""

    path: Path
    revision: int
    fingerprint: str
    increments: int
    rows_changed: int


def base(con: duckdb.DuckDBPyConnection, path: Path, revision: int, fingerprint: str) -> Base:
    """What `path`, the current publication, is as a base of the next. Raises Unfit."""
    known = con.execute(
        "select revision, fingerprint, made_by, increments, rows_changed from core.published_file"
    ).fetchall()
    built = con.execute("select made_by from core.marts_built").fetchall()
    now_by = made_by(con)
    if not known or built != [(now_by,)] or not is_gathered(con):
        raise Unfit("the marts were built as a whole")
    of_revision, of_fingerprint, by, increments, changed = known[0]
    if (of_revision, of_fingerprint, by) != (revision, fingerprint, now_by):
        raise Unfit("the current publication is another one")
    ((reviews, touched),) = con.execute(
        "select (select count(*) from core.reviews), (select count(*) from part.reviews)"
    ).fetchall()
    if increments >= MOST_INCREMENTS or changed + touched > MOST_CHANGED * reviews:
        raise Unfit("much was exchanged since the file was written as a whole")
    return Base(path, revision, fingerprint, increments, changed)


def write(con: duckdb.DuckDBPyConnection, base: Path, file: Path) -> Increment:
    """Write a copy of `base` with what changed into a fresh `file`. Raises Unfit, with no file left."""
    try:
        _copy(base, file)
        with scopes(con), _attached(con, file):
            # A transaction writes to one file: what is noted in the working file is noted before.
            for name in ("text_languages", "overview"):
                con.execute(f"create or replace temp table {name}_before as from published.main.{name}")
            for statement in con.extract_statements(load_sql("touched_months")):
                con.execute(statement)
            con.execute("BEGIN")
            try:
                done = _exchange(con)
            except BaseException:
                with suppress(duckdb.Error):
                    con.execute("ROLLBACK")
                raise
            con.execute("COMMIT")
            con.execute("CHECKPOINT published")
            _refuse_free(con)
    except BaseException:
        for left in (file, file.with_name(f"{file.name}.wal")):
            left.unlink(missing_ok=True)
        raise
    return done


def verify(path: Path, done: Increment) -> None:
    """Compare what can be read of a file with what was written. Raises WarehouseError naming a table."""
    with duckdb.connect(str(path), read_only=True) as con:
        for mart in marts():
            ((count, last),) = con.execute(f"select count(*), max(rowid) from {mart.name}").fetchall()  # noqa: S608
            written = done.exchanged.get(mart.name)
            rows = mart.name
            if written and mart.part:
                # They were put in last.
                rows = f"{mart.name} where rowid > {(last or 0) - written[0]}"
            if count != done.counts[mart.name] or (written and _content(con, rows) != written):
                raise WarehouseError(f"The new publication does not hold what was written: {mart.name}.")
        if con.execute(_ADDS_UP).fetchall() != [(True,)]:
            raise WarehouseError("The new publication does not add up.")


def _copy(base: Path, file: Path) -> None:
    file.unlink(missing_ok=True)
    shutil.copyfile(base, file)
    file.chmod(PRIVATE_FILE)
    # The copy is compared, which says of both files that they are whole.
    if not beside(base).exists() or beside(base).read_text(encoding="ascii").split()[:1] != [digest(file)]:
        raise Unfit("the current publication is not whole")


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, file: Path) -> Iterator[None]:
    con.execute(f"ATTACH {quoted(str(file))} AS published")
    try:
        yield
    finally:
        con.execute("DETACH published")


def _exchange(con: duckdb.DuckDBPyConnection) -> Increment:
    done = Increment()
    with within(con, DAYS) as home:
        for statement in con.extract_statements(load_sql("changed_reviews")):
            con.execute(statement)
        ((lost,),) = con.execute(load_sql("lost_words")).fetchall()
        if lost:
            raise Unfit("words are gone that may not linger")
        for mart in marts():
            _exchange_rows(con, mart, home, done)
            ((count,),) = con.execute(f"select count(*) from published.main.{mart.name}").fetchall()  # noqa: S608
            done.counts[mart.name] = count
        ((done.n_reviews,),) = con.execute("select count(*) from temp.main.changed").fetchall()
    return done


def _exchange_rows(con: duckdb.DuckDBPyConnection, mart: Mart, home: str, done: Increment) -> None:
    """Put the rows of a mart that changed in the place of those that the file has."""
    table = f"published.main.{mart.name}"
    ordered = f" order by {', '.join(mart.order)}" if mart.order else ""
    now = mart.name
    if mart.part == "review":
        touched, keys = "temp.main.changed", ("store", "store_app_id", "review_id")
    elif mart.part == "day":
        touched, keys = f"{home}.part.days", ("store", "store_app_id", "day")
    elif mart.part == "month":
        touched = f"(select store, store_app_id, month as period_start from {home}.part.months)"  # noqa: S608
        keys = ("store", "store_app_id", "period_start")
        # The last days of every app are told anew.
        con.execute(f"delete from {table} where span <> 'month'")  # noqa: S608
        now = (
            f"(from {home}.main.{mart.name} where span <> 'month' or (store, store_app_id, period_start)"
            f" in (from {home}.part.months))"
        )
    else:
        _exchange_whole(con, mart, home, done)
        return
    match = " and ".join(f"{mart.name}.{k} = t.{k}" for k in keys)
    con.execute(f"delete from {table} using {touched} t where {match}")  # noqa: S608
    con.execute(f"insert into {table} by name from {now}{ordered}")
    done.exchanged[mart.name] = _content(con, now)


def _exchange_whole(con: duckdb.DuckDBPyConnection, mart: Mart, home: str, done: Increment) -> None:
    """Exchange those rows of a small mart that differ."""
    table, now = f"published.main.{mart.name}", f"{home}.main.{mart.name}"
    # Rows are told apart by what `_content` adds up: whole ones would be hashed and held four times.
    con.execute(
        f"create or replace temp table were as select rowid as place, hash(t) as said from {table} t"  # noqa: S608
    )
    content = _content(con, now)
    if con.execute("select count(*), bit_xor(said) from temp.main.were").fetchone() == content:
        return
    con.execute(
        "create or replace temp table gone as select place from temp.main.were where said not in"  # noqa: S608
        f" (select hash(t) from (select * from {now}) t)"
    )
    if "feedback_id" in mart.grain and con.execute("from temp.main.gone limit 1").fetchall():
        raise Unfit("words of testers are gone")
    ordered = f" order by {', '.join(mart.order)}" if mart.order else ""
    con.execute(f"delete from {table} where rowid in (from temp.main.gone)")  # noqa: S608
    con.execute(
        f"insert into {table} by name select t.* from (select * from {now}) t"  # noqa: S608
        f" where hash(t) not in (select said from temp.main.were){ordered}"
    )
    done.exchanged[mart.name] = content


def _refuse_free(con: duckdb.DuckDBPyConnection) -> None:
    ((total, free),) = con.execute(
        "select total_blocks, free_blocks from pragma_database_size() where database_name = 'published'"
    ).fetchall()
    if total > 64 and free > MOST_FREE * total:
        raise Unfit("much of the file is free")


def _content(con: duckdb.DuckDBPyConnection, rows: str) -> tuple[int, int | None]:
    row = con.execute(f"select count(*), bit_xor(hash(t)) from (select * from {rows}) t").fetchone()  # noqa: S608
    return (int(row[0]), row[1]) if row else (0, None)
