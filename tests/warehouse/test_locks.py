from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.locks import LockHeld, claimed, is_locked, locked

HOLD = """
import sys, time
from pathlib import Path
from warehouse.locks import locked
with locked(Path(sys.argv[1]), shared=sys.argv[2] == "shared"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("first", ["shared", "alone"])
def test_many_share_and_one_is_alone_across_processes_and_the_lock_dies_with_its_process(
    first: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path), first], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_locked(path) is (first == "alone")
        with pytest.raises(LockHeld), locked(path, wait=False):
            pass
        if first == "shared":
            with locked(path, shared=True, wait=False):
                pass
        else:
            with pytest.raises(LockHeld), locked(path, shared=True, wait=False):
                pass
    finally:
        holder.kill()
        holder.communicate()
    with locked(path, wait=False):
        assert is_locked(path)
    assert not is_locked(path)


def test_threads_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with claimed(path) as first, claimed(path) as second:
        assert (first, second) == (True, False)
    with claimed(path) as third:
        assert third


def test_to_ask_makes_nothing_and_the_file_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert not is_locked(path)
    assert not path.exists()
    with locked(path):
        assert path.stat().st_mode & 0o777 == 0o600


def test_an_error_under_a_claim_is_raised_and_lets_it_go(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(ZeroDivisionError), claimed(path):
        raise ZeroDivisionError
    assert not is_locked(path)
