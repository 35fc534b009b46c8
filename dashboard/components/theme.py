"""Scales, axes and rows that the charts share, and the chart that several pages draw: how many there are.

Pure: rows in, Vega-Lite specifications out, by Altair, so that a test reads them. Words come in as arguments,
already in the reader's language. Times go out as UTC, so that no browser's time zone can move a day.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import altair as alt
from altair.utils import schemapi

from dashboard.components.figures import Spec
from dashboard.components.legends import QUIET, REVIEWED, DateFormat, period_words
from dashboard.i18n import Text
from dashboard.rows.reviews import FoundPeriod, RatingPeriod

BRUSH = "span"
DASHES = ([1, 0], [7, 4], [2, 3])
# The charts stand under each other: their left axes take one width, so that their times line up.
_AXIS = 38

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart
# Altair checks every piece as it is made, which takes most of a page's time.
schemapi.DEBUG_MODE = False


def rows(name: str) -> alt.NamedData:
    """The rows that `spec` is given under `name`."""
    return alt.NamedData(name=name)


def spec(drawn: Drawn, **values: list[dict[str, Any]]) -> Spec:
    """The Vega-Lite specification of a chart, with its rows inside.

    Rows stay out of Altair: it copies and checks each of them, a third of a second for a large chart. The
    tests check every specification against Vega-Lite's schema.
    """
    filled: Spec = _filled(drawn.to_dict(validate=False), values)
    return _aligned(filled)


def _aligned(made: Spec) -> Spec:
    """Names beside their rows and columns: Streamlit's theme pulls the outermost ones inwards."""
    config = made.get("config", {})
    return made | {"config": {**config, "axisBand": {**config.get("axisBand", {}), "labelFlush": False}}}


def layered(
    parts: Sequence[Drawn], *, height: int, resolve: Mapping[str, Any], **values: list[dict[str, Any]]
) -> Spec:
    """As `spec`, of charts that lie over each other; Altair would copy each of them a dozen times."""
    made = [part.to_dict(validate=False) for part in parts]
    top = {k: made[0][k] for k in ("$schema", "config") if k in made[0]}
    params = [p for layer in made for p in layer.pop("params", [])]
    layers = [{k: v for k, v in layer.items() if k not in ("$schema", "config")} for layer in made]
    whole = {"layer": layers, "params": params, "resolve": resolve, "height": height, "width": "container"}
    filled: Spec = _filled(top | whole, values)
    return _aligned(filled)


def _filled(node: Any, values: dict[str, list[dict[str, Any]]]) -> Any:
    if isinstance(node, dict):
        named = node.get("data", {}).get("name") if isinstance(node.get("data"), dict) else None
        inside = {k: _filled(v, values) for k, v in node.items()}
        return inside | {"data": {"values": values[named]}} if named in values else inside
    return [_filled(v, values) for v in node] if isinstance(node, list) else node


@dataclass(frozen=True, slots=True)
class Counted:
    """How many reviews a span of days has."""

    first_day: date
    last_day: date
    n: int
    tip: str


def counted(t: Text, period: RatingPeriod | FoundPeriod, n: int) -> Counted:
    """That a period has `n` reviews."""
    days = period.first_day, period.last_day
    return Counted(*days, n, period_words(t, *days))


def counts(
    periods: Sequence[Counted],
    *,
    first: date,
    last: date,
    words: Mapping[str, str],
    date_format: DateFormat,
    is_brushed: bool = True,
) -> Spec:
    """How many reviews each period has; a brush chooses days."""
    values = [
        {
            "from": milliseconds(midnight(p.first_day)),
            "to": milliseconds(midnight(p.last_day + timedelta(1))),
            "n": p.n,
            "floor": 0,
            "tip": p.tip,
        }
        for p in periods
    ]
    most = max((p.n for p in periods), default=0)
    # Vega-Lite doubles a `domain` given to a bar with two ends; it takes both edges singly.
    edges = {"domainMin": day_of(first), "domainMax": day_of(last + timedelta(1))}
    drawn: Drawn = (
        alt.Chart(rows("counts"))
        .mark_bar(color=REVIEWED, opacity=0.55, binSpacing=1)
        .encode(
            x=alt.X(
                "from:T",
                title=None,
                scale=alt.Scale(type="utc", nice=False, **edges),
                axis=time_axis(date_format, labels=not is_brushed),
            ),
            x2="to:T",
            y=alt.Y(
                "n:Q",
                title=words["n"],
                scale=alt.Scale(domain=[0, max(1, most)]),
                axis=left_axis(ticks=2, format="d"),
            ),
            y2="floor:Q",
            tooltip=tooltip(("tip:N", words["when"]), ("n:Q", words["n"])),
        )
        .properties(height=76 if is_brushed else 198, width="container")
    )
    if is_brushed:
        # Drawn as SVG, the brush is an image without a name to a screen reader; the canvas as a whole is
        # named by its caller.
        brush = alt.selection_interval(name=BRUSH, encodings=["x"])
        drawn = drawn.add_params(brush).properties(usermeta={"embedOptions": {"renderer": "canvas"}})
    return spec(drawn, counts=values)


def tooltip(*entries: tuple[str, str] | tuple[str, str, str]) -> list[alt.Tooltip]:
    """What the pointer tells: field, its name, and the format of a number."""
    return [
        alt.Tooltip(field, title=name, format=form[0] if form else alt.Undefined)
        for field, name, *form in entries
    ]


def interval_told(
    words: Mapping[str, str], value: str = "mean", form: str = ".2f"
) -> list[tuple[str, str, str]]:
    """A value and its interval for a tooltip; `words`: value, low, high."""
    return [(f"{k}:Q", words[k], form) for k in (value, "low", "high")]


def labelled_rows(labels: Sequence[str], *, longest: int = 190) -> tuple[alt.Y, alt.Parameter]:
    """Rows one under another (`place`), and the parameter that holds their names.

    Names are data, not code: the axis looks its labels up.
    """
    axis = alt.Axis(
        labelExpr="row_labels[datum.value]", ticks=False, domain=False, labelLimit=longest, labelPadding=8
    )
    return alt.Y("place:O", title=None, sort=None, axis=axis), alt.param(
        name="row_labels", value=list(labels)
    )


def zero_rule() -> alt.Chart:
    """The line of no change; its rows are `ZERO`, named `zero`."""
    rule: alt.Chart = alt.Chart(rows("zero")).mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x="at:Q")
    return rule


ZERO = [{"at": 0}]


def rating_axis(words: Mapping[str, str], field: str) -> alt.Y:
    return alt.Y(field, title=words["rating"], scale=stars_scale(), axis=left_axis(ticks=5, format="d"))


def stars_scale() -> alt.Scale:
    return alt.Scale(domain=[1, 5], nice=False, zero=False, clamp=True)


def stars_axis() -> alt.Axis:
    return alt.Axis(values=[1, 2, 3, 4, 5], format="d", domain=False)


def left_axis(*, ticks: int, format: str) -> alt.Axis:
    return alt.Axis(
        tickCount=ticks,
        format=format,
        domain=False,
        ticks=False,
        minExtent=_AXIS,
        maxExtent=_AXIS,
        titlePadding=6,
    )


def time_scale(first: date, last: date) -> alt.Scale:
    return alt.Scale(type="utc", domain=[day_of(first), day_of(last + timedelta(1))], nice=False)


def day_of(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def time_axis(date_format: DateFormat, *, labels: bool = True) -> alt.Axis:
    return alt.Axis(
        orient="bottom",
        format=date_format,
        labels=labels,
        ticks=labels,
        domain=False,
        grid=False,
        tickCount=8,
        labelOverlap="greedy",
    )


def hollow() -> Any:
    """Filled where there is enough to say something, hollow where there is not."""
    return alt.when(alt.datum.few).then(alt.value("transparent")).otherwise(alt.value(REVIEWED))


def moment_of(at: int) -> alt.DateTime:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return alt.DateTime(
        year=moment.year,
        month=moment.month,
        date=moment.day,
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        utc=True,
    )


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - read as UTC by _ms


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 of an aware or a UTC time, as Vega counts them."""
    return calendar.timegm(at.utctimetuple()) * 1000


def middle(first: date, last: date) -> datetime:
    """The middle of a span of days, where its mean is drawn."""
    return midnight(first) + (midnight(last + timedelta(1)) - midnight(first)) / 2
