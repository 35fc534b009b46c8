"""Folders and files for their owner only, whatever the umask: what people said is nobody else's to read.

A file that others read while it is replaced is replaced by `write_atomically`, in every room: a temporary
file beside it, `fsync`, `rename`, `fsync` of the folder. What a killed writer leaves is a temporary file,
which `sweep` removes when its writer is gone. The checksum of a published file lies beside it as
`<name>.sha256`, in the form that `sha256sum -c` reads: DuckDB checks a block when it reads it, and a file
that rots where nobody reads shows only in the whole.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import BinaryIO

FOLDER = 0o700
FILE = 0o600
SUFFIX = ".sha256"
OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""
# Host, process and number in the name of a temporary file: machines may share a data folder.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_TEMPORARY = re.compile(r"\..+\.(?P<host>[0-9a-f]{8})\.(?P<process>\d+)-\d+\.tmp")
_writes = count()


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


def write_atomically(
    path: Path,
    content: bytes | bytearray,
    *,
    mode: int = FILE,
    check: Callable[[Path], object] | None = None,
) -> None:
    """Replace a file, readable as `mode` says; a kill leaves the old one or the new one.

    After return it is on disk. `check` reads the new file before it takes the old one's place. Whatever it
    raises, and OSError, is raised on, and then nothing is left beside the old file.
    """
    temporary = path.with_name(f".{path.name}.{_HOST}.{os.getpid()}-{next(_writes)}.tmp")
    try:
        with open_new(temporary) as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(temporary)
        temporary.rename(path)
    except Exception:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sweep(files: Iterable[Path]) -> int:
    """Remove those of these temporary files of `write_atomically` whose writers are gone; how many."""
    left = [path for path in files if not _has_writer(path)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's list of names, on disk before returning."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _has_writer(temporary: Path) -> bool:
    """Whether the writer of a temporary file may still run: it does, or it is another machine's."""
    found = _TEMPORARY.fullmatch(temporary.name)
    if found is None or found["host"] != _HOST:
        return True
    try:
        os.kill(int(found["process"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
    write_atomically(kept, f"{digest(path)}  {name}\n".encode())
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
