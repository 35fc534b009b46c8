"""A small collector for tests: the real sources on the loopback store, and what ended up in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.collection.collector import Collected, RefreshPolicy, collect
from flows.sources.app_store.feed import AppStoreApp, AppStoreFeed, AppStoreLookup
from flows.sources.base import Source
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import ClientOptions, RateLimiter, StoreClient
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.warehouse.house import NOW, open_writer, rows
from warehouse.landing import Landing

PLAY, APPLE = "jp.example.app", "1500000001"
PER_PAGE = 30
# What a review says and when; not who brought it in which run.
CONTENT = (
    "store, store_app_id, review_id, rating, title, text, reviewed_at, language, country, version, reply"
)


def store_client(server: StoreServer, **wanted: Any) -> StoreClient:
    """A client whose waiting moves the store's clock and takes no time."""
    limiter = RateLimiter(None, clock=lambda: server.clock.now().timestamp(), sleep=server.clock.advance)
    options = ClientOptions(**({"read": 10.0, "attempts": 4} | wanted))
    return StoreClient(limiter=limiter, options=options, now=server.clock.now, chance=lambda: 0.5)


def sources(server: StoreServer, client: StoreClient, *, per_page: int = PER_PAGE) -> list[Source]:
    """Google Play in Japanese, the App Store in Japan."""
    apple = [AppStoreApp(app_id=APPLE, countries=("jp",))]
    return [
        GooglePlayWeb(
            client, [PlayApp(app_id=PLAY, languages=("ja",))], address=server.url, per_page=per_page
        ),
        AppStoreFeed(client, apple, address=server.url),
        AppStoreLookup(client, apple, address=server.url),
    ]


def catalogue(*, play: int = 100, apple: int = 130, seed: int = 1) -> Catalogue:
    """One app in each store."""
    return Catalogue(
        [
            play_app(PLAY, reviews=play, languages=("ja",), seed=seed),
            app_store_app(APPLE, reviews=apple, countries=("jp",), seed=seed),
        ]
    )


def run(
    server: StoreServer, data: Path, *, policy: RefreshPolicy | None = None, only: str = "", **wanted: Any
) -> dict[str, Collected]:
    """One run over all requests, each by source and subject."""
    client = store_client(server)
    done = {}
    try:
        for source in sources(server, client, **wanted):
            for request in source.requests(server.clock.now()):
                if only and source.name != only:
                    continue
                done[f"{source.name} {request.what}"] = collect(
                    source, request, Landing(data), run_id="run", is_sample=False, policy=policy
                )
    finally:
        client.close()
    return done


def coverage(data: Path) -> Iterator[dict[str, Any]]:
    """Every coverage row that was landed."""
    landing = Landing(data)
    for path in landing.files("coverage"):
        _, batch, part = path.split("/")
        yield from landing.read("coverage", batch, part.removesuffix(".jsonl.gz"))


def landed_ids(data: Path, store: str) -> set[str]:
    """The ids of all reviews of a store that were landed."""
    landing = Landing(data)
    found = set()
    for path in landing.files("reviews"):
        _, batch, part = path.split("/")
        for row in landing.read("reviews", batch, part.removesuffix(".jsonl.gz")):
            if row["store"] == store:
                found.add(str(row["review_id"]))
    return found


def reviews(data: Path) -> list[dict[str, Any]]:
    """What the table of reviews holds once everything is loaded."""
    w = open_writer(data)
    w.load(NOW)
    return rows(w.con, f"select {CONTENT} from core.reviews order by all")
