"""What an earlier version of the published tables promised is still there (docs/warehouse.md).

`warehouse/marts/promised.tsv` has a line for each column: table, column, type. Additions are free and enter
the list with the next release, before which it is written anew:

    python -m tests.warehouse.test_promise

Something that is to go is deprecated first (its comment begins with "Deprecated since MAJOR.MINOR") and
leaves the list together with a higher MAJOR of `SCHEMA_VERSION` (warehouse/schema.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.house import open_writer
from warehouse import schema
from warehouse.schema import SCHEMA_VERSION, build

PROMISED = Path(schema.__file__).parent / "marts" / "promised.tsv"


def _there() -> dict[tuple[str, str], str]:
    con = open_writer(Path("unused")).con
    build(con)
    return {
        (table, column): data_type
        for table, column, data_type in con.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where schema_name = 'main' and not internal order by table_name, column_index"
        ).fetchall()
    }


def broken(version: str, lines: list[str], there: dict[tuple[str, str], str]) -> list[str]:
    """What of the promise is not kept; with a higher MAJOR than that of its first line anything may be."""
    promised, *columns = lines
    if int(version.split(".", 1)[0]) > int(promised.split(".", 1)[0]):
        return []
    found = []
    for line in columns:
        table, column, data_type = line.split("\t")
        now = there.get((table, column))
        if now != data_type:
            found.append(f"{table}.{column}: {data_type} was promised, {now or 'nothing'} is there")
    return found


def test_what_was_promised_is_there() -> None:
    lost = broken(SCHEMA_VERSION, PROMISED.read_text(encoding="utf-8").splitlines(), _there())
    assert not lost, (
        f"{lost}. Keep it, deprecated for a MINOR and 90 days, or raise MAJOR (docs/warehouse.md)."
    )


@pytest.mark.parametrize(
    ("version", "line", "lost"),
    [
        ("1.3", "reviews\trating\tTINYINT", []),
        ("1.3", "reviews\trating\tINTEGER", ["reviews.rating: INTEGER was promised, TINYINT is there"]),
        ("1.3", "reviews\tat\tDATE", ["reviews.at: DATE was promised, nothing is there"]),
        ("2.0", "reviews\tat\tDATE", []),
    ],
)
def test_a_promise_that_is_broken_is_named(version: str, line: str, lost: list[str]) -> None:
    assert broken(version, ["1.0", line], {("reviews", "rating"): "TINYINT"}) == lost


if __name__ == "__main__":
    _lines = [SCHEMA_VERSION, *(f"{t}\t{c}\t{kind}" for (t, c), kind in _there().items())]
    PROMISED.write_text("\n".join(_lines) + "\n", encoding="utf-8")
