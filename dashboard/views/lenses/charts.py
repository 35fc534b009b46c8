"""Charts of the four lenses over months. Pure: rows in, Vega-Lite specifications out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import ALPHA, DISPLAYED, GOOD, REVIEWED, DateFormat
from dashboard.rows import Worded
from dashboard.rows.analysis import LensMonth

LENSES = ("user_experience", "trust", "reliability", "service")
COLOURS = {"user_experience": DISPLAYED, "trust": REVIEWED, "reliability": GOOD, "service": ALPHA}
_DASHES = {"user_experience": [1, 0], "trust": [7, 3], "reliability": [2, 3], "service": [9, 3, 2, 3]}


def over_months(
    rows: Sequence[Worded[LensMonth]],
    field: str,
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: DateFormat,
) -> Spec:
    """One line a lens of `field` ('mean_stars' or 'share'); means carry their interval as a band.

    `rows` are worded with the lens's name. Lenses differ by dash as well as by colour.
    """
    is_mean = field == "mean_stars"
    values = [
        {
            "at": theme.milliseconds(theme.midnight(r.row.period_start)),
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
        theme.rating_axis(words, "value:Q")
        if is_mean
        # Labels in percent leave no room for a title; the figure has one that says the same.
        else alt.Y("value:Q", title=None, axis=theme.left_axis(ticks=4, format="%"))
    )
    base = alt.Chart(theme.rows("months")).encode(
        x=alt.X("at:T", title=None, scale=theme.time_scale(first, last), axis=theme.time_axis(date_format)),
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
        tooltip=theme.tooltip(
            ("name:N", words["lens"]),
            ("value:Q", words[field], ".2f" if is_mean else ".1%"),
            ("n:Q", words["n"]),
        ),
    )
    band = base.mark_area(opacity=0.10).encode(y=alt.Y("low:Q", scale=theme.stars_scale()), y2="high:Q")
    layers = [band, line, dots] if is_mean else [line, dots]
    return theme.spec(alt.layer(*layers).properties(height=240, width="container"), months=values)


def _scale(by_lens: Mapping[str, Any]) -> alt.Scale:
    return alt.Scale(domain=list(LENSES), range=[by_lens[k] for k in LENSES])
