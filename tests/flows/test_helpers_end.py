"""Processes that help end with the one that asked, also when it is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, wait_for

_ASKS = """
import os, sys, threading, time
from flows.processes import in_order

def job(part):
    with open(sys.argv[2], "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(part)

if __name__ == "__main__":
    if sys.argv[1] == "spawn":  # a process with threads is not copied
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    for _ in in_order(job, [30, 30], 2, "wait"):
        pass
"""


@linux_only
@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_helpers_end_with_a_process_that_is_killed(tmp_path: Path, how: str) -> None:
    script, told = tmp_path / "asks.py", tmp_path / "helpers"
    script.write_text(_ASKS)
    asking = subprocess.Popen([sys.executable, str(script), how, str(told)], cwd=CHECKOUT)
    try:
        wait_for(lambda: told.exists() and len(told.read_text().split()) == 2, 60)
        helpers = [Path(f"/proc/{pid}") for pid in told.read_text().split()]
        assert all(h.exists() for h in helpers)
    finally:
        asking.kill()
        asking.wait()
    wait_for(lambda: not any(h.exists() for h in helpers), 10)
