"""Charts of the four lenses over months. Pure: rows in, Vega-Lite specifications out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from dashboard.components import theme as axes
from dashboard.rows import Worded
from dashboard.rows.topics import LensMonth

LENSES = ("user_experience", "trust", "reliability", "service")
COLOURS = {
    "user_experience": axes.DISPLAYED, "trust": axes.REVIEWED, "reliability": axes.GOOD,
    "service": "#A0618F",
}  # fmt: skip
_DASHES = {"user_experience": [1, 0], "trust": [7, 3], "reliability": [2, 3], "service": [9, 3, 2, 3]}


def over_months(
    rows: Sequence[Worded[LensMonth]],
    field: str,
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: str,
) -> axes.Spec:
    """One line a lens of `field` ('mean_stars' or 'share'); means carry their interval as a band.

    `rows` are worded with the lens's name. Lenses differ by dash as well as by colour.
    """
    is_mean = field == "mean_stars"
    values = [
        {
            "at": axes.milliseconds(axes.midnight(r.row.period_start)),
            "lens": r.row.lens,
            "name": r.words,
            "value": value,
            "low": r.row.low,
            "high": r.row.high,
            "n": r.row.n,
            "few": r.row.is_small_n,
        }
        for r in rows
        if (value := r.row.mean_stars if is_mean else r.row.share) is not None
    ]
    y = (
        axes.rating_axis(words, "value:Q")
        if is_mean
        else alt.Y("value:Q", title=words["share"], axis=axes.left_axis(ticks=4, format="%"))
    )
    base = alt.Chart(axes.rows("months")).encode(
        x=alt.X("at:T", title=None, scale=axes.time_scale(first, last), axis=axes.time_axis(date_format)),
        color=alt.Color("lens:N", scale=_scale(COLOURS), legend=None),
    )
    line = base.mark_line(strokeWidth=2).encode(
        y=y, strokeDash=alt.StrokeDash("lens:N", scale=_scale(_DASHES), legend=None)
    )
    dots = base.mark_point(size=40, strokeWidth=1.6, opacity=1).encode(
        y=y,
        fill=alt.when(alt.datum.few)
        .then(alt.value("transparent"))
        .otherwise(alt.Fill("lens:N", scale=_scale(COLOURS), legend=None)),
        tooltip=[
            alt.Tooltip("name:N", title=words["lens"]),
            alt.Tooltip("value:Q", title=words[field], format=".2f" if is_mean else ".1%"),
            alt.Tooltip("n:Q", title=words["n"]),
        ],
    )
    band = base.mark_area(opacity=0.10).encode(y=alt.Y("low:Q", scale=axes.stars_scale()), y2="high:Q")
    layers = [band, line, dots] if is_mean else [line, dots]
    return axes.spec(alt.layer(*layers).properties(height=240, width="container"), months=values)


def _scale(by_lens: Mapping[str, Any]) -> alt.Scale:
    return alt.Scale(domain=list(LENSES), range=[by_lens[k] for k in LENSES])
