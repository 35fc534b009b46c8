"""Google's official review API (androidpublisher `reviews.list`), for one's own apps.

It gives the last week's reviews, production only, with text only, in every language. A service account
signs in through google-auth, whose requests go through our own verified client.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flows.redaction.gate import passed, passed_field, passed_pair
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.http import Answer, BadRequest, StoreClient, Unusable
from flows.sources.pagination import PageInfo, Paginator, Refused
from flows.sources.payload import ShapeError, count_at, lookup, text_at, text_or_none
from warehouse.records import Review

ADDRESS = "https://androidpublisher.googleapis.com"
PER_PAGE = 100
WINDOW = timedelta(days=7)
_SCOPE = "https://www.googleapis.com/auth/androidpublisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherApp:
    """One app of one's own with the key file of a service account that may read it."""

    app_id: str
    key_file: Path


class AndroidPublisher:
    """Reviews of the last week."""

    name = "android_publisher"

    def __init__(
        self,
        client: StoreClient,
        apps: Sequence[PublisherApp],
        *,
        address: str = ADDRESS,
        per_page: int = PER_PAGE,
        page_limit: int = 1_000,
    ) -> None:
        self._client, self._address = client, address.rstrip("/")
        self._apps = {app.app_id: app for app in apps}
        self._per_page, self._page_limit = per_page, page_limit
        self._accounts: dict[Path, Any] = {}

    def requests(self, now: datetime) -> list[Request]:
        """One request an app; a week without reviews is possible."""
        plain = Request(store="google_play", store_app_id="", since=now - WINDOW, now=now)
        return [
            replace(plain, store_app_id=app_id, is_incremental=True, may_be_silent=True)
            for app_id in self._apps
        ]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """Pages of reviews. Raises Blocked, NotThere."""
        plain = self._reviews(request.store_app_id)

        sign = partial(self._authorization, self._apps[request.store_app_id].key_file)

        def get(token: str | None) -> Answer:
            query = {"maxResults": str(self._per_page)} | ({"token": token} if token else {})
            return self._client.fetch_signed(f"{plain}?{urlencode(query)}", sign)

        # The API names no order, so no page proves that the ones behind it are older.
        unbounded = replace(request, since=None)
        yield from Paginator(
            unbounded, "android_publisher_reviews", get, page_info, lambda n: self._client.pause(plain, n),
            full=self._per_page, page_limit=self._page_limit,
        ).pages()  # fmt: skip

    def _reviews(self, app_id: str) -> str:
        return f"{self._address}/androidpublisher/v3/applications/{quote(app_id, safe='')}/reviews"

    def reply(self, app_id: str, review_id: str, text: str) -> None:
        """Answer a review, in the place of any answer that it has (`reviews.reply`).

        Raises Blocked or NotThere, KeyError for an app without a key.
        """
        sign = partial(self._authorization, self._apps[app_id].key_file)
        place = f"{self._reviews(app_id)}/{quote(review_id, safe='')}:reply"
        self._client.post_signed(place, sign, {"replyText": text})

    def _authorization(self, key_file: Path, anew: bool) -> dict[str, str]:
        account = self._accounts.get(key_file)
        if account is None or anew:
            account = self._accounts[key_file] = _account(key_file)
        if not account.valid:
            try:
                account.refresh(_Transport(self._client))
            except BadRequest as error:
                raise Unusable(f"the service account of {key_file.name} is not accepted") from error
        return {"authorization": f"Bearer {account.token}"}

    def parse(self, request: Request, page: Page) -> Parsed:
        """The reviews of one page. Raises ShapeError."""
        return Parsed(
            reviews=[
                read_review(item, request.store_app_id, page.fetched_at, self.name)
                for item in _items(page.body)
            ]
        )


def _account(key_file: Path) -> Any:
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2 import service_account

    try:
        return service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
            str(key_file), scopes=[_SCOPE]
        )
    # The words of these errors can hold a piece of the key.
    except (OSError, ValueError, GoogleAuthError) as error:
        raise Unusable(f"the key file {key_file.name} cannot be used ({type(error).__name__})") from None


@dataclass(frozen=True, slots=True)
class _Response:
    data: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Transport:
    """What google-auth wants of an HTTP client (google.auth.transport.Request), given by ours."""

    client: StoreClient

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_more: object,
    ) -> _Response:
        form = body.decode() if isinstance(body, bytes) else body
        given = {name.lower(): value for name, value in (headers or {}).items()}
        return _Response(self.client.fetch(url, form=form, headers=given).text.encode(), headers={})


def page_info(body: str) -> PageInfo:
    """What the paginator needs of an answer. Raises ShapeError, Refused."""
    items = _items(body)
    ids = tuple(text_at(item, ["reviewId"], "reviewId") for item in items)
    token = lookup(json.loads(body), ["tokenPagination", "nextPageToken"])
    return PageInfo(ids, None, token if isinstance(token, str) and token else None)


def _items(body: str) -> list[Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ShapeError("document", "is not JSON") from error
    if not isinstance(document, dict):
        raise ShapeError("document", "is no object")
    if "error" in document:
        raise Refused
    items = document.get("reviews", [])
    if not isinstance(items, list):
        raise ShapeError("reviews", f"expected a list, found {type(items).__name__}")
    return items


def read_review(item: object, store_app_id: str, seen_at: datetime, source: str) -> Review:
    """One element of `reviews`, through the gate; also of answers that somebody saved. Raises ShapeError.

    Of several states of the review the one that was written last holds.
    """
    comments = lookup(item, ["comments"])
    if not isinstance(comments, list):
        raise ShapeError("comments", "a review has none")
    states = [c["userComment"] for c in comments if isinstance(c, dict) and "userComment" in c]
    answers = [c["developerComment"] for c in comments if isinstance(c, dict) and "developerComment" in c]
    said = (
        max(states, key=lambda s: _time(s, "lastModified")) if len(states) > 1 else next(iter(states), None)
    )
    rating = count_at(said, ["starRating"], "starRating")
    if not 1 <= rating <= 5:
        raise ShapeError("starRating", "stars lie outside 1..5")
    # Title and body in one, parted by a tab; most reviews have no title.
    head, _, body = text_at(said, ["text"], "text").rpartition("\t")
    title, text, in_text = passed_pair(head.strip() or None, body.strip() or None)
    answer = answers[-1] if answers else None
    reply, in_reply = passed(text_or_none(answer, ["text"], "developerComment.text"))
    language = text_or_none(said, ["reviewerLanguage"], "reviewerLanguage")
    return Review(
        store="google_play",
        store_app_id=store_app_id,
        review_id=text_at(item, ["reviewId"], "reviewId"),
        source=source,
        rating=rating,
        title=title,
        text=text,
        reviewed_at=_time(said, "lastModified"),
        seen_at=seen_at,
        language=passed_field(language.replace("_", "-").split("-")[0].lower()) if language else None,
        version=passed_field(text_or_none(said, ["appVersionName"], "appVersionName")),
        thumbs_up=count_at(said, ["thumbsUpCount"], "thumbsUpCount") if _has(said, "thumbsUpCount") else None,
        reply=reply,
        replied_at=_time(answer, "lastModified") if reply else None,
        redactions=in_text + in_reply,
        redactions_reply=in_reply,
        device=_device(said),
    )


def _device(said: object) -> str | None:
    """The model's name where Google gives it, else its code name such as `klte`."""
    found = (lookup(said, path) for path in (["deviceMetadata", "productName"], ["device"]))
    return next((passed_field(name) for name in found if isinstance(name, str) and name.strip()), None)


def _has(source: object, name: str) -> bool:
    return isinstance(source, dict) and name in source


def _time(source: object, name: str) -> datetime:
    """Seconds of the epoch, written as a text because they have 64 bits."""
    seconds = lookup(source, [name, "seconds"])
    if not isinstance(seconds, str | int) or not str(seconds).isdigit():
        raise ShapeError(name, "has no seconds")
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ShapeError(name, "has more seconds than there are years") from error
