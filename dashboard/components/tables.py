"""The figures behind the charts as tables: for eyes in words, for CSV as values. Pure.

A table is its rows (values), its columns (field to head) and its cells (text in the reader's language).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from dashboard.i18n import Text
from dashboard.queries import review_key
from dashboard.rows import Worded
from dashboard.rows.alpha import Cohort, Consent, ForetoldTopic, SpokenTopic
from dashboard.rows.changes import AuditFigure, ChangePoint, Driver, ReleaseImpact, SeriesEvent
from dashboard.rows.counts import by_stars
from dashboard.rows.health import Ask, AskDay, NotCovered, Redaction, RejectedReason, Trouble
from dashboard.rows.publications import AppInStore
from dashboard.rows.ratings import (
    DisplayedScore,
    FoundPeriod,
    OtherPoint,
    RatingPeriod,
    RatingSpan,
    VersionRating,
)
from dashboard.rows.reviews import Review, ReviewTopic
from dashboard.rows.topics import Alarm, FixFirst, LensMonth, TopicChange
from dashboard.sanitize import plain
from dashboard.views.health.rows import Measured, SourceState
from dashboard.views.rating.change_points import NOTES, event_words
from dashboard.views.topics.charts import NamedPeriod

_LOOKED_AT = 50
NO_OWNER = "-"
"""The team of a topic that nobody owns."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the heads and the text of their cells."""

    rows: Sequence[Mapping[str, object]]
    columns: Mapping[str, str]
    cells: Sequence[Sequence[str | None]]

    def numeric(self) -> set[int]:
        """The places of the columns whose values are numbers."""
        return {
            k
            for k, column in enumerate(self.columns)
            if any(_is_number(r.get(column)) for r in self.rows[:_LOOKED_AT])
        }


def overview(t: Text, rows: Sequence[AppInStore]) -> Table:
    """Every app in every store."""
    columns = (
        "name", "store", "is_sample", "owner", "displayed_score", "displayed_at", "displayed_country",
        "mean_30d", "low_30d", "high_30d", "n_30d", "share_negative_30d", "share_neutral_30d",
        "share_positive_30d", "change_30d", "change_low", "change_high", "as_of", "last_seen_at",
        "last_outcome", "last_reason", "app", "store_app_id",
    )  # fmt: skip
    return _table(t, rows, columns)


def periods(t: Text, rows: Sequence[RatingPeriod]) -> Table:
    """Series B by period."""
    return _table(t, rows, ("first_day", "last_day", "n", "mean", "low", "high"))


def displayed(t: Text, rows: Sequence[DisplayedScore]) -> Table:
    """Series A, newest first."""
    columns = ("observed_at", "store", "country", "displayed_score", "ratings_count", "version")
    return _table(t, list(reversed(rows)), columns)


def versions(t: Text, rows: Sequence[VersionRating]) -> Table:
    """Series B by version."""
    columns = ("version", "store", "n", "mean", "low", "high", "released_on", "first_day", "last_day")
    return _table(t, rows, columns)


@dataclass(frozen=True, slots=True)
class _Star:
    stars: int
    n: int
    share: float | None
    share_before: float | None


def stars(t: Text, span: RatingSpan, before: RatingSpan) -> Table:
    """The spread of the stars in two spans."""
    now, was = by_stars(span), by_stars(before)
    rows = [_Star(k, now[k], _share(now[k], span.n), _share(was[k], before.n)) for k in range(5, 0, -1)]
    return _table(t, rows, ("stars", "n", "share", "share_before"))


def topics(t: Text, rows: Sequence[TopicChange]) -> Table:
    """Topics in two spans; changes are in percentage points."""
    columns = (
        "topic", "n", "share", "n_negative", "n_neutral", "n_positive", "mean", "share_before",
        "share_change", "share_change_low", "share_change_high",
    )  # fmt: skip
    return _table(
        t, rows, columns, topic=lambda r: r.label(t.language), share_change=lambda r: r.change,
        share_change_low=lambda r: r.change_low, share_change_high=lambda r: r.change_high,
    )  # fmt: skip


def releases(t: Text, rows: Sequence[ReleaseImpact], topic_names: Mapping[str, str]) -> Table:
    """What moved with each release, one row a measure."""
    columns = (
        "release_version", "store", "released_at", "measure", "verdict", "effect", "low", "high",
        "value_before", "value_after", "n_before", "n_after", "before_from", "before_until", "after_from",
        "after_until", "p_value", "q_value", "overlaps", "confounders",
    )  # fmt: skip
    return _table(
        t, rows, columns, overlaps=lambda r: ", ".join(r.overlapping_releases),
        confounders=lambda r: ", ".join(event_words(t, r.store, e) for e in r.confounding_events or ()),
    )  # fmt: skip


def drivers(t: Text, rows: Sequence[Worded[Driver]]) -> Table:
    """What each topic added to a change."""
    columns = (
        "topic", "total_effect", "low", "high", "share_effect", "tone_effect", "share_before", "share_after",
        "tone_before", "tone_after", "n_before", "n_after",
    )  # fmt: skip
    return _table(t, [r.row for r in rows], columns, topic=_names(rows))


def lenses(t: Text, rows: Sequence[Worded[LensMonth]]) -> Table:
    """The four lenses by month."""
    columns = (
        "period_start", "store", "lens", "n", "n_all", "share", "mean_stars", "low", "high", "share_negative",
    )  # fmt: skip
    return _table(t, [r.row for r in rows], columns, lens=_names(rows))


def topic_periods(t: Text, rows: Sequence[NamedPeriod]) -> Table:
    """Topics by week or month."""
    columns = ("first_day", "topic", "n", "n_negative", "share", "share_negative", "of_all")
    names = [r.topic for r in rows]
    return _table(t, [r.row for r in rows], columns, topic=names)


def fix_first(t: Text, rows: Sequence[Worded[FixFirst]]) -> Table:
    """What to fix first."""
    columns = (
        "topic", "team", "store", "gain", "low", "high", "n_complaints", "share_complaints", "mean_with",
        "mean_without", "n", "window_from", "window_until",
    )  # fmt: skip
    return _table(
        t, [r.row for r in rows], columns, topic=_names(rows), team=lambda r: plain(r.owner or NO_OWNER)
    )


def alarms(t: Text, rows: Sequence[Worded[Alarm]]) -> Table:
    """Days that were unusual."""
    columns = ("day", "store", "topic", "measure", "observed", "expected", "low", "high", "p_value", "n")
    return _table(t, [r.row for r in rows], columns, topic=_names(rows))


def changes(t: Text, rows: Sequence[ChangePoint]) -> Table:
    """Changes of level."""
    columns = (
        "changed_on", "low_on", "high_on", "series", "store", "value_before", "value_after", "size", "low",
        "high", "n_before", "n_after", "p_value", "nearest_release", "release_distance_days",
    )  # fmt: skip
    return _table(t, rows, columns)


def events(t: Text, rows: Sequence[SeriesEvent]) -> Table:
    """What happened besides releases."""
    columns = ("happened_at", "until", "store", "event")
    return _table(t, rows, columns, event=lambda r: event_words(t, r.store, r))


def series(t: Text, rows: Sequence[OtherPoint]) -> Table:
    """One of the series C and D by period."""
    columns = ("first_day", "last_day", "store", "ratings", "mean", "low", "high", "why")
    return _table(
        t, rows, columns, first_day=lambda r: r.period_start, last_day=lambda r: r.period_end,
        ratings=lambda r: r.n, mean=lambda r: r.value,
        why=lambda r: t(f"changes.why_{r.note}") if r.note in NOTES else r.note,
    )  # fmt: skip


def consents(t: Text, rows: Sequence[Consent]) -> Table:
    """To what testers agreed."""
    columns = ("cohort", "wording", "purpose", "people", "agreed", "declined", "withdrew")
    return _table(t, rows, columns)


def cohorts(t: Text, rows: Sequence[Cohort]) -> Table:
    """What each cohort sent."""
    columns = (
        "cohort", "n_feedback", "n_analysed", "n_quoted", "first_at", "last_at", "n_negative", "n_neutral",
        "n_positive", "n_not_covered",
    )  # fmt: skip
    return _table(t, rows, columns)


def spoken(t: Text, rows: Sequence[Worded[SpokenTopic]]) -> Table:
    """What testers spoke of."""
    columns = ("topic", "n_feedback", "share", "n_negative", "n_neutral", "n_positive")
    told = [r.row for r in rows]
    return _table(
        t, told, columns, topic=_names(rows), n_feedback=lambda r: r.n, share=lambda r: r.n / r.n_all
    )


def alpha_topics(t: Text, rows: Sequence[Worded[ForetoldTopic]]) -> Table:
    """Topics in the alpha and in public, by release."""
    columns = (
        "topic", "foretold", "n_alpha", "share_alpha", "alpha_low", "alpha_high", "n_before", "n_after",
        "share_before", "share_after", "share_change", "share_change_low", "share_change_high",
    )  # fmt: skip
    return _table(
        t, [r.row for r in rows], columns, topic=_names(rows), foretold=lambda r: r.verdict,
        share_change=lambda r: r.change, share_change_low=lambda r: r.change_low,
        share_change_high=lambda r: r.change_high,
    )  # fmt: skip


def found(t: Text, rows: Sequence[FoundPeriod]) -> Table:
    """Reviews that were found, by period."""
    columns = (
        "first_day", "last_day", "n_reviews", "n_rated", "mean", "low", "high", "n_negative", "n_neutral",
        "n_positive", "n_not_covered",
    )  # fmt: skip
    return _table(t, rows, columns, n_rated=lambda r: r.n)


def reviews(
    t: Text, rows: Sequence[Review], topic_names: Mapping[str, str], vanished: Mapping[str, datetime]
) -> Table:
    """Reviews with what the model says of them, for a download; times are UTC."""
    columns = (
        "reviewed_at", "rating", "title", "text", "version", "store", "country", "language", "sentiment",
        "p_negative", "p_neutral", "p_positive", "topics", "thumbs_up", "edited", "reply", "replied_at",
        "vanished_at", "is_sample", "review_id",
    )  # fmt: skip
    values = _values(
        rows, columns, topics=lambda r: _topics(r.topics, topic_names),
        vanished_at=lambda r: vanished.get(review_key(r)), p_negative=lambda r: _rounded(r.p_negative),
        p_neutral=lambda r: _rounded(r.p_neutral), p_positive=lambda r: _rounded(r.p_positive),
    )  # fmt: skip
    return Table(values, {c: t(f"columns.{c}") for c in columns}, [])


def sources(t: Text, rows: Sequence[SourceState]) -> Table:
    """The last asks by source and kind."""
    columns = (
        "source", "asked_for", "outcome", "reason", "apps", "asks", "n_troubled", "n_old",
        "finished_at", "covered_until", "got", "new", "edited", "rejected",
    )  # fmt: skip
    return _table(t, rows, columns)


def asks(t: Text, rows: Sequence[Ask]) -> Table:
    """The last ask of every app and place."""
    columns = (
        "name", "store", "source", "asked_for", "place", "outcome", "reason", "failed_in_a_row",
        "finished_at", "covered_until", "lag_s", "pages", "got", "new", "edited", "rejected", "is_sample",
        "app", "store_app_id",
    )  # fmt: skip
    return _table(t, rows, columns)


def ask_days(t: Text, rows: Sequence[AskDay]) -> Table:
    """How asks ended by day and source."""
    columns = (
        "day", "source", "runs", "asks", "n_complete", "n_partial", "n_failed", "got", "new", "edited",
        "rejected",
    )  # fmt: skip
    return _table(t, rows, columns)


def troubles(t: Text, rows: Sequence[Trouble]) -> Table:
    """Asks that did not end complete."""
    columns = ("finished_at", "name", "store", "source", "asked_for", "place", "outcome", "reason", "got")
    return _table(t, rows, columns)


def measured(t: Text, rows: Sequence[Measured]) -> Table:
    """The figures of a model's card."""
    columns = ["label", "task", "value", "low", "high", "baseline", "majority", "texts_measured"]
    columns += ["int8"] if any(r.int8 is not None for r in rows) else []
    return _table(t, rows, columns, texts_measured=lambda r: r.n)


def not_covered(t: Text, rows: Sequence[NotCovered]) -> Table:
    """How many reviews each app has in languages outside the model's card."""
    columns = ("name", "store", "n_not_covered", "n_given", "share")
    return _table(
        t, rows, columns, n_given=lambda r: r.n_classified + r.n_not_covered,
        share=lambda r: _share(r.n_not_covered, r.n_classified + r.n_not_covered),
    )  # fmt: skip


def redactions(t: Text, rows: Sequence[Redaction]) -> Table:
    """Personal numbers and addresses that were replaced, by source."""
    return _table(t, rows, ("source", "kind", "texts", "texts_redacted", "redactions"))


def rejected(t: Text, rows: Sequence[RejectedReason]) -> Table:
    """Rows that were put aside, by reason; never what stood in them."""
    return _table(t, rows, ("reason", "field", "source", "n", "batches"))


def audit(t: Text, rows: Sequence[AuditFigure]) -> Table:
    """How often the statistics are wrong."""
    columns = ("test", "measure", "n", "effect", "trials", "hits", "rate", "low", "high", "target", "passes")
    return _table(t, rows, columns)


def _rounded(chance: float | None) -> float | None:
    """A probability of the model's to three places: more would look exact."""
    return None if chance is None else round(chance, 3)


def _topics(topics: Sequence[ReviewTopic] | None, names: Mapping[str, str]) -> str:
    return "; ".join(f"{names.get(k.topic, k.topic)} {k.score:.2f}" for k in topics or ())


def _names(rows: Sequence[Worded[Any]]) -> list[str]:
    return [r.words for r in rows]


def _table(
    t: Text, rows: Sequence[T], columns: Sequence[str], **made: Callable[[T], object] | Sequence[object]
) -> Table:
    values = _values(rows, columns, **made)
    cells = [[_cell(t, c, v[c]) for c in columns] for v in values]
    return Table(values, {c: t(f"columns.{c}") for c in columns}, cells)


def _values(
    rows: Sequence[T], columns: Sequence[str], **made: Callable[[T], object] | Sequence[object]
) -> list[dict[str, object]]:
    """The columns of each row: its fields of that name, or what `made` makes of the row or lists for all."""
    found = [_column(rows, made[c]) if c in made else [getattr(row, c) for row in rows] for c in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*found, strict=True)]


def _column(rows: Sequence[T], made: Callable[[T], object] | Sequence[object]) -> Sequence[object]:
    if not callable(made):
        return made
    return [made(row) for row in rows]


def _cell(t: Text, column: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    for ends, shows in _BY_NAME.items():
        if column.startswith(ends):
            return shows(t, value)
    if isinstance(value, bool):
        return t("sample.label") if value else None
    if isinstance(value, float):
        return t.stars(value)
    if isinstance(value, int):
        return t.number(value)
    if isinstance(value, date | datetime):
        return t.day(value)
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(n: int, of: int) -> float | None:
    return n / of if of else None


def _reason(t: Text, reason: str) -> str:
    return _named(t, f"reason.{reason}", reason)


def _asked_for(t: Text, kind: str) -> str:
    return _named(t, f"asked.{kind}", kind)


def _named(t: Text, key: str, code: str) -> str:
    """The word for a code; a code that we do not know shows itself."""
    return t(key) if t.has(key) else code


# By the beginning of a column's name; the first that fits speaks.
_BY_NAME: dict[str, Callable[[Text, Any], str]] = {
    "verdict": lambda t, v: t(f"verdict.{v}"),
    "foretold": lambda t, v: t(f"alpha.topic_{v}"),
    "purpose": lambda t, v: t(f"alpha.purpose_{v}"),
    "alpha_": lambda t, v: t.percent(v),
    "share_effect": lambda t, v: t.signed(v, 3),
    "tone_effect": lambda t, v: t.signed(v, 3),
    "total_effect": lambda t, v: t.signed(v, 3),
    "p_value": lambda t, v: f"{v:.4f}",
    "q_value": lambda t, v: f"{v:.4f}",
    "store_app_id": lambda t, v: str(v),
    "store": lambda t, v: t.store(v),
    "displayed_country": lambda t, v: t.place(f"country:{v}"),
    "country": lambda t, v: t.place(f"country:{v}"),
    "last_outcome": lambda t, v: t(f"coverage.{v}"),
    "last_reason": _reason,
    "outcome": lambda t, v: t(f"coverage.{v}"),
    "reason": _reason,
    "asked_for": _asked_for,
    "place": lambda t, v: t.place(v),
    "kind": lambda t, v: _named(t, f"redacted.{v}", v),
    "finished_at": lambda t, v: t.moment(v),
    "passes": lambda t, v: t("audit.passes" if v else "audit.fails"),
    "rate": lambda t, v: t.percent(v),
    "effect": lambda t, v: t.signed(v),
    "size": lambda t, v: t.signed(v),
    "series": lambda t, v: t(f"changes.series_{v}"),
    "nearest_release": lambda t, v: t.version(v),
    "changed_on": lambda t, v: t.day(v),
    "value": lambda t, v: f"{v:.3f}",
    "baseline": lambda t, v: f"{v:.3f}",
    "majority": lambda t, v: f"{v:.3f}",
    "int8": lambda t, v: t.signed(v, 3),
    "share_change": lambda t, v: t.points(v),
    "share": lambda t, v: t.percent(v),
    "change": lambda t, v: t.signed(v),
    "version": lambda t, v: t.version(v),
}
