"""docs/warehouse.md lists the published tables as they are. Rewrite its list with

python -m tests.warehouse.test_docs
"""

from __future__ import annotations

from pathlib import Path

from tests.warehouse.house import memory_writer
from warehouse.schema import build, marts

PAGE = Path(__file__).resolve().parents[2] / "docs/warehouse.md"
_BEGIN = "<!-- tables: kept true by tests/warehouse/test_docs.py -->\n"
_END = "<!-- /tables -->"


def table() -> str:
    """One line a mart: name, question, grain, columns."""
    con = memory_writer(Path("unused")).con
    build(con)
    lines = ["| table | question | grain | other columns |", "|---|---|---|---|"]
    for mart in marts():
        columns = [c for c, *_ in con.execute(f"describe {mart.name}").fetchall()]
        others = ", ".join(c for c in columns if c not in mart.grain)
        lines.append(f"| `{mart.name}` | {mart.question} | {', '.join(mart.grain)} | {others} |")
    return "\n".join(lines) + "\n"


def _parts() -> tuple[str, str, str]:
    before, rest = PAGE.read_text(encoding="utf-8").split(_BEGIN)
    listed, after = rest.split(_END)
    return before, listed, after


def test_the_page_lists_the_published_tables_as_they_are() -> None:
    assert _parts()[1] == table()


if __name__ == "__main__":
    _before, _, _after = _parts()
    PAGE.write_text(_before + _BEGIN + table() + _END + _after, encoding="utf-8")
