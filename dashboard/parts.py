"""Pieces of screen that several pages share: a chart with its evidence, and the states that are not data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard import axes, blocks, state
from dashboard.data import Published, Row
from dashboard.escape import csv_bytes
from dashboard.findings import stale_days
from dashboard.tables import Table
from dashboard.text import Text

_MOST_ROWS = 400


def html(markup: str) -> None:
    """Show markup that `blocks` made."""
    st.html(markup)


def chart(drawn: axes.Drawn, sources: Sequence[str], *, key: str, told: str) -> None:
    """A chart over its source line; `told` says in words what it shows, for who cannot see it."""
    st.altair_chart(drawn, key=key, alt=told)
    html(blocks.source(sources))


def evidence(t: Text, key: str, table: Table) -> None:
    """The same figures as a table and as CSV."""
    name, rows = t(f"evidence.{key}"), t.number(len(table.rows))
    with st.expander(t("evidence.open", name=name, n=rows)):
        html(blocks.table(name, list(table.columns.values()), table.cells[:_MOST_ROWS]))
        if len(table.rows) > _MOST_ROWS:
            html(blocks.source([t("evidence.cut", n=t.number(_MOST_ROWS), all=rows)]))
        st.download_button(
            t("evidence.csv"),
            # Written only when somebody asks for it.
            data=lambda: csv_bytes(table.columns, table.rows),
            file_name=f"hoshiyomi-{key}.csv",
            mime="text/csv",
            key=f"csv-{key}",
            on_click="ignore",
        )


def turn_pages(key: str, page: int, pages: int) -> None:
    """The pages of a list, where it has several; `page` was chosen by `state.choose_one`."""
    if pages > 1:
        st.pagination(pages, key=key)
    state.write(key, [page] if page > 1 else [])


def no_publication(t: Text) -> None:
    """Nothing is published yet: what to do about it."""
    html(blocks.notice("empty", t("empty.nothing_title"), t("empty.nothing")))
    st.code("hoshiyomi demo\nhoshiyomi import reviews.csv\nhoshiyomi refresh", language=None)


def no_apps(t: Text) -> None:
    """A publication without any app."""
    html(blocks.notice("empty", t("empty.no_apps_title"), t("empty.no_apps")))


def publication_line(t: Text, published: Published) -> str:
    """Which publication the page shows."""
    row = published.publication()
    return t("source.publication", revision=row["revision"], when=t.moment(row["published_at"]))


def model_line(t: Text, published: Published) -> str:
    """Which model read the texts."""
    version = published.publication()["model_version"]
    return t("source.model", version=version) if version else t("source.no_model")


def coverage_line(t: Text, coverage: Sequence[Row]) -> str:
    """How complete the reviews behind a figure are, in a few words a store."""
    if not coverage:
        return t("source.coverage", words=t("coverage.never"))
    words = [
        t("source.coverage_store", store=t.store(c["store"]), outcome=t(f"coverage.{c['outcome']}"))
        for c in coverage
    ]
    return t("source.coverage", words=t.listed(words))


def coverage_notices(t: Text, coverage: Sequence[Row], published_at: datetime) -> None:
    """Say aloud what is failed, partial, stale or was never collected, and what to do."""
    if not coverage:
        html(blocks.notice("empty", t("notice.never_title"), t("notice.never")))
    for row in coverage:
        values = {"store": t.store(row["store"]), "when": t.day(row["finished_at"])}
        reason = t(f"reason.{row['reason']}") if t.has(f"reason.{row['reason']}") else row["reason"]
        if row["outcome"] != "complete":
            html(
                blocks.notice(
                    row["outcome"],
                    t(f"notice.{row['outcome']}_title", **values),
                    t(f"notice.{row['outcome']}", reason=reason, **values),
                )
            )
        old = stale_days(row["covered_until"], published_at)
        if old is not None:
            told = t("notice.stale", until=t.day(row["covered_until"]), days=t.number(old), **values)
            html(blocks.notice("stale", t("notice.stale_title", **values), told))
