"""The mean of reviews of several apps by week. Pure: rows in, a Vega-Lite specification out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import (
    ALPHA,
    DISPLAYED,
    GOOD,
    MIDDLING,
    REVIEWED,
    SMALL,
    DateFormat,
    Kind,
)
from dashboard.rows import Worded
from dashboard.rows.reviews import AppMean

MOST = 5
"""At most so many apps are told apart on one chart."""
COLOURS = (DISPLAYED, REVIEWED, GOOD, ALPHA, MIDDLING)
KINDS: tuple[Kind, ...] = ("line", "dash", "dash", "dash", "line")
"""How each is drawn in the legend of a saved picture."""
_DASHES = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [14, 3])
MEDIAN = "#8a8f98"
_WEEK = timedelta(7)


def by_week(
    weeks: Mapping[str, Sequence[Worded[AppMean]]],
    names: Mapping[str, str],
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: DateFormat,
    median: float | None = None,
) -> Spec:
    """One line an app with its interval as a band; apps differ by dash as well as by colour.

    `names` are the apps by key, at most MOST; `weeks` their weeks worded with their days, oldest first. Weeks
    of fewer than SMALL reviews are hollow points without a line, so that a last week with one is no plunge.
    `median` is that of a category over all the days.
    """
    values = [v for app in names for v in _points(app, names[app], weeks.get(app, ()))]
    shown = list(names)
    colours = alt.Scale(domain=shown, range=list(COLOURS[: len(shown)]))
    dashes = alt.Scale(domain=shown, range=list(_DASHES[: len(shown)]))
    base = alt.Chart(theme.rows("weeks")).encode(
        x=alt.X("at:T", title=None, scale=theme.time_scale(first, last), axis=theme.time_axis(date_format)),
        color=alt.Color("app:N", scale=colours, legend=None),
    )
    band = base.mark_area(opacity=0.12).encode(y=alt.Y("low:Q", scale=theme.stars_scale()), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(
        y=theme.rating_axis(words, "line:Q"), strokeDash=alt.StrokeDash("app:N", scale=dashes, legend=None)
    )
    dots = base.mark_point(size=36, strokeWidth=1.6, opacity=1).encode(
        y=alt.Y("mean:Q", scale=theme.stars_scale()),
        fill=alt.when(alt.datum.few)
        .then(alt.value("transparent"))
        .otherwise(alt.Fill("app:N", scale=colours, legend=None)),
        tooltip=theme.tooltip(
            ("name:N", words["app"]),
            ("tip:N", words["when"]),
            *theme.interval_told(words),
            ("n:Q", words["n"]),
        ),
    )
    layers, data = [band, line, dots], {"weeks": values}
    if median is not None:
        # Its value stands in a sentence; an image without a name is none for a screen reader.
        rule = alt.Chart(theme.rows("median")).mark_rule(
            color=MEDIAN, strokeDash=[2, 4], strokeWidth=1.6, aria=False
        )
        layers.insert(1, rule.encode(y=alt.Y("median:Q", scale=theme.stars_scale())))
        data["median"] = [{"median": median}]
    return theme.spec(alt.layer(*layers).properties(height=300, width="container"), **data)


def _points(app: str, name: str, weeks: Sequence[Worded[AppMean]]) -> list[dict[str, Any]]:
    """The weeks of an app; a week without stars within them breaks the line."""
    points: list[dict[str, Any]] = []
    known = {_monday(w.row.first_day): w for w in weeks}
    if not known:
        return points
    monday, end = min(known), max(known)
    while monday <= end:
        week = known.get(monday)
        points.append(_point(app, name, week) if week else _gap(app, monday))
        monday += _WEEK
    return points


def _point(app: str, name: str, week: Worded[AppMean]) -> dict[str, Any]:
    w = week.row
    few = w.n < SMALL
    told = {"mean": w.mean, "n": w.n, "name": name, "tip": week.words, "few": few}
    at = theme.milliseconds(theme.middle(w.first_day, w.last_day))
    sure = (
        {"line": None, "low": None, "high": None} if few else {"line": w.mean, "low": w.low, "high": w.high}
    )
    return {"app": app, "at": at, **told, **sure}


def _gap(app: str, monday: date) -> dict[str, Any]:
    at = theme.milliseconds(theme.middle(monday, monday + _WEEK - timedelta(1)))
    return {"app": app, "at": at, "mean": None, "line": None, "low": None, "high": None}


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())
