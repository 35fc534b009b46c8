"""The dashboard's entry: `hoshiyomi dashboard` runs this file. Read-only, on published files only."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import auth, i18n, queries, url_state
from dashboard.components import figures, html, page, saved
from dashboard.i18n import Text
from warehouse.errors import NothingPublished, PublicationDamaged

HERE = Path(__file__).parent
BRAND = HERE / "brand"
# In the order of the navigation: the name in the address, the folder in views/, the role that it needs.
PAGES: dict[str, tuple[str, auth.Role]] = {
    "overview": ("overview", "viewer"),
    "map": ("map", "viewer"),
    "compare": ("compare", "viewer"),
    "rating": ("rating", "viewer"),
    "releases": ("releases", "viewer"),
    "topics": ("topics", "viewer"),
    "tradeoffs": ("lenses", "viewer"),
    "reviews": ("reviews", "viewer"),
    "alpha": ("alpha", "alpha_reader"),
    "health": ("health", "viewer"),
    "about": ("about", "viewer"),
}
FIRST = next(iter(PAGES))


def main() -> None:
    """Who looks, in which language, and the chosen page."""
    url_state.begin()
    t = i18n.of(url_state.choose_language())
    st.set_page_config(
        page_title=t("brand.title"),
        page_icon=str(BRAND / "star.png"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    visitor = auth.visitor()
    chosen = navigation(t, visitor)
    # Before the file is opened: whatever is wrong with it, the page has its sidebar, and has it first.
    sidebar(t, visitor)
    try:
        with queries.one_publication():
            try:
                if visitor.role is None:
                    page.at_the_door(t, visitor)
                else:
                    above = st.empty()
                    chosen.run()
                    dead = page.dead_ends(t)
                    if dead:
                        above.html(dead)
                    page.foot(page.text(), queries.published())
            except NothingPublished:
                page.no_publication(t)
    except PublicationDamaged:
        page.damaged_publication(t)
    url_state.settle()
    if visitor.role is not None:
        with st.sidebar:
            saved.views(t, chosen.url_path or FIRST, {k: v for k, (v, _) in seen_by(visitor).items()})


def seen_by(visitor: auth.Visitor) -> dict[str, tuple[str, auth.Role]]:
    """The pages that the visitor may see."""
    return {k: p for k, p in PAGES.items() if p[1] != "alpha_reader" or visitor.may_read_alpha}


def navigation(t: Text, visitor: auth.Visitor) -> StreamlitPage:
    """The pages that the visitor may see; none is named to somebody who may see nothing."""
    # Without headings between them: Streamlit puts those where a list may hold entries only (WCAG 1.3.1).
    return st.navigation(
        [
            st.Page(f"views/{view}/page.py", title=t(f"nav.{name}"), url_path=name, default=name == FIRST)
            for name, (view, _) in seen_by(visitor).items()
        ],
        position="hidden" if visitor.role is None else "sidebar",
    )


def sidebar(t: Text, visitor: auth.Visitor) -> None:
    """Brand, language, who is signed in, and which publication is shown."""
    st.logo(str(BRAND / "wordmark.svg"), size="large", icon_image=str(BRAND / "star.svg"))
    with st.sidebar:
        url_state.switch_language(t("language.label"))
        figures.say_language(t.language)
        if visitor.name is not None:
            st.html(html.source([t("door.signed_in", name=visitor.name)]))
            st.button(t("door.sign_out"), on_click=st.logout, width="stretch")


if __name__ == "__main__":
    main()
