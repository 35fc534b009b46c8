"""Snapshots of older publications lie beside the backups, each copied once: they never change.

A number that somebody cited must be found again for a year, and a backup lives a month; a copy in every
backup would be the same bytes thirty times. So a folder beside the backups mirrors the snapshots of one data
folder: what is new comes, and what is there no more goes, because it is past its time or an import was taken
back.
They hold nothing of testers (`warehouse.snapshots`).
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

from flows.console import counted
from warehouse.private import beside, is_whole, make_folder, sync
from warehouse.snapshots import FOLDER as PUBLISHED
from warehouse.snapshots import published

log = logging.getLogger(__name__)
_READ_ONLY = 0o400


def folder_of(data: Path) -> str:
    """Names the mirror of a data folder, so that several may have their backups in one place."""
    return f"snapshots-{hashlib.sha256(str(data).encode()).hexdigest()[:8]}"


def mirror(data: Path, folder: Path) -> int:
    """Let the mirror of `data` in `folder` hold its snapshots and no other; how many were copied."""
    to = folder / folder_of(data)
    there = {one.path.name: one.path for one in published(data) if one.is_snapshot}
    for path in to.glob("hoshiyomi-*.duckdb"):
        if path.name not in there:
            path.unlink()
            beside(path).unlink(missing_ok=True)
    copied = sum(_copied(path, make_folder(to)) for path in there.values())
    if copied:
        log.info("copied beside the backups: %(n)s", {"n": counted(copied, "snapshot")})
    return copied


def lay(folder: Path, data: Path, until: datetime) -> int:
    """Copy the snapshots of a mirror that are of `until` or before into a data folder; how many."""
    last = f"hoshiyomi-{until.astimezone(UTC):%Y%m%dT%H%M%SZ}~"
    found = [p for p in sorted(folder.glob("hoshiyomi-*.duckdb")) if p.name <= last]
    return sum(_copied(path, make_folder(data / PUBLISHED)) for path in found)


def _copied(path: Path, to: Path) -> bool:
    """Copy a file and its checksum, whole or not at all; False where it is there, or is not whole."""
    target = to / path.name
    if target.exists():
        return False
    if is_whole(path) is not True:
        log.warning("%(file)s is not what was published, and is not copied", {"file": path})
        return False
    # The checksum first: a file without one would be believed.
    for source, kept in ((beside(path), beside(target)), (path, target)):
        part = to / f".{kept.name}.part"
        shutil.copyfile(source, part)
        part.chmod(_READ_ONLY)
        sync(part)
        part.rename(kept)
    sync(to)
    return True
