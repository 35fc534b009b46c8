"""The dashboard's entry: `hoshiyomi dashboard` runs this file. Read-only, on published files only."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import blocks, data, parts, state, text
from warehouse.errors import NothingPublished

HERE = Path(__file__).parent
BRAND = HERE / "brand"


def main() -> None:
    """Language, frame and the chosen page."""
    state.begin()
    t = text.of(state.choose_language())
    st.set_page_config(
        page_title=t("brand.title"),
        page_icon=str(BRAND / "star.png"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(HERE / "style.css")
    page = st.navigation(
        [
            st.Page("views/overview.py", title=t("overview.title"), url_path="overview", default=True),
            st.Page("views/rating.py", title=t("rating.title"), url_path="rating"),
        ]
    )
    sidebar(t)
    try:
        page.run()
    except NothingPublished:
        parts.no_publication(t)
    state.settle()


def sidebar(t: text.Text) -> None:
    """Brand, language and which publication is shown."""
    st.logo(str(BRAND / "wordmark.svg"), size="large", icon_image=str(BRAND / "star.svg"))
    with st.sidebar:
        state.switch_language(t("language.label"))
        try:
            published = data.published()
        except NothingPublished:
            return
        lines = [parts.publication_line(t, published), parts.model_line(t, published), t("source.utc")]
        parts.html("".join(blocks.source([line]) for line in lines))


main()
