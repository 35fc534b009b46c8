"""Which apps a reader may see, kept below every question: temporary views of one connection that hold the
rows of these apps and nothing else, under the names of the published tables.

A question cannot forget to ask for it, because it never meets the tables themselves. What no list here names
is empty: a table of a later version shows nothing before somebody decided what it may show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from warehouse.schema import columns_of, macros

ABOUT_NO_APP = frozenset(
    {"audit", "models", "model_quality", "topic_catalogue", "publication", "publications"}
)
"""Tables without a column `app` whose rows say nothing of any app."""
POOLED = frozenset({"model_errors"})
"""Tables in which a row without an app speaks of all models' texts, and may be seen by everybody."""
_SUMS: Mapping[str, frozenset[str]] = {
    "model_quality": frozenset({"n_apps"}),
    **dict.fromkeys(
        ("publication", "publications"),
        frozenset(
            {
                "fingerprint", "config_fingerprint", "topics_fingerprint", "landing_files", "n_batches",
                "n_apps", "n_reviews", "reviewed_from", "reviewed_until", "n_requests", "n_requests_complete",
                "covered_until",
            }
        ),
    ),
}  # fmt: skip
"""Columns that are summed over all apps: null for somebody who may not see all of them."""
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """What somebody may see who may not see everything: apps by key, and all apps of some owners."""

    apps: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


def hide(con: duckdb.DuckDBPyConnection, choose: str, visible: Visible, sql: str) -> dict[str, str]:
    """Let `sql` on this connection meet the rows of visible apps only.

    `choose` gives the keys of the apps that `$apps` and `$owners` name. Returns what is selected of each
    table that was hidden, in SQL, for whoever puts another view in its place.
    """
    found = con.execute(choose, {"apps": list(visible.apps), "owners": list(visible.owners)}).fetchall()
    con.execute("create or replace temp table visible_apps (app varchar)")
    con.execute("insert into visible_apps select unnest($apps::varchar[])", {"apps": [a for (a,) in found]})
    ((catalog,),) = con.execute("select current_catalog()").fetchall()
    main = f'"{str(catalog).replace(chr(34), chr(34) * 2)}".main'
    there = con.execute("select table_name from duckdb_tables() where database_name = current_catalog()")
    # A table can be met only by its name, in the question's own text or in that of a macro.
    met = set(_WORD.findall(f"{sql}\n{macros()}".lower()))
    hidden = {}
    for (table,) in there.fetchall():
        if table.lower() in met:
            hidden[table] = _shown(table, columns_of(con, f"{main}.{table}"), f"{main}.{table}")
    # Names are the schema's own.
    con.execute("\n".join(f"create or replace temp view {t} as {shown};" for t, shown in hidden.items()))
    return hidden


def _shown(table: str, columns: list[str], source: str) -> str:
    """The select that gives the visible part of a table, its `rowid` with it."""
    sums = sorted(_SUMS.get(table, frozenset()) & set(columns))
    # Null, and yet of the column's type.
    blanked = ", ".join(f"case when false then {c} end as {c}" for c in sums)
    kept = f"* replace ({blanked})" if blanked else "*"
    if "app" in columns:
        of_all = "app is null or " if table in POOLED else ""
        rows = f"{of_all}app in (from temp.visible_apps)"
    else:
        rows = "true" if table in ABOUT_NO_APP else "false"
    return f"select {kept}, rowid as rowid from {source} where {rows}"  # noqa: S608
