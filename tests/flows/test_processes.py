"""Helpers end with who asked them, and say nothing of it."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import CHECKOUT

# Helpers that take a second to start meet Ctrl-C before they have begun; parts are asked for one by one.
_INTERRUPTED = """
import os, signal, sys, time
from flows import processes

def slowly(parent):
    time.sleep(1)

processes.end_after = slowly

def parts():
    yield from (1, 2)
    os.killpg(0, signal.SIGINT)
    yield from range(20)

try:
    list(processes.in_order(abs, parts(), 2, "count"))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_helpers_that_are_interrupted_as_they_start_say_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")
