"""Closing a data folder that others could read: at the start of every command, said once.

A folder that an earlier version or another umask left open is closed with all that lies in it. Afterwards the
folder itself keeps others out, so only it and the keys are looked at.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from warehouse.private import OTHERS

_OURS = ("landing", "published", "prefect", "alpha", "warehouse.duckdb", "clock.json")
_THROUGH = 0o010
"""A group may walk through the folder, not look around in it."""
_READERS = 0o050


def close(data: Path, *, has_group: bool) -> list[str]:
    """Close what is ours and too open; what is to be said about it.

    With `has_group` (`[publish]` group) a group may walk to the published files.
    """
    if not data.is_dir() or not _is_ours(data):
        return []
    said = []
    key = data / "alpha" / "key"
    was_known = _is_open(key, 0)
    allowed = _THROUGH if has_group else 0
    found = list(_inside(data, has_group)) if _is_open(data, allowed) else [(key, 0)]
    closed = sum(_close(path, keep) for path, keep in [(data, allowed), *found])
    if closed:
        said.append(f"{data}: {closed} folders and files could be opened by other users; closed")
    if was_known:
        said.append(
            f"{key} could be read by other users: whoever did can tell which pseudonym a known address has"
        )
    return said


def _is_ours(data: Path) -> bool:
    """Whether the folder is this user's and holds our work or nothing: nobody's home is closed by mistake."""
    if data.stat().st_uid != os.geteuid():
        return False
    names = {p.name for p in data.iterdir()}
    return not names or bool(names & set(_OURS))


def _inside(data: Path, has_group: bool) -> Iterator[tuple[Path, int]]:
    """Everything below the folder, with the bits that others may keep."""
    for folder, folders, files in os.walk(data):
        readers = _READERS if has_group and Path(folder).name == "published" else 0
        for name in files:
            yield Path(folder) / name, readers & 0o040
        for name in folders:
            yield Path(folder) / name, _READERS if has_group and name == "published" else 0


def _is_open(path: Path, keep: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    is_ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
    return is_ours and bool(found.st_mode & OTHERS & ~keep)


def _close(path: Path, keep: int) -> bool:
    if not _is_open(path, keep):
        return False
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(mode & ~OTHERS | mode & keep)
    return True
