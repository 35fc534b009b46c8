"""What the published tables, columns and macros mean: words in TOML, and `COMMENT ON` made of them.

`marts/columns.toml` holds `[tables]` (the question in Japanese; the English one heads the mart's SQL),
`[all]` (what a column's name means wherever it stands) and a table for each mart whose columns need words of
their own; `macros/macros.toml` holds the macros. An entry is `[English, Japanese]`, with a unit as a third
part where there is one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import WarehouseError

_COLUMNS = Path(__file__).parent / "marts" / "columns.toml"
_MACROS = Path(__file__).parent / "macros" / "macros.toml"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means, in both languages; `unit` is empty where there is none."""

    en: str
    ja: str
    unit: str = ""

    def comment(self) -> str:
        """One line, as it stands in the file: English, [unit], Japanese."""
        return f"{self.en}{f' [{self.unit}]' if self.unit else ''} / {self.ja}"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of one checkout."""

    tables: Mapping[str, str]
    """Each table's question in Japanese."""
    everywhere: Mapping[str, Meaning]
    of_table: Mapping[str, Mapping[str, Meaning]]
    macros: Mapping[str, Meaning]

    def column(self, table: str, column: str) -> Meaning | None:
        """What a column means: the table's own words, else those of the name."""
        return self.of_table.get(table, {}).get(column) or self.everywhere.get(column)


def texts() -> str:
    """Everything that the comments are made of, to tell whether it changed."""
    return _COLUMNS.read_text(encoding="utf-8") + _MACROS.read_text(encoding="utf-8")


@cache
def dictionary() -> Dictionary:
    """The words as the files have them. Raises WarehouseError naming file and key of a malformed entry."""
    told = _read(_COLUMNS)
    tables = {name: str(ja) for name, ja in told.pop("tables").items()}
    everywhere = _meanings(_COLUMNS, "all", told.pop("all"))
    of_table = {table: _meanings(_COLUMNS, table, entries) for table, entries in told.items()}
    return Dictionary(tables, everywhere, of_table, _meanings(_MACROS, "macros", _read(_MACROS)))


def comment_on_table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    question: str,
    grain: Sequence[str],
    columns: Sequence[str],
    *,
    kind: str = "table",
) -> None:
    """Give a table or view (`kind`) and its columns their comments; the table's holds its grain, too.

    `table` may be qualified by its catalog and schema. A name without an entry gets no comment; a test fails.
    """
    known = dictionary()
    name = table.rsplit(".", 1)[-1]
    ja = known.tables.get(name)
    told = f"{question} [one row: {', '.join(grain)}]"
    said = {f"{kind} {table}": f"{told} / {ja}" if ja else told}
    meanings = {column: known.column(name, column) for column in columns}
    said |= {f'column {table}."{column}"': m.comment() for column, m in meanings.items() if m is not None}
    _comment(con, said)


def comment_on_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Give the macros of the current catalog and schema their comments."""
    known = dictionary().macros
    _comment(
        con, {f"{k} {name}": known[name].comment() for name, k in published_macros(con) if name in known}
    )


def published_macros(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Names of the macros of the current catalog and schema with their kind, `macro` or `macro table`."""
    return [
        (str(name), "macro table" if kind == "table_macro" else "macro")
        for name, kind in con.execute(
            "select distinct function_name, function_type from duckdb_functions() where not internal "
            "and database_name = current_catalog() and schema_name = current_schema() order by 1"
        ).fetchall()
    ]


def quoted(text: str) -> str:
    """A text as a literal of SQL, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _comment(con: duckdb.DuckDBPyConnection, said: Mapping[str, str]) -> None:
    # DuckDB takes no parameters here; names and texts are our own, quoted. Together they take half the time.
    con.execute(";\n".join(f"COMMENT ON {what} IS {quoted(text)}" for what, text in said.items()))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _meanings(path: Path, section: str, entries: Mapping[str, Any]) -> dict[str, Meaning]:
    return dict(_checked(path, section, entries))


def _checked(path: Path, section: str, entries: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    for name, parts in entries.items():
        if not (isinstance(parts, list) and len(parts) in (2, 3) and all(isinstance(p, str) for p in parts)):
            raise WarehouseError(
                f"{path.name}, [{section}] {name}: {parts!r} is not [English, Japanese] or "
                "[English, Japanese, unit]."
            )
        yield name, Meaning(*parts)
