"""The values of JSON dumps: lines, an array of any length, objects one after another, a document around
lists.

What fits is decoded whole, so that its layout can be told (`shapes`); what does not is walked through element
by element, and never held. A broken element costs itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import orjson

from flows.errors import InputError
from flows.sources.dumps import problems
from flows.sources.dumps.formats import GENERIC, plain_name
from flows.sources.dumps.layout import Layout
from flows.sources.dumps.payloads import is_payload
from flows.sources.dumps.problems import BadRow, Problem, Row, Values, fragment_of, problem_with
from flows.sources.dumps.reading.shapes import (
    Context,
    Found,
    context_of,
    expand,
    paths_of,
    told_by,
    unwrapped,
    value_at,
)
from flows.sources.dumps.reading.streams import CUT_SHORT, SAMPLE, TOO_LONG, TextStream, bounded_lines
from flows.sources.dumps.values import python_literal

JsonShape = Literal["lines", "values"]
Record = tuple[int, Any, Problem | None]
Expand = Callable[..., Iterator[Found]]
_CHUNK = 1 << 20
_NEXT_ELEMENT = re.compile(r"\}\s*,?\s*(?=\{)")
_KEY = re.compile(r'\s*("(?:[^"\\\x00-\x1f]|\\.){0,1000}")\s*:\s*')
_TEXT_END = re.compile(r'(?:[^"\\]|\\.)*+', re.S)
_DEEPEST = 6
_MOST_NAMES, _MOST_SAID = 5_000, 500
# Python writes its own times into the text of a dictionary.
_PYTHON_TIME = re.compile(r"datetime\.datetime\(([\d, ]+)(?:, tzinfo=[^()]*(?:\(\))?)?\)")
_PYTHON = re.compile(r"\s*\[?\s*\{\s*'")
_LONGEST_PYTHON = 200_000
# What a program puts before JSON: comments, `var reviews = `, `callback(`, Google's guard )]}'.
_BEFORE = re.compile(
    r"""\ufeff?\s*(?://[^\n]*\n\s*|/\*.{0,2000}?\*/\s*|\)\]\}'?,?\s*
    |(?:(?:export\s+)?(?:var|let|const|default)\s+)?[A-Za-z_$][\w.$]{0,80}\s*(?:=|\()\s*(?=[\[{]))+(?=[\[{"])""",
    re.S | re.X,
)
_BEHIND = re.compile(r"[\s;)]*$")
# Mongo's shell, and JavaScript's word for nothing.
_SHELL = re.compile(
    r"""(?:new\s+)?(?:ISODate|ObjectId|NumberInt|NumberLong|NumberDecimal|UUID|Date)\(\s*(?:"([^"\\]{0,60})"|'([^'\\"]{0,60})'|(\d{1,20}))\s*\)"""
)
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*undefined\s*(?=[,}\]])")
_MOST_LAYOUTS = 2_000


def shape_of(sample: str) -> JsonShape | None:
    """How a text that may be JSON is laid out; None when it is none.

    `lines`: a value a line. `values`: values over many lines, or one that is longer than the sample.
    """
    start = sample.lstrip("\ufeff \t\r\n")
    lines = [line for line in start.split("\n")[:40] if line.strip()]
    if not lines:
        return None
    if len(sample) * 2 > SAMPLE and len(lines) > 1 and len(lines) < 40:
        # The last one may be cut.
        lines = lines[:-1]
    objects = sum(_is_object(line) for line in lines)
    if _BEFORE.match(sample) and shape_of(sample[_prefix(sample) :]) is not None:
        return "values"
    if start[0] == '"' and str(_loaded_or_none(lines[0]) or "")[:1] in ("[", "{"):
        return "lines"
    if start[0] not in "[{":
        # A log's first line, or half a line, before JSON lines.
        return "lines" if objects and objects * 2 >= len(lines) - 1 else None
    if _loaded_or_none(lines[0]) is not None or _is_python(lines[0]):
        return "lines" if "\n" in start or len(start) < SAMPLE // 2 else "values"
    if re.match(r"[\[{]\s*$|\[\s*[\[{]", lines[0]):
        return "values"
    return "lines" if objects and objects * 2 >= len(lines) - 1 else "values"


def _prefix(sample: str) -> int:
    found = _BEFORE.match(sample)
    return found.end() if found else 0


def json_records(stream: TextStream, shape: JsonShape, file: str) -> Iterator[Record]:
    """The records of a JSON text, counted from 1, each an object or the reason why there is none.

    Raises InputError for a layout that cannot be read in pieces and is too large to be held.
    """
    found = json_values(stream, shape, file, expand)
    for number, (record, bad) in enumerate(found, start=1):
        if bad is not None:
            yield number, None, bad
        elif not isinstance(record, dict):
            yield number, None, Problem(BadRow("not_an_object"))
        else:
            yield number, record, None


def json_values(stream: TextStream, shape: JsonShape, file: str, each: Expand) -> Iterator[Found]:
    """What `each` gives of every value of a JSON text, or the reason why there is none."""
    return _Walk(stream, file, each).lines() if shape == "lines" else _Walk(stream, file, each).values()


def plain(value: Any, _context: Context, *, is_part: bool = False) -> Iterator[Found]:
    """The elements of an array, or the value as it stands."""
    del is_part
    yield from ((v, None) for v in (value if isinstance(value, list) else [value]))


def names_of(records: Iterable[Record]) -> tuple[dict[str, tuple[str, ...]], list[dict[str, Any]]]:
    """The fields of some records, each by its name with the way to it, and the records."""
    names: dict[str, tuple[str, ...]] = {}
    some = [record for _, record, bad in records if bad is None]
    for record in some:
        for path in islice(paths_of(record), _MOST_NAMES):
            if len(names) < _MOST_NAMES:
                names.setdefault(".".join(path), path)
    return names, some


def rows_of(
    records: Iterable[Record], layout: Layout, paths: Mapping[str, tuple[str, ...]], damage: set[str]
) -> Iterator[Row]:
    """The values of records in the order of the layout's fields."""
    names = layout.format.field_names()
    known: dict[tuple[str, ...], _Ways] = {}
    of_file = _ways(layout, paths)
    for number, record, bad in records:
        if bad is not None:
            yield number, None, bad
            continue
        keys = tuple(record)
        for value in record.values():
            if type(value) is dict or type(value) is list:
                keys += _names_within(value)
        found = known.get(keys)
        if found is None:
            found = of_file if _fits(record, paths) else _ways(layout, paths, record)
            if len(known) < _MOST_LAYOUTS:
                known[keys] = found
        ways, flat = found
        if flat is not None:
            values = tuple([record.get(key) if key is not None else None for key in flat])
        else:
            values = tuple([value_at(record, way) if way is not None else None for way in ways])
        if any(isinstance(v, dict | list) for v in values):
            values = tuple([_plain(n, v) for n, v in zip(names, values, strict=True)])
        if layout.format.is_payload and is_payload(layout.format.name, record):
            values = (*values[:-1], record)
        wrong = _damaged_value(names, values, record, look_for_marks=bool(damage))
        if wrong is not None:
            at_fault = values[names.index(wrong.field)] if wrong.field else ""
            yield number, None, problem_with(wrong.reason, at_fault, values, names)
        else:
            yield number, values, None


_Ways = tuple[list[tuple[str, ...] | None], list[str | None] | None]
"""The ways to the fields of a record, and its keys where none of the ways has more than one step."""


def _ways(
    layout: Layout, paths: Mapping[str, tuple[str, ...]], record: dict[str, Any] | None = None
) -> _Ways:
    """The ways to the fields; of a record with fields that the file's first records did not have, its own
    ways to
    those that the file's columns do not lead to in it."""
    ways = [paths[c] if c is not None else None for c in layout.columns]
    if record is not None:
        own = {plain_name(".".join(path)): path for path in islice(paths_of(record), _MOST_NAMES)}
        for place, field in enumerate(layout.format.field_names()):
            way = ways[place]
            if way is not None and (way[0] in record or layout.is_mapped(field)):
                continue
            columns = layout.format.columns.get(field, ())
            if field in ("date", "text", "rating") and not any(c in own for c in columns):
                # Another program's record in the same file.
                columns = GENERIC.columns.get(field, ())
            mine = next((own[c] for c in columns if c in own), None)
            # The store and the app of a row are told by the values of all.
            if mine is not None and field not in ("store", "app_id", "clock"):
                ways[place] = mine
    is_flat = all(way is None or len(way) == 1 for way in ways)
    return ways, [way[0] if way else None for way in ways] if is_flat else None


def _names_within(value: dict[str, Any] | list[Any], depth: int = 0) -> tuple[str, ...]:
    """The names of the fields within a value, so that records of one layout are known by them."""
    if isinstance(value, dict):
        inner = [
            n
            for v in value.values()
            if depth < _DEEPEST and isinstance(v, dict | list)
            for n in _names_within(v, depth + 1)
        ]
        return ("{", *value, *inner)
    parts = [
        n for v in value[:20] if depth < _DEEPEST and isinstance(v, dict) for n in _names_within(v, depth + 1)
    ]
    return ("[", *parts)


def _fits(record: dict[str, Any], paths: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a record has all that the file's columns name and nothing that they do not."""
    firsts = {path[0] for path in paths.values()}
    return firsts == record.keys() and not any(isinstance(v, dict | list) for v in record.values())


def _plain(field: str, value: Any) -> Any:
    if not isinstance(value, dict | list) or field in ("reply", "histogram"):
        return unwrapped(value)
    value = unwrapped(value)
    return told_by(field, value) if isinstance(value, dict | list) else value


def _damaged_value(
    names: Sequence[str], values: Values, record: Mapping[str, Any], *, look_for_marks: bool
) -> BadRow | None:
    for name, value in zip(names, values, strict=True):
        if isinstance(value, str):
            if len(value) > problems.LONGEST_FIELD:
                return BadRow("field_too_large", name)
            if "\0" in value:
                return BadRow("nul_byte", name)
            if look_for_marks and problems.MARKS.search(value):
                return BadRow("wrong_encoding", name)
        elif isinstance(value, dict | list) and name not in ("reply", "histogram", "item"):
            return BadRow("unreadable_json", name)
    if any(isinstance(v, str) and len(v) > problems.LONGEST_FIELD for v in record.values()):
        return BadRow("field_too_large")
    return None


def _is_object(line: str) -> bool:
    return line.lstrip()[:1] == "{" and (isinstance(_loaded_or_none(line), dict) or _is_python(line))


def _is_python(line: str) -> bool:
    """Whether a line is a dictionary, or a list of them, as Python's print writes it."""
    return bool(_PYTHON.match(line)) and _python(line) is not None


def _loaded_or_none(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return None


def loads(text: str) -> Any:
    """One value. Raises ValueError. Standard JSON by orjson; NaN, lone surrogates and line feeds in texts
    by json."""
    try:
        return orjson.loads(text)
    except ValueError:
        try:
            try:
                return json.loads(text, strict=False)
            except ValueError:
                mended = _UNDEFINED.sub("null", _SHELL.sub(_printed, text))
                if mended == text:
                    raise
                return json.loads(mended, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _printed(found: re.Match[str]) -> str:
    """The value that a word of Mongo's shell stands for, as JSON."""
    return found[3] if found[3] else json.dumps(found[1] or found[2] or "")


def _python(text: str) -> Any:
    """A Python literal; None when it is none."""
    return python_literal(_PYTHON_TIME.sub(_as_text, text.strip())) if len(text) <= _LONGEST_PYTHON else None


def _as_text(found: re.Match[str]) -> str:
    year, month, day, *clock = [int(n) for n in found[1].split(",") if n.strip()] + [0] * 6
    return f"'{year:04}-{month:02}-{day:02} {clock[0]:02}:{clock[1]:02}:{clock[2]:02}'"


def _without_comma(text: str) -> Any:
    """An object a line with the comma of the array around them."""
    return _loaded_or_none(text.rstrip(",")) if text.endswith(",") else None


def _shown(line: str) -> str | None:
    """The start of a line that is not JSON, unless it speaks of its author."""
    return None if re.search(r"user|author|nick|mail|avatar", line[:100_000], re.I) else fragment_of(line)


def _columns(file: str) -> InputError:
    return InputError(
        f"{file}: a document of columns is too large to be held. Remedy: write one object a line (pandas: "
        "to_json(orient='records', lines=True))."
    )


class _Walk:
    """A way through a JSON text: by lines, or value by value."""

    def __init__(self, stream: TextStream, file: str, each: Expand) -> None:
        self._stream, self._file, self._each = stream, file, each
        self._aside = 0

    def lines(self) -> Iterator[Found]:
        lines = bounded_lines(self._stream.lines)
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except CUT_SHORT:
                yield None, Problem(BadRow("cut_short"))
                return
            if line is TOO_LONG:
                yield None, Problem(BadRow("field_too_large"))
                continue
            text = line.strip("\ufeff \t\r\n\0\u2028")
            if not text or text in "[]":
                continue
            try:
                value = loads(text)
            except ValueError:
                value = _python(text) if _PYTHON.match(text) else _without_comma(text)
                if value is None:
                    self._aside += 1
                    told = _shown(line) if self._aside <= problems.MOST_SHOWN else None
                    yield None, Problem(BadRow("unreadable_json"), told)
                    continue
            if isinstance(value, dict | list | str):
                yield from self._each(value, {})
            else:
                yield value, None

    def values(self) -> Iterator[Found]:
        """Values one after another, over as many lines as they like."""
        buffer = _Buffer(self._stream)
        whole = buffer.whole()
        if whole is None:
            buffer.pass_prefix()
        if whole is not None:
            yield from self._each(whole, {})
            return
        while not buffer.at_end():
            yield from self._walked(buffer, {}, 0)
            buffer.skip(",")
            if buffer.is_only(";) \r\n\t"):
                break
        if buffer.cut_short:
            yield None, Problem(BadRow("cut_short"))

    def _walked(self, buffer: _Buffer, context: Context, depth: int) -> Iterator[Found]:
        """One value: decoded where it fits, else its elements or members one after another."""
        if buffer.peek() == "[":
            buffer.skip("[")
            yield from self._elements(buffer, context, depth)
        else:
            yield from self._one(buffer, context, depth)

    def _one(
        self, buffer: _Buffer, context: Context, depth: int, *, is_part: bool = False
    ) -> Iterator[Found]:
        start = buffer.place()
        try:
            value = buffer.element()
        except _TooLarge:
            buffer.back_to(start)
            if depth < _DEEPEST and buffer.peek() == "{":
                yield from self._members(buffer, context, depth)
                return
            yield None, Problem(BadRow("field_too_large"))
            buffer.skip_to_next()
            return
        except ValueError:
            if not buffer.cut_short:
                yield None, Problem(BadRow("unreadable_json"))
            buffer.skip_to_next()
            return
        if isinstance(value, dict | list | str):
            yield from self._each(value, context, is_part=is_part)
        else:
            yield value, None

    def _elements(self, buffer: _Buffer, context: Context, depth: int) -> Iterator[Found]:
        """Those of an array whose bracket is passed. Beside lists of records, what is none says nothing."""
        has_lists = False
        while not buffer.at_end():
            buffer.skip(",")
            if buffer.at_end():
                return
            if buffer.peek() in "]}":
                buffer.skip(buffer.peek())
                return
            if buffer.peek() == "[" and depth < _DEEPEST:
                has_lists = True
                yield from self._walked(buffer, context, depth + 1)
            else:
                yield from self._one(buffer, context, depth + 1, is_part=has_lists)

    def _members(self, buffer: _Buffer, context: Context, depth: int) -> Iterator[Found]:
        """Those of an object that is too large to be held: its lists are walked, its words say what they
        are about."""
        buffer.skip("{")
        said: dict[str, Any] = {}
        while not buffer.at_end():
            buffer.skip(",")
            if buffer.at_end() or buffer.peek() == "}":
                buffer.skip("}")
                return
            key = buffer.key()
            if key is None:
                yield None, Problem(BadRow("unreadable_json"))
                if not buffer.skip_to_next():
                    return
                continue
            if buffer.at_end():
                return
            if buffer.peek() == "[":
                buffer.skip("[")
                if not buffer.at_end() and buffer.peek() not in "[{]":
                    self._pass_column(buffer, key)
                else:
                    yield from self._elements(buffer, context | context_of(said, key), depth + 1)
                continue
            start = buffer.place()
            try:
                value = buffer.element()
            except _TooLarge:
                buffer.back_to(start)
                if depth >= _DEEPEST or buffer.peek() != "{":
                    yield None, Problem(BadRow("field_too_large"))
                    if not buffer.skip_text():
                        return
                    continue
                yield from self._members(buffer, context | context_of(said, key), depth + 1)
                continue
            except ValueError:
                yield None, Problem(BadRow("unreadable_json"))
                if not buffer.skip_to_next():
                    return
                continue
            if isinstance(value, dict) and len(value) > 1 and all(k.isdigit() for k in list(value)[:5]):
                raise _columns(self._file)
            if len(said) < _MOST_SAID:
                said[key] = value
            elif key.isdigit() and not isinstance(value, dict | list):
                raise _columns(self._file)
            if isinstance(value, dict):
                yield from self._each({key: value}, context | context_of(said, key), is_part=True)

    def _pass_column(self, buffer: _Buffer, key: str) -> None:
        """Pass over a list of words whose bracket is passed. Raises InputError where it is a column of
        reviews."""
        if plain_name(key) in _COLUMNS:
            raise _columns(self._file)
        while not buffer.at_end() and buffer.peek() != "]":
            try:
                buffer.element()
            except ValueError:
                if not buffer.skip_to_next():
                    return
            buffer.skip(",")
        buffer.skip("]")


_COLUMNS = frozenset(
    column for field in ("rating", "text", "date", "review_id") for column in GENERIC.columns[field]
)
"""Names of columns whose values, in a list of their own, are those of many reviews."""


class _TooLarge(ValueError):
    """An element is longer than what is held."""


class _Buffer:
    """A window on a JSON text."""

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._text = ""
        self._at = 0
        self._passed = 0
        self._ended = False
        self.cut_short = False

    def _more(self, keep: int | None = None) -> bool:
        """Read on; what stands before `keep` (else before the place reached) is given up."""
        if self._ended:
            return False
        keep = self._at if keep is None else keep
        # As much again as there is, so that a long element is tried a few times only, and never much more
        # than a record.
        size = min(
            max(_CHUNK, len(self._text) - self._at),
            max(_CHUNK, problems.LONGEST_RECORD - len(self._text) + self._at),
        )
        try:
            chunk = self._stream.lines.read(size)
        except CUT_SHORT:
            chunk, self.cut_short = "", True
        self._ended = not chunk
        self._text = self._text[keep:] + chunk
        self._passed += keep
        self._at -= keep
        return bool(chunk)

    def whole(self) -> Any:
        """The text's one value, where it is short enough to be held and sound; else None, and nothing is
        read."""
        while not self._ended and len(self._text) <= problems.LONGEST_RECORD:
            self._more(keep=0)
        if not self._ended or self.cut_short:
            return None
        text = self._text.lstrip("\ufeff")
        text = text[_prefix(text) :]
        try:
            return loads(_BEHIND.sub("", text) if text[-200:].rstrip()[-1:] in (";", ")") else text)
        except ValueError:
            if _PYTHON.match(text) and (value := _python(text)) is not None:
                return value
            self._at = len(self._text) - len(self._text.lstrip("\ufeff"))
            return None

    def pass_prefix(self) -> None:
        """Pass over what a program has put before the text's first value."""
        if self._at + self._passed < _CHUNK:
            self._at += _prefix(self._text[self._at : self._at + 4_000])

    def is_only(self, signs: str) -> bool:
        """Whether nothing is left but some signs, and not much of them."""
        rest = self._text[self._at :]
        return self._ended and 0 < len(rest) < 100 and not rest.strip(signs)

    def place(self) -> int:
        return self._passed + self._at

    def back_to(self, place: int) -> None:
        """To a place behind which nothing was given up."""
        self._at = max(0, place - self._passed)

    def at_end(self) -> bool:
        """Whether nothing but white space is left."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n\ufeff\u2028\0":
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

    def key(self) -> str | None:
        """A member's name and its colon; None when there is none."""
        if len(self._text) - self._at < 8_192:
            self._more()
        found = _KEY.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return str(json.loads(found[1], strict=False))

    def element(self) -> Any:
        """The next element. Raises ValueError when it is malformed, _TooLarge when it is too long."""
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
            except json.JSONDecodeError as error:
                is_incomplete = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - 16
                if (
                    is_incomplete
                    and len(self._text) - self._at >= problems.LONGEST_RECORD
                    and not self._ended
                ):
                    raise _TooLarge from None
                if is_incomplete and self._more():
                    continue
                raise
            # A number or a word at the very end may go on in the next piece.
            if end == len(self._text) and isinstance(value, int | float) and self._more():
                continue
            self._at = end
            return value

    def skip_text(self) -> bool:
        """Pass over a text of any length, holding none of it; False when it does not end."""
        self._at += 1
        while True:
            found = _TEXT_END.match(self._text, self._at)
            if found and found.end() < len(self._text):
                self._at = found.end() + 1
                return True
            # Where the text ends in half an escape, that half is read again.
            self._at = found.end() if found else self._at
            if not self._more():
                return False

    def skip_to_next(self) -> bool:
        """Go to the next thing that looks like an element; False when there is none."""
        while True:
            found = _NEXT_ELEMENT.search(self._text, self._at)
            if found:
                self._at = found.end()
                return True
            self._at = max(self._at, len(self._text) - 64)
            if not self._more():
                self._at = len(self._text)
                return False
