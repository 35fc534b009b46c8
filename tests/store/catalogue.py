"""What the loopback store sells and shows, and how that changes with its clock: the truth of every test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class VirtualClock:
    """The store's clock: aware UTC; stands still unless moved, or goes on with real time when `ticking`."""

    def __init__(self, now: datetime = START, *, ticking: bool = False) -> None:
        self._now = now
        self._ticking = ticking
        self._since = time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """What time it is in the store."""
        with self._lock:
            passed = time.monotonic() - self._since if self._ticking else 0.0
            return self._now + timedelta(seconds=passed)

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> datetime:
        """Let time pass; fit to stand in for `sleep`."""
        with self._lock:
            self._now += timedelta(days=days, seconds=seconds)
        return self.now()

    def set(self, moment: datetime) -> None:
        """Go to a moment (aware)."""
        with self._lock:
            self._now, self._since = moment.astimezone(UTC), time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a review says from `at` on; the first state is the review as written, later ones are edits."""

    at: datetime
    stars: int
    text: str | None
    title: str | None = None
    """App Store only."""
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The developer's answer."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReview:
    """A review with its whole life."""

    review_id: str
    place: str
    """Google Play: the language it is written in; App Store: the country's store."""
    states: tuple[State, ...]
    """Oldest first; at least one."""
    author: str
    thumbs_up: int = 0
    replies: tuple[Reply, ...] = ()
    """The latest one shows."""
    removed_at: datetime | None = None
    connect_id: str | None = None
    """The id that App Store Connect gives it."""

    def at(self, now: datetime) -> State | None:
        """The state that shows at `now`; None when not written yet or removed."""
        if self.removed_at is not None and self.removed_at <= now:
            return None
        return next((state for state in reversed(self.states) if state.at <= now), None)

    def reply_at(self, now: datetime) -> Reply | None:
        """The answer that shows at `now`."""
        return next((reply for reply in reversed(self.replies) if reply.at <= now), None)

    def changes(self) -> Iterator[datetime]:
        """Every moment at which something about it changes."""
        gone = () if self.removed_at is None else (self.removed_at,)
        return chain((s.at for s in self.states), (r.at for r in self.replies), gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Displayed:
    """What the store shows from `since` on, in one country ("" for all)."""

    since: datetime
    score: float
    ratings: int
    country: str = ""
    written: int = 0
    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    installs: int = 0
    """`written`, `stars` (re-weighted) and `installs` are shown by Google Play only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRelease:
    """A version, on sale from `at` on; notes by language ("ja", "en")."""

    version: str
    at: datetime
    notes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaFeedback:
    """What a TestFlight tester sent; `kind` is screenshot or crash."""

    feedback_id: str
    at: datetime
    comment: str | None
    email: str
    kind: str = "screenshot"
    locale: str = "ja-JP"
    version: str = "42"
    """The build's number."""


@dataclass(slots=True, kw_only=True)
class StoreApp:
    """One app in one store."""

    store: str
    """google_play or app_store."""
    app_id: str
    names: dict[str, str]
    """By language."""
    publisher: str = "架空のデジタル室"
    reviews: list[StoreReview] = field(default_factory=list)
    displayed: list[Displayed] = field(default_factory=list)
    """Oldest first."""
    releases: list[StoreRelease] = field(default_factory=list)
    """Oldest first."""
    feedback: list[BetaFeedback] = field(default_factory=list)

    def shown(self, country: str, now: datetime) -> Displayed | None:
        """The score on display in a country at `now`, before that of all countries."""
        seen = [d for d in self.displayed if d.since <= now and d.country in ("", country)]
        own = [d for d in seen if d.country == country]
        best = own or seen
        return best[-1] if best else None

    def release(self, now: datetime) -> StoreRelease | None:
        """The version on sale at `now`."""
        return next((r for r in reversed(self.releases) if r.at <= now), None)

    def name(self, language: str) -> str:
        """Its name in a language, or in its first."""
        return self.names.get(language) or next(iter(self.names.values()))


Listing = list[tuple[StoreReview, State]]
Change = Callable[[StoreReview], StoreReview]


class Catalogue:
    """Apps by (store, id); may be changed while the server runs, and from any thread."""

    def __init__(self, apps: Iterable[StoreApp] = ()) -> None:
        self._apps = {(app.store, app.app_id): app for app in apps}
        self._lock = threading.RLock()
        self._listings: dict[tuple[str, str, str | None], tuple[datetime, datetime, Listing]] = {}

    def apps(self) -> list[StoreApp]:
        """All of them."""
        return list(self._apps.values())

    def app(self, store: str, app_id: str) -> StoreApp | None:
        """One of them; None when the store does not sell it."""
        return self._apps.get((store, app_id))

    def listing(self, store: str, app_id: str, place: str | None, now: datetime) -> Listing:
        """The reviews that show at `now` (of one place, or of all) with what they say, newest first."""
        with self._lock:
            key = (store, app_id, place)
            kept = self._listings.get(key)
            if kept is None or not kept[0] <= now < kept[1]:
                kept = self._listings[key] = self._list(store, app_id, place, now)
            return kept[2]

    def _list(
        self, store: str, app_id: str, place: str | None, now: datetime
    ) -> tuple[datetime, datetime, Listing]:
        app = self._apps.get((store, app_id))
        reviews = [r for r in app.reviews if place in (None, r.place)] if app else []
        changes = [moment for r in reviews for moment in r.changes()]
        since = max((m for m in changes if m <= now), default=datetime.min.replace(tzinfo=UTC))
        until = min((m for m in changes if m > now), default=datetime.max.replace(tzinfo=UTC))
        shown = [(r, state) for r in reviews if (state := r.at(now)) is not None]
        shown.sort(key=lambda pair: (pair[1].at, pair[0].review_id), reverse=True)
        return since, until, shown

    def add(self, store: str, app_id: str, *reviews: StoreReview) -> None:
        """Reviews that were not there before."""
        with self._lock:
            self._apps[store, app_id].reviews.extend(reviews)
            self._listings.clear()

    def edit(self, store: str, app_id: str, review_id: str, state: State) -> None:
        """A new state of a review, later than its others."""
        self._change(store, app_id, review_id, lambda old: replace(old, states=(*old.states, state)))

    def reply(self, store: str, app_id: str, review_id: str, reply: Reply) -> None:
        """The developer answers."""
        self._change(store, app_id, review_id, lambda old: replace(old, replies=(*old.replies, reply)))

    def remove(self, store: str, app_id: str, review_id: str, at: datetime) -> None:
        """The review vanishes from the store."""
        self._change(store, app_id, review_id, lambda old: replace(old, removed_at=at))

    def _change(self, store: str, app_id: str, review_id: str, change: Change) -> None:
        with self._lock:
            reviews = self._apps[store, app_id].reviews
            place = next(n for n, r in enumerate(reviews) if r.review_id == review_id)
            reviews[place] = change(reviews[place])
            self._listings.clear()
