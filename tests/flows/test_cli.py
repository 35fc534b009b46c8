from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import app
from tests.conftest import CHECKOUT, hoshiyomi

HEAVY = ("prefect", "streamlit", "transformers", "duckdb", "onnxruntime", "pandas", "pyarrow", "torch")
ASK_HELP = """
import sys
sys.argv = ["hoshiyomi", *sys.argv[1:]]
from flows.cli import main
try:
    main()
except SystemExit:
    pass
print("IMPORTED", sorted(m for m in %r if m in sys.modules))
"""


@pytest.mark.parametrize("words", [["--help"], ["refresh", "--help"], ["import", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK_HELP % (HEAVY,), *words], capture_output=True, text=True, check=True
    )
    assert "IMPORTED []" in done.stdout


def test_every_command_and_option_is_documented() -> None:
    document = (CHECKOUT / "docs" / "commands.md").read_text(encoding="utf-8")
    import typer

    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert f"## `hoshiyomi {name}`" in document
        section = document.split(f"## `hoshiyomi {name}`", 1)[1].split("\n## ", 1)[0]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in section, f"{name} {option} is not documented"


def test_before_the_first_run_the_remedy_is_named(tmp_path: Path) -> None:
    done = hoshiyomi("path", data=tmp_path, code=4)
    assert done.stdout == ""
    assert "Remedy: run `hoshiyomi demo`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    done = hoshiyomi("import", "x.csv", "--timezone", "Asia/Tokio", data=tmp_path, code=3)
    assert "Asia/Tokyo" in done.stderr


def test_a_mapping_must_have_two_sides(tmp_path: Path) -> None:
    done = hoshiyomi("import", "x.csv", "--map", "text", data=tmp_path, code=3)
    assert "field=column" in done.stderr
