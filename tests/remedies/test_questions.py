"""What is told to somebody who asks the published file, done to the letter."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from tests.builders import review
from tests.remedies.claims import carries_out, command, hear
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish

INPUT, QUERY = 3, 7


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a publication."""
    data = tmp_path_factory.mktemp("made") / "data"
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which questions find; the working folder is empty."""
    data = tmp_path / "data"
    shutil.copytree(made, data, symlinks=True)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return data


@carries_out("Parquet is no text. Remedy: --output FILE.parquet.")
def test_parquet_goes_into_a_file(data: Path) -> None:
    assert command("sql", "from reviews", "--format", "parquet").code == INPUT
    assert command("sql", "from reviews", "--format", "parquet", "--output", "a.parquet").code == 0
    assert duckdb.sql("select count(*) from 'a.parquet'").fetchall() == [(1,)]


@carries_out("A query and --file are two sources. Remedy: give one of them.")
def test_statements_come_from_one_source(data: Path) -> None:
    Path("q.sql").write_text("from reviews")
    assert command("sql", "from reviews", "--file", "q.sql").code == INPUT
    assert command("sql", "--file", "q.sql").code == 0
    assert command("sql", "from reviews").code == 0


@carries_out("--file {} cannot be read: {}. Remedy: a text file in UTF-8.")
def test_statements_are_text_in_utf_8(data: Path) -> None:
    question = "select 'ログイン' as word"
    Path("q.sql").write_bytes(question.encode("shift_jis"))
    assert command("sql", "--file", "q.sql").code == INPUT
    Path("q.sql").write_text(question, "utf-8")
    assert command("sql", "--file", "q.sql").code == 0


@carries_out("No statement was given. Remedy: such as `select app, n_30d, mean_30d from overview`.")
def test_a_question_holds_a_statement(data: Path) -> None:
    assert command("sql", "/* nothing */").code == QUERY
    assert command("sql", "select app, n_30d, mean_30d from overview").code == 0


@carries_out(
    "{} is not to be had here: a question reads the published tables. Remedy: ask with SELECT; to do more, "
    "open the file that `hoshiyomi path` names with DuckDB."
)
def test_to_do_more_the_file_is_opened_with_duckdb(data: Path) -> None:
    assert command("sql", "copy reviews to 'mine.csv'").code == QUERY
    assert command("sql", "select * from reviews").code == 0
    with duckdb.connect(command("path").text.strip().splitlines()[-1], read_only=True) as con:
        con.execute("copy reviews to 'mine.csv'")
    assert "r1" in Path("mine.csv").read_text("utf-8")


@carries_out(
    "{}() is not to be had here: it runs other SQL or changes how the database works. Remedy: write the "
    "question itself; for its plan and times, EXPLAIN ANALYZE."
)
def test_a_question_is_written_itself_and_explained_by_explain(data: Path) -> None:
    assert command("sql", "select * from query('select count(*) as n from reviews')").code == QUERY
    assert command("sql", "select * from enable_profiling()").code == QUERY
    assert command("sql", "select count(*) as n from reviews").code == 0
    assert "analyzed_plan" in command("sql", "explain analyze select count(*) from reviews").text


@carries_out("{} is not empty. Remedy: a new folder, or empty this one.")
def test_an_export_goes_into_a_new_or_an_empty_folder(data: Path) -> None:
    Path("full").mkdir()
    Path("full/mine").write_text("x")
    assert command("export", "full").code == QUERY
    assert command("export", "new", "--table", "reviews").code == 0
    Path("full/mine").unlink()
    assert command("export", "full", "--table", "reviews").code == 0


@carries_out("There is no table {}. Remedy: one of {}.")
def test_an_export_names_tables_that_are_there(data: Path) -> None:
    assert command("export", "new", "--table", "revews").code == QUERY
    assert command("export", "new", "--table", "reviews").code == 0


@carries_out("There is no table {}. Remedy: list_tables names those that are there.")
def test_an_assistant_describes_tables_that_are_listed(data: Path) -> None:
    pytest.importorskip("mcp", reason="the Model Context Protocol's SDK is not installed (make setup)")
    import anyio

    from flows.answers.mcp_server import server
    from warehouse.reads import Limits

    made = server(data, Limits())
    with pytest.raises(Exception, match="There is no table") as refused:
        anyio.run(made.call_tool, "describe", {"table": "revews"})
    hear(str(refused.value))
    listed = str(anyio.run(made.call_tool, "list_tables", {}))
    assert "'reviews'" in listed or '"reviews"' in listed
    assert "rating" in str(anyio.run(made.call_tool, "describe", {"table": "reviews"}))


@carries_out(
    "`hoshiyomi mcp` needs the Model Context Protocol's SDK, which is not installed. Remedy: `make mcp`, or "
    "`pip install 'mcp>=2.3,<3'` into this environment."
)
def test_the_sdk_that_is_missing_is_installed_by_name(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.conftest import CHECKOUT

    with monkeypatch.context() as without:
        without.delitem(sys.modules, "flows.answers.mcp_server", raising=False)
        for name in [n for n in sys.modules if n == "mcp" or n.startswith("mcp.")]:
            without.delitem(sys.modules, name)
        without.setattr(sys, "meta_path", [_Missing(), *sys.meta_path])
        assert command("mcp").code == INPUT
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    assert "\nmcp: " in makefile
    assert "mcp>=2.3,<3" in (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert "\nmcp==2." in "\n" + (CHECKOUT / "requirements/mcp.txt").read_text("utf-8")


class _Missing:
    """An importer that finds no `mcp`, as where it is not installed."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "mcp" or name.startswith("mcp."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
