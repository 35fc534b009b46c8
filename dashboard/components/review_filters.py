"""The choices of the Reviews page: words, stars, tone, topic, marks and order, all kept in the address."""

from __future__ import annotations

import streamlit as st

from dashboard import url_state as state
from dashboard.components import text_search as search
from dashboard.components.html import NOT_COVERED, TONES
from dashboard.components.review_cards import DISAGREES
from dashboard.i18n import Text
from dashboard.queries import Wanted

SORTS = ("newest", "oldest", "low", "high", "helpful")
MARKS = ("disagrees", "edited", "answered", "unanswered", "vanished")
_ALL = "all"


def choose(t: Text, topics: dict[str, str]) -> tuple[Wanted, str]:
    """Which reviews are wanted, and in which order; `topics` by key with their names."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        words = _words(t)
        topic = _one_of(t, "topic", topics)
        tone = _one_of(t, "tone", {k: t(f"tone.{k}") for k in (*TONES, NOT_COVERED)})
        sort = _sort(t)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        rated = _some_of("rated", t("reviews.by_rated"), {k: t("reviews.rated", n=k) for k in "54321"})
        marks = _some_of("mark", t("reviews.by_mark"), {k: t(f"reviews.mark_{k}") for k in MARKS})
    wanted = Wanted(
        words=words,
        topic=topic,
        tone=tone,
        stars=tuple(int(k) for k in rated) or None,
        edited=True if "edited" in marks else None,
        # Both at once leave nothing out.
        answered="answered" in marks if ("answered" in marks) != ("unanswered" in marks) else None,
        disagrees=DISAGREES if "disagrees" in marks else None,
        vanished="vanished" in marks,
    )
    return wanted, sort


def _words(t: Text) -> tuple[str, ...]:
    typed = state.choose_words("q")
    st.text_input(
        t("reviews.search"), key="q", placeholder=t("reviews.search_hint"), max_chars=200, width=300
    )
    state.write("q", [typed] if typed else [])
    return search.terms(typed)


def _one_of(t: Text, key: str, names: dict[str, str]) -> str | None:
    """One of `names`, or None for all of them."""
    options = [_ALL, *names]
    chosen = state.choose_one(key, options, _ALL)
    named = {_ALL: t(f"reviews.all_{key}"), **names}
    st.selectbox(t(f"reviews.by_{key}"), options, format_func=named.__getitem__, key=key, width=185)
    state.write(key, [chosen] if chosen != _ALL else [])
    return None if chosen == _ALL else chosen


def _some_of(key: str, label: str, names: dict[str, str]) -> list[str]:
    """Any of `names`; none chosen means all."""
    chosen = state.choose_some(key, names)
    st.pills(label, list(names), format_func=names.__getitem__, key=key, selection_mode="multi")
    state.write(key, chosen)
    return chosen


def _sort(t: Text) -> str:
    chosen = state.choose_one("sort", SORTS, SORTS[0])
    st.selectbox(
        t("reviews.sort"), SORTS, format_func=lambda s: t(f"reviews.sort_{s}"), key="sort", width=185
    )
    state.write("sort", [chosen] if chosen != SORTS[0] else [])
    return chosen
