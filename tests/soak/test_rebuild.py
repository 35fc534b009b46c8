"""The printed remedies, carried out to the letter by the real commands, lead back to whole data."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import hoshiyomi
from tests.warehouse.test_damage import rot
from warehouse.reads import current
from warehouse.writes import FILE

pytestmark = pytest.mark.soak
# They tell when something was done, not what came in (docs/warehouse.md), or which publication it is.
_TIMES = {"first_told_at", "first_used_at", "run_id"}
_LEFT_OUT = {"publication", "publications"}


def published(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every published table, without the columns that tell when."""
    with duckdb.connect(str(current(data)), read_only=True) as con:
        names = [n for (n,) in con.execute("select table_name from duckdb_tables() order by all").fetchall()]
        found = {}
        for name in names:
            columns = [f'"{c}"' for c, *_ in con.execute(f"describe {name}").fetchall() if c not in _TIMES]
            found[name] = con.execute(f"select {', '.join(columns)} from {name} order by all").fetchall()
    return {n: rows for n, rows in found.items() if n not in _LEFT_OUT}


def test_a_damaged_working_file_is_rebuilt_to_the_same_tables(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo, data, symlinks=True)
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        tester = con.execute("select min(tester) from core.feedback").fetchone()
    assert tester is not None
    hoshiyomi("erase", "--tester", str(tester[0]), data=data)
    hoshiyomi("analyse", "--audit", "--seed", "1", data=data, timeout=900)
    before = published(data)
    assert before["audit"] != []
    assert sum(row[2] for row in before["erasures"]) == 1  # type: ignore[misc]
    size = (data / FILE).stat().st_size
    rot(data / FILE, 20_000, size - 20_000)
    told = hoshiyomi("analyse", data=data, code=10).stderr
    assert "Remedy: `hoshiyomi rebuild`" in told
    assert "Traceback" not in told
    hoshiyomi("rebuild", data=data, timeout=900)
    assert published(data) == before
    assert list((data / "damaged").iterdir()) == []


def test_a_lost_working_file_and_a_rotten_publication_are_made_anew(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo, data, symlinks=True)
    before = published(data)
    (data / FILE).unlink()
    rot(current(data))
    assert "Remedy: `hoshiyomi refresh` replaces it" in hoshiyomi("status", data=data, code=16).stdout
    hoshiyomi("analyse", data=data, timeout=900)
    hoshiyomi("status", data=data)
    assert published(data) == before
