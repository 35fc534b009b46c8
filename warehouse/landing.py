"""Landing files: what came in, one record a line, before any database is asked; immutable but for erasures.

`landing/<kind>/<batch>/<part>.jsonl.gz`, written under a temporary name, synced and renamed, so that
a file that is there is whole. A batch's name is chosen by its writer and says what it is, so that
writing it again after a kill changes nothing. Its coverage is landed last: a batch without coverage
is one whose writer has not finished. Fetching needs no database and takes no lock.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import os
import platform
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import orjson

from warehouse.errors import LandingError
from warehouse.private import make_folder, open_new
from warehouse.records import KINDS, Record

_NAME = re.compile(r"[a-z0-9][a-z0-9._=-]{0,119}")
# Level 1 costs a third of the default's time and a tenth more bytes.
_LEVEL = 1
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
# Process numbers mean something on one machine only, and the folder may be shared by several.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_writes = itertools.count()


class Landing:
    """The landing folder of one data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "landing"

    def path(self, kind: str, batch: str, part: str) -> Path:
        """Where a part of a batch lies. Raises LandingError for a name that is not a plain word."""
        for name in (batch, part):
            if not _NAME.fullmatch(name):
                raise LandingError(f"Landing name {name!r} is not made of a-z, 0-9, '.', '_', '=', '-'.")
        if kind not in KINDS:
            raise LandingError(f"Landing kind {kind!r} is unknown; known are {', '.join(KINDS)}.")
        return self.folder / kind / batch / f"{part}.jsonl.gz"

    def has(self, kind: str, batch: str, part: str) -> bool:
        """Whether this part was landed before."""
        return self.path(kind, batch, part).exists()

    def write(self, kind: str, batch: str, part: str, records: Iterable[Record]) -> int:
        """Land `records` (all of `kind`) and give their number; an existing part is left as it is.

        An empty part is not written. After return the bytes are on disk.
        """
        final = self.path(kind, batch, part)
        count = 0
        # One growing buffer: keeping twenty thousand lines apart first takes three times as long.
        text = bytearray()
        for record in records:
            text += orjson.dumps(record, option=_OPTIONS)
            count += 1
        if not count or final.exists():
            return count
        is_new_folder = not final.parent.exists()
        make_folder(final.parent)
        _put(final, text)
        if is_new_folder:
            _sync_folder(final.parent.parent)
        return count

    def drop_parts(self, batch: str, first: str = "") -> None:
        """Remove the parts of a batch that was killed before its end, from `first` on in order of name,
        so that they can land anew."""
        for kind in KINDS:
            for part in self.path(kind, batch, "0").parent.glob("*.jsonl.gz"):
                if part.name.removesuffix(".jsonl.gz") >= first:
                    part.unlink()

    def files(self, kind: str) -> list[str]:
        """All landed files of a kind as paths relative to the landing folder, in order of name."""
        base = self.folder / kind
        return sorted(str(p.relative_to(self.folder)) for p in base.glob("*/*.jsonl.gz"))

    def whole_batches(self) -> set[str]:
        """The batches that their writers have finished: those with a coverage file."""
        return {p.parent.name for p in (self.folder / "coverage").glob("*/*.jsonl.gz")}

    def read(self, kind: str, batch: str, part: str) -> Iterator[dict[str, object]]:
        """The records of one part as plain dictionaries; for tests and repairs.

        Raises LandingError, which names file and line but never what stands there.
        """
        path = self.path(kind, batch, part)
        number = 0
        try:
            with gzip.open(path, "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    record = orjson.loads(line)
                    if not isinstance(record, dict):
                        raise LandingError(_damaged(path, number, "not an object"))
                    yield record
        except orjson.JSONDecodeError:
            # The decoder's own words, and its chained error, hold the line: a person's text.
            raise LandingError(_damaged(path, number, "not JSON")) from None
        except (OSError, EOFError, zlib.error) as error:
            raise LandingError(_damaged(path, number + 1, str(error))) from error

    def rows(self, file: str) -> Iterator[dict[str, object]]:
        """The records of one of `files`, as `read` gives them."""
        kind, batch, part = file.split("/")
        return self.read(kind, batch, part.removesuffix(".jsonl.gz"))

    def rewrite(self, file: str, keep: Callable[[dict[str, object]], bool]) -> int:
        """Replace one of `files` by itself without the rows that `keep` refuses; how many are gone.

        The one change that a landed file may see: an erasure. Its name stays, also when no row is left, so
        that the ledger of loaded files stays true. A kill leaves the old file or the new one.
        Raises LandingError when the file is damaged.
        """
        lines = bytearray()
        gone = 0
        for row in self.rows(file):
            if keep(row):
                lines += orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
            else:
                gone += 1
        if gone:
            kind, batch, part = file.split("/")
            _put(self.path(kind, batch, part.removesuffix(".jsonl.gz")), lines)
        return gone

    def sweep(self) -> int:
        """Remove temporary files that killed writers left behind; their number."""
        left = [p for p in self.folder.glob("*/*/.*.tmp") if not _alive(p)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


def _put(final: Path, text: bytes | bytearray) -> None:
    """Write a whole file under its name or not at all; after return it is on disk."""
    temporary = final.with_name(f".{final.name}.{_HOST}.{os.getpid()}-{next(_writes)}.tmp")
    with open_new(temporary) as raw:
        # mtime=0 and no file name: the same records give the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=_LEVEL, mtime=0) as out:
            out.write(text)
        raw.flush()
        os.fsync(raw.fileno())
    temporary.rename(final)
    _sync_folder(final.parent)


def _damaged(path: Path, line: int, why: str) -> str:
    return (
        f"Landing file {path.parent.parent.name}/{path.parent.name}/{path.name} is damaged in line {line} "
        f"({why}). Remedy: move it away and collect or import again."
    )


def _alive(temporary: Path) -> bool:
    """Whether the writer of a temporary file may still run: it does, or it is another machine's."""
    host, writer = temporary.name.split(".")[-3:-1]
    if host != _HOST:
        return True
    pid = int(writer.split("-")[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
