"""The map in CONTRIBUTING cannot lie: every function that it links stands in the file that it names."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import CHECKOUT

PAGE = (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8")
LINKS = re.findall(r"\[`([\w.]+)`\]\(([\w/]+\.py)\)", PAGE)


def _defined(body: list[ast.stmt], before: str = "") -> set[str]:
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(before + node.name)
            if isinstance(node, ast.ClassDef):
                found |= _defined(node.body, f"{before}{node.name}.")
    return found


def test_the_way_of_one_review_has_at_most_ten_steps() -> None:
    steps = re.findall(r"^\d+\. .*\]\(", PAGE, re.MULTILINE)
    assert 5 <= len(steps) <= 10


@pytest.mark.parametrize(("name", "path"), LINKS)
def test_what_the_map_links_is_there(name: str, path: str) -> None:
    file = CHECKOUT / path
    assert file.is_file()
    assert name in _defined(ast.parse(file.read_text("utf-8")).body)


def _rooms() -> dict[str, set[str]]:
    """What each room imports of the house, as its line in CONTRIBUTING says: from the room to the rooms."""
    lines = re.findall(r"^\| `([\w/]+)/`[^|]*\|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)
    return {room.replace("/", "."): set(re.findall(r"`([\w.*]+)`", told)) for room, told in lines}


def _imports(room: str) -> set[str]:
    """Every module of the house that a module of the room imports."""
    folder = CHECKOUT.joinpath(*room.split("."))
    found = set()
    for path in folder.glob("*.py") if room == "flows" else folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("flows", "models", "warehouse", "dashboard")}


def test_the_map_has_a_line_for_every_room() -> None:
    folders = {p.parent for room in ("flows", "models") for p in (CHECKOUT / room).glob("*/__init__.py")}
    rooms = {f"{p.parent.name}.{p.name}" for p in folders} - {"models.bundled"}
    assert rooms | {"flows", "warehouse", "dashboard"} == set(_rooms())


@pytest.mark.parametrize("room", sorted(_rooms()))
def test_a_room_imports_no_room_that_its_line_does_not_name(room: str) -> None:
    allowed = {rule.removesuffix(".*") for rule in _rooms()[room]} | {room}
    for name in _imports(room):
        of_flows_itself = (
            name.startswith("flows.") and (CHECKOUT / "flows" / f"{name.split('.')[1]}.py").exists()
        )
        assert of_flows_itself or any(f"{name}.".startswith(f"{rule}.") for rule in allowed), (room, name)
