"""Keeping the marts up to date: what was touched is built and checked, all of it where that is not enough.

The result is that of `warehouse.schema.build`, value for value. Marts that are small are built as a whole
each time; those with a row a review, a day or a month are changed where something was touched (`-- part:` in
the file of the mart, warehouse/touched.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse import dictionary
from warehouse.lake import is_lake
from warehouse.schema import (
    Finding,
    Mart,
    body,
    build,
    check,
    checks,
    columns_of,
    fingerprint,
    found_by,
    load_sql,
    marts,
    worst_first,
    wrong_with,
)
from warehouse.touched import DAYS, MONTHS, gather, is_gathered, made_by, scopes, why_whole, within


@dataclass(frozen=True, slots=True)
class Built:
    """How the marts were brought up to date."""

    whole: str | None
    """Why all of them; None where only what was touched."""
    reviews: int = 0
    """So many reviews are on touched days."""


def bring_up_to_date(con: duckdb.DuckDBPyConnection, now: datetime) -> Built:
    """Build what was touched since the last build and since the last publication, or everything."""
    whole = why_whole(con, now)
    if whole is None:
        reviews = gather(con)
        if reviews is None:
            whole = "much was touched"
        elif _change(con):
            return Built(None, reviews)
        else:
            # Somebody wrote without a note: the whole build puts it right.
            whole = "the days do not add up"
    build(con)
    con.execute("update core.marts_built set made_by = ?", [made_by(con)])
    return Built(whole)


def look(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Run the checks over what is not published yet, or over everything; what found rows, worst first."""
    findings = _look_at_days(con) if is_gathered(con) else check(con)
    con.execute("delete from core.findings")
    for finding in findings:
        con.execute("insert into core.findings values (?, ?)", [finding.check, finding.count])
    return findings


def _look_at_days(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """What is found on touched days; a check that found something last time looks at everything again."""
    standing = {name for (name,) in con.execute("select name from core.findings").fetchall()}
    partly = [c for c in checks() if c.is_over_days and c.name not in standing]
    findings = [f for c in checks() if c not in partly for f in found_by(con, c)]
    findings += [f for m in marts() if m.part in ("", "month") for f in wrong_with(con, m)]
    doubled = con.execute(load_sql("touched_twice")).fetchone()
    if doubled and doubled[0]:
        findings.append(Finding("grain_of_reviews", "reviews has one row a review", "stop", doubled[0]))
    with scopes(con), within(con, DAYS):
        findings += [f for c in partly for f in found_by(con, c)]
        findings += [f for m in marts() if m.part in ("day", "review") for f in wrong_with(con, m)]
    return worst_first(findings)


def _change(con: duckdb.DuckDBPyConnection) -> bool:
    """Change the marts where something was touched; False, with nothing changed, when they do not add up."""
    with scopes(con):
        con.execute("BEGIN")
        try:
            _change_each(con)
            adds_up = con.execute(load_sql("touched_adds_up")).fetchall() == [(True,)]
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT" if adds_up else "ROLLBACK")
    return adds_up


def _change_each(con: duckdb.DuckDBPyConnection) -> None:
    for name in ("text_languages", "overview"):
        con.execute(f"create or replace temp table {name}_before as from {name}")
    for mart in marts():
        if mart.part == "day":
            _exchange(con, mart, DAYS, "days", "day")
        elif mart.part == "month":
            run(con, "touched_months")
            _exchange(con, mart, MONTHS, "months", "period_start")
        elif mart.part == "" and "create or replace table" in mart.sql:
            con.execute(mart.sql)
            if is_lake(con):
                continue
            columns = columns_of(con, mart.name)
            dictionary.comment_on_table(con, mart.name, mart.question, mart.grain, columns)
    run(con, "touched_taken")
    con.execute("delete from core.marts_built")
    con.execute("insert into core.marts_built values (?, ?)", [fingerprint(con), made_by(con)])


def _exchange(con: duckdb.DuckDBPyConnection, mart: Mart, scope: str, touched: str, column: str) -> None:
    """Put the rows of touched days or months in the place of those that a mart has of them."""
    key = "month" if touched == "months" else "day"
    con.execute(
        f"delete from {mart.name} using part.{touched} t where {mart.name}.store = t.store"  # noqa: S608
        f" and {mart.name}.store_app_id = t.store_app_id and {mart.name}.{column} = t.{key}"
    )
    if touched == "months":
        # A month begins on its first day, as thirty days may; those are of every app.
        con.execute(f"delete from {mart.name} where span <> 'month'")  # noqa: S608
    with within(con, scope) as home:
        con.execute(f"insert into {home}.main.{mart.name} {body(mart)}")


def run(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run the statements of a load script that takes no parameters."""
    for statement in con.extract_statements(load_sql(name)):
        con.execute(statement)
