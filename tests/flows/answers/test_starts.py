"""docs/analysts.md and the notebook are run as they stand, on the sample data."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.warehouse.clients import command_line

PAGE = (CHECKOUT / "docs/analysts.md").read_text("utf-8")
BIN = Path(sys.executable).parent
# Blocks under a heading, those behind the words "Run by the tests" alone.
STARTS = [
    (heading, language, block)
    for heading, section in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    for language, block in re.findall(r"[Rr]un by the tests[^\n]*:\n\n```(\w+)\n(.*?)```", section, re.DOTALL)
]
NEEDS = {"polars": "polars", "ibis": "ibis"}


def run(language: str, block: str, data: Path, folder: Path) -> str:
    """Do what a block says, in an empty folder, as somebody would who has the program on the path."""
    folders = [str(BIN), str(Path(command_line() or "/").parent), os.environ["PATH"]]
    environment = os.environ | {
        "HOSHIYOMI_DATA": str(data), "PATH": os.pathsep.join(folders), "COLUMNS": "200",
    }  # fmt: skip
    command = (
        [sys.executable, "-c", block] if language == "python" else ["bash", "-eo", "pipefail", "-c", block]
    )
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_way_that_is_named_is_run_or_says_that_it_is_not() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    told = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
    assert {
        "Python with DuckDB",
        "pandas",
        "polars",
        "ibis",
        "R",
        "DBeaver",
        "Excel",
        "DuckDB's command line",
    } <= set(headings)
    silent = [h for h in headings if not re.search(r"[Rr]un by the tests|[Nn]ot run here|a test ", told[h])]
    own = ["Assistants: the Model Context Protocol", "Days of another time zone", "Search"]
    assert sorted(silent) == own, "they have tests of their own"
    assert all(len(block.strip().splitlines()) <= 10 for _, _, block in STARTS), "ten lines"


@pytest.mark.parametrize(("heading", "language", "block"), STARTS, ids=[h for h, _, _ in STARTS])
def test_a_start_runs_as_it_stands(
    heading: str, language: str, block: str, demo: Path, tmp_path: Path
) -> None:
    if heading in NEEDS and importlib.util.find_spec(NEEDS[heading]) is None:
        pytest.skip(f"{NEEDS[heading]} is not installed (make setup)")
    if heading == "DuckDB's command line" and command_line() is None:
        pytest.skip("DuckDB's command line is not installed (make setup)")
    assert run(language, block, demo, tmp_path).strip() or list(tmp_path.iterdir())


def test_the_notebook_draws_the_way_from_2_2_to_4_2(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(demo))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    names = cells(CHECKOUT / "docs/notebooks/rating-story.ipynb")
    said = capsys.readouterr().out
    assert re.search(r"lowest 2\.1\d, now 4\.2\d", said), said
    assert "the first month" in said
    chart = names["chart"].to_dict()
    assert "2.2 to 4.2" in chart["title"]
    assert [len(rows) > 20 for rows in chart["datasets"].values()] == [True, True]
    (tmp_path / "chart.html").write_text(names["chart"].to_html(), "utf-8")


def cells(notebook: Path) -> dict[str, object]:
    """Run the cells of a notebook in order, as `Run all` does; the names that they leave."""
    names: dict[str, object] = {}
    for number, cell in enumerate(json.loads(notebook.read_text("utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "what a run gave is not committed"
            exec(compile("".join(cell["source"]), f"{notebook.name}:{number}", "exec"), names)  # noqa: S102
    return names
