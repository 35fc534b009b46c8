"""androidpublisher v3: `reviews.list` for one's own apps, and the token address of a service account.

Reviews of the last week with text only; 64-bit numbers are strings; the text is title, tab, body with an
empty title; an answer without reviews has no `reviews` at all.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.store.catalogue import Catalogue, Reply, State, StoreReview
from tests.store.faults import Fault
from tests.store.http_wire import JSON, Answer, Call
from tests.store.paging import cut, place_of

_PATH = re.compile(r"/androidpublisher/v3/applications/([^/]+)/reviews")
_REPLY = re.compile(r"/androidpublisher/v3/applications/([^/]+)/reviews/([^/]+):reply")
_LONGEST = 350
_MOST = 100
_WEEK = timedelta(days=7)


def call_of(method: str, path: str, query: dict[str, str], body: bytes) -> Call | None:
    """The call that a request makes; None when it is not one of ours."""
    if method == "POST" and path == "/token":
        return Call(
            route="publisher_token", params={"form": dict(parse_qsl(body.decode("ascii", "replace")))}
        )
    if method == "POST" and (answered := _REPLY.fullmatch(path)):
        said = {"review": unquote(answered[2]), "body": body}
        return Call(route="publisher_reply", app=unquote(answered[1]), params=said)
    found = _PATH.fullmatch(path)
    if method != "GET" or found is None:
        return None
    app = unquote(found[1])
    where = place_of(query.get("token"), app)
    params = {"query": query, "where": where}
    return Call(route="publisher_reviews", app=app, page=where.page if where else None, params=params)


def error(status: int, name: str, message: str) -> Answer:
    """Google's error object."""
    return Answer(_compact({"error": {"code": status, "message": message, "status": name}}), JSON, status)


def answer(call: Call, catalogue: Catalogue, now: datetime, fault: Fault | None, *, anchored: bool) -> Answer:
    """What Google says to a call whose token has been checked."""
    if fault and fault.kind == "gateway_error":
        return Answer(_compact({"error": {"code": 503, "status": "UNAVAILABLE"}}), JSON)
    if catalogue.app("google_play", call.app or "") is None:
        return error(404, "NOT_FOUND", f"Package not found: {call.app}.")
    where, wanted = call.params["where"], call.params["query"].get("maxResults", "10")
    if where is None or not wanted.isdigit() or int(wanted) < 1:
        return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
    listing = [
        (review, state)
        for review, state in catalogue.listing("google_play", call.app or "", None, now)
        if state.text and state.at > now - _WEEK
    ]
    pairs, following = cut(listing, where, min(_MOST, int(wanted)), fault, anchored=anchored)
    document: dict[str, Any] = {}
    if pairs:
        document["reviews"] = [_review(review, state, now, fault) for review, state in pairs]
    if following is not None:
        document["tokenPagination"] = {"nextPageToken": following.token()}
    return Answer(_compact(document), JSON)


def reply(call: Call, catalogue: Catalogue, now: datetime) -> Answer:
    """What Google says to a reply whose token has been checked: the words, without tags, take the place of
    what was answered before."""
    try:
        text = json.loads(call.params["body"])["replyText"]
    except (ValueError, KeyError, TypeError):
        return error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
    app = catalogue.app("google_play", call.app or "")
    review = next((r for r in app.reviews if r.review_id == call.params["review"]), None) if app else None
    if review is None or review.at(now) is None:
        return error(404, "NOT_FOUND", "Review not found.")
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
        return error(400, "INVALID_ARGUMENT", "The reply text is too long.")
    shown = re.sub(r"<[^>]*>", "", text)
    catalogue.reply("google_play", call.app or "", review.review_id, Reply(at=now, text=shown))
    edited = {"seconds": str(int(now.timestamp())), "nanos": 0}
    return Answer(_compact({"result": {"replyText": shown, "lastEdited": edited}}), JSON)


def _review(review: StoreReview, state: State, now: datetime, fault: Fault | None) -> dict[str, Any]:
    written: dict[str, Any] = {
        "text": f"\t{state.text}",
        "lastModified": {"seconds": str(int(state.at.timestamp())), "nanos": 417_000_000},
        "starRating": state.stars,
        "reviewerLanguage": review.place,
        "device": "husky",
        "androidOsVersion": 35,
    }
    if state.stars == 1:
        # Google names the model of some devices only.
        written["deviceMetadata"] = {"productName": "husky (Pixel 8 Pro)", "manufacturer": "Google"}
    if state.version:
        written["appVersionCode"] = int(state.version.replace(".", "0"))
        written["appVersionName"] = state.version
    if review.thumbs_up:
        written["thumbsUpCount"] = review.thumbs_up
    if fault and fault.kind == "layout_moved" and fault.field in written:
        written[f"x{fault.field}"] = written.pop(fault.field)
    comments: list[dict[str, Any]] = [{"userComment": written}]
    said = review.reply_at(now)
    if said is not None:
        when = {"seconds": str(int(said.at.timestamp())), "nanos": 0}
        comments.append({"developerComment": {"text": said.text, "lastModified": when}})
    name = "xreviewId" if fault and fault.kind == "layout_moved" and fault.field == "reviewId" else "reviewId"
    return {name: review.review_id, "authorName": review.author, "comments": comments}


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
