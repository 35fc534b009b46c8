"""Apple's public addresses: the customer-reviews feed of a country, and the lookup.

The feed has ten pages of fifty and no page tokens: a crawl that was cut off begins again. A page can come
empty in the middle. It is asked for again, and the pages behind it are read all the same; what it held
is not known, so such a crawl never counts as complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from flows.sources.app_store import parse as app_store
from flows.sources.base import FetchResult, Page, Parsed, Request, Resume
from flows.sources.http import Answer, NotThere, StoreClient
from flows.sources.pagination import TRIES
from flows.sources.payload import ShapeError, lookup
from warehouse.records import RejectedRow

ADDRESS = "https://itunes.apple.com"
PER_PAGE = 50
LAST_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStoreApp:
    """One app as the public addresses are asked for it."""

    app_id: str
    countries: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """What a crawl has met so far."""

    seen: set[str] = field(default_factory=set)
    head: tuple[str, ...] = ()
    last: int = 0
    """The last page that had entries, and how many."""
    on_last: int = 0
    empty: list[int] = field(default_factory=list)


class AppStoreFeed:
    """Written reviews, the newest five hundred of each country."""

    name = "app_store_feed"

    def __init__(self, client: StoreClient, apps: Sequence[AppStoreApp], *, address: str = ADDRESS) -> None:
        self._client, self._apps, self._address = client, tuple(apps), address.rstrip("/")

    def requests(self, now: datetime) -> list[Request]:
        """One request an app and country."""
        return [
            Request(
                store="app_store", store_app_id=app.app_id, country=country, now=now, is_incremental=True
            )
            for app in self._apps
            for country in app.countries
        ]  # fmt: skip

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """The feed's pages until what is known, or to its end. Raises Blocked, NotThere."""
        found = _Found()
        for number in range(1, LAST_PAGE + 1):
            answer, entries = self._look(request, number, found)
            page = Page(shape="app_store_feed", body=answer.text, fetched_at=answer.fetched_at, number=number)
            if isinstance(entries, ShapeError):
                yield page
                yield FetchResult(outcome="failed", reason="shape_changed", detail=str(entries))
                return
            ids = [entry_id for entry_id, _ in entries]
            if found.seen.issuperset(ids):
                # Empty, or a page that was shown before: the list may have begun again.
                found.empty.append(number)
                if _is_at_end(found, number):
                    break
                continue
            yield page
            found.seen.update(ids)
            found.head = found.head or tuple(ids)
            found.last, found.on_last = number, len(ids)
            if request.since is not None and entries[-1][1] < request.since.timestamp() and not found.empty:
                yield FetchResult(outcome="complete", reason="reached_watermark")
                return
        yield _result(request, found)

    def parse(self, request: Request, page: Page) -> Parsed:
        """The reviews of a page; single bad entries are put aside. Raises ShapeError when most are bad."""
        entries = [entry for entry in app_store.feed_entries(page.body) if "im:name" not in entry]
        if any("content" not in entry for entry in entries):
            raise ShapeError("content", "an entry of the feed has none")
        reviews, problems = app_store.parse_feed(
            page.body, store_app_id=request.store_app_id, country=request.country, seen_at=page.fetched_at,
            source=self.name,
        )  # fmt: skip
        if len(problems) > len(reviews):
            raise ShapeError(problems[0].field, f"{len(problems)} entries of the page cannot be read")
        rejected = [
            RejectedRow(
                batch="", source=self.name, file=f"page {page.number}",
                row_number=(page.number - 1) * PER_PAGE + problem.entry, field=problem.field,
                reason=problem.reason, remedy=problem.remedy, excerpt=None,
            )
            for problem in problems
        ]  # fmt: skip
        return Parsed(reviews=reviews, rejected=rejected)

    def _look(
        self, request: Request, number: int, found: _Found
    ) -> tuple[Answer, list[tuple[str, float]] | ShapeError]:
        """A page, asked for again while what it says may be a fault."""
        url = (
            f"{self._address}/{request.country}/rss/customerreviews/page={number}/id={request.store_app_id}"
            "/sortby=mostrecent/json"
        )
        entries: list[tuple[str, float]] | ShapeError
        for tried in range(TRIES):
            if tried:
                self._client.pause(url, tried)
            answer = self._client.fetch(url)
            try:
                entries = _entries(answer.text)
            except ShapeError as problem:
                entries = problem
                continue
            # One page beyond the end is looked at once more only; behind it nothing is expected.
            is_beyond = bool(found.empty) and tried > 0
            is_new = not found.seen.issuperset(entry_id for entry_id, _ in entries)
            if is_new or is_beyond:
                break
        return answer, entries


def _entries(body: str) -> list[tuple[str, float]]:
    """Id and time of each review of a page; single bad entries are left to the parser.

    Raises ShapeError when most cannot be read.
    """
    found = []
    bad = ""
    entries = [entry for entry in app_store.feed_entries(body) if "im:name" not in entry]
    for entry in entries:
        entry_id, updated = lookup(entry, ["id", "label"]), lookup(entry, ["updated", "label"])
        try:
            moment = datetime.fromisoformat(str(updated)).timestamp()
        except ValueError:
            bad = "updated"
            continue
        if isinstance(entry_id, str):
            found.append((entry_id, moment))
        else:
            bad = "id"
    if len(found) * 2 < len(entries):
        raise ShapeError(bad, f"{len(entries) - len(found)} entries of the feed have none")
    return found


def _is_at_end(found: _Found, number: int) -> bool:
    """Two empty pages behind a page that is not full: nothing comes any more."""
    return found.on_last < PER_PAGE and len(found.empty) >= 2 and found.empty[-2:] == [number - 1, number]


def _result(request: Request, found: _Found) -> FetchResult:
    holes = [page for page in found.empty if page < found.last]
    again = Resume(cursor=None, page=1, doubted=True)
    if holes:
        pages = ", ".join(map(str, holes))
        detail = f"page {pages} brought nothing, later ones did; the next run asks again"
        return FetchResult(outcome="partial", reason="page_limit", detail=detail, recheck_at=again)
    if found.last == LAST_PAGE:
        # The store gives no more to anybody; from here on it is enough to reach what was seen today.
        detail = f"the feed ends after {LAST_PAGE} pages"
        return FetchResult(outcome="partial", reason="page_limit", detail=detail, is_all_there_is=True)
    is_doubtful = found.last > 0 and found.on_last >= PER_PAGE
    if is_doubtful and not (request.resume is not None and request.resume.doubted):
        detail = f"nothing after page {found.last}, which is full; the next run asks again"
        return FetchResult(outcome="partial", reason="page_limit", detail=detail, recheck_at=again)
    return FetchResult(outcome="complete", reason="end_confirmed")


class AppStoreLookup:
    """What the App Store displays in each country: the average with its count, and the version."""

    name = "app_store_lookup"

    def __init__(self, client: StoreClient, apps: Sequence[AppStoreApp], *, address: str = ADDRESS) -> None:
        self._client, self._apps, self._address = client, tuple(apps), address.rstrip("/")

    def requests(self, now: datetime) -> list[Request]:
        """One request an app and country."""
        return [
            Request(store="app_store", store_app_id=app.app_id, country=country, what="snapshots", now=now)
            for app in self._apps
            for country in app.countries
        ]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """One answer. Raises Blocked, and NotThere where the country's store does not sell the app."""
        query = urlencode(
            {"id": request.store_app_id, "country": request.country or "us", "entity": "software"}
        )
        url = f"{self._address}/lookup?{query}"
        for tried in range(TRIES):
            if tried:
                self._client.pause(url, tried)
            answer = self._client.fetch(url)
            page = Page(shape="app_store_lookup", body=answer.text, fetched_at=answer.fetched_at)
            try:
                app_store.parse_lookup(
                    page.body, store_app_id=request.store_app_id, country=request.country or "us",
                    seen_at=page.fetched_at, source=self.name,
                )  # fmt: skip
                break
            except ShapeError:
                is_missing = '"resultCount":0' in page.body.replace(" ", "")
        else:
            if is_missing:
                raise NotThere(f"the lookup finds no such app in {request.country}")
        yield page
        yield FetchResult(outcome="complete", reason="end_confirmed")

    def parse(self, request: Request, page: Page) -> Parsed:
        """What is displayed, and the release. Raises ShapeError."""
        snapshot, release = app_store.parse_lookup(
            page.body, store_app_id=request.store_app_id, country=request.country or "us",
            seen_at=page.fetched_at, source=self.name,
        )  # fmt: skip
        return Parsed(snapshots=[snapshot], releases=[release])
