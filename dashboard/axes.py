"""Colours, scales and axes that the charts share. Pure.

Colours hold at least 3:1 against both backgrounds of .streamlit/config.toml (WCAG 2.2, 1.4.11) and stay
apart for colour-blind readers (after Okabe and Ito). Times go out as UTC, so that no browser's time zone
can move a day.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import altair as alt

DISPLAYED = "#2479BD"
REVIEWED = "#C8690A"
QUIET = "#7F8898"
DASHES = ([1, 0], [7, 4], [2, 3])
SMALL = 10
"""Fewer rated reviews than this are marked: their mean says little."""
# The charts stand under each other: their left axes take one width, so that their times line up.
_AXIS = 38

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart


def data(values: list[dict[str, Any]]) -> alt.Data:
    """Rows inside the specification."""
    return alt.Data(values=values)  # type: ignore[no-untyped-call]


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
