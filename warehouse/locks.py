"""File locks: the only place that calls `flock`. A lock dies with its process, however the process dies.

A lock is held on an open file, so two threads of one process exclude each other as two processes do. The file
stays when the lock is let go, but where its name is used once: removing it would let two holders lock two
files of one name. Why not a library:
docs/decisions/0012-file-locks-by-flock.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from warehouse.private import FILE


class LockHeld(Exception):
    """Somebody else holds the lock."""


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[BinaryIO]:
    """Hold the lock of a file, which is made where it is missing; yields the open file.

    Any number of holders may be `shared` at a time, an exclusive one is alone. Raises LockHeld at once when
    the lock is not to be had and not to be waited for, and OSError where the file cannot be opened.
    """
    access = os.O_RDONLY if shared else os.O_RDWR
    handle = os.open(path, access | os.O_CREAT | os.O_CLOEXEC, FILE)
    with os.fdopen(handle, "rb" if shared else "r+b") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise LockHeld(str(path)) from None
        yield file


COPY = ".copy.lock"
"""In a data folder: whoever changes files that are there shares it, whoever copies them all has it alone."""


@contextmanager
def changing(data: Path) -> Iterator[None]:
    """Change files of a data folder that are there already; waits while somebody copies the folder.

    New files that take a name of their own need none of it. May be nested.
    """
    with locked(data / COPY, shared=True):
        yield


@contextmanager
def standing_still(data: Path) -> Iterator[None]:
    """Copy a data folder as it is at one moment; waits for whoever changes it, and lets the next one wait."""
    with locked(data / COPY):
        yield


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Whether nobody else holds the lock of this file; it is held meanwhile when so."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(path, wait=False))
            is_ours = True
        except LockHeld:
            is_ours = False
        yield is_ours


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock of this file alone; nothing is made or changed."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
