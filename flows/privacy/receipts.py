"""Receipts of erasure: `<data>/erasures/<id>.json`, what was removed from where and when.

A receipt names no person and holds nothing of what was removed. It is written before the first row is removed
and once more when everything is done, so it also tells an interrupted erasure from a finished one. What was
counted before a kill stays counted: a file is noted with its rows before it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from warehouse.private import make_folder, sweep, write_atomically
from warehouse.records import Erasure
from warehouse.tombstones import erasure_id

FOLDER = "erasures"
_NOT_COVERED = (
    "backups until they expire (`backups` names those of `hoshiyomi backup`; restoring one erases anew)",
    "copies made otherwise outside the data folder (snapshots, published files that somebody copied)",
    "a published file that a reader had open, until the reader closes it",
    "blocks that the file system or the disk keeps after a file is removed",
)


@dataclass(slots=True)
class Receipt:
    """What is known of one execution."""

    id: str
    app: str | None
    """None: every app."""
    source: str
    """What asked for it: intake, command, retention."""
    asked_at: str
    begun_at: str
    done_at: str | None = None
    landing: dict[str, int] = field(default_factory=dict)
    """Rows removed, by landing file; the files keep their names."""
    working: dict[str, int] = field(default_factory=dict)
    """Rows removed from the working file, by kind; the file was then written anew."""
    working_rewritten_at: str | None = None
    published: dict[str, Any] = field(default_factory=dict)
    """The revision that shows nothing of it any more, and the older files that were removed."""
    codes_blocked: int = 0
    backups: list[dict[str, str]] = field(default_factory=list)
    """Backups from before its end, which hold it until they expire: name, made_at, expires_at."""
    left: dict[str, int] = field(default_factory=dict)
    """What was still found afterwards: zero, or the receipt would not be done."""


class Receipts:
    """The folder of receipts."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def path(self, entry: Erasure) -> Path:
        """Where the receipt of a tombstone lies."""
        return self._folder / f"{erasure_id(entry)}.json"

    def is_done(self, entry: Erasure) -> bool:
        """Whether the tombstone was executed to its end."""
        receipt = self.read(entry)
        return receipt is not None and receipt.done_at is not None

    def read(self, entry: Erasure) -> Receipt | None:
        """The receipt of a tombstone; None before its execution began."""
        try:
            raw = orjson.loads(self.path(entry).read_bytes())
        except FileNotFoundError:
            return None
        except orjson.JSONDecodeError:
            # Not what we wrote: the erasure is executed again and written anew.
            return None
        known = {f: raw[f] for f in Receipt.__dataclass_fields__ if f in raw}
        return Receipt(**known)

    def begin(self, entries: Mapping[Erasure, Mapping[str, int]], now: datetime) -> None:
        """Note what is about to be removed from the landing files, by tombstone and file."""
        for entry, rows in entries.items():
            receipt = self.read(entry) or Receipt(
                id=erasure_id(entry), app=entry.app, source=entry.source, asked_at=_moment(entry.at),
                begun_at=_moment(now),
            )  # fmt: skip
            for file, count in rows.items():
                # Met again after a kill, a file holds its rows still: they are the same ones.
                receipt.landing[file] = max(receipt.landing.get(file, 0), count)
            receipt.done_at = None
            self.write(entry, receipt)

    def write(self, entry: Erasure, receipt: Receipt) -> None:
        """Replace a receipt; a kill leaves the old or the new one."""
        make_folder(self._folder)
        document = asdict(receipt) | {
            "state": "done" if receipt.done_at else "begun",
            "rows_removed_from_landing": sum(receipt.landing.values()),
            "not_covered": _NOT_COVERED,
        }
        written = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        write_atomically(self.path(entry), written)

    def sweep(self) -> None:
        """Remove what killed writers left."""
        sweep(self._folder.glob(".*.tmp"))


def pending(receipts: Receipts, entries: Iterable[Erasure]) -> list[Erasure]:
    """The tombstones whose execution has not come to its end."""
    return [e for e in entries if not receipts.is_done(e)]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
