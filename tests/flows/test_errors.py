"""What a user can mend comes as one sentence with its exit code, whatever room or library it comes from."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from flows.cli import main as cli
from flows.errors import mendable
from flows.intake.invitations import RegisterDamaged, load_keys, open_register
from flows.pipeline.states import OneSentence, started_by_hand
from flows.privacy.clock import utc_now
from tests.builders import feedback, review
from tests.conftest import CHECKOUT, hoshiyomi
from tests.searching import found
from tests.warehouse.house import NOW, build_all, land
from tests.warehouse.test_damage import no_file_above, rot
from warehouse.errors import DiskUnusable, QueryError
from warehouse.publish import publish
from warehouse.reads import LINK, current


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """`main` sets the process's own."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def published(data: Path) -> Path:
    land(data, "b1", review())
    build_all(data)
    return publish(data, NOW).path


def ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str]:
    """Exit code and standard error of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", ["hoshiyomi", *words])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    return int(ending.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_disk_that_refuses_ends_with_15_and_one_sentence(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    monkeypatch.setattr("flows.lock.claimed", refuse)
    for command in ("refresh", "rebuild", "analyse"):
        code, told = ended(capsys, monkeypatch, command)
        assert code == 15
        assert told.count("\n") == 1
        assert "Remedy" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_and_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    tmp_path.chmod(0o500)
    assert ended(capsys, monkeypatch, "erase")[0] == 15
    tmp_path.chmod(0o700)
    assert ended(capsys, monkeypatch, "erase")[0] == 0


def test_an_error_that_nobody_foresaw_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise KeyError("unforeseen")

    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    monkeypatch.setattr("flows.lock.claimed", fail)
    monkeypatch.setattr(sys, "argv", ["hoshiyomi", "refresh"])
    with pytest.raises(KeyError):
        cli.main()


def test_a_full_disk_under_an_erasure_ends_with_15_and_the_same_command_goes_on(tmp_path: Path) -> None:
    land(tmp_path, "b1", feedback("f1", text="words to go", submitted_at=utc_now() - timedelta(days=3)))
    command = Path(sys.executable).with_name("hoshiyomi")
    full = subprocess.run(
        ["bash", "-c", f"ulimit -f 200; exec {command} erase --tester t1"],
        env=os.environ | {"HOSHIYOMI_DATA": str(tmp_path)}, cwd=CHECKOUT, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert full.returncode == 15, full.stderr
    assert "The disk is full" in full.stderr
    assert "Traceback" not in full.stderr
    hoshiyomi("erase", "--tester", "t1", data=tmp_path)
    assert found(tmp_path, ["words to go"]) == []


def test_a_rotten_publication_is_told_by_status_and_by_readers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    path = published(tmp_path)
    assert ended(capsys, monkeypatch, "status")[0] == 0
    rot(path)
    monkeypatch.setattr(sys, "argv", ["hoshiyomi", "status"])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    assert ending.value.code == 16
    assert "`hoshiyomi refresh` replaces it" in capsys.readouterr().out
    path.write_bytes(b"")
    assert ended(capsys, monkeypatch, "sql", "from reviews")[0] == 10
    path.unlink()
    assert ended(capsys, monkeypatch, "path")[0] == 10
    # The query's own faults stay its own.
    build_all(tmp_path)
    publish(tmp_path, NOW + timedelta(days=1))
    assert ended(capsys, monkeypatch, "sql", "from nowhere")[0] == QueryError.exit_code
    assert ended(capsys, monkeypatch, "status")[0] == 0


def test_an_erasure_waits_for_a_lost_working_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    land(tmp_path, "b0", feedback("f1"))
    published(tmp_path)
    before = current(tmp_path)
    (tmp_path / "warehouse.duckdb").unlink()
    code, told = ended(capsys, monkeypatch, "erase", "--tester", "t1")
    assert code == 10
    assert "The request is kept. Remedy: `hoshiyomi rebuild`" in told
    assert current(tmp_path) == before
    assert (tmp_path / LINK).exists()


def test_a_full_disk_at_the_register_is_told(tmp_path: Path) -> None:
    now = utc_now()
    with open_register(tmp_path) as register:
        wanted = {
            "app": "a",
            "cohort": "c",
            "opens_at": None,
            "closes_at": now + timedelta(days=9),
            "now": now,
        }
        with no_file_above(60_000), pytest.raises(sqlite3.Error) as caught:
            register.invite(load_keys(tmp_path), count=5_000, **wanted)
        told = mendable(caught.value)
        assert isinstance(told, DiskUnusable)
        assert register.cohorts() == []
        register.invite(load_keys(tmp_path), count=50, **wanted)
        assert register.cohorts()[0].invited == 50


def test_a_damaged_register_names_the_backup_and_the_backup_leads_on(tmp_path: Path) -> None:
    path = tmp_path / "alpha" / "register.sqlite"
    with open_register(tmp_path):
        pass
    backup = path.read_bytes()
    path.write_bytes(b"not a register" * 500)
    with pytest.raises(RegisterDamaged, match="restore the file from your backup"), open_register(tmp_path):
        pass
    path.write_bytes(backup)
    with open_register(tmp_path) as register:
        assert register.cohorts() == []


def failed(error: Exception) -> logging.LogRecord:
    """What Prefect logs when a run ends so."""
    told = (type(error), error, None)
    return logging.LogRecord("prefect.flow_runs", logging.ERROR, "x", 1, "failed", None, told)


@pytest.mark.parametrize("is_by_hand", [True, False])
def test_prefect_prints_no_traceback_of_what_can_be_mended(*, is_by_hand: bool) -> None:
    with started_by_hand() if is_by_hand else nullcontext():
        record = failed(DiskUnusable("The disk is full."))
        assert OneSentence().filter(record) is not is_by_hand
        assert record.exc_info is None
        assert record.getMessage() == "DiskUnusable: The disk is full."
        record = failed(KeyError("unforeseen"))
        assert OneSentence().filter(record)
        assert record.exc_info is not None


def test_a_failed_task_is_told_once() -> None:
    log = logging.getLogger("prefect.task_runs")
    word = logging.LogRecord(
        log.name, logging.ERROR, "x", 1, "Task run failed with state Failed()", None, None
    )
    assert not log.filter(word)
