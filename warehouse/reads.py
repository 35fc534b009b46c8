"""Reading published files: the only door of the dashboard and of `hoshiyomi sql`.

A reader resolves the link `current.duckdb`, opens the real file read-only for the time of one question,
within limits of time, memory and rows, and closes it. It never meets a lock and never sees half a run
(docs/warehouse.md).
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import (
    NothingPublished,
    PublicationDamaged,
    QueryError,
    WarehouseError,
    is_damage,
    of_database,
)
from warehouse.local_days import UTC, asked_by, can_tell, summed_from, tell
from warehouse.private import is_whole
from warehouse.stand_ins import stand_in
from warehouse.visible import Visible, hide

Value = str | int | float | bool | date | datetime | None | Sequence[str] | Sequence[int]
QUERIES = Path(__file__).parent / "queries"
LINK = "current.duckdb"
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # The folder may not be ours to write; what does not fit into memory is refused.
    "temp_directory": "",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    # Otherwise a table's name may mean a variable of this process.
    "python_enable_replacements": "false",
}
_MAY_BE_ASKED = frozenset(
    {
        "SELECT", "EXPLAIN", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE", "MERGE_INTO", "SET",
        "VARIABLE_SET", "PREPARE", "EXECUTE", "TRANSACTION",
    }
)  # fmt: skip
"""Kinds of statements that are run; DuckDB refuses those that would change the published tables or a
setting."""
_SETS_BY_SELECT = re.compile(
    r"\b(enable_logging|disable_logging|truncate_duckdb_logs|enable_profiling|disable_profiling"
    r"|json_execute_serialized_sql|query)\"?\s*\(",
    re.IGNORECASE,
)
"""Functions that a SELECT can call and that do what a locked setting may not: a log on standard output would
stand amid an answer. Those that run a text as SQL could call them by a name that is put together."""
_opening = threading.Lock()
_AT_ONCE = 1_000
_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of `hoshiyomi sql`; the defaults suit a question that a person waits for."""

    seconds: float = 60.0
    memory_mb: int = 1_000
    """Of DuckDB's own work, and once more of the answer as Python holds it."""
    rows: int = 100_000

    def too_slow(self) -> QueryError:
        """The error of a question that took too long, with its remedy."""
        return QueryError(
            f"The query was stopped after {self.seconds:g} s. Remedy: ask for less (WHERE, LIMIT, a join "
            "condition, an aggregate), or give it longer with --timeout SECONDS."
        )

    def too_large(self) -> QueryError:
        """The error of a question that needs too much memory, with its remedy."""
        return QueryError(
            f"The query needs more than {self.memory_mb} MB. Remedy: ask for less (WHERE, LIMIT, a join "
            "condition, fewer columns), or give it more with --memory MB."
        )

    def too_many(self) -> QueryError:
        """The error of an answer with too many rows, with its remedy."""
        return QueryError(
            f"The answer has more than {self.rows} rows. Remedy: ask for less (WHERE, LIMIT, an aggregate), "
            "or allow more with --rows N."
        )


PLAIN = Limits()


class Deadline:
    """Interrupts a connection when its time is over; whoever fetches asks `check` between two portions."""

    def __init__(self, con: duckdb.DuckDBPyConnection, limits: Limits) -> None:
        self._con = con
        self._limits = limits
        self._over = threading.Event()

    def _end(self) -> None:
        self._over.set()
        self._con.interrupt()

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._over.is_set()

    def check(self) -> None:
        """Raises QueryError when the time is over."""
        if self.is_over:
            raise self._limits.too_slow()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The time runs within; DuckDB's interruptions and lacks of memory come out as QueryError."""
        timer = threading.Timer(self._limits.seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise self._limits.too_large() from error
        except duckdb.Error as error:
            # An interruption while an answer is handed out comes as an error of another kind.
            if not self.is_over:
                raise
            raise self._limits.too_slow() from error
        finally:
            timer.cancel()


def fetch(cursor: duckdb.DuckDBPyConnection, limits: Limits, deadline: Deadline) -> list[tuple[Any, ...]]:
    """All rows of an answer, which DuckDB hands out while it works. Raises QueryError beyond the limits."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    while portion := cursor.fetchmany(_AT_ONCE):
        rows += portion
        size += sum(weight(row) for row in portion)
        deadline.check()
        if len(rows) > limits.rows:
            raise limits.too_many()
        if size > limits.memory_mb * _MB:
            raise limits.too_large()
    return rows


def weight(value: Any) -> int:
    """About how many bytes a value takes in Python, with what it holds."""
    size = sys.getsizeof(value)
    if isinstance(value, list | tuple):
        return size + sum(weight(v) for v in value)
    if isinstance(value, Mapping):
        return size + sum(weight(k) + weight(v) for k, v in value.items())
    return size


def current(data: Path) -> Path:
    """The published file that is current now, as its real path.

    The path is new with every publication, so it serves as a cache key.
    Raises NothingPublished when no run has been published in `data`, PublicationDamaged when what the link
    names is gone or the link leads nowhere.
    """
    link = data / LINK
    try:
        return link.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError, RuntimeError) as error:
        if link.is_symlink():
            raise PublicationDamaged(_damaged(str(link.readlink()), "is gone")) from error
        raise NothingPublished(
            f"Nothing is published in {data}. Remedy: run `hoshiyomi demo` for sample data, or "
            "`hoshiyomi import FILE` and `hoshiyomi refresh` for your own."
        ) from None


@contextmanager
def connection(path: Path, memory_mb: int = PLAIN.memory_mb) -> Iterator[duckdb.DuckDBPyConnection]:
    """A short-lived, hardened, read-only connection: no file, no network, no setting can be used.

    Connections of several threads to one file share one DuckDB instance, and its memory limit: while one
    is open, another with a different limit cannot be made.
    Raises NothingPublished when `path` was retired since it was resolved, PublicationDamaged when its bytes
    are not what was published.
    """
    with _opening:
        try:
            config = _CONFIG | {"memory_limit": f"{memory_mb}MB"}
            con = duckdb.connect(str(path), read_only=True, config=config)
        except duckdb.Error as error:
            if path.exists():
                known = fault(path, error)
                if known is None:
                    raise
                raise known from error
            raise NothingPublished(
                f"{path.name} was replaced by newer publications. Remedy: ask for the current file again."
            ) from error
        try:
            _harden(con)
        except BaseException:
            con.close()
            raise
    try:
        yield con
    except duckdb.Error as error:
        known = fault(path, error)
        if known is None:
            raise
        raise known from error
    finally:
        con.close()


def check_text(sql: str) -> None:
    """Raises QueryError for SQL that calls what a setting may not do, whatever its kind."""
    called = _SETS_BY_SELECT.search(sql)
    if called is not None:
        raise QueryError(
            f"{called[1].lower()}() is not to be had here: it runs other SQL or changes how the database "
            "works. Remedy: write the question itself; for its plan and times, EXPLAIN ANALYZE."
        )


def check_kind(statement: duckdb.Statement) -> None:
    """Raises QueryError for a statement that is no question, such as ATTACH, COPY, LOAD or PRAGMA."""
    kind = statement.type.name
    if kind not in _MAY_BE_ASKED:
        raise QueryError(
            f"{kind} is not to be had here: a question reads the published tables. "
            "Remedy: ask with SELECT; to do more, open the file that `hoshiyomi path` names with DuckDB."
        )


def check_whole(path: Path) -> None:
    """Read a published file to its last byte. Raises PublicationDamaged when it is not what was published."""
    if is_whole(path) is False:
        raise PublicationDamaged(_damaged(path.name, "is not what was published"))


def fault(path: Path, error: duckdb.Error) -> WarehouseError | None:
    """What a disk or damaged bytes did, and not the question."""
    if is_damage(error):
        return PublicationDamaged(_damaged(path.name, f"is damaged ({type(error).__name__})"))
    if isinstance(error, duckdb.IOException) and "could not set lock" in str(error).lower():
        # Who may write it may also lock readers out; the next publication is another file.
        return PublicationDamaged(_damaged(path.name, "is held open for writing by another program"))
    return of_database(error, path) if isinstance(error, duckdb.IOException) else None


def _damaged(name: str, how: str) -> str:
    return (
        f"The published file {name} {how}. Remedy: `hoshiyomi refresh` replaces it, or `hoshiyomi analyse` "
        "without asking any store; older publications lie beside it."
    )


def _harden(con: duckdb.DuckDBPyConnection) -> None:
    """Lock the instance. The settings are global, because a locked instance gives none to a session."""
    row = con.execute("select current_setting('lock_configuration')").fetchone()
    if row and row[0]:
        return
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    # DuckDB draws it on standard output where Python runs no file, amid an answer in JSON.
    con.execute("SET enable_progress_bar = false")
    # At run time: at connecting it would forbid the other settings.
    con.execute("SET GLOBAL enable_external_access = false")
    # That leaves the file itself and its log, which COPY could write. What is open stays open.
    con.execute("SET GLOBAL disabled_filesystems = 'LocalFileSystem'")
    con.execute("SET GLOBAL lock_configuration = true")


@lru_cache(maxsize=16)
def tells_local_days(path: Path) -> bool:
    """Whether the published file can be asked by the days of another zone than UTC."""
    with connection(path) as con:
        return can_tell(con)


@cache
def named_sql(name: str) -> str:
    """The text of `warehouse/queries/<name>.sql`."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def rows(
    path: Path, name: str, /, visible: Visible | None = None, *, zone: str = UTC, **parameters: Value
) -> list[dict[str, Any]]:
    """The rows of a named query as dictionaries of plain Python values; of `visible` apps, None for all.

    `zone` rules which day a moment belongs to (warehouse/local_days.py).
    """
    sql = asked_by(name, named_sql(name), zone)
    with connection(path) as con:
        hidden = None
        if visible is not None:
            # Days of a zone are views, too, and must not meet what is hidden.
            hidden = hide(con, named_sql("visible_apps"), visible, f"{sql}\n{summed_from(sql, zone)}")
        try:
            tell(con, sql, zone)
            cursor = con.execute(sql, parameters or None)
        except (duckdb.CatalogException, duckdb.BinderException):
            stand_in(con, hidden)
            tell(con, sql, zone)
            cursor = con.execute(sql, parameters or None)
        names = [c[0] for c in cursor.description or []]
        return [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]


def ask(
    path: Path, sql: str, parameters: Mapping[str, Value] | None = None, limits: Limits = PLAIN
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a user's own statement, which only reads.

    Raises QueryError with DuckDB's message, without a traceback, when the statement does not run, and
    with the remedy when it takes more than `limits`.
    """
    with connection(path, memory_mb=limits.memory_mb) as con:
        deadline = Deadline(con, limits)
        try:
            with deadline.running():
                check_text(sql)
                statements = con.extract_statements(sql)
                if len(statements) != 1:
                    raise QueryError(f"One statement is wanted, {len(statements)} were given.")
                check_kind(statements[0])
                cursor = con.execute(statements[0], parameters or None)
                names = [c[0] for c in cursor.description or []]
                return names, fetch(cursor, limits, deadline)
        except duckdb.Error as error:
            known = fault(path, error)
            if known is not None:
                raise known from error
            raise QueryError(f"The query does not run: {error}") from error
