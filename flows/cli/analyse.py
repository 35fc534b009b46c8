"""`hoshiyomi analyse` and `hoshiyomi change-points`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Protocol

import typer

from flows.cli.options import ConfirmClock


class TableFormat(StrEnum):
    """How `hoshiyomi change-points` prints."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


class Run(Protocol):
    """A refresh that says what it does and where it published."""

    def __call__(
        self, *, sample: bool, collecting: bool, audit_seed: int | None, confirm_clock: bool
    ) -> None: ...


def register(app: typer.Typer, run: Run) -> None:
    """Add the commands to `app`; `run` is its refresh."""

    @app.command()
    def analyse(
        audit: Annotated[
            bool, typer.Option("--audit", help="Measure false alarms, power and coverage, too (minutes).")
        ] = False,
        seed: Annotated[
            int | None, typer.Option(min=0, help="Seed of the audit's chance; the same measures the same.")
        ] = None,
        confirm_clock: ConfirmClock = False,
    ) -> None:
        """Work out the statistics of what is there and publish, without asking any store."""
        from flows.errors import InputError
        from flows.pipeline.audit import SEED

        if seed is not None and not audit:
            raise InputError("--seed belongs to --audit: nothing else is left to chance.")
        audit_seed = (SEED if seed is None else seed) if audit else None
        run(sample=False, collecting=False, audit_seed=audit_seed, confirm_clock=confirm_clock)
        if audit:
            _tell_audit()

    app.command("change-points")(_change_points)


def _tell_audit() -> None:
    from flows.cli.output import render
    from flows.config.load import data_folder
    from warehouse.reads import current, rows

    measured = rows(current(data_folder()), "audit_latest")
    names = [n for n in measured[0] if n not in ("run_at", "seed")] if measured else []
    typer.echo(render(names, [[row[n] for n in names] for row in measured], "table"), nl=False)


def _change_points(
    app_key: Annotated[str | None, typer.Option("--app", help="Only this app, by its key.")] = None,
    format_: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
) -> None:
    """When did each app's rating change its level, by how much, and near which release?"""
    from flows.cli.change_points import page
    from flows.cli.output import render
    from flows.config.load import data_folder
    from warehouse.reads import current, rows

    path = current(data_folder())
    changes = rows(path, "change_point_table", app=app_key)
    if format_ is TableFormat.markdown:
        (searched,) = rows(path, "change_points_searched")
        for line in page(changes, searched["searched"]):
            typer.echo(line)
        return
    names = list(changes[0]) if changes else ["app"]
    typer.echo(render(names, [list(row.values()) for row in changes], format_.value), nl=False)
