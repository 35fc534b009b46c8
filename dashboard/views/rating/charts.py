"""Charts as data: plain rows in, Vega-Lite specifications out, by Altair. Pure, so that a test reads them.

Words come in as arguments, already in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import altair as alt

from dashboard.components import theme as axes
from dashboard.rows import Worded
from dashboard.rows.changes import ChangePoint
from dashboard.rows.counts import by_stars
from dashboard.rows.ratings import RatingPeriod, RatingSpan, VersionRating
from dashboard.sanitize import plain, short
from dashboard.views.rating import change_charts

BRUSH = "span"
VERSIONS = 16
"""The newest so many versions are drawn; the table has all."""
_LONGEST_LABEL = 26
_DENSE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayedPoint:
    """A score that a store displayed, with what the pointer tells."""

    store: str
    at: datetime
    score: float
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMark:
    """When a version came out."""

    at: datetime
    label: str
    tip: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many reviews a span of days has."""

    first_day: date
    last_day: date
    n: int
    tip: str


def rating_over_time(
    displayed: Sequence[DisplayedPoint],
    periods: Sequence[Worded[RatingPeriod]],
    releases: Sequence[ReleaseMark],
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: str,
    changes: Sequence[Worded[ChangePoint]] = (),
) -> axes.Spec:
    """Series A as steps, one line a store; series B as a line with its interval; releases as rules; changes
    of level as triangles at the foot. `words`: rating, displayed, reviewed, when.
    """
    x = alt.X("at:T", title=None, scale=axes.time_scale(first, last), axis=None)
    frame = [
        {"at": axes.milliseconds(axes.midnight(first))},
        {"at": axes.milliseconds(axes.midnight(last + timedelta(1)))},
    ]
    layers: list[Any] = [
        # One layer owns the time axis; the releases own theirs on top.
        alt.Chart(axes.rows("frame"))
        .mark_point(opacity=0)
        .encode(
            x=alt.X("at:T", title=None, scale=axes.time_scale(first, last), axis=axes.time_axis(date_format))
        )
    ]
    band = [_period(p) for p in periods]
    shown = [
        {"store": d.store, "score": d.score, "at": axes.milliseconds(d.at), "tip": plain(d.tip)}
        for d in displayed
    ]
    marks = [{"at": axes.milliseconds(r.at), "tip": plain(r.tip)} for r in releases]
    if releases:
        layers.append(_releases(releases, first, last))
    if band:
        layers.append(_reviewed(x, words))
    if shown:
        layers.append(_displayed(shown, x, words))
    if changes:
        layers.append(change_charts.layer(first, last, words))
    return axes.layered(
        layers,
        height=300,
        resolve={"axis": {"x": "independent"}, "scale": {"strokeDash": "independent"}},
        frame=frame,
        releases=marks,
        reviewed=band,
        displayed=shown,
        changes=change_charts.values(changes, first, last),
    )


def counts(
    periods: Sequence[Counted],
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: str,
    is_brushed: bool = True,
) -> axes.Spec:
    """How many reviews each period has; a brush chooses days."""
    values = [
        {
            "from": axes.milliseconds(axes.midnight(p.first_day)),
            "to": axes.milliseconds(axes.midnight(p.last_day + timedelta(1))),
            "n": p.n,
            "floor": 0,
            "tip": p.tip,
        }
        for p in periods
    ]
    most = max((p.n for p in periods), default=0)
    brush = alt.selection_interval(name=BRUSH, encodings=["x"])
    drawn: axes.Drawn = (
        alt.Chart(axes.rows("counts"))
        .mark_bar(color=axes.REVIEWED, opacity=0.55, binSpacing=1)
        .encode(
            x=alt.X(
                "from:T",
                title=None,
                # Vega-Lite doubles a `domain` given to a bar with two ends; it takes both edges singly.
                scale=alt.Scale(
                    type="utc",
                    nice=False,
                    domainMin=axes.day_of(first),
                    domainMax=axes.day_of(last + timedelta(1)),
                ),
                axis=axes.time_axis(date_format, labels=not is_brushed),
            ),
            x2="to:T",
            y=alt.Y(
                "n:Q",
                title=words["n"],
                scale=alt.Scale(domain=[0, max(1, most)]),
                axis=axes.left_axis(ticks=2, format="d"),
            ),
            y2="floor:Q",
            tooltip=[alt.Tooltip("tip:N", title=words["when"]), alt.Tooltip("n:Q", title=words["n"])],
        )
        .properties(height=76 if is_brushed else 120, width="container")
    )
    if is_brushed:
        # Drawn as SVG, the brush is an image without a name to a screen reader; the canvas as a whole is
        # named by its caller.
        drawn = drawn.add_params(brush).properties(usermeta={"embedOptions": {"renderer": "canvas"}})
    return axes.spec(drawn, counts=values)


def by_version(versions: Sequence[Worded[VersionRating]], *, words: Mapping[str, str]) -> axes.Spec:
    """Mean and interval of each version, first version on top."""
    values: list[dict[str, Any]] = [
        {
            "place": place,
            "label": short(v.words, _LONGEST_LABEL),
            "n": v.row.n,
            "mean": v.row.mean,
            "low": v.row.low,
            "high": v.row.high,
            "few": v.row.n < axes.SMALL,
        }
        for place, v in enumerate(versions[-VERSIONS:])
    ]
    labels = {v["place"]: v["label"] for v in values}
    base = alt.Chart(axes.rows("versions")).encode(
        y=alt.Y(
            "place:O",
            title=None,
            sort=None,
            axis=alt.Axis(
                # Versions are data, not code: the axis looks its labels up.
                labelExpr="version_labels[datum.value]",
                ticks=False,
                domain=False,
                labelLimit=170,
                labelPadding=8,
            ),
        )
    )
    x = alt.X("mean:Q", title=words["rating"], scale=axes.stars_scale(), axis=axes.stars_axis())
    rule = base.mark_rule(color=axes.REVIEWED, strokeWidth=5, opacity=0.3, strokeCap="round").encode(
        x=alt.X("low:Q", scale=axes.stars_scale()), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, stroke=axes.REVIEWED, strokeWidth=1.8, opacity=1).encode(
        x=x,
        fill=axes.hollow(),
        tooltip=[
            alt.Tooltip("label:N", title=words["version"]),
            alt.Tooltip("mean:Q", title=words["mean"], format=".2f"),
            alt.Tooltip("low:Q", title=words["low"], format=".2f"),
            alt.Tooltip("high:Q", title=words["high"], format=".2f"),
            alt.Tooltip("n:Q", title=words["n"]),
        ],
    )
    drawn = (
        alt.layer(rule, dots)
        .add_params(alt.param(name="version_labels", value=[labels[k] for k in sorted(labels)]))
        .properties(height=24 * len(values) + 72, width="container")
    )
    return axes.spec(drawn, versions=values)


def star_shares(span: RatingSpan, before: RatingSpan | None, *, words: Mapping[str, str]) -> axes.Spec:
    """Shares of one to five stars; a tick shows the span before. Rows as `rating_span` gives them."""
    values: list[dict[str, Any]] = []
    for stars, n in reversed(by_stars(span).items()):
        was = by_stars(before)[stars] / before.n if before is not None and before.n else None
        values.append({"stars": f"{stars} ★", "n": n, "share": n / span.n if span.n else 0, "was": was})
    base = alt.Chart(axes.rows("stars")).encode(
        y=alt.Y("stars:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    )
    tooltip = [
        alt.Tooltip("stars:N", title=words["stars"]),
        alt.Tooltip("share:Q", title=words["share"], format=".1%"),
        alt.Tooltip("n:Q", title=words["n"]),
        alt.Tooltip("was:Q", title=words["before"], format=".1%"),
    ]
    bars = base.mark_bar(color=axes.REVIEWED, cornerRadiusEnd=3, height=16, opacity=0.85).encode(
        x=alt.X(
            "share:Q",
            title=words["share"],
            scale=alt.Scale(domain=[0, max(max(v["share"], v["was"] or 0) for v in values) or 1]),
            axis=alt.Axis(format="%", tickCount=4, domain=False),
        ),
        tooltip=tooltip,
    )
    ticks = base.mark_tick(color=axes.QUIET, thickness=3, height=22).encode(x="was:Q", tooltip=tooltip)
    layers = [bars] if before is None else [bars, ticks]
    return axes.spec(alt.layer(*layers).properties(height=200, width="container"), stars=values)


def _displayed(values: list[dict[str, Any]], x: alt.X, words: Mapping[str, str]) -> axes.Drawn:
    stores = list(dict.fromkeys(v["store"] for v in values))
    base = alt.Chart(axes.rows("displayed")).encode(
        x=x,
        y=axes.rating_axis(words, "score:Q"),
        tooltip=[
            alt.Tooltip("tip:N", title=words["displayed"]),
            alt.Tooltip("score:Q", title=words["rating"], format=".2f"),
        ],
    )
    dash = alt.StrokeDash(
        "store:N", scale=alt.Scale(domain=stores, range=list(axes.DASHES[: len(stores)])), legend=None
    )
    # A handful of snapshots is shown as such, the score standing until the next; a dense series would be a
    # string of beads, so its points are there for the pointer only.
    dense = len(values) > _DENSE
    line = base.mark_line(
        color=axes.DISPLAYED, strokeWidth=2.5, interpolate="linear" if dense else "step-after"
    ).encode(strokeDash=dash, detail="store:N")
    points = base.mark_point(
        color=axes.DISPLAYED, filled=True, size=48, shape="square", opacity=0 if dense else 1
    )
    return alt.layer(line, points)


def _reviewed(x: alt.X, words: Mapping[str, str]) -> axes.Drawn:
    base = alt.Chart(axes.rows("reviewed")).encode(x=x)
    y = axes.rating_axis(words, "mean:Q")
    band = base.mark_area(color=axes.REVIEWED, opacity=0.16, interpolate="linear").encode(
        y=alt.Y("low:Q", scale=axes.stars_scale()), y2="high:Q"
    )
    line = base.mark_line(color=axes.REVIEWED, strokeWidth=2, interpolate="linear").encode(y=y)
    dots = base.mark_point(filled=True, stroke=axes.REVIEWED, strokeWidth=1.6, size=42, opacity=1).encode(
        y=y,
        fill=axes.hollow(),
        tooltip=[
            alt.Tooltip("tip:N", title=words["reviewed"]),
            alt.Tooltip("mean:Q", title=words["mean"], format=".2f"),
            alt.Tooltip("low:Q", title=words["low"], format=".2f"),
            alt.Tooltip("high:Q", title=words["high"], format=".2f"),
            alt.Tooltip("n:Q", title=words["n"]),
        ],
    )
    return alt.layer(band, line, dots)


def _releases(releases: Sequence[ReleaseMark], first: date, last: date) -> axes.Drawn:
    days = sorted({axes.milliseconds(r.at) for r in releases})
    labels = {str(axes.milliseconds(r.at)): short(r.label, 14) for r in releases}
    drawn: axes.Drawn = (
        alt.Chart(axes.rows("releases"))
        .mark_rule(color=axes.QUIET, strokeDash=[2, 3], opacity=0.9)
        .encode(
            x=alt.X(
                "at:T",
                title=None,
                scale=axes.time_scale(first, last),
                axis=alt.Axis(
                    orient="top",
                    values=[axes.moment_of(at) for at in days],
                    labelExpr="release_labels[toString(toNumber(datum.value))]",
                    # The browser knows the width: a label that would touch its neighbour is left out,
                    # its rule and its line in the table stay.
                    labelOverlap="greedy",
                    labelSeparation=8,
                    labelFlush=False,
                    ticks=False,
                    domain=False,
                    grid=False,
                    labelPadding=4,
                ),
            ),
            tooltip=[alt.Tooltip("tip:N", title=" ")],
        )
        .add_params(alt.param(name="release_labels", value=labels))
    )
    return drawn


def _period(period: Worded[RatingPeriod]) -> dict[str, Any]:
    row = period.row
    return {
        "n": row.n,
        "mean": row.mean,
        "low": row.low,
        "high": row.high,
        "at": axes.milliseconds(axes.middle(row.first_day, row.last_day)),
        "tip": plain(period.words),
        "few": row.n < axes.SMALL,
    }
