"""How much one question of a user may take: seconds, memory, rows. Nothing here knows what is asked."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from warehouse.errors import QueryError

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
