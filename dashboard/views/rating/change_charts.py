"""Marks of changes over time, and the series that have a chart of their own. Pure: rows in, Vega-Lite out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from dashboard.components import theme as axes
from dashboard.rows import Worded
from dashboard.rows.changes import ChangePoint
from dashboard.rows.ratings import OtherPoint
from dashboard.sanitize import plain

COLOURS = {"A": axes.DISPLAYED, "B": axes.REVIEWED, "C": axes.GOOD, "D": axes.ALPHA}


def values(changes: Sequence[Worded[ChangePoint]], first: date, last: date) -> list[dict[str, Any]]:
    """Changes as the layer draws them, cut at the span."""
    return [
        {
            "series": c.row.series,
            "at": axes.milliseconds(axes.midnight(c.row.changed_on)),
            "from": axes.milliseconds(axes.midnight(max(first, c.row.low_on))),
            "to": axes.milliseconds(axes.midnight(min(last, c.row.high_on) + timedelta(1))),
            "tip": plain(c.words),
            "floor": 1,
        }
        for c in changes
    ]


def layer(first: date, last: date, words: Mapping[str, str]) -> axes.Drawn:
    """A triangle at the foot of the chart on the day of each change, a bar over the interval of the day."""
    base = alt.Chart(axes.rows("changes")).encode(
        # The axis of its neighbours: a layer without one would take theirs away.
        y=axes.rating_axis(words, "floor:Q"),
        color=alt.Color(
            "series:N", scale=alt.Scale(domain=["A", "B"], range=[COLOURS["A"], COLOURS["B"]]), legend=None
        ),
        tooltip=[alt.Tooltip("tip:N", title=" ")],
    )
    scale = axes.time_scale(first, last)
    reach = base.mark_rule(strokeWidth=4, opacity=0.4, strokeCap="butt").encode(
        x=alt.X("from:T", title=None, scale=scale, axis=None), x2="to:T"
    )
    day = base.mark_point(shape="triangle-up", filled=True, size=110, opacity=1, yOffset=-7).encode(
        x=alt.X("at:T", title=None, scale=scale, axis=None)
    )
    return alt.layer(reach, day)


def one_series(
    rows: Sequence[Worded[OtherPoint]],
    *,
    series: str,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: str,
) -> axes.Spec:
    """One series on the scale of one to five stars, with its interval where it has one.

    A period that is not valid leaves a gap.
    """
    drawn = [
        {
            "at": axes.milliseconds(axes.middle(r.row.period_start, r.row.period_end)),
            "value": r.row.value if r.row.is_valid else None,
            "low": r.row.low if r.row.is_valid else None,
            "high": r.row.high if r.row.is_valid else None,
            "tip": plain(r.words),
        }
        for r in rows
    ]
    base = alt.Chart(axes.rows("points")).encode(
        x=alt.X("at:T", title=None, scale=axes.time_scale(first, last), axis=axes.time_axis(date_format))
    )
    y = axes.rating_axis(words, "value:Q")
    band = base.mark_area(color=COLOURS[series], opacity=0.18).encode(
        y=alt.Y("low:Q", scale=axes.stars_scale(), title=words["rating"]), y2="high:Q"
    )
    line = base.mark_line(color=COLOURS[series], strokeWidth=2).encode(y=y)
    dots = base.mark_point(color=COLOURS[series], filled=True, size=30, opacity=0.9).encode(
        y=y,
        tooltip=[
            alt.Tooltip("tip:N", title=words["when"]),
            alt.Tooltip("value:Q", title=words["mean"], format=".2f"),
            alt.Tooltip("low:Q", title=words["low"], format=".2f"),
            alt.Tooltip("high:Q", title=words["high"], format=".2f"),
        ],
    )
    return axes.spec(alt.layer(band, line, dots).properties(height=170, width="container"), points=drawn)
