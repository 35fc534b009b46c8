"""Releases of many apps on one line of time each (map.html). Pure: rows in, words and markup out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup

from dashboard.components.html import piece
from dashboard.i18n import Text
from dashboard.rows.analysis import AppRelease
from dashboard.sanitize import plain, short
from dashboard.views.map.matrix import TEMPLATE, Row

DAYS = 365
"""So many days are drawn; they end with the newest data of the apps."""
NEWEST = 40
"""Of an app at most so many releases without a verdict are drawn, the newest; they are counted all."""
MONTHS = 2
"""A name under every second month."""
CLEAR = ("better", "worse")
_DIRECTIONS = {"better": "up", "worse": "down"}


def title(t: Text, releases: Sequence[AppRelease], first: date, last: date) -> str:
    """How many releases got which verdict."""
    count = Counter(r.verdict for r in releases)
    better, worse = (count[k] for k in CLEAR)
    return t(
        "map.releases", days=t.days(first, last), n=len(releases), better=better, worse=worse,
        rest=len(releases) - better - worse,
    )  # fmt: skip


def table(
    t: Text,
    shown: Sequence[Row],
    releases: Mapping[str, Sequence[AppRelease]],
    first: date,
    last: date,
    to_releases: Callable[[str, AppRelease | None], str],
) -> Markup:
    """A line for each app of `shown`; `to_releases` gives the address of a release, or of all of an app."""
    lines = []
    for row in shown:
        of = releases.get(row.app, ())
        count = Counter(r.verdict for r in of)
        better, worse = (count[k] for k in CLEAR)
        tally = t("map.tally", better=better, worse=worse, rest=len(of) - better - worse)
        marks = [_mark(t, r, first, last, to_releases) for r in drawn(of)]
        lines.append((row.name, to_releases(row.app, None) if of else "", marks, tally))
    return piece(TEMPLATE, "timeline", t, months(t, first, last), lines)


def drawn(of: Sequence[AppRelease]) -> list[AppRelease]:
    """The releases of an app that are drawn: all with a verdict, over the newest of the others."""
    silent = [r for r in of if r.verdict not in CLEAR]
    return silent[-NEWEST:] + [r for r in of if r.verdict in CLEAR]


def _mark(
    t: Text, r: AppRelease, first: date, last: date, to_releases: Callable[[str, AppRelease | None], str]
) -> tuple[str, str, str, str]:
    """A release as (its place in percent, direction, words, address)."""
    words = t(
        "map.release", version=short(plain(r.release_version), 24), store=t.store(r.store),
        day=t.day(r.released_at), verdict=t.named(f"verdict.{r.verdict}", r.verdict),
    )  # fmt: skip
    direction = _DIRECTIONS.get(r.verdict, "")
    return place(r.released_at, first, last), direction, words, to_releases(r.app, r) if direction else ""


def place(at: datetime | date, first: date, last: date) -> str:
    """Where a moment lies between the beginning of `first` and the end of `last`, in percent."""
    day = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return f"{100 * ((day - first).days + 0.5) / ((last - first).days + 1):.1f}"


def months(t: Text, first: date, last: date) -> list[tuple[str, str]]:
    """The months that begin in the span, as (place, name); only every second one has a name."""
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    begun = [d for d in days if d.day == 1]
    return [(place(d, first, last), t.month(d) if n % MONTHS == 0 else "") for n, d in enumerate(begun)]
