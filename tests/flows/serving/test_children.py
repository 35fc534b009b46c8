from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.serving import children
from tests.flows.processes import wait_for

# A parent that starts one child, which starts one of its own, and tells both by their ids.
CHILD = """
import subprocess, sys, time
if {portable}:
    sys.platform = "elsewhere"
from flows.serving.children import end_with_parent
end_with_parent()
print("up", flush=True)
open(sys.argv[1], "w").write("up")
time.sleep(120)
"""
PARENT = """
import os, sys, time
from flows.serving.children import start
child = start([sys.executable, "-c", sys.argv[2], sys.argv[1]], os.environ)
print(child.pid, flush=True)
time.sleep(120)
"""


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("portable", [False, True], ids=["by the kernel", "by looking"])
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, portable: bool) -> None:
    up = tmp_path / "up"
    command = [sys.executable, "-c", PARENT, str(up), CHILD.format(portable=portable)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_for(up.exists, 30)
    assert not _is_gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: _is_gone(child), 5)


def test_a_child_whose_parent_was_gone_before_it_looked_ends_too() -> None:
    environment = os.environ | {children.PARENT: "1"}
    lines = "from flows.serving.children import end_with_parent; end_with_parent(); print('lives')"
    done = subprocess.run([sys.executable, "-c", lines], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-9, b"")


def test_who_was_started_by_nobody_lives_on() -> None:
    lines = "from flows.serving.children import end_with_parent; end_with_parent(); print('lives')"
    environment = {k: v for k, v in os.environ.items() if k != children.PARENT}
    done = subprocess.run([sys.executable, "-c", lines], env=environment, capture_output=True, check=True)
    assert done.stdout == b"lives\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_stop_ends_what_the_child_started_and_who_will_not_listen(tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    deaf = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "own = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'])\n"
        f"pathlib.Path({str(ids)!r}).write_text(str(own.pid))\n"
        "time.sleep(120)\n"
    )
    child = children.start([sys.executable, "-c", deaf], os.environ)
    grandchild = int(wait_for(lambda: ids.exists() and ids.read_text(), 30))
    children.stop(child, 0.3)
    assert child.returncode == -9
    wait_for(lambda: _is_gone(grandchild), 5)
