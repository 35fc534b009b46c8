"""The smaller charts of the Rating page: versions, stars, and the series that stand by themselves.

Pure: rows in, Vega-Lite specifications out. Words come in as arguments, already in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import QUIET, REVIEWED, SMALL, DateFormat
from dashboard.rows import Worded
from dashboard.rows.reviews import OtherPoint, RatingSpan, VersionRating
from dashboard.sanitize import plain, short
from dashboard.views.rating.over_time import COLOURS

VERSIONS = 16
"""The newest so many versions are drawn; the table has all."""
_LONGEST_LABEL = 26


def by_version(versions: Sequence[Worded[VersionRating]], *, words: Mapping[str, str]) -> Spec:
    """Mean and interval of each version, first version on top."""
    values: list[dict[str, Any]] = [
        {
            "place": place,
            "label": short(v.words, _LONGEST_LABEL),
            "n": v.row.n,
            "mean": v.row.mean,
            "low": v.row.low,
            "high": v.row.high,
            "few": v.row.n < SMALL,
        }
        for place, v in enumerate(versions[-VERSIONS:])
    ]
    y, labels = theme.labelled_rows([v["label"] for v in values], longest=170)
    base = alt.Chart(theme.rows("versions")).encode(y=y)
    rule = base.mark_rule(color=REVIEWED, strokeWidth=5, opacity=0.3, strokeCap="round").encode(
        x=alt.X("low:Q", scale=theme.stars_scale()), x2="high:Q"
    )
    told = theme.tooltip(("label:N", words["version"]), *theme.interval_told(words), ("n:Q", words["n"]))
    dots = base.mark_point(filled=True, size=70, stroke=REVIEWED, strokeWidth=1.8, opacity=1).encode(
        x=alt.X("mean:Q", title=words["rating"], scale=theme.stars_scale(), axis=theme.stars_axis()),
        fill=theme.hollow(),
        tooltip=told,
    )
    drawn = (
        alt.layer(rule, dots).add_params(labels).properties(height=24 * len(values) + 72, width="container")
    )
    return theme.spec(drawn, versions=values)


def star_shares(span: RatingSpan, before: RatingSpan | None, *, words: Mapping[str, str]) -> Spec:
    """Shares of one to five stars; a tick shows the span before. Rows as `rating_span` gives them."""
    values: list[dict[str, Any]] = []
    for stars, n in reversed(span.by_stars().items()):
        was = before.by_stars()[stars] / before.n if before is not None and before.n else None
        values.append({"stars": f"{stars} ★", "n": n, "share": n / span.n if span.n else 0, "was": was})
    most = max(max(v["share"], v["was"] or 0) for v in values) or 1
    axis = alt.Axis(ticks=False, domain=False, labelPadding=8)
    base = alt.Chart(theme.rows("stars")).encode(
        y=alt.Y("stars:N", title=None, sort=None, axis=axis),
        tooltip=theme.tooltip(
            ("stars:N", words["stars"]), ("share:Q", words["share"], ".1%"), ("n:Q", words["n"]),
            ("was:Q", words["before"], ".1%"),
        ),
    )  # fmt: skip
    bars = base.mark_bar(color=REVIEWED, cornerRadiusEnd=3, height=16, opacity=0.85).encode(
        x=alt.X(
            "share:Q",
            title=words["share"],
            scale=alt.Scale(domain=[0, most]),
            axis=alt.Axis(format="%", tickCount=4, domain=False),
        )
    )
    ticks = base.mark_tick(color=QUIET, thickness=3, height=22).encode(x="was:Q")
    layers = [bars] if before is None else [bars, ticks]
    return theme.spec(alt.layer(*layers).properties(height=200, width="container"), stars=values)


def one_series(
    rows: Sequence[Worded[OtherPoint]],
    *,
    series: str,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: DateFormat,
) -> Spec:
    """One series on the scale of one to five stars, with its interval where it has one.

    A period that is not valid leaves a gap.
    """
    drawn = [
        {
            "at": theme.milliseconds(theme.middle(r.row.period_start, r.row.period_end)),
            "value": r.row.value if r.row.is_valid else None,
            "low": r.row.low if r.row.is_valid else None,
            "high": r.row.high if r.row.is_valid else None,
            "tip": plain(r.words),
        }
        for r in rows
    ]
    x = alt.X("at:T", title=None, scale=theme.time_scale(first, last), axis=theme.time_axis(date_format))
    y = theme.rating_axis(words, "value:Q")
    base = alt.Chart(theme.rows("points")).encode(x=x)
    band = base.mark_area(color=COLOURS[series], opacity=0.18).encode(
        y=alt.Y("low:Q", scale=theme.stars_scale(), title=words["rating"]), y2="high:Q"
    )
    line = base.mark_line(color=COLOURS[series], strokeWidth=2).encode(y=y)
    named = {"value": words["mean"], "low": words["low"], "high": words["high"]}
    told = theme.tooltip(("tip:N", words["when"]), *theme.interval_told(named, "value"))
    dots = base.mark_point(color=COLOURS[series], filled=True, size=30, opacity=0.9).encode(y=y, tooltip=told)
    return theme.spec(alt.layer(band, line, dots).properties(height=170, width="container"), points=drawn)
