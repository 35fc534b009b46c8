"""Locks that die with their process, however it dies: above all, one refresh at a time in a data folder."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flows.errors import HoshiyomiError
from warehouse.private import make_folder, touch


class RefreshRunning(HoshiyomiError):
    """Another refresh works in this data folder."""

    exit_code = 5


@contextmanager
def held(
    path: Path, busy: Callable[[str], Exception] | None = None, *, is_left: bool = True
) -> Iterator[BinaryIO]:
    """Hold the lock of a file, which is made where it is missing; without `is_left` it goes afterwards.

    While somebody else holds it, raises at once what `busy` makes of the file's text, else BlockingIOError.
    """
    make_folder(path.parent)
    touch(path)
    with path.open("r+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy is None:
                raise
            raise busy(handle.read().decode("utf-8", "replace").strip()) from None
        try:
            yield handle
        finally:
            if not is_left:
                path.unlink(missing_ok=True)


def is_held(path: Path) -> bool:
    """Whether a process that lives holds the lock of a file."""
    try:
        with path.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def refresh_lock(data: Path) -> Iterator[None]:
    """Hold the folder's refresh lock. Raises RefreshRunning at once when somebody else holds it."""
    busy = RefreshRunning(
        f"Another refresh is running in {data}. Remedy: wait for it to end; its result is published when it "
        "has finished."
    )
    with held(data / ".refresh.lock", lambda _: busy):
        yield
