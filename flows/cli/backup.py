"""`hoshiyomi backup | backups | restore`: the data folder in a safe place, and back."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.output import ConfirmClock, stopped_tells
from flows.console import counted, span

log = logging.getLogger(__name__)
app = typer.Typer()
_MB = 1_000_000


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups lie; outside of the data folder.")],
) -> None:
    """Write the whole data folder into one file, while a refresh may run; old backups go."""
    from flows.backup.make import KEY
    from flows.backup.make import backup as make
    from flows.config.load import load_config

    config = load_config()
    with stopped_tells(
        lambda: "Stopped: no backup was made, nothing of it is left; the data folder is as it was."
    ):
        made = make(config, folder, datetime.now(UTC))
    fields = {
        "files": counted(made.files, "file"), "mb": f"{made.size / _MB:,.1f}",
        "days": counted(config.retention.backup_days, "day"), "held": span(made.held_s),
    }  # fmt: skip
    log.info("%(files)s, %(mb)s MB; it goes after %(days)s (backup_days)", fields)
    if not made.has_working:
        log.info("without a working file: after a restore `hoshiyomi refresh` makes it anew from landing")
    if made.has_key:
        log.warning(
            "%(key)s is in no backup: keep one copy of it apart, encrypted; `hoshiyomi restore` asks for it",
            {"key": config.data / KEY},
        )
    typer.echo(made.path)


@app.command()
def backups() -> None:
    """List the backups of this data folder, oldest first, and until when each is kept."""
    from flows.config.load import data_folder
    from flows.console import aligned
    from flows.privacy.backups import Backup, known

    def state(b: Backup) -> str:
        if b.gone_at:
            return f"gone since {b.gone_at:%Y-%m-%d}"
        return "there" if b.path.exists() else "not in reach"

    rows = [
        (f"{b.made_at:%Y-%m-%d %H:%M}", f"{b.expires_at:%Y-%m-%d}", state(b), str(b.path))
        for b in known(data_folder())
    ]
    for line in aligned(rows, ("made (UTC)", "goes on", "state", "file")):
        typer.echo(line)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup, as `hoshiyomi backup` printed it.")],
    key: Annotated[
        Path | None, typer.Option(help="The copy of alpha/key that is kept apart from backups.")
    ] = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="The key is lost: go on without it.")
    ] = False,
    withdrawals: Annotated[
        list[Path] | None,
        typer.Option(help="A later hoshiyomi-withdrawals.jsonl than the one beside the backup."),
    ] = None,
    confirm_clock: ConfirmClock = False,
) -> None:
    """Lay a backup into the empty data folder; what testers took back since is erased from it at once."""
    from flows.backup.restore import CONFIG, Given
    from flows.backup.restore import restore as lay
    from flows.config.load import data_folder, load_config
    from flows.privacy.erase_command import Wanted, execute_erasure

    data, now = data_folder(), datetime.now(UTC)
    done = lay(data, file, Given(key=key, without_key=without_key, withdrawals=withdrawals or ()), now)
    fields = {"files": counted(done.files, "file"), "made": f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC"}
    log.info("restored %(files)s of %(made)s", fields)
    if done.has_config:
        log.info("its configuration lies in %(folder)s, to compare and copy", {"folder": data / CONFIG})
    if done.withdrawals:
        came = counted(done.withdrawals, "entry", "entries")
        log.info("taken in, of after the backup: %(came)s of consent and erasure", {"came": came})
    if done.to_erase:
        log.info("%(n)s to be executed", {"n": counted(done.to_erase, "erasure")})
        execute_erasure(load_config(), Wanted((), ()), now, confirm_clock=confirm_clock)
    if done.has_published:
        log.info("what was published then is published again; `hoshiyomi refresh` goes on from there")
    else:
        log.info("nothing is published yet: `hoshiyomi analyse` publishes without asking a store")
    typer.echo(data)
