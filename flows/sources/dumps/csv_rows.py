"""The records of a CSV, each one read or put aside, whatever stands before it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from io import TextIOBase
from operator import itemgetter

from flows.sources.dumps.formats import Layout
from flows.sources.dumps.problems import LONGEST_FIELD, BadRow, fragment_of
from flows.sources.dumps.rows import LONGEST_RECORD, MARKS, Problem, Row, Values, problem_with
from flows.sources.dumps.streams import CUT_SHORT, TextStream


def csv_rows(stream: TextStream, layout: Layout, header: Sequence[str], delimiter: str) -> Iterator[Row]:
    """The records of a CSV after its header, which is row 1. Empty lines are passed over."""
    csv.field_size_limit(LONGEST_RECORD)
    width = len(header)
    places = {name: place for place, name in reversed(list(enumerate(header)))}
    pick = itemgetter(*[places[c] if c is not None else width for c in layout.columns])
    lines = _Lines(stream.lines)
    reader = csv.reader(lines.read(), delimiter=delimiter, strict=True)
    damage = stream.damage
    number = 0
    while True:
        lines.span.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except CUT_SHORT:
            yield number + 1, None, Problem(BadRow("cut_short"))
            return
        except csv.Error:
            record = None
        number += 1
        if number == 1 or record == []:
            continue
        if record is not None and len(record) > width and not any(record[width:]):
            del record[width:]
        if record is not None and len(record) == width:
            record.append("")
            if sum(map(len, record)) > LONGEST_FIELD or damage:
                problem = _damage(record, layout, pick)
                if problem is not None:
                    yield number, None, problem
                    continue
            yield number, pick(record), None
        else:
            # A stray quote swallows the lines after it: only the line that opened it is put aside.
            line = lines.span[0]
            shown = None if layout.has_authors or MARKS.search(line) else fragment_of(line)
            lines.give_back()
            reader = csv.reader(lines.read(), delimiter=delimiter, strict=True)
            yield number, None, Problem(BadRow("bad_csv"), shown)


class _Lines:
    """Lines that can be given back; `span` holds those of the record being read."""

    def __init__(self, stream: TextIOBase) -> None:
        self.stream = stream
        self.span: list[str] = []
        self._back: deque[str] = deque()

    def read(self) -> Iterator[str]:
        span, back = self.span, self._back
        while back:
            line = back.popleft()
            span.append(line)
            yield line
        for line in self.stream:
            if "\r" in line:
                line = _without_returns(line)
            span.append(line)
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
    for value in record:
        if len(value) > LONGEST_FIELD:
            return problem_with("field_too_large", value, pick(record), layout)
        if "\0" in value:
            return problem_with("nul_byte", value, pick(record), layout)
        if MARKS.search(value):
            return problem_with("wrong_encoding", value, pick(record), layout)
    return None
