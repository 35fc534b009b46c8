"""`hoshiyomi status | mend | rebuild | maintain | imports | forget-import | retention`: good keeping."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.output import ConfirmClock
from flows.console import counted

if TYPE_CHECKING:
    from flows.privacy.retention import Preview
    from warehouse.erasure import Going

log = logging.getLogger(__name__)
app = typer.Typer()
_BATCHES = ("landing batch", "landing batches")
DAMAGED = 8
"""Exit code where landing files are damaged or gone."""
NEEDS_A_PERSON = 16
"""Exit code of `status` when something waits for a person."""


class StatusFormat(StrEnum):
    """How `hoshiyomi status` prints."""

    text = "text"
    json = "json"


@app.command()
def status(
    format_: Annotated[StatusFormat, typer.Option("--format", help="text for people, json for monitors.")] = (
        StatusFormat.text
    ),
) -> None:
    """How every source is, what the last run did, what waits, and what needs a person."""
    from flows.config.load import load_config
    from flows.health.status import as_json, lines, report

    config = load_config()
    found = report(config.data, config, datetime.now(UTC))
    if format_ is StatusFormat.json:
        typer.echo(as_json(found))
    else:
        for line in lines(found):
            typer.echo(line)
    if found.needs_a_person:
        raise typer.Exit(NEEDS_A_PERSON)


@app.command()
def mend(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is not whole, change nothing.")
    ] = False,
) -> None:
    """Look at every landing file, keep what can be read of damaged ones, and say what is lost."""
    from flows.cli.output import stopped_tells, told
    from flows.config.load import data_folder
    from flows.repair import look
    from flows.repair import mend as mend_now

    data = data_folder()
    if dry_run:
        errors = look(data).errors()
        for error in errors:
            typer.echo(told(error))
        log.info("not whole: %(batches)s", {"batches": counted(len(errors), *_BATCHES)})
        raise typer.Exit(DAMAGED if errors else 0)
    with stopped_tells(lambda: "Stopped: what was mended stays; the same command goes on with the rest."):
        done = mend_now(data, datetime.now(UTC))
    batches = {"batches": counted(len(done), *_BATCHES)}
    log.info("mended: %(batches)s; `hoshiyomi refresh` loads them", batches)


@app.command()
def rebuild(confirm_clock: ConfirmClock = False) -> None:
    """Set the working file aside, make it anew from the landing folder, publish, and say what differs."""
    from flows.cli.runs import run_refresh
    from flows.config.load import load_config
    from flows.lock import refresh_lock
    from flows.privacy.clock import believe, utc_now
    from flows.repair import begin, published_before, tell_differences

    config = load_config()
    now = utc_now()
    with refresh_lock(config.data):
        believe(config.data, now, config.retention.clock_jump_days, confirmed=confirm_clock)
        begin(config.data, now)
    before = published_before(config.data)
    run_refresh(sample=False, collecting=False, confirm_clock=False)
    if before is not None:
        tell_differences(config.data, before, now)


@app.command()
def maintain() -> None:
    """Keep a lake small: merge its small files, let older snapshots and unused files go. One at a time."""
    from flows.config.load import load_config
    from flows.lock import refresh_lock
    from warehouse.lake_upkeep import maintain as maintain_now

    data = load_config().data
    with refresh_lock(data):
        done = maintain_now(data, datetime.now(UTC))
    if done is None:
        log.info("the tables lie in the working file, which needs no maintenance")
        return
    fields = {
        "merged": counted(done.merged, "file"),
        "snapshots": counted(done.snapshots, "snapshot"),
        "removed": counted(done.removed, "file"),
        "kept": ", ".join(map(str, done.kept)),
    }
    log.info("merged %(merged)s; let go %(snapshots)s, removed %(removed)s; kept: %(kept)s", fields)


@app.command()
def imports() -> None:
    """List what was imported, oldest first, with the batches that `forget-import` takes."""
    from flows.config.load import data_folder
    from flows.console import aligned
    from flows.pipeline.forget_import import imports as found_in

    found = found_in(data_folder())
    head = ("batch", "imported (UTC)", "file", "as", "apps", "rows", "put aside")
    for line in aligned(
        [
            (
                i.batch,
                f"{i.at:%Y-%m-%d %H:%M}",
                i.file,
                i.source,
                f"{i.apps:,}",
                f"{i.got:,}",
                f"{i.rejected:,}",
            )
            if i.is_finished
            else (i.batch, f"{i.at:%Y-%m-%d %H:%M}", "not finished, or damaged", *"----")
            for i in found
        ],
        head,
    ):
        typer.echo(line)


@app.command("forget-import")
def forget_import(
    batch: Annotated[str, typer.Argument(help="The import's batch, as `hoshiyomi imports` lists it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, change nothing.")] = False,
) -> None:
    """Take an import back, with everything that came of it; `hoshiyomi refresh` publishes what is left."""
    from flows.config.load import data_folder
    from flows.pipeline.forget_import import forget, lines, preview
    from flows.pipeline.forget_import import imports as found_in

    data = data_folder()
    if dry_run:
        for line in lines(preview(data, batch)):
            typer.echo(line)
        log.info("nothing was changed (--dry-run)")
        return
    sources = {known.batch: known.source for known in found_in(data)}
    note = forget(data, batch, datetime.now(UTC))
    for table, n in note.rows.items():
        typer.echo(f"{table:<18} {counted(n, 'row')} less")
    log.info("%(batch)s is taken back; `hoshiyomi refresh` publishes what is left", {"batch": batch})
    if sources.get(batch, "").startswith("file:play_console"):
        log.warning("where its file lies in a folder of console_exports, the next `collect` takes it in anew")


@app.command()
def retention(
    on: Annotated[
        datetime | None, typer.Option(help="As a run on this day (UTC) would find it; else today.")
    ] = None,
) -> None:
    """Say what goes because of its age, and when: counts and days. Nothing is marked or removed."""
    from flows.config.load import load_config
    from flows.privacy.clock import doubt_of, utc_now
    from flows.privacy.retention import preview

    config = load_config()
    now = on.replace(tzinfo=UTC) if on else utc_now()
    why = doubt_of(config.data, now, config.retention.clock_jump_days)
    typer.echo(f"clock          {now:%Y-%m-%d %H:%M} UTC, {'not believed' if why else 'believed'}")
    if why:
        typer.echo(f"               {why} A run would end with 14 and change nothing.")
    for line in _lines(preview(config, now)):
        typer.echo(line)


def _lines(found: Preview) -> Iterator[str]:
    for going in found.going:
        yield f"{going.what:<14} {_told(going)}"
    if not found.going:
        yield "feedback       nothing is near the end of its time"
    yield f"quarantine     {found.layouts} layouts go in the next run"
    yield f"unfinished     {found.unfinished} batches that were never finished go in the next run"


def _told(going: Going) -> str:
    marked = "" if not going.unmarked else f"; {going.unmarked:,} of them not marked yet, the next run does"
    if going.what == "feedback":
        return (
            f"{going.app}: {going.pieces:,} pieces of {going.testers:,} testers, sent {going.first_sent} to "
            f"{going.last_sent}, go on {going.on}{marked}"
        )
    return f"{going.app}: ledger entries of {going.testers:,} testers who withdrew go on {going.on}{marked}"
