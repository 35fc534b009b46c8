"""The App Store's customer-reviews feed in XML, entry by entry, in the shape that its JSON has."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from flows.sources.dumps.problems import LONGEST_RECORD, BadRow, Problem
from flows.sources.dumps.reading.json_rows import Record
from flows.sources.dumps.reading.shapes import context_of
from flows.sources.dumps.reading.streams import CUT_SHORT, TextStream

_APPLE = "{http://itunes.apple.com/rss}"
_BLOCK = 1 << 16
_FEED = re.compile(r"<(?:\w+:)?feed[\s>]")
_DECLARATION = "<?xml"


def is_feed(sample: str) -> bool:
    """Whether a text is XML with a feed in it."""
    return sample.lstrip("\ufeff \t\r\n").startswith("<") and _FEED.search(sample) is not None


def feed_records(stream: TextStream) -> Iterator[Record]:
    """The entries of a feed, counted from 1, each as an object or the reason why there is none."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Target(), encoding="utf-8")
    number = 0
    try:
        for text in _documents(stream):
            if text is None:
                # Pages one after another: each is a document of its own.
                parser.close()
                parser = DefusedXMLParser(target=_Target(), encoding="utf-8")
                continue
            # The text is decoded already; what the declaration says of its encoding is not asked.
            parser.feed(text.replace("\0", "\ufffd").encode("utf-8", "replace"))
            for record in parser.target.taken():
                number += 1
                yield number, record, None
            if parser.target.size > LONGEST_RECORD:
                yield number + 1, None, Problem(BadRow("field_too_large"))
                return
        parser.close()
    except CUT_SHORT:
        yield number + 1, None, Problem(BadRow("cut_short"))
    except (ET.ParseError, DefusedXmlException, ValueError, UnicodeError):
        for record in parser.target.taken():
            number += 1
            yield number, record, None
        yield number + 1, None, Problem(BadRow("unreadable_xml"))


def _documents(stream: TextStream) -> Iterator[str | None]:
    """The text in pieces; None where another document begins."""
    is_begun = False
    rest = ""
    while block := stream.lines.read(_BLOCK):
        text = rest + block
        # A declaration may lie across the border of two pieces.
        cut = len(text) - len(_DECLARATION) + 1
        text, rest = text[: max(cut, 0)], text[max(cut, 0) :]
        text, rest = (text + rest, "") if not rest.startswith("<") and "<" not in rest else (text, rest)
        for place, part in enumerate(_split(text)):
            if place and is_begun:
                yield None
            if part.strip("\ufeff \t\r\n"):
                yield part if is_begun and not place else part.lstrip("\ufeff \t\r\n")
                is_begun = True
    if rest:
        yield rest


def _split(text: str) -> list[str]:
    """A text before each declaration in it."""
    first, *others = text.split(_DECLARATION)
    return [first, *(_DECLARATION + part for part in others)]


class _Target:
    """Collects the entries of a feed; nothing else is held."""

    def __init__(self) -> None:
        self._entry: dict[str, Any] | None = None
        self._path: list[str] = []
        self._text: list[str] = []
        self._kind: str | None = None
        self._feed: dict[str, Any] = {"link": []}
        self._context: dict[str, Any] | None = None
        self._done: list[dict[str, Any]] = []
        self.size = 0
        """Characters of the entry that is being read."""

    def taken(self) -> list[dict[str, Any]]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        self._text, self._kind = [], attributes.get("type")
        name = _name(tag)
        if name == "entry":
            self._entry, self.size = {}, 0
        elif name == "link" and self._entry is None:
            self._feed["link"].append({"attributes": dict(attributes)})

    def data(self, text: str) -> None:
        self._text.append(text)
        self.size += len(text)

    def end(self, tag: str) -> None:
        self._path.pop()
        name = _name(tag)
        if self._entry is None:
            self._text = []
            self.size = 0
            return
        if name == "entry":
            if self._context is None:
                self._context = context_of(self._feed)
            if "im:rating" in self._entry or "im:name" not in self._entry:
                self._done.append(self._entry | self._context)
            self._entry = None
        elif (
            len(self._path)
            and _name(self._path[-1]) == "entry"
            and not (name == "content" and self._kind == "html")
        ):
            self._entry.setdefault(name, {"label": "".join(self._text)})
        self._text = []

    def close(self) -> None:
        pass


def _name(tag: str) -> str:
    return f"im:{tag.removeprefix(_APPLE)}" if tag.startswith(_APPLE) else tag.rpartition("}")[2]
