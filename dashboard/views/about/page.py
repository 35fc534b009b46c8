"""About the numbers: what each number means, how sure it is, and what this dashboard does not know."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import queries
from dashboard.components import html
from dashboard.components.page import made_with, text
from warehouse.errors import NothingPublished

FOLDER = Path(__file__).parent


def show() -> None:
    """The page: our own text of the reader's language, and what this publication was made with."""
    t = text()
    st.title(t("nav.about"))
    with st.container(key="about"):
        # Our own file: no word of a store or a person is in it.
        first, *sections = (FOLDER / f"{t.language}.md").read_text(encoding="utf-8").split("\n## ")
        st.markdown(first)
        for section in sections:
            heading, _, words = section.partition("\n")
            with st.expander(heading):
                st.markdown(words)
    try:
        published = queries.published()
    except NothingPublished:
        return
    st.html(html.source((*made_with(t, published), t.whose_days())))


if __name__ == "__main__":
    show()
