"""Charts of the Data health page, as data: plain rows in, Vega-Lite specifications out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import BAD, DISPLAYED, GOOD, MIDDLING, QUIET, REVIEWED, DateFormat
from dashboard.sanitize import short
from dashboard.views.health.sources import DayState, Measured

COLOURS = {"complete": GOOD, "partial": MIDDLING, "failed": BAD}
# Shapes differ as well as colours.
_SHAPES = {"complete": "circle", "partial": "diamond", "failed": "cross"}
_LONGEST_LABEL = 28


def timeline(
    days: Sequence[DayState], *, first: date, last: date, words: Mapping[str, str], date_format: DateFormat
) -> Spec:
    """How the asks of each source ended, one mark a day."""
    values = [
        {
            "at": theme.milliseconds(theme.middle(d.row.day, d.row.day)),
            "source": short(d.row.source, _LONGEST_LABEL),
            "worst": d.worst,
            "tip": d.tip,
        }
        for d in days
    ]
    outcomes = list(COLOURS)
    sources = list(dict.fromkeys(v["source"] for v in values))
    drawn: theme.Drawn = (
        alt.Chart(theme.rows("days"))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X(
                "at:T", title=None, scale=theme.time_scale(first, last), axis=theme.time_axis(date_format)
            ),
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
            tooltip=theme.tooltip(("tip:N", words["ended"])),
        )
        .properties(height=34 * max(1, len(sources)) + 40, width="container")
    )
    return theme.spec(drawn, days=values)


def measured(rows: Sequence[Measured], *, words: Mapping[str, str]) -> Spec:
    """F1 of a model by the texts it was measured on, with interval; a tick is the plain baseline."""
    fields = ("label", "task", "value", "low", "high", "baseline", "n")
    values = [{f: getattr(r, f) for f in fields} for r in rows]
    tasks = list(dict.fromkeys(v["task"] for v in values))
    labels = list(dict.fromkeys(v["label"] for v in values))
    base = alt.Chart(theme.rows("measured")).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=labels,
            axis=alt.Axis(ticks=False, domain=False, labelPadding=8, labelLimit=190, labelOverlap=False),
        ),
        yOffset=alt.YOffset("task:N", scale=alt.Scale(domain=tasks)),
        color=alt.Color("task:N", scale=alt.Scale(domain=tasks, range=[REVIEWED, DISPLAYED]), legend=None),
        tooltip=theme.tooltip(
            ("label:N", words["texts"]),
            ("task:N", words["task"]),
            ("value:Q", "F1", ".3f"),
            ("low:Q", words["low"], ".3f"),
            ("high:Q", words["high"], ".3f"),
            ("baseline:Q", words["baseline"], ".3f"),
            ("n:Q", words["n"]),
        ),
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
    ticks = base.mark_tick(thickness=2, height=14).encode(x="baseline:Q", color=alt.value(QUIET))
    drawn = alt.layer(rules, ticks, dots).properties(height=52 * len(labels) + 50, width="container")
    return theme.spec(drawn, measured=values)
