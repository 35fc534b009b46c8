"""The effects of releases with their intervals. Pure: rows in, a Vega-Lite specification out.

Words come in as arguments, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.legends import BAD, GOOD, QUIET
from dashboard.rows import Worded
from dashboard.rows.analysis import ReleaseImpact
from dashboard.sanitize import short

MOST = 28
"""At most so many rows are drawn; the table has all."""
_LONGEST = 28
# A verdict differs by shape as well, so that it does not hang on colour.
_LOOKS = {
    "better": (GOOD, "triangle-up"),
    "worse": (BAD, "triangle-down"),
    "no_clear_change": (QUIET, "circle"),
    "too_few": (QUIET, "circle"),
}


def release_effects(
    rows: Sequence[Worded[ReleaseImpact]], said: Mapping[str, str], *, words: Mapping[str, str]
) -> Spec:
    """The effect of each release with its interval; the newest on top.

    `rows` are worded with the release's name, `said` with that of each verdict; at most MOST are drawn.
    """
    values = [_effect(place, r, said) for place, r in enumerate(rows[:MOST])]
    ends = [abs(v) for r in rows[:MOST] for v in (r.row.low, r.row.high, r.row.effect) if v is not None]
    reach = max(ends, default=1) or 1
    x = alt.Scale(domain=[-reach, reach], nice=True)
    colours = alt.Scale(domain=list(_LOOKS), range=[colour for colour, _ in _LOOKS.values()])
    shapes = alt.Scale(domain=list(_LOOKS), range=[shape for _, shape in _LOOKS.values()])
    coloured = alt.Color("verdict:N", scale=colours, legend=None)
    y, labels = theme.labelled_rows([v["label"] for v in values])
    base = alt.Chart(theme.rows("effects")).encode(y=y)
    rule = base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round").encode(
        x=alt.X("low:Q", scale=x), x2="high:Q", color=coloured
    )
    told = [("label:N", words["release"]), ("said:N", words["verdict"])]
    numbers = [("n_before:Q", words["n_before"]), ("n_after:Q", words["n_after"])]
    axis = alt.Axis(format="+.1f", domain=False, tickCount=8)
    dots = base.mark_point(size=90, strokeWidth=1.8, opacity=1).encode(
        x=alt.X("effect:Q", title=words["effect"], scale=x, axis=axis),
        color=coloured,
        fill=alt.when(alt.datum.verdict == "too_few")
        .then(alt.value("transparent"))
        .otherwise(alt.Fill("verdict:N", scale=colours, legend=None)),
        shape=alt.Shape("verdict:N", scale=shapes, legend=None),
        tooltip=theme.tooltip(*told, *theme.interval_told(words, "effect", "+.2f"), *numbers),
    )
    drawn = (
        alt.layer(theme.zero_rule(), rule, dots)
        .add_params(labels)
        .properties(height=36 * len(values) + 60, width="container")
    )
    return theme.spec(drawn, effects=values, zero=theme.ZERO)


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
