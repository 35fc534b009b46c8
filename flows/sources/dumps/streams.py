"""From a file's bytes to its text: gzip by its magic bytes, encoding by mark or by trial, damage flagged.

Bytes that do not fit the encoding become characters U+DC00..U+DCFF, so that the row they stand in can be
put aside while the others go in.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import InputError

SAMPLE = 65_536
CUT_SHORT = (EOFError, zlib.error, gzip.BadGzipFile)
_BUFFER = 1 << 18
_MARK = "hoshiyomi.mark"
_FOREIGN = {
    b"PK\x03\x04": ("a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV (UTF-8)"),
    b"PAR1": ("a Parquet file", "write it as CSV or JSON lines"),
    b"%PDF": ("a PDF document", "export the reviews as CSV"),
    b"SQLite format 3": ("an SQLite database", "export the table as CSV"),
    b"BZh": ("compressed with bzip2", "unpack it, or compress it with gzip"),
    b"\xfd7zXZ": ("compressed with xz", "unpack it, or compress it with gzip"),
    b"(\xb5/\xfd": ("compressed with zstd", "unpack it, or compress it with gzip"),
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


_open: list[list[str]] = []
"""The damage lists of the streams being read: a codec's error handler is not told which one it serves."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    for damage in _open:
        damage.append("undecodable")
    return "".join(chr(0xDC00 + b) for b in error.object[error.start : error.end]), error.end


codecs.register_error(_MARK, _mark)


class _Watched(io.RawIOBase):
    """Passes bytes on and notes in `damage` when a NUL is among them."""

    def __init__(self, source: io.BufferedIOBase | gzip.GzipFile, damage: list[str]) -> None:
        self.source = source
        self.damage = damage

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        # One piece only: a damaged file's error must not take the piece before it along.
        data = self.source.read1(len(view))
        if b"\0" in data:
            self.damage.append("nul")
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
    damage: list[str]

    def close(self) -> None:
        _open[:] = [d for d in _open if d is not self.damage]
        self.lines.close()


def open_text(path: Path, encoding: str) -> TextStream:
    """Open a file as text; only "\\n" ends a line, unless the file knows no other end than "\\r"."""
    only_returns = _has_only_returns(sample_of(path), encoding)
    damage: list[str] = []
    _open.append(damage)
    lines = io.TextIOWrapper(
        io.BufferedReader(_Watched(_open_bytes(path), damage), _BUFFER),
        encoding=encoding,
        errors=_MARK,
        newline="\r" if only_returns else "\n",
    )
    return TextStream(lines, damage)


def sample_of(path: Path) -> bytes:
    """The first bytes of a file, unpacked. Raises InputError for what is no text at all."""
    with path.open("rb") as file:
        start = file.read(16)
    for magic, (what, remedy) in _FOREIGN.items():
        if start.startswith(magic):
            raise InputError(f"{path.name}: this is {what}. Remedy: {remedy}.")
    with _open_bytes(path) as source:
        try:
            return source.read(SAMPLE)
        except CUT_SHORT:
            return _what_there_is(path)


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


def _open_bytes(path: Path) -> io.BufferedIOBase | gzip.GzipFile:
    file = path.open("rb")
    if file.peek(2)[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=file, mode="rb")
    return file


def encoding_of(path: Path, sample: bytes, wanted: str | None) -> str:
    """The file's encoding: as named, by its byte order mark, by its zeros, else UTF-8.

    Raises InputError for an unknown name, and for a file that is written in another encoding as a whole.
    """
    if wanted:
        try:
            "".encode(wanted)
            return codecs.lookup(wanted).name
        except LookupError:
            raise InputError(
                f"--encoding {wanted!r} is unknown. Remedy: a name such as utf-8, cp932, utf-16, cp1252."
            ) from None
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    pairs = len(sample) // 2
    if pairs and sample[1::2].count(0) > pairs * 0.4:
        return "utf-16-le"
    if pairs and sample[0::2].count(0) > pairs * 0.4:
        return "utf-16-be"
    _refuse_foreign_encoding(path, sample)
    return "utf-8"


def _refuse_foreign_encoding(path: Path, sample: bytes) -> None:
    lines = sample.split(b"\n")[:-1] or [sample]
    marked = [line for line in lines if not line.isascii()]
    bad = [line for line in marked if not _decodes(line, "utf-8")]
    # A few bad rows are put aside one by one; a file full of them was saved in another encoding.
    if len(bad) < 3 or len(bad) * 2 < len(marked) or len(bad) * 10 < len(lines):
        return
    text = b"\n".join(lines)
    guess = next((e for e in ("cp932", "euc_jp") if _decodes(text, e) and _has_kana(text, e)), "cp1252")
    raise InputError(
        f"{path.name}: the bytes are not UTF-8 ({len(bad)} of the first {len(lines)} lines); they read as "
        f"{guess}. Remedy: --encoding {guess}, or save the file as UTF-8."
    )


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _has_kana(text: bytes, encoding: str) -> bool:
    return any("\u3041" <= c <= "\u30fa" for c in text.decode(encoding))


def _has_only_returns(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, errors="ignore")
    return "\n" not in text and "\r" in text
