"""The figures behind the charts as tables: for eyes in words, for CSV as values. Pure.

A table is its rows (values), its columns (field to head) and its cells (text in the reader's language).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dashboard.data import Row
from dashboard.text import Text

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the heads and the text of their cells."""

    rows: Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]
    cells: Sequence[Sequence[str | None]]

    def numeric(self) -> set[int]:
        """The places of the columns whose values are numbers."""
        return {
            k
            for k, column in enumerate(self.columns)
            if any(_is_number(r.get(column)) for r in self.rows[:_LOOKED_AT])
        }


def overview(t: Text, rows: Sequence[Row]) -> Table:
    """Every app in every store."""
    columns = (
        "name", "store", "is_sample", "owner", "displayed_score", "displayed_at", "displayed_country",
        "mean_30d", "low_30d", "high_30d", "n_30d", "share_negative_30d", "share_neutral_30d",
        "share_positive_30d", "change_30d", "change_low", "change_high", "as_of", "last_seen_at",
        "last_outcome", "last_reason", "app", "store_app_id",
    )  # fmt: skip
    return _table(t, rows, columns)


def periods(t: Text, rows: Sequence[Row]) -> Table:
    """Series B by period."""
    return _table(t, rows, ("first_day", "last_day", "n", "mean", "low", "high"))


def displayed(t: Text, rows: Sequence[Row]) -> Table:
    """Series A, newest first."""
    columns = ("observed_at", "store", "country", "displayed_score", "ratings_count", "version")
    return _table(t, list(reversed(rows)), columns)


def versions(t: Text, rows: Sequence[Row]) -> Table:
    """Series B by version."""
    columns = ("version", "store", "n", "mean", "low", "high", "released_on", "first_day", "last_day")
    return _table(t, rows, columns)


def stars(t: Text, span: Row, before: Row) -> Table:
    """The spread of the stars in two spans."""
    rows = [
        {
            "stars": k,
            "n": span[f"n_{k}"],
            "share": _share(span[f"n_{k}"], span["n"]),
            "share_before": _share(before[f"n_{k}"], before["n"]),
        }
        for k in range(5, 0, -1)
    ]
    return _table(t, rows, ("stars", "n", "share", "share_before"))


def topics(t: Text, rows: Sequence[Row]) -> Table:
    """Topics in two spans; changes are in percentage points."""
    shown = [{**r, "topic": r[f"label_{t.language}"]} for r in rows]
    columns = (
        "topic", "n", "share", "n_negative", "n_neutral", "n_positive", "mean", "share_before",
        "share_change", "share_change_low", "share_change_high",
    )  # fmt: skip
    renamed = [{**r, **{f"share_{k}": r[k] for k in ("change", "change_low", "change_high")}} for r in shown]
    return _table(t, renamed, columns)


def releases(t: Text, rows: Sequence[Row], topic_names: Mapping[str, str]) -> Table:
    """What moved with each release, one row a measure."""
    columns = (
        "release_version", "store", "released_at", "measure", "verdict", "effect", "low", "high",
        "value_before", "value_after", "n_before", "n_after", "before_from", "before_until", "after_from",
        "after_until", "p_value", "q_value", "overlaps", "confounders",
    )  # fmt: skip
    told = [
        {**r, "overlaps": ", ".join(r["overlaps"] or ()), "confounders": ", ".join(r["confounders"] or ())}
        for r in rows
    ]
    return _table(t, told, columns)


def drivers(t: Text, rows: Sequence[Row]) -> Table:
    """What each topic added to a change."""
    columns = (
        "topic", "total_effect", "low", "high", "share_effect", "tone_effect", "share_before", "share_after",
        "tone_before", "tone_after", "n_before", "n_after",
    )  # fmt: skip
    return _table(t, [{**r, "topic": r["label"]} for r in rows], columns)


def lenses(t: Text, rows: Sequence[Row]) -> Table:
    """The four lenses by month."""
    columns = (
        "period_start", "store", "lens", "n", "n_all", "share", "mean_stars", "low", "high", "share_negative",
    )  # fmt: skip
    return _table(t, [{**r, "lens": r["name"]} for r in rows], columns)


def topic_periods(t: Text, rows: Sequence[Row]) -> Table:
    """Topics by week or month."""
    columns = ("first_day", "topic", "n", "n_negative", "share", "share_negative", "of_all")
    return _table(t, rows, columns)


def fix_first(t: Text, rows: Sequence[Row]) -> Table:
    """What to fix first."""
    columns = (
        "topic", "team", "store", "gain", "low", "high", "n_complaints", "share_complaints", "mean_with",
        "mean_without", "n", "window_from", "window_until",
    )  # fmt: skip
    return _table(t, [{**r, "topic": r["label"]} for r in rows], columns)


def alarms(t: Text, rows: Sequence[Row]) -> Table:
    """Days that were unusual."""
    columns = ("day", "store", "topic", "measure", "observed", "expected", "low", "high", "p_value", "n")
    return _table(t, rows, columns)


def changes(t: Text, rows: Sequence[Row]) -> Table:
    """Changes of level."""
    columns = (
        "changed_on", "low_on", "high_on", "series", "store", "value_before", "value_after", "size", "low",
        "high", "n_before", "n_after", "p_value", "nearest_release", "release_distance_days",
    )  # fmt: skip
    return _table(t, rows, columns)


def events(t: Text, rows: Sequence[Row]) -> Table:
    """What happened besides releases."""
    return _table(t, rows, ("happened_at", "until", "store", "event"))


def series(t: Text, rows: Sequence[Row]) -> Table:
    """One of the series C and D by period."""
    columns = ("first_day", "last_day", "store", "ratings", "mean", "low", "high", "why")
    shown = [
        {
            **r, "first_day": r["period_start"], "last_day": r["period_end"], "ratings": r["n"],
            "mean": r["value"],
        }
        for r in rows
    ]  # fmt: skip
    return _table(t, shown, columns)


def consents(t: Text, rows: Sequence[Row]) -> Table:
    """To what testers agreed."""
    columns = ("cohort", "wording", "purpose", "people", "agreed", "declined", "withdrew")
    return _table(t, rows, columns)


def cohorts(t: Text, rows: Sequence[Row]) -> Table:
    """What each cohort sent."""
    columns = (
        "cohort", "n_feedback", "n_analysed", "n_quoted", "first_at", "last_at", "n_negative", "n_neutral",
        "n_positive", "n_not_covered",
    )  # fmt: skip
    return _table(t, rows, columns)


def spoken(t: Text, rows: Sequence[Row]) -> Table:
    """What testers spoke of."""
    columns = ("topic", "n_feedback", "share", "n_negative", "n_neutral", "n_positive")
    return _table(t, [{**r, "topic": r["label"], "n_feedback": r["n"]} for r in rows], columns)


def alpha_topics(t: Text, rows: Sequence[Row]) -> Table:
    """Topics in the alpha and in public, by release."""
    columns = (
        "topic", "foretold", "n_alpha", "share_alpha", "alpha_low", "alpha_high", "n_before", "n_after",
        "share_before", "share_after", "share_change", "share_change_low", "share_change_high",
    )  # fmt: skip
    told = [
        {
            **r, "topic": r["label"], "foretold": r["verdict"], "share_change": r["change"],
            "share_change_low": r["change_low"], "share_change_high": r["change_high"],
        }
        for r in rows
    ]  # fmt: skip
    return _table(t, told, columns)


def found(t: Text, rows: Sequence[Row]) -> Table:
    """Reviews that were found, by period."""
    columns = (
        "first_day", "last_day", "n_reviews", "n_rated", "mean", "low", "high", "n_negative", "n_neutral",
        "n_positive", "n_not_covered",
    )  # fmt: skip
    return _table(t, [{**r, "n_rated": r["n"]} for r in rows], columns)


def reviews(t: Text, rows: Sequence[Row], topic_names: Mapping[str, str]) -> Table:
    """Reviews with what the model says of them, for a download; times are UTC."""
    columns = (
        "reviewed_at", "rating", "title", "text", "version", "store", "country", "language", "sentiment",
        "p_negative", "p_neutral", "p_positive", "topics", "thumbs_up", "edited", "reply", "replied_at",
        "vanished_at", "is_sample", "review_id",
    )  # fmt: skip
    named = [{**r, **_rounded(r), "topics": _topics(r["topics"], topic_names)} for r in rows]
    return Table(named, {c: t(f"columns.{c}") for c in columns}, [])


def sources(t: Text, rows: Sequence[Row]) -> Table:
    """The last asks by source and kind."""
    columns = (
        "source", "asked_for", "outcome", "reason", "apps", "asks", "n_troubled", "n_old",
        "finished_at", "covered_until", "got", "new", "edited", "rejected",
    )  # fmt: skip
    return _table(t, rows, columns)


def asks(t: Text, rows: Sequence[Row]) -> Table:
    """The last ask of every app and place."""
    columns = (
        "name", "store", "source", "asked_for", "place", "outcome", "reason", "failed_in_a_row",
        "finished_at", "covered_until", "lag_s", "pages", "got", "new", "edited", "rejected", "is_sample",
        "app", "store_app_id",
    )  # fmt: skip
    return _table(t, rows, columns)


def ask_days(t: Text, rows: Sequence[Row]) -> Table:
    """How asks ended by day and source."""
    columns = (
        "day", "source", "runs", "asks", "n_complete", "n_partial", "n_failed", "got", "new", "edited",
        "rejected",
    )  # fmt: skip
    return _table(t, rows, columns)


def troubles(t: Text, rows: Sequence[Row]) -> Table:
    """Asks that did not end complete."""
    columns = ("finished_at", "name", "store", "source", "asked_for", "place", "outcome", "reason", "got")
    return _table(t, rows, columns)


def measured(t: Text, rows: Sequence[Row]) -> Table:
    """The figures of a model's card."""
    columns = ["label", "task", "value", "low", "high", "baseline", "majority", "texts_measured"]
    columns += ["int8"] if any(r["int8"] is not None for r in rows) else []
    return _table(t, [{**r, "texts_measured": r["n"]} for r in rows], columns)


def not_covered(t: Text, rows: Sequence[Row]) -> Table:
    """How many reviews each app has in languages outside the model's card."""
    given = [r["n_classified"] + r["n_not_covered"] for r in rows]
    shown = [
        {**r, "n_given": n, "share": _share(r["n_not_covered"], n)} for r, n in zip(rows, given, strict=True)
    ]
    return _table(t, shown, ("name", "store", "n_not_covered", "n_given", "share"))


def redactions(t: Text, rows: Sequence[Row]) -> Table:
    """Personal numbers and addresses that were replaced, by source."""
    return _table(t, rows, ("source", "kind", "texts", "texts_redacted", "redactions"))


def rejected(t: Text, rows: Sequence[Row]) -> Table:
    """Rows that were put aside, by reason; never what stood in them."""
    return _table(t, rows, ("reason", "field", "source", "n", "batches"))


def audit(t: Text, rows: Sequence[Row]) -> Table:
    """How often the statistics are wrong."""
    columns = ("test", "measure", "n", "effect", "trials", "hits", "rate", "low", "high", "target", "passes")
    return _table(t, rows, columns)


def _rounded(row: Row) -> dict[str, float | None]:
    """The model's probabilities to three places: more would look exact."""
    named = {k: row[k] for k in ("p_negative", "p_neutral", "p_positive")}
    return {k: None if p is None else round(p, 3) for k, p in named.items()}


def _topics(topics: Sequence[Mapping[str, Any]] | None, names: Mapping[str, str]) -> str:
    return "; ".join(f"{names.get(k['topic'], k['topic'])} {k['score']:.2f}" for k in topics or ())


def _table(t: Text, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    cells = [[_cell(t, c, r[c]) for c in columns] for r in rows]
    return Table(rows, {c: t(f"columns.{c}") for c in columns}, cells)


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
