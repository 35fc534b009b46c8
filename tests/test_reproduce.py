"""docs/reproduce.md: every query runs on a published file, and every recount agrees with it."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from warehouse.reads import ask, current

PAGE = CHECKOUT / "docs" / "reproduce.md"
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
_NAMES = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_a_recount_agrees_with_what_is_published(demo: Path, query: str) -> None:
    names, rows = ask(current(demo), query)
    assert rows
    if "published" in names:
        published, recounted = names.index("published"), names.index("recounted")
        wrong = [r for r in rows if not _is_equal(r[published], r[recounted])]
        assert wrong == []


def test_every_section_has_a_query() -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    assert [s.splitlines()[0] for s in sections if "```sql" not in s] == []
    assert len(_NAMES) == len(sections)


def _is_equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
