"""A review in the reader's language, where the operator named a translator: asked for one by one.

`hoshiyomi dashboard` writes the program's words into HOSHIYOMI_TRANSLATOR (dashboard/translation.py).
"""

from __future__ import annotations

import json
import os
from functools import lru_cache

import streamlit as st

from dashboard.components import html
from dashboard.i18n import Text
from dashboard.rows.reviews import Review
from dashboard.translation import NotTranslated, Translator, is_wanted, translator


@lru_cache(maxsize=4)
def named(told: str | None) -> Translator | None:
    """The translator that HOSHIYOMI_TRANSLATOR holds; None where it holds none or cannot be read."""
    try:
        words = json.loads(told or "[]")
    except ValueError:
        return None
    is_command = isinstance(words, list) and all(isinstance(w, str) and w for w in words)
    return translator(words) if is_command else None


def show(key: str, t: Text, row: Review) -> None:
    """A review in the language of the page, once it is asked for; nothing where it is in that language."""
    by = named(os.environ.get("HOSHIYOMI_TRANSLATOR"))
    written = "\n".join(part for part in (row.title, row.text) if part)
    if by is None or not written or not is_wanted(row.language, t.language):
        return
    asked = f"{key}-asked"
    if not st.session_state.get(asked):
        st.button(t("act.translate"), key=key, on_click=st.session_state.update, args=({asked: True},))
        return
    try:
        words = _translated(by.command, written, (row.language or "").split("-")[0].lower(), t.language)
    except NotTranslated as why:
        st.html(html.notice("failed", t("act.untranslated"), str(why)))
        return
    st.html(html.notice("complete", t("act.translated", name=by.name), words))


@st.cache_data(show_spinner=False, max_entries=500, ttl="1h")
def _translated(command: tuple[str, ...], text: str, source: str, target: str) -> str:
    return Translator(command).translate(text, source=source, target=target)
