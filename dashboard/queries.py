"""What the dashboard asks of the published file: one method a question, cached by publication.

The only place that calls `warehouse.reads` and that reads the environment. A publication has a path of
its own, so a cached answer can never be older than the file that is current at the start of a rerun.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import auth, days
from dashboard.rows import R, made
from dashboard.rows.alpha import (
    AlphaApp,
    Cohort,
    Consent,
    Erasures,
    Quote,
    SpokenTopic,
    TesterSignal,
    TesterTopic,
)
from dashboard.rows.analysis import (
    Alarm,
    AppRelease,
    AppTopic,
    AuditFigure,
    ChangePoint,
    Comparison,
    DaysWatched,
    Driver,
    LanguageQuality,
    LensMonth,
    News,
    OpenAlarm,
    RecentLanguage,
    RecentNegative,
    ReleaseImpact,
    ReleaseLook,
    SeriesEvent,
    ShareWithError,
    StarAlarm,
    TopicChange,
    TopicGain,
    TopicName,
    TopicPeriod,
    VerdictSaid,
)
from dashboard.rows.collection import (
    AppCategory,
    AppInStore,
    AppWeek,
    Choice,
    KnownDays,
    Model,
    NotCovered,
    Publication,
    PublicationDetails,
    Redaction,
    RejectedReason,
    Request,
    RequestDay,
    ReviewsTotal,
    StoreCoverage,
    TableInfo,
    TrendWeek,
    Trouble,
)
from dashboard.rows.reviews import (
    Agreement,
    AppMean,
    Corrected,
    DisplayedScore,
    FoundPeriod,
    OtherPoint,
    PeerMean,
    RatingPeriod,
    RatingSpan,
    ReleaseDate,
    Review,
    ReviewState,
    Vanished,
    VersionRating,
    WeekQuote,
)
from warehouse import reads
from warehouse.errors import NothingPublished
from warehouse.local_days import UTC
from warehouse.visible import Visible

_held: ContextVar[Published | None] = ContextVar("the publication of this run", default=None)
Names = tuple[str, ...] | None
Parameters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which reviews are meant. None means all; days are of the zone and both belong to the span."""

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
    """Folded by `text_search.terms`; a review holds all of them."""
    topic: str | None = None
    sentiment: str | None = None
    stars: tuple[int, ...] | None = None
    edited: bool | None = None
    answered: bool | None = None
    disagrees: float | None = None
    """Stars of 4 or 5 with a text that is negative with at least this probability, or 1 or 2 and positive."""
    unsure: float | None = None
    """The model gives no sentiment so much."""
    vanished: bool = False
    """Only what its store no longer shows."""

    def parameters(self) -> dict[str, Any]:
        """As `$parameters` of the named queries."""
        return {
            "words": self.words or None,
            "topic": self.topic,
            "sentiment": self.sentiment,
            "stars": self.stars,
            "edited": self.edited,
            "answered": self.answered,
            "disagrees": self.disagrees,
            "unsure": self.unsure,
        }


@dataclass(frozen=True, slots=True)
class Published:
    """One published file and the questions that the pages ask of it."""

    path: Path
    zone: str = UTC
    """By whose days it is asked (dashboard/days.py)."""
    visible: Visible | None = None
    """Of which apps it answers; None is all of them. It is part of what names an answer in the cache."""

    @property
    def is_limited(self) -> bool:
        """Whether sums over all apps stay untold."""
        return self.visible is not None

    def publication(self) -> Publication:
        """Revision, time and model version of this publication."""
        return self._rows(Publication)[0]

    def overview(self) -> list[AppInStore]:
        """Every app in every store."""
        return self._rows(AppInStore)

    def trends(self) -> dict[tuple[str, str], list[TrendWeek]]:
        """The small trend lines by (store, store_app_id), oldest week first."""
        lines: dict[tuple[str, str], list[TrendWeek]] = {}
        for row in self._rows(TrendWeek):
            lines.setdefault((row.store, row.store_app_id), []).append(row)
        return lines

    def choices(self, app: str) -> list[Choice]:
        """Stores, places and versions of an app, with their first and last days."""
        return self._rows(Choice, app=app)

    def coverage(self, app: str, stores: Names) -> list[StoreCoverage]:
        """How the last fetches of an app ended, one row a store."""
        return self._rows(StoreCoverage, app=app, stores=stores)

    def displayed(self, scope: Scope) -> list[DisplayedScore]:
        """Series A: displayed scores; only the stores of the scope filter them."""
        return self._rows(DisplayedScore, **_of_store(scope))

    def releases(self, scope: Scope) -> list[ReleaseDate]:
        """Releases in the span; only the stores of the scope filter them."""
        return self._rows(ReleaseDate, **_of_store(scope))

    def periods(self, scope: Scope, grain: str) -> list[RatingPeriod]:
        """Series B by 'day', 'week' or 'month'."""
        return self._rows(RatingPeriod, grain=grain, **scope.parameters())

    def app_weeks(
        self, apps: Sequence[str], first: date, last: date, stores: Names
    ) -> tuple[dict[str, AppMean], dict[str, list[AppMean]]]:
        """Series B of some apps, by app: over all the days, and by week, oldest first; none without stars."""
        whole: dict[str, AppMean] = {}
        weeks: dict[str, list[AppMean]] = {}
        for row in self._rows(AppMean, apps=tuple(apps), first=first, last=last, stores=stores):
            if row.is_all:
                whole[row.app] = row
            else:
                weeks.setdefault(row.app, []).append(row)
        return whole, weeks

    def categories(self) -> list[AppCategory]:
        """The categories that the stores give the apps; none where a publication knows none."""
        return self._rows(AppCategory) if self.has("apps", "category") else []

    def peers(self, app: str, first: date, last: date, stores: Names) -> list[PeerMean]:
        """Series B over the days of an app and of every other one of its category (`categories`)."""
        return self._rows(PeerMean, app=app, first=first, last=last, stores=stores)

    def span(self, scope: Scope) -> RatingSpan:
        """The whole span in one row."""
        return self._rows(RatingSpan, **scope.parameters())[0]

    def versions(self, scope: Scope) -> list[VersionRating]:
        """Series B by version, in the order in which they came out."""
        return self._rows(VersionRating, **scope.parameters())

    def topics(self, scope: Scope) -> list[TopicChange]:
        """Topics of the span against the span before."""
        return self._rows(TopicChange, **scope.parameters())

    def topic_names(self, language: str) -> dict[str, str]:
        """The topics by key with their names, in the order of topics.toml."""
        names = self._rows(TopicName)
        return {r.topic: r.label_ja if language == "ja" else r.label_en for r in names}

    def topic_owners(self) -> dict[str, str | None]:
        """The topics by key with the team that each belongs to."""
        return {r.topic: r.owner for r in self._rows(TopicName)}

    def known_days(self, app: str) -> tuple[date, date] | None:
        """The first and the last day of which anything is known of an app."""
        (row,) = self._rows(KnownDays, app=app)
        return (row.first_day, row.last_day) if row.first_day and row.last_day else None

    def found(self, scope: Scope, wanted: Wanted, grain: str) -> tuple[FoundPeriod, list[FoundPeriod]]:
        """How many reviews are wanted, with stars and sentiment: in all, and by 'day', 'week' or 'month'."""
        in_all, *periods = self._rows(FoundPeriod, grain=grain, **self._asked(scope, wanted))
        return in_all, periods

    def reviews(
        self, scope: Scope, wanted: Wanted, *, count: int, skip: int = 0, sort: str = "newest"
    ) -> list[Review]:
        """One page of reviews; `sort`: newest, oldest, low, high, helpful."""
        return self._rows(Review, count=count, skip=skip, sort=sort, **self._asked(scope, wanted))

    def states(self, app: str, reviews: Sequence[Review]) -> dict[str, list[ReviewState]]:
        """What edited reviews said before, oldest state first, by `review_key`."""
        edited = tuple(review_key(r) for r in reviews if r.edited)
        states: dict[str, list[ReviewState]] = {}
        if edited:
            for row in self._rows(ReviewState, app=app, reviews=edited):
                states.setdefault(review_key(row), []).append(row)
        return states

    def corrections(self, app: str, reviews: Sequence[Review]) -> dict[str, Corrected]:
        """What people say of reviews in the place of the model's word, by `review_key`."""
        keys = tuple(review_key(r) for r in reviews)
        if not keys or not self.has("corrections"):
            return {}
        return {review_key(r): r for r in self._rows(Corrected, app=app, reviews=keys)}

    def agreement(self) -> Agreement | None:
        """How often people and model agree; None where nobody corrected anything."""
        if not self.has("corrections"):
            return None
        (row,) = self._rows(Agreement)
        return row if row.n else None

    def vanished(self, app: str) -> dict[str, datetime]:
        """Which reviews their store no longer shows, by `review_key`, and since when that is known."""
        if not self.has("vanished_reviews"):
            return {}
        return {r.review: r.vanished_at for r in self._rows(Vanished, app=app)}

    def picked(self, app: str, store: str, ids: tuple[str, ...]) -> list[Review]:
        """The reviews of these ids, in their order."""
        return self._rows(Review, "review_picked", app=app, store=store, ids=ids)

    def release_verdicts(self, scope: Scope) -> list[ReleaseImpact]:
        """What moved with each release of the span, oldest first, one row a measure."""
        return self._rows(ReleaseImpact, **_of_store(scope))

    def comparisons(self, scope: Scope) -> list[Comparison]:
        """Which spans are compared for drivers; only app and stores of the scope count."""
        if not self.has("driver_comparisons"):
            return []
        return self._rows(Comparison, app=scope.app, stores=scope.stores)

    def drivers(self, app: str, store: str, comparison: str) -> list[Driver]:
        """The topics that drove a comparison's change, the strongest first."""
        return self._rows(Driver, app=app, store=store, comparison=comparison)

    def lens_months(self, scope: Scope) -> list[LensMonth]:
        """The four lenses by month, oldest first; only the stores of the scope filter them."""
        return self._rows(LensMonth, **_of_store(scope))

    def shares_with_error(self, scope: Scope) -> list[ShareWithError]:
        """Sentiments and topics of the span with the model's error in their shares."""
        return self._rows(ShareWithError, **scope.parameters())

    def language_quality(self, scope: Scope) -> list[LanguageQuality]:
        """How the model reads each language of the scope, by task; none where a publication cannot say."""
        return self._rows(LanguageQuality, **scope.parameters()) if self.has("model_quality") else []

    def topic_periods(self, scope: Scope, grain: str) -> list[TopicPeriod]:
        """How often topics were spoken of, and complained of, by 'week' or 'month'."""
        return self._rows(TopicPeriod, grain=grain, **scope.parameters())

    def topic_map(self, days: int, stores: Names) -> list[AppTopic]:
        """Complaints of every app by topic, in the last `days` of its data against as many before."""
        return self._rows(AppTopic, days=days, stores=stores)

    def release_map(self, first: date, last: date, stores: Names) -> list[AppRelease]:
        """The releases of every app in some days, by app, oldest first; none where nothing was analysed."""
        if not self.has("release_impact"):
            return []
        return self._rows(AppRelease, first=first, last=last, stores=stores)

    def topic_lenses(self) -> dict[str, str]:
        """The topics by key with the lens that each belongs to, in the order of topics.toml."""
        return {r.topic: r.lens for r in self._rows(TopicName)}

    def topic_gains(self, scope: Scope) -> list[TopicGain]:
        """Topics by what would be gained without their complaints; only app and stores count."""
        return self._rows(TopicGain, app=scope.app, stores=scope.stores)

    def alarms(self, scope: Scope) -> list[Alarm]:
        """The alarms of the last days, newest first; only app and stores count."""
        return self._rows(Alarm, app=scope.app, stores=scope.stores)

    def star_alarms(self, scope: Scope) -> list[StarAlarm]:
        """Every alarm on stars that was raised, the open ones first; only app and stores count."""
        return self._rows(StarAlarm, app=scope.app, stores=scope.stores) if self.has("alarms") else []

    def open_alarms(self) -> list[OpenAlarm]:
        """The alarms on stars that are open, of every app, the confirmed ones first."""
        return self._rows(OpenAlarm) if self.has("alarms") else []

    def release_looks(self, scope: Scope) -> list[ReleaseLook]:
        """What the release watch says of each release of the span, the newest release first."""
        return self._rows(ReleaseLook, **_of_store(scope)) if self.has("release_watch") else []

    def verdict_history(self, scope: Scope) -> list[VerdictSaid]:
        """What was said of releases and what became of it, the newest first; only app and stores count."""
        if not self.has("verdict_history"):
            return []
        return self._rows(VerdictSaid, app=scope.app, stores=scope.stores)

    def recent_languages(self) -> list[RecentLanguage]:
        """How well the texts of every app are read, in the thirty days of the overview."""
        return self._rows(RecentLanguage) if self.has("model_quality") else []

    def recent_negatives(self) -> list[RecentNegative]:
        """How many texts are negative, given the model's errors, in the thirty days of the overview."""
        return self._rows(RecentNegative) if self.has("corrected_shares") else []

    def days_watched(self, scope: Scope) -> list[DaysWatched]:
        """Which days were judged for alarms, by store."""
        return self._rows(DaysWatched, app=scope.app, stores=scope.stores)

    def change_points(self, scope: Scope) -> list[ChangePoint]:
        """Changes of level of series A and B in the span, oldest first; only the stores filter them."""
        return self._rows(ChangePoint, **_of_store(scope)) if self.has("change_points") else []

    def series_events(self, scope: Scope) -> list[SeriesEvent]:
        """What happened in the span besides releases, oldest first."""
        return self._rows(SeriesEvent, **_of_store(scope)) if self.has("series_events") else []

    def other_series(self, scope: Scope) -> list[OtherPoint]:
        """Series C and D in the span, by series, store and day."""
        return self._rows(OtherPoint, **_of_store(scope)) if self.has("rating_series") else []

    def week_news(self) -> list[News]:
        """What is new in the last seven days of every app's data, the newest first."""
        if not (self.has("anomalies") and self.has("change_points") and self.has("release_impact")):
            return []
        return self._rows(News)

    def week_apps(self, first: date, last: date) -> list[AppWeek]:
        """Every app in a span of days against the span of equal length before, by name."""
        return self._rows(AppWeek, first=first, last=last)

    def week_quotes(
        self, scope: Scope, topics: Sequence[str], *, letters: tuple[int, int], count: int
    ) -> list[WeekQuote]:
        """Public reviews of the scope that name one of `topics`, with so many letters at least and at most;
        `count` a topic, those first of which the model is surest."""
        shortest, longest = letters
        parameters = {"topics": tuple(topics), "shortest": shortest, "longest": longest, "count": count}
        return self._rows(WeekQuote, **scope.parameters(), **parameters)

    def alpha_apps(self) -> list[AlphaApp]:
        """Apps that have testers."""
        return self._rows(AlphaApp)

    def consents(self, app: str) -> list[Consent]:
        """To what testers agreed, by cohort, wording and purpose; no numbers of fewer than five people."""
        return self._rows(Consent, app=app)

    def cohorts(self, app: str) -> list[Cohort]:
        """What each cohort sent; all cohorts with fewer than five people are one row without a name."""
        return self._rows(Cohort, app=app)

    def spoken_of(self, app: str, cohort: str | None) -> list[SpokenTopic]:
        """Topics of feedback that may be analysed, the most named first; of all cohorts for None."""
        return self._rows(SpokenTopic, app=app, cohort=cohort)

    def quotes(
        self, app: str, *, cohort: str | None, topic: str | None, sentiment: str | None, count: int, skip: int
    ) -> list[Quote]:
        """One page of feedback in its writers' words, where they agree to be quoted."""
        wanted = {"cohort": cohort, "topic": topic, "sentiment": sentiment}
        return self._rows(Quote, app=app, count=count, skip=skip, **wanted)

    def tester_signals(self, app: str) -> list[TesterSignal]:
        """Whether testers named before a release what the public complained of after it, by release and
        cohort, the newest release first."""
        return self._rows(TesterSignal, app=app) if self.has("alpha_foretold") else []

    def tester_topics(self, app: str, store: str, version: str) -> list[TesterTopic]:
        """The topics of one release, in alpha and public, the most named by testers first."""
        return self._rows(TesterTopic, app=app, store=store, version=version)

    def erasures(self) -> Erasures:
        """How many erasures were asked for and done, over all apps."""
        return self._rows(Erasures)[0]

    def requests(self) -> list[Request]:
        """The last ask of each source for each app and place, the worst first."""
        return self._rows(Request)

    def request_days(self, days: int) -> list[RequestDay]:
        """How asks ended in the last days, by day and source."""
        return self._rows(RequestDay, days=days)

    def ask_troubles(self, count: int) -> list[Trouble]:
        """The newest asks that did not end complete."""
        return self._rows(Trouble, count=count)

    def models(self) -> list[Model]:
        """Models with the figures of their cards, the serving one first."""
        return self._rows(Model)

    def not_covered(self) -> list[NotCovered]:
        """How many reviews of each app are in languages outside the model's card, the most first."""
        return self._rows(NotCovered) if self.has("ratings_daily", "n_not_covered") else []

    def redactions(self) -> list[Redaction]:
        """How many personal numbers were replaced, by source."""
        # The table of redactions does not say of which app.
        is_told = self.has("redactions") and not self.is_limited
        older = None if is_told else "redactions_of_reviews"
        return self._rows(Redaction, older)

    def rejected(self) -> list[RejectedReason]:
        """How many rows were put aside, by reason."""
        return self._rows(RejectedReason)

    def audit(self) -> list[AuditFigure]:
        """The newest audit of the statistics; none where none was made."""
        return self._rows(AuditFigure) if self.has("audit") else []

    def details(self) -> PublicationDetails:
        """What this publication is made of."""
        return self._rows(PublicationDetails)[0]

    def reviews_total(self) -> int:
        """How many reviews there are."""
        return self._rows(ReviewsTotal)[0].n

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether this publication has a table (and a column): older ones lack those that came later."""
        columns = {r.table_name: r.columns for r in self._rows(TableInfo)}
        return table in columns and (column is None or column in columns[table])

    def _asked(self, scope: Scope, wanted: Wanted) -> dict[str, Any]:
        gone = tuple(self.vanished(scope.app)) if wanted.vanished else None
        return {**scope.parameters(), **wanted.parameters(), "vanished": gone}

    def _rows(self, row: type[R], query: str | None = None, /, **parameters: Any) -> list[R]:
        """What the query of `row`, or another one with the same columns, gives."""
        found = self._asked_file(query or row.QUERY, tuple(sorted(parameters.items())))
        return [made(row, values) for values in found]

    def _asked_file(self, name: str, parameters: Parameters) -> list[dict[str, Any]]:
        return _ask(str(self.path), self.visible, name, parameters, self.zone)


@dataclass(frozen=True, slots=True)
class Once(Published):
    """The same for a report, outside Streamlit: every question is asked once, and its answer kept."""

    answers: dict[tuple[str, Parameters], list[dict[str, Any]]] = field(default_factory=dict, compare=False)

    def _asked_file(self, name: str, parameters: Parameters) -> list[dict[str, Any]]:
        asked = name, parameters
        if asked not in self.answers:
            self.answers[asked] = _answer(str(self.path), self.visible, name, parameters, self.zone)
        return self.answers[asked]


def review_key(row: Review | ReviewState | Corrected) -> str:
    """One review of one store, as the queries name it."""
    return f"{row.store}/{row.store_app_id}/{row.review_id}"


def published() -> Published:
    """The publication of this run of the page, as far as who looks may see it. Raises NothingPublished."""
    return _held.get() or _of(reads.current(folder()))


def zone() -> str:
    """By whose days this run of the page asks; UTC where nothing is published."""
    held = _held.get()
    return held.zone if held else UTC


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
    with reads.connection(path):
        token = _held.set(_of(path))
        try:
            yield
        finally:
            _held.reset(token)


def _of(path: Path) -> Published:
    return Published(path, days.zone_of(path), auth.visitor().visible)


def folder() -> Path:
    """The data folder: `HOSHIYOMI_DATA`, else ./data."""
    return Path(os.environ.get("HOSHIYOMI_DATA") or "data").expanduser().absolute()


@st.cache_data(show_spinner=False, max_entries=2_000)
def _ask(
    path: str, visible: Visible | None, name: str, parameters: Parameters, zone: str
) -> list[dict[str, Any]]:
    return _answer(path, visible, name, parameters, zone)


def _answer(
    path: str, visible: Visible | None, name: str, parameters: Parameters, zone: str
) -> list[dict[str, Any]]:
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in parameters}
    return reads.rows(Path(path), name, visible, zone=zone, **values)


def _of_store(scope: Scope) -> dict[str, Any]:
    return {k: v for k, v in scope.parameters().items() if k in ("app", "first", "last", "stores")}
