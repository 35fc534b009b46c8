"""Which database holds the tables of a data folder: the working file in it, or a DuckLake.

The configuration knows (`told_by`); whoever opens the tables asks here (`lake_of`), so that all rooms go on
naming a data folder and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POSTGRES = "postgres:"
"""What the address of a catalog in PostgreSQL begins with; without it the address is a file's path."""


@dataclass(frozen=True, slots=True)
class Lake:
    """A DuckLake: a catalog, and a folder of Parquet files that every machine reaches by the same path."""

    catalog: str
    """`postgres:` and a connection string of libpq without a password, or the path of a file."""
    files: Path

    @property
    def is_shared(self) -> bool:
        """Whether the catalog is a server's, which processes of several machines may write to."""
        return self.catalog.startswith(POSTGRES)

    @property
    def connection(self) -> str:
        """What libpq connects to; of a shared catalog only."""
        return self.catalog.removeprefix(POSTGRES)


def _nowhere(_data: Path) -> Lake | None:
    return None


_told_by: Callable[[Path], Lake | None] = _nowhere


def told_by(who: Callable[[Path], Lake | None]) -> Callable[[Path], Lake | None]:
    """Let `who` say in which lake the tables of a data folder lie; None: in the folder's own working file.

    Who said it before is given back.
    """
    global _told_by
    before, _told_by = _told_by, who
    return before


def lake_of(data: Path) -> Lake | None:
    """The DuckLake that holds the tables of this data folder, if one does."""
    return _told_by(data.absolute())
