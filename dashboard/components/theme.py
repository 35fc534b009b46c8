"""Colours, scales and axes that the charts share. Pure.

Colours hold at least 3:1 against both backgrounds of .streamlit/config.toml (WCAG 2.2, 1.4.11) and stay
apart for colour-blind readers (after Okabe and Ito). Times go out as UTC, so that no browser's time zone
can move a day.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import altair as alt
from altair.utils import schemapi

DISPLAYED = "#2479BD"
REVIEWED = "#C8690A"
QUIET = "#7F8898"
GOOD = "#1B9A77"
MIDDLING = "#B98300"
BAD = "#CC5A2E"
ALPHA = "#A0618F"
DASHES = ([1, 0], [7, 4], [2, 3])
SMALL = 10
"""Fewer rated reviews than this are marked: their mean says little."""
# The charts stand under each other: their left axes take one width, so that their times line up.
_AXIS = 38

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart
Spec = dict[str, Any]
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
    return filled


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
    return filled


def _filled(node: Any, values: dict[str, list[dict[str, Any]]]) -> Any:
    if isinstance(node, dict):
        named = node.get("data", {}).get("name") if isinstance(node.get("data"), dict) else None
        inside = {k: _filled(v, values) for k, v in node.items()}
        return inside | {"data": {"values": values[named]}} if named in values else inside
    return [_filled(v, values) for v in node] if isinstance(node, list) else node


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


def time_axis(date_format: str, *, labels: bool = True) -> alt.Axis:
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
