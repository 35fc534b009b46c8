"""The words and points that the charts of the Rating page are drawn from. Pure: rows in, rows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dashboard.components import theme as axes
from dashboard.i18n import Text
from dashboard.queries import Scope
from dashboard.rows import Worded
from dashboard.rows.ratings import DisplayedScore, FoundPeriod, RatingPeriod, ReleaseDate, VersionRating
from dashboard.views.rating.charts import Counted, DisplayedPoint, ReleaseMark

Legend = Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a series in a saved picture, with the mark it is drawn by."""

    name: str
    kind: Literal["line", "dash", "ring", "rule", "block"]
    colour: str


# How each kind of mark of a legend is drawn in a saved picture; style.css draws them on the page.
_MARKS: dict[str, tuple[Literal["line", "dash", "ring", "rule", "block"], str]] = {
    "a0": ("line", axes.DISPLAYED),
    "a1": ("dash", axes.DISPLAYED),
    "b": ("line", axes.REVIEWED),
    "small": ("ring", axes.REVIEWED),
    "release": ("rule", axes.QUIET),
    "count": ("block", axes.REVIEWED),
    "before": ("rule", axes.QUIET),
    "tone": ("line", axes.REVIEWED),
    "topics": ("line", axes.DISPLAYED),
    "complete": ("block", axes.GOOD),
    "partial": ("block", axes.MIDDLING),
    "failed": ("block", axes.BAD),
    "alpha": ("line", axes.ALPHA),
    "after": ("block", axes.REVIEWED),
    "change-A": ("block", axes.DISPLAYED),
    "change-B": ("block", axes.REVIEWED),
}
# Stores review a release on their own time: it comes out in one some days after the other.
_ONE_RELEASE = timedelta(days=14)


def chart_words(t: Text) -> dict[str, str]:
    """The words that the charts need."""
    keys = (
        "rating", "displayed", "reviewed", "when", "n", "mean", "low", "high", "version", "stars", "share",
        "before",
    )  # fmt: skip
    return {k: t(f"chart.{k}") for k in keys}


def legend_entries(t: Text, displayed: list[DisplayedScore], grain: str) -> Legend:
    """Names of what is drawn, in the order of importance."""
    entries = []
    for place, store in enumerate(dict.fromkeys(d.store for d in displayed)):
        country = next(d.country for d in displayed if d.store == store)
        where = t.store(store) + (f", {t.place(f'country:{country}')}" if country else "")
        entries.append((f"a{min(place, 1)}", t("legend.displayed", where=where), t("legend.displayed_note")))
    entries.append(("b", t("legend.reviewed"), t(f"legend.reviewed_{grain}")))
    entries.append(("small", t("legend.small"), t("legend.small_note", n=axes.SMALL)))
    entries.append(("release", t("legend.release"), ""))
    return entries


def interval_legend(t: Text) -> Legend:
    """The names of a mean and its interval."""
    return [
        ("b", t("legend.reviewed"), t("legend.reviewed_interval")),
        ("small", t("legend.small"), t("legend.small_note", n=axes.SMALL)),
    ]


def stars_legend(t: Text, *, is_compared: bool) -> Legend:
    """The names of the shares of stars now and before."""
    now = ("count", t("legend.this_span"), "")
    return [now, ("before", t("legend.span_before"), "")] if is_compared else [now]


def outcome_legend(t: Text) -> Legend:
    """The names of the endings of asks."""
    return [(k, t(f"coverage.{k}"), "") for k in ("complete", "partial", "failed")]


def model_legend(t: Text) -> Legend:
    """The names of what is drawn of a model's figures."""
    return [
        ("tone", t("model.tone"), ""),
        ("topics", t("model.topics"), ""),
        ("before", t("model.baseline"), t("model.baseline_note")),
    ]


def model_words(t: Text) -> dict[str, str]:
    """The words of the chart of a model's figures."""
    keys = ("texts", "task", "low", "high", "baseline", "n")
    return {k: t(f"model.words_{k}") for k in keys}


def names(entries: Legend) -> list[Name]:
    """The entries of a legend for a saved picture."""
    return [Name(name, *_MARKS[kind]) for kind, name, _ in entries]


def with_words(t: Text, period: RatingPeriod) -> Worded[RatingPeriod]:
    """A period with its days in words."""
    return Worded(period, _days(t, period.first_day, period.last_day))


def counted(t: Text, period: RatingPeriod) -> Counted:
    """How many rated reviews a period has."""
    days = period.first_day, period.last_day
    return Counted(*days, n=period.n, tip=_days(t, *days))


def counted_found(t: Text, period: FoundPeriod) -> Counted:
    """How many reviews were found in a period."""
    days = period.first_day, period.last_day
    return Counted(*days, n=period.n_reviews, tip=_days(t, *days))


def _days(t: Text, first: date, last: date) -> str:
    return t.day(first) if first == last else t.days(first, last)


def displayed_points(t: Text, snapshots: list[DisplayedScore]) -> list[DisplayedPoint]:
    """Snapshots with their moments in words; the middle of a run of equal scores adds nothing to a line."""
    kept = []
    for store in dict.fromkeys(s.store for s in snapshots):
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
        at=snapshot.observed_at,
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
        ReleaseMark(at=m[0].released_at, label=m[0].version, tip=t.listed([_released(t, r) for r in m]))
        for m in marks
    ]


def _released(t: Text, row: ReleaseDate) -> str:
    return t("chart.release", version=row.version, store=t.store(row.store), day=t.day(row.released_at))


def version_labels(t: Text, rows: list[VersionRating]) -> list[Worded[VersionRating]]:
    """Versions with their labels; the store is named where there are several."""
    several = len({r.store for r in rows}) > 1
    return [Worded(r, t.version(r.version) + (f" · {t.store(r.store)}" if several else "")) for r in rows]


def compared(t: Text, scope: Scope, n: int | None, known_from: date) -> str:
    """With which days the span is compared; `n` is how many reviews those have."""
    before = scope.before()
    if not n:
        return t("compared.nothing")
    key = "compared.partly" if before.first < known_from else "compared.whole"
    return t(key, span=t.days(before.first, before.last), n=t.number(n), day=t.day(known_from))


def date_format(t: Text, days: int) -> str:
    """How a time axis writes its days (d3 format): by day on short spans, else by month."""
    return t("dates.axis_day") if days <= 120 else t("dates.axis_month")
