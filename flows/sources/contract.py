"""What every source offers: `fetch` brings payloads, `parse` makes records of them.

A source never touches the disk and never opens the database; `flows.collect` lands what it parses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from warehouse.records import (
    CoverageOutcome,
    CoverageReason,
    Feedback,
    RatingSnapshot,
    Release,
    Review,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is wanted of a source: one app in one store, in one language or country."""

    store: str
    store_app_id: str
    language: str | None = None
    country: str | None = None
    since: datetime | None = None
    now: datetime
    """The clock is an argument (aware UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One payload as the store sent it, not yet through the gate: in memory only."""

    shape: str
    """google_play_reviews, google_play_details, app_store_feed, app_store_lookup, feedback."""
    body: str
    fetched_at: datetime
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a fetch ended: the last thing it yields."""

    outcome: CoverageOutcome
    reason: CoverageReason
    detail: str | None = None


@dataclass(slots=True, kw_only=True)
class Parsed:
    """Records of one page, already through the gate."""

    reviews: list[Review] = field(default_factory=list)
    snapshots: list[RatingSnapshot] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)


class Source(Protocol):
    """The contract: nothing else of a source is known to the flows."""

    name: str

    def asks(self, now: datetime) -> list[Ask]: ...

    def fetch(self, ask: Ask) -> Iterator[Page | Ending]: ...

    def parse(self, ask: Ask, page: Page) -> Parsed: ...
