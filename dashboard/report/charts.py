"""Charts of the dashboard as pictures that stand in a page: SVG, drawn on this machine by vl-convert.

A chart is drawn twice, for paper and for a phone, so that its text is as large as what stands beside it.
Nothing is asked of any host: the rows are inside the specification, and fonts are the machine's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt
from markupsafe import Markup

from dashboard.components import theme
from dashboard.components.figures import Spec
from dashboard.components.headlines import Direction
from dashboard.components.legends import BAD, GOOD, QUIET
from dashboard.report.weeks import Week
from dashboard.sanitize import short

WIDE, NARROW = 660, 340
"""Pixels: what A4 holds between its margins at 96 to the inch, and a phone of 390 between its own."""
FONT = "'Hiragino Sans', 'Noto Sans JP', 'Noto Sans CJK JP', 'Yu Gothic UI', Meiryo, sans-serif"
MOST = 9
"""So many apps are drawn; the table has all."""
_INK, _LINE, _SHADE = "#566079", "#e6e3dc", "#a87400"
_LOOKS: Mapping[Direction, tuple[str, str]] = {
    "up": (GOOD, "triangle-up"), "down": (BAD, "triangle-down"), "flat": (QUIET, "circle"),
    "unknown": (QUIET, "circle"),
}  # fmt: skip
_AXIS = {
    "labelColor": _INK, "titleColor": _INK, "gridColor": _LINE, "tickColor": _LINE, "domainColor": _LINE,
    "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500, "labelFont": FONT, "titleFont": FONT,
}  # fmt: skip
_LONGEST = 30


def drawn(spec: Spec, *, height: int | None = None) -> tuple[Markup, Markup]:
    """A chart as SVG, wide and narrow; `height` (pixels of the plot) in place of its own."""
    wide, narrow = (_svg(spec, width, height) for width in (WIDE, NARROW))
    return wide, narrow


def _svg(spec: Spec, width: int, height: int | None) -> Markup:
    # Takes a second and a hundred MB, which nobody needs who draws nothing.
    import vl_convert

    sized: dict[str, Any] = _seen(spec) | {
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": None,
        "config": {"axis": _AXIS, "view": {"stroke": None}, "aria": False, "font": FONT},
    }
    if height is not None:
        sized["height"] = height
    made: str = vl_convert.vegalite_to_svg(sized)
    # The picture gets its words from the figure that holds it, and its size from the page.
    opened, rest = made.split(">", 1)
    kept = [part for part in opened.split(" ") if not part.startswith(("width=", "height=", "class="))]
    return Markup(f'{" ".join(kept)} aria-hidden="true" focusable="false">{rest}')  # noqa: S704 - Vega escapes its texts


def _seen(node: Any) -> Any:
    """A specification without what only a pointer meets: tips, and marks that nobody sees."""
    if isinstance(node, list):
        return [_seen(v) for v in node if not _is_unseen(v)]
    if isinstance(node, dict):
        return {k: _seen(v) for k, v in node.items() if k != "tooltip"}
    return node


def _is_unseen(node: Any) -> bool:
    mark = node.get("mark") if isinstance(node, dict) else None
    is_clear = isinstance(mark, dict) and mark.get("type") == "point" and mark.get("opacity") == 0
    # One clear layer owns the time axis.
    return is_clear and node.get("data", {}).get("name") != "frame" and "tooltip" in node.get("encoding", {})


def shaded(spec: Spec, week: Week, first: date, last: date) -> Spec:
    """A chart over time with the week shaded behind it."""
    edges = [theme.milliseconds(theme.midnight(day)) for day in (week.first, week.last + timedelta(1))]
    scale = {"type": "utc", "domain": [_time(first), _time(last + timedelta(1))], "nice": False}
    shade = {
        "data": {"values": [{"from": edges[0], "to": edges[1]}]},
        "mark": {"type": "rect", "color": _SHADE, "opacity": 0.13},
        "encoding": {
            "x": {"field": "from", "type": "temporal", "scale": scale, "axis": None, "title": None},
            "x2": {"field": "to"},
        },
    }
    return {**spec, "layer": [shade, *spec["layer"]]}


def _time(day: date) -> dict[str, Any]:
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}


def changes(rows: Sequence[tuple[str, Direction, float, float, float]], *, words: Mapping[str, str]) -> Spec:
    """What moved, one row each: name, direction, change and its interval. At most MOST are drawn.

    `words`: change. Pure.
    """
    values = [
        {
            "place": place, "label": short(name, _LONGEST), "way": way, "change": value, "low": low,
            "high": high,
        }
        for place, (name, way, value, low, high) in enumerate(rows[:MOST])
    ]  # fmt: skip
    reach = max((abs(v) for _, _, *ends in rows[:MOST] for v in ends), default=1) or 1
    x = alt.Scale(domain=[-reach, reach], nice=True)
    colours = alt.Scale(domain=list(_LOOKS), range=[colour for colour, _ in _LOOKS.values()])
    shapes = alt.Scale(domain=list(_LOOKS), range=[shape for _, shape in _LOOKS.values()])
    coloured = alt.Color("way:N", scale=colours, legend=None)
    y, labels = theme.labelled_rows([str(v["label"]) for v in values], longest=150)
    base = alt.Chart(theme.rows("changes")).encode(y=y)
    rule = base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round").encode(
        x=alt.X("low:Q", scale=x), x2="high:Q", color=coloured
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X(
            "change:Q",
            title=words["change"],
            scale=x,
            axis=alt.Axis(format="+.1f", domain=False, tickCount=6),
        ),
        color=coloured,
        shape=alt.Shape("way:N", scale=shapes, legend=None),
    )
    whole = (
        alt.layer(theme.zero_rule(), rule, dots)
        .add_params(labels)
        .properties(height=22 * len(values) + 10, width="container")
    )
    return theme.spec(whole, changes=values, zero=theme.ZERO)
