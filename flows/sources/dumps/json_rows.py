"""The elements of JSON dumps: lines, an array of any length, a document around a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import orjson

from flows.sources.dumps.formats import Layout
from flows.sources.dumps.problems import LONGEST_FIELD, BadRow, fragment_of
from flows.sources.dumps.rows import LONGEST_RECORD, MARKS, Problem, Row, Values, problem_with
from flows.sources.dumps.streams import CUT_SHORT, SAMPLE, TextStream

Element = tuple[int, Any, Problem | None]
JsonShape = Literal["array", "lines", "document"]
_LONGEST_DOCUMENT = 64 << 20
_CHUNK = 1 << 20
_NEXT_ELEMENT = re.compile(r"\}\s*,\s*(?=\{)")


def json_rows(stream: TextStream, layout: Layout, shape: JsonShape) -> Iterator[Row]:
    """The objects of a JSON array, of JSON lines or of a document around a list, counted from 1."""
    names = layout.format.field_names()
    columns = layout.columns
    for number, element, problem in json_elements(stream, shape):
        if problem is not None:
            yield number, None, problem
        elif not isinstance(element, dict):
            yield number, None, Problem(BadRow("not_an_object"))
        else:
            values = tuple([element.get(c) if c is not None else None for c in columns])
            bad = _damaged_value(names, values, element, look_for_marks=bool(stream.damage))
            if bad is not None:
                yield number, None, problem_with(bad.reason, _value(names, values, bad.field), values, layout)
            else:
                yield number, values, None


def json_elements(stream: TextStream, shape: JsonShape) -> Iterator[Element]:
    """The elements as they stand, whatever they are."""
    if shape == "array":
        return _array(stream)
    return _lines(stream) if shape == "lines" else _document(stream)


def shape_of(sample: str) -> JsonShape | None:
    """How a text that may be JSON is laid out; None when it does not start like JSON."""
    start = sample.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return "array"
    if not start.startswith("{"):
        return None
    try:
        first = _loads(start.partition("\n")[0])
    except ValueError:
        # One object over many lines, or one line longer than the sample.
        return "document" if "\n" in start or len(sample) * 2 > SAMPLE else "lines"
    return "document" if isinstance(first, dict) and _list_in(first) else "lines"


def _list_in(document: dict[str, Any]) -> str | None:
    return next(
        (k for k in ("reviews", "data", "items", "results") if isinstance(document.get(k), list)), None
    )


def _document(stream: TextStream) -> Iterator[Element]:
    """One object: a page of a feed, or a list of rows under a name such as reviews."""
    try:
        text = stream.lines.read(_LONGEST_DOCUMENT)
    except CUT_SHORT:
        yield 1, None, Problem(BadRow("cut_short"))
        return
    try:
        document = _loads(text)
    except ValueError:
        yield 1, None, Problem(BadRow("unreadable_json"))
        return
    name = _list_in(document) if isinstance(document, dict) else None
    for number, element in enumerate(document[name] if name else [document], start=1):
        yield number, element, None


def _value(names: Sequence[str], values: Values, field: str | None) -> str:
    return values[names.index(field)] if field in names else ""


def _damaged_value(
    names: Sequence[str], values: Values, element: dict[str, Any], *, look_for_marks: bool
) -> BadRow | None:
    for name, value in zip(names, values, strict=True):
        if isinstance(value, str):
            if len(value) > LONGEST_FIELD:
                return BadRow("field_too_large", name)
            if "\0" in value:
                return BadRow("nul_byte", name)
            if look_for_marks and MARKS.search(value):
                return BadRow("wrong_encoding", name)
        elif isinstance(value, dict | list) and name != "reply":
            return BadRow("unreadable_json", name)
    if any(isinstance(v, str) and len(v) > LONGEST_FIELD for v in element.values()):
        return BadRow("field_too_large")
    return None


def _lines(stream: TextStream) -> Iterator[Element]:
    lines = iter(stream.lines)
    number = 0
    while True:
        number += 1
        try:
            line = next(lines)
        except StopIteration:
            return
        except CUT_SHORT:
            yield number, None, Problem(BadRow("cut_short"))
            return
        if not line or line.isspace():
            continue
        if stream.damage and (problem := _damaged_line(line)) is not None:
            yield number, None, problem
            continue
        try:
            yield number, _loads(line), None
        except ValueError:
            yield number, None, Problem(BadRow("unreadable_json"), _shown(line))


def _damaged_line(line: str) -> Problem | None:
    if "\0" in line:
        return Problem(BadRow("nul_byte"), _shown(line))
    return Problem(BadRow("wrong_encoding")) if MARKS.search(line) else None


def _loads(text: str) -> Any:
    """Any JSON, also with NaN and with half a surrogate pair, which the fast parser refuses."""
    try:
        return orjson.loads(text)
    except ValueError:
        try:
            return json.loads(text, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _shown(line: str) -> str | None:
    """The start of a line that is not JSON, unless it speaks of its author."""
    return None if re.search(r"user|author|nick|mail|avatar", line, re.I) else fragment_of(line)


def _array(stream: TextStream) -> Iterator[Element]:
    """The elements of one JSON array, read piece by piece: a dump of a gigabyte is never in memory."""
    buffer = _Buffer(stream)
    buffer.skip("[")
    number = 0
    while True:
        buffer.skip(",")
        if buffer.at_end() or buffer.peek() == "]":
            break
        number += 1
        try:
            element = buffer.element()
        except ValueError:
            yield number, None, Problem(BadRow("unreadable_json"))
            if not buffer.skip_to_next():
                return
            continue
        yield number, element, None
    if buffer.cut_short:
        yield number + 1, None, Problem(BadRow("cut_short"))


class _Buffer:
    """A window on the text of a JSON array."""

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._text = ""
        self._at = 0
        self._ended = False
        self.cut_short = False

    def _more(self) -> bool:
        if self._ended:
            return False
        try:
            chunk = self._stream.lines.read(max(_CHUNK, len(self._text) - self._at))
        except CUT_SHORT:
            chunk, self.cut_short = "", True
        self._ended = not chunk
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def at_end(self) -> bool:
        """Whether nothing but white space is left."""
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text):
                return False
            if not self._more():
                return True

    def peek(self) -> str:
        return self._text[self._at]

    def skip(self, character: str) -> None:
        """Pass over white space and, if it comes next, one `character`."""
        if not self.at_end() and self.peek() == character:
            self._at += 1

    def element(self) -> Any:
        """The next element. Raises ValueError when it is malformed."""
        while True:
            try:
                value, self._at = self._decode(self._text, self._at)
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
            except json.JSONDecodeError as error:
                is_incomplete = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - 16
                if is_incomplete and len(self._text) - self._at < LONGEST_RECORD and self._more():
                    continue
                raise
            # A number or an object at the very end may go on in the next piece.
            return value

    def skip_to_next(self) -> bool:
        """Go to the next thing that looks like an element; False when there is none."""
        while True:
            found = _NEXT_ELEMENT.search(self._text, self._at)
            if found:
                self._at = found.end()
                return True
            self._at = max(self._at, len(self._text) - 64)
            if not self._more():
                return False
