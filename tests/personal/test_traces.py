"""The search finds what was planted, in every kind of file that a data folder has."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.personal.texts import Personal
from tests.personal.traces import search

SECRET = Personal(
    marker="qzabcd",
    kind="My Number",
    form="test",
    title=None,
    text="",
    digits="571938264053",
    written="5719 3826 4053",
)


def _landing(folder: Path, said: str) -> None:
    path = folder / "landing" / "reviews" / "b" / "00000.jsonl.gz"
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"text": said}) + "\n")


def _duckdb(folder: Path, said: str) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute("create table t as select [$said] as words", {"said": said})


def _sqlite(folder: Path, said: str) -> None:
    with sqlite3.connect(folder / "prefect.db") as con:
        con.execute("create table log (message text)")
        con.execute("insert into log values (?)", (said,))


def _log(folder: Path, said: str) -> None:
    (folder / "out.log").write_text(f"12:00 something\n{said}\n", "utf-8")


def _quarantine(folder: Path, said: str) -> None:
    (folder / "quarantine").mkdir()
    (folder / "quarantine" / "x.json").write_text(json.dumps({"skeleton": said}), "utf-8")


def _name(folder: Path, said: str) -> None:
    (folder / f"{said[:40]}.txt").write_text("", "utf-8")


PLACES = (_landing, _duckdb, _sqlite, _log, _quarantine, _name)
FORMS = (
    "5719 3826 4053",
    "qzabcd says ５７１９-３８２６-４０５３",
    "五七一九三八二六四〇五三",
    "qzabcd 5719のあと3826そして4053",
    "&#53;&#55;&#49;&#57; 3826 4053",
    "qzabcd ごなないちきゅうさんはちにろくよんぜろごさん",
    "qzabcd [MY_NUMBER] 3826405",
)


@pytest.mark.parametrize("plant", PLACES)
@pytest.mark.parametrize("said", FORMS)
def test_what_was_planted_is_found(plant: Callable[[Path, str], None], said: str, tmp_path: Path) -> None:
    plant(tmp_path, said)
    assert search([tmp_path], [SECRET]).leaks


@pytest.mark.parametrize("plant", PLACES)
def test_a_mark_in_its_place_is_no_trace(plant: Callable[[Path, str], None], tmp_path: Path) -> None:
    plant(tmp_path, "qzabcd v2.1.3 [MY_NUMBER] 2026-03-01 12.30.45")
    found = search([tmp_path], [SECRET])
    assert found.leaks == []
    assert any("qzabcd" in markers for markers in found.markers.values())


def test_bytes_that_no_column_holds_any_more_are_found(tmp_path: Path) -> None:
    """As in a free page."""
    (tmp_path / "free.bin").write_bytes(b"\0" * 5000 + b"\xffsaid 5719 3826 4053 once\xff" + b"\0" * 4999)
    assert search([tmp_path], [SECRET]).leaks
