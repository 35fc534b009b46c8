"""What the reader keeps: favourite apps, views by name. Where nobody signs in the address holds all of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qs, urlencode

import streamlit as st

from dashboard import auth, kept, url_state
from dashboard.components import html
from dashboard.components.page import link
from dashboard.i18n import Text
from dashboard.kept import Kept, NotKept, TooMuch, View
from dashboard.sanitize import label

STAR = "star"
"""The key of favourites in the address."""
_FAILED = "what is kept failed"
_NAME = "the name of a view to be saved"


def keeper() -> Kept | None:
    """What the person who looks keeps; None where nobody signs in, or nothing can be kept."""
    identity = auth.visitor().identity
    if identity is None:
        return None
    try:
        return kept.of_person(*identity)
    except NotKept:
        st.session_state[_FAILED] = "failed"
        return None


def favourites(t: Text, apps: Collection[str]) -> set[str]:
    """The reader's favourites among `apps`: kept for them where they sign in, else of the address."""
    own = keeper()
    if own is not None:
        try:
            found = own.favourites()
            missing = found - set(apps)
            if missing:
                st.html(html.source([t("saved.missing", n=len(missing))]))
            return found & set(apps)
        except NotKept:
            st.session_state[_FAILED] = "failed"
            return set()
    chosen = url_state.choose_some(STAR, apps)
    url_state.write(STAR, chosen)
    return set(chosen)


def toggle(app: str) -> None:
    """A click on an app's star."""
    own = keeper()
    if own is not None:
        _try(lambda: own.toggle(app))
        return
    starred: list[str] = st.session_state.get(STAR, [])
    st.session_state[STAR] = [a for a in starred if a != app] if app in starred else [*starred, app]


def said(t: Text) -> None:
    """What of the last click was not kept, and why."""
    failed = st.session_state.pop(_FAILED, None)
    if failed is not None:
        st.html(html.notice("failed", t("saved.failed_title"), t(f"saved.{failed}")))


def views(t: Text, page: str, pages: Mapping[str, str]) -> None:
    """The reader's views by name, where people sign in; `page` is the one that is shown, `pages` those that
    the reader may see, by their names in the address with their folders in views/."""
    own = keeper()
    found: list[View] = []
    if own is not None:
        try:
            found = own.views()
        except NotKept:
            st.session_state[_FAILED] = "failed"
            own = None
    said(t)
    if own is None:
        # All that is chosen stands in the browser's address line: that is the link.
        return
    with st.expander(t("saved.views")):
        for place, view in enumerate(found):
            with st.container(horizontal=True, vertical_alignment="center", key=f"view-{place}"):
                _view(t, view, pages)
                st.button(label(t("saved.drop", name=view.name)), key=f"drop-{place}", type="tertiary",
                          on_click=_drop, args=(view.name,))  # fmt: skip
        st.text_input(t("saved.name"), key=_NAME, max_chars=kept.LONGEST_NAME)
        st.button(t("saved.save"), on_click=_save, args=(page,), width="stretch")
        st.caption(t("saved.theirs"))
        st.button(t("saved.forget"), on_click=_forget, type="tertiary")


def _view(t: Text, view: View, pages: Mapping[str, str]) -> None:
    """A link to a view; a page that is gone, or not for this reader, is said to be."""
    if view.page in pages:
        link(pages[view.page], view.name, parse_qs(view.query))
    else:
        st.caption(label(t("saved.gone", name=view.name)))


def _save(page: str) -> None:
    name = str(st.session_state.get(_NAME, "")).strip()
    own = keeper()
    if own is None or not name:
        return
    # The address of now, without the language: a view opens in that of its reader.
    query = {k: st.query_params.get_all(k) for k in st.query_params if k != url_state.LANGUAGE}
    _try(lambda: own.save(View(name, page, urlencode(query, doseq=True))))
    st.session_state[_NAME] = ""


def _drop(name: str) -> None:
    own = keeper()
    if own is not None:
        _try(lambda: own.drop(name))


def _forget() -> None:
    own = keeper()
    if own is not None:
        _try(own.forget)


def _try(do: Callable[[], None]) -> None:
    try:
        do()
    except NotKept:
        st.session_state[_FAILED] = "failed"
    except TooMuch:
        st.session_state[_FAILED] = "too_much"
