"""The stores' own payload shapes, filled with the story: what a collector would have been sent.

The shapes are those that `flows.sources.google_play.parse` and `flows.sources.app_store.parse` read; names of
authors are in them, as the stores send them, so that the parsers have something to drop.

What each store displays follows its own rule, from the same daily ratings. Google Play shows an average that
weighs recent ratings more (its rule is not public; here every rating loses half its weight in 55 days). The
App Store shows the plain average of all ratings of a country since the developer last reset the summary,
which here happens with the redesign.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flows.sources.sample_store.reviews import State
from flows.sources.sample_store.story import REDESIGN, WRITES, Edition, Version, day_of, stars_given

HALF_LIFE = 55.0
# Before the launch a pilot with few people: without it the first day's score would be one day's noise.
_PILOT = (60.0, 22.0, 24.0, 30.0, 64.0)


@dataclass(frozen=True, slots=True)
class Displayed:
    """What a store shows at the end of a story day."""

    score: float
    """0 where there are no ratings, as the App Store writes it."""
    ratings: int
    written: int
    stars: tuple[int, ...]
    """Google Play: the re-weighted histogram; App Store: empty."""


def google_play_scores(edition: Edition, last_day: int) -> Iterator[Displayed]:
    """What Google Play shows, day by day."""
    decay = 0.5 ** (1 / HALF_LIFE)
    weights = list(_PILOT)
    ratings, written = sum(_PILOT), 0.0
    for day in range(last_day + 1):
        given = stars_given(edition, "google_play", "google_play", day)
        weights = [decay * w + g for w, g in zip(weights, given, strict=True)]
        ratings += sum(given)
        written += sum(g * w for g, w in zip(given, WRITES, strict=True))
        total = sum(weights)
        yield Displayed(
            score=sum(star * w for star, w in enumerate(weights, start=1)) / total,
            ratings=int(ratings),
            written=int(written),
            stars=tuple(round(ratings * w / total) for w in weights),
        )


def app_store_scores(edition: Edition, country: str, last_day: int) -> Iterator[Displayed]:
    """What the App Store shows in one country, day by day."""
    reset = int(day_of(REDESIGN, "app_store"))
    stars, ratings = 0, 0
    for day in range(last_day + 1):
        if day == reset:
            stars, ratings = 0, 0
        else:
            given = stars_given(edition, "app_store", country, day)
            stars += sum(star * g for star, g in enumerate(given, start=1))
            ratings += sum(given)
        score = stars / ratings if ratings else 0.0
        yield Displayed(score=score, ratings=ratings, written=0, stars=())


TITLES = {
    "ja": "くらしの手続き（サンプルデータ / sample data）",
    "en": "Everyday Procedures (sample data)",
}
PUBLISHER = "架空のデジタル室 / Fictional Digital Office"
_PACIFIC = timezone(timedelta(hours=-7))  # the App Store writes its times in California's
_ABOUT = {
    "ja": "引っ越し、証明書、手当の申請をスマートフォンで。このアプリは実在しません。",
    "en": "Moving house, certificates and benefits on your phone. This app does not exist.",
}


def _author(key: str) -> str:
    return f"sample-person-{key[:6]}"


def play_reviews(edition: Edition, states: Sequence[State], token: str | None = None) -> str:
    """An answer of `batchexecute` (rpc oCPfdb)."""
    items = [_play_review(edition, state) for state in states]
    # Without a next page the array before the last is the reviews themselves.
    content: list[Any] = [items, [None, token], None] if token else [items, None]
    inner = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    outer = [["wrb.fr", "oCPfdb", inner, None, None, None, "generic"], ["di", 41], ["af.httprm", 41, "0", 7]]
    return ")]}'\n\n" + json.dumps(outer, ensure_ascii=False, separators=(",", ":"))


def _play_review(edition: Edition, state: State) -> list[Any]:
    reply = None
    if state.reply is not None and state.reply_day is not None:
        reply = [PUBLISHER, state.reply, [_seconds(edition, state.reply_day), 0]]
    image = [None, 2, None, [None, None, f"https://play-lh.example.invalid/a-/{state.key[:8]}"]]
    return [
        _uuid(state.key),
        [_author(state.key), image],
        state.stars,
        None,
        state.text,
        [_seconds(edition, state.day), 0],
        state.votes,
        reply,
        None,
        None,
        state.version,
    ]


def _uuid(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


def _seconds(edition: Edition, day: float) -> int:
    return int(edition.moment(day).timestamp())


def play_details(edition: Edition, shown: Displayed, version: Version, language: str) -> str:
    """A details page, cut down to the script block that carries the data."""
    app: dict[tuple[int, ...], Any] = {
        (0, 0): TITLES[language],
        (9, 0): "3+",
        (10, 0): f"{edition.start:%Y/%m/%d}",
        (13,): _installs(shown.ratings),
        (48,): None,
        (51,): _ratings(shown),
        (57, 0, 0, 0, 0, 1, 0): [0, "JPY", ""],
        (68, 0): PUBLISHER,
        (68, 1, 4, 2): "/store/apps/developer?id=Fictional+Digital+Office",
        (72, 0, 1): _ABOUT[language],
        (73, 0, 1): _ABOUT[language],
        (79, 0, 0): ["Tools", None, "TOOLS"],
        (95, 0, 3, 2): "https://play-lh.example.invalid/icon",
        (99, 0, 5, 2): "https://kurashi.example/privacy",
        (140, 0, 0, 0): version.version,
        (144, 1, 1): version.notes.replace("\n", "<br>"),
        (145, 0): [f"{edition.moment(version.day):%Y/%m/%d}", [_seconds(edition, version.day), 0]],
    }
    root: list[Any] = []
    for path, value in app.items():
        _put(root, (1, 2, *path), value)
    data = json.dumps(root, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    blocks = "".join(
        f"<script nonce=\"sample\">AF_initDataCallback({{key: '{key}', hash: '1', data:{block}, "
        "sideChannel: {}});</script>"
        for key, block in (("ds:4", "[]"), ("ds:5", data))
    )
    head = f'<html lang="{language}"><head><title>{TITLES[language]}</title></head>'
    return f"<!doctype html>{head}<body>{blocks}</body></html>"


def _installs(ratings: int) -> list[Any]:
    """About one in twenty who install an app rates it."""
    exact = ratings * 19
    bucket = next(b for b in (5_000_000, 1_000_000, 500_000, 100_000, 50_000, 10_000, 1_000, 0) if exact >= b)
    return [f"{bucket:,}+", bucket, exact, f"{bucket // 1000}K+"]


def _ratings(shown: Displayed) -> list[Any]:
    stars = [None, *([str(star), count] for star, count in enumerate(shown.stars, start=1))]
    return [
        [f"{shown.score:.1f}", shown.score],
        stars,
        [f"{shown.ratings:,}", shown.ratings],
        [f"{shown.written:,}", shown.written],
    ]


def _put(root: list[Any], path: Sequence[int], value: Any) -> None:
    for place, step in enumerate(path):
        root.extend([None] * (step + 1 - len(root)))
        if place == len(path) - 1:
            root[step] = value
        else:
            if root[step] is None:
                root[step] = []
            root = root[step]


def app_store_feed(edition: Edition, states: Sequence[State], country: str, page_at: datetime) -> str:
    """A page of the customer-reviews feed: a lone entry is an object, no entry is no key at all."""
    feed: dict[str, Any] = {
        "author": {
            "name": {"label": "iTunes Store"},
            "uri": {"label": f"http://www.apple.com/{country}/itunes/"},
        },
        "updated": {"label": _pacific(page_at)},
        "rights": {"label": "Sample data"},
        "title": {"label": "iTunes Store: Customer Reviews"},
        "icon": {"label": "http://itunes.apple.com/favicon.ico"},
        "link": [{"attributes": {"rel": "self", "href": _feed_address(edition, country)}}],
        "id": {"label": _feed_address(edition, country)},
    }
    entries = [_feed_entry(edition, state, country) for state in states]
    if entries:
        feed["entry"] = entries if len(entries) > 1 else entries[0]
    return json.dumps({"feed": feed}, ensure_ascii=False, separators=(",", ":"))


def _feed_address(edition: Edition, country: str) -> str:
    return f"https://itunes.apple.com/{country}/rss/customerreviews/id={edition.app_store_id}/sortby=mostrecent/json"


def _feed_entry(edition: Edition, state: State, country: str) -> dict[str, Any]:
    number = str(int(state.key[:12], 16))[:11].rjust(11, "1")
    entry: dict[str, Any] = {
        "author": {
            "uri": {"label": f"https://itunes.apple.com/{country}/reviews/id{number}"},
            "name": {"label": _author(state.key)},
            "label": "",
        },
        "updated": {"label": _pacific(edition.moment(state.day))},
        "im:rating": {"label": str(state.stars)},
        "im:version": {"label": state.version},
        "id": {"label": number},
        "title": {"label": state.title},
        "content": {"label": state.text, "attributes": {"type": "text"}},
        "link": {"attributes": {"rel": "related", "href": _feed_address(edition, country)}},
        "im:voteSum": {"label": str(state.votes)},
        "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
        "im:voteCount": {"label": str(state.votes)},
    }
    if state.version is None:
        del entry["im:version"]
    return entry


def app_store_lookup(edition: Edition, shown: Displayed, version: Version, country: str) -> str:
    """The lookup's answer for one country."""
    language = "ja" if country == "jp" else "en"
    app = {
        "wrapperType": "software",
        "kind": "software",
        "trackId": int(edition.app_store_id),
        "bundleId": edition.play_id,
        "trackName": TITLES[language],
        "sellerName": PUBLISHER,
        "description": _ABOUT[language],
        "averageUserRating": round(shown.score, 5),
        "userRatingCount": shown.ratings,
        "version": version.version,
        "currentVersionReleaseDate": f"{edition.moment(version.day):%Y-%m-%dT%H:%M:%SZ}",
        "releaseNotes": version.notes if country == "jp" else version.notes_en,
        "releaseDate": f"{edition.moment(0).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "price": 0.0,
        "currency": "JPY" if country == "jp" else "USD",
    }
    return json.dumps({"resultCount": 1, "results": [app]}, ensure_ascii=False, separators=(",", ":"))


def _pacific(moment: datetime) -> str:
    return moment.astimezone(_PACIFIC).isoformat(timespec="seconds")
