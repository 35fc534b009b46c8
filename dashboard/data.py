"""What the dashboard asks of the published file: one method a question, cached by publication.

The only place that calls `warehouse.reads` and that reads the environment. A publication has a path of
its own, so a cached answer can never be older than the file that is current at the start of a rerun.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import search
from warehouse import reads
from warehouse.errors import NothingPublished

_held: ContextVar[Published | None] = ContextVar("the publication of this run", default=None)
Row = dict[str, Any]
Names = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which reviews are meant. None means all; days are UTC and both belong to the span."""

    app: str
    first: date
    last: date
    stores: Names = None
    places: Names = None
    versions: Names = None

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.last - self.first).days + 1

    def before(self) -> Scope:
        """The span of equal length that ends the day before this one begins."""
        return replace(self, first=self.first - timedelta(self.days), last=self.first - timedelta(1))

    def within(self, first: date, last: date) -> Scope:
        """The same reviews in other days."""
        return replace(self, first=first, last=last)

    def parameters(self) -> dict[str, Any]:
        """As `$parameters` of the named queries."""
        return {
            "app": self.app,
            "first": self.first,
            "last": self.last,
            "stores": self.stores,
            "places": self.places,
            "versions": self.versions,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reviews of a scope are wanted; None means any."""

    words: tuple[str, ...] = ()
    """Folded by `search.terms`; a review holds all of them."""
    topic: str | None = None
    tone: str | None = None
    stars: tuple[int, ...] | None = None
    edited: bool | None = None
    answered: bool | None = None
    disagrees: float | None = None
    """Stars of 4 or 5 with a text that is negative with at least this probability, or 1 or 2 and positive."""
    vanished: bool = False
    """Only what its store no longer shows."""

    def parameters(self) -> dict[str, Any]:
        """As `$parameters` of the named queries, those that fold letters among them."""
        return {
            "words": self.words or None,
            "topic": self.topic,
            "tone": self.tone,
            "stars": self.stars,
            "edited": self.edited,
            "answered": self.answered,
            "disagrees": self.disagrees,
            "wide": search.WIDE,
            "narrow": search.NARROW,
            "foldable": search.FOLDABLE,
        }


@dataclass(frozen=True, slots=True)
class Published:
    """One published file and the questions that the pages ask of it."""

    path: Path

    def publication(self) -> Row:
        """Revision, time and model version of this publication."""
        return self._rows("publication")[0]

    def overview(self) -> list[Row]:
        """Every app in every store."""
        return self._rows("overview")

    def trends(self) -> dict[tuple[str, str], list[Row]]:
        """The small trend lines by (store, store_app_id), oldest week first."""
        lines: dict[tuple[str, str], list[Row]] = {}
        for row in self._rows("overview_trend"):
            lines.setdefault((row["store"], row["store_app_id"]), []).append(row)
        return lines

    def choices(self, app: str) -> list[Row]:
        """Stores, places and versions of an app, with their first and last days."""
        return self._rows("app_scope", app=app)

    def coverage(self, app: str, stores: Names) -> list[Row]:
        """How the last fetches of an app ended, one row a store."""
        return self._rows("coverage_of_app", app=app, stores=stores)

    def displayed(self, scope: Scope) -> list[Row]:
        """Series A: displayed scores; only the stores of the scope filter them."""
        return self._rows("displayed_scores", **_of_store(scope))

    def releases(self, scope: Scope) -> list[Row]:
        """Releases in the span; only the stores of the scope filter them."""
        return self._rows("release_dates", **_of_store(scope))

    def periods(self, scope: Scope, grain: str) -> list[Row]:
        """Series B by 'day', 'week' or 'month'."""
        return self._rows("rating_periods", grain=grain, **scope.parameters())

    def span(self, scope: Scope) -> Row:
        """The whole span in one row."""
        return self._rows("rating_span", **scope.parameters())[0]

    def versions(self, scope: Scope) -> list[Row]:
        """Series B by version, in the order in which they came out."""
        return self._rows("rating_versions", **scope.parameters())

    def topics(self, scope: Scope) -> list[Row]:
        """Topics of the span against the span before."""
        return self._rows("topic_changes", **scope.parameters())

    def topic_names(self, language: str) -> dict[str, str]:
        """The topics by key with their names, in the order of topics.toml."""
        return {r["topic"]: r[f"label_{language}"] for r in self._rows("topic_names")}

    def known_days(self, app: str) -> tuple[date, date] | None:
        """The first and the last day of which anything is known of an app."""
        (row,) = self._rows("known_days", app=app)
        return (row["first_day"], row["last_day"]) if row["first_day"] else None

    def found(self, scope: Scope, wanted: Wanted, grain: str) -> tuple[Row, list[Row]]:
        """How many reviews are wanted, with their stars and tone: in all, and by 'day', 'week' or 'month'."""
        in_all, *periods = self._rows("review_found", grain=grain, **self._asked(scope, wanted))
        return in_all, periods

    def reviews(
        self, scope: Scope, wanted: Wanted, *, count: int, skip: int = 0, sort: str = "newest"
    ) -> list[Row]:
        """One page of reviews; `sort`: newest, oldest, low, high, helpful."""
        return self._rows("review_search", count=count, skip=skip, sort=sort, **self._asked(scope, wanted))

    def states(self, app: str, reviews: Sequence[Row]) -> dict[str, list[Row]]:
        """What edited reviews said before, oldest state first, by `review_key`."""
        edited = tuple(review_key(r) for r in reviews if r["edited"])
        states: dict[str, list[Row]] = {}
        if edited:
            for row in self._rows("review_states", app=app, reviews=edited):
                states.setdefault(review_key(row), []).append(row)
        return states

    def vanished(self, app: str) -> dict[str, datetime]:
        """Which reviews their store no longer shows, by `review_key`, and since when that is known."""
        if not self.has("vanished_reviews"):
            return {}
        return {r["review"]: r["vanished_at"] for r in self._rows("vanished", app=app)}

    def picked(self, app: str, store: str, ids: tuple[str, ...]) -> list[Row]:
        """The reviews of these ids, in their order."""
        return self._rows("review_picked", app=app, store=store, ids=ids)

    def release_verdicts(self, scope: Scope) -> list[Row]:
        """What moved with each release of the span, oldest first, one row a measure."""
        return self._rows("release_verdicts", **_of_store(scope))

    def comparisons(self, scope: Scope) -> list[Row]:
        """Which spans are compared for drivers; only app and stores of the scope count."""
        if not self.has("driver_comparisons"):
            return []
        return self._rows("driver_comparisons", app=scope.app, stores=scope.stores)

    def drivers(self, app: str, store: str, comparison: str) -> list[Row]:
        """The topics that drove a comparison's change, the strongest first."""
        return self._rows("driver_topics", app=app, store=store, comparison=comparison)

    def lens_months(self, scope: Scope) -> list[Row]:
        """The four lenses by month, oldest first; only the stores of the scope filter them."""
        return self._rows("lens_months", **_of_store(scope))

    def topic_periods(self, scope: Scope, grain: str) -> list[Row]:
        """How often topics were spoken of, and complained of, by 'week' or 'month'."""
        return self._rows("topic_periods", grain=grain, **scope.parameters())

    def fix_first(self, scope: Scope) -> list[Row]:
        """Topics by what would be gained without their complaints; only app and stores count."""
        return self._rows("fix_first", app=scope.app, stores=scope.stores)

    def alarms(self, scope: Scope) -> list[Row]:
        """The alarms of the last days, newest first; only app and stores count."""
        return self._rows("alarms", app=scope.app, stores=scope.stores)

    def days_watched(self, scope: Scope) -> list[Row]:
        """Which days were judged for alarms, by store."""
        return self._rows("days_watched", app=scope.app, stores=scope.stores)

    def change_points(self, scope: Scope) -> list[Row]:
        """Changes of level of series A and B in the span, oldest first; only the stores filter them."""
        return self._rows("change_points", **_of_store(scope)) if self.has("change_points") else []

    def series_events(self, scope: Scope) -> list[Row]:
        """What happened in the span besides releases, oldest first."""
        return self._rows("series_events", **_of_store(scope)) if self.has("series_events") else []

    def other_series(self, scope: Scope) -> list[Row]:
        """Series C and D in the span, by series, store and day."""
        return self._rows("other_series", **_of_store(scope)) if self.has("rating_series") else []

    def week_news(self) -> list[Row]:
        """What is new in the last seven days of every app's data, the newest first."""
        if not (self.has("anomalies") and self.has("change_points") and self.has("release_impact")):
            return []
        return self._rows("week_news")

    def alpha_apps(self) -> list[Row]:
        """Apps that have testers."""
        return self._rows("alpha_apps")

    def consents(self, app: str) -> list[Row]:
        """To what testers agreed, by cohort, wording and purpose; no numbers of fewer than five people."""
        return self._rows("alpha_consents", app=app)

    def cohorts(self, app: str) -> list[Row]:
        """What each cohort sent; all cohorts with fewer than five people are one row without a name."""
        return self._rows("alpha_cohorts", app=app)

    def spoken_of(self, app: str, cohort: str | None) -> list[Row]:
        """Topics of feedback that may be analysed, the most named first; of all cohorts for None."""
        return self._rows("alpha_spoken", app=app, cohort=cohort)

    def quotes(
        self, app: str, *, cohort: str | None, topic: str | None, tone: str | None, count: int, skip: int
    ) -> list[Row]:
        """One page of feedback in its writers' words, where they agree to be quoted."""
        wanted = {"cohort": cohort, "topic": topic, "tone": tone}
        return self._rows("alpha_quotes", app=app, count=count, skip=skip, **wanted)

    def foretold(self, app: str) -> list[Row]:
        """Whether the alpha foretold complaints, by release and cohort, the newest release first."""
        return self._rows("alpha_foretold", app=app) if self.has("alpha_foretold") else []

    def foretold_topics(self, app: str, store: str, version: str) -> list[Row]:
        """The topics of one release, in alpha and public, the most named by testers first."""
        return self._rows("alpha_topics", app=app, store=store, version=version)

    def erasures(self) -> Row:
        """How many erasures were asked for and done, over all apps."""
        return self._rows("erasures_total")[0]

    def asks(self) -> list[Row]:
        """The last ask of each source for each app and place, the worst first."""
        return self._rows("coverage_asks")

    def ask_days(self, days: int) -> list[Row]:
        """How asks ended in the last days, by day and source."""
        return self._rows("coverage_days", days=days)

    def ask_troubles(self, count: int) -> list[Row]:
        """The newest asks that did not end complete."""
        return self._rows("coverage_troubles", count=count)

    def models(self) -> list[Row]:
        """Models with the figures of their cards, the serving one first."""
        return self._rows("model_card")

    def not_covered(self) -> list[Row]:
        """How many reviews of each app are in languages outside the model's card, the most first."""
        return self._rows("not_covered") if self.has("ratings_daily", "n_not_covered") else []

    def redactions(self) -> list[Row]:
        """How many personal numbers were replaced, by source."""
        return self._rows("redactions_by_source" if self.has("redactions") else "redactions_of_reviews")

    def rejected(self) -> list[Row]:
        """How many rows were put aside, by reason."""
        return self._rows("rejected_reasons")

    def audit(self) -> list[Row]:
        """The newest audit of the statistics; none where none was made."""
        return self._rows("audit_figures") if self.has("audit") else []

    def details(self) -> Row:
        """What this publication is made of."""
        return self._rows("publication_details")[0]

    def rows_of(self, table: str) -> int:
        """How many rows a table has."""
        return next((r["n_rows"] for r in self._rows("tables") if r["table_name"] == table), 0)

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether this publication has a table (and a column): older ones lack those that came later."""
        columns = {r["table_name"]: r["columns"] for r in self._rows("tables")}
        return table in columns and (column is None or column in columns[table])

    def _asked(self, scope: Scope, wanted: Wanted) -> dict[str, Any]:
        gone = tuple(self.vanished(scope.app)) if wanted.vanished else None
        return {**scope.parameters(), **wanted.parameters(), "vanished": gone}

    def _rows(self, name: str, **parameters: Any) -> list[Row]:
        return _ask(str(self.path), name, tuple(sorted(parameters.items())))


def review_key(row: Mapping[str, Any]) -> str:
    """One review of one store, as the queries name it."""
    return f"{row['store']}/{row['store_app_id']}/{row['review_id']}"


def published() -> Published:
    """The publication of this run of the page. Raises NothingPublished."""
    return _held.get() or Published(reads.current(folder()))


@contextmanager
def one_publication() -> Iterator[None]:
    """Let a whole run of a page ask one publication, through one opening of its file.

    So no page mixes two publications, and each question saves the twenty milliseconds of an opening. Where
    nothing is published, `published` says so.
    """
    try:
        path = reads.current(folder())
    except NothingPublished:
        yield
        return
    token = _held.set(Published(path))
    try:
        with reads.connection(path):
            yield
    finally:
        _held.reset(token)


def folder() -> Path:
    """The data folder: `HOSHIYOMI_DATA`, else ./data."""
    return Path(os.environ.get("HOSHIYOMI_DATA") or "data").expanduser().absolute()


@st.cache_data(show_spinner=False, max_entries=2_000)
def _ask(path: str, name: str, parameters: tuple[tuple[str, Any], ...]) -> list[Row]:
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in parameters}
    return reads.rows(Path(path), name, **values)


def _of_store(scope: Scope) -> dict[str, Any]:
    return {k: v for k, v in scope.parameters().items() if k in ("app", "first", "last", "stores")}
