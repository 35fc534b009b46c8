"""Files that are replaced whole: what a reader, a kill and a full disk find."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from warehouse import private
from warehouse.private import sweep, write_atomically


def refuse(_path: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_is_its_owners_whatever_the_umask_and_as_wanted_else(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_atomically(tmp_path / "a", b"1")
        write_atomically(tmp_path / "b", b"2", mode=0o644)
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [0o600, 0o644]


@pytest.mark.parametrize("broken", ["fsync", "rename"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    if broken == "fsync":
        monkeypatch.setattr("os.fsync", refuse)
    else:
        monkeypatch.setattr(Path, "rename", lambda self, _other: refuse(self))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.json": b"old"}


def test_what_the_check_refuses_does_not_take_the_old_ones_place(tmp_path: Path) -> None:
    path = tmp_path / "apps.toml"
    write_atomically(path, b"old")

    def check(new: Path) -> None:
        assert new.read_bytes() == b"new"
        raise ValueError("not understood")

    with pytest.raises(ValueError, match="not understood"):
        write_atomically(path, b"new", check=check)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"apps.toml": b"old"}


def test_threads_that_write_one_file_leave_one_whole_text(tmp_path: Path) -> None:
    path, texts = tmp_path / "a", [bytes([65 + n]) * 50_000 for n in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_the_sweep_spares_writers_that_live_other_machines_and_files_of_others(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True)
    dead = tmp_path / f".a.{private._HOST}.{int(done.stdout)}-0.tmp"
    stay = [
        tmp_path / f".a.{private._HOST}.{os.getpid()}-0.tmp",
        tmp_path / ".a.00000000.1-0.tmp",
        tmp_path / "mine.tmp",
    ]
    for path in (dead, *stay):
        path.touch()
    assert sweep(tmp_path.iterdir()) == 1
    assert sorted(tmp_path.iterdir()) == sorted(stay)
