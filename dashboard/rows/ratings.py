"""Series A to D, and the reviews that were found, by time and by version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDate:
    """One version of an app in one store, and when it came out."""

    QUERY: ClassVar[str] = "release_dates"

    store: str
    version: str
    released_at: datetime
    notes: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPeriod:
    """Series B in a day, week or month."""

    QUERY: ClassVar[str] = "rating_periods"

    first_day: date
    last_day: date
    n: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSpan:
    """Stars, mean review rating and tone of a whole span."""

    QUERY: ClassVar[str] = "rating_span"

    n_reviews: int
    n: int
    n_1: int
    n_2: int
    n_3: int
    n_4: int
    n_5: int
    n_classified: int
    n_not_covered: int | None
    n_negative: int
    n_neutral: int
    n_positive: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRating:
    """Series B of one version."""

    QUERY: ClassVar[str] = "rating_versions"

    store: str
    version: str
    n: int
    mean: float
    low: float
    high: float
    released_on: date | None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeriod:
    """The reviews that a search found in a period, or in all (`is_all`)."""

    QUERY: ClassVar[str] = "review_found"

    first_day: date
    last_day: date
    n_reviews: int
    n: int
    n_classified: int
    n_not_covered: int
    n_negative: int
    n_neutral: int
    n_positive: int
    mean: float | None
    low: float | None
    high: float | None
    is_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPoint:
    """One point of series C or D."""

    QUERY: ClassVar[str] = "other_series"

    store: str
    series: str
    period_start: date
    period_end: date
    n: int | None
    value: float | None
    low: float | None
    high: float | None
    is_small_n: bool
    is_valid: bool
    note: str | None
