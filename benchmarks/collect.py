"""How fast do we collect when no rate holds us back, and is a rate kept when one does?

20 apps in 3 countries from the loopback feed, and one app of 10,000 reviews from the loopback Google Play,
through gate, landing and coverage. The store runs in a process of its own, on the same cores.

    python benchmarks/collect.py
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flows.collection.collector import Collected, collect
from flows.sources.app_store.feed import AppStoreApp, AppStoreFeed
from flows.sources.base import Request, Source
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import RateLimiter, StoreClient
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from warehouse.landing import Landing

APPS, COUNTRIES, REVIEWS, LARGE = 20, ("jp", "us", "gb"), 480, 10_000
RATE, SECONDS = 20.0, 10.0
IDS = [str(1_500_000_001 + n) for n in range(APPS)]


def _store(pipe: Connection) -> None:
    apps = [app_store_app(i, reviews=REVIEWS, countries=COUNTRIES) for i in IDS]
    apps.append(play_app("jp.example.large", reviews=LARGE, languages=("ja",)))
    with StoreServer(Catalogue(apps)) as server:
        pipe.send(server.url)
        while pipe.recv() == "how many":
            pipe.send(len(server.requests))


def _all(source: Source, requests: list[Request], data: Path, workers: int) -> list[Collected]:
    def one(request: Request) -> Collected:
        return collect(source, request, Landing(data), run_id="bench", is_sample=False)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, requests))


def _measured(name: str, source: Source, workers: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        requests = [a for a in source.requests(datetime.now(UTC)) if a.what == "reviews"]
        started, cpu = time.perf_counter(), time.process_time()
        done = _all(source, requests, Path(folder), workers)
        took, spent = time.perf_counter() - started, time.process_time() - cpu
    got = sum(c.got for c in done)
    return {
        "what": name, "asks": len(requests), "reviews": got, "seconds": round(took, 2),
        "our_cpu_seconds": round(spent, 2), "reviews_per_second": round(got / took),
        "reviews_per_cpu_second": round(got / spent), "outcomes": sorted({c.outcome for c in done}),
    }  # fmt: skip


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    store = multiprocessing.get_context("spawn").Process(target=_store, args=(theirs,), daemon=True)
    store.start()
    url = ours.recv()
    apple = [AppStoreApp(app_id=i, countries=COUNTRIES) for i in IDS]
    play = [PlayApp(app_id="jp.example.large", languages=("ja",))]
    free = StoreClient(limiter=RateLimiter(None))
    report: list[dict[str, object]] = [
        _measured(
            f"feed, {APPS} apps x {len(COUNTRIES)} countries", AppStoreFeed(free, apple, address=url), 4
        ),
        _measured("google play, 10,000 reviews", GooglePlayWeb(free, play, address=url), 1),
    ]
    ours.send("how many")
    before = ours.recv()
    held = StoreClient(limiter=RateLimiter(RATE))
    few = apple[: int(RATE * SECONDS / 11 / len(COUNTRIES)) or 1]
    kept = _measured(f"the same at {RATE:.0f} requests a second", AppStoreFeed(held, few, address=url), 4)
    ours.send("how many")
    kept["requests_per_second"] = round((ours.recv() - before) / float(str(kept["seconds"])), 1)
    report.append(kept)
    ours.send("stop")
    store.join()
    print(json.dumps({"load": os.getloadavg(), "cores": os.cpu_count(), "measured": report}, indent=1))


if __name__ == "__main__":
    main()
