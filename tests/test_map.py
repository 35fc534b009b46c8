"""The map in CONTRIBUTING cannot lie: every function that it links stands in the file that it names."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import CHECKOUT

LINKS = re.findall(r"\[`([\w.]+)`\]\(([\w/]+\.py)\)", (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8"))


def _defined(body: list[ast.stmt], before: str = "") -> set[str]:
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(before + node.name)
            if isinstance(node, ast.ClassDef):
                found |= _defined(node.body, f"{before}{node.name}.")
    return found


def test_the_way_of_one_review_has_at_most_ten_steps() -> None:
    steps = re.findall(r"^\d+\. .*\]\(", (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert 5 <= len(steps) <= 10


@pytest.mark.parametrize(("name", "path"), LINKS)
def test_what_the_map_links_is_there(name: str, path: str) -> None:
    file = CHECKOUT / path
    assert file.is_file()
    assert name in _defined(ast.parse(file.read_text("utf-8")).body)
