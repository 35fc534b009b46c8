"""The sample store: a fictional app's two years, as its stores would have sent them night by night.

Nothing is fetched. The payloads have the stores' own shapes and go through the same parsers and the same
gate as real ones; every record is marked `is_sample`. `docs/sample-store.md` says how it was made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.sources.app_store import parse as app_store
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.google_play import parse as google_play
from flows.sources.payload import ShapeError
from flows.sources.sample_store import payloads, testers
from flows.sources.sample_store.reviews import SHELVES, Shelf, State, written
from flows.sources.sample_store.story import Edition, edition_for, versions

SAMPLE_KEY = "sample"
SAMPLE_NAME = payloads.TITLES["ja"]
SAMPLE_OWNER = payloads.PUBLISHER


@dataclass(frozen=True, slots=True)
class SampleApp:
    """The app that both stores sell, as apps.toml would name it."""

    key: str
    name: str
    owner: str
    stores: tuple[tuple[str, str], ...]
    """(store, store_app_id)"""


class SampleStore:
    """A source that makes up what it brings, the same for everybody who asks on the same night.

    `landed` are names that a data folder already holds (of its landing batches, or store ids): an
    edition found in them is told on, so that one folder never mixes two tellings. Without one, the
    edition is that of the day asked.
    """

    name = "sample"

    def __init__(self, landed: Iterable[str] = ()) -> None:
        told = {edition for edition in map(Edition.of, landed) if edition}
        self._told = max(told, key=lambda e: e.start, default=None)

    def edition(self, now: datetime) -> Edition:
        """Which telling of the story is on sale."""
        return self._told or edition_for(now)

    def app(self, now: datetime) -> SampleApp:
        """The app's name and its ids in the stores."""
        edition = self.edition(now)
        stores = (("google_play", edition.play_id), ("app_store", edition.app_store_id))
        return SampleApp(SAMPLE_KEY, SAMPLE_NAME, SAMPLE_OWNER, stores)

    def requests(self, now: datetime) -> list[Request]:
        """Google Play in Japanese and English, the App Store in Japan and the United States.

        The clock of a request is that of the last visit, 03:00 in Japan: until the next one there is
        nothing new, and the batch of one night keeps its name.
        """
        edition = self.edition(now)
        last = edition.crawl(max(0, edition.last_day(now)))
        play = Request(store="google_play", store_app_id=edition.play_id, now=last)
        apple = Request(store="app_store", store_app_id=edition.app_store_id, now=last)
        return [
            replace(play, language="ja"),
            replace(play, language="en"),
            replace(apple, country="jp"),
            replace(apple, country="us"),
        ]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """Every night's pages since the app came out, then the end: there is no more."""
        edition = _edition_of(request)
        last = edition.last_day(request.now)
        pages = _play_pages if request.store == "google_play" else _app_store_pages
        # The United States are visited first, so that the newest notes of a release are in Japanese.
        ahead = timedelta(minutes=10 if request.country == "us" else 0)
        for number, (shape, body, day) in enumerate(pages(edition, request, last), start=1):
            yield Page(shape=shape, body=body, fetched_at=edition.crawl(day) - ahead, number=number)
        yield FetchResult(outcome="complete", reason="end_confirmed", detail=f"sample edition {edition.name}")

    def parse(self, request: Request, page: Page) -> Parsed:
        """The records of one page, by the parsers of the real stores."""
        match page.shape:
            case "google_play_reviews":
                return _play_reviews(request, page)
            case "google_play_details":
                return _play_details(request, page)
            case "app_store_feed":
                return _app_store_feed(request, page)
            case "app_store_lookup":
                return _app_store_lookup(request, page)
            case "feedback":
                found = testers.parse_feedback(
                    page.body, seen_at=page.fetched_at, source=SampleStore.name, is_sample=True
                )
                return Parsed(feedback=found)
            case "consents":
                agreed = testers.parse_consents(page.body, source=SampleStore.name, is_sample=True)
                return Parsed(consents=agreed)
            case other:
                raise ValueError(f"The sample store sells no payload of shape {other!r}.")


def _edition_of(request: Request) -> Edition:
    """The edition that a request's id names. Raises ValueError for an id that is not ours."""
    edition = Edition.of(request.store_app_id)
    if edition is None:
        raise ValueError(f"{request.store_app_id!r} is not an app of the sample store.")
    return edition


Nights = Iterator[tuple[str, str, int]]


def _play_pages(edition: Edition, request: Request, last: int) -> Nights:
    language = request.language or "ja"
    nights = _nights(SHELVES["google_play", language], edition, last)
    agreed = _consent_nights(language, last)
    feedback = _feedback_nights(language, last)
    shown = payloads.google_play_scores(edition, last)
    for day, score in enumerate(shown):
        if nights[day]:
            yield "google_play_reviews", payloads.play_reviews(edition, nights[day]), day
        # One language is enough: the score is the same in all, and Japanese is the store's first.
        if language == "ja":
            body = payloads.play_details(edition, score, versions("google_play", day)[-1], language)
            yield "google_play_details", body, day
        if agreed[day]:
            yield "consents", testers.ledger(edition, SAMPLE_KEY, agreed[day]), day
        if feedback[day]:
            yield "feedback", testers.payload(edition, SAMPLE_KEY, feedback[day]), day


def _app_store_pages(edition: Edition, request: Request, last: int) -> Nights:
    country = request.country or "jp"
    nights = _nights(SHELVES["app_store", country], edition, last)
    shown = payloads.app_store_scores(edition, country, last)
    for day, score in enumerate(shown):
        yield (
            "app_store_feed",
            payloads.app_store_feed(edition, nights[day], country, edition.crawl(day)),
            day,
        )
        # Apple lets the first version out a day after Google.
        out = versions("app_store", day)
        if out:
            yield "app_store_lookup", payloads.app_store_lookup(edition, score, out[-1], country), day


def _nights(shelf: Shelf, edition: Edition, last: int) -> list[list[State]]:
    """What each night's visit found new or changed, newest first."""
    found: list[dict[str, State]] = [{} for _ in range(last + 1)]
    for state in written(edition, shelf, last):
        # A review's states come in the order of time: the last one of a day is what the visit sees.
        found[math.floor(state.seen_from)][state.key] = state
    return [sorted(night.values(), key=lambda s: (-s.day, s.key)) for night in found]


def _consent_nights(language: str, last: int) -> list[list[testers.Agreement]]:
    nights: list[list[testers.Agreement]] = [[] for _ in range(last + 1)]
    for agreement in testers.agreements(language, last):
        nights[math.floor(agreement.day)].append(agreement)
    return nights


def _feedback_nights(language: str, last: int) -> list[list[testers.Entry]]:
    nights: list[list[testers.Entry]] = [[] for _ in range(last + 1)]
    for entry in testers.entries(language, last):
        nights[math.floor(entry.day)].append(entry)
    return nights


def _play_reviews(request: Request, page: Page) -> Parsed:
    return Parsed(
        reviews=google_play.parse_reviews(
            page.body,
            store_app_id=request.store_app_id,
            language=request.language or "ja",
            seen_at=page.fetched_at,
            source=SampleStore.name,
            is_sample=True,
        )
    )


def _play_details(request: Request, page: Page) -> Parsed:
    snapshot, release = google_play.parse_details(
        page.body,
        store_app_id=request.store_app_id,
        language=request.language,
        seen_at=page.fetched_at,
        source=SampleStore.name,
        is_sample=True,
    )
    return Parsed(snapshots=[snapshot], releases=[release] if release else [])


def _app_store_feed(request: Request, page: Page) -> Parsed:
    reviews, problems = app_store.parse_feed(
        page.body,
        store_app_id=request.store_app_id,
        country=request.country,
        seen_at=page.fetched_at,
        source=SampleStore.name,
        is_sample=True,
    )
    if problems:
        raise ShapeError(problems[0].field, f"the sample feed is not whole: {problems[0]}")
    return Parsed(reviews=reviews)


def _app_store_lookup(request: Request, page: Page) -> Parsed:
    snapshot, release = app_store.parse_lookup(
        page.body,
        store_app_id=request.store_app_id,
        country=request.country or "jp",
        seen_at=page.fetched_at,
        source=SampleStore.name,
        is_sample=True,
    )
    return Parsed(snapshots=[snapshot], releases=[release])
