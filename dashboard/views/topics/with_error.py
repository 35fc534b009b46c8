"""Shares of sentiments and topics with the model's own error in them, on request."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import url_state
from dashboard.components import figures, html
from dashboard.components.html import Cell
from dashboard.components.page import Page
from dashboard.components.tables import table
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import ShareWithError

COLUMNS = """
    spoken_of n n_read share share_low share_high n_measured corrected corrected_low corrected_high error
"""
HEADS = ("label", "counted", "corrected", "change", "known")
SENTIMENT, MEASURED, PARTLY = "sentiment", "measured", "partly_measured"


def switch(page: Page) -> None:
    """The switch, and behind it the shares with the interval that they really have."""
    t = page.t
    if not page.published.has("corrected_shares"):
        return
    is_on = url_state.choose_one("with_error", [False, True], False)
    st.toggle(t("error.switch"), key="with_error", help=t("error.help"))
    url_state.write("with_error", [True] if is_on else [])
    if not is_on:
        return
    rows = page.published.shares_with_error(page.scope)
    if not rows:
        return
    st.html(html.figure_title(finding(t, rows)))
    names = [h for h in HEADS if h != "change" or any(r.change is not None for r in rows)]
    cells = [line(t, row, with_change="change" in names) for row in rows]
    st.html(html.table(t("error.caption"), [t(f"error.head_{k}") for k in names], cells, (1, 2)))
    st.html(html.source(page.sources(t("source.classified", n=rows[0].n_read), t("error.method"))))
    told = table(
        t, rows, COLUMNS, spoken_of=lambda r: name(t, r), share_low=lambda r: r.low,
        share_high=lambda r: r.high, error=lambda r: known(t, r),
    )  # fmt: skip
    figures.evidence(t, "shares_with_error", told)


def finding(t: Text, rows: Sequence[ShareWithError]) -> str:
    """How far the share of negative texts can be from the counted one, in a sentence."""
    negative = next((r for r in rows if r.task == SENTIMENT and r.label == "negative"), None)
    if negative is None or negative.corrected is None:
        return t("error.none_told")
    return t(
        "error.finding", counted=t.percent(negative.share), low=t.percent(negative.corrected_low),
        high=t.percent(negative.corrected_high),
    )  # fmt: skip


def line(t: Text, row: ShareWithError, *, with_change: bool = True) -> list[Cell]:
    """One sentiment or topic as a line of the table.

    Of the corrected share the interval is told: it holds the truth as often as it says, while its middle is
    not always nearer to it than what was counted (docs/statistics.md).
    """
    counted = t("verdict.plain", value=t.percent(row.share), low=t.percent(row.low), high=t.percent(row.high))
    change = [_change(t, row)] if with_change else []
    return [name(t, row), counted, _range(t, row), *change, known(t, row)]


def name(t: Text, row: ShareWithError) -> str:
    """The sentiment's or topic's name on the screen."""
    if row.task == SENTIMENT:
        return t(f"sentiment.{row.label}")
    return row.label_ja if t.language == "ja" else row.label_en


def known(t: Text, row: ShareWithError) -> str:
    """How well the model's error is known where these texts are."""
    if row.error in (MEASURED, PARTLY) and row.corrected is None:
        return t("error.says_nothing" if row.error == MEASURED else "error.too_few_measured")
    if row.error == PARTLY:
        return t("error.partly_measured", share=t.percent(row.n_measured / row.n_read))
    return t(f"error.{row.error}")


def _range(t: Text, row: ShareWithError) -> str:
    if row.corrected is None:
        return NOTHING
    return t("error.range", low=t.percent(row.corrected_low), high=t.percent(row.corrected_high))


def _change(t: Text, row: ShareWithError) -> str:
    if row.change is None:
        return NOTHING
    return t(
        "error.change",
        value=t.points(row.change),
        low=t.points(row.change_low),
        high=t.points(row.change_high),
    )
