"""The lines of a run: for people, for programs, and one of a thing is not told as several."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flows import console
from flows.console import counted
from flows.errors import ConfigError
from tests.conftest import CHECKOUT

# A number in a sentence of the command line, followed by a word that stands for several.
_SEVERAL = re.compile(
    r"""\{(?:len\(|sum\(|count|rows|total|done\.|work\.)[^}]*\} (?:labelled |landing |displayed )?"""
    r"""(?:reviews|apps|rows|days|texts|testers|files|releases|scores|pieces|measurements|tombstones|redactions)\b"""
)


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 reviews"), (1, "1 review"), (2, "2 reviews"), (12_345, "12,345 reviews")]
)
def test_a_number_chooses_its_word(n: int, words: str) -> None:
    assert counted(n, "review") == words


def test_a_word_may_have_a_plural_of_its_own() -> None:
    assert [counted(n, "query", "queries") for n in (1, 2)] == ["1 query", "2 queries"]


def test_no_command_counts_with_a_word_that_stands_for_several_only() -> None:
    files = sorted((CHECKOUT / "flows").rglob("*.py"))
    found = {p.name: _SEVERAL.findall(p.read_text(encoding="utf-8")) for p in files}
    assert {name: said for name, said in found.items() if said} == {}


@pytest.fixture
def _no_handler_stays() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    root.handlers = before


def line(capsys: pytest.CaptureFixture[str], name: str, level: int, message: str, **fields: object) -> str:
    """What standard error holds of one record."""
    console.setup()
    logging.getLogger(name).log(level, message, *[fields] if fields else [])
    return capsys.readouterr().err


@pytest.mark.usefixtures("_no_handler_stays")
def test_people_read_a_line_with_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    said = line(capsys, "flows.x", logging.INFO, "read %(rows)s", rows=counted(1_200, "row"))
    assert re.fullmatch(r"\d\d:\d\d:\d\d  read 1,200 rows\n", said)
    assert "  WARNING: odd" in line(capsys, "flows.x", logging.WARNING, "odd")
    assert "  WARNING: other.x: odd" in line(capsys, "other.x", logging.WARNING, "odd")


@pytest.mark.usefixtures("_no_handler_stays")
def test_a_line_is_written_once_however_often_it_is_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    console.setup()
    assert line(capsys, "flows.x", logging.INFO, "once").count("once") == 1


@pytest.mark.usefixtures("_no_handler_stays")
def test_programs_read_fields(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_LOG", "json")
    fields = {"rows": counted(1_200, "row"), "store": "app_store"}
    said = json.loads(line(capsys, "flows.x", logging.INFO, "read %(rows)s of %(store)s", **fields))
    assert said.pop("at").endswith("+00:00")
    assert said == {
        "level": "info", "logger": "flows.x", "message": "read 1,200 rows of app_store",
        "fields": {"rows": 1_200, "store": "app_store"},
    }  # fmt: skip


@pytest.mark.usefixtures("_no_handler_stays")
def test_an_unknown_form_of_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_LOG", "jsno")
    with pytest.raises(ConfigError, match=r"HOSHIYOMI_LOG='jsno' is unknown. Remedy: text or json."):
        console.setup()


def test_prefect_keeps_what_a_run_says_and_leaves_our_lines_alone(demo: Path) -> None:
    with closing(sqlite3.connect(demo / "prefect" / "prefect.db")) as kept:
        said = [message for (message,) in kept.execute("select message from log order by timestamp")]
    assert any(line.startswith("classifying 3,") for line in said)
    assert said[-1].startswith("built everything, since ")
    lines = demo.with_suffix(".log").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.match(r"\d\d:\d\d:\d\d  \S", line)] == []
    assert sum("built everything" in line for line in lines) == 1
