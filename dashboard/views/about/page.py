"""About the numbers: what each number means, how sure it is, and what this dashboard does not know."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import i18n as text
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from warehouse.errors import NothingPublished

FOLDER = Path(__file__).parent


def show() -> None:
    """The page: our own text of the reader's language, and what this publication was made with."""
    t = text.of(state.language())
    st.title(t("about.title"))
    with st.container(key="about"):
        # Our own file: no word of a store or a person is in it.
        st.markdown((FOLDER / f"{t.language}.md").read_text(encoding="utf-8"))
    try:
        published = data.published()
    except NothingPublished:
        return
    parts.sources([parts.model_line(t, published), parts.publication_line(t, published), t("source.utc")])


show()
