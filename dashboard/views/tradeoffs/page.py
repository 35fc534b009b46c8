"""Trade-offs: user experience, trust, reliability and service against each other, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeAlias

import streamlit as st

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import filters as choices
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import tables
from dashboard.components.page import Page, of_app
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.topics import LensMonth
from dashboard.sanitize import markup
from dashboard.views.tradeoffs import charts as lens_charts
from dashboard.views.tradeoffs.charts import LENSES

ByStore: TypeAlias = dict[str, list[Worded[LensMonth]]]
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
        parts.not_analysed(page.t)
        return
    by_store: ByStore = {}
    for row in page.published.lens_months(page.scope):
        by_store.setdefault(row.store, []).append(Worded(row, page.t(f"lens.{row.lens}")))
    if not by_store:
        parts.html(blocks.notice("empty", page.t("tradeoffs.empty_title"), page.t("tradeoffs.empty")))
        return
    parts.html(blocks.finding(finding(page.t, by_store)))
    st.header(page.t("tradeoffs.over_months"))
    for field in ("mean_stars", "share"):
        figure(page, field, by_store)
    st.page_link(
        "views/topics/page.py",
        label=page.t("tradeoffs.topics"),
        query_params=state.link(**choices.address(page.scope)),
    )


def finding(t: Text, by_store: ByStore) -> list[str]:
    """Per store, which lens stands best and worst now, and which moved most since the first month."""
    said = []
    for store, rows in by_store.items():
        sure = [m for r in rows if r.row.n >= ENOUGH and (m := known(r)) is not None]
        lines = {k: [m for m in sure if m.lens == k] for k in LENSES}
        newest = [line[-1] for line in lines.values() if line]
        if len(newest) < 2:
            said.append(t("tradeoffs.too_few", store=t.store(store), n=ENOUGH))
            continue
        said.append(standing(t, store, newest))
        moved = [(line[0], line[-1]) for line in lines.values() if len(line) > 1]
        clear = [(a, b) for a, b in moved if b.low > a.high or b.high < a.low]
        if clear:
            said.append(movement(t, *max(clear, key=lambda m: abs(m[1].mean - m[0].mean))))
    return said


def known(month: Worded[LensMonth]) -> Mean | None:
    """The mean of a month with its interval; None where there is none."""
    r = month.row
    if r.mean_stars is None or r.low is None or r.high is None:
        return None
    return Mean(r.lens, month.words, r.period_start, r.mean_stars, r.low, r.high)


def standing(t: Text, store: str, newest: Sequence[Mean]) -> str:
    """The best and the worst lens of the newest months."""
    best, worst = max(newest, key=lambda m: m.mean), min(newest, key=lambda m: m.mean)
    return t(
        "tradeoffs.standing", store=t.store(store), best=best.name, best_mean=t.stars(best.mean),
        worst=worst.name, worst_mean=t.stars(worst.mean),
    )  # fmt: skip


def movement(t: Text, first: Mean, last: Mean) -> str:
    """The lens that moved most, where its intervals of the first and the last month lie apart."""
    key = "tradeoffs.rose" if last.mean > first.mean else "tradeoffs.fell"
    return t(
        key, lens=first.name, first=t.stars(first.mean), last=t.stars(last.mean),
        first_month=t.month(first.month), last_month=t.month(last.month),
    )  # fmt: skip


def figure(page: Page, field: str, by_store: ByStore) -> None:
    """Mean stars, or share, of the lenses: a chart a store."""
    t = page.t
    words = {k: t(f"tradeoffs.chart_{k}") for k in ("rating", "share", "mean_stars", "lens", "n")}
    title = t(f"tradeoffs.title_{field}")
    with parts.figure(
        t,
        f"lens-{field}",
        title=title,
        sources=page.sources(t("tradeoffs.method")),
        tables={f"lenses_{field}": tables.lenses(t, [r for rows in by_store.values() for r in rows])},
        names=[captions.Name(t(f"lens.{k}"), "line", lens_charts.COLOURS[k]) for k in LENSES],
    ):
        parts.html(blocks.legend([(f"lens-{k}", t(f"lens.{k}"), "") for k in LENSES]))
        for store, rows in by_store.items():
            key = f"lens-{field}-{store}"
            if len(by_store) > 1:
                parts.html(f'<p class="hy-name">{markup(t.store(store))}</p>')
            alt = f"{title} · {t.store(store)}"
            parts.chart(key, alt, page.of(key), partial(drawn, page, rows, field, words))


def drawn(page: Page, rows: list[Worded[LensMonth]], field: str, words: dict[str, str]) -> Any:
    """One chart."""
    scope = page.scope
    return lens_charts.over_months(
        rows, field, first=min(scope.first, rows[0].row.period_start), last=scope.last, words=words,
        date_format=captions.date_format(page.t, scope.days),
    )  # fmt: skip


show()
