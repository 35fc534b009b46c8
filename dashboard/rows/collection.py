"""Publications, apps and what may be chosen of them; what was asked of the sources, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from dashboard.rows import Estimate


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Which publication this is, and which model it served."""

    QUERY: ClassVar[str] = "publication"

    revision: int
    published_at: datetime
    model_version: str | None


@dataclass(frozen=True, kw_only=True)
class PublicationDetails:
    """What this publication is made of."""

    QUERY: ClassVar[str] = "publication_details"

    revision: int
    published_at: datetime
    landing_files: int | None
    """None, as the fingerprint, for somebody who may not see every app."""
    model_version: str | None
    schema_version: str
    fingerprint: str | None


@dataclass(frozen=True, kw_only=True)
class TableInfo:
    """One table of this publication."""

    QUERY: ClassVar[str] = "tables"

    table_name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewsTotal:
    """How many reviews this publication holds."""

    QUERY: ClassVar[str] = "reviews_total"

    n: int


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class AppCategory:
    """The category that a store gives an app, and how many apps share it."""

    QUERY: ClassVar[str] = "app_categories"

    app: str
    store: str
    category: str
    n_apps: int


@dataclass(frozen=True, kw_only=True)
class SpanMean(Estimate):
    """The mean of a span of days."""

    n: int
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class AppWeek(SpanMean):
    """How one app fared in a span of days, all its stores together, against the span before."""

    QUERY: ClassVar[str] = "week_apps"

    app: str
    name: str
    owner: str | None
    is_sample: bool
    last_day: date | None
    n_total: int
    outcome: str
    n_before: int
    mean_before: float | None
    low_before: float | None
    high_before: float | None

    @property
    def before(self) -> SpanMean:
        """The span before."""
        return SpanMean(n=self.n_before, mean=self.mean_before, low=self.low_before, high=self.high_before)


@dataclass(frozen=True, kw_only=True)
class TrendWeek:
    """One week of the small trend line of an app in a store."""

    QUERY: ClassVar[str] = "overview_trend"

    store: str
    store_app_id: str
    weeks_ago: int
    n: int
    mean: float


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class KnownDays:
    """The first and the last day of which anything is known of an app; both null for nothing."""

    QUERY: ClassVar[str] = "known_days"

    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, kw_only=True)
class StoreCoverage:
    """How the last fetches of an app in one store ended."""

    QUERY: ClassVar[str] = "coverage_of_app"

    store: str
    finished_at: datetime
    covered_until: datetime | None
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """The last ask of one source for one app and place."""

    QUERY: ClassVar[str] = "coverage_asks"

    name: str
    app: str | None
    store: str
    store_app_id: str
    source: str
    asked_for: str
    place: str | None
    finished_at: datetime
    covered_until: datetime | None
    pages: int
    got: int
    lag_s: int | None
    new: int | None
    edited: int | None
    rejected: int
    outcome: str
    reason: str
    detail: str | None
    is_sample: bool
    failed_in_a_row: int


@dataclass(frozen=True, kw_only=True)
class RequestDay:
    """How the asks of one source ended on one day."""

    QUERY: ClassVar[str] = "coverage_days"

    day: date
    source: str
    asks: int
    n_complete: int
    n_partial: int
    n_failed: int
    runs: int
    got: int
    new: int | None
    edited: int | None
    rejected: int


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An ask that did not end complete."""

    QUERY: ClassVar[str] = "coverage_troubles"

    finished_at: datetime
    name: str
    store: str
    source: str
    asked_for: str
    place: str | None
    got: int
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model with the figures of its card."""

    QUERY: ClassVar[str] = "model_card"

    model_version: str
    name: str
    figures: str | None
    is_serving: bool
    first_used_at: datetime


@dataclass(frozen=True, kw_only=True)
class NotCovered:
    """Reviews of an app in languages outside the model's card."""

    QUERY: ClassVar[str] = "not_covered"

    name: str
    app: str
    store: str
    store_app_id: str
    n_not_covered: int
    n_classified: int


@dataclass(frozen=True, kw_only=True)
class Redaction:
    """Personal numbers and addresses that were replaced, by source and kind."""

    QUERY: ClassVar[str] = "redactions_by_source"

    source: str
    kind: str
    texts: int
    texts_redacted: int
    redactions: int


@dataclass(frozen=True, kw_only=True)
class RejectedReason:
    """Rows that were put aside for one reason."""

    QUERY: ClassVar[str] = "rejected_reasons"

    source: str
    reason: str
    field: str | None
    remedy: str
    n: int
    batches: int
