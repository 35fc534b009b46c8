"""The version of code changes with what it does, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.pipeline.analyse import PACKAGE, ROOTS, SQL, code_version, modules_of
from tests.conftest import CHECKOUT

ROOT = """from models import near


def run() -> int:
    \"\"\"Run.\"\"\"
    return near.ONE  # one
"""
NEAR = "from models.far import TWO\n\nONE = TWO - 1\n"
FAR = 'TWO = 2\n"""How many."""\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root that imports `near`, which imports `far`; `aside` is imported by nobody."""
    texts = {"models/near.py": NEAR, "models/far.py": FAR, "models/aside.py": "X = 1\n", "root.py": ROOT}
    for name, text in {**texts, "load/one.sql": "-- why\nselect 1;\n", "models/__init__.py": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _version(tree: Path) -> str:
    import flows.pipeline.analyse as module

    module._meaning.cache_clear()
    module._imports.cache_clear()
    return code_version(tree, ("root.py",), "models", ("load/*.sql",))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("root.py", "# one", "# the first"),
        ("root.py", '"""Run."""', '"""Run and say one."""'),
        ("root.py", '    """Run."""\n', ""),
        ("models/near.py", "\n\n", "\n\n\n# spaced\n"),
        ("models/far.py", '"""How many."""', '"""How many there are."""'),
        ("models/aside.py", "X = 1", "X = 2"),
        ("load/one.sql", "-- why\n", "-- why not\n\n"),
    ],
)
def test_what_only_people_read_and_what_nobody_imports_keeps_the_version(
    tree: Path, file: str, old: str, new: str
) -> None:
    before = _version(tree)
    (tree / file).write_text((tree / file).read_text().replace(old, new))
    assert new == "" or new in (tree / file).read_text()
    assert _version(tree) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("root.py", "near.ONE", "near.ONE + 1"),
        ("models/near.py", "TWO - 1", "TWO - 2"),
        ("models/far.py", "TWO = 2", "TWO = 3"),
        ("load/one.sql", "select 1", "select 2"),
    ],
)
def test_what_the_code_does_changes_the_version(tree: Path, file: str, old: str, new: str) -> None:
    before = _version(tree)
    (tree / file).write_text((tree / file).read_text().replace(old, new))
    assert _version(tree) != before


def test_the_statistics_depend_on_no_classifier() -> None:
    names = {p.name for p in modules_of(CHECKOUT, ROOTS, PACKAGE)}
    assert {"analyse_app.py", "series.py", "changepoints.py", "intervals.py", "anomalies.py"} <= names
    assert {"classifier.py", "hub.py", "languages.py", "baseline.py", "audit.py"}.isdisjoint(names)
    assert all(list(CHECKOUT.glob(pattern)) for pattern in SQL)
