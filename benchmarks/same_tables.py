"""Do two published files hold the same? By table and column, which rows differ, value for value.

    python benchmarks/same_tables.py OLD.duckdb NEW.duckdb [--relative 1e-9]

Rows are matched by the grain that the mart of this checkout declares. Named are tables and columns that only
one side has, rows that only one side has, and for each column how many values differ, beyond the relative
tolerance for floating-point numbers. What depends on the clock or the folder (`CLOCK`) is left out. The exit
status is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warehouse.schema import marts

CLOCK: Mapping[str, frozenset[str]] = {
    "alarms": frozenset({"first_told_at"}),
    "verdict_history": frozenset({"said_at"}),
    "models": frozenset({"first_used_at"}),
    "publication": frozenset({"revision", "published_at", "fingerprint", "schema_version", "migration"}),
    "coverage": frozenset({"run_id", "started_at", "finished_at", "lag_s"}),
    "overview": frozenset({"last_seen_at"}),
}
_FLOATS = ("DOUBLE", "FLOAT")


def compare(con: duckdb.DuckDBPyConnection, relative: float) -> Iterator[str]:
    """A line for every difference between the attached files `old` and `new`."""
    tables = {side: _tables(con, side) for side in ("old", "new")}
    for side, other in (("old", "new"), ("new", "old")):
        for name in sorted(tables[side] - tables[other]):
            yield f"{name}: only in {side}"
    grains = {m.name: m.grain for m in marts()}
    for name in sorted(tables["old"] & tables["new"]):
        columns = {side: _columns(con, side, name) for side in ("old", "new")}
        for side, other in (("old", "new"), ("new", "old")):
            for column in columns[side].keys() - columns[other].keys():
                yield f"{name}.{column}: only in {side}"
        both = {c: t for c, t in columns["old"].items() if columns["new"].get(c)}
        yield from _differences(con, name, grains.get(name, ()), both, relative)


def _differences(
    con: duckdb.DuckDBPyConnection,
    name: str,
    grain: tuple[str, ...],
    columns: dict[str, str],
    relative: float,
) -> Iterator[str]:
    left_out = CLOCK.get(name, frozenset())
    keys = [c for c in grain if c in columns and c not in left_out]
    values = [c for c in columns if c not in keys and c not in left_out]
    on = " and ".join(f'o."{k}" is not distinct from n."{k}"' for k in keys) or "true"
    differ = [f"count(*) filter (o._here and n._here and {_differ(c, columns[c], relative)})" for c in values]
    counts = ", ".join(
        ["count(*)", "count(*) filter (n._here is null)", "count(*) filter (o._here is null)", *differ]
    )
    sides = (f"(select *, true as _here from {side}.{name})" for side in ("old", "new"))
    ((rows, gone, come, *differing),) = con.execute(
        f"select {counts} from {next(sides)} o full join {next(sides)} n on {on}"
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
        "select table_name from duckdb_tables() where database_name = $side and schema_name = 'main'",
        {"side": side},
    ).fetchall()
    return {name for (name,) in rows}


def _columns(con: duckdb.DuckDBPyConnection, side: str, table: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in con.execute(f"describe {side}.{table}").fetchall()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--relative", type=float, default=1e-9)
    asked = parser.parse_args()
    with duckdb.connect() as con:
        for side in ("old", "new"):
            con.execute(f"attach '{getattr(asked, side).resolve()}' as {side} (read_only)")
        found = list(compare(con, asked.relative))
        tables = len(_tables(con, "new"))
    print(*found, sep="\n")
    print(f"{tables} tables compared, {len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
