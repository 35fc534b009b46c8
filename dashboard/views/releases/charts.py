"""Charts of effects with intervals: releases one under another, and topics that add up to a change.

Pure: rows in, Vega-Lite specifications out. Words come in as arguments, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.components import theme as axes
from dashboard.rows import Worded
from dashboard.rows.changes import Driver, ReleaseImpact
from dashboard.sanitize import short

MOST = 28
"""At most so many rows are drawn; the table has all."""
_LONGEST = 28
_COLOURS = {
    "better": axes.GOOD, "worse": axes.BAD, "no_clear_change": axes.QUIET, "too_few": axes.QUIET,
}  # fmt: skip
# A verdict differs by shape as well, so that it does not hang on colour.
_SHAPES = {
    "better": "triangle-up", "worse": "triangle-down", "no_clear_change": "circle", "too_few": "circle",
}  # fmt: skip


def release_effects(
    rows: Sequence[Worded[ReleaseImpact]], said: Mapping[str, str], *, words: Mapping[str, str]
) -> axes.Spec:
    """The effect of each release with its interval; the newest on top.

    `rows` are worded with the release's name, `said` with that of each verdict; at most MOST are drawn.
    """
    values = [_effect(place, r, said) for place, r in enumerate(rows[:MOST])]
    ends = [abs(v) for r in rows[:MOST] for v in (r.row.low, r.row.high, r.row.effect) if v is not None]
    reach = max(ends, default=1) or 1
    x = alt.Scale(domain=[-reach, reach], nice=True)
    base = alt.Chart(axes.rows("effects")).encode(y=_places())
    verdicts = list(_COLOURS)
    rule = base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round").encode(
        x=alt.X("low:Q", scale=x), x2="high:Q", color=_coloured(verdicts)
    )
    dots = base.mark_point(size=90, strokeWidth=1.8, opacity=1).encode(
        x=alt.X(
            "effect:Q",
            title=words["effect"],
            scale=x,
            axis=alt.Axis(format="+.1f", domain=False, tickCount=8),
        ),
        color=_coloured(verdicts),
        fill=alt.when(alt.datum.verdict == "too_few")
        .then(alt.value("transparent"))
        .otherwise(alt.Fill("verdict:N", scale=_scale(verdicts), legend=None)),
        shape=alt.Shape(
            "verdict:N",
            scale=alt.Scale(domain=verdicts, range=[_SHAPES[v] for v in verdicts]),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("label:N", title=words["release"]),
            alt.Tooltip("said:N", title=words["verdict"]),
            alt.Tooltip("effect:Q", title=words["effect"], format="+.2f"),
            alt.Tooltip("low:Q", title=words["low"], format="+.2f"),
            alt.Tooltip("high:Q", title=words["high"], format="+.2f"),
            alt.Tooltip("n_before:Q", title=words["n_before"]),
            alt.Tooltip("n_after:Q", title=words["n_after"]),
        ],
    )
    drawn = (
        alt.layer(_zero(), rule, dots)
        .add_params(alt.param(name="row_labels", value=[r["label"] for r in values]))
        .properties(height=26 * len(values) + 60, width="container")
    )
    return axes.spec(drawn, effects=values, zero=[{"at": 0}])


def drivers(rows: Sequence[Worded[Driver]], *, words: Mapping[str, str]) -> axes.Spec:
    """What each topic added to a change, with its interval; the pointer tells its two parts.

    `rows` are worded with the topic's name; at most MOST are drawn.
    """
    shown = rows[:MOST]
    values = [
        {
            "place": place,
            "label": short(r.words, _LONGEST),
            "total": r.row.total_effect,
            "share": r.row.share_effect,
            "tone": r.row.tone_effect,
            "low": r.row.low,
            "high": r.row.high,
            "up": r.row.total_effect >= 0,
        }
        for place, r in enumerate(shown)
    ]
    ends = [v for r in shown for v in (r.row.low, r.row.high, r.row.total_effect)]
    x = alt.Scale(domain=[min([0, *ends]), max([0, *ends])], nice=True)
    base = alt.Chart(axes.rows("drivers")).encode(y=_places())
    tooltip = [
        alt.Tooltip("label:N", title=words["topic"]),
        alt.Tooltip("total:Q", title=words["total"], format="+.3f"),
        alt.Tooltip("low:Q", title=words["low"], format="+.3f"),
        alt.Tooltip("high:Q", title=words["high"], format="+.3f"),
        alt.Tooltip("share:Q", title=words["share_effect"], format="+.3f"),
        alt.Tooltip("tone:Q", title=words["tone_effect"], format="+.3f"),
    ]
    bars = base.mark_bar(height=13, opacity=0.85, cornerRadiusEnd=2).encode(
        x=alt.X(
            "total:Q", title=words["total"], scale=x, axis=alt.Axis(format="+.2f", domain=False, tickCount=8)
        ),
        color=alt.when(alt.datum.up).then(alt.value(axes.GOOD)).otherwise(alt.value(axes.BAD)),
        tooltip=tooltip,
    )
    reach = base.mark_rule(color=axes.QUIET, strokeWidth=1.6).encode(
        x=alt.X("low:Q", scale=x), x2="high:Q", tooltip=tooltip
    )
    drawn = (
        alt.layer(_zero(), bars, reach)
        .add_params(alt.param(name="row_labels", value=[r["label"] for r in values]))
        .properties(height=24 * len(values) + 60, width="container")
    )
    return axes.spec(drawn, drivers=values, zero=[{"at": 0}])


def _effect(place: int, release: Worded[ReleaseImpact], said: Mapping[str, str]) -> dict[str, Any]:
    row = release.row
    return {
        "place": place,
        "label": short(release.words, _LONGEST),
        "effect": row.effect,
        "low": row.low,
        "high": row.high,
        "verdict": row.verdict,
        "said": said[row.verdict],
        "n_before": row.n_before,
        "n_after": row.n_after,
    }


def _places() -> alt.Y:
    # Names are data, not code: the axis looks its labels up.
    return alt.Y(
        "place:O",
        title=None,
        sort=None,
        axis=alt.Axis(
            labelExpr="row_labels[datum.value]", ticks=False, domain=False, labelLimit=190, labelPadding=8
        ),
    )


def _zero() -> alt.Chart:
    rule: alt.Chart = (
        alt.Chart(axes.rows("zero")).mark_rule(color=axes.QUIET, strokeDash=[3, 3]).encode(x="at:Q")
    )
    return rule


def _scale(verdicts: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(verdicts), range=[_COLOURS[v] for v in verdicts])


def _coloured(verdicts: Sequence[str]) -> alt.Color:
    return alt.Color("verdict:N", scale=_scale(verdicts), legend=None)
