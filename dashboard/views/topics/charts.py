"""Topics over time as a grid: months across, topics down. Pure: rows in, Vega-Lite specifications out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import QUIET
from dashboard.rows.analysis import TopicPeriod
from dashboard.sanitize import short

MOST = 14
"""The topics that are spoken of most are drawn; the table has all."""
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
    values = [
        {
            "place": places[r.topic],
            "name": r.topic,
            "period": periods.index(r.period),
            "when": r.period,
            "share": r.row.share_negative,
            "n": r.row.n,
            "negative": r.row.n_negative,
        }
        for r in rows
        if r.topic in places
    ]
    drawn = (
        alt.Chart(theme.rows("grid"))
        .mark_rect(cornerRadius=2, stroke=QUIET, strokeOpacity=0.25, strokeWidth=0.6)
        .encode(
            x=alt.X(
                "period:O",
                title=None,
                scale=alt.Scale(domain=list(range(len(periods)))),
                axis=alt.Axis(
                    labelExpr="period_labels[datum.value]", labelAngle=0, labelOverlap="greedy",
                    labelSeparation=8, ticks=False, domain=False,
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
                scale=alt.Scale(range=["rgba(204, 90, 46, 0.05)", "rgba(204, 90, 46, 1)"], domainMin=0),
                legend=alt.Legend(
                    format="%", orient="bottom", direction="horizontal", gradientLength=180, titleLimit=420
                ),
            ),
            tooltip=theme.tooltip(
                ("name:N", words["topic"]), ("when:N", words["when"]), ("share:Q", words["share"], ".1%"),
                ("negative:Q", words["negative"]), ("n:Q", words["n"]),
            ),
        )
        .add_params(
            alt.param(name="topic_labels", value=[short(name, _LONGEST) for name in shown]),
            alt.param(name="period_labels", value=periods),
        )
        .properties(height=24 * len(shown) + 90, width="container")
    )  # fmt: skip
    return theme.spec(drawn, grid=values)
