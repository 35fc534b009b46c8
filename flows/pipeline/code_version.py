"""What a result was made by: the code that it depends on, without what only people read.

Comments, docstrings, layout and modules that nobody imports on the way change no number, so they do not
change the version either. Nothing is imported here: sources are read and parsed.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path


def code_version(checkout: Path, roots: Sequence[str], package: str, sql: Sequence[str] = ()) -> str:
    """Names the code of the files `roots`, of what they import from `package`, directly or not, and of `sql`.

    Paths are relative to `checkout`; `sql` holds patterns of .sql files. Another version of Python may read
    the same files as another version of the code.
    """
    told = hashlib.sha256()
    for path in sorted(modules_of(checkout, roots, package)):
        told.update(f"{path.relative_to(checkout).as_posix()}\n{_meaning(path)}\n".encode())
    for path in sorted(p for pattern in sql for p in checkout.glob(pattern)):
        told.update(f"{path.relative_to(checkout).as_posix()}\n{_statements(path)}\n".encode())
    return told.hexdigest()


def modules_of(checkout: Path, roots: Sequence[str], package: str) -> frozenset[Path]:
    """The files `roots` and every module of `package` that they reach by imports, those in functions too."""
    waiting, found = [checkout / root for root in roots], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting.extend(_files(checkout, _imports(path), package))
    return frozenset(found)


def _files(checkout: Path, names: Iterable[str], package: str) -> Iterable[Path]:
    for name in names:
        if name.split(".")[0] == package:
            at = checkout.joinpath(*name.split("."))
            # `from package import name` may name a module or something inside one.
            yield from (p for p in (at.with_suffix(".py"), at / "__init__.py") if p.is_file())


@cache
def _imports(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


@cache
def _meaning(path: Path) -> str:
    """The syntax tree without docstrings, in which positions and comments do not appear."""
    tree = _parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [s for s in node.body if not _is_only_text(s)]
    return ast.dump(tree)


def _is_only_text(statement: ast.stmt) -> bool:
    """A docstring, or one of the texts under a field or a constant that explain it."""
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_constant and isinstance(statement.value.value, str)  # type: ignore[attr-defined]


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=path.name)


def _statements(path: Path) -> str:
    """The lines of a .sql file that are no comment, each without the white space around it."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))
