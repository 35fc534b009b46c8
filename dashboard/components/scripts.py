"""The two scripts of our own that run in the reader's browser; both ask nothing of any server.

They are Streamlit components of fixed text (`dashboard/components/js`); what a page gives them goes
in as data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.legends import Name
from dashboard.sanitize import plain

FOLDER = Path(__file__).parent / "js"


def save_figure(key: str, *, title: str, source: str, names: Sequence[Name], buttons: dict[str, str]) -> None:
    """Buttons that save the charts in the container `figure-<key>` with their words; `buttons`: png, svg."""
    _component("figure")(
        key=f"save-{key}",
        data={
            "key": key,
            "file": f"hoshiyomi-{key}",
            "title": plain(title),
            "source": plain(source),
            "names": [asdict(n) for n in names],
            "buttons": buttons,
        },
    )


def say_language(language: str) -> None:
    """Let the document say which language it is in."""
    _component("language")(key="document-language", data={"language": language}, height=1)


@cache
def _component(name: str) -> Any:
    css = FOLDER / f"{name}.css"
    return st.components.v2.component(
        f"hoshiyomi.{name}",
        html='<div class="row"></div>',
        css=css.read_text(encoding="utf-8") if css.is_file() else None,
        js=(FOLDER / f"{name}.js").read_text(encoding="utf-8"),
    )
