"""The records of a table, CSV or worksheet, each one read or put aside, whatever stands before it."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import TextIOBase
from itertools import islice
from operator import itemgetter

from flows.errors import InputError
from flows.sources.dumps.layout import Layout
from flows.sources.dumps.problems import (
    LONGEST_FIELD,
    LONGEST_RECORD,
    MARKS,
    MOST_SHOWN,
    BadRow,
    Problem,
    Row,
    Values,
    fragment_of,
    problem_with,
)
from flows.sources.dumps.reading.streams import CUT_SHORT, TOO_LONG, TextStream, bounded_lines

_DELIMITERS = ",;\t|"
# Of databases' exports; taken only where they part the columns of a known table.
_RARE_DELIMITERS = "^~\x01\x1f"
_ESCAPED_QUOTE = re.compile(r"""[^\\,;\t|]\\"[^,;\t|\r\n]""")
_DOUBLED_QUOTE = re.compile(r"""[^,;\t|\r\n"]"\"""")
_SEPARATOR_LINE = re.compile(r'"?sep=(.|\\t)"?\s*', re.I)
_LOOKED_AT = 12
# More lines than this in one record are an open quote, not a review.
_MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Header:
    """Where a table begins: its column names, in which record they stand, and what parts its columns."""

    names: list[str]
    number: int
    lines: int
    """How many lines of the file end with the header's."""
    delimiter: str
    quote: str = '"'
    escape: str | None = None
    """Before a quote within quotes, where it is not doubled."""
    is_spaced: bool = False
    """Whether blanks stand around the columns that belong to none of them."""

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """The records of some lines as this table writes them. Raises csv.Error."""
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote, escapechar=self.escape,
            doublequote=self.escape is None, skipinitialspace=self.is_spaced, strict=True,
        )  # fmt: skip


def find_header(
    sample: str, file: str, is_known: Callable[[list[str]], bool], *, is_whole: bool = True
) -> Header:
    """The first of the first records that names the columns of a known format, else the first of all.

    Raises InputError for a file that ends in its first line.
    """
    text = sample.lstrip("\ufeff")
    first = text.partition("\n")[0]
    told = _SEPARATOR_LINE.fullmatch(first.strip("\r\n"))
    delimiters = ("\t" if told[1] == "\\t" else told[1]) if told else _DELIMITERS
    if "\n" not in text and "\r" not in text and not is_whole:
        raise InputError(f"{file}: the file ends in its first line. Remedy: fetch it again.")
    escape = "\\" if _ESCAPED_QUOTE.search(text) and not _DOUBLED_QUOTE.search(text) else None
    tables = {d: list(_first_records(text, d, escape=escape)) for d in delimiters}
    # The delimiter that parts the first line most often is looked at first.
    for delimiter in sorted(tables, key=lambda d: -max(first.count(d), 0)):
        for header in tables[delimiter]:
            if is_known(header.names) and not all(n[:1] == n[-1:] == "'" for n in header.names):
                return header
    for delimiter, quote in [*((d, "'") for d in delimiters), *((d, '"') for d in _RARE_DELIMITERS)]:
        for header in _first_records(text, delimiter, quote=quote):
            if len(header.names) > 1 and is_known(header.names):
                return header
    delimiter = max(delimiters, key=first.count)
    found = tables[delimiter][1:] if told else tables[delimiter]
    return found[0] if found else Header([], 1, 1, delimiter)


def _first_records(
    text: str, delimiter: str, *, quote: str = '"', escape: str | None = None
) -> Iterator[Header]:
    csv.field_size_limit(1 << 20)
    plain = Header([], 0, 0, delimiter, quote, escape)
    reader = csv.reader(
        _as_lines(text), delimiter=delimiter, quotechar=quote, escapechar=escape, doublequote=escape is None,
        # "a", "b": what follows a delimiter and a blank is quoted
        skipinitialspace=f'"{delimiter} "' in text[:2_000], strict=True,
    )  # fmt: skip
    number = 0
    while number < _LOOKED_AT:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if number == 1:
                first = text.partition("\n")[0]
                yield replace(plain, names=first.rstrip("\r\n").split(delimiter), number=1, lines=1)
            return
        if record:
            is_spaced = len(record) > 1 and (
                f'"{delimiter} "' in text[:2_000] or all(name[:1] == " " for name in record[1:])
            )
            yield replace(
                plain, names=[name.strip() for name in record], number=number, lines=reader.line_num,
                is_spaced=is_spaced,
            )  # fmt: skip


def _as_lines(text: str) -> Iterator[str]:
    end = "\n" if "\n" in text else "\r"
    for line in text.split(end):
        yield _without_returns(line + end) if end == "\n" else line + end


def csv_rows(stream: TextStream, layout: Layout, header: Header) -> Iterator[Row]:
    """The records of a CSV after its header, numbered as they stand in the file. Empty lines are passed
    over."""
    csv.field_size_limit(LONGEST_RECORD)
    lines = _Lines(stream.lines, header.lines)
    return _picked(_records(lines, header), layout, header.names, stream.damage)


def first_values(stream: TextStream, header: Header, most: int) -> list[list[str]]:
    """The first sound records of a CSV."""
    csv.field_size_limit(LONGEST_RECORD)
    records = _records(_Lines(stream.lines, header.lines), header)
    return [record for _, record, _ in islice(records, most) if record is not None]


def table_rows(table: Iterable[Sequence[str]], layout: Layout, header: Header) -> Iterator[Row]:
    """The records of a worksheet after its header."""
    width = len(header.names)

    def records() -> Iterator[tuple[int, list[str] | None, str | None]]:
        for number, row in enumerate(table, start=1):
            if number > header.number and any(row) and row[:width] != header.names:
                yield number, [*row[:width], *[""] * (width - len(row))], None

    return _picked(records(), layout, header.names, {"unchecked"})


def _picked(
    records: Iterable[tuple[int, list[str] | None, str | None]],
    layout: Layout,
    names: Sequence[str],
    damage: set[str],
) -> Iterator[Row]:
    width = len(names)
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    pick = itemgetter(*[places[c] if c is not None else width for c in layout.columns])
    told = 0
    for number, record, problem in records:
        if record is not None:
            record.append("")
            if sum(map(len, record)) > LONGEST_FIELD or damage:
                wrong = _damage(record, layout, pick)
                if wrong is not None:
                    yield number, None, wrong
                    continue
            yield number, pick(record), None
        elif problem in ("cut_short", "field_too_large"):
            yield number, None, Problem(BadRow(problem))
        else:
            line = problem or ""
            told += 1
            is_shown = told <= MOST_SHOWN and not layout.has_authors and not MARKS.search(line)
            shown = fragment_of(line) if is_shown else None
            yield number, None, Problem(BadRow("bad_csv"), shown)


def _records(lines: _Lines, header: Header) -> Iterator[tuple[int, list[str] | None, str | None]]:
    """(number, record, None), or (number, None, the reason or the line that opened the record)."""
    reader = header.reader(lines.read())
    number, width, names, first = (
        header.number,
        len(header.names),
        header.names,
        header.names[0] if header.names else "",
    )
    while True:
        lines.span.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except CUT_SHORT:
            yield number + 1, None, "cut_short"
            return
        except _LineTooLong:
            number += 1
            yield number, None, "field_too_large"
            reader = header.reader(lines.read())
            continue
        except (csv.Error, _TooManyLines):
            number += 1
            # A stray quote swallows the lines after it: only the line that opened it is put aside.
            yield number, None, lines.span[0]
            lines.give_back()
            reader = header.reader(lines.read())
            continue
        number += 1
        if not record or not (record[0] or any(record)):
            continue
        if header.is_spaced:
            record = [value.strip() for value in record]
        if record[0] == first and record == names:
            # Files put one behind the other bring their headers along.
            continue
        if len(record) > width and not any(record[width:]):
            del record[width:]
        if len(record) == width:
            yield number, record, None
            continue
        yield number, None, lines.span[0]
        lines.give_back()
        reader = header.reader(lines.read())


class _LineTooLong(Exception):
    """A line was passed over."""


class _TooManyLines(Exception):
    """A quote was not closed for as long as a record may be."""


class _Lines:
    """Lines that can be given back; `span` holds those of the record being read."""

    def __init__(self, stream: TextIOBase, passed: int) -> None:
        self._stream = bounded_lines(stream)
        self.span: list[str] = []
        self._back: deque[str] = deque()
        for _ in range(passed):
            next(self._stream, None)

    def read(self) -> Iterator[str]:
        span, back = self.span, self._back
        while back:
            line = back.popleft()
            span.append(line)
            yield line
        for line in self._stream:
            if line is TOO_LONG:
                raise _LineTooLong
            if "\r" in line:
                line = _without_returns(line)
            span.append(line)
            if len(span) > _MOST_LINES:
                raise _TooManyLines
            yield line

    def give_back(self) -> None:
        """Read everything of the span but its first line again."""
        self._back.extendleft(reversed(self.span[1:]))


def _without_returns(line: str) -> str:
    """Writers that end lines with "\\n" leave a lone "\\r" unquoted; to a CSV reader it would end the row."""
    body = line.rstrip("\r\n")
    return body.replace("\r", "\u2028") + "\n" if "\r" in body or line.endswith("\r") else line


def _damage(record: list[str], layout: Layout, pick: Callable[[list[str]], Values]) -> Problem | None:
    """What is wrong with a record's characters, if anything."""
    names = layout.format.field_names()
    for value in record:
        if len(value) > LONGEST_FIELD:
            return problem_with("field_too_large", value, pick(record), names)
        if "\0" in value:
            return problem_with("nul_byte", value, pick(record), names)
        if MARKS.search(value):
            return problem_with("wrong_encoding", value, pick(record), names)
    return None
