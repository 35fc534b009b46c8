"""The records that cross from the sources into the warehouse.

One dataclass a grain. Every time is an aware UTC `datetime`; every text has passed the gate
(`flows.redaction.gate`): no author, no personal number. The records know nobody and hold no logic,
so that sources can build them without importing the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

Store = Literal["google_play", "app_store"]
STORES: tuple[str, ...] = ("google_play", "app_store")
UNKNOWN_APP = "unknown"
"""A coverage row's `store_app_id` where nothing names the app."""

AskedFor = Literal["reviews", "snapshots", "feedback", "daily_ratings", "corrections"]
CoverageOutcome = Literal["complete", "partial", "failed"]
CoverageReason = Literal[
    "reached_watermark",  # complete: met what we already had
    "end_confirmed",  # complete: the source said, or proved, that there is no more
    "page_limit",  # partial: the store gives no more pages than this
    "blocked",  # failed: refused, captcha, too many requests, no answer
    "shape_changed",  # failed: the payload is not what the parser knows
    "not_found",  # failed: the store knows no such app here
    "gone_silent",  # failed: a source that had rows gives none, and that is not believed
    "rejected_rows",  # partial: a file was read to its end, some rows were put aside
    "hole",
    # partial: a dump has none of weeks between many; told of published coverage only (marts/040_coverage.sql)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One sighting of a person's public text and stars. Key: store, store_app_id, review_id."""

    KIND: ClassVar[str] = "reviews"

    store: str
    store_app_id: str
    review_id: str
    """The store's own id; `derived:<24 hex>` where a source throws ids away."""
    source: str
    """What read it: google_play, app_store_feed, file:<format>, sample."""
    rating: int | None
    """Stars 1..5; None when the source gives text only."""
    title: str | None
    text: str | None
    reviewed_at: datetime
    seen_at: datetime
    """When this state of the review was seen; the newest sighting wins."""
    language: str | None = None
    """BCP 47 primary tag in lower case, as asked of the store; Google Play only."""
    country: str | None = None
    """ISO 3166-1 alpha-2 in lower case; App Store only."""
    version: str | None = None
    thumbs_up: int | None = None
    reply: str | None = None
    replied_at: datetime | None = None
    redactions: int = 0
    """How many personal numbers the gate replaced in title, text and reply."""
    redactions_reply: int | None = None
    """How many of them in the reply; None where the source did not count apart."""
    device: str | None = None
    """The model of the device it was written on, or its code name; the developer's own APIs only."""
    lacks: str | None = None
    """Of `title` and `reply`, parted by a blank, what the source has no place for: its absence then says
    nothing.
    The other facts never turn into none, so a source that does not give them takes none back."""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSnapshot:
    """The store's own displayed score at a moment.

    Key: store, store_app_id, country, language, observed_at.
    """

    KIND: ClassVar[str] = "rating_snapshots"

    store: str
    store_app_id: str
    source: str
    observed_at: datetime
    observed_at_basis: Literal["observed", "version_updated"] = "observed"
    """`version_updated`: the dump gives no time of observation; the time is the release date of the
    version shown, so the snapshot was taken on or after it."""
    seen_at: datetime
    displayed_score: float | None
    ratings_count: int | None
    reviews_count: int | None = None
    stars_1: int | None = None
    stars_2: int | None = None
    stars_3: int | None = None
    stars_4: int | None = None
    stars_5: int | None = None
    histogram_is_reweighted: bool = False
    """Google Play re-weights its histogram since 2019: never add it up or difference it."""
    installs: int | None = None
    version: str | None = None
    country: str | None = None
    language: str | None = None
    title: str | None = None
    """The app's name as the store showed it."""
    category: str | None = None
    """As the store calls it: `HEALTH_AND_FITNESS` (Google Play), `Utilities` (App Store)."""
    developer: str | None = None
    """Whom the store names as the app's developer or seller."""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version in one store. Key: store, store_app_id, version; the earliest date wins."""

    KIND: ClassVar[str] = "releases"

    store: str
    store_app_id: str
    version: str
    source: str
    released_at: datetime
    seen_at: datetime
    notes: str | None = None
    notes_language: str | None = None
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Private text from an opted-in tester. Key: feedback_id. Never mixed with reviews."""

    KIND: ClassVar[str] = "feedback"

    feedback_id: str
    app: str
    cohort: str
    tester: str
    """A pseudonym, never a name or an address."""
    source: str
    rating: int | None
    text: str | None
    submitted_at: datetime
    seen_at: datetime
    language: str | None = None
    version: str | None = None
    screen: str | None = None
    device: str | None = None
    consent_version: str
    may_analyse: bool
    may_quote: bool
    redactions: int = 0
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry of the append-only consent ledger: what a tester agreed to, or took back.

    Key: tester, app, at, event. The newest entry of a tester and app says what holds; a tester without an
    entry has agreed to nothing.
    """

    KIND: ClassVar[str] = "consents"

    tester: str
    """A pseudonym, never a name or an address."""
    app: str
    cohort: str
    event: Literal["given", "changed", "withdrawn"]
    wording: str
    """Version of the text that was shown, or that an import names."""
    language: str | None
    """In which language it was shown."""
    may_improve: bool
    """Use the feedback to improve the product; without it nothing is accepted."""
    may_analyse: bool
    may_quote: bool
    may_contact: bool
    at: datetime
    source: str
    basis: str | None = None
    """For imports: on what grounds, in the operator's words. None where the tester ticked the boxes."""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A tombstone: everything of this tester until `at` is to be gone and stays gone. Key: tester, app.

    It holds no content, so it is never erased itself.
    """

    KIND: ClassVar[str] = "erasures"

    tester: str
    app: str | None
    """None means every app."""
    at: datetime
    source: str
    """What asked for it: intake, command, retention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What one fetch or one file was asked for, what it gave and why it ended.

    Key: batch, asked_for, store, store_app_id, language, country.
    """

    KIND: ClassVar[str] = "coverage"

    batch: str
    """Names the landing batch that this row speaks of; the same for every file of the batch."""
    run_id: str
    source: str
    asked_for: AskedFor = "reviews"
    store: str
    store_app_id: str
    language: str | None = None
    country: str | None = None
    asked_since: datetime | None = None
    started_at: datetime
    finished_at: datetime
    covered_until: datetime | None = None
    """Up to when the batch can speak: the fetch time of a crawl, the last review of a dump."""
    pages: int
    got: int
    rejected: int = 0
    outcome: CoverageOutcome
    reason: CoverageReason
    detail: str | None = None
    """Free of personal text: a file's name, a status code, a field's name."""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row put aside with its reason. Key: batch, row_number, reason."""

    KIND: ClassVar[str] = "rejected_rows"

    batch: str
    source: str
    file: str
    """The file's name without its folder."""
    row_number: int
    """1-based; the header of a CSV is row 1."""
    field: str | None
    reason: str
    """A stable code: no_text_and_no_rating, rating_out_of_range, unreadable_date, ambiguous_date,
    wrong_encoding, nul_byte, field_too_large, not_an_object, missing_field, not_an_app_id, unknown_store,
    my_number, unreadable_number, unreadable_json, unreadable_xml, bad_csv, cut_short."""
    remedy: str
    excerpt: str | None
    """The row after the gate, at most 500 characters, so that nothing is lost from sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRating:
    """Series C: what Play Console says of one day's ratings, with and without text.

    Key: store, store_app_id, day; the newest export wins.
    """

    KIND: ClassVar[str] = "daily_ratings"

    store: str
    store_app_id: str
    day: date
    """As Play Console cuts days: in Pacific time, not in UTC."""
    source: str
    daily_average: float | None
    """None on a day without ratings."""
    total_average: float | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What somebody who read a review says of it, in the place of what the model says. Nobody is named.

    Key: store, store_app_id, review_id; the latest wins. It speaks of one text: when the review is edited,
    the model's word holds again.
    """

    KIND: ClassVar[str] = "corrections"

    store: str
    store_app_id: str
    review_id: str
    text_hash: str
    """Of the text that was read (`core.text_hash`)."""
    sentiment: Literal["negative", "neutral", "positive"]
    topics: tuple[str, ...]
    """Keys of topics.toml, in order of name; none says that it speaks of none of them."""
    corrected_at: datetime


Record = (
    Review | RatingSnapshot | Release | Feedback | Consent | Erasure | Coverage | RejectedRow | DailyRating
    | Correction
)  # fmt: skip
KINDS: dict[str, type[Record]] = {
    c.KIND: c
    for c in (
        Review, RatingSnapshot, Release, Feedback, Consent, Erasure, Coverage, RejectedRow, DailyRating,
        Correction,
    )
}  # fmt: skip
