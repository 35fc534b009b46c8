"""Crawls under drawn plans of faults: no review lost, none twice, no false "complete"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.collection.collector import RefreshPolicy, collect
from flows.sources.app_store.feed import AppStoreApp, AppStoreFeed, AppStoreLookup
from flows.sources.base import Source
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import ClientOptions, RateLimiter, StoreClient
from tests.store.crawls import Crawl, Ended, differences, run_crawls
from tests.store.server import StoreServer
from warehouse.landing import Landing
from warehouse.writes import writer

IMPATIENT = ClientOptions(connect=2, read=0.1, total=0.5)
COLUMNS = (
    "store, store_app_id, review_id, rating, title, text, reviewed_at, version, reply, replied_at, thumbs_up"
)


def collect_all(server: StoreServer, data: Path) -> Sequence[Ended]:
    """One run of the collectors of both stores, in the store's time: waiting costs nothing."""
    clock = server.clock
    limiter = RateLimiter(
        10, clock=lambda: clock.now().timestamp(), sleep=lambda seconds: void(clock.advance(seconds))
    )
    client = StoreClient(limiter=limiter, options=IMPATIENT, now=clock.now)
    ends = []
    for source in _sources(server, client):
        for request in source.requests(clock.now()):
            began_at = clock.now()
            done = collect(
                source, request, Landing(data), run_id="run", is_sample=False,
                policy=RefreshPolicy(lookback=timedelta(days=14)),
            )  # fmt: skip
            ends.append(Ended(request.store, request.what, done.outcome, done.reason, began_at))
    client.close()
    return ends


def void(_value: object) -> None:
    """`sleep` gives nothing back."""


def _sources(server: StoreServer, client: StoreClient) -> list[Source]:
    play, apple = (
        [app.app_id for app in server.catalogue.apps() if app.store == s]
        for s in ("google_play", "app_store")
    )
    feed = [AppStoreApp(app_id=app, countries=("jp",)) for app in apple]
    return [
        GooglePlayWeb(
            client,
            [PlayApp(app_id=app, languages=("ja",), country="jp") for app in play],
            address=server.url,
        ),
        AppStoreFeed(client, feed, address=server.url),
        AppStoreLookup(client, feed, address=server.url),
    ]


def landed(data: Path, store: str, app: str) -> set[str]:
    """The ids of an app's landed reviews."""
    landing = Landing(data)
    ids = set()
    for path in (landing.folder / "reviews").glob(f"*-{store}-{app}-*/*.jsonl.gz"):
        part = path.name.removesuffix(".jsonl.gz")
        ids |= {str(row["review_id"]) for row in landing.read("reviews", path.parent.name, part)}
    return ids


def table(data: Path, crawls: Sequence[Crawl]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the reviews' table by app."""
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    with writer(data) as w:
        w.load(max(crawl.ended_at for crawl in crawls if crawl.ended_at))
        for row in w.con.execute(f"select {COLUMNS} from core.reviews").fetchall():
            rows[row[1]].append(row)
    return rows


def _all_is_well(seeds: Sequence[int], folder: Path) -> None:
    disturbed, calm = folder / "disturbed", folder / "calm"
    crawls = [run_crawls(collect_all, landed, seed, disturbed, calm) for seed in seeds]
    rows, undisturbed = table(disturbed, crawls), table(calm, crawls)
    for crawl in crawls:
        mine, theirs = (
            [row for app in crawl.catalogue.apps() for row in of[app.app_id]] for of in (rows, undisturbed)
        )
        crawl.problems += differences(crawl, mine, theirs)
    failed = [crawl for crawl in crawls if crawl.problems]
    assert not failed, f"{len(failed)} of {len(crawls)} went wrong:\n" + "\n".join(map(str, failed))


def test_plans_of_faults_lose_nothing_double_nothing_and_claim_nothing_false(tmp_path: Path) -> None:
    # 42: a token that repeats; 30: an edit in mid-crawl; 16: an end that is none; 0: a full last page.
    _all_is_well((0, 5, 9, 16, 30, 42), tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("start", range(0, 500, 50))
def test_five_hundred_plans_of_faults_do_neither(tmp_path: Path, start: int) -> None:
    _all_is_well(range(start, start + 50), tmp_path)
