"""Landing files: what came in, one record a line, before any database is asked; immutable but for erasures.

`landing/<kind>/<batch>/<part>.jsonl.gz`, written under a temporary name, synced and renamed, so that
a file that is there is whole. A batch's name is chosen by its writer and says what it is, so that
writing it again after a kill changes nothing. Its coverage is landed last: a batch without coverage
is one whose writer has not finished. Coverage also lists the batch's files with their rows and checksums
(`warehouse.manifest`). Fetching needs no database and takes no lock.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from warehouse import manifest
from warehouse.errors import LandingError
from warehouse.locks import changing, locked
from warehouse.manifest import COMPACT, Manifest, Part, generation, remedy
from warehouse.private import digest, make_folder, sweep, sync, write_atomically
from warehouse.records import KINDS, Coverage, Record

R = TypeVar("R", bound=Record)
_NAME = re.compile(r"[a-z0-9][a-z0-9._=-]{0,119}")
# Level 1 costs a third of the default's time and a tenth more bytes.
_LEVEL = 1
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_SUFFIX = ".jsonl.gz"
_LOCK = ".landing.lock"
_COVERAGE_FIRST = (Coverage.KIND, *(k for k in KINDS if k != Coverage.KIND))
# Process numbers mean something on one machine only, and the folder may be shared by several.


class Landing:
    """The landing folder of one data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "landing"
        self._data = data
        self._lock = data / _LOCK
        self._counted: dict[Path, int] = {}
        """Rows of the files that we landed and whose batch has no coverage yet."""

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
        text, count = lines_of(records)
        if not count or final.exists():
            return count
        if kind == Coverage.KIND:
            text = _with(text, {manifest.PARTS: manifest.written(self._parts(batch))})
        return self._land(final, text, count)

    def write_lines(self, kind: str, batch: str, part: str, lines: bytes | bytearray, count: int) -> int:
        """Land lines that are those of records already; otherwise as `write`."""
        final = self.path(kind, batch, part)
        return count if final.exists() else self._land(final, lines, count)

    def _land(self, final: Path, text: bytes | bytearray, count: int) -> int:
        is_new_folder = not final.parent.exists()
        make_folder(final.parent)
        write_atomically(final, packed(text))
        self._counted[final] = count
        if is_new_folder:
            sync(final.parent.parent)
        return count

    def _parts(self, batch: str) -> Iterator[Part]:
        """The files of a batch but its coverage, as they lie there."""
        for kind, part in self.parts(batch):
            if kind != Coverage.KIND:
                rows = self._counted.pop(self.path(kind, batch, part), None)
                if rows is None:
                    rows = self.count(kind, batch, part)
                yield from self.described(batch, {(kind, part): rows})

    def described(self, batch: str, rows: Mapping[tuple[str, str], int]) -> Iterator[Part]:
        """Files of a batch, by kind and part, with their rows and checksums."""
        for (kind, part), count in rows.items():
            yield Part(kind, part, count, (digest(self.path(kind, batch, part)),))

    def count(self, kind: str, batch: str, part: str) -> int:
        """How many rows a part has. Raises LandingError where its bytes are damaged."""
        path = self.path(kind, batch, part)
        rows = 0
        _refuse_empty(path)
        try:
            with gzip.open(path, "rb") as file:
                while block := file.read(1 << 20):
                    rows += block.count(b"\n")
        except (OSError, EOFError, zlib.error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise _damaged(path, f"behind line {rows} ({why})") from error
        return rows

    def parts(self, batch: str) -> list[tuple[str, str]]:
        """(kind, part) of every file of a batch, its coverage first."""
        found = []
        for kind in _COVERAGE_FIRST:
            # Not by pathlib, which takes five times as long for the thousands of batches of an intake.
            try:
                names = os.listdir(f"{self.folder}/{kind}/{batch}")  # noqa: PTH208
            except FileNotFoundError:
                continue
            found += [
                (kind, name.removesuffix(_SUFFIX))
                for name in sorted(names)
                if name.endswith(_SUFFIX) and not name.startswith(".")
            ]
        return found

    def manifest(self, batch: str) -> Manifest:
        """What the coverage of a batch says of it. Raises LandingError when that is damaged."""
        return manifest.read(self.coverage(batch))

    def coverage(self, batch: str) -> Iterator[dict[str, Any]]:
        """The lines of a batch's coverage; of one that was mended, the new ones."""
        parts = [part for kind, part in self.parts(batch) if kind == Coverage.KIND]
        newest = max(map(generation, parts), default=1)
        for part in parts:
            if generation(part) == newest:
                yield from self.read(Coverage.KIND, batch, part)

    def drop_batch(self, batch: str) -> None:
        """Remove a batch that is not to count any more, its coverage first."""
        if not self.folder.is_dir():
            return
        with changing(self._data):
            for kind, part in self.parts(batch):
                self.path(kind, batch, part).unlink(missing_ok=True)
            for kind in KINDS:
                folder = self.path(kind, batch, "0").parent
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    @contextmanager
    def steady(self, *, alone: bool = False) -> Iterator[None]:
        """Hold the landing folder as it is while many of its files are read: no file is merged meanwhile.

        With `alone` nobody else reads so. The lock dies with its process. Writers need none: a new batch
        disturbs nobody.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            # In a folder that we may only read, whoever may write in it is not kept waiting by us.
            with suppress(PermissionError):
                held.enter_context(locked(self._lock, shared=not alone))
            yield

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

    def is_finished(self, batch: str) -> bool:
        """Whether this batch has coverage."""
        return any(kind == Coverage.KIND for kind, _ in self.parts(batch))

    def whole_batches(self) -> set[str]:
        """The batches that count: those with a coverage file, and not replaced by a merged one."""
        whole = {p.parent.name for p in (self.folder / "coverage").glob("*/*.jsonl.gz")}
        return whole - self.replaced(whole)

    def replaced(self, whole: Iterable[str]) -> set[str]:
        """The batches for which a finished merged batch among `whole` stands."""
        merged = (b for b in whole if b.startswith(COMPACT))
        return {name for batch in merged for name in self._replaces(batch)}

    def _replaces(self, batch: str) -> list[str]:
        try:
            first = next(self.coverage(batch), None)
        except LandingError:
            # Loading tells it, with the remedy (`warehouse.soundness`); what it stood for, if it is still
            # there, counts meanwhile, and loading the same twice changes nothing.
            return []
        return list(first.get(manifest.REPLACES, ())) if first else []

    def read(self, kind: str, batch: str, part: str) -> Iterator[dict[str, object]]:
        """The records of one part as plain dictionaries; for tests and repairs.

        Raises LandingError, which names file and line but never what stands there.
        """
        path = self.path(kind, batch, part)
        number = 0
        _refuse_empty(path)
        try:
            with gzip.open(path, "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    record = orjson.loads(line)
                    if not isinstance(record, dict):
                        raise _damaged(path, f"in line {number} (not an object)")
                    yield record
        except orjson.JSONDecodeError:
            # The decoder's own words, and its chained error, hold the line: a person's text.
            raise _damaged(path, f"in line {number} (not JSON)") from None
        except (OSError, EOFError, zlib.error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise _damaged(path, f"in line {number + 1} ({why})") from error

    def lines(self, kind: str, batch: str, part: str) -> bytes:
        """The bytes of one part, a record a line. Raises LandingError when it is damaged."""
        path = self.path(kind, batch, part)
        try:
            return gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(path, "and cannot be unpacked") from error

    def rows(self, file: str) -> Iterator[dict[str, object]]:
        """The records of one of `files`, as `read` gives them."""
        kind, batch, part = file.split("/")
        return self.read(kind, batch, part.removesuffix(".jsonl.gz"))

    def records(self, path: str, kind: type[R]) -> Iterator[R]:
        """The rows of one file as records of their kind. Raises LandingError when it is damaged.

        A field that a newer version wrote is left out.
        """
        for row in self.rows(path):
            given: dict[str, Any] = {f.name: row[f.name] for f in fields(kind) if f.name in row}
            for f in fields(kind):
                if "datetime" in str(f.type) and isinstance(given.get(f.name), str):
                    given[f.name] = datetime.fromisoformat(str(given[f.name]))
            yield kind(**given)

    def whole_records(self, kind: type[R]) -> list[R]:
        """All records of a kind whose batches are finished, in order of file. Raises LandingError."""
        with self.steady():
            whole = self.whole_batches()
            paths = [path for path in self.files(kind.KIND) if path.split("/")[1] in whole]
            return [record for path in paths for record in self.records(path, kind)]

    def rewrite(self, file: str, keep: Callable[[dict[str, object]], bool]) -> int:
        """Replace one of `files` by itself without the rows that `keep` refuses; how many are gone.

        The one change that a landed file may see: an erasure. Its name stays, also when no row is left, so
        that the ledger of loaded files stays true. A kill leaves the old file or the new one; the batch's
        coverage knows the checksum of both from before the change until after it.
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
            kind, batch, name = file.split("/")
            part = name.removesuffix(_SUFFIX)
            path = self.path(kind, batch, part)
            will_be = hashlib.sha256(packed(lines)).hexdigest()
            with changing(self._data):
                self._note_digests(kind, batch, part, (digest(path), will_be))
                write_atomically(path, packed(lines))
                self._note_digests(kind, batch, part, (digest(path),))
        return gone

    def _note_digests(self, kind: str, batch: str, part: str, digests: tuple[str, ...]) -> None:
        """Change the checksums of one part in its batch's coverage, where that lists it."""
        for path in sorted(self.path(Coverage.KIND, batch, "0").parent.glob(f"*{_SUFFIX}")):
            lines = list(self.read(Coverage.KIND, batch, path.name.removesuffix(_SUFFIX)))
            listed: list[Any] = [
                p for line in lines for p in line.get(manifest.PARTS, ())  # type: ignore[attr-defined]
                if (p["kind"], p["part"]) == (kind, part)
            ]  # fmt: skip
            for entry in listed:
                entry["sha256"] = list(digests)
            if listed:
                text = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
                write_atomically(path, packed(text))

    def sweep(self) -> int:
        """Remove temporary files that killed writers left behind; their number."""
        return sweep(self.folder.glob("*/*/.*.tmp"))


def lines_of(records: Iterable[Record]) -> tuple[bytearray, int]:
    """Records as the lines of a landing file, and their number."""
    count = 0
    # One growing buffer: keeping twenty thousand lines apart first takes three times as long.
    text = bytearray()
    for record in records:
        text += orjson.dumps(record, option=_OPTIONS)
        count += 1
    return text, count


def _with(lines: bytearray, more: Mapping[str, object]) -> bytearray:
    """Lines of coverage whose first one says something of the batch, too."""
    first, rest = bytes(lines).split(b"\n", 1)
    return bytearray(orjson.dumps(orjson.loads(first) | more) + b"\n" + rest)


def packed(text: bytes | bytearray) -> bytes:
    """The bytes of a part; mtime=0 and no file name: the same records give the same bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=_LEVEL, mtime=0) as packing:
        packing.write(text)
    return out.getvalue()


def unpacked(content: bytes) -> bytes:
    """The lines of a part from its bytes. Raises LandingError where they are damaged."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise LandingError("A landing file is damaged and cannot be unpacked.") from error


def _refuse_empty(path: Path) -> None:
    """Without a byte a file is damaged: one without rows is longer, and unpacking would not tell."""
    if path.exists() and not path.stat().st_size:
        raise _damaged(path, "in line 1 (no byte is left)")


def _damaged(path: Path, how: str) -> LandingError:
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    return LandingError(
        f"Landing file {name} is damaged {how}. Remedy: {remedy(path.parent.name)}", own=[name]
    )
