"""`hoshiyomi retention | rebuild`: what goes because of its age, and a damaged working file made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from flows.cli.options import ConfirmClock

if TYPE_CHECKING:
    from flows.privacy.retention import Preview
    from warehouse.erasure import Going


class Run(Protocol):
    """A refresh that says what it does and where it published."""

    def __call__(self, *, sample: bool, collecting: bool, confirm_clock: bool) -> None: ...


def register(app: typer.Typer, run: Run, say: Callable[[str], None]) -> None:
    """Add the commands; `run` is the refresh of `app`."""
    app.command()(retention)

    @app.command()
    def rebuild(confirm_clock: ConfirmClock = False) -> None:
        """Set the working file aside, make it anew from the landing folder, and publish."""
        from flows.config.load import load_config
        from flows.lock import refresh_lock
        from flows.privacy.clock import believe, utc_now
        from flows.repair.rebuild import begin

        config = load_config()
        now = utc_now()
        with refresh_lock(config.data):
            believe(config.data, now, config.retention.clock_jump_days, confirmed=confirm_clock)
            begin(config.data, now, say)
        run(sample=False, collecting=False, confirm_clock=False)


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
