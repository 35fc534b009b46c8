"""What changed since the marts were built, and the rows that belong to it.

Whoever changes reviews, or what is inferred of their texts, notes it in the same transaction: the days of the
reviews (`core.touched_days`), the texts (`core.touched_texts`), or that everything is to be built anew
(`core.touched_whole`). A build takes the notes and puts the rows of those days into schema `part`; the SQL
of marts and checks is then run over these rows alone: in a catalog in memory in which `core.reviews` and its
like are the rows of `part`, and everything else is what it is in the working file (`scopes`). One text of SQL
makes the whole and a part of it.

A day here is one app's in one store (UTC, by `reviewed_at`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import duckdb

from warehouse import dictionary
from warehouse.schema import SCHEMA_VERSION, body, load_sql, macros, marts

DAYS, MONTHS = "touched_days", "touched_months"
"""Catalogs in memory: see `scopes`."""
PARTS = {
    "core": ("reviews", "review_history"),
    "inferred": ("predictions", "topics", "languages"),
}
"""The tables of which `part` holds the rows that belong to touched days."""
WHOLE_EVERY = timedelta(days=7)
"""So often everything is built, checked and published anew, whatever was touched."""
MOST = 0.1
"""Beyond this part of all reviews or texts touched, everything is built anew: that is faster then."""


def note_texts(con: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Note that something else is said of the texts of `relation`, which has their `text_hash`."""
    con.execute(f"insert into core.touched_texts select text_hash from {relation}")  # noqa: S608


def note_whole(con: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Note that everything is to be built anew."""
    con.execute("insert into core.touched_whole values (?)", [reason])


def made_by(con: duckdb.DuckDBPyConnection) -> str:
    """Names what marts are made of besides rows: their SQL and words, the serving model, DuckDB itself."""
    serving = con.execute(
        "select model_version, confusion::varchar from inferred.models where is_serving order by 1"
    ).fetchall()
    texts = [SCHEMA_VERSION, dictionary.texts(), macros(), *(m.sql for m in marts())]
    told = f"{serving}{duckdb.__version__}{''.join(texts)}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def why_whole(con: duckdb.DuckDBPyConnection, now: datetime) -> str | None:
    """Why everything is to be built anew; None where building what was touched gives the same."""
    built = con.execute("select made_by from core.marts_built").fetchall()
    if built != [(made_by(con),)]:
        return "the marts are made otherwise"
    noted = con.execute("select min(reason) from core.touched_whole").fetchone()
    if noted and noted[0]:
        return str(noted[0])
    published = con.execute("select whole_at from core.published_file").fetchall()
    if not published:
        return "nothing whole is published"
    if published[0][0] <= now - WHOLE_EVERY:
        return "it is time for it"
    ((changed,),) = con.execute(load_sql("touched_apps")).fetchall()
    if changed:
        return "apps have other names"
    ((texts, reviews),) = con.execute(
        "select (select count(*) from core.touched_texts), (select count(*) from core.reviews)"
    ).fetchall()
    return "much was touched" if texts > MOST * reviews else None


def gather(con: duckdb.DuckDBPyConnection) -> int | None:
    """Put into `part` the days that were touched, and all rows that belong to them; how many reviews.

    None, with `part` as it may be, where that is much.
    """
    ((reviews,),) = con.execute("select count(*) from core.reviews").fetchall()
    for statement in con.extract_statements(load_sql("touched_part")):
        con.execute(statement)
        if "table part.reviews" in statement.query:
            ((n,),) = con.execute("select count(*) from part.reviews").fetchall()
            if n > MOST * reviews:
                return None
    return int(n)


def is_gathered(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether `part` holds what was touched since the last publication, and that has a base."""
    ((n,),) = con.execute(
        "select count(*) from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'part' and table_name = 'reviews'"
    ).fetchall()
    return bool(n) and con.execute("select count(*) from core.published_file").fetchall() == [(1,)]


@contextmanager
def scopes(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Attach the catalogs DAYS and MONTHS, in which names mean what belongs to touched days or months alone.

    To be entered outside of a transaction; `part` must have been gathered.
    """
    home = working(con)
    with suppress(duckdb.Error):
        for name in (DAYS, MONTHS):
            con.execute(f"DETACH {name}")
    try:
        for name, days in ((DAYS, "days"), (MONTHS, "month_days")):
            con.execute(f"ATTACH ':memory:' AS {name}")
            con.execute(f"USE {name}")
            _mirror(con, home, name, days)
            con.execute(f"USE {home}")
        yield
    finally:
        con.execute(f"USE {home}")
        for name in (DAYS, MONTHS):
            con.execute(f"DETACH DATABASE IF EXISTS {name}")


@contextmanager
def within(con: duckdb.DuckDBPyConnection, scope: str) -> Iterator[str]:
    """Let names mean those of a scope; gives the name of the working file, to write there by full names."""
    home = working(con)
    con.execute(f"USE {scope}")
    try:
        yield home
    finally:
        # After an error that ended the transaction nothing can be executed before its rollback.
        with suppress(duckdb.TransactionException):
            con.execute(f"USE {home}")


def working(con: duckdb.DuckDBPyConnection) -> str:
    """What the connection's own database is called: a test's may be in memory."""
    ((name,),) = con.execute("select current_database()").fetchall()
    return str(name)


def _mirror(con: duckdb.DuckDBPyConnection, home: str, scope: str, days: str) -> None:
    for schema, of_part in PARTS.items():
        con.execute(f"CREATE SCHEMA {scope}.{schema}")
        there = con.execute(
            "select table_name from information_schema.tables where table_catalog = $home"
            " and table_schema = $schema",
            {"home": home, "schema": schema},
        ).fetchall()
        for (name,) in there:
            source = f"{home}.part.{name}" if name in of_part else f"{home}.{schema}.{name}"
            con.execute(f"CREATE VIEW {scope}.{schema}.{name} AS FROM {source}")
    con.execute(f"CREATE SCHEMA {scope}.part")
    con.execute(f"CREATE VIEW {scope}.part.days AS FROM {home}.part.days")
    named = con.execute(
        "select function_name, parameters, macro_definition from duckdb_functions()"
        " where database_name = $home and schema_name = 'core' and function_type = 'macro'",
        {"home": home},
    ).fetchall()
    for name, parameters, text in named:
        con.execute(f"CREATE MACRO {scope}.core.{name}({', '.join(parameters)}) AS {text}")
    con.execute(macros(over_tables=False))
    for mart in marts():
        if mart.part == "day":
            rows = f"{home}.main.{mart.name} semi join {home}.part.{days} using (store, store_app_id, day)"
        elif mart.part == "review":
            con.execute(f"CREATE VIEW {scope}.main.{mart.name} AS {body(mart)}")
            continue
        else:
            rows = f"{home}.main.{mart.name}"
        con.execute(f"CREATE VIEW {scope}.main.{mart.name} AS FROM {rows}")
