"""The chart of the alpha against the public. Pure: rows in, a Vega-Lite specification out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.components import theme as axes
from dashboard.rows import Worded
from dashboard.rows.alpha import ForetoldTopic
from dashboard.sanitize import short

_LONGEST = 28
# Testers above, the public below, on one line a topic.
_APART = 5


def against_public(
    rows: Sequence[Worded[ForetoldTopic]], said: Mapping[str, str], *, words: Mapping[str, str]
) -> axes.Spec:
    """A line a topic: its share of testers' complaints (interval), and of the public's before and after.

    `rows` are worded with the topic's name, `said` with that of each verdict.
    """
    values: list[dict[str, Any]] = [
        {
            "place": place,
            "label": short(r.words, _LONGEST),
            "share_alpha": r.row.share_alpha,
            "alpha_low": r.row.alpha_low,
            "alpha_high": r.row.alpha_high,
            "share_before": r.row.share_before,
            "share_after": r.row.share_after,
            "said": said[r.row.verdict],
        }
        for place, r in enumerate(rows)
    ]
    most = max((v[k] or 0 for v in values for k in ("alpha_high", "share_before", "share_after")), default=1)
    scale = alt.Scale(domain=[0, most or 1], nice=True)
    x = alt.X(
        "share_alpha:Q",
        title=words["share"],
        scale=scale,
        axis=alt.Axis(format="%", tickCount=6, domain=False),
    )
    base = alt.Chart(axes.rows("topics")).encode(y=_places(), tooltip=_tooltip(words))
    reach = base.mark_rule(
        color=axes.ALPHA, strokeWidth=5, opacity=0.3, strokeCap="round", yOffset=-_APART
    ).encode(x=alt.X("alpha_low:Q", scale=scale), x2="alpha_high:Q")
    testers = base.mark_point(
        shape="diamond", filled=True, color=axes.ALPHA, size=70, opacity=1, yOffset=-_APART
    ).encode(x=x)
    way = base.mark_rule(color=axes.QUIET, strokeWidth=1.6, yOffset=_APART).encode(
        x=alt.X("share_before:Q", scale=scale), x2="share_after:Q"
    )
    before = base.mark_point(
        filled=False, color=axes.REVIEWED, size=42, strokeWidth=1.6, opacity=1, yOffset=_APART
    ).encode(x=alt.X("share_before:Q", scale=scale))
    after = base.mark_point(filled=True, color=axes.REVIEWED, size=56, opacity=1, yOffset=_APART).encode(
        x=alt.X("share_after:Q", scale=scale)
    )
    drawn = (
        alt.layer(reach, testers, way, before, after)
        .add_params(alt.param(name="row_labels", value=[v["label"] for v in values]))
        .properties(height=32 * len(values) + 60, width="container")
    )
    return axes.spec(drawn, topics=values)


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


def _tooltip(words: Mapping[str, str]) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("label:N", title=words["topic"]),
        alt.Tooltip("said:N", title=words["verdict"]),
        alt.Tooltip("share_alpha:Q", title=words["alpha"], format=".1%"),
        alt.Tooltip("alpha_low:Q", title=words["low"], format=".1%"),
        alt.Tooltip("alpha_high:Q", title=words["high"], format=".1%"),
        alt.Tooltip("share_before:Q", title=words["before"], format=".1%"),
        alt.Tooltip("share_after:Q", title=words["after"], format=".1%"),
    ]
