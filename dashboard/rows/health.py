"""What was asked of the sources, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDay:
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model with the figures of its card."""

    QUERY: ClassVar[str] = "model_card"

    model_version: str
    name: str
    figures: str | None
    is_serving: bool
    first_used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """Reviews of an app in languages outside the model's card."""

    QUERY: ClassVar[str] = "not_covered"

    name: str
    app: str
    store: str
    store_app_id: str
    n_not_covered: int
    n_classified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Personal numbers and addresses that were replaced, by source and kind."""

    QUERY: ClassVar[str] = "redactions_by_source"

    source: str
    kind: str
    texts: int
    texts_redacted: int
    redactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedReason:
    """Rows that were put aside for one reason."""

    QUERY: ClassVar[str] = "rejected_reasons"

    source: str
    reason: str
    field: str | None
    remedy: str
    n: int
    batches: int
