"""What the reader chose, kept in the address, so that a link opens the same view.

Streamlit's own `bind="query-params"` writes the translated label of an option into the address, and a
link would then depend on its sender's language; so the keys are written here.

A run goes: `begin`, then the widgets (each prepared by a `choose_...`, each noted by `write`), then
`settle`, which puts all of it into the address at once, so that the back button has one step a choice.

The navigation opens a page without any parameter. Every address that we write for a page about an app names
the app; one that does not is the navigation's, and the reader's scope goes along as if it stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import streamlit as st

from dashboard.i18n import LANGUAGES, NAMES

LANGUAGE = "lang"
SCOPE = ("app", "store", "span", "days", "place", "version")
"""What a reader keeps from page to page: of which reviews they speak."""
_SETTLED = "the address as we wrote it"
_HELD = "the choices behind that address"
_FOLLOWS = "this run follows the address"
_NOTED = "the address to be"
_CARRIED = "the scope that goes along"
_MISSED = "what the address asked for in vain"
T = TypeVar("T")
Address = dict[str, list[str]]


def begin() -> None:
    """Find out who speaks in this run: the address (a link, the back button) or a widget.

    An address that is not the one we wrote speaks, unless a widget changed: then the browser only had
    not heard of our address yet.
    """
    held: dict[str, Any] = st.session_state.get(_HELD, {})
    clicked = any(k in st.session_state and st.session_state[k] != v for k, v in held.items())
    st.session_state[_FOLLOWS] = _address() != st.session_state.get(_SETTLED) and not clicked
    st.session_state[_NOTED] = {}
    st.session_state[_MISSED] = []


def settle() -> None:
    """Put what this run noted into the address, in one step."""
    said: Address = st.session_state[_NOTED]
    # A page that has no such choice leaves it to the next one.
    st.session_state[_CARRIED] = _carried() | {k: said[k] for k in SCOPE if k in said}
    noted = {k: v for k, v in said.items() if v}
    if noted != _address():
        st.query_params.from_dict(noted)
    st.session_state[_SETTLED] = noted
    st.session_state[_HELD] = {k: st.session_state[k] for k in noted if k in st.session_state}


def write(key: str, values: Sequence[object]) -> None:
    """Note a choice for the address; an empty one leaves its key out."""
    st.session_state[_NOTED][key] = [str(v) for v in values]


def link(**values: object) -> dict[str, str | list[str]]:
    """The parameters of a link to another page, in the language of this one; None is left out."""
    said: dict[str, str | list[str]] = {
        k: [str(w) for w in v] if isinstance(v, list | tuple) else str(v)
        for k, v in values.items()
        if v is not None
    }
    return said | _language_said()


def is_asked(key: str) -> bool:
    """Whether the address holds a choice under this key."""
    return key in st.query_params


def noted(*keys: str) -> dict[str, list[str]]:
    """What this run noted for the address under these keys, for a link that changes only something else."""
    said: Address = st.session_state[_NOTED]
    return {k: said[k] for k in keys if said.get(k)}


def begin_again(key: str, asked: object) -> None:
    """Let a list with its page under `key` begin at page 1 when another question is asked."""
    before = f"{key} was asked"
    if before in st.session_state and st.session_state[before] != asked and not _follows():
        st.session_state[key] = 1
    st.session_state[before] = asked


def language() -> str:
    """The language of the screen, chosen before any page runs."""
    chosen: str = st.session_state[LANGUAGE]
    return chosen


def choose_language() -> str:
    """The language of the screen: the address, else this session's choice, else the browser's."""
    asked = "".join(_asked(LANGUAGE)[-1:])
    if asked in LANGUAGES:
        st.session_state[LANGUAGE] = asked
    elif st.session_state.get(LANGUAGE) not in LANGUAGES:
        st.session_state[LANGUAGE] = _browsers_language()
    return language()


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
    write(LANGUAGE, [language()] if _language_said() else [])


def choose_one(key: str, options: Sequence[T], default: T, *, also: Mapping[str, T] | None = None) -> T:
    """Prepare a widget with `key`: the address's choice where the address speaks, else the widget's own.

    What does not exist, or is not said, becomes `default`. `also` are words that an address may say for an
    option, although none is called so here.
    """
    if _follows() or st.session_state.get(key) not in options:
        named = {**(also or {}), **{str(option): option for option in options}}
        asked = _asked(key)
        st.session_state[key] = named.get(asked[-1], default) if asked else default
        _miss(key, [a for a in asked[-1:] if a not in named])
    chosen: T = st.session_state[key]
    return chosen


def choose_some(key: str, options: Collection[str], default: Sequence[str] = ()) -> list[str]:
    """As `choose_one` for a widget with several choices; none chosen means all.

    `default` is chosen where the address says nothing and nobody chose yet.
    """
    said = (_asked(key) or list(default)) if _is_new(key) else st.session_state[key]
    chosen = [k for k in said if k in options]
    _miss(key, [k for k in said if k not in options])
    st.session_state[key] = chosen
    return chosen


def missed() -> list[tuple[str, str]]:
    """What the address asked for and is not there, as (key, value): a dead link says so."""
    return list(st.session_state[_MISSED])


def _miss(key: str, values: Sequence[str]) -> None:
    # What goes along from page to page may be missing in silence; what a link says may not.
    if _follows() and key in st.query_params:
        # A page may prepare a choice before it draws it, and twice missed is told once.
        told = st.session_state[_MISSED]
        st.session_state[_MISSED] = list(dict.fromkeys([*told, *((key, v) for v in values)]))


def spoken(key: str) -> object:
    """What a widget holds now."""
    return st.session_state.get(key)


def said(key: str) -> str:
    """What the address says under a key where it speaks, else what was chosen last; '' for nothing."""
    if _is_new(key):
        return "".join(_asked(key)[-1:])
    return str(st.session_state[key])


def look_up(key: str, find: Callable[[str], T | None]) -> T | None:
    """What only a link names, and no widget: whatever `find` gives for it, kept while the page stays.

    None where no link names anything, and where it is not there, which `missed` then says.
    """
    # Not `_is_new`: a page that is opened without it shows everything again.
    wish = "".join(st.query_params.get_all(key)[-1:]) if _follows() else st.session_state.get(key, "")
    found = find(wish) if wish else None
    if wish and found is None:
        _miss(key, [wish])
    st.session_state[key] = "" if found is None else wish
    write(key, [] if found is None else [wish])
    return found


def choose_words(key: str) -> str:
    """As `choose_one` for words that a reader types."""
    said = "".join(_asked(key)[-1:]) if _follows() else st.session_state.get(key, "")
    st.session_state[key] = said
    return str(said)


def choose_days(
    key: str, first: date, last: date, default: tuple[date, date] | None = None
) -> tuple[date, ...]:
    """As `choose_one` for a span of days within `first`..`last`; one day while the second is not chosen.

    Without a `default` it is the whole of them.
    """
    said = [_day(a) for a in _asked(key)] if _is_new(key) else list(st.session_state[key])
    days = [d for d in said[:2] if d is not None]
    # Of days that reach beyond what is known, what is known is shown.
    within = tuple(min(max(d, first), last) for d in days)
    is_span = bool(days) and days == sorted(days) and days[0] <= last and days[-1] >= first
    chosen = within if is_span and len(days) == len(said[:2]) else default or (first, last)
    st.session_state[key] = chosen
    return chosen


def _browsers_language() -> str:
    browser = (st.context.locale or "").split("-")[0].lower()
    return browser if browser in LANGUAGES else LANGUAGES[0]


def _language_said() -> dict[str, str | list[str]]:
    """The language as an address says it: not at all where it is the one that the browser asks for."""
    return {} if language() == _browsers_language() else {LANGUAGE: language()}


def _follows() -> bool:
    return bool(st.session_state[_FOLLOWS])


def _is_new(key: str) -> bool:
    """Whether a widget has no choice of its own yet, or the address speaks."""
    return _follows() or key not in st.session_state


def _asked(key: str) -> list[str]:
    """What the address says; where it names no app, or does not speak, the scope that goes along."""
    said = st.query_params.get_all(key) if _follows() else []
    is_named = _follows() and "app" in st.query_params
    return said if said or is_named or key not in SCOPE else _carried().get(key, [])


def _carried() -> Address:
    carried: Address = st.session_state.get(_CARRIED, {})
    return carried


def _address() -> Address:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
