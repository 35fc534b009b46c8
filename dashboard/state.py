"""What the reader chose, kept in the address, so that a link opens the same view.

Streamlit's own `bind="query-params"` writes the translated label of an option into the address, and a
link would then depend on its sender's language; so the keys are written here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar

import streamlit as st

from dashboard.text import LANGUAGES, NAMES

LANGUAGE = "lang"
_WRITTEN = "written to the address"
T = TypeVar("T")


def language() -> str:
    """The language of the screen: the address, else this session's choice, else the browser's."""
    asked = _last_asked(LANGUAGE)
    if asked in LANGUAGES:
        st.session_state[LANGUAGE] = asked
    elif st.session_state.get(LANGUAGE) not in LANGUAGES:
        browser = (st.context.locale or "").split("-")[0].lower()
        st.session_state[LANGUAGE] = browser if browser in LANGUAGES else LANGUAGES[0]
    chosen: str = st.session_state[LANGUAGE]
    return chosen


def switch_language(label: str) -> None:
    """The switch between the languages, each named in itself."""
    st.segmented_control(
        label,
        LANGUAGES,
        format_func=lambda code: NAMES[code],
        key=LANGUAGE,
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    write(LANGUAGE, [st.session_state[LANGUAGE]])


def choose_one(key: str, options: Sequence[T], default: T) -> T:
    """Prepare a widget with `key`: its state becomes the address's choice, else its own, else `default`.

    An address that names what does not exist is answered with the default.
    """
    asked = _last_asked(key)
    by_name = {str(option): option for option in options}
    if asked is not None and asked in by_name:
        st.session_state[key] = by_name[asked]
    elif asked is not None or st.session_state.get(key) not in options:
        st.session_state[key] = default
    chosen: T = st.session_state[key]
    return chosen


def choose_words(key: str) -> str:
    """As `choose_one` for words that a reader types."""
    asked = _last_asked(key)
    chosen: str = st.session_state.get(key, "") if asked is None else asked
    st.session_state[key] = chosen
    return chosen


def choose_page(key: str, pages: int) -> int:
    """Which page of a list a `st.pagination` with `key` shows; the list may have become shorter."""
    chosen = st.session_state.get(key)
    if chosen is None:
        asked = _last_asked(key) or ""
        chosen = int(asked) if asked.isdecimal() else 1
    return max(1, min(chosen, pages))


def choose_some(key: str, options: Collection[str]) -> list[str]:
    """As `choose_one` for a widget with several choices; none chosen means all."""
    asked = _asked(key)
    known = asked if asked is not None else st.session_state.get(key, [])
    st.session_state[key] = [k for k in known if k in options]
    chosen: list[str] = st.session_state[key]
    return chosen


def choose_days(key: str, first: date, last: date) -> tuple[date, date]:
    """As `choose_one` for a span of days, held within `first`..`last`."""
    asked = _asked(key)
    chosen = st.session_state.get(key, ())
    if asked is not None and len(asked) == 2:
        chosen = tuple(_day(a) for a in asked)
    if len(chosen) != 2 or None in chosen or not first <= chosen[0] <= chosen[1] <= last:
        chosen = (first, last)
    st.session_state[key] = chosen
    return chosen[0], chosen[1]


def write(key: str, values: Sequence[object]) -> None:
    """Put the choice into the address; an empty one takes the key out."""
    words = [str(v) for v in values]
    if words != st.query_params.get_all(key):
        if words:
            st.query_params[key] = words
        else:
            st.query_params.pop(key, None)
    _written()[key] = words


def link(**values: object) -> dict[str, str]:
    """The parameters of a link to another page, in the language of this one."""
    return {LANGUAGE: st.session_state[LANGUAGE]} | {k: str(v) for k, v in values.items()}


def _asked(key: str) -> list[str] | None:
    """What the address says of `key` if a person said it there, not we: a link, or the back button."""
    now = st.query_params.get_all(key)
    # A page that was left has forgotten its widgets; its address is then all there is.
    is_ours = key in st.session_state and now == _written().get(key)
    return now if now and not is_ours else None


def _last_asked(key: str) -> str | None:
    asked = _asked(key)
    return asked[-1] if asked else None


def _written() -> dict[str, list[str]]:
    written: dict[str, list[str]] = st.session_state.setdefault(_WRITTEN, {})
    return written


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
