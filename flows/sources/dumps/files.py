"""Dumps of reviews and displayed scores: recognise a file, read it in parts, put bad rows aside.

A file is read in a stream; a part is at most 20,000 rows or 32 million characters, so memory stays low
whatever the file's size. What is wrong with one row never stops the next.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.errors import InputError
from flows.redaction.gate import shown
from flows.sources.dumps import feeds, values
from flows.sources.dumps.csv_rows import csv_rows
from flows.sources.dumps.formats import Layout, lay_out
from flows.sources.dumps.json_rows import JsonShape, json_elements, json_rows, shape_of
from flows.sources.dumps.names import csv_header, json_names
from flows.sources.dumps.problems import BadRow
from flows.sources.dumps.ratings import RatingBuilder
from flows.sources.dumps.reviews import ReviewBuilder
from flows.sources.dumps.rows import Problem, Row
from flows.sources.dumps.streams import TextStream, encoding_of, open_text, sample_of
from warehouse.records import STORES, RatingSnapshot, RejectedRow, Release, Review

_ROWS_A_PART = 20_000
_CHARACTERS_A_PART = 32 << 20
# Counts into the digest: a reader that reads differently imports a known file anew.
_READER = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says of a file; None where the file must say it itself."""

    format: str | None = None
    store: str | None = None
    store_app_id: str | None = None
    language: str | None = None
    country: str | None = None
    zone: tzinfo = UTC
    """In which times without a zone are read."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Field to column, for other column names."""
    seen_at: datetime | None = None
    """When the dump was made; else the file's time, which a copy may change."""
    encoding: str | None = None


@dataclass(slots=True)
class Part:
    """Some rows of a dump as records, already through the gate."""

    reviews: list[Review] = field(default_factory=list)
    snapshots: list[RatingSnapshot] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)

    def rows(self) -> int:
        return len(self.reviews) + len(self.snapshots) + len(self.rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A recognised file."""

    path: Path
    format: str
    content: str
    """SHA-256 of the bytes."""
    digest: str
    """SHA-256 of the bytes and of what the options say of them; not of the file's name or time."""
    store: str
    store_app_id: str | None
    _read: Callable[[Dump, timedelta], Iterator[Part]]

    @property
    def source(self) -> str:
        """What the records name as their source."""
        return f"file:{self.format}"

    def batches(self, later: timedelta = timedelta(0)) -> Iterator[Part]:
        """The file's parts, in order; the same file and options give the same parts.

        `later` is added to the file's time, so that another reading of a file wins over an earlier one.
        """
        return self._read(self, later)

    def rejected(self, number: int, bad: BadRow, excerpt: str | None) -> RejectedRow:
        """The record of a row put aside; its batch is named by the importer."""
        return RejectedRow(
            batch="", source=self.source, file=shown(self.path.name), row_number=number, field=bad.field,
            reason=bad.reason, remedy=bad.remedy, excerpt=excerpt,
        )  # fmt: skip


def open_dump(path: Path, options: Options) -> Dump:
    """Recognise a file. Raises InputError naming the file, what was seen in it and the remedy."""
    _check_options(options)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read. Remedy: give yourself the right to read it.")
    sample = sample_of(path)
    if not sample.strip(b"\0 \t\r\n"):
        raise InputError(f"{path.name}: the file is empty. Remedy: make the dump again.")
    encoding = encoding_of(path, sample, options.encoding)
    text = sample.decode(encoding, errors="replace")
    shape = shape_of(text)
    names, delimiter = (
        csv_header(path, encoding) if shape is None else (json_names(path, encoding, shape), "")
    )
    layout = lay_out(path.name, names, options.format, options.mapping)
    store = _store(path, layout, options)

    def read(dump: Dump, later: timedelta) -> Iterator[Part]:
        given = _given(dump, options, later)
        with closing(open_text(path, encoding)) as stream:
            if layout.format.kind == "feed":
                yield from _feed_parts(dump, stream, shape or "lines", given)
            else:
                rows = (
                    csv_rows(stream, layout, names, delimiter)
                    if shape is None
                    else json_rows(stream, layout, shape)
                )
                yield from _parts(dump, rows, layout, given)

    content, digest = _digests(path, options)
    return Dump(
        path=path, format=layout.format.name, content=content, digest=digest, store=store,
        store_app_id=options.store_app_id, _read=read,
    )  # fmt: skip


def _check_options(options: Options) -> None:
    if options.store is not None and options.store not in STORES:
        raise InputError(f"--store {options.store!r} is unknown; known are {', '.join(STORES)}.")
    if options.language is not None and values.language(options.language) is None:
        raise InputError(f"--language {options.language!r} is no language tag such as ja.")
    if options.country is not None and values.country(options.country) is None:
        raise InputError(f"--country {options.country!r} is no country code such as jp.")


def _store(path: Path, layout: Layout, options: Options) -> str:
    store = options.store or layout.format.store
    if store is None:
        raise InputError(
            f"{path.name}: a dump with columns of its own does not say its store. "
            f"Remedy: --store {' or --store '.join(STORES)}."
        )
    needs_app = layout.format.kind != "feed" and not layout.has("app_id")
    if needs_app and options.store_app_id is None:
        raise InputError(
            f"{path.name}: read as {layout.format.name}; no column says which app the rows are about. "
            "Remedy: --app ID, the app's id in the store, or --map app_id=COLUMN."
        )
    return store


def _digests(path: Path, options: Options) -> tuple[str, str]:
    """Of the bytes alone, and of bytes and options."""
    said = {
        "reader": _READER,
        "format": options.format,
        "store": options.store,
        "store_app_id": options.store_app_id,
        "language": options.language,
        "country": options.country,
        "zone": str(options.zone),
        "mapping": sorted(options.mapping.items()),
        "seen_at": options.seen_at.isoformat() if options.seen_at else None,
        "encoding": options.encoding,
    }
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    content = digest.hexdigest()
    digest.update(json.dumps(said, sort_keys=True).encode())
    return content, digest.hexdigest()


def _given(dump: Dump, options: Options, later: timedelta) -> dict[str, Any]:
    """What the builders are told of the whole file."""
    written = datetime.fromtimestamp(int(dump.path.stat().st_mtime), UTC) + later
    is_utc = isinstance(options.zone, ZoneInfo) and options.zone.key == "UTC"
    return {
        "source": dump.source,
        "store": dump.store,
        "store_app_id": dump.store_app_id,
        "language": values.language(options.language),
        "country": values.country(options.country),
        "zone": UTC if is_utc else options.zone,
        "seen_at": options.seen_at or written,
    }


def _parts(dump: Dump, rows: Iterable[Row], layout: Layout, given: dict[str, Any]) -> Iterator[Part]:
    if layout.format.kind == "reviews":
        reviews = ReviewBuilder(**given)
        return _cut(dump, rows, reviews, reviews.excerpt, _add_review)
    ratings = RatingBuilder(**given)
    return _cut(dump, rows, ratings, ratings.excerpt, _add_rating)


def _add_review(part: Part, made: Review) -> int:
    part.reviews.append(made)
    return len(made.text or "")


def _add_rating(part: Part, made: tuple[RatingSnapshot, Release | None]) -> int:
    snapshot, release = made
    part.snapshots.append(snapshot)
    if release is None:
        return 0
    part.releases.append(release)
    return len(release.notes or "")


def _cut(
    dump: Dump,
    rows: Iterable[Row],
    build: Callable[[Sequence[Any]], Any],
    show: Callable[[Sequence[Any]], str | None],
    add: Callable[[Part, Any], int],
) -> Iterator[Part]:
    """Build every row and cut the stream into parts; `add` gives the number of characters it added."""
    part, characters, count = Part(), 0, 0
    for number, row, problem in rows:
        count += 1
        if row is not None:
            try:
                characters += add(part, build(row))
            except BadRow as bad:
                problem = Problem(bad, show(row))
        if problem is not None:
            part.rejected.append(dump.rejected(number, problem.bad, problem.excerpt))
        if count >= _ROWS_A_PART or characters >= _CHARACTERS_A_PART:
            yield part
            part, characters, count = Part(), 0, 0
    if count:
        yield part


def _feed_parts(dump: Dump, stream: TextStream, shape: JsonShape, given: dict[str, Any]) -> Iterator[Part]:
    part = Part()
    for found in feeds.feed_reviews(
        json_elements(stream, shape), file=dump.path.name, store_app_id=given["store_app_id"],
        country=given["country"], seen_at=given["seen_at"], source=dump.source,
    ):  # fmt: skip
        if isinstance(found, Review):
            part.reviews.append(found)
        else:
            number, problem = found
            part.rejected.append(dump.rejected(number, problem.bad, problem.excerpt))
        if part.rows() >= _ROWS_A_PART:
            yield part
            part = Part()
    if part.rows():
        yield part
