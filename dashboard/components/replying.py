"""Drafts of replies to one review, from the team's templates: to copy, and to be sent by people in the
store's own console, or from the words of `answering` where the operator turned that on.

`hoshiyomi dashboard` writes the templates into HOSHIYOMI_REPLIES (flows/config/replies.py).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from dashboard import auth
from dashboard.components import html
from dashboard.i18n import Text
from dashboard.rows.reviews import Review
from dashboard.sanitize import plain, short

LONGEST = {"google_play": 350, "app_store": 5_970}
"""So many characters a store takes."""
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template of replies.toml."""

    name: str
    text: str
    language: str | None = None
    topics: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def templates(told: str | None) -> tuple[Template, ...]:
    """The templates as HOSHIYOMI_REPLIES holds them; none where it cannot be read."""
    try:
        return tuple(Template(**{**t, "topics": tuple(t["topics"])}) for t in json.loads(told or "[]"))
    except (ValueError, TypeError, KeyError):
        return ()


def fitting(
    known: Sequence[Template], row: Review, topics: Collection[str], values: Mapping[str, str]
) -> list[Template]:
    """The templates for a review that speaks of `topics`, those about one of them first.

    One that names a field of which nothing is known is left out: its sentence would have a hole.
    """
    language = (row.language or "").split("-")[0].lower()
    found = [
        t
        for t in known
        if (not t.language or not language or t.language == language)
        and (not t.topics or set(t.topics) & set(topics))
        and all(values.get(name) for name in _FIELD.findall(t.text))
    ]
    return sorted(found, key=lambda t: not t.topics)


def fields(t: Text, row: Review, name: str) -> dict[str, str]:
    """What a template may hold; empty where it is not known. `name` is the app's name."""
    return {"app": plain(name), "store": t.store(row.store), "version": short(row.version or "", 30)}


def console(row: Review) -> str:
    """Where the app's reviews are answered, as far as that is known of its store."""
    if row.store == "app_store" and row.store_app_id.isdecimal():
        return f"https://appstoreconnect.apple.com/apps/{row.store_app_id}"
    return "https://play.google.com/console" if row.store == "google_play" else ""


def show(
    key: str, t: Text, row: Review, topics: Collection[str], name: str, *, is_sent_here: bool = False
) -> str:
    """The drafts for a review, for editors and those who may send one from here; the chosen one, "" without.

    `name` is the app's name.
    """
    values = fields(t, row, name)
    found = fitting(templates(os.environ.get("HOSHIYOMI_REPLIES")), row, topics, values)
    if not found or not (is_sent_here or auth.visitor().is_editor):
        return ""
    chosen = st.selectbox(t("act.reply"), [f.name for f in found], format_func=plain, key=f"{key}-reply")
    template = next((f for f in found if f.name == chosen), found[0])
    draft = template.text.format(**values)
    if is_sent_here:
        return draft
    st.code(draft, language=None, wrap_lines=True)
    most = LONGEST.get(row.store, len(draft))
    if len(draft) > most:
        words = t("act.too_long", n=len(draft), store=t.store(row.store), most=most)
        st.html(html.notice("stale", t("act.too_long_title"), words))
    if place := console(row):
        st.link_button(t("act.console"), place)
    return draft
