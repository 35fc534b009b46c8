"""The App Store Connect API: customer reviews of an app with answers and by version, TestFlight's feedback.

Shapes after Apple's documentation (customerReviews 2.0, betaFeedback*Submissions 4.0): JSON:API, `links.next`
with a cursor, `X-Rate-Limit: user-hour-lim:3600;user-hour-rem:...;` over the last 60 minutes, territories of
three letters, times of reviews in California's and those of feedback in UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.store.catalogue import BetaFeedback, Catalogue, Reply, State, StoreApp, StoreReview
from tests.store.faults import Fault
from tests.store.http_wire import Answer, Call
from tests.store.paging import Pair, Place, cut, place_of
from tests.store.wire_apple import CALIFORNIA

TERRITORIES = {
    "jp": "JPN", "us": "USA", "gb": "GBR", "de": "DEU", "fr": "FRA", "kr": "KOR", "tw": "TWN", "cn": "CHN",
    "ca": "CAN", "au": "AUS",
}  # fmt: skip
_PATH = re.compile(r"/v1/apps/(\d+)/(customerReviews|betaFeedback(?:Screenshot|Crash)Submissions)")
_VERSIONS = re.compile(r"/v1/apps/(\d+)/appStoreVersions")
_OF_VERSION = re.compile(r"/v1/appStoreVersions/version-(\d+)-([0-9.]+)/customerReviews")
_REPLIES = "/v1/customerReviewResponses"
_LONGEST = 5_970
_MOST = 200


def call_of(method: str, path: str, query: dict[str, str], body: bytes) -> Call | None:
    """The call that a request makes; None when it is not one of ours."""
    if method == "POST" and path == _REPLIES:
        return Call(route="connect_reply", params=_reply_of(body))
    found = _PATH.fullmatch(path)
    if method == "GET" and found is None:
        return _version_call(path, query)
    if method != "GET" or found is None:
        return None
    where = place_of(query.get("cursor"), _list_name(found[1], found[2]), "AQ.")
    route = "connect_reviews" if found[2] == "customerReviews" else "connect_beta_feedback"
    params = {"kind": found[2], "query": query, "path": path, "where": where}
    return Call(route=route, app=found[1], page=where.page if where else None, params=params)


def _version_call(path: str, query: dict[str, str]) -> Call | None:
    if listed := _VERSIONS.fullmatch(path):
        where = place_of(query.get("cursor"), path, "AQ.")
        return Call(
            route="connect_versions", app=listed[1], page=where.page if where else None,
            params={"query": query, "path": path, "where": where},
        )  # fmt: skip
    if of := _OF_VERSION.fullmatch(path):
        where = place_of(query.get("cursor"), path, "AQ.")
        return Call(
            route="connect_version_reviews", app=of[1], page=where.page if where else None,
            params={"query": query, "path": path, "where": where, "version": of[2]},
        )  # fmt: skip
    return None


def _reply_of(body: bytes) -> dict[str, Any]:
    """The review and the words of a request; None for what does not stand in its place."""
    try:
        data = json.loads(body)["data"]
        review = data["relationships"]["review"]["data"]
        is_right = data["type"] == "customerReviewResponses" and review["type"] == "customerReviews"
        return {"review": review["id"] if is_right else None, "text": data["attributes"]["responseBody"]}
    except (ValueError, KeyError, TypeError):
        return {"review": None, "text": None}


def reply(call: Call, catalogue: Catalogue, now: datetime, own: Callable[[str], bool]) -> Answer:
    """What Apple says to a reply whose token has been checked: 201, and the words stand in the place of what
    was answered before. `own` says which apps the key may answer for."""
    review_id, text = call.params["review"], call.params["text"]
    if not isinstance(review_id, str) or not isinstance(text, str):
        return error(409, "ENTITY_ERROR", "The provided entity is missing a required field")
    found = next(
        ((a, r) for a in catalogue.apps() for r in a.reviews if r.connect_id == review_id), (None, None)
    )  # fmt: skip
    app, review = found
    if app is None or review is None or review.at(now) is None:
        return error(
            404, "NOT_FOUND", f"There is no resource of type 'customerReviews' with id '{review_id}'"
        )
    if not own(app.app_id):
        return error(403, "FORBIDDEN_ERROR", "The API key in use does not allow this request")
    if not 0 < len(text) <= _LONGEST:
        return error(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "responseBody has a wrong length")
    catalogue.reply("app_store", app.app_id, review.review_id, Reply(at=now, text=text))
    made = {
        "type": "customerReviewResponses", "id": f"response-{review_id}",
        "attributes": {"responseBody": text, "lastModifiedDate": now.isoformat(), "state": "PENDING_PUBLISH"},
    }  # fmt: skip
    return Answer(_compact({"data": made}), "application/json", 201)


def _list_name(app: str, kind: str) -> str:
    return f"{app} {kind}"


def error(status: int, code: str, detail: str, *headers: tuple[str, str]) -> Answer:
    """A JSON:API error document."""
    record = {"id": "0", "status": str(status), "code": code, "title": code, "detail": detail}
    return Answer(_compact({"errors": [record]}), "application/json", status, headers)


def rate_header(limit: int, spent: int) -> tuple[str, str]:
    """How much of the hour is left."""
    return "X-Rate-Limit", f"user-hour-lim:{limit};user-hour-rem:{max(0, limit - spent)};"


def answer(call: Call, catalogue: Catalogue, now: datetime, fault: Fault | None, url: str) -> Answer:
    """What Apple says to a call whose token has been checked."""
    if fault and fault.kind == "gateway_error":
        return Answer(
            _compact({"errors": [{"status": "500", "code": "UNEXPECTED_ERROR"}]}), "application/json"
        )
    app = catalogue.app("app_store", call.app or "")
    if app is None:
        return error(404, "NOT_FOUND", f"There is no resource of type 'apps' with id '{call.app}'")
    query, where = call.params["query"], call.params["where"]
    limit = query.get("limit", "50")
    if not limit.isdigit() or not 1 <= int(limit) <= _MOST:
        return error(400, "PARAMETER_ERROR.INVALID", f"limit must be between 1 and {_MOST}")
    if where is None:
        return error(400, "PARAMETER_ERROR.INVALID", "'cursor' is not a valid cursor for this request")
    if query.get("sort", "-createdDate") != "-createdDate":
        return error(400, "PARAMETER_ERROR.INVALID", "this store sorts by -createdDate only")
    if call.route == "connect_versions":
        document, total, following = _versions(app, call, now, fault)
    elif call.route in ("connect_reviews", "connect_version_reviews"):
        document, total, following = _reviews(app, catalogue, call, now, fault, url)
    else:
        document, total, following = _feedback(app, call, now, fault, url)
    here = f"{url}{call.params['path']}"
    document["links"] = {"self": f"{here}?{urlencode(query)}"}
    if following is not None:
        document["links"]["next"] = f"{here}?{urlencode(query | {'cursor': following.token('AQ.')})}"
    document["meta"] = {"paging": {"total": total, "limit": int(limit)}}
    return Answer(_compact(document), "application/json")


def _reviews(
    app: StoreApp, catalogue: Catalogue, call: Call, now: datetime, fault: Fault | None, url: str
) -> tuple[dict[str, Any], int, Place | None]:
    query = call.params["query"]
    listing = catalogue.listing("app_store", app.app_id, None, now)
    if "version" in call.params:
        listing = [pair for pair in listing if pair[1].version == call.params["version"]]
    if wanted := query.get("filter[territory]"):
        listing = [pair for pair in listing if TERRITORIES.get(pair[0].place) in wanted.split(",")]
    pairs, following = cut(listing, call.params["where"], int(query.get("limit", "50")), fault, anchored=True)
    with_replies = query.get("include") == "response"
    data = [_moved(_review(r, s, now, url, with_replies), fault) for r, s in pairs]
    document: dict[str, Any] = {"data": data}
    if with_replies:
        document["included"] = [found for r, _ in pairs if (found := _response(r, now, url)) is not None]
    return document, len(listing), following


def _versions(
    app: StoreApp, call: Call, now: datetime, fault: Fault | None
) -> tuple[dict[str, Any], int, Place | None]:
    sold = [r for r in app.releases if r.at <= now]
    where: Place = call.params["where"]
    end = where.offset + int(call.params["query"].get("limit", "50"))
    data = [
        {
            "type": "appStoreVersions",
            "id": f"version-{app.app_id}-{r.version}",
            "attributes": {"versionString": r.version},
        }
        for r in sold[where.offset : end]
    ]
    following = Place(where.list_name, where.page + 1, end) if end < len(sold) else None
    return {"data": [_moved(item, fault) for item in data]}, len(sold), following


def _review(review: StoreReview, state: State, now: datetime, url: str, with_reply: bool) -> dict[str, Any]:
    own = f"{url}/v1/customerReviews/{review.connect_id}"
    response: dict[str, Any] = {
        "links": {"self": f"{own}/relationships/response", "related": f"{own}/response"}
    }
    if with_reply and review.reply_at(now) is not None:
        response["data"] = {"type": "customerReviewResponses", "id": f"response-{review.connect_id}"}
    return {
        "type": "customerReviews",
        "id": review.connect_id,
        "attributes": {
            "rating": state.stars,
            "title": state.title,
            "body": state.text,
            "reviewerNickname": review.author,
            "createdDate": state.at.astimezone(CALIFORNIA).isoformat(timespec="seconds"),
            "territory": TERRITORIES[review.place],
        },
        "relationships": {"response": response},
        "links": {"self": own},
    }


def _response(review: StoreReview, now: datetime, url: str) -> dict[str, Any] | None:
    said = review.reply_at(now)
    if said is None:
        return None
    return {
        "type": "customerReviewResponses",
        "id": f"response-{review.connect_id}",
        "attributes": {
            "responseBody": said.text,
            "lastModifiedDate": said.at.astimezone(CALIFORNIA).isoformat(timespec="seconds"),
            "state": "PUBLISHED",
        },
        "links": {"self": f"{url}/v1/customerReviewResponses/response-{review.connect_id}"},
    }


def _feedback(
    app: StoreApp, call: Call, now: datetime, fault: Fault | None, url: str
) -> tuple[dict[str, Any], int, Place | None]:
    kind, query = call.params["kind"], call.params["query"]
    wanted = "crash" if "Crash" in kind else "screenshot"
    notes = sorted(
        (n for n in app.feedback if n.kind == wanted and n.at <= now), key=lambda n: n.at, reverse=True
    )
    by_id = {note.feedback_id: note for note in notes}
    listing: list[Pair] = [
        (
            StoreReview(review_id=n.feedback_id, place="", states=(), author=""),
            State(at=n.at, stars=0, text=None),
        )
        for n in notes
    ]
    pairs, following = cut(listing, call.params["where"], int(query.get("limit", "50")), fault, anchored=True)
    shown = [by_id[review.review_id] for review, _ in pairs]
    document: dict[str, Any] = {"data": [_moved(_submission(note, kind, url), fault) for note in shown]}
    if "build" in query.get("include", "").split(","):
        numbers = sorted({note.version for note in shown})
        document["included"] = [
            {"type": "builds", "id": f"build-{n}", "attributes": {"version": n}} for n in numbers
        ]
    return document, len(notes), following


def _submission(note: BetaFeedback, kind: str, url: str) -> dict[str, Any]:
    own = f"{url}/v1/{kind}/{note.feedback_id}"
    attributes: dict[str, Any] = {
        "createdDate": note.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "comment": note.comment,
        "email": note.email,
        "deviceModel": "iPhone15_3",
        "osVersion": "26.3.1",
        "locale": note.locale,
        "timeZone": "Asia/Tokyo",
        "architecture": "arm64e",
        "connectionType": "WIFI",
        "pairedAppleWatch": None,
        "appUptimeInMilliseconds": 81_230,
        "diskBytesAvailable": 776_977_821_696,
        "diskBytesTotal": 1_023_877_271_552,
        "batteryPercentage": 80,
        "screenWidthInPoints": 428,
        "screenHeightInPoints": 926,
        "appPlatform": "IOS",
        "devicePlatform": "IOS",
        "deviceFamily": "IPHONE",
        "buildBundleId": "jp.example.app",
    }
    if note.kind == "screenshot":
        picture = {
            "url": "https://tf-feedback.example.invalid/1.jpeg?accessKey=x",
            "width": 1284,
            "height": 2778,
        }
        attributes["screenshots"] = [picture | {"expirationDate": attributes["createdDate"]}]
    relationships = {
        "build": {"data": {"type": "builds", "id": f"build-{note.version}"}},
        "tester": {"data": {"type": "betaTesters", "id": f"tester-{note.email.partition('@')[0]}"}},
    }
    return {
        "type": kind,
        "id": note.feedback_id,
        "attributes": attributes,
        "relationships": relationships,
        "links": {"self": own},
    }


def _moved(record: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    if fault is None or fault.kind != "layout_moved":
        return record
    names = {fault.field: f"x{fault.field}"}
    return record | {"attributes": {names.get(n, n): value for n, value in record["attributes"].items()}}


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
