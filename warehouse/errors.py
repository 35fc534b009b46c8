"""What can go wrong with the warehouse that a user can mend, told in one sentence with its remedy.

The errors of the operating system, of DuckDB and of SQLite come as numbers and texts; here each is known by
its kind. Their classes are told by name, so that nothing heavy is imported.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path


class WarehouseError(Exception):
    """Base. `exit_code` is what the command line ends with."""

    exit_code = 10

    def __init__(self, message: str = "", *, own: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.own = tuple(own)
        """Names in the message that this program gave, such as `feedback/intake-.../00000.jsonl.gz`: no words
        of a person's, so they are shown as they are (`flows.cli.output`)."""


class NothingPublished(WarehouseError):
    """There is no published file yet."""

    exit_code = 4


class Busy(WarehouseError):
    """Another process of ours holds the write lock."""

    exit_code = 5


class ChecksFailed(WarehouseError):
    """A check that stops publishing found rows."""

    exit_code = 6


class QueryError(WarehouseError):
    """A query of the user's does not run on the published file."""

    exit_code = 7


class LandingError(WarehouseError):
    """A landing file is damaged or is not what its name says."""

    exit_code = 8


class OutOfMemory(WarehouseError):
    """The database came to its memory limit; no file is damaged."""


class WorkingFileDamaged(WarehouseError):
    """The working file's bytes are not what was written; `hoshiyomi rebuild` makes it anew."""


class PublicationDamaged(WarehouseError):
    """The published file or the link to it is damaged; the next refresh replaces it."""


class DiskUnusable(WarehouseError):
    """The disk is full, or a folder may not be read or written."""

    exit_code = 15


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
# DuckDB hands the system's words on; in other languages than English it says them in English, too.
_WORDS = {
    errno.ENOSPC: ("no space left on device", "database or disk is full", "out of disk space"),
    errno.EDQUOT: ("quota exceeded",),
    errno.EFBIG: ("file too large",),
    errno.EROFS: ("read-only file system", "readonly database", "read-only mode"),
    errno.EACCES: ("permission denied", "unable to open database file", "operation not permitted"),
    errno.EIO: ("input/output error", "disk i/o error"),
}
_DAMAGED = (
    "not a valid duckdb database", "corrupt", "checksum", "replaying wal", "read enough bytes",
    "failed to deserialize", "serialization error", "magic bytes", "database has been invalidated",
    "failed to load metadata", "unexpected end",
)  # fmt: skip
_NEWER = ("storage version", "different version", "newer version")
_DAMAGED_TYPES = ("SerializationException", "InternalException", "FatalException")


def of_system(error: OSError) -> WarehouseError | None:
    """The sentence for an error of the operating system; None where it is none of a disk's."""
    file = error.filename2 or error.filename
    return _of_number(error.errno, f"{file}" if file is not None else "a file of the data folder")


def of_database(error: Exception, file: Path) -> WarehouseError | None:
    """The sentence for an error of DuckDB or SQLite at `file`; None where no disk is the cause."""
    says = str(error).lower()
    for number, words in _WORDS.items():
        if any(w in says for w in words):
            return _of_number(number, str(file))
    if any(w in says for w in _NEWER):
        return WarehouseError(
            f"{file} was written by another version of DuckDB. Remedy: `make setup`, which installs the "
            "version that requirements/runtime.txt names, or `hoshiyomi rebuild`."
        )
    return None


def is_damage(error: Exception) -> bool:
    """Whether DuckDB says that a file's bytes are not what was written."""
    says = str(error).lower()
    kind = type(error).__name__
    return kind in _DAMAGED_TYPES or (kind == "IOException" and any(w in says for w in _DAMAGED))


def of_working_file(error: Exception, file: Path) -> WarehouseError | None:
    """The sentence for an error of DuckDB at the working file."""
    known = of_database(error, file)
    if known is not None or not is_damage(error):
        return known
    return WorkingFileDamaged(
        f"{file} is damaged ({type(error).__name__}). Remedy: `hoshiyomi rebuild`, which makes it anew "
        "from the landing folder; published files stay as they are meanwhile."
    )


def _of_number(number: int | None, where: str) -> WarehouseError | None:
    if number in _FULL:
        return DiskUnusable(
            f"The disk is full: {where} could not be written. Remedy: free space and run the same command "
            "again; it goes on where it stopped, and what was published stays."
        )
    if number in _CLOSED:
        return DiskUnusable(
            f"{where} may not be read or written by this user. Remedy: run as the user whom the data "
            "folder belongs to, or give it back with `chown -R USER` and `chmod -R u+rwX`; a read-only file "
            "system must be mounted for writing."
        )
    if number == errno.EIO:
        return DiskUnusable(
            f"The disk gave an error at {where}. Remedy: see the system's log; on a sound disk, `hoshiyomi "
            "rebuild` makes the working file anew from the landing folder or from its backup."
        )
    return None
