"""docs/warehouse.md and docs/tables.md say what a published file says of itself. Rewrite them with

python -m tests.warehouse.test_docs
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.house import NOW
from warehouse import describe
from warehouse.publish import publish
from warehouse.schema import SCHEMA_VERSION, build, marts
from warehouse.writes import writer

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"(?P<begin><!-- (?P<name>\w+): .*? -->\n).*?(?P<end><!-- /(?P=name) -->)", re.DOTALL)


@cache
def found() -> tuple[describe.Table, ...]:
    """The tables of an empty published file."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with writer(data) as w:
            build(w.con)
        with duckdb.connect(str(publish(data, NOW).path), read_only=True) as con:
            return tuple(describe.tables(con))


def blocks() -> Mapping[str, str]:
    """What stands between the marks of each name."""
    order = {m.name: n for n, m in enumerate(marts())}
    tables = sorted(found(), key=lambda t: order[t.name])
    lines = ["| table | question | one row |", "|---|---|---|"]
    lines += [f"| [`{t.name}`](tables.md#{t.name}) | {t.en} | {', '.join(t.grain)} |" for t in tables]
    return {
        "tables": "\n".join(lines) + "\n",
        "picture": f"```mermaid\n{describe.picture(tables)}```\n",
        "not_drawn": describe.not_drawn(tables),
        "columns": describe.pages(tables),
        "version": f"The published tables are at version **{SCHEMA_VERSION}**.\n",
    }


def _rewritten(text: str) -> str:
    return _BLOCK.sub(lambda m: m["begin"] + blocks()[m["name"]] + m["end"], text)


@pytest.mark.parametrize("page", ["warehouse.md", "tables.md"])
def test_a_page_says_what_the_file_says(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert _BLOCK.search(text)
    assert text == _rewritten(text), "python -m tests.warehouse.test_docs writes it anew"


def test_what_refers_to_what_is_told_by_the_file() -> None:
    edges = {(a, b): columns for a, b, columns in describe.references(found())}
    assert edges["predictions", "reviews"] == ("store", "store_app_id", "review_id")
    assert edges["topics", "topic_catalogue"] == ("topic",)
    assert edges["release_impact", "releases"] == ("release_version",)
    assert edges["drivers", "driver_comparisons"] == ("app", "store", "comparison")
    # implied by predictions -> reviews -> apps
    assert ("predictions", "apps") not in edges


def test_every_reference_is_drawn_or_told_and_every_table_stands_somewhere() -> None:
    drawn, told = describe.picture(found()), describe.not_drawn(found())
    for a, b, columns in describe.references(found()):
        line = f'    {b} ||--o{{ {a} : "{", ".join(columns)}"'
        words = [said for said in told.splitlines() if said.startswith(f"- `{b}`, by") and f"`{a}`" in said]
        assert (line in drawn.splitlines()) != bool(words), (a, b)
    assert [t.name for t in found() if f"    {t.name} {{" not in drawn and f"`{t.name}`" not in told] == []


def test_what_may_be_null_is_told_by_the_file() -> None:
    for mart in marts():
        (table,) = (t for t in found() if t.name == mart.name)
        assert {c.name for c in table.columns if c.is_nullable} == set(mart.nullable), mart.name
        assert table.grain == mart.grain


if __name__ == "__main__":
    for _page in ("warehouse.md", "tables.md"):
        _path = DOCS / _page
        _path.write_text(_rewritten(_path.read_text(encoding="utf-8")), encoding="utf-8")
