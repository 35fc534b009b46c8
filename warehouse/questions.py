"""A user's own statements on a published file: one or several, within limits, their answers as rows or
Parquet.

The file is opened read-only and hardened (`warehouse.reads.connection`), so nothing can be read or written
beside it; what is refused here besides are statements that only look as if they did something, such as
`LOAD`. Temporary tables and variables live as long as one call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import QueryError
from warehouse.reads import PLAIN, Deadline, Limits, check_kind, check_text, connection, fault, fetch

_TELL_ROWS = frozenset({"SELECT", "EXPLAIN", "EXECUTE"})
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one statement gave; without names where it only prepared the next ones."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def answers(path: Path, sql: str, limits: Limits = PLAIN) -> Iterator[Answer]:
    """The answer of each statement, in one connection; the time is that of all of them. Raises QueryError."""
    with _running(path, limits) as (con, deadline):
        for statement in _statements(con, sql):
            yield _answer(con, statement, limits, deadline)


def to_parquet(path: Path, sql: str, file: Path, limits: Limits = PLAIN) -> int:
    """Write the answer of the last statement into `file`; how many rows. Raises QueryError."""
    with _running(path, limits) as (con, deadline):
        *first, last = _statements(con, sql)
        for statement in first:
            _answer(con, statement, limits, deadline)
        check_kind(last)
        reader = con.execute(last).to_arrow_reader(_BATCH)
        count = 0
        with pq.ParquetWriter(file, reader.schema, compression="zstd") as written:
            for batch in reader:
                deadline.check()
                count += batch.num_rows
                if count > limits.rows:
                    raise limits.too_many()
                written.write_table(pa.Table.from_batches([batch]))
        return count


@contextmanager
def _running(path: Path, limits: Limits) -> Iterator[tuple[duckdb.DuckDBPyConnection, Deadline]]:
    with connection(path, memory_mb=limits.memory_mb) as con:
        deadline = Deadline(con, limits)
        try:
            with deadline.running():
                yield con, deadline
        except duckdb.Error as error:
            known = fault(path, error)
            if known is not None:
                raise known from error
            raise QueryError(f"The query does not run: {error}") from error


def _answer(
    con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, limits: Limits, deadline: Deadline
) -> Answer:
    check_kind(statement)
    cursor = con.execute(statement)
    names = [c[0] for c in cursor.description or []]
    rows = fetch(cursor, limits, deadline)
    return Answer(names, rows) if statement.type.name in _TELL_ROWS else Answer([], [])


def _statements(con: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.Statement]:
    check_text(sql)
    statements = con.extract_statements(sql)
    if not statements:
        raise QueryError(
            "No statement was given. Remedy: such as `select app, n_30d, mean_30d from overview`."
        )
    return statements
