"""What moved, what happened, what people spoke of, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from dashboard.rows import Estimate, Interval, Sentiments, Sides, Windows


@dataclass(frozen=True, kw_only=True)
class ChangePoint(Estimate):
    """A change of level of series A or B."""

    QUERY: ClassVar[str] = "change_points"

    store: str
    series: str
    changed_on: date
    low_on: date
    high_on: date
    size: float
    value_before: float
    value_after: float
    n_before: int | None
    n_after: int | None
    p_value: float | None
    nearest_release: str | None
    release_distance_days: int | None
    due_to_kind: str | None
    due_to: str | None
    due_to_chance: float | None
    hole_from: date | None
    hole_until: date | None


@dataclass(frozen=True, kw_only=True)
class SeriesEvent:
    """Something that happened to a series, besides releases."""

    QUERY: ClassVar[str] = "series_events"

    store: str
    happened_at: datetime
    until: datetime | None
    kind: str
    label: str
    source: str
    place: str | None
    value_before: float | None
    value_after: float | None
    steps: int | None
    steps_beyond: int | None


@dataclass(frozen=True, kw_only=True)
class News(Estimate):
    """Something new in the last seven days: `what` is alarm, change or release."""

    QUERY: ClassVar[str] = "week_news"

    app: str
    name: str
    store: str
    last_day: date
    what: str
    happened_on: date
    topic: str | None
    measure: str
    version: str | None
    before: float | None
    after: float | None
    size: float | None
    verdict: str | None
    due_to_kind: str | None


@dataclass(frozen=True, kw_only=True)
class ConfoundingEvent:
    """An event that lies in the windows of a release."""

    kind: str
    label: str
    place: str | None
    value_before: float | None
    value_after: float | None


@dataclass(frozen=True, kw_only=True)
class ReleaseImpact(Estimate, Sides, Windows):
    """What one measure did with one release."""

    QUERY: ClassVar[str] = "release_verdicts"

    store: str
    release_version: str
    released_at: datetime
    measure: str
    topic: str | None
    effect: float | None
    value_before: float | None
    value_after: float | None
    p_value: float | None
    q_value: float | None
    verdict: str
    why: str | None
    moved_on: date | None
    explained_by: str | None
    overlapping_releases: tuple[str, ...]
    confounding_events: tuple[ConfoundingEvent, ...] | None


@dataclass(frozen=True, kw_only=True)
class Comparison(Interval, Sides, Windows):
    """Two spans that are compared for drivers."""

    QUERY: ClassVar[str] = "driver_comparisons"

    store: str
    comparison: str
    kind: str | None
    release_version: str | None
    changed_on: date | None
    mean_before: float
    mean_after: float
    change: float


@dataclass(frozen=True, kw_only=True)
class Driver(Interval, Sides):
    """What one topic added to the change of a comparison."""

    QUERY: ClassVar[str] = "driver_topics"

    topic: str
    share_before: float
    share_after: float
    mean_before: float | None
    mean_after: float | None
    share_effect: float
    mean_effect: float
    total_effect: float
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AuditFigure(Interval):
    """How often one statistic is wrong, as the newest audit found it."""

    QUERY: ClassVar[str] = "audit_figures"

    run_at: datetime
    test: str
    measure: str
    n: int | None
    effect: float
    trials: int
    hits: int
    rate: float
    target: str
    passes: bool | None


@dataclass(frozen=True, kw_only=True)
class TopicName:
    """A topic with its names and owners."""

    QUERY: ClassVar[str] = "topic_names"

    topic: str
    label_en: str
    label_ja: str
    lens: str
    owner: str | None


@dataclass(frozen=True, kw_only=True)
class TopicChange(Sentiments):
    """One topic in the span against the span before."""

    QUERY: ClassVar[str] = "topic_changes"

    topic: str
    label_en: str
    label_ja: str
    lens: str | None
    n: int
    share: float
    mean: float | None
    n_before: int
    share_before: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    of_now: int
    of_before: int | None

    def label(self, language: str) -> str:
        """The topic's name in a language of the screen."""
        return self.label_ja if language == "ja" else self.label_en


@dataclass(frozen=True, kw_only=True)
class ShareWithError(Interval):
    """A sentiment or topic (`task`) of the span: its share as counted, and given the model's error."""

    QUERY: ClassVar[str] = "shares_with_error"

    task: str
    label: str
    label_en: str
    label_ja: str
    n: int
    n_read: int
    share: float
    """Counted; `low` and `high` are its interval."""
    n_measured: int
    """Texts in languages in which the model's error is known."""
    corrected: float | None
    corrected_low: float | None
    corrected_high: float | None
    change: float | None
    """Of the corrected share against the span before."""
    change_low: float | None
    change_high: float | None
    error: str
    """`measured`, `partly_measured`, `no_better_than_tfidf` or `not_measured`."""


@dataclass(frozen=True, kw_only=True)
class RecentNegative:
    """How many texts of the overview's thirty days are negative, given the model's errors; by app."""

    QUERY: ClassVar[str] = "negative_recent"

    app: str
    store: str
    corrected_low: float | None
    corrected_high: float | None


@dataclass(frozen=True, kw_only=True)
class LanguageQuality:
    """How the model reads sentiment or topics (`task`) in one language of the scope, by its own card."""

    QUERY: ClassVar[str] = "language_quality"

    task: str
    language: str | None
    """None where texts do not tell theirs, or are mixed."""
    status: str
    """`measured`, `no_better_than_tfidf` or `not_measured`."""
    n: int
    """Reviews of the scope that the model read."""
    n_texts: int | None
    f1: float | None

    @property
    def is_measured(self) -> bool:
        """Whether it was measured and is worth more than counting words."""
        return self.status == "measured"


@dataclass(frozen=True, kw_only=True)
class RecentLanguage(LanguageQuality):
    """The same of the thirty days that the overview shows, by app."""

    QUERY: ClassVar[str] = "language_quality_recent"

    app: str
    store: str


@dataclass(frozen=True, kw_only=True)
class AppTopic(Interval):
    """How large a share of an app's texts complained of a topic, in its last days and in as many before."""

    QUERY: ClassVar[str] = "topic_map"

    app: str
    topic: str
    first_day: date
    last_day: date
    n_read: int
    n: int
    n_negative: int
    share: float
    n_read_before: int
    share_before: float | None
    change: float | None
    change_low: float | None
    change_high: float | None


@dataclass(frozen=True, kw_only=True)
class AppRelease(Estimate):
    """A release of some app, and what became of the mean of its reviews."""

    QUERY: ClassVar[str] = "release_map"

    app: str
    store: str
    release_version: str
    released_at: datetime
    verdict: str
    effect: float | None


@dataclass(frozen=True, kw_only=True)
class TopicPeriod:
    """One topic in a week or month."""

    QUERY: ClassVar[str] = "topic_periods"

    first_day: date
    topic: str
    n: int
    n_negative: int
    of_all: int
    share: float
    share_negative: float


@dataclass(frozen=True, kw_only=True)
class TopicGain(Estimate):
    """What the mean would gain without the complaints about one topic."""

    QUERY: ClassVar[str] = "topic_gain"

    store: str
    topic: str
    owner: str | None
    lens: str | None
    rank: int
    n_complaints: int
    share_complaints: float | None
    mean_with: float | None
    mean_without: float | None
    gain: float | None
    n: int
    window_from: date
    window_until: date
    verdict: str


@dataclass(frozen=True, kw_only=True)
class LensMonth(Estimate):
    """One lens in one month."""

    QUERY: ClassVar[str] = "lens_months"

    store: str
    period_start: date
    lens: str
    n: int
    n_all: int
    share: float | None
    mean_stars: float | None
    share_negative: float | None
    is_small_n: bool


@dataclass(frozen=True, kw_only=True)
class Alarm(Interval):
    """A day that was unusual."""

    QUERY: ClassVar[str] = "alarms"

    store: str
    day: date
    topic: str
    measure: str
    observed: float
    expected: float
    p_value: float
    threshold: float
    n: int


@dataclass(frozen=True, kw_only=True)
class StarAlarm(Interval, Sides):
    """One alarm on the stars or texts of an app in a store, and what became of it."""

    QUERY: ClassVar[str] = "star_alarms"

    store: str
    raised_on: date
    kind: str
    measure: str
    topic: str
    """Of which reviews: all, or those that speak of a topic."""
    began_on: date
    began_low_on: date
    began_high_on: date
    confirmed_on: date | None
    ended_on: date | None
    withdrawn_on: date | None
    why: str | None
    value_before: float
    value_after: float
    change: float

    @property
    def is_open(self) -> bool:
        """Whether it is neither over nor taken back."""
        return self.ended_on is None and self.withdrawn_on is None


@dataclass(frozen=True, kw_only=True)
class OpenAlarm(StarAlarm):
    """An alarm that is open, of any app."""

    QUERY: ClassVar[str] = "open_alarms"

    app: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ReleaseLook(Estimate, Sides):
    """What the release watch says of a release, as of the last day on which it was watched."""

    QUERY: ClassVar[str] = "release_looks"

    store: str
    release_version: str
    released_at: datetime
    day: date
    verdict: str
    told_on: date | None
    rests_on: str | None
    is_withdrawn: bool
    direction: str
    evidence: float
    needed: float
    evidence_by_date: float | None
    evidence_by_version: float | None
    effect: float | None
    last_versions: tuple[str, ...]
    n_last: int
    n_version: int
    share_versionless: float | None


@dataclass(frozen=True, kw_only=True)
class VerdictSaid(Estimate):
    """Another verdict than before, as one analysis said it."""

    QUERY: ClassVar[str] = "verdict_history"

    store: str
    release_version: str
    measure: str
    said_at: datetime
    until_on: date | None
    verdict: str
    verdict_before: str | None
    why: str | None
    effect: float | None
    rests_on: str | None


@dataclass(frozen=True, kw_only=True)
class DaysWatched:
    """Which days of a store were judged for alarms."""

    QUERY: ClassVar[str] = "days_watched"

    store: str
    first_day: date
    last_day: date
    threshold: float
