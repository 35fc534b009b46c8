"""The chart of the alpha against the public. Pure: rows in, a Vega-Lite specification out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import ALPHA, QUIET, REVIEWED
from dashboard.rows import Worded
from dashboard.rows.alpha import TesterTopic
from dashboard.sanitize import short

_LONGEST = 28
# Testers above, the public below, on one line a topic.
_APART = 5


def against_public(
    rows: Sequence[Worded[TesterTopic]], said: Mapping[str, str], *, words: Mapping[str, str]
) -> Spec:
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
    y, labels = theme.labelled_rows([v["label"] for v in values])
    base = alt.Chart(theme.rows("topics")).encode(y=y, tooltip=_tooltip(words))
    reach = base.mark_rule(
        color=ALPHA, strokeWidth=5, opacity=0.3, strokeCap="round", yOffset=-_APART
    ).encode(x=alt.X("alpha_low:Q", scale=scale), x2="alpha_high:Q")
    testers = base.mark_point(
        shape="diamond", filled=True, color=ALPHA, size=70, opacity=1, yOffset=-_APART
    ).encode(x=x)
    way = base.mark_rule(color=QUIET, strokeWidth=1.6, yOffset=_APART).encode(
        x=alt.X("share_before:Q", scale=scale), x2="share_after:Q"
    )
    before = base.mark_point(
        filled=False, color=REVIEWED, size=42, strokeWidth=1.6, opacity=1, yOffset=_APART
    ).encode(x=alt.X("share_before:Q", scale=scale))
    after = base.mark_point(filled=True, color=REVIEWED, size=56, opacity=1, yOffset=_APART).encode(
        x=alt.X("share_after:Q", scale=scale)
    )
    drawn = (
        alt.layer(reach, testers, way, before, after)
        .add_params(labels)
        .properties(height=32 * len(values) + 60, width="container")
    )
    return theme.spec(drawn, topics=values)


def _tooltip(words: Mapping[str, str]) -> list[alt.Tooltip]:
    shares = {
        "share_alpha": "alpha", "alpha_low": "low", "alpha_high": "high", "share_before": "before",
        "share_after": "after",
    }  # fmt: skip
    return theme.tooltip(
        ("label:N", words["topic"]), ("said:N", words["verdict"]),
        *((f"{field}:Q", words[word], ".1%") for field, word in shares.items()),
    )  # fmt: skip
