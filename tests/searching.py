"""Looking for words in every byte of a data folder, however they are packed.

DuckDB packs strings on disk (dictionary, FSST), so the bytes of its files may hide a text that a query would
show: each of its files is searched raw and, opened, row by row. Files of gzip are searched unpacked.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import duckdb

_DUCKDB = b"DUCK"


def found(data: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """(file, word) for every word that is anywhere in the folder, in any form."""
    wanted = list(words)
    places = []
    for path in sorted(p for p in data.rglob("*") if p.is_file() and not p.is_symlink()):
        for content in _contents(path):
            hit = [w for w in wanted if any(form in content for form in _forms(w))]
            places += [(str(path.relative_to(data)), w) for w in hit]
    return sorted(set(places))


def _forms(word: str) -> set[bytes]:
    """How a text may lie in a file: UTF-8, UTF-16, or with its characters escaped as JSON does."""
    return {word.encode(), word.encode("utf-16-le"), word.encode("ascii", "backslashreplace")}


def _contents(path: Path) -> Iterable[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if raw[8:12] == _DUCKDB:
        yield from _rows(path)


def _rows(path: Path) -> Iterable[bytes]:
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            rows = con.execute(f'select t::varchar from "{schema}"."{table}" t').fetchall()
            yield "\n".join(row for (row,) in rows).encode()
