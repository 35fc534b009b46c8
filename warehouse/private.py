"""Folders and files for their owner only, whatever the umask: what people said is nobody else's to read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import BinaryIO

FOLDER = 0o700
FILE = 0o600
OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""


def make_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, for the owner only; one that is there stays."""
    for level in [*reversed(path.parents), path]:
        if not level.is_dir():
            level.mkdir(mode=FOLDER, exist_ok=True)
    return path


def open_new(path: Path) -> BinaryIO:
    """Open a file for writing from its beginning, for the owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE)
    os.fchmod(handle, FILE)
    return os.fdopen(handle, "wb")


def touch(path: Path) -> None:
    """Make an empty file for the owner only, where none is."""
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE))


def put(path: Path, content: bytes) -> None:
    """Replace a file; a kill leaves the old one or the new one. After return it is on disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open_new(temporary) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_once(path: Path, content: bytes) -> None:
    """Write a private file whole or not at all; of two processes one wins, and its file stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
