"""Topics, lenses and alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicName:
    """A topic with its names and owners."""

    QUERY: ClassVar[str] = "topic_names"

    topic: str
    label_en: str
    label_ja: str
    lens: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """One topic in the span against the span before."""

    QUERY: ClassVar[str] = "topic_changes"

    topic: str
    label_en: str
    label_ja: str
    lens: str | None
    n: int
    n_negative: int
    n_neutral: int
    n_positive: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFirst:
    """What the mean would gain without the complaints about one topic."""

    QUERY: ClassVar[str] = "fix_first"

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
    low: float | None
    high: float | None
    n: int
    window_from: date
    window_until: date
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LensMonth:
    """One lens in one month."""

    QUERY: ClassVar[str] = "lens_months"

    store: str
    period_start: date
    lens: str
    n: int
    n_all: int
    share: float | None
    mean_stars: float | None
    low: float | None
    high: float | None
    share_negative: float | None
    is_small_n: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A day that was unusual."""

    QUERY: ClassVar[str] = "alarms"

    store: str
    day: date
    topic: str
    measure: str
    observed: float
    expected: float
    low: float
    high: float
    p_value: float
    threshold: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysWatched:
    """Which days of a store were judged for alarms."""

    QUERY: ClassVar[str] = "days_watched"

    store: str
    first_day: date
    last_day: date
    threshold: float
