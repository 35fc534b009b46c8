"""The dashboard's entry: `hoshiyomi dashboard` runs this file. Read-only, on published files only."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import auth as access
from dashboard import i18n as text
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import html as blocks
from dashboard.components import scripts
from warehouse.errors import NothingPublished, PublicationDamaged

HERE = Path(__file__).parent
BRAND = HERE / "brand"
# In the order of the navigation, with the role that each needs.
PAGES: dict[str, access.Role] = {
    "overview": "viewer",
    "rating": "viewer",
    "releases": "viewer",
    "topics": "viewer",
    "tradeoffs": "viewer",
    "reviews": "viewer",
    "alpha": "alpha_reader",
    "health": "viewer",
    "about": "viewer",
}
FIRST = next(iter(PAGES))


def main() -> None:
    """Who looks, in which language, and the chosen page."""
    state.begin()
    t = text.of(state.choose_language())
    st.set_page_config(
        page_title=t("brand.title"),
        page_icon=str(BRAND / "star.png"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(HERE / "style.css")
    visitor = access.visitor()
    page = navigation(t, visitor)
    try:
        with data.one_publication():
            sidebar(t, visitor)
            try:
                if visitor.role is None:
                    parts.at_the_door(t, visitor)
                else:
                    page.run()
            except NothingPublished:
                parts.no_publication(t)
    except PublicationDamaged:
        parts.damaged_publication(t)
    state.settle()


def navigation(t: text.Text, visitor: access.Visitor) -> StreamlitPage:
    """The pages that the visitor may see; none is named to somebody who may see nothing."""
    # Without headings between them: Streamlit puts those where a list may hold entries only (WCAG 1.3.1).
    return st.navigation(
        [
            st.Page(f"views/{name}/page.py", title=t(f"nav.{name}"), url_path=name, default=name == FIRST)
            for name, needed in PAGES.items()
            if needed != "alpha_reader" or visitor.may_read_alpha
        ],
        position="hidden" if visitor.role is None else "sidebar",
    )


def sidebar(t: text.Text, visitor: access.Visitor) -> None:
    """Brand, language, who is signed in, and which publication is shown."""
    st.logo(str(BRAND / "wordmark.svg"), size="large", icon_image=str(BRAND / "star.svg"))
    with st.sidebar:
        state.switch_language(t("language.label"))
        scripts.say_language(t.language)
        if visitor.name is not None:
            parts.sources([t("door.signed_in", name=visitor.name)])
            st.button(t("door.sign_out"), on_click=st.logout, width="stretch")
        if visitor.role is None:
            return
        try:
            published = data.published()
        except NothingPublished:
            return
        lines = [parts.publication_line(t, published), parts.model_line(t, published), t("source.utc")]
        parts.html("".join(blocks.source([line]) for line in lines))


main()
