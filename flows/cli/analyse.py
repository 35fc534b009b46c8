"""`hoshiyomi analyse` and `hoshiyomi change-points`, whose table is a page for people, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.cli.output import ConfirmClock
from flows.console import counted

app = typer.Typer()
COMMAND = "hoshiyomi change-points --format markdown > docs/change-points.md"
_NEAR_DAYS = 60
_HEAD = (
    "| app | store | series | changed on | before | after | size | reviews or ratings | nearest release "
    "| most likely due to |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


class TableFormat(StrEnum):
    """How `hoshiyomi change-points` prints."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


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
    from flows.cli.runs import run_refresh
    from flows.errors import InputError
    from flows.pipeline.audit import SEED

    if seed is not None and not audit:
        raise InputError("--seed belongs to --audit: nothing else is left to chance.")
    audit_seed = (SEED if seed is None else seed) if audit else None
    run_refresh(sample=False, collecting=False, audit_seed=audit_seed, confirm_clock=confirm_clock)
    if audit:
        _tell_audit()


def _tell_audit() -> None:
    from flows.cli.output import render
    from flows.config.load import data_folder
    from warehouse.reads import current, rows

    measured = rows(current(data_folder()), "audit_latest")
    names = [n for n in measured[0] if n not in ("run_at", "seed")] if measured else []
    typer.echo(render(names, [[row[n] for n in names] for row in measured], "table"), nl=False)


@app.command("change-points")
def change_points(
    app_key: Annotated[str | None, typer.Option("--app", help="Only this app, by its key.")] = None,
    format_: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
) -> None:
    """When did each app's rating change its level, by how much, and near which release?"""
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


def page(rows: Sequence[dict[str, Any]], searched: int) -> Iterator[str]:
    """The lines of the page for rows of the query `change_point_table`; `searched` apps were looked at."""
    apps = {(r["app"], r["store"]) for r in rows}
    yield "# Change points"
    yield ""
    yield f"Made by `{COMMAND}`; how they are found is told in [statistics.md](statistics.md)."
    yield ""
    yield (
        f"Of {counted(searched, 'app')} (each store counts), {len(apps)} changed their level, "
        f"{counted(len(rows), 'time')} in all. "
        "Series A is what the store displayed, series B the mean review rating of what was collected; they "
        "are never mixed. In brackets: 95 % intervals, of day and size. A release is named because "
        f"it is near in time (within {_NEAR_DAYS} days; in brackets, from change to it), not as the cause. "
        "A change of series B is most likely due to the release that is named last, with its chance; a dash: "
        "nobody can tell. A score that its store weighed anew is no change of what people think."
    )
    yield ""
    yield from _HEAD
    for row in rows:
        yield _line(row)


def _line(row: dict[str, Any]) -> str:
    cells = (
        _name(row), row["store"].replace("_", " "), row["series"], _days(row),
        f"{row['value_before']:.2f}", f"{row['value_after']:.2f}", _size(row), _counts(row), _release(row),
        _due_to(row),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _name(row: dict[str, Any]) -> str:
    name = " ".join(str(row["name"]).replace("|", "\\|").split())
    return f"`{row['app']}`" if name == row["app"] else f"{name} (`{row['app']}`)"


def _days(row: dict[str, Any]) -> str:
    if row["low_on"] == row["high_on"]:
        return f"{row['changed_on']}"
    hole = f"; no data {row['hole_from']} to {row['hole_until']}" if row["hole_from"] else ""
    return f"{row['changed_on']} ({row['low_on']} to {row['high_on']}{hole})"


def _size(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return f"{row['size']:+.2f}"
    return f"{row['size']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"


def _counts(row: dict[str, Any]) -> str:
    both = (row["n_before"], row["n_after"])
    return "not told" if None in both else f"{both[0]:,} / {both[1]:,}"


def _due_to(row: dict[str, Any]) -> str:
    if row["due_to_kind"] in ("reweighted", "reset"):
        return "ratings weighed anew" if row["due_to_kind"] == "reweighted" else "ratings reset"
    if row["due_to"] is None:
        return "-"
    return f"{row['due_to']} ({min(row['due_to_chance'] or 0.0, 0.99):.0%})".replace("|", "\\|")


def _release(row: dict[str, Any]) -> str:
    if row["nearest_release"] is None:
        return "none known"
    if abs(row["release_distance_days"]) > _NEAR_DAYS:
        return "none near"
    return f"{row['nearest_release']} ({row['release_distance_days']:+d} d)"
