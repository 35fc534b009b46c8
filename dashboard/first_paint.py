"""Streamlit's page made ours: what stands from the first paint on, so that nothing moves when the rest comes.

Streamlit draws a page from nothing, in parts: its sidebar comes after the title, a field when its script was
fetched. Here the page begins with our style, the sidebar's room and the scripts that our pages ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

PAGE = Path(st.__file__).parent / "static" / "index.html"
STYLE = Path(__file__).parent / "style.css"
SCRIPT = Path(__file__).parent / "components" / "js" / "room.js"
PARTS = (
    "Html", "ButtonGroup", "Selectbox", "TextInput", "Button", "PageLink", "BidiComponent", "DownloadButton",
    "Checkbox", "Pagination", "ArrowVegaLiteChart",
)  # fmt: skip
"""The parts of Streamlit's page that ours draw; each is a script of its own."""
_ASKED = re.compile(r"""(?:from|import)"\./([\w.-]+\.js)\"""")
_PRELOADED = re.compile(r'"\./static/js/([\w.-]+\.js)"')


def page() -> str:
    """The page that browsers are given for every address of the dashboard."""
    streamlits = PAGE.read_text("utf-8")
    head = [f"<script>{SCRIPT.read_text('utf-8')}</script>", *preloads(streamlits)]
    # Behind the styles that Streamlit's own script puts into the head: of equals the last one holds.
    return with_parts(streamlits, head, [f"<style>{STYLE.read_text('utf-8')}</style>"])


def with_parts(page: str, head: Iterable[str], body: Iterable[str]) -> str:
    """A page with more at the ends of its head and body. Raises ValueError where it has none."""
    for end, parts in (("</head>", head), ("</body>", body)):
        if page.count(end) != 1:
            raise ValueError(f"{PAGE} has no single {end}: another release of Streamlit?")
        page = page.replace(end, "".join(f"{part}\n" for part in parts) + end)
    return page


def preloads(page: str) -> list[str]:
    """Links that fetch the scripts of PARTS at once, with all that these ask for, beside those of `page`."""
    named = set(_PRELOADED.findall(page))
    return [
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in scripts(PARTS, PAGE.parent / "static" / "js")
        if name not in named
    ]


def scripts(parts: Sequence[str], folder: Path) -> list[str]:
    """The files of some parts and, again and again, of what they import, each once.

    Raises ValueError for a part that Streamlit does not have.
    """
    found: dict[str, None] = {}
    ahead: list[str] = []
    for part in parts:
        files = [p.name for p in folder.glob(f"{part}.*.js")]
        if len(files) != 1:
            raise ValueError(f"{folder} has no single script of {part}: another release of Streamlit?")
        ahead += files
    while ahead:
        name = ahead.pop(0)
        if name not in found:
            found[name] = None
            ahead += _ASKED.findall((folder / name).read_text("utf-8"))
    return list(found)
