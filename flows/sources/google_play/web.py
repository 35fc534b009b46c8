"""Google Play's public pages: reviews by language, and the details page, over our own verified HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.google_play import parse as google_play
from flows.sources.http import Answer, NotThere, StoreClient
from flows.sources.pagination import PageInfo, Paginator, PlaceGone, Refused
from flows.sources.payload import ShapeError, count_at, lookup, text_at

ADDRESS = "https://play.google.com"
PER_PAGE = 199
_NEWEST = 2
# google.rpc.Code, as the answer gives it beside the empty place of the reviews.
_INVALID, _NOT_FOUND = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayApp:
    """One app as the website is asked for it."""

    app_id: str
    languages: tuple[str, ...]
    country: str | None = None
    """Whose shop window is looked into for the displayed score; the website's own choice without."""


class GooglePlayWeb:
    """Reviews of every language, and the details page in the first one."""

    name = "google_play"

    def __init__(
        self,
        client: StoreClient,
        apps: Sequence[PlayApp],
        *,
        address: str = ADDRESS,
        per_page: int = PER_PAGE,
        page_limit: int = 1_000,
    ) -> None:
        self._client, self._apps, self._address = client, tuple(apps), address.rstrip("/")
        self._per_page, self._page_limit = per_page, page_limit
        self._country = {app.app_id: app.country for app in apps}

    def requests(self, now: datetime) -> list[Request]:
        """One request a language, and one for what is displayed."""
        requests = []
        for app in self._apps:
            plain = Request(store="google_play", store_app_id=app.app_id, now=now)
            requests += [replace(plain, language=language, is_incremental=True) for language in app.languages]
            requests += [
                replace(plain, what="snapshots", language=language, country=app.country)
                for language in app.languages[:1]
            ]
        return requests

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """Pages of reviews, or the details page. Raises Blocked, NotThere."""
        if request.what == "snapshots":
            yield self._details(request)
            yield FetchResult(outcome="complete", reason="end_confirmed")
            return
        url = f"{self._address}/_/PlayStoreUi/data/batchexecute?{self._place(request)}"

        def get(token: str | None) -> Answer:
            return self._client.fetch(url, form=review_form(request.store_app_id, self._per_page, token))

        yield from Paginator(
            request, "google_play_reviews", get, page_info, lambda n: self._client.pause(url, n),
            full=self._per_page, page_limit=self._page_limit,
        ).pages()  # fmt: skip

    def parse(self, request: Request, page: Page) -> Parsed:
        """The records of one page. Raises ShapeError."""
        if page.shape == "google_play_reviews":
            reviews = google_play.parse_reviews(
                page.body, store_app_id=request.store_app_id, language=request.language or "en",
                seen_at=page.fetched_at, source=self.name,
            )  # fmt: skip
            _check_texts(google_play.review_items(page.body)[0])
            return Parsed(reviews=reviews)
        snapshot, release = google_play.parse_details(
            page.body, store_app_id=request.store_app_id, language=request.language, country=request.country,
            seen_at=page.fetched_at, source=self.name,
        )  # fmt: skip
        return Parsed(snapshots=[snapshot], releases=[release] if release else [])

    def _details(self, request: Request) -> Page:
        url = f"{self._address}/store/apps/details?id={quote(request.store_app_id)}&{self._place(request)}"
        answer = self._client.fetch(url, wants="page")
        return Page(shape="google_play_details", body=answer.text, fetched_at=answer.fetched_at)

    def _place(self, request: Request) -> str:
        place = {"hl": request.language or "en"}
        country = self._country.get(request.store_app_id)
        return urlencode(place | ({"gl": country} if country else {}))


def review_form(app_id: str, per_page: int, token: str | None) -> str:
    """The form that asks for a page of reviews, newest first (google_play_scraper.constants.request)."""
    page = [per_page] if token is None else [per_page, None, token]
    wanted = [None, [2, _NEWEST, page, None, [None] * 9], [app_id, 7]]
    inner = json.dumps(wanted, separators=(",", ":"))
    call = [[["oCPfdb", inner, None, "generic"]]]
    return urlencode({"f.req": json.dumps(call, separators=(",", ":"))})


def page_info(body: str) -> PageInfo:
    """What the paginator needs of an answer. Raises ShapeError, Refused, PlaceGone, NotThere."""
    _raise_refusal(body)
    items, token = google_play.review_items(body)
    ids = tuple(text_at(item, [0], "reviewId") for item in items)
    last = datetime.fromtimestamp(count_at(items[-1], [5, 0], "at"), UTC) if items else None
    return PageInfo(ids, last, token)


def _raise_refusal(body: str) -> None:
    """An answer without reviews can carry a code that says why."""
    if len(body) > 4_000 or not body.startswith(")]}'"):
        return
    try:
        outer = json.loads(body[4:])
    except ValueError:
        return
    if lookup(outer, [0, 2]) is not None:
        return
    code = lookup(outer, [0, 5, 0])
    if code == _NOT_FOUND:
        raise NotThere("Google Play knows no such app")
    if code == _INVALID:
        raise PlaceGone
    if isinstance(code, int):
        raise Refused


def _check_texts(items: Sequence[object]) -> None:
    """Reviews without a text are rare: where all lack one, or a text lies where none was, it has moved.

    Raises ShapeError.
    """
    without = [item for item in items if lookup(item, [4]) is None]
    if len(without) >= 3 and len(without) == len(items):
        raise ShapeError("content", "no review of the page has a text")
    for item in without:
        values = item if isinstance(item, list) else []
        strays = [n for n, value in enumerate(values) if isinstance(value, str) and n not in (0, 10)]
        if strays:
            raise ShapeError("content", f"nothing at [4], but a text at [{strays[0]}]")
