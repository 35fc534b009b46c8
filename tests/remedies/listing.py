"""Every remedy that the program prints, found in its source: by the syntax tree, so that none is forgotten.

A remedy is what stands behind "Remedy:" in a string, or a string that comes to bear the name `remedy`: a
keyword or positional argument, a variable, a value of a table, what a function of that name returns. The
screens' are the tables `[remedy]` of the locales.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ROOMS = ("flows", "warehouse", "dashboard", "models")
_SIGN = "Remedy:"
_NAMED = re.compile(r"_?remed(?:y|ies)(?:_.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One remedy as its source has it; {} stands for what is filled in when it is printed."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@cache
def remedies() -> tuple[Remedy, ...]:
    """All of them, by file and line."""
    return tuple(sorted((*_of_code(), *_of_screens()), key=lambda r: (r.file, r.line, r.text)))


def of_source(source: str, file: str = "x.py") -> list[Remedy]:
    """The remedies of one Python file."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: dict[tuple[int, int], Remedy] = {}
    strings = [n for n in ast.walk(tree) if _is_string(n) and not _is_inner(n, parents)]
    constants = _constants(tree)
    for node in strings:
        text = _filled(node, constants)
        if _SIGN in text:
            _keep(found, node, text, file)
    for node in _named(tree):
        for string in _strings(node, constants):
            _keep(found, string, _filled(string, constants), file)
    # A constant that is put into other texts is told as a part of those.
    part = {
        n.value.id
        for n in ast.walk(tree)
        if isinstance(n, ast.FormattedValue) and isinstance(n.value, ast.Name)
    }
    inner = [constants[name] for name in part & constants.keys()]
    return [r for place, r in found.items() if place not in {(n.lineno, n.col_offset) for n in inner}]


def _keep(found: dict[tuple[int, int], Remedy], node: ast.expr, text: str, file: str) -> None:
    said = text.rpartition(_SIGN)[2].strip() if _SIGN in text else text.strip()
    # "Remedy: {}." only carries a remedy that has its own place; a bare key is no text.
    if re.search(r"[a-z]{2,}", said.replace("{}", "")) and " " in said:
        found[node.lineno, node.col_offset] = Remedy(file=file, line=node.lineno, text=text.strip())


def _of_code() -> Iterator[Remedy]:
    for room in ROOMS:
        for path in sorted((CHECKOUT / room).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "emed" in source:  # parsing every file takes seconds
                yield from of_source(source, str(path.relative_to(CHECKOUT)))


def _of_screens() -> Iterator[Remedy]:
    """Texts of the English locale; `tests/remedies` holds the Japanese one against it."""
    for path in sorted((CHECKOUT / "dashboard").rglob("en.toml")):
        source = path.read_text(encoding="utf-8")
        for table, texts in tomllib.loads(source).items():
            for key, text in texts.items() if isinstance(texts, dict) else ():
                if table == "remedy" or (isinstance(text, str) and _SIGN in text):
                    line = source[: source.index(text)].count("\n") + 1
                    name = str(path.relative_to(CHECKOUT))
                    yield Remedy(file=name, line=line, text=f"[{table}.{key}] {text}")


@cache
def screens() -> dict[str, dict[str, str]]:
    """The texts of the English screens, by table and key."""
    found: dict[str, dict[str, str]] = {}
    for path in (CHECKOUT / "dashboard").rglob("en.toml"):
        for table, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found.setdefault(table, {}).update(texts)
    return found


def _named(tree: ast.Module) -> Iterator[ast.AST]:
    """The expressions of a file that come to be named a remedy."""
    takes, tables = _parameters(tree), _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg and _NAMED.fullmatch(node.arg):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = takes.get(node.func.id)
            if place is not None and place < len(node.args):
                yield node.args[place]
        elif (isinstance(node, ast.Assign) and any(_has_name(t) for t in node.targets)) or (
            isinstance(node, ast.AnnAssign) and node.value and _has_name(node.target)
        ):
            yield node.value
        elif isinstance(node, ast.FunctionDef) and _NAMED.fullmatch(node.name):
            yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value)
            for over in (n.iter for n in ast.walk(node) if isinstance(n, ast.For)):
                # `for kind, words in TABLE: return f"{words}. ..."`
                table = tables.get(over.id) if isinstance(over, ast.Name) else None
                rows = table.elts if isinstance(table, ast.Tuple | ast.List) else ()
                yield from (row.elts[-1] for row in rows if isinstance(row, ast.Tuple))
        elif isinstance(node, ast.For) and _has_name(node.target) and isinstance(node.iter, ast.Call):
            # `for key, (what, remedy) in TABLE.items()`
            over = node.iter.func.value if isinstance(node.iter.func, ast.Attribute) else None
            table = tables.get(over.id) if isinstance(over, ast.Name) else None
            for value in table.values if isinstance(table, ast.Dict) else ():
                yield value.elts[-1] if isinstance(value, ast.Tuple) else value


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names of a file stand for that are given once, at its top."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _parameters(tree: ast.Module) -> dict[str, int]:
    """At which place each function, and each class by its fields or `__init__`, takes a remedy."""
    places = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args]
            if "remedy" in names:
                places[node.name] = names.index("remedy")
        elif isinstance(node, ast.ClassDef):
            lines = [n.target for n in node.body if isinstance(n, ast.AnnAssign)]
            fields = [t.id for t in lines if isinstance(t, ast.Name)]
            if "remedy" in fields:
                places[node.name] = fields.index("remedy")
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                    names = [a.arg for a in inner.args.args][1:]
                    if "remedy" in names:
                        places[node.name] = names.index("remedy")
    return places


def _has_name(target: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and _NAMED.fullmatch(n.id) for n in ast.walk(target))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_inner(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """A docstring, or a piece of an f-string."""
    parent = parents.get(node)
    return isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue)


def _strings(node: ast.AST, constants: Mapping[str, ast.expr]) -> Iterator[ast.expr]:
    """The outermost strings of a value; not the keys of a dict, nor what only picks or is taken apart."""
    below: list[ast.expr] = []
    if isinstance(node, ast.Constant | ast.JoinedStr):
        if _is_string(node):
            yield node
    elif isinstance(node, ast.Name) and node.id in constants:
        below = [constants[node.id]]
    elif isinstance(node, ast.Dict):
        below = node.values
    elif isinstance(node, ast.IfExp):
        below = [node.body, node.orelse]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        below = [node.func.value]
    elif isinstance(node, ast.BoolOp):
        below = node.values
    elif isinstance(node, ast.BinOp):
        below = [node.left, node.right]
    for child in below:
        yield from _strings(child, constants)


def _filled(node: ast.AST, constants: Mapping[str, ast.expr]) -> str:
    """The text with {} for what is filled in, but for the file's own constants, which are put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_filled(v, constants) for v in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # A text for `format`.
        return re.sub(r"\{[a-z_]*\}|%\([a-z_]*\)s", "{}", node.value)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        known = constants.get(node.value.id)
        if known is not None and _is_string(known):
            return _filled(known, constants)
    return "{}"
