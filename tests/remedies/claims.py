"""What a test says of itself: the remedies that it carries out, and the words in which it was told them."""

from __future__ import annotations

import ast
import io
import os
import re
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

TESTS = Path(__file__).resolve().parents[1]
_heard: list[str] = []


def carries_out(*fragments: str) -> pytest.MarkDecorator:
    """Mark a test that is told these remedies and does to the letter what each says.

    A fragment stands in the text of one remedy, {} in it for what is filled in. `conftest.py` holds the test
    to it: each of them must have been printed or raised while it ran.
    """
    return pytest.mark.carries_out(*fragments)


def hear(text: str) -> str:
    """Note what was told."""
    _heard.append(" ".join(text.split()))
    return text


def forget() -> None:
    """Begin a test."""
    _heard.clear()


def unheard(fragments: tuple[str, ...]) -> list[str]:
    """Those of them that nobody was told."""
    return [f for f in fragments if not any(fits(f, text) for text in _heard)]


def fits(fragment: str, text: str) -> bool:
    """Whether a fragment stands in a text as it is printed; {} is anything."""
    return re.search(".*?".join(map(re.escape, fragment.split("{}"))), text, re.DOTALL) is not None


@cache
def claimed() -> tuple[tuple[str, str], ...]:
    """(fragment, where) of every `carries_out` in the tests, also by a constant or a function of its file."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if "carries_out(" in source:
            name = str(path.relative_to(TESTS))
            found += [(text, f"{name}:{line}") for text, line in _claims(ast.parse(source))]
    return tuple(found)


def _claims(tree: ast.Module) -> Iterator[tuple[str, int]]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    handed = {
        maker.name: place
        for maker in tree.body
        if isinstance(maker, ast.FunctionDef)
        for place, given in enumerate(maker.args.args)
        if any(_hands_on(n, given.arg) for n in ast.walk(maker))
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        meant = node.args if node.func.id == "carries_out" else []
        if node.func.id in handed:
            meant = node.args[handed[node.func.id] :][:1]
        for value in meant:
            text = constants.get(value.id, value) if isinstance(value, ast.Name) else value
            if isinstance(text, ast.Constant):
                yield str(text.value), node.lineno


def _hands_on(node: ast.AST, name: str) -> bool:
    """Whether this is `carries_out(name)`."""
    if not isinstance(node, ast.Call) or getattr(node.func, "id", None) != "carries_out":
        return False
    return any(isinstance(value, ast.Name) and value.id == name for value in node.args)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended and what it said."""

    code: int
    text: str


def command(*words: str) -> Ending:
    """Run `hoshiyomi` in this process as a person runs it, and hear what it says."""
    from flows.cli.main import main

    said, code, umask = io.StringIO(), 0, os.umask(0o077)
    try:
        with patch.object(sys, "argv", ["hoshiyomi", *words]), redirect_stdout(said), redirect_stderr(said):
            main()
    except SystemExit as ending:
        code = int(ending.code or 0)
    finally:
        os.umask(umask)
    return Ending(code, hear(said.getvalue()))


@contextmanager
def refused(kind: type[BaseException] = Exception) -> Iterator[list[str]]:
    """Expect an error and hear what it says, which the list then holds."""
    told: list[str] = []
    with pytest.raises(kind) as caught:
        yield told
    told.append(hear(str(caught.value)))


@contextmanager
def as_somebody_else() -> Iterator[Path]:
    """Act as a user who is not root, who may do everything; a folder that is this user's."""
    with tempfile.TemporaryDirectory() as name:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(name, 65_534, 65_534)
            os.setresuid(65_534, 65_534, 0)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.setresuid(0, 0, 0)


def of_a_later_duckdb(file: Path) -> None:
    """Let a database say that a later DuckDB wrote it: another number in the first header, and its sum."""
    raw = file.read_bytes()
    head = raw[8:12] + (9_999).to_bytes(8, "little") + raw[20:4096]
    total = 5381
    for (word,) in struct.iter_unpack("<Q", head):
        total ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    file.write_bytes(total.to_bytes(8, "little") + head + raw[4096:])
