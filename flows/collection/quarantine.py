"""What a store sent in a layout that no parser knows, kept for whoever mends the parser.

Where the layout has moved, nobody knows which text is a name. So the layout is kept and no words: every
text becomes a mark of its kind and length, every long number a mark, too.
"""

from __future__ import annotations

import html.parser
import json
import re
from pathlib import Path

import orjson

from flows.sources.base import Page
from warehouse.private import make_folder, write_atomically

_LARGEST = 4 << 20
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\S{0,12}")
_DATA = re.compile(r"key: '(ds:\d+)'.*?data:([\s\S]*?), sideChannel: {}}\);</")
# A telephone number without its zero has nine, a bank account seven.
_PERSONAL_DIGITS = 7


def keep(data: Path, batch: str, page: Page, field: str, problem: str) -> Path:
    """Write the skeleton of a payload under `<data>/quarantine/` and give its path."""
    folder = make_folder(data / "quarantine")
    path = folder / f"{batch}.{page.number:05d}.json"
    document = {
        "shape": page.shape,
        "field": field,
        "problem": problem,
        "fetched_at": page.fetched_at,
        "length": len(page.body),
        "skeleton": skeleton(page.body[:_LARGEST]),
    }
    write_atomically(path, orjson.dumps(document, option=orjson.OPT_UTC_Z))
    return path


def skeleton(body: str) -> object:
    """The layout of a payload without its words: of JSON, of a batchexecute answer, of a page."""
    text = body.removeprefix(")]}'").strip()
    try:
        return _marked(json.loads(text))
    except (ValueError, RecursionError):
        pass
    blocks = {key: _of_block(value) for key, value in _DATA.findall(body)}
    return {"tags": _tags(body), "data": blocks}


def _of_block(value: str) -> object:
    try:
        return _marked(json.loads(value))
    except (ValueError, RecursionError):
        return f"<not JSON, {len(value)}>"


def _marked(value: object) -> object:
    if isinstance(value, dict):
        return {_key(key): _marked(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_marked(v) for v in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if len(re.sub(r"\D", "", str(value))) < _PERSONAL_DIGITS else "<number>"
    return value


def _key(key: str) -> str:
    """Names of fields are the layout; what is no name of a field may be anything."""
    is_name = re.fullmatch(r"[A-Za-z][\w:.-]{0,40}", key) and key.isascii()
    return key if is_name and not re.search(r"(?:\d\D{0,2}){7}", key) else f"<key {len(key)}>"


def _text(value: str) -> object:
    if value[:1] in "[{":
        # batchexecute carries its data as JSON in a text.
        try:
            return {"<json>": _marked(json.loads(value))}
        except (ValueError, RecursionError):
            pass
    for name, form in (("id", _ID), ("time", _TIME)):
        if form.fullmatch(value):
            return f"<{name}>"
    return f"<text {len(value)}>"


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self.names) < 500 and re.fullmatch(r"[a-z][a-z0-9-]{0,20}", tag):
            self.names.append(tag)


def _tags(body: str) -> list[str]:
    reader = _Tags()
    reader.feed(body)
    return reader.names
