"""Many crawls of the loopback store, each under its own drawn plan of faults, against undisturbed ones.

A crawl is one run in a bad hour, and one run the day after in a good one, between which people went on
writing. What must hold:

- after the first run no coverage row claims more than is true: where it says complete, every review that was
  on show when the run began, and has not moved since, has been landed;
- after the second run the tables are those of a crawl that met no fault at all, and those of the catalogue,
  and it says complete; only where a list ends with a full page may a reader doubt that it ends there;
- nobody came before a Retry-After had passed, and no run made more requests than a patient reader needs.

The crawls of all seeds land in one data folder, each under its own app, so that the warehouse loads once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from tests.store.catalogue import Catalogue
from tests.store.faults import Fault, FaultPlan
from tests.store.generate import app_store_app, play_app
from tests.store.http_wire import Call
from tests.store.movement import move
from tests.store.server import StoreServer

ROUTES = (
    "play_reviews",
    "play_reviews",
    "app_store_feed",
    "app_store_feed",
    "play_details",
    "app_store_lookup",
)
PLACES = {"google_play": "ja", "app_store": "jp"}
PAGES = {"google_play": 199, "app_store": 50}
"""How many reviews a full page has, as the collectors ask."""
MOST_REQUESTS = 400
"""In one run over four short lists: more would be a client that goes round in circles."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one request of a run ended, as its coverage row says."""

    store: str
    asked_for: str
    outcome: str
    reason: str | None
    began_at: datetime
    """By the store's clock."""


class Collect(Protocol):
    """One run over a store's apps: land what it gives in a data folder, and say how each request ended.

    It must take its time, and its sleep, from `server.clock`.
    """

    def __call__(self, server: StoreServer, data: Path) -> Sequence[Ended]: ...


Landed = Callable[[Path, str, str], set[str]]
"""(data, store, app id): the ids of the reviews that have been landed."""


@dataclass(slots=True)
class Crawl:
    """One seed's story; `problems` is empty when all is well."""

    seed: int
    plan: FaultPlan
    catalogue: Catalogue
    first: Sequence[Ended] = ()
    second: Sequence[Ended] = ()
    requests: int = 0
    ended_at: datetime | None = None
    problems: list[str] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = "\n  ".join(self.problems)
        ends = [f"{e.store} {e.asked_for}: {e.outcome} ({e.reason})" for e in self.first]
        return f"seed {self.seed}, fired {self.fired}, first run {ends}:\n  {told}"


def app_ids(seed: int) -> dict[str, str]:
    """The apps of a seed."""
    return {"google_play": f"jp.example.s{seed}", "app_store": str(1_500_000_000 + seed)}


def catalogue_of(seed: int) -> Catalogue:
    """About three pages on Google Play and three in the App Store; now and then exactly full ones."""
    play = (398, 450, 597, 30)[seed % 4]
    apple = (130, 100, 49, 210)[seed // 4 % 4]
    ids = app_ids(seed)
    return Catalogue(
        [
            play_app(ids["google_play"], reviews=play, languages=["ja"], seed=seed),
            app_store_app(ids["app_store"], reviews=apple, countries=["jp"], seed=seed),
        ]
    )


def run_crawls(collect: Collect, landed: Landed, seed: int, data: Path, undisturbed: Path) -> Crawl:
    """The two runs of one seed into `data`, and one without faults of the same store into `undisturbed`."""
    plan = FaultPlan.random(seed, routes=ROUTES)
    catalogue = catalogue_of(seed)
    crawl = Crawl(seed, plan, catalogue)
    with StoreServer(catalogue, plan) as server:
        crawl.first = collect(server, data)
        crawl.fired = [f"{f.kind} on {f.route}" for f in plan.fired]
        crawl.problems += _false_completes(crawl, landed, data)
        if not plan.fired:
            crawl.problems += _needless_doubts(crawl, "nothing went wrong", crawl.first, server.clock.now())
        crawl.requests = len(server.requests)
        plan.heal()
        server.clock.advance(days=1)
        _a_day_s_life(crawl, server)
        crawl.second = collect(server, data)
        crawl.problems += _needless_doubts(crawl, "second run", crawl.second, server.clock.now())
        crawl.problems += [f"came too early: request {r.number} of {r.route}" for r in server.too_early()]
        crawl.ended_at = server.clock.now()
    if crawl.requests > MOST_REQUESTS:
        crawl.problems.append(f"the first run made {crawl.requests} requests")
    with StoreServer(catalogue, clock=server.clock) as calm:
        ends = collect(calm, undisturbed)
        crawl.problems += _needless_doubts(crawl, "undisturbed", ends, calm.clock.now())
    return crawl


def _a_day_s_life(crawl: Crawl, server: StoreServer) -> None:
    """Between the two runs people write new reviews and change old ones."""
    for store, app in app_ids(crawl.seed).items():
        call = Call(route=f"{store}_any", app=app, place=PLACES[store])
        for change in (Fault("insert", count=3), Fault("edit", count=2)):
            move(server.catalogue, server.clock, call, change, crawl.plan.dice)


def _false_completes(crawl: Crawl, landed: Landed, data: Path) -> list[str]:
    problems = []
    for end in crawl.first:
        if end.asked_for != "reviews" or end.outcome != "complete":
            continue
        app = app_ids(crawl.seed)[end.store]
        shown = crawl.catalogue.listing(end.store, app, PLACES[end.store], end.began_at)
        # What was edited while the list was read went to the top behind the reader's back.
        still = {review.review_id for review, state in shown if review.states[-1] == state}
        missing = still - landed(data, end.store, app)
        if missing:
            problems.append(f"{end.store}: complete ({end.reason}), but {len(missing)} reviews are missing")
    return problems


def _needless_doubts(crawl: Crawl, when: str, ends: Sequence[Ended], now: datetime) -> list[str]:
    return [
        f"{when}: {end.store} {end.asked_for} {end.outcome} ({end.reason})"
        for end in ends
        if end.outcome != "complete" and not (end.outcome == "partial" and _ends_full(crawl, end, now))
    ]


def _ends_full(crawl: Crawl, end: Ended, now: datetime) -> bool:
    """Whether the list ends with a full page, or did when it was read first: a doubt of then may last."""
    times = [now, *(first.began_at for first in crawl.first if first.store == end.store)]
    app, place = app_ids(crawl.seed)[end.store], PLACES[end.store]
    lengths = [len(crawl.catalogue.listing(end.store, app, place, moment)) for moment in times]
    return end.asked_for == "reviews" and any(length % PAGES[end.store] == 0 for length in lengths)


def truth(crawl: Crawl) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """What the tables must hold of a seed's apps at its end: key to (stars, title, text, time, version)."""
    rows = {}
    for store, app in app_ids(crawl.seed).items():
        assert crawl.ended_at is not None
        for review, state in crawl.catalogue.listing(store, app, PLACES[store], crawl.ended_at):
            said = (state.stars, state.title, state.text, state.at, state.version)
            rows[store, app, review.review_id] = said
    return rows


def differences(crawl: Crawl, rows: Iterable[tuple[Any, ...]], calm: Iterable[tuple[Any, ...]]) -> list[str]:
    """What is wrong with a seed's rows: (store, app, id, stars, title, text, time, version, ...).

    `rows` are those of the disturbed crawl, `calm` those of the undisturbed one; what stands behind the
    version (answers, votes) is compared between the two only.
    """
    found, wanted = list(rows), list(calm)
    problems = []
    if len({row[:3] for row in found}) != len(found):
        problems.append("a review stands in the table twice")
    expected = truth(crawl)
    got = {row[:3]: row[3:8] for row in found}
    problems += [f"{len(expected.keys() - got.keys())} reviews are lost"] * bool(expected.keys() - got.keys())
    problems += [f"{len(got.keys() - expected.keys())} reviews are unknown"] * bool(
        got.keys() - expected.keys()
    )
    stale = [key for key in expected.keys() & got.keys() if got[key] != expected[key]]
    problems += [f"{len(stale)} reviews are not what the store shows, such as {stale[0]}"] if stale else []
    if sorted(map(repr, found)) != sorted(map(repr, wanted)):
        problems.append("the tables are not those of an undisturbed crawl")
    return problems
