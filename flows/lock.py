"""One refresh at a time in one data folder; the lock dies with its process, however it dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import HoshiyomiError
from warehouse.locks import claimed
from warehouse.private import make_folder


class RefreshRunning(HoshiyomiError):
    """Another refresh works in this data folder."""

    exit_code = 5


class RestoreUnfinished(HoshiyomiError):
    """A restore into this data folder was cut off."""

    exit_code = 10


RESTORING = "restoring.json"
"""Lies in a data folder while a backup is restored into it; holds the backup's name."""


@contextmanager
def refresh_lock(data: Path) -> Iterator[None]:
    """Hold the folder's refresh lock.

    Raises RefreshRunning at once when somebody else holds it, and RestoreUnfinished where a restore was cut
    off.
    """
    if (data / RESTORING).exists():
        raise RestoreUnfinished(
            f"A restore into {data} was cut off, and the folder is not whole. Remedy: run the same "
            "`hoshiyomi restore` again; it begins anew in this folder."
        )
    with claimed(make_folder(data) / ".refresh.lock") as is_ours:
        if not is_ours:
            raise RefreshRunning(
                f"Another refresh is running in {data}. Remedy: wait for it to end; its result is "
                "published when it has finished."
            )
        yield
