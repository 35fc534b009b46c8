"""Series A to D, and reviews with what a model says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from dashboard.rows import Estimate, Interval, Read


@dataclass(frozen=True, kw_only=True)
class DisplayedScore:
    """Series A: what a store displayed at a moment."""

    QUERY: ClassVar[str] = "displayed_scores"

    store: str
    country: str | None
    language: str | None
    observed_at: datetime
    observed_at_basis: str
    displayed_score: float
    ratings_count: int | None
    version: str | None


@dataclass(frozen=True, kw_only=True)
class ReleaseDate:
    """One version of an app in one store, and when it came out."""

    QUERY: ClassVar[str] = "release_dates"

    store: str
    version: str
    released_at: datetime
    notes: str | None


@dataclass(frozen=True, kw_only=True)
class RatingPeriod(Estimate):
    """Series B in a day, week or month."""

    QUERY: ClassVar[str] = "rating_periods"

    first_day: date
    last_day: date
    n: int
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class AppMean(Interval):
    """Series B of one of several apps in a week, or over all the days (`is_all`)."""

    QUERY: ClassVar[str] = "app_weeks"

    app: str
    first_day: date
    last_day: date
    n: int
    mean: float
    is_all: bool


@dataclass(frozen=True, kw_only=True)
class PeerMean(Interval):
    """Series B of an app of a category over all the days."""

    QUERY: ClassVar[str] = "app_peers"

    app: str
    n: int
    mean: float


@dataclass(frozen=True, kw_only=True)
class RatingSpan(Read, Estimate):
    """Stars, mean review rating and sentiment of a whole span."""

    QUERY: ClassVar[str] = "rating_span"

    n_reviews: int
    n: int
    n_1: int
    n_2: int
    n_3: int
    n_4: int
    n_5: int
    mean: float | None

    def by_stars(self) -> dict[int, int]:
        """How many reviews gave 1..5 stars."""
        return {1: self.n_1, 2: self.n_2, 3: self.n_3, 4: self.n_4, 5: self.n_5}


@dataclass(frozen=True, kw_only=True)
class VersionRating(Interval):
    """Series B of one version."""

    QUERY: ClassVar[str] = "rating_versions"

    store: str
    version: str
    n: int
    mean: float
    released_on: date | None
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class FoundPeriod(Read, Estimate):
    """The reviews that a search found in a period, or in all (`is_all`)."""

    QUERY: ClassVar[str] = "review_found"

    first_day: date
    last_day: date
    n_reviews: int
    n: int
    mean: float | None
    is_all: bool


@dataclass(frozen=True, kw_only=True)
class OtherPoint(Estimate):
    """One point of series C or D."""

    QUERY: ClassVar[str] = "other_series"

    store: str
    series: str
    period_start: date
    period_end: date
    n: int | None
    value: float | None
    is_small_n: bool
    is_valid: bool
    note: str | None


@dataclass(frozen=True, kw_only=True)
class ReviewTopic:
    """A topic of one text, and how sure the model is."""

    topic: str
    score: float


@dataclass(frozen=True, kw_only=True)
class Classified:
    """What a model says of one text: nothing where it has not read it."""

    sentiment: str | None
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    topics: tuple[ReviewTopic, ...] | None

    def probabilities(self) -> dict[str, float | None]:
        """What the model gives each sentiment."""
        return {"negative": self.p_negative, "neutral": self.p_neutral, "positive": self.p_positive}


@dataclass(frozen=True, kw_only=True)
class Review(Classified):
    """One review as it stands now, with what the model says of it."""

    QUERY: ClassVar[str] = "review_search"

    store: str
    store_app_id: str
    review_id: str
    title: str | None
    text: str | None
    rating: int | None
    reviewed_at: datetime
    version: str | None
    language: str | None
    country: str | None
    edited: bool
    thumbs_up: int | None
    reply: str | None
    replied_at: datetime | None
    is_sample: bool
    text_hash: str | None


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What people say of a review in the place of the model's word."""

    QUERY: ClassVar[str] = "review_corrections"

    store: str
    store_app_id: str
    review_id: str
    sentiment: str
    topics: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How many reviews people corrected, how many of these the model had read, where it said otherwise."""

    QUERY: ClassVar[str] = "corrections_total"

    n: int
    n_read: int
    n_sentiment: int
    n_topics: int


@dataclass(frozen=True, kw_only=True)
class ReviewState:
    """What a review said before it was edited."""

    QUERY: ClassVar[str] = "review_states"

    store: str
    store_app_id: str
    review_id: str
    state: int
    rating: int | None
    title: str | None
    text: str | None
    version: str | None
    seen_from: datetime
    seen_until: datetime


@dataclass(frozen=True, kw_only=True)
class Vanished:
    """A review that its store no longer shows."""

    QUERY: ClassVar[str] = "vanished"

    review: str
    vanished_at: datetime


@dataclass(frozen=True, kw_only=True)
class WeekQuote:
    """A public review that speaks of a topic; its words are asked for by its id."""

    QUERY: ClassVar[str] = "week_quotes"

    topic: str
    store: str
    review_id: str
    sentiment: str | None
    score: float
