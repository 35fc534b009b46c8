"""`hoshiyomi sql | path | export | mcp`: asking the published file, within bounds that hold whatever a query
does."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.answers.limits import held_to

if TYPE_CHECKING:
    from flows.answers.completion import Catalogue
    from warehouse.reads import Limits

app = typer.Typer()
log = logging.getLogger(__name__)


class Format(StrEnum):
    """How `hoshiyomi sql` answers."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


Timeout = Annotated[float, typer.Option(min=0.1, max=86_400, help="Stop a query after so many seconds.")]
Memory = Annotated[int, typer.Option(min=50, help="Stop it beyond so many MB of memory.")]
Rows = Annotated[int, typer.Option(min=1, help="Stop it beyond so many rows.")]


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
    query: Annotated[
        str | None, typer.Argument(help="Statements on the published tables; without one a prompt.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="Read the statements from a file; - is standard input."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="table, or what the ending of --output says.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the last statement's answer into this file.")
    ] = None,
    timeout: Timeout = 60.0,
    memory: Memory = 1_000,
    rows: Rows = 100_000,
) -> None:
    """Ask the published file, within limits of time and memory."""
    from flows.config.load import data_folder
    from warehouse.reads import Limits, current

    limits = Limits(seconds=timeout, memory_mb=memory, rows=rows)
    form = _format(format_, output)
    asked = _given(query, file)
    data = data_folder()
    # Before anything is typed: it says what to do where nothing is published.
    current(data)
    slow = limits.too_slow()

    def answered(text: str, form: str) -> str:
        with held_to(
            seconds=timeout, memory_bytes=2 * memory * 1_000_000, last_word=f"hoshiyomi: {slow}\n",
            exit_code=slow.exit_code,
        ):  # fmt: skip
            return _answered(current(data), text, form, limits, output)

    if asked is None:
        from flows.answers.shell import history_file, run

        run(answered, _catalogue(current(data)), lambda t: typer.echo(t, nl=False), history=history_file())
        return
    typer.echo(answered(asked, form), nl=False)


def _format(wanted: Format | None, output: Path | None) -> str:
    from flows.errors import InputError

    ending = output.suffix.lower().removeprefix(".") if output else ""
    form = wanted or (Format(ending) if ending in Format.__members__ else Format.table)
    if form is Format.parquet and output is None:
        raise InputError("Parquet is no text. Remedy: --output FILE.parquet.")
    return form.value


def _given(query: str | None, file: Path | None) -> str | None:
    """The statements that are asked; None means that somebody wants to type them."""
    from flows.errors import InputError

    if query is not None and file is not None:
        raise InputError("A query and --file are two sources. Remedy: give one of them.")
    if query is not None:
        return query
    if file is None and sys.stdin.isatty():
        return None
    if file is None or str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"--file {file} cannot be read: {what}. Remedy: a text file in UTF-8.") from error


def _answered(published: Path, text: str, form: str, limits: Limits, output: Path | None) -> str:
    from flows.cli.output import render
    from warehouse.private import write_atomically
    from warehouse.questions import answers, to_parquet

    if form == "parquet" and output is not None:
        draft = output.with_name(f".{output.name}.tmp")
        try:
            count = to_parquet(published, text, draft, limits)
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)
        log.info("%(rows)s rows in %(file)s", {"rows": count, "file": output})
        return ""
    given = list(answers(published, text, limits))
    # What a program reads is one answer: that of the last statement.
    shown = given if form == "table" and output is None else given[-1:]
    printed = "".join(render(a.names, a.rows, form) for a in shown if a.names)
    if output is None:
        return printed
    write_atomically(output, printed.encode())
    log.info("%(rows)s rows in %(file)s", {"rows": len(given[-1].rows), "file": output})
    return ""


def _catalogue(published: Path) -> Catalogue:
    from flows.answers.completion import Catalogue
    from warehouse.reads import rows

    columns: dict[str, list[str]] = {}
    for row in rows(published, "published_columns", table=None):
        columns.setdefault(str(row["table_name"]), []).append(str(row["column_name"]))
    macros = [f"{r['function_name']}(" for r in rows(published, "published_macros")]
    return Catalogue(columns, macros, [str(r["word"]) for r in rows(published, "keywords")])


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    table: Annotated[list[str] | None, typer.Option(help="Only this table; may be given again.")] = None,
) -> None:
    """Write the published tables as Parquet, partitioned by app and month, with a manifest."""
    from flows.config.load import data_folder
    from warehouse.exports import export as write
    from warehouse.reads import current

    files = write(current(data_folder()), folder.expanduser().absolute(), table or [])
    fields = {"files": len(files), "rows": sum(f.rows for f in files), "folder": folder}
    log.info("%(folder)s: %(files)s files, %(rows)s rows", fields)


@app.command()
def mcp(timeout: Timeout = 30.0, memory: Memory = 1_000, rows: Rows = 1_000) -> None:
    """Let an assistant ask the published file: the Model Context Protocol on standard input and output."""
    from flows.config.load import data_folder
    from flows.errors import InputError
    from warehouse.reads import Limits, current

    try:
        from flows.answers.mcp_server import server
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mcp"):
            raise
        raise InputError(
            "`hoshiyomi mcp` needs the Model Context Protocol's SDK, which is not installed. "
            "Remedy: `make mcp`, or `pip install 'mcp>=2.3,<3'` into this environment."
        ) from error
    data = data_folder()
    current(data)
    server(data, Limits(seconds=timeout, memory_mb=memory, rows=rows)).run("stdio")
