"""Files of the data folder: for their owner only, replaced whole, where asked with a checksum beside them.

What people said is nobody else's to read, whatever the umask. The checksum is kept as `<name>.sha256` in the
form that `sha256sum -c` reads: DuckDB checks a block when it reads it, and a file that rots where nobody
reads shows only in the whole.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO

FOLDER = 0o700
FILE = 0o600
SUFFIX = ".sha256"
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
    sync(path.parent)


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
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


def beside(path: Path) -> Path:
    """Where the checksum of a file lies."""
    return path.with_name(path.name + SUFFIX)


def record(path: Path, name: str) -> Path:
    """Keep the checksum of the bytes at `path` for the file that is to be called `name`; where it lies."""
    kept = beside(path.with_name(name))
    put(kept, f"{digest(path)}  {name}\n".encode())
    return kept


def is_whole(path: Path) -> bool | None:
    """Whether the file is, byte by byte, what was published; None where no checksum was kept."""
    try:
        words = beside(path).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return False
    return words[:1] == [digest(path)]


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
