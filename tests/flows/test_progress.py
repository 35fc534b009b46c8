"""Progress: lines for logs, a bar for people, the steps themselves for whoever listens."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from flows import progress as showing
from flows.health.runs import Run, latest, recorded
from flows.health.summary import lines, stopped
from flows.progress import MEGABYTE, Steps, counting, listening, progress
from tests.builders import day
from tests.conftest import CHECKOUT, logged

WORK = """
import logging, sys, time
from flows import console
from flows.progress import progress
console.setup()
with progress("classified", 40, "texts") as steps:
    for n in range(4):
        time.sleep(0.06)
        logging.getLogger("flows.work").info("part %(n)s", {"n": n})
        steps.advance(10)
print("rich" in sys.modules, file=sys.stderr)
"""


def test_lines_come_every_so_often_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(showing.time, "monotonic", lambda: clock[0])
    with logged() as said, progress("classified", 1_000, "texts") as steps:
        for _ in range(5):
            clock[0] += 4
            steps.advance(200)
    assert said == [
        "classified 600/1,000 texts, 50 a second, 8 s left",
        "classified 1,000/1,000 texts, 50 a second",
    ]


def test_work_that_breaks_off_says_how_far_it_came() -> None:
    with logged() as said, pytest.raises(KeyboardInterrupt), progress("copied", 10, "files") as steps:
        steps.advance(3)
        raise KeyboardInterrupt
    assert said[0].startswith("copied 3/10 files")


def test_where_there_is_nothing_to_do_or_to_tell_nothing_is_said() -> None:
    with logged() as said, progress("classified", 0, "texts"):
        pass
    with logged() as more, progress("looked at", 1, "batches", is_news=False) as steps:
        steps.advance()
    assert said == more == []


def test_others_listen_to_every_step() -> None:
    class Heard:
        seen: list[int]

        def __init__(self) -> None:
            self.seen, self.ended = [], 0

        def step(self, steps: Steps) -> None:
            self.seen.append(steps.done)

        def end(self, _steps: Steps) -> None:
            self.ended += 1

    heard = Heard()
    with listening(heard), progress("classified", 3, "texts") as steps:
        steps.advance()
        steps.advance(2)
    with progress("classified", 3, "texts") as steps:
        steps.advance()
    assert (heard.seen, heard.ended) == ([1, 3], 1)


def test_a_program_reads_the_fields_and_no_bar_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORK], cwd=CHECKOUT, env=os.environ | {"HOSHIYOMI_LOG": "json"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *told, is_loaded = done.stderr.splitlines()
    last = json.loads(told[-1])["fields"]
    assert {k: last[k] for k in ("what", "done", "of", "unit", "left_s")} == {
        "what": "classified", "done": 40, "of": 40, "unit": "texts", "left_s": None,
    }  # fmt: skip
    assert is_loaded == "False"


def test_a_person_sees_a_bar_with_the_log_above_it() -> None:
    seen, code = in_terminal([sys.executable, "-c", WORK])
    assert code == 0
    assert "part 3" in seen
    assert "left" in seen
    assert "classified 40/40 texts" in seen
    # The bar has gone, and the cursor is shown again.
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert seen.rindex("part 3") < seen.rindex("classified 40/40")


def in_terminal(command: list[str]) -> tuple[str, int]:
    """What a command shows in a terminal of 100 columns, and how it ended."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm", "COLUMNS": "100", "LINES": "40"})
        os.environ.pop("NO_COLOR", None)
        os.chdir(CHECKOUT)
        os.execv(command[0], command)  # noqa: S606
    shown = b""
    while True:
        try:
            block = os.read(terminal, 65_536)
        except OSError:
            break
        if not block:
            break
        shown += block
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return shown.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


def test_a_run_keeps_its_stages_and_says_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), recorded(tmp_path, "r1", "refresh") as run:
        with run.stage("collect") as stage:
            stage.rows = 4
        with run.stage("classify") as stage:
            stage.rows = 2_048
            raise KeyboardInterrupt
    (kept,) = latest(tmp_path, 1)
    assert [(s["stage"], s["rows"], s["failed"]) for s in kept.stages] == [
        ("collect", 4, False), ("classify", 2_048, True),
    ]  # fmt: skip
    assert all(s["seconds"] >= 0 and s["memory_mb"] > 1 for s in kept.stages)
    assert stopped(kept) == (
        "Stopped: done and kept: collect; stopped in classify after 2,048 texts, which are kept. What was "
        "published stays; `hoshiyomi refresh` goes on from there."
    )
    first, second = lines(kept)
    assert first.split()[:3] == ["collect", "4", "requests"]
    assert second.startswith("classify (not finished)")
    assert stopped(None).startswith("Stopped before anything was begun")


def test_a_record_of_a_newer_version_is_still_read(tmp_path: Path) -> None:
    with recorded(tmp_path, "r1", "refresh"):
        pass
    path = tmp_path / "runs" / "r1.json"
    path.write_bytes(path.read_bytes().replace(b'"stages":', b'"later":1,"stages":'))
    assert [r.run for r in latest(tmp_path, 1)] == ["r1"]
    assert Run(run="r", kind="refresh", started_at=day(1)).stages == []


def test_work_that_alone_knows_how_much_there_is_tells_done_and_of(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(showing.time, "monotonic", lambda: clock[0])
    with logged() as said, counting("read", "MB", a_unit=MEGABYTE) as told:
        for done in (2_400_000, 4_900_000, 6_200_000, 9_700_000):
            clock[0] += 6
            told(done, 9_700_000)
    assert said == ["read 6/9 MB, 0.3 a second, 9 s left", "read 9/9 MB, 0.4 a second"]


def test_less_than_a_unit_and_nothing_at_all_are_not_told() -> None:
    with logged() as said, counting("read", "MB", a_unit=MEGABYTE) as told:
        told(999, 999)
    with logged() as more, counting("read", "MB"):
        pass
    assert said == more == []
