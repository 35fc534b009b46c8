"""`hoshiyomi mend`."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated

import typer

from flows.console import counted

log = logging.getLogger(__name__)

_BATCHES = ("landing batch", "landing batches")
DAMAGED = 8
"""Exit code where landing files are damaged or gone."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def mend(
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what is not whole, change nothing.")
        ] = False,
    ) -> None:
        """Look at every landing file, keep what can be read of damaged ones, and say what is lost."""
        from flows.config.load import data_folder
        from flows.repair import look
        from flows.repair import mend as mend_now
        from flows.telling import told

        data = data_folder()
        if dry_run:
            errors = look(data).errors()
            for error in errors:
                typer.echo(told(error))
            log.info("not whole: %(batches)s", {"batches": counted(len(errors), *_BATCHES)})
            raise typer.Exit(DAMAGED if errors else 0)
        done = mend_now(data, datetime.now(UTC))
        batches = {"batches": counted(len(done), *_BATCHES)}
        log.info("mended: %(batches)s; `hoshiyomi refresh` loads them", batches)
