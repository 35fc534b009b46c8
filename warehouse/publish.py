"""Publishing: a new file with the published tables and nothing else, then one swap of a link.

The working file holds more than anybody should open: words of testers who did not agree to be quoted,
ledgers, and, in its free pages, bytes of rows that were deleted. So a publication is not a copy of it but
a fresh file, written table by table from the marts (docs/decisions/0006). It is checkpointed, verified
block by block and synced under a temporary name; it gets its versioned name; the link is swapped.
A reader sees the whole old run or the whole new one, and never meets a lock.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse import increments, lake
from warehouse.dictionary import comment_on_macros, comment_on_table, quoted
from warehouse.errors import NothingPublished, PublicationDamaged, WarehouseError
from warehouse.increments import Base, Increment, Unfit
from warehouse.private import FILE as PRIVATE_FILE
from warehouse.private import FOLDER as PRIVATE_FOLDER
from warehouse.private import OTHERS, beside, is_whole, make_folder, record, sync
from warehouse.reads import LINK, connection, current
from warehouse.schema import (
    SCHEMA_VERSION,
    Mart,
    built,
    fingerprint,
    load_sql,
    macros,
    marts,
    transaction,
)
from warehouse.snapshots import FOLDER, KEEP, Keep, file_name, published, revision_of, thin
from warehouse.writes import CATALOG, Writer, writer

log = logging.getLogger(__name__)
_PUBLICATION = (Path(__file__).parent / "load" / "publication.sql").read_text(encoding="utf-8")
# Bounds of DuckDB's memory in bytes, and from where on joins and sorting go together.
_LEAST, _WIDE, _MOST = 512_000_000, 1_500_000_000, 2_000_000_000
_CONTAINER = Path("/sys/fs/cgroup/memory.max")
# Columns of few values, in every table that has them. DuckDB would try each of its ways to store a text on
# every one; told the one that it comes to anyway, it publishes in three quarters of the time. Words of people
# are not among them: tests look for those in the bytes, and are to find them as they always would.
_OF_FEW_VALUES = frozenset(
    {
        "app", "country", "detected_language", "device", "language", "model_version", "sentiment", "source",
        "store", "store_app_id", "topic", "version",
    }
)  # fmt: skip
# By table: how many rows, and a digest of their values in any order.
Contents = dict[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class Publication:
    """A published file, and whether this call made it."""

    path: Path
    revision: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy:
    """What of a publication the warehouse cannot know by itself; None where nobody told."""

    code_version: str | None = None
    config_fingerprint: str | None = None
    """Names the configuration; equal ones are equal configurations."""


def is_due(w: Writer, data: Path) -> bool:
    """Whether the working file would publish anything that the current publication does not show."""
    return fingerprint(w.con) != _published_fingerprint(data)


def publish(
    data: Path,
    now: datetime,
    keep: Keep = KEEP,
    group: int | None = None,
    made_by: MadeBy | None = None,
    *,
    force_whole: bool = False,
) -> Publication:
    """Publish the marts of `data` as they were built last; a no-op when nothing changed since.

    What stays of older publications `keep` says (warehouse/snapshots.py). Only the owner can read them, and
    with `group` (its number) the members of that group. `made_by` is what the file says of its makers.
    With `force_whole` the file is written as a whole, and never as a copy of the last one with what changed.

    Raises WarehouseError when the marts were not built since the last change, or when the new file does
    not verify; the link then still shows the last publication.
    """
    folder = make_folder(data / FOLDER)
    open_to(data, group)
    with writer(data, memory_limit=f"{memory_bytes() // 1_000_000}MB") as w:
        wanted = fingerprint(w.con)
        shown = _published_fingerprint(data)
        if wanted == shown:
            path = current(data)
            return Publication(path, revision_of(path), is_new=False)
        if built(w.con) != wanted:
            raise WarehouseError("The marts are older than the tables. Remedy: run `hoshiyomi refresh`.")
        for left in folder.glob(".*.tmp*"):
            left.unlink()
        of = _base(w.con, data, shown, force_whole)
        # This transaction makes it, and nobody else writes meanwhile.
        snapshot = lake.snapshot(w.con) + 1 if lake.is_lake(w.con) else None
        with w.transaction():
            if shown is not None:
                # A publication that was killed before the link was swapped is none.
                w.con.execute(
                    "delete from inferred.publications where revision > ?", [revision_of(current(data))]
                )
            revision = _last_revision(w, folder) + 1
            w.con.execute("delete from core.publication")
            known = {
                "revision": revision,
                "fingerprint": wanted,
                "now": now,
                "schema_version": SCHEMA_VERSION,
                "lake_snapshot": snapshot,
            }
            for statement in w.con.extract_statements(_PUBLICATION):
                given = known | asdict(made_by or MadeBy())
                w.con.execute(statement, {k: v for k, v in given.items() if k in statement.named_parameters})
        if snapshot is not None and lake.snapshot(w.con) != snapshot:
            raise WarehouseError(
                "The lake was written to by another program while a publication was made of it. "
                "Remedy: let Hoshiyomi alone write there, and run it again."
            )
        path = folder / file_name(now, revision)
        temporary = path.with_name(f".{path.name}.tmp")
        written = _written(w.con, of, temporary)
        with w.transaction():
            _remember(w.con, revision, wanted, now, written, of)
    if isinstance(written, Increment):
        _verify_increment(temporary, written)
    else:
        _verify(temporary, written)
    sync(temporary)
    _hand_out(record(temporary, path.name), group)
    _hand_out(temporary, group)
    temporary.rename(path)
    rotten = _rotten(data) if shown is None else None
    _swap(data, path)
    if rotten is not None:
        rotten.unlink(missing_ok=True)
    _retire(data, now, keep)
    return Publication(path, revision, is_new=True)


def _base(con: duckdb.DuckDBPyConnection, data: Path, shown: str | None, whole: bool) -> Base | None:
    """The current publication, where the next one may be a copy of it with what changed."""
    if shown is None or whole:
        return None
    path = current(data)
    try:
        return increments.base(con, path, revision_of(path), shown)
    except Unfit as why:
        log.debug("the file is written as a whole: %(why)s", {"why": why})
        return None


def _written(con: duckdb.DuckDBPyConnection, of: Base | None, file: Path) -> Contents | Increment:
    """Write the next publication into a fresh `file`, as an increment where that is allowed."""
    if of is not None:
        try:
            return increments.write(con, of.path, file)
        except Unfit as why:
            log.debug("the file is written as a whole: %(why)s", {"why": why})
    return _write(con, file)


def _remember(
    con: duckdb.DuckDBPyConnection,
    revision: int,
    wanted: str,
    now: datetime,
    written: Contents | Increment,
    of: Base | None,
) -> None:
    """Note what the next increment is told against. Where this one dies before its link is swapped, the
    current publication is another one, and the next is written as a whole."""
    known = {
        "revision": revision,
        "fingerprint": wanted,
        "now": now,
        "increments": 0,
        "changed": 0,
    }
    if isinstance(written, Increment) and of is not None:
        known |= {"increments": of.increments + 1, "changed": of.rows_changed + written.n_reviews}
    for statement in con.extract_statements(load_sql("published_file")):
        con.execute(statement, {k: v for k, v in known.items() if k in statement.named_parameters})
    con.execute("delete from core.unpublished_days")


def memory_bytes() -> int:
    """DuckDB's own memory while a publication is written: half of what this process may have, within bounds.

    Ten million reviews are joined and sorted without spilling in two gigabytes.
    """
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # There may be no container, or one without a bound ("max").
    with suppress(OSError, ValueError):
        whole = min(whole, int(_CONTAINER.read_text(encoding="ascii")))
    return max(_LEAST, min(whole // 2, _MOST))


def _write(con: duckdb.DuckDBPyConnection, file: Path) -> Contents:
    """Write every mart into a fresh `file`, with its comments; what it holds."""
    is_narrow = memory_bytes() < _WIDE
    # DuckDB takes no parameters here; what is put in are our own names and texts, quoted.
    con.execute(f"ATTACH {quoted(str(file))} AS published")
    try:
        file.chmod(PRIVATE_FILE)
        # One transaction: what each of a hundred tables is synced by itself for is a second and more. Where
        # memory is short one a table, since what is dropped stays until its transaction ends.
        for together in [[m] for m in marts()] if is_narrow else [marts()]:
            with transaction(con):
                for mart in together:
                    _copy(con, mart, in_two_steps=is_narrow)
        contents = {mart.name: _content(con, f"published.main.{mart.name}") for mart in marts()}
        con.execute("USE published")
        with transaction(con):
            con.execute(macros())
            comment_on_macros(con)
        con.execute("CHECKPOINT published")
    finally:
        con.execute(f"USE {CATALOG}")
        con.execute("DETACH published")
    return contents


def _copy(con: duckdb.DuckDBPyConnection, mart: Mart, *, in_two_steps: bool) -> None:
    """Write one mart with its comments, sorted; in two steps its view's joins and the sorting take turns."""
    table = f"published.main.{mart.name}"
    rows, order = mart.name, f"ORDER BY {', '.join(mart.order)}" if mart.order else ""
    if order and in_two_steps:
        rows = "unsorted"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {rows} AS FROM {mart.name}")
    columns = con.execute(f"describe {mart.name}").fetchall()
    con.execute(f"CREATE TABLE {table} ({_definition(columns, mart)})")
    con.execute(f"INSERT INTO {table} FROM {rows} {order}")
    comment_on_table(con, table, mart.question, mart.grain, [c[0] for c in columns])
    if rows != mart.name:
        con.execute(f"DROP TABLE {rows}")


def _definition(described: Sequence[tuple[Any, ...]], mart: Mart) -> str:
    """The columns of a mart with their types, NOT NULL where it declares no nulls, and how to store them."""
    return ", ".join(
        f"{name} {data_type}{'' if name in mart.nullable else ' NOT NULL'}"
        f"{' USING COMPRESSION dictionary' if name in _OF_FEW_VALUES else ''}"
        for name, data_type, *_ in described
    )


def _verify(path: Path, contents: Contents) -> None:
    """Read the new file to its last block and compare with what was written. Raises WarehouseError."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            found = {name: _content(con, name) for name in contents}
    except duckdb.Error as error:
        path.unlink(missing_ok=True)
        raise WarehouseError(f"The new publication does not verify: {error}") from error
    if found != contents:
        path.unlink(missing_ok=True)
        wrong = ", ".join(name for name in contents if found[name] != contents[name])
        raise WarehouseError(f"The new publication does not hold what was written: {wrong}.")


def _verify_increment(path: Path, written: Increment) -> None:
    """Read what was written into the copy. Raises WarehouseError."""
    try:
        increments.verify(path, written)
    except duckdb.Error as error:
        path.unlink(missing_ok=True)
        raise WarehouseError(f"The new publication does not verify: {error}") from error
    except WarehouseError:
        path.unlink(missing_ok=True)
        raise


def _swap(data: Path, path: Path) -> None:
    # The file's name must be on disk before the link that points to it.
    sync(path.parent)
    link = data / LINK
    temporary = data / f".{LINK}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    # Relative, so that the data folder can be moved.
    temporary.symlink_to(path.relative_to(data))
    temporary.replace(link)
    sync(data)


def open_to(data: Path, group: int | None) -> None:
    """Let a group walk through the data folder to the published files, and nowhere else; None: nobody."""
    folder = data / FOLDER
    for path, mode in ((data, 0o710), (folder, 0o750)):
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(mode)
        elif path.stat().st_mode & OTHERS and path.stat().st_uid == os.geteuid():
            path.chmod(PRIVATE_FOLDER)
    for path in folder.glob("hoshiyomi-*"):
        _hand_out(path, group)


def _hand_out(path: Path, group: int | None) -> None:
    """Make a file unwritable, for its owner to read, and the group."""
    if group is not None:
        os.chown(path, -1, group)
    mode = 0o400 if group is None else 0o440
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def older(data: Path) -> list[Path]:
    """Every file among the published ones that may hold something of testers, but the current publication.

    Half-written ones too; snapshots hold nothing of them (warehouse/snapshots.py).
    """
    try:
        now_current = current(data)
    except (NothingPublished, PublicationDamaged):
        return []
    snapshots = [one.path for one in published(data) if one.is_snapshot]
    kept = {p for path in (now_current, *snapshots) for p in (path.resolve(), beside(path).resolve())}
    return sorted(p for p in (data / FOLDER).iterdir() if p.resolve() not in kept)


def retire_older(data: Path) -> None:
    """Remove every published file but the current one and snapshots; a reader keeps its open handle."""
    for path in older(data):
        path.unlink(missing_ok=True)
    if (data / FOLDER).is_dir():
        sync(data / FOLDER)


def _retire(data: Path, now: datetime, keep: Keep) -> None:
    """Thin out older publications, and sweep what a killed run left of the swap."""
    thin(data, now, keep)
    for left in data.glob(f".{LINK}.*"):
        left.unlink(missing_ok=True)


def _rotten(data: Path) -> Path | None:
    """The current publication, when its bytes are not what was published: it is nobody's to open any more."""
    try:
        path = current(data)
    except (NothingPublished, PublicationDamaged):
        return None
    return path if is_whole(path) is False else None


def _published_fingerprint(data: Path) -> str | None:
    try:
        path = current(data)
    except (NothingPublished, PublicationDamaged):
        return None
    # What rotted where the fingerprint does not stand is replaced, too.
    if is_whole(path) is False:
        return None
    try:
        with connection(path) as con:
            row = con.execute("select fingerprint from publication").fetchone()
    except (duckdb.Error, WarehouseError):
        # A damaged publication is replaced, not trusted.
        return None
    return str(row[0]) if row else None


def _last_revision(w: Writer, folder: Path) -> int:
    """The highest number so far, whether or not that file is still there: a number is given once."""
    row = w.con.execute("select coalesce(max(revision), 0) from inferred.publications").fetchone()
    return max([int(row[0]) if row else 0, *(revision_of(p) for p in folder.glob("*.duckdb"))])


def _content(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int | None]:
    row = con.execute(f"select count(*), bit_xor(hash(t)) from {table} t").fetchone()  # noqa: S608
    return (int(row[0]), row[1]) if row else (0, None)
