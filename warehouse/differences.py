"""Do two sets of published tables hold the same? By table and column, which rows differ, value for value.

Rows are matched by the grain that the mart of this checkout declares. Named are tables and columns that only
one side has, rows that only one side has, and for each column how many values differ, beyond the relative
tolerance for floating-point numbers. What depends on the clock or the folder (`CLOCK`) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.dictionary import quoted
from warehouse.schema import marts
from warehouse.upkeep import bring_up_to_date
from warehouse.writes import CATALOG, writer

CLOCK: Mapping[str, frozenset[str]] = {
    "alarms": frozenset({"first_told_at"}),
    "verdict_history": frozenset({"said_at"}),
    "models": frozenset({"first_used_at"}),
    "publication": frozenset({"revision", "published_at", "fingerprint", "schema_version", "migration"}),
    "coverage": frozenset({"run_id", "started_at", "finished_at", "lag_s"}),
    "overview": frozenset({"last_seen_at"}),
}
RELATIVE = 1e-9
_LISTS = ("publication:", "publication.", "publications:", "publications.")
_FLOATS = ("DOUBLE", "FLOAT")


def compare(con: duckdb.DuckDBPyConnection, relative: float, new: str = "new") -> Iterator[str]:
    """A line for every difference between the attached files `old` and `new`, which may have another name."""
    tables = {"old": _tables(con, "old"), "new": _tables(con, new)}
    for side, other in (("old", "new"), ("new", "old")):
        for name in sorted(tables[side] - tables[other]):
            yield f"{name}: only in {side}"
    grains = {m.name: m.grain for m in marts()}
    for name in sorted(tables["old"] & tables["new"]):
        columns = {"old": _columns(con, "old", name), "new": _columns(con, new, name)}
        for side, other in (("old", "new"), ("new", "old")):
            for column in columns[side].keys() - columns[other].keys():
                yield f"{name}.{column}: only in {side}"
        both = {c: t for c, t in columns["old"].items() if columns["new"].get(c)}
        yield from _differences(con, name, grains.get(name, ()), both, relative, new)


def from_published(data: Path, before: Path, now: datetime) -> list[str]:
    """What the marts of the working file, brought up to date, say otherwise than the published file `before`.

    Raises WarehouseError where the working file cannot be opened.
    """
    with writer(data) as w:
        bring_up_to_date(w.con, now)
        w.con.execute(f"ATTACH {quoted(str(before))} AS old (READ_ONLY)")
        try:
            found = list(compare(w.con, RELATIVE, CATALOG))
        finally:
            w.con.execute("DETACH old")
    # Each publication adds itself to the list of them.
    return [line for line in found if not line.startswith(_LISTS)]


def _differences(
    con: duckdb.DuckDBPyConnection,
    name: str,
    grain: tuple[str, ...],
    columns: dict[str, str],
    relative: float,
    new: str,
) -> Iterator[str]:
    left_out = CLOCK.get(name, frozenset())
    keys = [c for c in grain if c in columns and c not in left_out]
    values = [c for c in columns if c not in keys and c not in left_out]
    on = " and ".join(f'o."{k}" is not distinct from n."{k}"' for k in keys) or "true"
    differ = [f"count(*) filter (o._here and n._here and {_differ(c, columns[c], relative)})" for c in values]
    counts = ", ".join(
        ["count(*)", "count(*) filter (n._here is null)", "count(*) filter (o._here is null)", *differ]
    )
    # Names are those of our own tables and columns.
    sides = (f"(select *, true as _here from {side}.main.{name})" for side in ("old", new))  # noqa: S608
    ((rows, gone, come, *differing),) = con.execute(
        f"select {counts} from {next(sides)} o full join {next(sides)} n on {on}"  # noqa: S608
    ).fetchall()
    if gone or come:
        yield f"{name}: of {rows} rows {gone} only in old, {come} only in new"
    for column, count in zip(values, differing, strict=True):
        if count:
            yield f"{name}.{column}: {count} of {rows} values differ"


def _differ(column: str, kind: str, relative: float) -> str:
    old, new = f'o."{column}"', f'n."{column}"'
    if kind not in _FLOATS:
        return f"{old} is distinct from {new}"
    close = f"abs({old} - {new}) <= {relative!r} * greatest(abs({old}), abs({new}), 1e-3)"
    return f"not coalesce({close}, {old} is not distinct from {new})"


def _tables(con: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    rows = con.execute(
        "select table_name from information_schema.tables where table_catalog = $side"
        " and table_schema = 'main'",
        {"side": side},
    ).fetchall()
    return {name for (name,) in rows}


def _columns(con: duckdb.DuckDBPyConnection, side: str, table: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in con.execute(f"describe {side}.main.{table}").fetchall()}
