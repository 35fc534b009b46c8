"""From a file's bytes to its text: gzip and ZIP by their first bytes, encoding by evidence, damage flagged.

Bytes that do not fit the encoding become characters U+DC00..U+DCFF, so that the row they stand in can be
put aside while the others go in. No line is held that is longer than a record may be.
"""

from __future__ import annotations

import codecs
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.console import counted
from flows.errors import InputError
from flows.sources.dumps.problems import LONGEST_RECORD
from flows.sources.dumps.reading.encodings import by_mark_or_zeros, reading_of

SAMPLE = 65_536
CUT_SHORT = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError)
# A gzip in a ZIP, a tar in a gzip.
_MOST_LAYERS = 3
TOO_LONG = "\0a line longer than a record\n"
"""Stands, by identity, for a line that was passed over."""
# How far into a file letters are looked for that are no ASCII, and how many of them are enough.
_LOOKED_THROUGH, _EVIDENCE = 8 << 20, 1 << 16
_BUFFER = 1 << 18
_MARK = "hoshiyomi.mark"
_FOREIGN = {
    b"PAR1": ("a Parquet file", "write it as CSV or JSON lines"),
    b"%PDF": ("a PDF document", "export the reviews as CSV"),
    b"SQLite format 3": ("an SQLite database", "export the table as CSV"),
    b"BZh": ("compressed with bzip2", "unpack it, or compress it with gzip"),
    b"\xfd7zXZ": ("compressed with xz", "unpack it, or compress it with gzip"),
    b"(\xb5/\xfd": ("compressed with zstd", "unpack it, or compress it with gzip"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "unpack it, or compress it with gzip"),
    b"Rar!": ("a RAR archive", "unpack it, or compress it with gzip"),
    b"\x89PNG": ("a picture", "export the reviews as CSV"),
}
_DATA = tuple(
    f".{kind}{packed}"
    for kind in ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "xml")
    for packed in ("", ".gz")
)
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

_raw: dict[Path, Any] = {}
"""The files whose text is being read, as they lie on the disk."""
_open: list[set[str]] = []
"""The damage of the streams being read: a codec's error handler is not told which one it serves."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    for damage in _open:
        damage.add("undecodable")
    return "".join(chr(0xDC00 + b) for b in error.object[error.start : error.end]), error.end


codecs.register_error(_MARK, _mark)


class _Watched(io.RawIOBase):
    """Passes bytes on and notes in `damage` when a NUL is among them."""

    def __init__(self, source: Any, damage: set[str]) -> None:
        self.source = source
        self.damage = damage

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        # One piece only: a damaged file's error must not take the piece before it along.
        data = self.source.read1(len(view))
        if b"\0" in data:
            self.damage.add("nul")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.source.close()
        super().close()


@dataclass(frozen=True, slots=True)
class TextStream:
    """The text of a file, read ahead of the rows by a buffer.

    `damage` is empty as long as neither NULs nor undecodable bytes were met; once it is not, every row
    must be looked at. In UTF-16 every other byte is NUL, so there the rows are looked at always.
    """

    lines: io.TextIOWrapper
    damage: set[str]
    path: Path

    def close(self) -> None:
        _open[:] = [d for d in _open if d is not self.damage]
        _raw.pop(self.path, None)
        self.lines.close()


def open_text(path: Path, encoding: str) -> TextStream:
    """Open a file as text; only "\\n" ends a line, unless the file knows no other end than "\\r"."""
    only_returns = _has_only_returns(sample_of(path), encoding)
    damage: set[str] = set()
    _open.append(damage)
    lines = io.TextIOWrapper(
        io.BufferedReader(_Watched(_open_bytes(path, is_followed=True), damage), _BUFFER),
        encoding=encoding,
        errors=_MARK,
        newline="\r" if only_returns else "\n",
    )
    lines._CHUNK_SIZE = _BUFFER  # type: ignore[attr-defined]
    return TextStream(lines, damage, path)


def bytes_read(path: Path) -> int | None:
    """How far a file is read whose text is open, in bytes as it lies on the disk; None where unknown."""
    raw = _raw.get(path)
    return None if raw is None or raw.closed else int(raw.tell())


def bounded_lines(stream: io.TextIOBase, longest: int = LONGEST_RECORD) -> Iterator[str]:
    """The lines of a text; for one of more than `longest` characters TOO_LONG, never holding it whole."""
    read = stream.readline
    while line := read(longest):
        if len(line) < longest or line.endswith(("\n", "\r")):
            yield line
            continue
        while (line := read(longest)) and not line.endswith(("\n", "\r")):
            pass
        yield TOO_LONG


def sample_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked. Raises InputError for what is no text at all."""
    with path.open("rb") as file:
        start = file.read(16)
    for magic, (what, remedy) in _FOREIGN.items():
        if start.startswith(magic):
            raise InputError(f"{path.name}: this is {what}. Remedy: {remedy}.")
    with _open_bytes(path) as source:
        try:
            return bytes(source.read(SAMPLE))
        except CUT_SHORT:
            return _what_there_is(path)
        except (RuntimeError, NotImplementedError) as error:
            raise _not_unpacked(path, error) from None


def _what_there_is(path: Path) -> bytes:
    """The readable start of a damaged gzip file."""
    unpack = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        try:
            found = unpack.decompress(file.read(SAMPLE), SAMPLE)
        except zlib.error:
            found = b""
    if not found:
        raise InputError(f"{path.name}: the gzip file is damaged. Remedy: fetch it again.")
    return found


def _open_bytes(path: Path, *, is_followed: bool = False) -> Any:
    """The bytes of a file without what they are packed in. Raises InputError for several files in one.

    With `is_followed` `bytes_read` tells how far it was read.
    """
    source: Any = path.open("rb")
    if is_followed:
        _raw[path] = source
    for layer in range(_MOST_LAYERS):
        start = _peeked(source)
        if start[:2] == b"\x1f\x8b":
            source = gzip.GzipFile(fileobj=source, mode="rb")
        elif start[:4] == ZIP and not layer:
            with source:
                source = _only_member(path)
        elif start[257:262] == b"ustar":
            source = _only_of_tar(path, source)
        else:
            break
    return source


def _peeked(source: Any) -> bytes:
    """The first bytes, which stay to be read; none where they cannot be unpacked, which reading them will
    tell."""
    try:
        return bytes(source.peek(512)[:512])
    except (*CUT_SHORT, OSError, RuntimeError, NotImplementedError):
        return b""


def _only_of_tar(path: Path, source: Any) -> Any:
    """The one file of data in a tar archive, which is read as it comes."""
    try:
        archive = tarfile.open(fileobj=source, mode="r|")  # noqa: SIM115 - it is read by whoever called
        for member in archive:
            name = Path(member.name).name
            if member.isfile() and not name.startswith(".") and name.lower().endswith(_DATA):
                found = archive.extractfile(member)
                if found is not None:
                    return _Lonely(found, archive, path.name)
    except (tarfile.TarError, *CUT_SHORT):
        raise _damaged_tar(path.name) from None
    raise InputError(
        f"{path.name}: a tar archive without CSV, JSON or XML. Remedy: unpack it and import the files."
    )


def _damaged_tar(file: str) -> InputError:
    return InputError(f"{file}: the tar archive is damaged. Remedy: fetch it again.")


class _Lonely(io.BufferedReader):
    """A file of a tar archive, behind which no other may come: it would be lost."""

    def __init__(self, found: Any, archive: Any, file: str) -> None:
        # By blocks of the archive: where it was cut, what stood before the cut block is not lost with it.
        super().__init__(found.raw, tarfile.BLOCKSIZE)
        # `found` would close what it reads from when nobody has it any more.
        self._found, self._archive, self._file = found, archive, file

    def read1(self, size: int = -1, /) -> bytes:
        """As of any file; at its end the archive must be at its end, too."""
        data = super().read1(tarfile.BLOCKSIZE if size else 0)
        if not data and size:
            while (member := self._archive.next()) is not None:
                if member.isfile() and not Path(member.name).name.startswith("."):
                    raise InputError(
                        f"{self._file}: a tar archive of several files. Remedy: unpack it and import the "
                        f"files."
                    )
            # An unreadable head ends the list of files like the archive's end; only behind that are zeros.
            while rest := self._archive.fileobj.read(1 << 16):
                if rest.strip(b"\0"):
                    raise _damaged_tar(self._file)
        return data


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of a ZIP archive that may hold data. Raises InputError for a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                m
                for m in archive.infolist()
                if not m.is_dir()
                and not m.filename.startswith("__MACOSX/")
                and not Path(m.filename).name.startswith(".")
            ]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"{path.name}: the ZIP archive is damaged. Remedy: fetch it again.") from error


def _only_member(path: Path) -> Any:
    found = members(path)
    data = [m for m in found if m.filename.lower().endswith(_DATA)]
    if len(found) == 1 and "." not in Path(found[0].filename).name:
        data = found
    if len(data) != 1:
        raise InputError(
            f"{path.name}: a ZIP archive with {counted(len(found), 'file')}, {len(data)} of them CSV, "
            "JSON or XML. Remedy: unpack it and import the files."
        )
    try:
        return zipfile.ZipFile(path).open(data[0])
    except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise _not_unpacked(path, error) from None


def _not_unpacked(path: Path, error: Exception) -> InputError:
    return InputError(f"{path.name}: the ZIP archive cannot be unpacked ({error}). Remedy: unpack it.")


def encoding_of(path: Path, sample: bytes, wanted: str | None) -> str:
    """The file's encoding: as named, by its byte order mark, by its zeros, by what its letters would be.

    Raises InputError for an unknown name, and where two encodings read the file as well as each other.
    """
    if wanted:
        try:
            "".encode(wanted)
            return codecs.lookup(wanted).name
        except LookupError:
            raise InputError(
                f"--encoding {wanted!r} is unknown. Remedy: a name such as utf-8, cp932, utf-16, cp1252."
            ) from None
    told = by_mark_or_zeros(sample)
    if told is not None:
        return told
    found = reading_of(_evidence(path, sample))
    if found.encoding is None and found.doubtful:
        doubt = InputError(
            f"{path.name}: the bytes are not UTF-8 ({found.bad_lines} of {found.lines} lines looked at), and "
            f"{' or '.join(found.doubtful)} may be meant. Remedy: --encoding "
            f"{'|'.join(found.doubtful)}, looking at the result with --dry-run, or save the file as UTF-8."
        )
        # "cp1251|cp1253|cp1256" has as many digits as a My Number.
        doubt.own = found.doubtful
        raise doubt
    return found.encoding or "utf-8"


def _evidence(path: Path, sample: bytes) -> list[bytes]:
    """Lines of the file's start and, where that is all ASCII, of behind it."""
    lines = sample.split(b"\n")[:-1] or [sample]
    if any(not line.isascii() for line in lines):
        return lines
    found: list[bytes] = []
    size = read = 0
    with _open_bytes(path) as source:
        try:
            while read < _LOOKED_THROUGH and size < _EVIDENCE and (block := source.read(1 << 20)):
                read += len(block)
                if not block.isascii():
                    more = [line[:1000] for line in block.split(b"\n")[1:-1] if not line.isascii()]
                    found += more
                    size += sum(map(len, more))
        except CUT_SHORT:
            pass
    return lines + found


def _has_only_returns(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, errors="ignore")
    return "\n" not in text and "\r" in text
