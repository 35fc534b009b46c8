"""Google Play's website: `batchexecute` for reviews and the details page.

The layout is that which google-play-scraper 1.2.7 reads (`constants/element.py`, `constants/request.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from tests.store.catalogue import Catalogue, Displayed, State, StoreApp, StoreRelease, StoreReview
from tests.store.faults import Fault
from tests.store.http_wire import HTML, JSON, Answer, Call, not_found
from tests.store.paging import cut, place_of

MOST_PER_PAGE = 200
"""Play cuts larger wishes down; the real figure has changed over the years."""
_NEWEST = 2
_ITEM_AT = {"reviewId": 0, "score": 2, "content": 4, "at": 5}
_DETAIL_AT: dict[str, tuple[int, ...]] = {
    "score": (1, 2, 51, 0, 1),
    "ratings": (1, 2, 51, 2, 1),
    "histogram": (1, 2, 51, 1),
}


def call_of(method: str, path: str, query: dict[str, str], body: bytes) -> Call | None:
    """The call that a request makes; None when it is not one of ours."""
    place = query.get("hl", "en").partition("-")[0].lower()
    if method == "POST" and path == "/_/PlayStoreUi/data/batchexecute":
        return _review_call(body, place)
    if method == "GET" and path == "/store/apps/details":
        return Call(
            route="play_details",
            app=query.get("id"),
            place=place,
            params={"country": query.get("gl", "us").lower()},
        )
    return None


def _review_call(body: bytes, place: str) -> Call | None:
    """f.req = [[["oCPfdb", inner, null, "generic"]]], inner as text:
    [null, [2, sort, [count, null, token], null, [null, stars, ...]], [app, 7]].
    """
    form = parse_qs(body.decode("ascii").strip())
    try:
        name, inner, *_ = json.loads(form["f.req"][0])[0][0]
        _, (_, sort, (count, *more), _, filters), (app, _) = json.loads(inner)
    except (KeyError, ValueError, TypeError):
        return None
    if name != "oCPfdb":
        return None
    token = more[1] if len(more) > 1 else None
    where = place_of(token, _list_name(app, place))
    return Call(
        route="play_reviews",
        app=app,
        place=place,
        page=where.page if where else None,
        params={"sort": sort, "count": count, "token": token, "stars": filters[1]},
    )


def _list_name(app: str, place: str) -> str:
    return f"{app} {place}"


def answer(call: Call, catalogue: Catalogue, now: datetime, fault: Fault | None, *, anchored: bool) -> Answer:
    """What Play says to a call."""
    app = catalogue.app("google_play", call.app or "")
    if call.route == "play_details":
        return _details(app, call, now, fault) if app else not_found()
    if app is None:
        return _executed(None, [5])
    if fault and fault.kind == "gateway_error":
        return _executed(
            None, [8, None, [["type.googleapis.com/com.google.play.gateway.proto.PlayGatewayError", [1]]]]
        )
    place = place_of(call.params["token"], _list_name(app.app_id, call.place or ""))
    if place is None:
        return _executed(None, [3])
    listing = catalogue.listing("google_play", app.app_id, call.place, now)
    if call.params["stars"] is not None:
        listing = [pair for pair in listing if pair[1].stars == call.params["stars"]]
    if call.params["sort"] != _NEWEST:
        listing = sorted(listing, key=lambda pair: -pair[0].thumbs_up)
    pairs, following = cut(listing, place, min(call.params["count"], MOST_PER_PAGE), fault, anchored=anchored)
    items = [_item(review, state, app, now) for review, state in pairs]
    if fault and fault.kind == "layout_moved":
        items = [_moved(item, _ITEM_AT[fault.field], fault) for item in items]
    if following is not None:
        return _executed([items, [None, following.token()], None])
    # Without a next page the array before the last is the reviews themselves.
    return _executed([items, None] if items else [])


def _executed(content: list[Any] | None, error: list[Any] | None = None) -> Answer:
    inner = None if content is None else _compact(content)
    outer = [["wrb.fr", "oCPfdb", inner, None, None, error, "generic"], ["di", 41], ["af.httprm", 41, "0", 7]]
    return Answer((")]}'\n\n" + _compact(outer)).encode(), JSON)


def _item(review: StoreReview, state: State, app: StoreApp, now: datetime) -> list[Any]:
    said = review.reply_at(now)
    reply = None if said is None else [app.publisher, said.text, [int(said.at.timestamp()), 0]]
    face = [None, 2, None, [None, None, f"https://play-lh.example.invalid/a-/{review.review_id[:8]}"]]
    when = [int(state.at.timestamp()), 417_000_000]
    head = [review.review_id, [review.author, face], state.stars, None, state.text]
    return [*head, when, review.thumbs_up, reply, None, None, state.version]


def _moved(item: list[Any], at: int, fault: Fault) -> list[Any]:
    if fault.mode == "shift":
        return [*item[:at], None, *item[at:]]
    return [*item[:at], None, *item[at + 1 :], None, item[at]]


def _details(app: StoreApp, call: Call, now: datetime, fault: Fault | None) -> Answer:
    language, country = call.place or "en", call.params["country"]
    root: list[Any] = []
    for path, value in _facts(app, app.shown(country, now), app.release(now), language).items():
        _put(root, (1, 2, *path), value)
    key = "ds:5"
    if fault and fault.kind == "layout_moved":
        if fault.field == "ds:5":
            key = "ds:6"
        else:
            path = _DETAIL_AT[fault.field]
            inner = _at(root, path[:-1])
            inner[:] = _moved(inner, path[-1], fault)
    blocks = "".join(_block(name, data) for name, data in (("ds:3", []), (key, root), ("ds:8", [None])))
    head = f'<html lang="{language}" dir="ltr"><head><title>{app.name(language)}</title></head>'
    return Answer(f"<!doctype html>{head}<body>{blocks}</body></html>".encode(), HTML)


def _facts(
    app: StoreApp, shown: Displayed | None, release: StoreRelease | None, language: str
) -> dict[tuple[int, ...], Any]:
    about = f"{app.name(language)} &amp; 架空"
    facts: dict[tuple[int, ...], Any] = {
        (0, 0): app.name(language),
        (9, 0): "3+",
        (10, 0): "2025/01/20",
        (13,): None if shown is None else _installs(shown.installs),
        (48,): None,
        (51,): None if shown is None else _ratings(shown),
        (57, 0, 0, 0, 0, 1, 0): [0, "JPY", ""],
        (68, 0): app.publisher,
        (68, 1, 4, 2): "/store/apps/developer?id=Imaginary",
        (72, 0, 1): about,
        (73, 0, 1): about,
        (79, 0, 0): ["Tools", None, "TOOLS"],
        (95, 0, 3, 2): "https://play-lh.example.invalid/icon",
        (145, 0): None,
    }  # fmt: skip
    if release is not None:
        facts[140, 0, 0, 0] = release.version
        facts[144, 1, 1] = _html(release.notes.get(language, ""))
        facts[145, 0] = [f"{release.at:%Y/%m/%d}", [int(release.at.timestamp()), 0]]
    return facts


def _ratings(shown: Displayed) -> list[Any]:
    stars = [None, *([str(star), count] for star, count in enumerate(shown.stars, start=1))]
    counts = ([f"{count:,}", count] for count in (shown.ratings, shown.written))
    return [[f"{shown.score:.1f}", shown.score], stars, *counts]


def _installs(exact: int) -> list[Any]:
    bucket = exact // 1000 * 1000
    return [f"{bucket:,}+", bucket, exact, f"{bucket // 1000}K+"]


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


def _block(key: str, data: object) -> str:
    # As in the real page: nothing in the data can end the script.
    safe = _compact(data).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"<script class=\"{key}\" nonce=\"x\">AF_initDataCallback({{key: '{key}', hash: '7', data:{safe}, sideChannel: {{}}}});</script>"  # noqa: E501


def _put(root: list[Any], path: Sequence[int], value: Any) -> None:
    for step in path[:-1]:
        root.extend([None] * (step + 1 - len(root)))
        if root[step] is None:
            root[step] = []
        root = root[step]
    root.extend([None] * (path[-1] + 1 - len(root)))
    root[path[-1]] = value


def _at(root: list[Any], path: Sequence[int]) -> list[Any]:
    for step in path:
        root = root[step]
    return root


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
