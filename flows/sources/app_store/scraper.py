"""The optional adapter for `app-store-scraper` 0.3.5 (2020), behind the same contract.

Its faults decide what may be said: it swallows every error, so an answer is never known to be whole and
an empty one is a failure; it throws the store's ids away, so ids are derived from what a review says;
its times are naive UTC; it reads nothing but reviews. It pins a `requests` of 2020 and is therefore
installed without its pins by `make adapter`, not as a dependency. Prefer `app_store`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.console import counted
from flows.redaction.gate import passed, passed_pair
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.http import Unusable
from flows.sources.payload import ShapeError, count_at, text_or_none
from warehouse.records import Review

SHAPE = "app_store_scraper_rows"
_KEPT = ("rating", "date", "review", "title", "developerResponse")


class AdapterMissing(Unusable):
    """The optional package is not installed; the message names the remedy."""


def derived_id(
    store_app_id: str,
    country: str | None,
    reviewed_at: datetime,
    rating: int | None,
    title: str | None,
    text: str | None,
) -> str:
    """`derived:` and 24 hex digits that name a review whose source threw the store's id away.

    The one derivation for this adapter and for imported dumps of the same package, so that both name a
    review alike. `title` and `text` must have passed the gate, because a personal number may not even be
    hashed; `reviewed_at` is aware and counts to the second. An edited review gets another id: nothing
    in the source could tell that it is the same.
    """
    moment = reviewed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parts = [
        store_app_id,
        country or "",
        moment,
        "" if rating is None else str(rating),
        title or "",
        text or "",
    ]
    return f"derived:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True)
class App:
    """What the package wants to know of an app."""

    app_id: str
    name: str
    """As in the address of its store page; any word does."""
    countries: tuple[str, ...]


class AppStoreScraper:
    """Reviews of some apps through `app-store-scraper`."""

    name = "app_store_scraper"

    def __init__(self, apps: Sequence[App], *, how_many: int = 2_000) -> None:
        self._names = {app.app_id: app.name for app in apps}
        self._apps = tuple(apps)
        self._how_many = how_many

    def requests(self, now: datetime) -> list[Request]:
        """One request an app and country."""
        return [
            Request(store="app_store", store_app_id=app.app_id, country=country, now=now)
            for app in self._apps
            for country in app.countries
        ]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """One page of rows, never called complete. Raises AdapterMissing when the package is missing."""
        maker = _package().AppStore
        try:
            store = maker(
                country=request.country,
                app_name=self._names[request.store_app_id],
                app_id=request.store_app_id,
                log_level=logging.getLevelName(logging.getLogger().level),
            )
            after = request.since.astimezone(UTC).replace(tzinfo=None) if request.since else None
            store.review(how_many=self._how_many, after=after)
        # requests' errors derive from OSError; a page without the token it looks for gives the others.
        except (OSError, AttributeError, KeyError, ValueError) as error:
            yield FetchResult(
                outcome="failed", reason="blocked", detail=f"app-store-scraper: {type(error).__name__}"
            )
            return
        if not store.reviews:
            detail = "app-store-scraper gave no rows and hides errors: none, or refused, nobody can tell"
            yield FetchResult(outcome="failed", reason="blocked", detail=detail)
            return
        yield Page(shape=SHAPE, body=_dump(store.reviews), fetched_at=request.now)
        detail = f"{counted(len(store.reviews), 'row')}; app-store-scraper hides errors, so there may be more"
        yield FetchResult(outcome="partial", reason="page_limit", detail=detail)

    def parse(self, request: Request, page: Page) -> Parsed:
        """Reviews with derived ids, through the gate."""
        rows = json.loads(page.body)
        return Parsed(reviews=[_review(row, request, page.fetched_at) for row in rows])


def _package() -> Any:
    try:
        return importlib.import_module("app_store_scraper")
    except ImportError as error:
        raise AdapterMissing(
            "The package app-store-scraper is not installed. Remedy: `make adapter`, "
            "which installs it without its pins of 2020."
        ) from error


def _dump(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as JSON, without who wrote them."""
    return json.dumps(
        [{k: row[k] for k in _KEPT if k in row} for row in rows], default=_iso, ensure_ascii=False
    )


def _iso(value: object) -> str:
    if not isinstance(value, datetime):
        raise ShapeError("date", f"expected a time, found {type(value).__name__}")
    # It reads "...Z" and drops the zone: what is naive here is UTC.
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _review(row: object, request: Request, seen_at: datetime) -> Review:
    rating = count_at(row, ["rating"], "rating")
    if not 1 <= rating <= 5:
        raise ShapeError("rating", "stars lie outside 1..5")
    title, text, in_text = passed_pair(
        text_or_none(row, ["title"], "title"), text_or_none(row, ["review"], "review")
    )
    reply, in_reply = passed(text_or_none(row, ["developerResponse", "body"], "developerResponse.body"))
    reviewed_at = _time(row, ["date"], "date")
    if reviewed_at is None:
        raise ShapeError("date", "is missing")
    return Review(
        store="app_store",
        store_app_id=request.store_app_id,
        review_id=derived_id(request.store_app_id, request.country, reviewed_at, rating, title, text),
        source=AppStoreScraper.name,
        rating=rating,
        title=title,
        text=text,
        reviewed_at=reviewed_at,
        seen_at=seen_at,
        country=request.country,
        reply=reply,
        replied_at=_time(row, ["developerResponse", "modified"], "developerResponse.modified"),
        redactions=in_text + in_reply,
        redactions_reply=in_reply,
    )


def _time(row: object, path: Sequence[str], field: str) -> datetime | None:
    label = text_or_none(row, path, field)
    if label is None:
        return None
    try:
        moment = datetime.fromisoformat(label)
    except ValueError as error:
        raise ShapeError(field, "is no ISO 8601 time") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
