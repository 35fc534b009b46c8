"""`hoshiyomi sql | path`: asking the published file, within bounds that hold whatever a query does.

DuckDB heeds an interruption between two portions of its work and counts the memory of its own buffers: one
long call on one value (`repeat`, `levenshtein`) escapes both. The bounds here are the operating system's.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
_GRACE_S = 3.0
_SLACK_BYTES = 512_000_000
"""For code that is loaded meanwhile, stacks of threads, and what an allocator keeps in hand."""
_PAGE = resource.getpagesize()


class Format(StrEnum):
    """How `hoshiyomi sql` prints."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def path(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The newest of this day (UTC) or moment, or before."),
    ] = None,
) -> None:
    """Print the current published DuckDB file, or that of another day: open it read-only with any tool."""
    from flows.cli.output import moment
    from flows.config.load import data_folder
    from warehouse.reads import current
    from warehouse.snapshots import as_of as published_as_of

    data = data_folder()
    typer.echo(current(data) if as_of is None else published_as_of(data, moment(as_of, "--as-of")))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One statement on the published tables.")],
    format_: Annotated[Format, typer.Option("--format")] = Format.table,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=86_400, help="Stop the query after so many seconds.")
    ] = 60.0,
    memory: Annotated[int, typer.Option(min=50, help="Stop it beyond so many MB of memory.")] = 1_000,
    rows: Annotated[int, typer.Option(min=1, help="Stop it beyond so many rows.")] = 100_000,
) -> None:
    """Ask the published file, within limits of time and memory."""
    from flows.cli.output import render
    from flows.config.load import data_folder
    from warehouse.reads import Limits, ask, current

    limits = Limits(seconds=timeout, memory_mb=memory, rows=rows)
    slow = limits.too_slow()
    with held_to(
        seconds=timeout, memory_bytes=2 * memory * 1_000_000, last_word=f"hoshiyomi: {slow}\n",
        exit_code=slow.exit_code,
    ):  # fmt: skip
        names, found = ask(current(data_folder()), query, limits=limits)
    typer.echo(render(names, found, format_.value), nl=False)


@contextmanager
def held_to(*, seconds: float, memory_bytes: int, last_word: str, exit_code: int) -> Iterator[None]:
    """Within, this process may take so much more memory, and it ends some seconds after its time is over.

    A MemoryError is for the work within to tell. Work that does not end by itself in time ends with the
    process: `last_word` on standard error, then `exit_code`. Only for work that writes nothing.
    """

    def end() -> None:
        sys.stderr.write(last_word)
        sys.stderr.flush()
        os._exit(exit_code)

    timer = threading.Timer(seconds + _GRACE_S, end)
    timer.daemon = True
    timer.start()
    try:
        with _address_space(memory_bytes + _SLACK_BYTES):
            yield
    finally:
        timer.cancel()


@contextmanager
def _address_space(more: int) -> Iterator[None]:
    """At most `more` bytes of address space beyond those of now; no bound where the system keeps no count."""
    used = _mapped()
    if used is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bounds = [used + more, *(b for b in (soft, hard) if b != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _mapped() -> int | None:
    """Address space of this process in bytes; None where there is no /proc (macOS ignores the bound, too)."""
    counted = Path("/proc/self/statm")
    return int(counted.read_text("ascii").split()[0]) * _PAGE if counted.exists() else None
