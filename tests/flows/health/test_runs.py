"""The record of runs survives everything that ends a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import InputError
from flows.health.runs import FOLDER, KEPT, latest, recorded
from tests.conftest import CHECKOUT

WAITS = """
import sys, time
from pathlib import Path
from flows.health.runs import recorded
with recorded(Path(sys.argv[1]), "20260301T000000Z", "refresh"):
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_run_is_recorded_with_what_it_did(tmp_path: Path) -> None:
    with recorded(tmp_path, "r1", "refresh") as run:
        run.outcome, run.asks = "degraded", {"failed": 1}
    (found,) = latest(tmp_path, 5)
    assert (found.outcome, found.asks, found.is_alive) == ("degraded", {"failed": 1}, False)
    assert found.ended_at is not None
    assert [p.name for p in (tmp_path / FOLDER).iterdir()] == ["r1.json"]


def test_an_error_is_told_in_our_words_and_a_strange_one_by_its_kind_alone(tmp_path: Path) -> None:
    for number, error in enumerate((InputError("row 3. Remedy: mend it."), KeyError("somebody's words"))):
        with pytest.raises(type(error)), recorded(tmp_path, f"r{number}", "refresh"):
            raise error
    newest, older = latest(tmp_path, 5)
    assert (newest.outcome, newest.message) == ("stopped", "KeyError")
    assert (older.outcome, older.message) == ("stopped", "row 3. Remedy: mend it.")


def test_a_killed_run_is_told_from_one_that_works(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert [(r.is_alive, r.ended_at) for r in latest(tmp_path, 5)] == [(True, None)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert [(r.is_alive, r.ended_at) for r in latest(tmp_path, 5)] == [(False, None)]


def test_the_records_are_bounded(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(KEPT + 20):
        (folder / f"a{number:04d}.json").write_text("{}")
    with recorded(tmp_path, "b", "refresh"):
        pass
    assert len(list(folder.iterdir())) == KEPT
    assert latest(tmp_path, 1)[0].run == "b"


def test_what_a_clock_that_was_ahead_has_dated_does_not_hide_the_last_run(tmp_path: Path) -> None:
    now = datetime(2026, 12, 4, 22, 16, 40, tzinfo=UTC)
    for name in ("20261204T221639123456Z", "20290211T221339000000Z"):
        with recorded(tmp_path, name, "refresh"):
            pass
    assert [r.run for r in latest(tmp_path, 1, now)] == ["20261204T221639123456Z"]
    assert latest(tmp_path, 1)[0].run == "20290211T221339000000Z"
