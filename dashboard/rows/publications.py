"""Publications, apps and what may be chosen of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Which publication this is, and which model it served."""

    QUERY: ClassVar[str] = "publication"

    revision: int
    published_at: datetime
    model_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationDetails:
    """What this publication is made of."""

    QUERY: ClassVar[str] = "publication_details"

    revision: int
    published_at: datetime
    landing_files: int
    model_version: str | None
    schema_version: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """One table of this publication."""

    QUERY: ClassVar[str] = "tables"

    table_name: str
    columns: tuple[str, ...]
    n_rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInStore:
    """How one app stands in one store, against thirty days before."""

    QUERY: ClassVar[str] = "overview"

    app: str
    store: str
    store_app_id: str
    name: str
    owner: str | None
    is_sample: bool
    as_of: datetime | None
    displayed_score: float | None
    displayed_at: datetime | None
    displayed_country: str | None
    ratings_count: int | None
    displayed_score_before: float | None
    n_30d: int
    mean_30d: float | None
    low_30d: float | None
    high_30d: float | None
    n_prev_30d: int
    mean_prev_30d: float | None
    change_30d: float | None
    change_low: float | None
    change_high: float | None
    n_classified_30d: int
    n_not_covered_30d: int | None
    share_negative_30d: float | None
    share_neutral_30d: float | None
    share_positive_30d: float | None
    n_total: int
    last_review_at: datetime | None
    last_seen_at: datetime | None
    last_outcome: str | None
    last_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendWeek:
    """One week of the small trend line of an app in a store."""

    QUERY: ClassVar[str] = "overview_trend"

    store: str
    store_app_id: str
    weeks_ago: int
    n: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One store, place and version of an app, with its days."""

    QUERY: ClassVar[str] = "app_scope"

    store: str
    place: str
    version: str
    n: int
    first_day: date
    last_day: date
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDays:
    """The first and the last day of which anything is known of an app; both null for nothing."""

    QUERY: ClassVar[str] = "known_days"

    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCoverage:
    """How the last fetches of an app in one store ended."""

    QUERY: ClassVar[str] = "coverage_of_app"

    store: str
    finished_at: datetime
    covered_until: datetime | None
    outcome: str
    reason: str
