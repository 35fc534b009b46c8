"""What every source offers: `fetch` brings payloads, `parse` makes records of them.

Whether an address is this machine is asked of the parsed host, never of how a text begins. A source never
touches the disk and never opens the database; `flows.collection.collector` lands what it parses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from warehouse.records import (
    AskedFor,
    Consent,
    CoverageOutcome,
    CoverageReason,
    Feedback,
    RatingSnapshot,
    RejectedRow,
    Release,
    Review,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Where a crawl that was cut off goes on."""

    cursor: str | None
    """What asks for the next page; None for the first."""
    page: int
    """The number of that page, from 1."""
    head: tuple[str, ...] = ()
    """The review ids of the crawl's first two pages: a list that begins again shows them again."""
    doubted: bool = False
    """The last run came to an end here that it could not believe; the same again is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted of a source: one app in one store, in one language or country."""

    store: str
    store_app_id: str
    language: str | None = None
    country: str | None = None
    what: AskedFor = "reviews"
    since: datetime | None = None
    """Reviews older than this are known; None asks for all."""
    is_incremental: bool = False
    """Asked for what is new since the last run; else everything is brought each time."""
    may_be_silent: bool = False
    """The source speaks of a span of days, in which nothing may have come."""
    is_backfill: bool = False
    """`since` was given by a person: what is known counts for nothing."""
    resume: Resume | None = None
    now: datetime
    """The clock is an argument (aware UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One payload as the store sent it, not yet through the gate: in memory only."""

    shape: str
    """google_play_reviews, google_play_details, app_store_feed, app_store_lookup, feedback, consents."""
    body: str
    fetched_at: datetime
    number: int = 1
    next: Resume | None = None
    """Where to go on when the crawl is cut off after this page; None where it must begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """Why a fetch ended: the last thing it yields."""

    outcome: CoverageOutcome
    reason: CoverageReason
    detail: str | None = None
    recheck_at: Resume | None = None
    """The list seemed to end where no list ends; the next run asks here again before it is believed."""
    begin_again: bool = False
    """The store no longer knows the place to resume at."""
    needs_person: bool = False
    """Refused for a reason that does not pass by itself: a key, an address, a missing package."""
    wait: float | None = None
    """So many seconds the store asked to be left alone."""
    is_all_there_is: bool = False
    """Not complete, but the store gives no more to anybody: what is newer is known from here on."""


@dataclass(slots=True, kw_only=True)
class Parsed:
    """Records of one page, already through the gate."""

    reviews: list[Review] = field(default_factory=list)
    snapshots: list[RatingSnapshot] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    """What the testers of this feedback agreed to, or took back."""
    rejected: list[RejectedRow] = field(default_factory=list)


class Source(Protocol):
    """The contract: nothing else of a source is known to the flows."""

    name: str

    def requests(self, now: datetime) -> list[Request]: ...

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]: ...

    def parse(self, request: Request, page: Page) -> Parsed: ...


def is_loopback(host: str) -> bool:
    """Whether a host, without port and brackets, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_on_this_machine(url: str) -> bool:
    """Whether an http or https address names this machine as its host."""
    parsed = _parsed(url)
    return parsed is not None and parsed[0] in ("http", "https") and is_loopback(parsed[1])


def is_safe(url: str) -> bool:
    """Whether what is sent to `url` travels through TLS, or does not leave this machine."""
    parsed = _parsed(url)
    return parsed is not None and (parsed[0] == "https" or is_on_this_machine(url))


def _parsed(url: str) -> tuple[str, str] | None:
    """Scheme and host in lower case; None where one is missing or the address cannot be read."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return (parts.scheme, host) if host else None
