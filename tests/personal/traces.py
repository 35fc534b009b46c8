"""The search for traces: every value of every file of a data folder, and its bytes."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tests.personal.reading import betrays, digits_of, plain_words
from tests.personal.texts import Personal

_MARKER = re.compile("qz[a-z]{4}")
# Shorter numbers are looked for beside their marker only: elsewhere they would be found by chance.
_TELLING = 10
_LONGEST_FORM = 400
# Long enough to hold a whole word of a file at each of eight offsets.
_WORDS = 15


@dataclass(slots=True)
class Found:
    """What a search came upon."""

    leaks: list[str] = field(default_factory=list)
    """Where something personal can be read: file, place, marker or length; never the thing itself."""
    markers: dict[str, set[str]] = field(default_factory=dict)
    """By kind of place, the markers that were met there: the search has eyes."""
    values: int = 0
    bytes: int = 0


def search(folders: Iterable[Path], secrets: Iterable[Personal]) -> Found:
    """Look at every value and every byte below `folders`."""
    found, by_marker = Found(), {s.marker: s for s in secrets}
    numbers, forms = _Numbers(by_marker.values()), _forms(by_marker.values())
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            where = str(path.relative_to(folder))
            _look(found, where, "name", where, by_marker, numbers)
            for kind, place, value in _values(path):
                _look(found, f"{where} {place}", kind, value, by_marker, numbers)
            _look_at_bytes(found, where, path, by_marker.values(), forms)
    return found


def _look(
    found: Found, where: str, kind: str, value: str, by_marker: Mapping[str, Personal], numbers: _Numbers
) -> None:
    found.values += 1
    markers = [m for m in _MARKER.findall(value) if m in by_marker]
    found.markers.setdefault(kind, set()).update(markers)
    for marker in markers:
        if betrays(_around(value, marker), by_marker[marker]):
            found.leaks.append(
                f"{where}: beside {marker} ({by_marker[marker].kind}, {by_marker[marker].form})"
            )
    if not markers and value not in numbers.clear and numbers.any_in(value):
        found.leaks.append(f"{where}: a number of somebody")


def _around(value: str, marker: str) -> str:
    """A long value, such as a log, holds many texts: the lines about this one."""
    if len(value) <= _LONGEST_FORM * 4:
        return value
    at = value.index(marker)
    return value[max(0, at - _LONGEST_FORM) : at + _LONGEST_FORM]


class _Numbers:
    """All long numbers and all telling words, to be found in one pass."""

    def __init__(self, secrets: Iterable[Personal]) -> None:
        self._by_length: dict[int, set[str]] = {}
        self.clear: set[str] = set()
        """Values that were looked at: most come many times."""
        words = []
        for s in secrets:
            if len(s.digits) >= _TELLING:
                self._by_length.setdefault(len(s.digits), set()).add(s.digits)
            if s.words:
                words.append(re.escape(s.words))
        self._words = re.compile("|".join(words) or r"(?!)")

    def any_in(self, value: str) -> bool:
        if self._words.search(plain_words(value)):
            return True
        digits = digits_of(value)
        is_there = any(
            digits[at : at + length] in wanted
            for length, wanted in self._by_length.items()
            for at in range(len(digits) - length + 1)
        )
        if not is_there:
            self.clear.add(value)
        return is_there


def _values(path: Path) -> Iterator[tuple[str, str, str]]:
    """(kind of place, place, value) of everything that a file holds."""
    with path.open("rb") as file:
        head = file.read(16)
    if path.name.endswith(".jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield from (("landing", f"{number} {n}", v) for n, v in _leaves(json.loads(line)))
    elif head[8:12] == b"DUCK":
        yield from _of_duckdb(path)
    elif head.startswith(b"SQLite format 3"):
        yield from _of_sqlite(path)
    else:
        text = path.read_bytes().decode("utf-8", "replace")
        kind = "quarantine" if "quarantine" in path.parts else "log" if path.suffix == ".log" else "file"
        yield from ((kind, f"line {n}", line) for n, line in enumerate(text.split("\n"), start=1) if line)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{name} key", str(key)
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def _of_duckdb(path: Path) -> Iterator[tuple[str, str, str]]:
    kind = "published" if "publish" in str(path) or "current" in path.name else "warehouse"
    with duckdb.connect(str(path), read_only=True) as con:
        columns = con.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_catalog = current_database()"
        ).fetchall()
        for schema, table, column in columns:
            place = f"{schema}.{table}.{column}"
            query = (
                f'select distinct "{column}"::varchar from "{schema}"."{table}" where "{column}" is not null'
            )
            yield from ((kind, place, value) for (value,) in con.execute(query).fetchall())


def _of_sqlite(path: Path) -> Iterator[tuple[str, str, str]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as con:
        con.text_factory = lambda raw: raw.decode("utf-8", "replace")
        tables = [row[0] for row in con.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in con.execute(f'select * from "{table}"'):
                yield from (
                    ("sqlite", table, v if isinstance(v, str) else repr(v)) for v in row if v is not None
                )


def _look_at_bytes(found: Found, where: str, path: Path, secrets: Iterable[Personal], forms: _Forms) -> None:
    """As written, in UTF-8 and in JSON's escapes: what lies in free pages and logs has no columns."""
    raw = path.read_bytes()
    raw += gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else b""
    found.bytes += len(raw)
    runs = b" ".join(set(re.findall(rb"[0-9]{10,}", raw)))
    for s in secrets:
        if len(s.digits) >= _TELLING and runs and s.digits.encode() in runs:
            found.leaks.append(f"{where}: the bytes of the digits of {s.marker}")
    for s, form in _may_hold(raw, forms):
        if form in raw:
            found.leaks.append(f"{where}: the bytes of what {s.marker} says ({s.kind}, {s.form})")


@dataclass(frozen=True, slots=True)
class _Forms:
    """All that was written, in UTF-8 and in JSON's escapes, with its first words of eight bytes."""

    long: list[tuple[Personal, bytes]]
    pieces: np.ndarray[Any, np.dtype[np.uint64]]
    """Of each long form, the words at its first eight places, one row a form."""
    short: list[tuple[Personal, bytes]]


def _forms(secrets: Iterable[Personal]) -> _Forms:
    long, short = [], []
    for s in secrets:
        for form in {s.written.encode(), json.dumps(s.written)[1:-1].encode()}:
            if len(form) >= _TELLING:
                (long if len(form) >= _WORDS else short).append((s, form))
    joined = b"".join(form[n : n + 8] for _, form in long for n in range(8))
    return _Forms(long, np.frombuffer(joined, dtype="<u8").reshape(-1, 8), short)


def _may_hold(raw: bytes, forms: _Forms) -> Iterator[tuple[Personal, bytes]]:
    """What may be in a file: wherever it lay, one of the file's words of eight bytes would be in the form."""
    yield from forms.short
    words = np.unique(np.frombuffer(raw, dtype="<u8", count=len(raw) // 8))
    if not len(words):
        yield from forms.long
        return
    at = np.minimum(np.searchsorted(words, forms.pieces), len(words) - 1)
    for n in np.flatnonzero((words[at] == forms.pieces).any(axis=1)):
        yield forms.long[n]
