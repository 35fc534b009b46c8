"""Topics over time as a grid: months across, topics down. Pure: rows in, Vega-Lite specifications out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import QUIET
from dashboard.rows.analysis import TopicPeriod
from dashboard.sanitize import short

MOST = 14
"""The topics that are spoken of most are drawn; the table has all."""
THIN = 30
"""Cells of periods in which fewer reviews were read are thin: one complaint among ten is no wave."""
_LONGEST = 26


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A topic in a period, both by name."""

    row: TopicPeriod
    topic: str
    period: str


def over_time(rows: Sequence[NamedPeriod], topics: Sequence[str], *, words: Mapping[str, str]) -> Spec:
    """How large a share of the reviews complained of each topic in each period: the darker, the more.

    `rows` are in order of time; `topics`: the names from top to bottom.
    """
    shown = list(topics[:MOST])
    places = {name: place for place, name in enumerate(shown)}
    periods = list(dict.fromkeys(r.period for r in rows))
    values: list[dict[str, Any]] = [
        {
            "place": places[r.topic],
            "name": r.topic,
            "period": periods.index(r.period),
            "when": r.period,
            "share": r.row.share_negative,
            "n": r.row.n,
            "negative": r.row.n_negative,
            "of_all": r.row.of_all,
            "few": r.row.of_all < THIN,
        }
        for r in rows
        if r.topic in places
    ]
    # One of the few reviews of a thin cell must not make all the others pale.
    told = [v["share"] for v in values if not v["few"]] or [v["share"] for v in values]
    look: dict[str, Any] = {"cornerRadius": 2, "stroke": QUIET, "strokeOpacity": 0.25, "strokeWidth": 0.6}
    base = (
        alt.Chart(theme.rows("grid"))
        .encode(
            x=alt.X(
                "period:O",
                title=None,
                scale=alt.Scale(domain=list(range(len(periods)))),
                axis=alt.Axis(
                    labelExpr="period_labels[datum.value]", labelAngle=0, labelOverlap="greedy",
                    labelSeparation=48, ticks=False, domain=False,
                ),
            ),
            y=alt.Y(
                "place:O",
                title=None,
                sort=None,
                scale=alt.Scale(domain=list(range(len(shown)))),
                axis=alt.Axis(
                    labelExpr="topic_labels[datum.value]", ticks=False, domain=False, labelLimit=180,
                    labelPadding=8,
                ),
            ),
            color=alt.Color(
                "share:Q",
                title=words["share"],
                scale=alt.Scale(
                    range=["rgba(204, 90, 46, 0.05)", "rgba(204, 90, 46, 1)"],
                    domain=[0, max(told, default=0) or 1], clamp=True,
                ),
                legend=alt.Legend(
                    format="%", orient="bottom", direction="horizontal", gradientLength=180, titleLimit=420
                ),
            ),
            tooltip=theme.tooltip(
                ("name:N", words["topic"]), ("when:N", words["when"]), ("share:Q", words["share"], ".1%"),
                ("negative:Q", words["negative"]), ("n:Q", words["n"]), ("of_all:Q", words["of_all"]),
            ),
        )
    )  # fmt: skip
    # A cell that stands on few reviews is a thin bar: its colour says little.
    cells = base.transform_filter("!datum.few").mark_rect(**look)
    thin = base.transform_filter("datum.few").mark_rect(**look, width=alt.RelativeBandSize(band=0.25))
    # A layer without marks would be a picture of nothing to a screen reader.
    layers = [layer for layer, few in ((cells, False), (thin, True)) if any(v["few"] is few for v in values)]
    drawn = (
        alt.layer(*(layers or [cells]))
        .add_params(
            alt.param(name="topic_labels", value=[short(name, _LONGEST) for name in shown]),
            alt.param(name="period_labels", value=periods),
        )
        .properties(height=30 * len(shown) + 90, width="container")
    )
    return theme.spec(drawn, grid=values)
