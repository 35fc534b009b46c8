"""The SQL files that make the tables: numbered migrations, marts (`marts/NNN_name.sql`) and checks.

A migration is applied once, in one transaction with the row that records it. A mart's file declares its grain
(`-- grain: a, b`), which columns may be null (`-- nullable: c`) and the question it answers; both are checked
after every build, so the comments cannot lie.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import duckdb

from warehouse import dictionary
from warehouse.errors import WarehouseError
from warehouse.lake import as_stored, is_lake

MIGRATIONS = Path(__file__).parent / "migrations"
MARTS = Path(__file__).parent / "marts"
CHECKS = Path(__file__).parent / "checks"
MACROS = Path(__file__).parent / "macros"
_LOAD = Path(__file__).parent / "load"
SCHEMA_VERSION = "1.3"
"""MAJOR.MINOR of the published tables: what it promises stands in docs/warehouse.md."""
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*")

# Its order of statements could not be committed on a file with reviews; what it makes is the same.
_FORMERLY = {
    "0014_what_the_data_says.sql": "11713c693e75ea14797226afff0de980815c095a0204d75136cf1cdf43d0c743",
}
"""Checksums under which a migration was applied before it was mended."""

_LEDGER = """
create schema if not exists core;
create table if not exists core.migrations (
    number integer not null, name varchar not null, sha256 varchar not null,
    applied_at timestamptz not null default now()
);
"""


@cache
def load_sql(name: str) -> str:
    """The text of `warehouse/load/<name>.sql`."""
    return (_LOAD / f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing, even after a kill."""
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        # A full disk or a damaged file may have ended the transaction already; the first error says why.
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def migrate(con: duckdb.DuckDBPyConnection, folder: Path = MIGRATIONS) -> int:
    """Apply what is not applied yet; the number of the last migration.

    Raises WarehouseError when an applied migration was edited, or when the file was written by a newer
    version of this project.
    """
    con.execute(_LEDGER)
    applied = {
        n: (name, sha)
        for n, name, sha in con.execute("select number, name, sha256 from core.migrations").fetchall()
    }
    paths = sorted(folder.glob("[0-9]*.sql"))
    last = int(paths[-1].name.split("_", 1)[0])
    # Before anything is applied: a newer file stays as it is.
    if applied and max(applied) > last:
        raise WarehouseError(
            f"The warehouse was written by a newer Hoshiyomi (schema {max(applied)}, this one knows {last}). "
            "Remedy: update Hoshiyomi, or restore a backup of before the update (`hoshiyomi restore`)."
        )
    for path in paths:
        number = int(path.name.split("_", 1)[0])
        text = path.read_text(encoding="utf-8")
        sha = hashlib.sha256(text.encode()).hexdigest()
        if number in applied:
            if applied[number][1] not in (sha, _FORMERLY.get(path.name)):
                raise WarehouseError(
                    f"Migration {path.name} was edited after it was applied. "
                    "Remedy: restore it and write a new migration."
                )
            continue
        _apply(con, number, path.name, text, sha)
    return last


def _apply(con: duckdb.DuckDBPyConnection, number: int, name: str, text: str, sha: str) -> None:
    with transaction(con):
        con.execute(as_stored(text) if is_lake(con) else text)
        con.execute(
            "insert into core.migrations (number, name, sha256) values (?, ?, ?)", [number, name, sha]
        )


Part = Literal["", "review", "day", "month"]
_PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Mart:
    """One published table: its name, question, grain, order of rows and text."""

    name: str
    question: str
    grain: tuple[str, ...]
    order: tuple[str, ...]
    """How publishing sorts a view's rows, so that a reader of one app reads few blocks; may be empty."""
    nullable: tuple[str, ...]
    """The columns that may be null; every other one never is."""
    sql: str
    snapshot: str = ""
    """Which rows a snapshot of an older publication keeps (warehouse/snapshots.py): a condition, or all."""
    part: Part = ""
    """What a row belongs to, where a build or a publication may do some of the rows alone
    (warehouse/touched.py): a review, a day of an app in a store, or a month of such days."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that found rows it should not have found."""

    check: str
    says: str
    severity: Literal["stop", "warn"]
    count: int


@cache
def marts() -> tuple[Mart, ...]:
    """All marts in the order in which they are built."""
    found = []
    for path in sorted(MARTS.glob("[0-9]*.sql")):
        sql = path.read_text(encoding="utf-8")
        grain = _columns(_header(sql, "grain", path), path)
        order = _columns(_header(sql, "order", path), path) if "-- order: " in sql else ()
        question = " ".join(line.removeprefix("-- ") for line in sql.split("-- grain:")[0].splitlines())
        kept = _header(sql, "snapshot", path) if "-- snapshot: " in sql else ""
        kept = "false" if kept == "none" else kept
        name = path.stem.split("_", 1)[1]
        found.append(Mart(name, question, grain, order, _nullable(sql, path), sql, kept, _part(sql, path)))
    return tuple(found)


def body(mart: Mart) -> str:
    """The select of a mart alone."""
    return re.split(rf"^create or replace (?:table|view) {mart.name} as$", mart.sql, flags=re.MULTILINE)[1]


_OVER_TABLES = {"review_words": {"predictions", "topics", "corrections"}, "search_reviews": {"reviews"}}
"""Macros that can be made only where these published tables are."""


@cache
def macros(*, over_tables: bool | frozenset[str] = True) -> str:
    """The statements that make the published macros, such as rating_mean; they can be run again.

    Without `over_tables` those that need no table; with names of tables those that need no other.
    """
    there = over_tables if isinstance(over_tables, frozenset) else frozenset()
    paths = [
        p for p in sorted(MACROS.glob("*.sql"))
        if over_tables is True or _OVER_TABLES.get(p.stem, set()) <= there
    ]  # fmt: skip
    return "\n".join(p.read_text(encoding="utf-8") for p in paths)


def fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    """Names everything that the published tables are made of, rows and SQL; equal means nothing changed."""
    parts = con.execute(load_sql("fingerprint")).fetchone()
    texts = "".join([SCHEMA_VERSION, dictionary.texts(), macros(), *(m.sql for m in marts())])
    return hashlib.sha256(f"{parts}{texts}".encode()).hexdigest()[:32]


def built(con: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint that the marts were built from last; None when they never were."""
    row = con.execute("select fingerprint from core.marts_built").fetchone()
    return str(row[0]) if row else None


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Rebuild every mart in one transaction, with what its columns mean."""
    # A lake takes no comments on columns of views and on macros.
    has_comments = not is_lake(con)
    with transaction(con):
        con.execute(macros(over_tables=False))
        there = _kinds(con)
        for mart in marts():
            kind = "view" if f"create or replace view {mart.name} as" in mart.sql else "table"
            if there.get(mart.name, kind) != kind:
                # What an older version made of it.
                con.execute(f"drop {there[mart.name]} {mart.name}")
            con.execute(mart.sql)
            if has_comments:
                columns = columns_of(con, mart.name)
                dictionary.comment_on_table(con, mart.name, mart.question, mart.grain, columns, kind=kind)
        con.execute(macros())
        if has_comments:
            dictionary.comment_on_macros(con)
        for statement in con.extract_statements(load_sql("touched_all_taken")):
            con.execute(statement)
        con.execute("delete from core.marts_built")
        con.execute("insert into core.marts_built (fingerprint) values (?)", [fingerprint(con)])


@dataclass(frozen=True, slots=True)
class Check:
    """One select that must be empty."""

    name: str
    says: str
    severity: Literal["stop", "warn"]
    sql: str
    is_over_days: bool
    """Whether rows of other days cannot change what it finds of a day: `-- over: days`."""


def checks() -> tuple[Check, ...]:
    """All checks, by name."""
    found = []
    for path in sorted(CHECKS.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        severity = _header(sql, "severity", path)
        if severity not in ("stop", "warn"):
            raise WarehouseError(f"{path.name}: severity is {severity!r}, not stop or warn.")
        found.append(
            Check(
                path.stem, _header(sql, "says", path), "stop" if severity == "stop" else "warn", sql,
                is_over_days="-- over: days" in sql,
            )
        )  # fmt: skip
    return tuple(found)


def check(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Run every check and every grain; what found rows, worst first."""
    return worst_first(
        [f for c in checks() for f in found_by(con, c)]
        + [f for mart in marts() for f in wrong_with(con, mart)]
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they are told."""
    return sorted(findings, key=lambda f: (f.severity != "stop", f.check))


def found_by(con: duckdb.DuckDBPyConnection, one: Check) -> list[Finding]:
    """What a check finds, if anything."""
    count = _count(con, one.sql)
    return [Finding(one.name, one.says, one.severity, count)] if count else []


def wrong_with(con: duckdb.DuckDBPyConnection, mart: Mart) -> list[Finding]:
    """What of a mart is not as its file declares: its grain, or a column without nulls."""
    findings = []
    columns = ", ".join(mart.grain)
    # Column names come from our own .sql files and match _COLUMN.
    doubled = _count(con, f"select {columns} from {mart.name} group by all having count(*) > 1")  # noqa: S608
    if doubled:
        findings.append(
            Finding(f"grain_of_{mart.name}", f"{mart.name} has one row a {columns}", "stop", doubled)
        )
    unknown = _nulls(con, mart)
    if unknown:
        says = f"{mart.name} has nulls in columns that it does not declare nullable"
        findings.append(Finding(f"nulls_of_{mart.name}", says, "stop", unknown))
    return findings


def _kinds(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What is there by name, each as `table` or `view`."""
    rows = con.execute(
        "select table_name, case when table_type = 'VIEW' then 'view' else 'table' end "
        "from information_schema.tables "
        "where table_schema = 'main' and table_catalog = current_database()"
    ).fetchall()
    return {str(name): str(kind) for name, kind in rows}


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The names of a table's or view's columns, in their order; `table` may be qualified."""
    return [str(name) for name, *_ in con.execute(f"describe {table}").fetchall()]


def _nulls(con: duckdb.DuckDBPyConnection, mart: Mart) -> int:
    """How many rows have a null where the mart declares none."""
    never = [name for name in columns_of(con, mart.name) if name not in mart.nullable]
    missing = " or ".join(f"{name} is null" for name in never)
    return _count(con, f"select 1 as found from {mart.name} where {missing}")  # noqa: S608


def _count(con: duckdb.DuckDBPyConnection, select: str) -> int:
    body = select.strip().rstrip(";")
    row = con.execute(f"select count(*) from ({body}) as found").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _part(sql: str, path: Path) -> Part:
    told = _header(sql, "part", path) if "-- part: " in sql else ""
    for known in _PARTS:
        if told == known:
            return known
    raise WarehouseError(f"{path.name}: part is {told!r}, not review, day or month.")


def _columns(listed: str, path: Path) -> tuple[str, ...]:
    columns = tuple(c.strip() for c in listed.split(","))
    if not all(_COLUMN.fullmatch(c) for c in columns):
        raise WarehouseError(f"{path.name}: {listed!r} is not a list of columns.")
    return columns


def _nullable(sql: str, path: Path) -> tuple[str, ...]:
    """The columns of the lines `-- nullable:`, which may be several; `none` says that there are none."""
    lines = re.findall(r"^-- nullable: (.+?),?$", sql, re.MULTILINE)
    if not lines:
        raise WarehouseError(f"{path.name} declares no `-- nullable:`.")
    return () if lines == ["none"] else _columns(", ".join(lines), path)


def _header(sql: str, key: str, path: Path) -> str:
    match = re.search(rf"^-- {key}: (.+)$", sql, re.MULTILINE)
    if match is None:
        raise WarehouseError(f"{path.name} declares no `-- {key}:`.")
    return match.group(1).strip()
