"""The App Store's public addresses: the customer-reviews feed (JSON) and the lookup.

The feed gives 10 pages of 50 in each country; the eleventh is refused with status 400 and a line that is no
JSON. A lone entry is an object, no entry is no key. Times are California's, summer time and all.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.store.catalogue import Catalogue, State, StoreApp, StoreReview
from tests.store.faults import Fault
from tests.store.http_wire import HTML, Answer, Call
from tests.store.paging import Pair

PER_PAGE = 50
LAST_PAGE = 10
TOO_DEEP = "CustomerReviews RSS page depth is limited to 10"
CALIFORNIA = ZoneInfo("America/Los_Angeles")
_FEED = re.compile(r"/([a-z]{2})/rss/customerreviews/([^?]*)/json", re.IGNORECASE)
_JAVASCRIPT = "text/javascript; charset=utf-8"


def call_of(method: str, path: str, query: dict[str, str], body: bytes) -> Call | None:
    """The call that a request makes; None when it is not one of ours."""
    if method != "GET":
        return None
    if path == "/lookup":
        return Call(route="app_store_lookup", app=query.get("id"), place=query.get("country", "us").lower())
    found = _FEED.fullmatch(path)
    if found is None:
        return None
    parts = dict(part.lower().split("=", 1) for part in found[2].split("/") if "=" in part)
    if parts.get("sortby") != "mostrecent" or not parts.get("page", "1").isdigit():
        return None
    return Call(
        route="app_store_feed", app=parts.get("id"), place=found[1].lower(), page=int(parts.get("page", "1"))
    )


def answer(call: Call, catalogue: Catalogue, now: datetime, fault: Fault | None) -> Answer:
    """What Apple says to a call."""
    app = catalogue.app("app_store", call.app or "")
    if fault and fault.kind == "gateway_error":
        return Answer(b'{"errorMessage":"Temporarily unavailable"}', _JAVASCRIPT)
    if call.route == "app_store_lookup":
        return _lookup(app, call.place or "us", now, fault)
    page = call.page or 1
    if page > LAST_PAGE:
        return Answer(TOO_DEEP.encode(), HTML, 400)
    listing = catalogue.listing("app_store", call.app or "", call.place, now)
    pairs = _page(listing, page, fault)
    entries = [_entry(review, state, call) for review, state in pairs]
    if fault and fault.kind == "layout_moved":
        entries = [_moved(entry, fault) for entry in entries]
    last = min(LAST_PAGE, -(-len(listing) // PER_PAGE) or 1)
    feed: dict[str, Any] = {
        "author": {
            "name": {"label": "iTunes Store"},
            "uri": {"label": f"http://www.apple.com/{call.place}/itunes/"},
        },
        "updated": {"label": now.astimezone(CALIFORNIA).isoformat(timespec="seconds")},
        "rights": {"label": "Copyright 2008 Apple Inc."},
        "title": {"label": "iTunes Store: Customer Reviews"},
        "icon": {"label": "http://itunes.apple.com/favicon.ico"},
        "link": _links(call, page, last),
        "id": {"label": _address(call, page)},
    }
    if entries:
        feed["entry"] = entries if len(entries) > 1 else entries[0]
    return Answer(_compact({"feed": feed}).encode(), _JAVASCRIPT)


def _page(listing: list[Pair], page: int, fault: Fault | None) -> list[Pair]:
    match fault.kind if fault else None:
        case "empty_page" | "false_end":
            return []
        case "repeat_token":
            page = max(1, page - 1)
        case "wrap" if (page - 1) * PER_PAGE >= len(listing):
            page = 1
    return listing[(page - 1) * PER_PAGE : page * PER_PAGE]


def _entry(review: StoreReview, state: State, call: Call) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "author": {
            "uri": {"label": f"https://itunes.apple.com/{call.place}/reviews/id{review.review_id[::-1]}"},
            "name": {"label": review.author},
            "label": "",
        },
        "updated": {"label": state.at.astimezone(CALIFORNIA).isoformat(timespec="seconds")},
        "im:rating": {"label": str(state.stars)},
        "im:version": {"label": state.version},
        "id": {"label": review.review_id},
        "title": {"label": state.title},
        "content": {"label": state.text, "attributes": {"type": "text"}},
        "link": {"attributes": {"rel": "related", "href": _address(call, 1)}},
        "im:voteSum": {"label": str(review.thumbs_up)},
        "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
        "im:voteCount": {"label": str(review.thumbs_up)},
    }
    if state.version is None:
        del entry["im:version"]
    return entry


def _moved(record: dict[str, Any], fault: Fault) -> dict[str, Any]:
    return {(f"x-{name}" if name == fault.field else name): value for name, value in record.items()}


def _address(call: Call, page: int) -> str:
    return f"https://itunes.apple.com/{call.place}/rss/customerreviews/page={page}/id={call.app}/sortby=mostrecent"


def _links(call: Call, page: int, last: int) -> list[dict[str, Any]]:
    far = {"first": 1, "last": last, "previous": max(1, page - 1), "next": min(last, page + 1)}
    links = [{"attributes": {"rel": "self", "href": f"{_address(call, page)}/json"}}]
    links += [{"attributes": {"rel": rel, "href": f"{_address(call, n)}/xml"}} for rel, n in far.items()]
    return links


def _lookup(app: StoreApp | None, country: str, now: datetime, fault: Fault | None) -> Answer:
    shown = app.shown(country, now) if app else None
    release = app.release(now) if app else None
    sold = shown is not None or (app is not None and any(r.place == country for r in app.reviews))
    if app is None or release is None or not sold:
        return Answer(b'\n\n\n{\n "resultCount":0,\n "results": []\n}\n\n\n', _JAVASCRIPT)
    language = "ja" if country == "jp" else "en"
    record: dict[str, Any] = {
        "wrapperType": "software",
        "kind": "software",
        "trackId": int(app.app_id),
        "bundleId": "jp.example.app",
        "trackName": app.name(language),
        "artistName": app.publisher,
        "sellerName": app.publisher,
        "description": app.name(language),
        "averageUserRating": shown.score if shown else 0,
        "userRatingCount": shown.ratings if shown else 0,
        "averageUserRatingForCurrentVersion": shown.score if shown else 0,
        "userRatingCountForCurrentVersion": shown.ratings if shown else 0,
        "version": release.version,
        "currentVersionReleaseDate": f"{release.at:%Y-%m-%dT%H:%M:%SZ}",
        "releaseNotes": release.notes.get(language, ""),
        "releaseDate": f"{app.releases[0].at:%Y-%m-%dT%H:%M:%SZ}",
        "price": 0.0,
        "currency": "JPY" if country == "jp" else "USD",
    }
    if fault and fault.kind == "layout_moved":
        record = _moved(record, fault)
    if fault and fault.kind in ("empty_page", "false_end"):
        return Answer(b'{"resultCount":0,"results":[]}', _JAVASCRIPT)
    return Answer(f"\n\n\n{_compact({'resultCount': 1, 'results': [record]})}\n\n\n".encode(), _JAVASCRIPT)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
