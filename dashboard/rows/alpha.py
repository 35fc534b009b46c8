"""What testers agreed to and said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from dashboard.rows import Estimate, Read, Sentiments, Sides
from dashboard.rows.reviews import Classified


@dataclass(frozen=True, kw_only=True)
class AlphaApp:
    """An app that has testers."""

    QUERY: ClassVar[str] = "alpha_apps"

    app: str
    name: str
    n_total: int
    is_sample: bool


@dataclass(frozen=True, kw_only=True)
class Consent:
    """To what a cohort agreed; without a name, a wording and counts where it is small."""

    QUERY: ClassVar[str] = "alpha_consents"

    cohort: str | None
    wording: str | None
    purpose: str
    people: int | None
    agreed: int | None
    declined: int | None
    withdrew: int | None
    is_suppressed: bool


@dataclass(frozen=True, kw_only=True)
class Cohort(Read):
    """What one cohort sent; all small ones are one row without a name."""

    QUERY: ClassVar[str] = "alpha_cohorts"

    cohort: str | None
    n_feedback: int
    n_analysed: int
    n_quoted: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class SpokenTopic(Sentiments):
    """A topic of which testers spoke."""

    QUERY: ClassVar[str] = "alpha_spoken"

    topic: str
    n: int
    n_all: int


@dataclass(frozen=True, kw_only=True)
class Quote(Classified):
    """One piece of feedback whose writer agrees to be quoted."""

    QUERY: ClassVar[str] = "alpha_quotes"

    feedback_id: str
    cohort: str
    language: str | None
    version: str | None
    screen: str | None
    rating: int | None
    text: str
    submitted_at: datetime
    is_sample: bool
    n_all: int


@dataclass(frozen=True, kw_only=True)
class TesterSignal(Estimate, Sides):
    """Whether testers named before a release what the public complained of after it."""

    QUERY: ClassVar[str] = "tester_signal"

    store: str
    release_version: str
    released_at: datetime
    cohort: str | None
    n_alpha: int
    n_testers: int
    n_topics: int
    rank_correlation: float | None
    hit_rate: float | None
    hit_low: float | None
    hit_high: float | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class TesterTopic(Sides):
    """One topic before a release, in alpha, and around it, in public."""

    QUERY: ClassVar[str] = "tester_topics"

    topic: str
    n_alpha: int
    share_alpha: float | None
    alpha_low: float | None
    alpha_high: float | None
    share_before: float | None
    share_after: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    named_by_alpha: bool
    rose_after: bool
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Erasures:
    """How many erasures were asked for and done."""

    QUERY: ClassVar[str] = "erasures_total"

    asked: int
    done: int
    last_done_on: date | None
