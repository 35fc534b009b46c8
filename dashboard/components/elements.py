"""Pieces of screen that several pages share: a chart with its evidence, and the states that are not data."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeAlias

import streamlit as st

from dashboard import url_state as state
from dashboard.auth import Visitor
from dashboard.components import html as blocks
from dashboard.components import scripts
from dashboard.components.headlines import stale_days
from dashboard.components.legends import Name
from dashboard.components.tables import Table
from dashboard.components.theme import Spec
from dashboard.i18n import Text
from dashboard.queries import Published
from dashboard.rows.publications import StoreCoverage
from dashboard.sanitize import csv_bytes, label

_MOST_ROWS = 400
Way: TypeAlias = tuple[str, str, Mapping[str, object]]
"""A link to another page: its view, what it says, and the address it opens."""


def html(markup: str) -> None:
    """Show markup that `blocks` made."""
    st.html(markup)


def chart(key: str, alt: str, of: tuple[Hashable, ...], draw: Callable[[], Spec]) -> None:
    """A chart; `alt` says in words what it shows. It is drawn once for everything that `of` names."""
    st.vega_lite_chart(None, specification((key, *of), draw), key=key, alt=alt)


def specification(of: tuple[Hashable, ...], draw: Callable[[], Spec]) -> Spec:
    """The specification of a chart, kept for everybody who asks for the same."""
    return _specification(of, draw)


@st.cache_data(show_spinner=False, max_entries=500)
def _specification(of: tuple[Hashable, ...], _draw: Callable[[], Spec]) -> Spec:
    return _draw()


def sources(lines: Sequence[str]) -> None:
    """What the figures rest on."""
    html(blocks.source(lines))


@contextmanager
def figure(
    t: Text,
    key: str,
    *,
    title: str,
    sources: Sequence[str],
    tables: Mapping[str, Table],
    names: Sequence[Name] = (),
) -> Iterator[None]:
    """A figure: a title that says the finding, the charts drawn inside, and the line of what they rest on.

    Under it the same figures as tables (by their keys in `evidence`), as CSV, and the charts as PNG and SVG
    with title, names and sources.
    """
    with st.container(key=f"figure-{key}", gap="small"):
        html(blocks.figure_title(title))
        yield
        html(blocks.source(sources))
    with st.expander(t("evidence.keep")):
        with st.container(horizontal=True, gap="small"):
            scripts.save_figure(
                key,
                title=title,
                source=" · ".join(s for s in sources if s),
                names=names,
                buttons={kind: t(f"evidence.{kind}") for kind in ("png", "svg")},
            )
            for name, table in tables.items():
                csv(t, name, table)
        for name, table in tables.items():
            as_table(t, name, table)


def evidence(t: Text, key: str, table: Table) -> None:
    """Figures that stand on the page as words, as a table and as CSV."""
    name = t("evidence.open", name=t(f"evidence.{key}"), n=t.number(len(table.rows)))
    with st.expander(name):
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
    name = t(f"evidence.{key}")
    html(blocks.table(name, list(table.columns.values()), table.cells[:_MOST_ROWS], table.numeric()))
    if len(table.rows) > _MOST_ROWS:
        rows = t.number(len(table.rows))
        html(blocks.source([t("evidence.cut", n=t.number(_MOST_ROWS), all=rows)]))


def ways_on(ways: Sequence[Way]) -> None:
    """Links to the pages that go on with what this one tells."""
    with st.container(horizontal=True, key="ways-on"):
        for view, words, address in ways:
            st.page_link(f"views/{view}/page.py", label=label(words), query_params=state.link(**address))


def turn_pages(key: str, page: int, pages: int) -> None:
    """The pages of a list, where it has several; `page` was chosen by `state.choose_one`."""
    if pages > 1:
        st.pagination(pages, key=key)
    state.write(key, [page] if page > 1 else [])


def too_old(t: Text) -> None:
    """This publication was made by an older version that did not write what a page needs."""
    html(blocks.notice("stale", t("empty.too_old_title"), t("empty.too_old")))


def not_analysed(t: Text) -> None:
    """This publication holds no analysis: what to do about it."""
    html(blocks.notice("stale", t("empty.not_analysed_title"), t("empty.not_analysed")))


def at_the_door(t: Text, visitor: Visitor) -> None:
    """For somebody who may see nothing: the way to sign in, or why that did not help."""
    st.title(t("brand.title"))
    if visitor.is_lawless:
        html(blocks.notice("failed", t("door.lawless_title"), t("door.lawless")))
    elif visitor.name is None:
        html(blocks.notice("empty", t("door.title"), t("door.words")))
        st.button(t("door.sign_in"), on_click=st.login, type="primary")
    else:
        html(blocks.notice("failed", t("door.refused_title"), t("door.refused", name=visitor.name)))


def no_publication(t: Text) -> None:
    """Nothing is published yet: what to do about it."""
    html(blocks.notice("empty", t("empty.nothing_title"), t("empty.nothing")))
    st.code("hoshiyomi demo\nhoshiyomi import reviews.csv\nhoshiyomi refresh", language=None)


def damaged_publication(t: Text) -> None:
    """The published file is damaged: what replaces it."""
    html(blocks.notice("empty", t("empty.damaged_title"), t("empty.damaged")))
    st.code("hoshiyomi refresh", language=None)


def no_apps(t: Text) -> None:
    """A publication without any app."""
    html(blocks.notice("empty", t("empty.no_apps_title"), t("empty.no_apps")))


def publication_line(t: Text, published: Published) -> str:
    """Which publication the page shows."""
    row = published.publication()
    return t("source.publication", revision=row.revision, when=t.moment(row.published_at))


def model_line(t: Text, published: Published) -> str:
    """Which model read the texts."""
    version = published.publication().model_version
    return t("source.model", version=version) if version else t("source.no_model")


def coverage_line(t: Text, coverage: Sequence[StoreCoverage]) -> str:
    """How complete the reviews behind a figure are, in a few words a store."""
    if not coverage:
        return t("source.coverage", words=t("coverage.never"))
    words = [
        t("source.coverage_store", store=t.store(c.store), outcome=t(f"coverage.{c.outcome}"))
        for c in coverage
    ]
    return t("source.coverage", words=t.listed(words))


def coverage_notices(t: Text, coverage: Sequence[StoreCoverage], published_at: datetime) -> None:
    """Say aloud what is failed, partial, stale or was never collected, and what to do."""
    if not coverage:
        html(blocks.notice("empty", t("notice.never_title"), t("notice.never")))
    for row in coverage:
        values = {"store": t.store(row.store), "when": t.day(row.finished_at)}
        reason = t(f"reason.{row.reason}") if t.has(f"reason.{row.reason}") else row.reason
        if row.outcome != "complete":
            html(
                blocks.notice(
                    row.outcome,
                    t(f"notice.{row.outcome}_title", **values),
                    t(f"notice.{row.outcome}", reason=reason, **values),
                )
            )
        old = stale_days(row.covered_until, published_at)
        if old is not None:
            told = t("notice.stale", until=t.day(row.covered_until), days=t.number(old), **values)
            html(blocks.notice("stale", t("notice.stale_title", **values), told))
