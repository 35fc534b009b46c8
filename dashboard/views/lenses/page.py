"""Trade-offs by four lenses: user experience, trust, reliability and service against each other, by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import streamlit as st

from dashboard.components import figures, filters, html
from dashboard.components.legends import Name, date_format
from dashboard.components.page import Page, of_app, state, ways_on
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.analysis import LensMonth
from dashboard.views.lenses import charts
from dashboard.views.lenses.charts import COLOURS, LENSES

ByStore: TypeAlias = dict[str, list[Worded[LensMonth]]]
COLUMNS = "period_start store lens n n_all share mean_stars low high share_negative"
ENOUGH = 30
"""A month in which fewer reviews speak of a lens is not named in the finding."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean stars of a lens in a month that has reviews with stars, with its interval."""

    lens: str
    name: str
    month: date
    mean: float
    low: float
    high: float


def show() -> None:
    """The page."""
    page = of_app("tradeoffs")
    if page is None:
        return
    if not page.published.has("tradeoffs"):
        state(page.t, "not_analysed", "stale")
        return
    by_store: ByStore = {}
    for row in page.published.lens_months(page.scope):
        by_store.setdefault(row.store, []).append(Worded(row, page.t(f"lens.{row.lens}")))
    if not by_store:
        st.html(html.notice("empty", page.t("lenses.empty_title"), page.t("lenses.empty")))
        return
    st.html(html.finding(page.t, finding(page.t, by_store)))
    st.header(page.t("lenses.over_months"))
    figure(page, "mean_stars", by_store)
    figure(page, "share", by_store, again=True)
    ways_on([("topics", page.t("lenses.topics"), filters.address(page.scope))])


def finding(t: Text, by_store: ByStore) -> list[str]:
    """Per store, which lens stands best and worst now, and which moved most since the first month.

    A store of which nothing can be said comes last.
    """
    said, silent = [], []
    for store, rows in by_store.items():
        sure = [m for r in rows if r.row.n >= ENOUGH and (m := known(r)) is not None]
        lines = {k: [m for m in sure if m.lens == k] for k in LENSES}
        newest = same_month(sure)
        if not newest:
            silent.append(t("lenses.too_few", store=t.store(store), n=ENOUGH))
            continue
        said.append(standing(t, store, newest))
        moved = [(line[0], line[-1]) for line in lines.values() if len(line) > 1]
        clear = [(a, b) for a, b in moved if b.low > a.high or b.high < a.low]
        if clear:
            said.append(movement(t, *max(clear, key=lambda m: abs(m[1].mean - m[0].mean))))
    return said + silent


def same_month(sure: Sequence[Mean]) -> list[Mean]:
    """The lenses of the newest month that has two of them or more; lenses of different months are not
    compared. Empty where there is none."""
    for month in sorted({m.month for m in sure}, reverse=True):
        those = [m for m in sure if m.month == month]
        if len(those) > 1:
            return those
    return []


def known(month: Worded[LensMonth]) -> Mean | None:
    """The mean of a month with its interval; None where there is none."""
    r = month.row
    if r.mean_stars is None or r.low is None or r.high is None:
        return None
    return Mean(r.lens, month.words, r.period_start, r.mean_stars, r.low, r.high)


def standing(t: Text, store: str, newest: Sequence[Mean]) -> str:
    """The best and the worst lens of one month, where their intervals lie apart."""
    best, worst = max(newest, key=lambda m: m.mean), min(newest, key=lambda m: m.mean)
    key = "lenses.standing" if best.low > worst.high else "lenses.level"
    return t(
        key, month=t.month(best.month), store=t.store(store), best=best.name, best_mean=t.stars(best.mean),
        worst=worst.name, worst_mean=t.stars(worst.mean),
    )  # fmt: skip


def movement(t: Text, first: Mean, last: Mean) -> str:
    """The lens that moved most, where its intervals of the first and the last month lie apart."""
    key = "lenses.rose" if last.mean > first.mean else "lenses.fell"
    return t(
        key, lens=first.name, first=t.stars(first.mean), last=t.stars(last.mean),
        first_month=t.month(first.month), last_month=t.month(last.month),
    )  # fmt: skip


def figure(page: Page, field: str, by_store: ByStore, *, again: bool = False) -> None:
    """Mean stars, or share, of the lenses: a chart a store. How they come about is said of the first."""
    t = page.t
    words = {k: t(f"lenses.chart_{k}") for k in ("rating", "share", "mean_stars", "lens", "n")}
    title = t(f"lenses.title_{field}")
    rows = [r for of_store in by_store.values() for r in of_store]
    method = html.Aside(t("lenses.method")) if again else t("lenses.method")
    with figures.figure(
        t,
        f"lens-{field}",
        title=title,
        sources=page.sources(method, *page.languages(again=again)),
        tables={f"lenses_{field}": table(t, rows, COLUMNS, lens=lambda r: r.words)},
        names=[Name(t(f"lens.{k}"), "line", COLOURS[k]) for k in LENSES],
    ):
        st.html(html.legend([(f"lens-{k}", t(f"lens.{k}"), "") for k in LENSES]))
        for store, of_store in by_store.items():
            if len(by_store) > 1:
                st.html(html.name(t.store(store)))
            chart(page, field, store, of_store, title, words)


def chart(
    page: Page, field: str, store: str, rows: list[Worded[LensMonth]], title: str, words: dict[str, str]
) -> None:
    """The chart of one store."""
    scope, key = page.scope, f"lens-{field}-{store}"
    figures.chart(
        key, f"{title} · {page.t.store(store)}", page.of(key),
        lambda: charts.over_months(
            rows, field, first=min(scope.first, rows[0].row.period_start), last=scope.last, words=words,
            date_format=date_format(page.t, scope.days),
        ),
    )  # fmt: skip


if __name__ == "__main__":
    show()
