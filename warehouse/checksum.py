"""The checksum of a published file, kept beside it as `<name>.sha256` in the form that `sha256sum -c` reads.

DuckDB checks a block when it reads it; a file that rots where nobody reads shows only in the whole.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from warehouse.private import write_atomically

SUFFIX = ".sha256"


def beside(path: Path) -> Path:
    """Where the checksum of a file lies."""
    return path.with_name(path.name + SUFFIX)


def record(path: Path, name: str) -> Path:
    """Keep the checksum of the bytes at `path` for the file that is to be called `name`; where it lies."""
    kept = beside(path.with_name(name))
    write_atomically(kept, f"{_digest(path)}  {name}\n".encode())
    return kept


def is_whole(path: Path) -> bool | None:
    """Whether the file is, byte by byte, what was published; None where no checksum was kept."""
    try:
        words = beside(path).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return False
    return words[:1] == [_digest(path)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
