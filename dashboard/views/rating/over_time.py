"""The chart of the Rating page: series A and B over time, releases, and changes of level. Pure: rows in,
a Vega-Lite specification out. Words come in as arguments or from `t`, already in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.headlines import stores_of
from dashboard.components.legends import (
    ALPHA,
    DISPLAYED,
    GOOD,
    QUIET,
    REVIEWED,
    SMALL,
    DateFormat,
    Legend,
    period_words,
)
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.analysis import ChangePoint
from dashboard.rows.reviews import DisplayedScore, RatingPeriod, ReleaseDate
from dashboard.sanitize import plain, short

COLOURS = {"A": DISPLAYED, "B": REVIEWED, "C": GOOD, "D": ALPHA}
_DENSE = 40
# Stores review a release on their own time: it comes out in one some days after the other.
_ONE_RELEASE = timedelta(days=14)


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


def legend_entries(t: Text, displayed: list[DisplayedScore], grain: str) -> Legend:
    """Names of what is drawn, in the order of importance."""
    entries = []
    for place, store in enumerate(stores_of(displayed)):
        country = next(d.country for d in displayed if d.store == store)
        where = t.store(store) + (f", {t.place(f'country:{country}')}" if country else "")
        entries.append((f"a{min(place, 1)}", t("legend.displayed", where=where), t("legend.displayed_note")))
    entries.append(("b", t("series.B"), t(f"legend.reviewed_{grain}")))
    entries.append(("small", t("legend.small"), t("legend.small_note", n=SMALL)))
    entries.append(("release", t("legend.release"), ""))
    return entries


def with_words(t: Text, period: RatingPeriod) -> Worded[RatingPeriod]:
    """A period with its days in words."""
    return Worded(period, period_words(t, period.first_day, period.last_day))


def displayed_points(t: Text, snapshots: list[DisplayedScore]) -> list[DisplayedPoint]:
    """Snapshots with their moments in words; the middle of a run of equal scores adds nothing to a line."""
    kept = []
    for store in stores_of(snapshots):
        rows = [s for s in snapshots if s.store == store]
        scores = [None, *(r.displayed_score for r in rows), None]
        kept += [r for k, r in enumerate(rows, start=1) if not scores[k - 1] == scores[k] == scores[k + 1]]
    return [_displayed_point(t, s) for s in kept]


def _displayed_point(t: Text, snapshot: DisplayedScore) -> DisplayedPoint:
    when = t.day(snapshot.observed_at)
    if snapshot.observed_at_basis != "observed":
        when = t("chart.on_or_after", day=when)
    return DisplayedPoint(
        store=snapshot.store,
        at=t.wall_clock(snapshot.observed_at),
        score=snapshot.displayed_score,
        tip=f"{t.store(snapshot.store)} · {when}",
    )


def release_marks(t: Text, releases: list[ReleaseDate]) -> list[ReleaseMark]:
    """One mark a version: stores that brought it out within two weeks share it, at the first day."""
    marks: list[list[ReleaseDate]] = []
    for r in releases:
        near = (m for m in reversed(marks) if m[0].version == r.version)
        mark = next(near, None)
        if mark is None or r.released_at - mark[0].released_at > _ONE_RELEASE:
            marks.append([r])
        else:
            mark.append(r)
    return [
        ReleaseMark(
            at=t.wall_clock(m[0].released_at), label=m[0].version, tip=t.listed([_released(t, r) for r in m])
        )
        for m in marks
    ]


def _released(t: Text, row: ReleaseDate) -> str:
    return t("chart.release", version=row.version, store=t.store(row.store), day=t.day(row.released_at))


def rating_over_time(
    displayed: Sequence[DisplayedPoint],
    periods: Sequence[Worded[RatingPeriod]],
    releases: Sequence[ReleaseMark],
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: DateFormat,
    changes: Sequence[Worded[ChangePoint]] = (),
) -> Spec:
    """Series A as steps, one line a store; series B as a line with its interval; releases as rules; changes
    of level as triangles at the foot. `words`: rating, displayed, reviewed, when.
    """
    scale = theme.time_scale(first, last)
    x = alt.X("at:T", title=None, scale=scale, axis=None)
    frame = [
        {"at": theme.milliseconds(theme.midnight(first))},
        {"at": theme.milliseconds(theme.midnight(last + timedelta(1)))},
    ]
    layers: list[Any] = [
        # One layer owns the time axis; the releases own theirs on top.
        alt.Chart(theme.rows("frame"))
        .mark_point(opacity=0)
        .encode(x=alt.X("at:T", title=None, scale=scale, axis=theme.time_axis(date_format)))
    ]
    band = [_period(p, is_end=k in (0, len(periods) - 1)) for k, p in enumerate(periods)]
    shown = [
        {"store": d.store, "score": d.score, "at": theme.milliseconds(d.at), "tip": plain(d.tip)}
        for d in displayed
    ]
    if releases:
        layers.append(_releases(releases, scale))
    if band:
        layers.append(_reviewed(x, words))
    if shown:
        layers.append(_displayed(shown, x, words))
    if changes:
        layers.append(_changes(scale, words))
    return theme.layered(
        layers,
        height=300,
        resolve={"axis": {"x": "independent"}, "scale": {"strokeDash": "independent"}},
        frame=frame,
        releases=[{"at": theme.milliseconds(r.at), "tip": plain(r.tip)} for r in releases],
        reviewed=band,
        displayed=shown,
        changes=[_change(c, first, last) for c in changes],
    )


def _period(period: Worded[RatingPeriod], *, is_end: bool) -> dict[str, Any]:
    """A period as it is drawn. The span cuts its first and its last one: where few reviews are left of it,
    it is a point by itself, so that one review of the last day is no plunge."""
    row = period.row
    alone = is_end and row.n < SMALL
    joined = {"line": row.mean, "line_low": row.low, "line_high": row.high}
    return (dict.fromkeys(joined) if alone else joined) | {
        "n": row.n,
        "mean": row.mean,
        "low": row.low,
        "high": row.high,
        "at": theme.milliseconds(theme.middle(row.first_day, row.last_day)),
        "tip": plain(period.words),
        "few": row.n < SMALL,
    }


def _displayed(values: list[dict[str, Any]], x: alt.X, words: Mapping[str, str]) -> theme.Drawn:
    stores = list(dict.fromkeys(v["store"] for v in values))
    base = alt.Chart(theme.rows("displayed")).encode(
        x=x,
        y=theme.rating_axis(words, "score:Q"),
        tooltip=theme.tooltip(("tip:N", words["displayed"]), ("score:Q", words["rating"], ".2f")),
    )
    dashes = alt.Scale(domain=stores, range=list(theme.DASHES[: len(stores)]))
    # A handful of snapshots is shown as such, the score standing until the next; a dense series would be a
    # string of beads, so its points are there for the pointer only.
    dense = len(values) > _DENSE
    line = base.mark_line(
        color=DISPLAYED, strokeWidth=2.5, interpolate="linear" if dense else "step-after"
    ).encode(strokeDash=alt.StrokeDash("store:N", scale=dashes, legend=None), detail="store:N")
    points = base.mark_point(color=DISPLAYED, filled=True, size=48, shape="square", opacity=0 if dense else 1)
    return alt.layer(line, points)


def _reviewed(x: alt.X, words: Mapping[str, str]) -> theme.Drawn:
    base = alt.Chart(theme.rows("reviewed")).encode(x=x)
    band = base.mark_area(color=REVIEWED, opacity=0.16, interpolate="linear").encode(
        y=alt.Y("line_low:Q", scale=theme.stars_scale()), y2="line_high:Q"
    )
    line = base.mark_line(color=REVIEWED, strokeWidth=2, interpolate="linear").encode(
        y=theme.rating_axis(words, "line:Q")
    )
    told = theme.tooltip(("tip:N", words["reviewed"]), *theme.interval_told(words), ("n:Q", words["n"]))
    dots = base.mark_point(filled=True, stroke=REVIEWED, strokeWidth=1.6, size=42, opacity=1).encode(
        y=theme.rating_axis(words, "mean:Q"), fill=theme.hollow(), tooltip=told
    )
    return alt.layer(band, line, dots)


def _releases(releases: Sequence[ReleaseMark], scale: alt.Scale) -> theme.Drawn:
    days = sorted({theme.milliseconds(r.at) for r in releases})
    labels = {str(theme.milliseconds(r.at)): short(r.label, 14) for r in releases}
    axis = alt.Axis(
        orient="top",
        values=[theme.moment_of(at) for at in days],
        labelExpr="release_labels[toString(toNumber(datum.value))]",
        # The browser knows the width: a label that would touch its neighbour is left out, its rule and its
        # line in the table stay.
        labelOverlap="greedy",
        labelSeparation=8,
        labelFlush=False,
        ticks=False,
        domain=False,
        grid=False,
        labelPadding=4,
    )
    drawn: theme.Drawn = (
        alt.Chart(theme.rows("releases"))
        .mark_rule(color=QUIET, strokeDash=[2, 3], opacity=0.9)
        .encode(x=alt.X("at:T", title=None, scale=scale, axis=axis), tooltip=theme.tooltip(("tip:N", " ")))
        .add_params(alt.param(name="release_labels", value=labels))
    )
    return drawn


def _change(change: Worded[ChangePoint], first: date, last: date) -> dict[str, Any]:
    """A change as it is drawn, cut at the span."""
    row = change.row
    return {
        "series": row.series,
        "at": theme.milliseconds(theme.midnight(row.changed_on)),
        "from": theme.milliseconds(theme.midnight(max(first, row.low_on))),
        "to": theme.milliseconds(theme.midnight(min(last, row.high_on) + timedelta(1))),
        "tip": plain(change.words),
        "floor": 1,
    }


def _changes(scale: alt.Scale, words: Mapping[str, str]) -> theme.Drawn:
    """A triangle at the foot of the chart on the day of each change, a bar over the interval of the day."""
    colours = alt.Scale(domain=["A", "B"], range=[COLOURS["A"], COLOURS["B"]])
    base = alt.Chart(theme.rows("changes")).encode(
        # The axis of its neighbours: a layer without one would take theirs away.
        y=theme.rating_axis(words, "floor:Q"),
        color=alt.Color("series:N", scale=colours, legend=None),
        tooltip=theme.tooltip(("tip:N", " ")),
    )
    reach = base.mark_rule(strokeWidth=4, opacity=0.4, strokeCap="butt").encode(
        x=alt.X("from:T", title=None, scale=scale, axis=None), x2="to:T"
    )
    day = base.mark_point(shape="triangle-up", filled=True, size=110, opacity=1, yOffset=-7).encode(
        x=alt.X("at:T", title=None, scale=scale, axis=None)
    )
    return alt.layer(reach, day)
