"""Processes of a data folder, for tests that count them: told by the environment they were given."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.conftest import CHECKOUT, NEED_PREFECT, give_history

T = TypeVar("T")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="counts processes in /proc")


def started(
    *words: str, data: Path, extra: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """The real command in the background; its messages go to `log`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment |= {"HOSHIYOMI_DATA": str(data), "NO_COLOR": "1", **(extra or {})}
    if words[0] in NEED_PREFECT:
        give_history(data)
    command = [str(Path(sys.executable).with_name("hoshiyomi")), *words]
    with (log or Path(os.devnull)).open("ab") as out:
        return subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=out, stderr=out)


def of_folder(data: Path) -> dict[int, str]:
    """Living processes that work in a data folder: id to command line."""
    mark = f"HOSHIYOMI_DATA={data}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            # It ended while we looked, or it is not ours to look into.
            continue
    return found


def wait_for(what: Callable[[], T], patience_s: float, because: Callable[[], object] = lambda: "") -> T:
    """What `what` gives as soon as it is true."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {patience_s} s in vain: {because()}")
