"""What can go wrong with the warehouse that a user can mend; shown without a traceback."""

from __future__ import annotations

from collections.abc import Iterable


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
