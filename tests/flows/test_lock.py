from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.lock import RefreshRunning, refresh_lock

HOLD = """
import sys, time
from pathlib import Path
from flows.lock import refresh_lock
with refresh_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_refresh_is_refused_at_once(tmp_path: Path) -> None:
    with refresh_lock(tmp_path), pytest.raises(RefreshRunning, match="Remedy: wait"), refresh_lock(tmp_path):
        pass


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(RefreshRunning), refresh_lock(tmp_path):
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    with refresh_lock(tmp_path):
        pass
