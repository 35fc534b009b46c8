"""Helpers end with who asked them, and say nothing of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


# Whoever asks stops, by Ctrl-C or by an error of its own, while they are at something long.
_STOPPED = """
import os, signal, sys, time
from flows import processes

def parts():
    yield from (600, 600)
    time.sleep(1)
    {stop}

try:
    list(processes.in_order(time.sleep, parts(), 2, "count"))
except (KeyboardInterrupt, ZeroDivisionError):
    sys.exit(130)
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(_INTERRUPTED, id="as they start"),
        pytest.param(_STOPPED.format(stop="os.killpg(0, signal.SIGINT)"), id="at something long"),
        pytest.param(_STOPPED.format(stop="1 / 0"), id="for an error elsewhere"),
    ],
)
def test_helpers_end_at_once_with_who_asked_and_say_nothing(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")
