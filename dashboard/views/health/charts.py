"""Charts of the Data health page, as data: plain rows in, Vega-Lite specifications out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt

from dashboard.components import theme as axes
from dashboard.sanitize import short
from dashboard.views.health.rows import DayState, Measured

COLOURS = {"complete": axes.GOOD, "partial": axes.MIDDLING, "failed": axes.BAD}
# Shapes differ as well as colours.
_SHAPES = {"complete": "circle", "partial": "diamond", "failed": "cross"}
_LONGEST_LABEL = 28


def timeline(
    days: Sequence[DayState], *, first: date, last: date, words: Mapping[str, str], date_format: str
) -> axes.Spec:
    """How the asks of each source ended, one mark a day."""
    values = [
        {
            "at": axes.milliseconds(axes.middle(d.row.day, d.row.day)),
            "source": short(d.row.source, _LONGEST_LABEL),
            "worst": d.worst,
            "tip": d.tip,
        }
        for d in days
    ]
    outcomes = list(COLOURS)
    sources = list(dict.fromkeys(v["source"] for v in values))
    drawn: axes.Drawn = (
        alt.Chart(axes.rows("days"))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X("at:T", title=None, scale=axes.time_scale(first, last), axis=axes.time_axis(date_format)),
            y=alt.Y(
                "source:N",
                title=None,
                sort=None,
                axis=alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=170, grid=True),
            ),
            color=alt.Color(
                "worst:N",
                scale=alt.Scale(domain=outcomes, range=[COLOURS[k] for k in outcomes]),
                legend=None,
            ),
            shape=alt.Shape(
                "worst:N", scale=alt.Scale(domain=outcomes, range=[_SHAPES[k] for k in outcomes]), legend=None
            ),
            tooltip=[alt.Tooltip("tip:N", title=words["ended"])],
        )
        .properties(height=34 * max(1, len(sources)) + 40, width="container")
    )
    return axes.spec(drawn, days=values)


def measured(rows: Sequence[Measured], *, words: Mapping[str, str]) -> axes.Spec:
    """F1 of a model by the texts it was measured on, with interval; a tick is the plain baseline."""
    fields = ("label", "task", "value", "low", "high", "baseline", "n")
    values = [{f: getattr(r, f) for f in fields} for r in rows]
    tasks = list(dict.fromkeys(v["task"] for v in values))
    labels = list(dict.fromkeys(v["label"] for v in values))
    base = alt.Chart(axes.rows("measured")).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=labels,
            axis=alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=190, labelOverlap=False),
        ),
        yOffset=alt.YOffset("task:N", scale=alt.Scale(domain=tasks)),
        color=alt.Color(
            "task:N", scale=alt.Scale(domain=tasks, range=[axes.REVIEWED, axes.DISPLAYED]), legend=None
        ),
        tooltip=[
            alt.Tooltip("label:N", title=words["texts"]),
            alt.Tooltip("task:N", title=words["task"]),
            alt.Tooltip("value:Q", title="F1", format=".3f"),
            alt.Tooltip("low:Q", title=words["low"], format=".3f"),
            alt.Tooltip("high:Q", title=words["high"], format=".3f"),
            alt.Tooltip("baseline:Q", title=words["baseline"], format=".3f"),
            alt.Tooltip("n:Q", title=words["n"]),
        ],
    )
    x = alt.X(
        "value:Q",
        title="F1",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(tickCount=5, domain=False, format=".1f"),
    )
    rules = base.mark_rule(strokeWidth=5, opacity=0.3, strokeCap="round").encode(
        x=alt.X("low:Q", scale=alt.Scale(domain=[0, 1])), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(x=x)
    ticks = base.mark_tick(thickness=2, height=14).encode(x="baseline:Q", color=alt.value(axes.QUIET))
    drawn = alt.layer(rules, ticks, dots).properties(height=52 * len(labels) + 50, width="container")
    return axes.spec(drawn, measured=values)
