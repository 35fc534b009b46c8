"""Dumps of reviews and displayed scores: recognise a file, read it in parts, put bad rows aside.

A file is read in a stream; a part is at most 20,000 rows or 32 million characters, so memory stays low
whatever the file's size. What is wrong with one row never stops the next.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.errors import InputError
from flows.redaction.gate import shown
from flows.sources.dumps import places, values
from flows.sources.dumps.dates import OPENED, ORDERS, Dates, DayOrder, day_order
from flows.sources.dumps.formats import APP_STORE_FEED, GENERIC, REVIEW_FIELDS, plain_name
from flows.sources.dumps.layout import Layout, lay_out, recognised
from flows.sources.dumps.problems import MOST_SHOWN, BadRow, Problem, Row
from flows.sources.dumps.ratings import DailyBuilder, RatingBuilder
from flows.sources.dumps.reading.csv_rows import Header, csv_rows, find_header, first_values, table_rows
from flows.sources.dumps.reading.feed_xml import feed_records, is_feed
from flows.sources.dumps.reading.json_rows import json_records, names_of, rows_of, shape_of
from flows.sources.dumps.reading.shapes import value_at
from flows.sources.dumps.reading.sheets import is_workbook, sheet_rows
from flows.sources.dumps.reading.streams import CUT_SHORT, SAMPLE, encoding_of, open_text, sample_of
from flows.sources.dumps.reviews import ReviewBuilder
from warehouse.records import STORES, DailyRating, RatingSnapshot, RejectedRow, Release, Review

_ROWS_A_PART = 20_000
_CHARACTERS_A_PART = 32 << 20
_SAMPLED = 300
_NAMED_IDS = 5
# Counts into the digest: a reader that reads differently imports a known file anew.
_READER = "4"
_TEXT, _ID = REVIEW_FIELDS.index("text"), REVIEW_FIELDS.index("review_id")


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
    dates: DayOrder | None = None
    """How numbers like 3/12/2023 are meant, where the file does not tell."""
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
    days: list[DailyRating] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    """What was left out or made up without losing a row, by what happened (`docs/import.md`)."""

    def rows(self) -> int:
        return len(self.reviews) + len(self.snapshots) + len(self.days) + len(self.rejected)


Numbered = tuple[int, tuple[Any, ...] | None, Problem | None, int]
"""A row with how often the file had the same values up to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMaker:
    """Makes records of rows. It holds nothing but values, so that another process can do it."""

    build: Any
    kind: str
    source: str
    file: str

    def __call__(self, rows: Sequence[Numbered]) -> Part:
        """The records of some rows; what is wrong with one of them never stops the next."""
        part = Part()
        build = self.build
        is_review = self.kind == "reviews"
        aside: Counter[str] = Counter()
        for number, row, problem, occurrence in rows:
            if row is not None:
                try:
                    if is_review:
                        part.reviews.append(build(row, occurrence))
                    else:
                        self._add(part, build(row))
                except BadRow as bad:
                    # One that was not raised: a traceback would hold the whole part.
                    aside[bad.reason] += 1
                    told = build.excerpt(row) if aside[bad.reason] <= MOST_SHOWN else None
                    problem = Problem(BadRow(bad.reason, bad.field), told)
            if problem is not None:
                part.rejected.append(self._rejected(number, problem))
        if is_review:
            part.notes.update(build.notes)
            build.notes.clear()
        return part

    def _add(self, part: Part, made: Any) -> None:
        if isinstance(made, DailyRating):
            part.days.append(made)
            return
        snapshot, release = made
        part.snapshots.append(snapshot)
        if release is not None:
            part.releases.append(release)

    def _rejected(self, number: int, problem: Problem) -> RejectedRow:
        """The record of a row put aside; its batch is named by the importer."""
        return RejectedRow(
            batch="", source=self.source, file=self.file, row_number=number, field=problem.bad.field,
            reason=problem.bad.reason, remedy=problem.bad.remedy, excerpt=problem.excerpt,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A recognised file."""

    path: Path
    format: str
    kind: str
    content: str
    """SHA-256 of the bytes."""
    digest: str
    """SHA-256 of the bytes and of what the options say of them; not of the file's name or time."""
    store: str | None
    store_app_id: str | None
    encoding: str | None
    dates: DayOrder | None
    """In which order day and month are read, where the file has dates that need it."""
    missing: tuple[str, ...]
    """Fields that the file has no column for."""
    maker: Callable[[timedelta], PartMaker]
    """Given what is added to the file's time, so that another reading of a file wins over an earlier one."""
    chunks: Callable[[], Iterator[list[Numbered]]]
    """The file's rows in parts, in order; the same file and options give the same parts."""

    @property
    def source(self) -> str:
        """What the records name as their source."""
        return f"file:{self.format}"

    def written_at(self) -> datetime:
        """When the file was written, as its time says."""
        return _written_at(self.path)

    def batches(self, later: timedelta = timedelta(0)) -> Iterator[Part]:
        """The file's records in parts."""
        return map(self.maker(later), self.chunks())


@dataclass(frozen=True, slots=True)
class _Table:
    """What was recognised of a file before its rows are read."""

    layout: Layout
    samples: Mapping[str, Sequence[Any]]
    rows: Callable[[], Iterator[Row]]
    encoding: str | None


def open_dump(path: Path, options: Options) -> Dump:
    """Recognise a file. Raises InputError naming the file, what was seen in it and the remedy."""
    _check_options(options)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read. Remedy: give yourself the right to read it.")
    table = _of_workbook(path, options) if is_workbook(path) else _of_text(path, options)
    layout = table.layout
    _demand_store_and_app(path, layout, options)
    seen_at = options.seen_at or _written_at(path)
    order = options.dates or _order(table, seen_at)
    has_ids = _has_ids(table, options)
    numbered = layout.format.kind == "reviews" and not has_ids
    content, digest = _digests(path, options)

    def maker(later: timedelta) -> PartMaker:
        moment = options.seen_at or _written_at(path) + later
        return PartMaker(
            build=_builder(layout, options, moment, order, has_ids=has_ids), kind=layout.format.kind,
            source=f"file:{layout.format.name}", file=shown(path.name),
        )  # fmt: skip

    return Dump(
        path=path, format=layout.format.name, kind=layout.format.kind, content=content, digest=digest,
        store=options.store or layout.store, store_app_id=options.store_app_id,
        encoding=table.encoding,
        dates=order, missing=_missing(layout, has_ids=has_ids), maker=maker,
        chunks=lambda: _chunks(table.rows(), count_equal=numbered),
    )  # fmt: skip


def _of_workbook(path: Path, options: Options) -> _Table:
    rows, header = sheet_rows(path, lambda names: _is_known(names, options))
    sampled = [r for r in rows[header.number : header.number + _SAMPLED] if any(r)]
    samples = {name: [r[n] for r in sampled if n < len(r)] for n, name in enumerate(header.names)}
    layout = lay_out(path.name, header.names, options.format, options.mapping, samples, options.store)
    return _Table(layout, samples, lambda: table_rows(rows, layout, header), None)


def _of_text(path: Path, options: Options) -> _Table:
    sample = sample_of(path)
    if not sample.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise InputError(f"{path.name}: the file is empty. Remedy: make the dump again.")
    encoding = encoding_of(path, sample, options.encoding)
    text = sample.decode(encoding, errors="replace")
    if is_feed(text):
        return _of_records(path, options, encoding, feed_records, is_feed_page=True)
    shape = shape_of(text)
    if shape is not None:
        return _of_records(
            path,
            options,
            encoding,
            lambda stream: json_records(stream, shape, path.name),
            is_feed_page='"feed"' in text,
        )
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        raise InputError(
            f"{path.name}: XML or HTML without the entries of a feed. Remedy: save the reviews as CSV or "
            "JSON; of XML the App Store's customer-reviews feed is read."
        )
    return _of_csv(path, options, encoding, text)


def _of_csv(path: Path, options: Options, encoding: str, text: str) -> _Table:
    is_whole = len(text) < SAMPLE // 4 and not _is_cut(path, encoding)
    header = find_header(text, path.name, lambda names: _is_known(names, options), is_whole=is_whole)
    plain = lay_out(path.name, header.names, options.format, options.mapping)

    def rows(layout: Layout) -> Iterator[Row]:
        with closing(open_text(path, encoding)) as stream:
            yield from csv_rows(stream, layout, header)

    samples = _sampled(path, encoding, header)
    layout = (
        lay_out(path.name, header.names, options.format, options.mapping, samples, options.store)
        if samples
        else plain
    )
    return _Table(layout, samples, lambda: rows(layout), encoding)


def _sampled(path: Path, encoding: str, header: Header) -> dict[str, list[str]]:
    """By column, the values of the first rows."""
    with closing(open_text(path, encoding)) as stream:
        rows = first_values(stream, header, _SAMPLED)
    return {name: [r[n] for r in rows] for n, name in enumerate(header.names)}


def _is_cut(path: Path, encoding: str) -> bool:
    """Whether a short file ends before its end."""
    with closing(open_text(path, encoding)) as stream:
        try:
            stream.lines.read(SAMPLE)
        except CUT_SHORT:
            return True
    return False


def _of_records(
    path: Path, options: Options, encoding: str, read: Callable[[Any], Iterator[Any]], *, is_feed_page: bool
) -> _Table:
    with closing(open_text(path, encoding)) as stream:
        paths, some = names_of(islice(read(stream), _SAMPLED))
    if not some and not is_feed_page:
        raise InputError(
            f"{path.name}: JSON without objects, or with nothing in its lists. Remedy: write a list of "
            f"objects or "
            "one object a line, with the names of their fields (pandas: to_json(orient='records', "
            "lines=True))."
        )
    samples = {name: [value_at(record, way) for record in some] for name, way in paths.items()}
    if some:
        layout = lay_out(path.name, list(paths), options.format, options.mapping, samples, options.store)
    else:
        # A page behind a feed's last one, or one that cannot be read: an outcome, and no reviews.
        layout = Layout(
            format=APP_STORE_FEED, columns=(None,) * len(REVIEW_FIELDS), has_authors=True,
            store=APP_STORE_FEED.store
        )  # fmt: skip

    def rows() -> Iterator[Row]:
        with closing(open_text(path, encoding)) as stream:
            yield from rows_of(read(stream), layout, paths, stream.damage)

    return _Table(layout, samples, rows, encoding)


def _is_known(names: list[str], options: Options) -> bool:
    by_name = {plain_name(name): name for name in reversed(names)}
    if options.format is None and recognised(by_name, options.mapping) is None:
        return False
    try:
        lay_out("", names, options.format, options.mapping)
    except InputError:
        return False
    return True


def _check_options(options: Options) -> None:
    if options.store is not None and options.store not in STORES:
        raise InputError(f"--store {options.store!r} is unknown; known are {', '.join(STORES)}.")
    if options.language is not None and places.language(options.language) is None:
        raise InputError(f"--language {options.language!r} is no language tag such as ja.")
    if options.country is not None and places.country(options.country) is None:
        raise InputError(f"--country {options.country!r} is no country code such as jp.")
    if options.dates not in (None, *ORDERS):
        raise InputError(f"--dates {options.dates!r} is unknown; known are mdy (US), dmy and ymd.")


def _demand_store_and_app(path: Path, layout: Layout, options: Options) -> None:
    has_store = layout.format.kind == "reviews" and layout.has("store")
    if options.store is None and layout.store is None and not has_store:
        raise InputError(
            f"{path.name}: neither the format nor a column says of which store the rows are. "
            f"Remedy: --store {' or --store '.join(STORES)}."
        )
    if not layout.has("app_id") and options.store_app_id is None:
        raise InputError(
            f"{path.name}: read as {layout.format.name}; no column says which app the rows are about. "
            "Remedy: --app ID, the app's id in the store, or --map app_id=COLUMN."
        )


def _written_at(path: Path) -> datetime:
    """The file's time; now, where it is older than the stores (unpacked from an archive without times)."""
    written = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return written if written >= OPENED else datetime.now(UTC)


def _order(table: _Table, seen_at: datetime) -> DayOrder | None:
    """How the file writes day and month, by all its dates, where some of the first need it."""
    if table.layout.format.kind not in ("reviews", "ratings"):
        return None
    columns = [
        c
        for c in map(
            table.layout.column, ("date", "replied_at")[: 1 + (table.layout.format.kind == "reviews")]
        )
        if c
    ]
    some = [v for c in columns for v in table.samples.get(c, ())]
    if not any(day_order([v], seen_at) != (None, False) for v in some):
        return None
    fields = table.layout.format.field_names()
    at = [n for n, f in enumerate(fields) if f in ("date", "replied_at")]
    found, _ = day_order((row[n] for _, row, _ in table.rows() if row is not None for n in at), seen_at)
    return found


def _has_ids(table: _Table, options: Options) -> bool:
    """Whether the file's column of ids, if it has one, holds ids of a store, as its first rows tell."""
    if table.layout.format.kind != "reviews" or not table.layout.has("review_id"):
        return False
    said = [
        v for v in table.samples.get(table.layout.column("review_id") or "", ()) if not values.is_blank(v)
    ]
    shortest = _shortest_id(table.layout, options)
    return not said or sum(values.review_id(v, shortest=shortest) is not None for v in said) * 2 > len(said)


def _shortest_id(layout: Layout, options: Options) -> int:
    """From how many digits on a whole number is an id: any where the user names the column."""
    if "review_id" in options.mapping:
        return 1
    column = layout.column("review_id")
    is_plain = layout.format is GENERIC and column is not None and plain_name(column) != "id"
    # A table of one's own that calls its row numbers review_id is met, too.
    return _NAMED_IDS if is_plain else layout.format.shortest_id


def _missing(layout: Layout, *, has_ids: bool) -> tuple[str, ...]:
    if layout.format.kind != "reviews":
        return ()
    store = layout.store
    place = () if store is None else ("language",) if store == "google_play" else ("country",)
    lacking = [f for f in ("rating", "text", "version", *place, "reply") if not layout.has(f)]
    return tuple(([] if has_ids else ["review_id"]) + lacking)


def _builder(
    layout: Layout, options: Options, seen_at: datetime, order: DayOrder | None, *, has_ids: bool
) -> ReviewBuilder | RatingBuilder | DailyBuilder:
    is_utc = isinstance(options.zone, ZoneInfo) and options.zone.key == "UTC"
    source, known = f"file:{layout.format.name}", layout.format
    language, country = places.language(options.language), places.country(options.country)
    dates = Dates(UTC if is_utc else options.zone, seen_at, order)
    store = options.store or layout.store
    if known.kind == "reviews":
        return ReviewBuilder(
            format=known, source=source, store=store, store_app_id=options.store_app_id, language=language,
            country=country, dates=dates, seen_at=seen_at, shortest_id=_shortest_id(layout, options),
            has_ids=has_ids, lacks=" ".join(f for f in ("title", "reply") if not layout.has(f)) or None,
            are_app_ids=layout.are_app_ids and "app_id" not in options.mapping,
        )  # fmt: skip
    if known.kind == "ratings":
        return RatingBuilder(
            format=known, source=source, store=store or "", store_app_id=options.store_app_id,
            language=language,
            country=country, dates=dates, seen_at=seen_at,
        )  # fmt: skip
    return DailyBuilder(
        source=source,
        store=store or "",
        store_app_id=options.store_app_id,
        dates=Dates(UTC, seen_at),
        seen_at=seen_at,
    )


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
        "dates": options.dates,
        "mapping": sorted(options.mapping.items()),
        "seen_at": options.seen_at.isoformat() if options.seen_at else None,
        "encoding": options.encoding,
    }
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    content = digest.hexdigest()
    digest.update(json.dumps(said, sort_keys=True).encode())
    return content, digest.hexdigest()


def _chunks(rows: Iterator[Row], *, count_equal: bool) -> Iterator[list[Numbered]]:
    """Cut the rows into parts; with `count_equal` each is told how many before it have the same values."""
    chunk: list[Numbered] = []
    characters = 0
    equal: Counter[int] = Counter()
    for number, row, problem in rows:
        occurrence = 1
        if row is not None:
            if count_equal:
                # All but the id, which counts rows here, if it is there.
                key = hash((*map(str, row[:_ID]), *map(str, row[_ID + 1 :])))
                equal[key] += 1
                occurrence = equal[key]
            text = row[_TEXT] if len(row) > _TEXT else None
            if isinstance(text, str):
                characters += len(text)
        chunk.append((number, row, problem, occurrence))
        if len(chunk) >= _ROWS_A_PART or characters >= _CHARACTERS_A_PART:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
