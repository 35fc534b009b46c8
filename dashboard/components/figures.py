"""A figure with its evidence: charts, what they rest on, the same figures as table and CSV, and as pictures.

Three scripts of our own run in the reader's browser (`components/js`); they ask nothing of any server. They
are Streamlit components of fixed text; what a page gives them goes in as data.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import streamlit as st
from markupsafe import Markup

from dashboard import queries
from dashboard.components import html
from dashboard.components.legends import Name
from dashboard.components.page import made_with
from dashboard.components.tables import LOOKED_AT, Table
from dashboard.i18n import Text
from dashboard.sanitize import csv_bytes, plain

FOLDER = Path(__file__).parent / "js"
Spec: TypeAlias = dict[str, Any]
"""A Vega-Lite specification."""


def chart(key: str, alt: str, of: tuple[Hashable, ...], draw: Callable[[], Spec]) -> None:
    """A chart; `alt` says in words what it shows. It is drawn once for everything that `of` names."""
    drawn = specification((key, *of), draw)
    # Its room is kept while it is drawn, so that what stands below does not move.
    if isinstance(height := drawn.get("height"), int | float):
        st.html(html.room(key, round(height)))
    st.vega_lite_chart(None, drawn, key=key, alt=alt)


def specification(of: tuple[Hashable, ...], draw: Callable[[], Spec]) -> Spec:
    """The specification of a chart, kept for everybody who asks for the same and may see the same."""
    return _specification((queries.published().visible, *of), draw)


@st.cache_data(show_spinner=False, max_entries=500)
def _specification(of: tuple[Hashable, ...], _draw: Callable[[], Spec]) -> Spec:
    return _draw()


@contextmanager
def figure(
    t: Text,
    key: str,
    *,
    title: str,
    sources: Sequence[str],
    tables: Mapping[str, Table],
    names: Sequence[Name] = (),
    level: int = 3,
) -> Iterator[None]:
    """A figure: a title that says the finding, the charts drawn inside, and the line of what they rest on.

    Under it the same figures as tables (by their keys in `evidence`), as CSV, and the charts as PNG and SVG
    with title, names and sources. A figure that opens a page is its first heading (`level` 2).
    """
    with st.container(key=f"figure-{key}", gap="small"):
        st.html(html.figure_title(title, level))
        yield
        st.html(html.basis(t, sources))
    with st.expander(t("evidence.keep")):
        with st.container(horizontal=True, gap="small"):
            # A picture goes where the page's foot does not.
            said = [*sources, *made_with(t, queries.published()), t.whose_days()]
            _save_buttons(t, key, title=title, source=" · ".join(s for s in said if s), names=names)
            for name, table in tables.items():
                csv(t, name, table)
        for name, table in tables.items():
            as_table(t, name, table)


def evidence(
    t: Text, key: str, table: Table, *, read: Markup | None = None, sources: Sequence[str] = ()
) -> None:
    """Figures that stand on the page as words, as a table and as CSV.

    `read` is the same as a table to be read, with what it rests on (`sources`): it unfolds, too.
    """
    with st.expander(t("evidence.open", name=t(f"evidence.{key}"), n=len(table.rows))):
        if read is not None:
            st.html(read)
            st.html(html.source(sources))
        csv(t, key, table)
        as_table(t, key, table)


def csv(t: Text, key: str, table: Table) -> None:
    """A button that gives all rows of a table, safe for a spreadsheet."""
    csv_of(t, key, lambda: table)


def csv_of(t: Text, key: str, table: Callable[[], Table]) -> None:
    """As `csv`, for a table that is asked for only when somebody wants it."""

    def written() -> bytes:
        made = table()
        return csv_bytes(made.columns, made.rows)

    st.download_button(
        t("evidence.csv", name=t(f"evidence.{key}")),
        data=written,
        file_name=f"hoshiyomi-{key}.csv",
        mime="text/csv",
        key=f"csv-{key}",
        on_click="ignore",
    )


def as_table(t: Text, key: str, table: Table) -> None:
    """The first rows of a table, to be read."""
    st.html(html.table(t(f"evidence.{key}"), list(table.columns.values()), table.cells, table.numeric()))
    if len(table.rows) > LOOKED_AT:
        st.html(html.source([t("evidence.cut", n=LOOKED_AT, all=len(table.rows))]))


def say_language(language: str) -> None:
    """Let the document say which language it is in."""
    _script("language")(key="document-language", data={"language": language}, height=1)


def follow_links() -> None:
    """Let links within texts (`.hy-links`) open their pages without loading everything anew."""
    _script("links")(key="links-within", data={}, height=1)


def _save_buttons(t: Text, key: str, *, title: str, source: str, names: Sequence[Name]) -> None:
    """Buttons that save the charts in the container `figure-<key>` with their words."""
    _script("figure")(
        key=f"save-{key}",
        data={
            "key": key,
            "file": f"hoshiyomi-{key}",
            "title": plain(title),
            "source": plain(source),
            "names": [asdict(n) for n in names],
            "buttons": {kind: t(f"evidence.{kind}") for kind in ("png", "svg")},
        },
    )


@cache
def _script(name: str) -> Any:
    css = FOLDER / f"{name}.css"
    return st.components.v2.component(
        f"hoshiyomi.{name}",
        html='<div class="row"></div>',
        css=css.read_text(encoding="utf-8") if css.is_file() else None,
        js=(FOLDER / f"{name}.js").read_text(encoding="utf-8"),
    )
