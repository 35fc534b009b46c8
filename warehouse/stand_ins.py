"""What the queries of now ask a publication of an older version for, and it lacks: temporary views and macros
of one connection that stand in for it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse.schema import columns_of, macros

_LATER: dict[str, dict[str, tuple[str, str]]] = {
    "reviews": {"search_bits_1": ("", "null::hugeint"), "search_bits_2": ("", "null::hugeint")},
    "change_points": {
        "due_to_kind": ("owner_kind", "null::varchar"),
        "due_to": ("owner", "null::varchar"),
        "due_to_chance": ("owner_chance", "null::double"),
        "hole_from": ("", "null::date"),
        "hole_until": ("", "null::date"),
    },
    "alarms": {
        "topic": ("", "'all'"),
        "raised_on": ("raised", "null::date"),
        "began_on": ("began", "null::date"),
        "began_low_on": ("began_low", "null::date"),
        "began_high_on": ("began_high", "null::date"),
        "confirmed_on": ("confirmed", "null::date"),
        "ended_on": ("ended", "null::date"),
        "withdrawn_on": ("withdrawn", "null::date"),
    },
}
"""By table the columns that came after its first publication: each with its former name, and with what stands
for it where neither is there."""


def stand_in(con: duckdb.DuckDBPyConnection, hidden: Mapping[str, str] | None = None) -> None:
    """Give a connection to a publication of an older version what the newer queries ask it for.

    Of a table that `hidden` names (warehouse/visible.py) only what is selected there.
    """
    there = {str(name) for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    ((catalog,),) = con.execute("select current_catalog()").fetchall()
    main = f'"{str(catalog).replace(chr(34), chr(34) * 2)}".main'
    for table in sorted(_LATER.keys() & there):
        has = columns_of(con, f"{main}.{table}")
        # Names and expressions are our own, of the list above.
        added = [
            f"{former if former in has else otherwise} as {column}"
            for column, (former, otherwise) in _LATER[table].items()
            if column not in has
        ]
        if added:
            shown = (hidden or {}).get(table) or f"select *, rowid as rowid from {main}.{table}"  # noqa: S608
            con.execute(
                f"create or replace temp view {table} as select *, {', '.join(added)} from ({shown})"  # noqa: S608
            )
    known = macros(over_tables=frozenset(there))
    con.execute(known.replace("create or replace macro", "create or replace temp macro"))
