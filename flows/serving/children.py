"""Processes that end with the one that started them, however it ends.

A child is the head of a process group of its own, so that a stop reaches what it has started itself. It
is told who its parent is and ends at once when that process is gone: by the kernel's word on Linux, by
looking on every other system. Nothing of this needs the parent to be alive when it happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from flows.processes import end_after

PARENT = "HOSHIYOMI_PARENT"
"""Environment variable: the process id of whoever started a child."""

_PR_SET_PDEATHSIG = 1
_GROUP_S = 1.0


def start(
    command: Sequence[str], environment: Mapping[str, str], *, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a child that calls `end_with_parent`. Its standard output is dropped, its errors are ours."""
    told = {**environment, PARENT: str(os.getpid())}
    return subprocess.Popen(  # noqa: S603
        command, env=told, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        pass_fds=pass_fds, start_new_session=True,
    )  # fmt: skip


def stop(child: subprocess.Popen[bytes], patience_s: float) -> None:
    """End a child and its whole group: asked first, killed after `patience_s` seconds; at once for 0."""
    if patience_s and child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
    # An empty group is no error; where its last member is a zombie, some systems say so by EPERM.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    end = time.monotonic() + _GROUP_S
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # Locks of what the child had started are free when the group is empty.
        while time.monotonic() < end:
            os.killpg(child.pid, 0)
            time.sleep(0.02)


def end_with_parent() -> None:
    """End this process when the parent that `PARENT` names is gone; nothing where none is named."""
    named = os.environ.get(PARENT, "")
    if not named.isdecimal():
        return
    parent = int(named)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The kernel's signal is bound to the thread that started us and to this system; looking is not.
    end_after(parent)


def be_parent() -> None:
    """Name this process as the parent of what it starts, also where others start it for us."""
    os.environ[PARENT] = str(os.getpid())
