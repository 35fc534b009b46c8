"""What moved, what happened, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A change of level of series A or B."""

    QUERY: ClassVar[str] = "change_points"

    store: str
    series: str
    changed_on: date
    low_on: date
    high_on: date
    size: float
    low: float | None
    high: float | None
    value_before: float
    value_after: float
    n_before: int | None
    n_after: int | None
    p_value: float | None
    nearest_release: str | None
    release_distance_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
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
    low: float | None
    high: float | None
    verdict: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfoundingEvent:
    """An event that lies in the windows of a release."""

    kind: str
    label: str
    place: str | None
    value_before: float | None
    value_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseImpact:
    """What one measure did with one release."""

    QUERY: ClassVar[str] = "release_verdicts"

    store: str
    release_version: str
    released_at: datetime
    measure: str
    topic: str | None
    effect: float | None
    low: float | None
    high: float | None
    n_before: int
    n_after: int
    before_from: date
    before_until: date
    after_from: date
    after_until: date
    value_before: float | None
    value_after: float | None
    p_value: float | None
    q_value: float | None
    verdict: str
    overlapping_releases: tuple[str, ...]
    confounding_events: tuple[ConfoundingEvent, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two spans that are compared for drivers."""

    QUERY: ClassVar[str] = "driver_comparisons"

    store: str
    comparison: str
    kind: str | None
    release_version: str | None
    changed_on: date | None
    before_from: date
    before_until: date
    after_from: date
    after_until: date
    mean_before: float
    mean_after: float
    change: float
    low: float
    high: float
    n_before: int
    n_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What one topic added to the change of a comparison."""

    QUERY: ClassVar[str] = "driver_topics"

    topic: str
    share_before: float
    share_after: float
    tone_before: float | None
    tone_after: float | None
    share_effect: float
    tone_effect: float
    total_effect: float
    low: float
    high: float
    n_before: int
    n_after: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFigure:
    """How often one statistic is wrong, as the newest audit measured it."""

    QUERY: ClassVar[str] = "audit_figures"

    run_at: datetime
    test: str
    measure: str
    n: int | None
    effect: float
    trials: int
    hits: int
    rate: float
    low: float
    high: float
    target: str
    passes: bool | None
