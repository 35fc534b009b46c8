"""From the configuration to what is asked of whom: each configured app by each route that may be taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from flows.collection.collector import RefreshPolicy
from flows.config.apps import AppStoreEntry
from flows.config.load import Config
from flows.config.settings import CollectChoice
from flows.sources.app_store import connect as app_store_connect
from flows.sources.app_store import feed as app_store_web
from flows.sources.app_store.connect import AppStoreConnect, ConnectApp, Consent
from flows.sources.app_store.feed import AppStoreApp, AppStoreFeed, AppStoreLookup
from flows.sources.app_store.scraper import App as ScrapedApp
from flows.sources.app_store.scraper import AppStoreScraper
from flows.sources.base import Request, Source
from flows.sources.google_play import publisher_api as android_publisher
from flows.sources.google_play import web as google_play_web
from flows.sources.google_play.publisher_api import AndroidPublisher, PublisherApp
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import RateLimiter, StoreClient


@dataclass(frozen=True, slots=True)
class Route:
    """One request of one source."""

    source: Source
    request: Request
    app: str = ""
    """Its key in apps.toml."""

    @property
    def place(self) -> str:
        """Language or country, for people."""
        return self.request.language or self.request.country or "all"


def store_client(
    choice: CollectChoice, permit: Callable[[RateLimiter], Callable[[str], None]]
) -> StoreClient:
    """The client that all requests of a run share."""
    limiter = RateLimiter(choice.requests_per_second)
    return StoreClient(limiter=limiter, permit=permit(limiter))


def refresh_policy(choice: CollectChoice, source: str) -> RefreshPolicy:
    """How asks of a source are repeated, as configured."""
    return RefreshPolicy(
        lookback=timedelta(days=choice.lookback_days),
        full_every=timedelta(days=choice.full_every_days),
        every=choice.interval(source),
    )


def routes(config: Config, client: StoreClient, now: datetime, *, app: str | None = None) -> list[Route]:
    """Every request of the configured apps (of `app` alone, if named), hosts taking turns."""
    entries = [(a.key, entry) for a in config.apps if app is None or a.key == app for entry in a.stores]
    keys = {(entry.store, entry.id): key for key, entry in entries}
    by_source = [
        [
            Route(source, request, keys[request.store, request.store_app_id])
            for request in source.requests(now)
        ]
        for source in _sources(entries, client, config.collect)
    ]
    # Few threads work on many requests: were one host's requests all first, the other would wait for them.
    turns = chain.from_iterable(zip_longest(*by_source))
    return [route for route in turns if route is not None]


def backfill(found: Sequence[Route], since: datetime) -> list[Route]:
    """The asks for reviews of sources that can go back, from a day that a person names."""
    return [
        replace(route, request=replace(route.request, since=since, is_backfill=True))
        for route in found
        if route.request.what == "reviews" and not route.request.may_be_silent
    ]


def _sources(
    entries: Sequence[tuple[str, AppStoreEntry]], client: StoreClient, choice: CollectChoice
) -> list[Source]:
    at, most = choice.addresses, choice.page_limit
    play = [
        PlayApp(app_id=e.id, languages=e.languages, country=e.country)
        for _, e in entries
        if e.store == "google_play"
    ]
    apple = [AppStoreApp(app_id=e.id, countries=e.countries) for _, e in entries if e.store == "app_store"]
    # The ids of feed and Connect differ: taking both routes would count every review twice.
    fed = [
        AppStoreApp(app_id=e.id, countries=e.countries)
        for _, e in entries
        if e.store == "app_store" and e.connect is None and e.adapter is None
    ]
    # The package wants a word for the app in the address of its page; the key is one.
    scraped = [ScrapedApp(app_id=e.id, name=key, countries=e.countries) for key, e in entries if e.adapter]
    connect = [_connect_app(key, e) for key, e in entries if e.connect is not None]
    official = [
        PublisherApp(app_id=e.id, key_file=e.service_account)
        for _, e in entries
        if e.service_account is not None
    ]
    return [
        GooglePlayWeb(client, play, address=at.get("google_play", google_play_web.ADDRESS), page_limit=most),
        AppStoreFeed(client, fed, address=at.get("app_store", app_store_web.ADDRESS)),
        AppStoreScraper(scraped),
        AppStoreConnect(
            client, connect, address=at.get("app_store_connect", app_store_connect.ADDRESS), page_limit=most
        ),
        AndroidPublisher(
            client, official, address=at.get("android_publisher", android_publisher.ADDRESS), page_limit=most
        ),
        AppStoreLookup(client, apple, address=at.get("app_store", app_store_web.ADDRESS)),
    ]


def _connect_app(key: str, entry: AppStoreEntry) -> ConnectApp:
    if entry.connect is None:
        raise ValueError(f"{entry.id} has no key of App Store Connect.")
    beta = entry.beta_feedback
    consent = None
    if beta is not None:
        consent = Consent(
            app=key, version=beta.consent_version, cohort=beta.cohort, may_analyse=beta.may_analyse,
            may_quote=beta.may_quote,
        )  # fmt: skip
    return ConnectApp(
        app_id=entry.id, key_file=entry.connect.key_file, key_id=entry.connect.key_id,
        issuer_id=entry.connect.issuer_id, consent=consent,
    )  # fmt: skip


def lookup_of(
    config: Config, entry: AppStoreEntry, client: StoreClient, now: datetime
) -> tuple[Source, Request]:
    """What asks a store for what it displays of one app, in the first place where it is asked."""
    public = entry.model_copy(update={"connect": None, "service_account": None})
    for source in _sources([("", public)], client, config.collect):
        for request in source.requests(now):
            if request.what == "snapshots":
                return source, request
    raise ValueError(f"{entry.store} {entry.id} is asked nowhere.")
