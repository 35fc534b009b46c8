"""What drove a change of the mean: the figure that the pages Releases and Topics share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import streamlit as st

from dashboard.components import figures, filters, html, review_list, theme
from dashboard.components.legends import BAD, GOOD, QUIET
from dashboard.components.page import Page, ways_on
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.analysis import Comparison, Driver
from dashboard.sanitize import short

RELEASE, CHANGE, LATEST = "release", "change", "latest"
"""Kinds of comparison."""
MOST = 28
_SHOWN = 2
"""So many reviews are shown as examples; the link below them leads to all."""
"""At most so many topics are drawn; the table has all."""
WORTH, LEAST = 0.1, 0.02
"""A driver is named that added this part of the change at least, and so many stars."""
_NONE = "none"
_LONGEST = 28
_COLUMNS = """
    topic total_effect low high share_effect mean_effect share_before share_after mean_before mean_after
    n_before n_after
"""


def comparison_name(t: Text, of: Comparison) -> str:
    """What is compared, by name; by its days where a publication of before does not say what."""
    if of.kind == RELEASE and of.release_version is not None:
        return t("drivers.release", version=of.release_version)
    if of.kind == CHANGE and of.changed_on is not None:
        return t("drivers.change", day=t.day(of.changed_on))
    if of.kind == LATEST:
        return t("drivers.latest")
    return f"{t.days(of.before_from, of.before_until)} / {t.days(of.after_from, of.after_until)}"


def spans(t: Text, of: Comparison) -> str:
    """Which days are compared, and how many reviews they have."""
    return t(
        "drivers.spans",
        before=t.days(of.before_from, of.before_until), n_before=of.n_before,
        after=t.days(of.after_from, of.after_until), n_after=of.n_after,
    )  # fmt: skip


def key(of: Comparison) -> str:
    """A comparison as the address names it."""
    return f"{of.store}/{of.comparison}"


def topics(page: Page, of: Comparison) -> list[Worded[Driver]]:
    """The topics of a comparison with their names, the strongest first."""
    rows = page.published.drivers(page.scope.app, of.store, of.comparison)
    return worded(page.t, rows, page.published.topic_names(page.t.language))


def worded(t: Text, rows: Sequence[Driver], names: Mapping[str, str]) -> list[Worded[Driver]]:
    """Drivers with the names of their topics, in the order given."""
    return [Worded(r, names.get(r.topic, t("drivers.none") if r.topic == _NONE else r.topic)) for r in rows]


def figure(page: Page, of: Comparison, *, again: bool = False) -> None:
    """The topics that drove the change of a comparison, and reviews that show the strongest; `again` where
    the page said already what to know of languages."""
    t, rows = page.t, topics(page, of)
    if not rows:
        nothing(t)
        return
    title = finding(t, of, rows)
    compared = spans(t, of)
    name = f"drivers-{of.store}-{of.comparison}"
    with figures.figure(
        t, "drivers", title=title,
        sources=(t.store(of.store), compared, *page.evidence, *page.languages(again=again)),
        tables={"drivers": table(t, rows, _COLUMNS, topic=lambda r: r.words)},
    ):  # fmt: skip
        words = {
            k: t(f"drivers.{k}") for k in ("topic", "total", "low", "high", "share_effect", "mean_effect")
        }
        figures.chart(name, title, page.of(name), lambda: chart(rows, words=words))
        st.html(html.source([t("drivers.method")]))
    shown = [r for r in named(of, rows) if r.row.examples]
    if shown:
        _examples(page, of, shown[0])


def nothing(t: Text) -> None:
    """Nothing can be said of what drove a change."""
    st.html(html.notice("empty", t("drivers.empty_title"), t("drivers.empty")))


def finding(t: Text, of: Comparison, rows: list[Worded[Driver]]) -> str:
    """The change and its strongest drivers, in a sentence; what has no topic comes last.

    Of a change that may be none nothing is the reason, and what added less than WORTH of it is none either.
    Where the largest part lies in reviews without a topic, no topic explains it.
    """
    values = {
        "before": t.stars(of.mean_before), "after": t.stars(of.mean_after),
        "change": t.signed(of.change), "low": t.signed(of.low), "high": t.signed(of.high),
    }  # fmt: skip
    if of.low <= 0 <= of.high:
        return t("drivers.finding_flat", **values)
    told = named(of, rows)
    strongest = [t("drivers.said", topic=r.words, value=t.signed(r.row.total_effect)) for r in told]
    if told and told[0].row.topic == _NONE:
        part = t.signed(told[0].row.total_effect)
        if not strongest[1:]:
            return t("drivers.finding_untold", part=part, **values)
        return t("drivers.finding_untold_beside", part=part, topics=t.listed(strongest[1:]), **values)
    if not strongest:
        return t("drivers.finding_none", **values)
    return t("drivers.finding", topics=t.listed(strongest), **values)


def named(of: Comparison, rows: Sequence[Worded[Driver]]) -> list[Worded[Driver]]:
    """The drivers that a sentence may name, the strongest first; what has no topic comes last, or first where
    it is the strongest of all. None for a change that may be none."""
    if of.low <= 0 <= of.high:
        return []
    sure = [
        r
        for r in rows
        if r.row.total_effect * of.change > 0
        and (r.row.low > 0 or r.row.high < 0)
        and abs(r.row.total_effect) >= max(WORTH * abs(of.change), LEAST)
    ]
    sure.sort(key=lambda r: -abs(r.row.total_effect))
    topics_first = [r for r in sure if r.row.topic != _NONE][:3]
    none = [r for r in sure if r.row.topic == _NONE]
    return none + topics_first if sure[:1] == none else topics_first + none


def _examples(page: Page, of: Comparison, driver: Worded[Driver]) -> None:
    """Reviews that exemplify the strongest driver; typical ones where no topic explains the change."""
    t, published = page.t, page.published
    found = published.picked(page.scope.app, of.store, driver.row.examples)[:_SHOWN]
    title = "examples_none" if driver.row.topic == _NONE else "examples"
    st.html(html.figure_title(t(f"drivers.{title}", topic=driver.words)))
    review_list.show("driver", t, published, page.scope.app, found, published.topic_names(t.language))
    if driver.row.topic != _NONE:
        after = {"span": "custom", "days": [of.after_from, of.after_until]}
        address = {**filters.address(page.scope), "store": of.store, "topic": driver.row.topic, **after}
        ways_on([("reviews", t("drivers.to_reviews", topic=driver.words), address)], "driver")


def chart(rows: Sequence[Worded[Driver]], *, words: Mapping[str, str]) -> figures.Spec:
    """What each topic added to a change, with its interval; the pointer tells its two parts.

    `rows` are worded with the topic's name; at most MOST are drawn. Pure.
    """
    values = [
        {
            "place": place,
            "label": short(r.words, _LONGEST),
            "total": r.row.total_effect,
            "share_effect": r.row.share_effect,
            "mean_effect": r.row.mean_effect,
            "low": r.row.low,
            "high": r.row.high,
            "up": r.row.total_effect >= 0,
        }
        for place, r in enumerate(rows[:MOST])
    ]
    ends = [v for r in rows[:MOST] for v in (r.row.low, r.row.high, r.row.total_effect)]
    x = alt.Scale(domain=[min([0, *ends]), max([0, *ends])], nice=True)
    y, labels = theme.labelled_rows([str(v["label"]) for v in values])
    told = [*theme.interval_told(words, "total", "+.3f")]
    told += [(f"{k}:Q", words[k], "+.3f") for k in ("share_effect", "mean_effect")]
    base = alt.Chart(theme.rows("drivers")).encode(
        y=y, tooltip=theme.tooltip(("label:N", words["topic"]), *told)
    )
    axis = alt.Axis(format="+.2f", domain=False, tickCount=8)
    bars = base.mark_bar(height=13, opacity=0.85, cornerRadiusEnd=2).encode(
        x=alt.X("total:Q", title=words["total"], scale=x, axis=axis),
        color=alt.when(alt.datum.up).then(alt.value(GOOD)).otherwise(alt.value(BAD)),
    )
    reach = base.mark_rule(color=QUIET, strokeWidth=1.6).encode(x=alt.X("low:Q", scale=x), x2="high:Q")
    drawn = (
        alt.layer(theme.zero_rule(), bars, reach)
        .add_params(labels)
        .properties(height=24 * len(values) + 60, width="container")
    )
    return theme.spec(drawn, drivers=values, zero=theme.ZERO)
