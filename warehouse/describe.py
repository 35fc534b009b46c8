"""What a published file says of itself: its tables with their columns, and how they hang together.

Everything comes out of the file: types, what may be null, and comments (warehouse/dictionary.py). A table
refers to another where a column's comment says "joins to TABLE.COLUMN".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

_TABLE = re.compile(r"(?P<en>.*) \[one row: (?P<grain>[a-z0-9_, ]+)\](?: / (?P<ja>.*))?", re.DOTALL)
_COLUMN = re.compile(r"(?P<en>.*?)(?: \[(?P<unit>[^\]]+)\])? / (?P<ja>.*)", re.DOTALL)
_JOINS = re.compile(r"[Jj]oins? to ([a-z_]+)\.([a-z_]+)")
_SHORT = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
# Nearly every row says whose it is, and what a model said, which one.
_IN_WORDS = ("apps", "models")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `unit` and `ja` are empty where the comment has none."""

    name: str
    type: str
    is_nullable: bool
    en: str
    unit: str
    ja: str


@dataclass(frozen=True, slots=True)
class Table:
    """One published table; `grain` names the columns that are unique together."""

    name: str
    en: str
    ja: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]

    def has(self, name: str) -> bool:
        """Whether it has such a column."""
        return any(c.name == name for c in self.columns)

    def has_always(self, names: Sequence[str]) -> bool:
        """Whether none of these columns is ever null."""
        return not any(c.is_nullable for c in self.columns if c.name in names)

    def joins(self) -> Iterator[tuple[str, str, str]]:
        """(own column, other table, its column) of the columns whose comment names another's."""
        for column in self.columns:
            for table, other in _JOINS.findall(column.en):
                if table != self.name:
                    yield column.name, table, other


def tables(con: duckdb.DuckDBPyConnection) -> list[Table]:
    """Every table of the file, by name; one without comments, of an older version, has no grain."""
    told = con.execute(
        "select table_name, comment from duckdb_tables() where schema_name = 'main' order by 1"
    ).fetchall()
    columns = con.execute(
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where schema_name = 'main' and not internal order by table_name, column_index"
    ).fetchall()
    return [_table(name, comment or "", [c[1:] for c in columns if c[0] == name]) for name, comment in told]


def references(found: Sequence[Table]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(table, the table that it refers to, over which columns), by name.

    Left out is what another reference implies: predictions name a review, and the review names the app.
    """
    by_name = {t.name: t for t in found}
    edges: dict[tuple[str, str], tuple[str, ...]] = {}
    for table in found:
        for column, other, its_column in table.joins():
            if other in by_name and by_name[other].has(its_column):
                over = _over(table, by_name[other], column, its_column)
                edges[table.name, other] = max(over, edges.get((table.name, other), ()), key=len)
    implied = {
        (a, c)
        for (a, b), over in edges.items()
        for (d, c), onwards in edges.items()
        if b == d and (a, c) in edges and set(onwards) <= set(over) and by_name[a].has_always(over)
    }
    return sorted((a, b, over) for (a, b), over in edges.items() if (a, b) not in implied)


def picture(found: Sequence[Table]) -> str:
    """How the tables refer to each other, with the columns of their grain, as a Mermaid diagram.

    Lines to `apps` and `models` would hide all others: `not_drawn` tells them, and what stands alone.
    """
    edges = [edge for edge in references(found) if edge[1] not in _IN_WORDS]
    drawn = {name for a, b, _ in edges for name in (a, b)}
    lines = ["erDiagram", "    direction LR"]
    for table in found:
        if table.name not in drawn:
            continue
        types = {c.name: _word(c.type) for c in table.columns}
        keys = [f"        {types[c]} {c} PK" for c in table.grain if c in types]
        over = sorted({c for a, _, columns in edges if a == table.name for c in columns} - {*table.grain})
        lines += [f"    {table.name} {{", *keys, *(f"        {types[c]} {c} FK" for c in over), "    }"]
    lines += [f'    {b} ||--o{{ {a} : "{", ".join(columns)}"' for a, b, columns in edges]
    return "\n".join(lines) + "\n"


def not_drawn(found: Sequence[Table]) -> str:
    """What `picture` leaves out, as a list: references to `apps` and `models`, and tables with none."""
    edges = references(found)
    lines = []
    for hub in _IN_WORDS:
        by_columns: dict[tuple[str, ...], list[str]] = {}
        for a, b, columns in edges:
            if b == hub:
                by_columns.setdefault(columns, []).append(f"`{a}`")
        lines += [
            f"- `{hub}`, by {', '.join(f'`{c}`' for c in columns)}: {', '.join(names)}."
            for columns, names in sorted(by_columns.items())
        ]
    touched = {name for a, b, _ in edges for name in (a, b)}
    alone = [f"`{t.name}`" for t in found if t.name not in touched]
    return "\n".join([*lines, f"- Nothing: {', '.join(alone)}."]) + "\n"


def pages(found: Sequence[Table]) -> str:
    """A section for each table with all of its columns, as Markdown."""
    parts = []
    for table in found:
        lines = [
            f"## `{table.name}`", "", f"{table.en}  ", table.ja, "",
            f"One row: {', '.join(table.grain)}.", "",
            "| column | type | null | meaning | 意味 |", "|---|---|---|---|---|",
        ]  # fmt: skip
        for c in table.columns:
            unit = f" ({c.unit})" if c.unit else ""
            lines.append(
                f"| `{c.name}` | {_type(c.type)} | {'yes' if c.is_nullable else ''} "
                f"| {_cell(c.en)}{_cell(unit)} | {_cell(c.ja)} |"
            )
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _table(name: str, comment: str, columns: Sequence[Sequence[str]]) -> Table:
    match = _TABLE.fullmatch(comment)
    en, grain, ja = (match["en"], match["grain"], match["ja"] or "") if match else (comment, "", "")
    unique = tuple(c.strip() for c in grain.split(",") if c.strip())
    return Table(name, en, ja, unique, tuple(_column(*c) for c in columns))


def _column(name: str, data_type: str, is_nullable: object, comment: str | None) -> Column:
    match = _COLUMN.fullmatch(comment or "")
    en, unit, ja = (match["en"], match["unit"] or "", match["ja"]) if match else (comment or "", "", "")
    return Column(name, data_type, bool(is_nullable), en, unit, ja)


def _over(table: Table, other: Table, column: str, its_column: str) -> tuple[str, ...]:
    """The columns of `table` that name one row of `other`; `column` alone where it lacks some of them."""
    over = tuple(column if c == its_column else c for c in other.grain)
    return over if its_column in other.grain and all(map(table.has, over)) else (column,)


def _type(data_type: str) -> str:
    return f"`{_SHORT.get(data_type, data_type)}`"


def _word(data_type: str) -> str:
    """The type as one word, as Mermaid wants it."""
    return re.sub(r"\W.*", "", _SHORT.get(data_type, data_type)).lower()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
