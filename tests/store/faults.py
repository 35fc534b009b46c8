"""What goes wrong in a store, when, and for how long: explicit or drawn from a seed, the same every time.

Kinds of faults:

- the store refuses: `too_many_requests` (429; `retry_after` seconds, told as a number or as a date, or not
  told), `server_error` (`status`: 500, 502, 503, 504), `captcha` (a page of HTML with status 200), `consent`
  (302 to such a page), `gateway_error` (Google Play: 200 with a PlayGatewayError; elsewhere 200 with an
  error object), `token_expired` (401 for a token that was good);
- the wire fails: `reset` (before the first byte), `reset_in_body`, `stall` (half of the body, then nothing
  for `seconds`, then the line is cut), `slow_drip` (the whole body, in crumbs, over `seconds`),
  `truncated_gzip`, `wrong_length` (fewer bytes than announced), `cut_short` (half of the body, announced as
  the whole);
- the answer is not what it seems: `garbage` (no JSON), `wrong_charset` (UTF-8 labelled iso-8859-1),
  `wrong_bytes` (not UTF-8, labelled so), `layout_moved` (`field` is not where it was: `shift` pushes it and
  everything behind it one place on, `away` puts it at the end or under another name);
- the list lies: `empty_page` (no reviews, but a next page), `false_end` (no reviews and no next page),
  `wrap` (after the last page, page 1 again; App Store feed: every page past the end shows page 1),
  `repeat_token` (the next page is this page; App Store feed: page n shows page n - 1);
- the list moves before it is answered: `edit` (`count` reviews get new words and stars and go to the top),
  `insert` (`count` new ones at the top), `remove` (`count` vanish). The store's clock moves on a
  second for each.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "too_many_requests", "server_error", "captcha", "consent", "gateway_error", "token_expired",
    "reset", "reset_in_body", "stall", "slow_drip", "truncated_gzip", "wrong_length", "cut_short",
    "garbage", "wrong_charset", "wrong_bytes", "layout_moved",
    "empty_page", "false_end", "wrap", "repeat_token",
    "edit", "insert", "remove",
]  # fmt: skip
MOVES: frozenset[str] = frozenset({"edit", "insert", "remove"})
LISTS: tuple[str, ...] = (
    "play_reviews",
    "app_store_feed",
    "connect_reviews",
    "connect_beta_feedback",
    "publisher_reviews",
)
FIELDS: dict[str, tuple[str, ...]] = {
    "play_reviews": ("reviewId", "score", "content", "at"),
    "play_details": ("score", "ratings", "histogram", "ds:5"),
    "app_store_feed": ("im:rating", "id", "content", "updated"),
    "app_store_lookup": ("averageUserRating", "userRatingCount", "version"),
    "connect_reviews": ("rating", "body", "createdDate", "territory"),
    "connect_versions": ("versionString",),
    "connect_version_reviews": ("createdDate",),
    "connect_beta_feedback": ("comment", "createdDate"),
    "publisher_reviews": ("starRating", "text", "lastModified", "reviewId"),
}
"""Which fields `layout_moved` can move on a route."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong for the requests it matches."""

    kind: Kind
    route: str = "*"
    """A route's name, or a beginning with `*`."""
    app: str | None = None
    place: str | None = None
    page: int | None = None
    """Only this page of a list (1-based)."""
    first: int = 1
    """From the so-manieth matching request on (1-based)."""
    times: int | None = 1
    """How often; None: until `heal`."""
    status: int = 503
    retry_after: int | None = None
    retry_after_as: Literal["seconds", "date"] = "seconds"
    seconds: float = 0.3
    field: str = ""
    """For `layout_moved`; see FIELDS."""
    mode: Literal["shift", "away"] = "shift"
    count: int = 1

    def matches(self, route: str, app: str | None, place: str | None, page: int | None) -> bool:
        """Whether a request is one of those it is meant for."""
        named = route.startswith(self.route[:-1]) if self.route.endswith("*") else route == self.route
        wanted = ((self.app, app), (self.place, place), (self.page, page))
        return named and all(want is None or want == got for want, got in wanted)


class FaultPlan:
    """Faults in the order in which they take precedence; counts what it has done. Safe among threads."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        """Which reviews move, and what they say then."""
        self._faults = list(faults)
        self._met = [0] * len(self._faults)
        self._lock = threading.Lock()
        self.fired: list[Fault] = []
        """What really went wrong, in order."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is still planned or lasting."""
        return tuple(self._faults)

    def add(self, *faults: Fault) -> None:
        """Plan more; they count requests from now on."""
        with self._lock:
            self._faults += faults
            self._met += [0] * len(faults)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._faults, self._met = [], []

    def strike(self, route: str, app: str | None, place: str | None, page: int | None) -> list[Fault]:
        """What happens to this request: any moves of the list, and at most one fault of another kind."""
        with self._lock:
            due: list[Fault] = []
            for number, fault in enumerate(self._faults):
                if not fault.matches(route, app, place, page):
                    continue
                self._met[number] += 1
                late = self._met[number] - fault.first
                if late < 0 or (fault.times is not None and late >= fault.times):
                    continue
                if fault.kind in MOVES or all(other.kind in MOVES for other in due):
                    due.append(fault)
            self.fired += due
            return due

    @classmethod
    def random(
        cls, seed: int, *, routes: Sequence[str] = ("play_reviews", "app_store_feed"), most: int = 4
    ) -> FaultPlan:
        """One to `most` faults over the first pages of `routes`.

        A list that claims to end early (`false_end`) does so once, because no client can tell a store that
        says it every time from a list that ends; `remove` is not drawn, because a review that slips over a
        page border while another one vanishes is seen by no client that reads the list once.
        """
        dice = random.Random(seed)
        faults: list[Fault] = []
        for _ in range(dice.randint(1, most)):
            fault = _drawn(dice, dice.choice(list(routes)))
            if fault.kind == "false_end" and any(f.kind == "false_end" for f in faults):
                continue
            faults.append(fault)
        return cls(faults, seed=seed)

    def __repr__(self) -> str:
        return f"FaultPlan({list(self._faults)!r}, seed={self.seed})"


_PASSING: tuple[Kind, ...] = (
    "too_many_requests", "too_many_requests", "server_error", "server_error", "captcha", "consent",
    "gateway_error", "reset", "reset_in_body", "stall", "slow_drip", "truncated_gzip", "wrong_length",
    "cut_short", "garbage", "wrong_charset", "wrong_bytes", "layout_moved", "layout_moved",
)  # fmt: skip
_LYING: tuple[Kind, ...] = (
    "empty_page", "empty_page", "false_end", "wrap", "repeat_token", "repeat_token",
    "edit", "edit", "insert", "insert",
)  # fmt: skip
_CREDENTIALS: tuple[Kind, ...] = ("token_expired",)


def _drawn(dice: random.Random, route: str) -> Fault:
    kinds = _PASSING
    if route in LISTS:
        kinds += _LYING
    if route.startswith(("connect_", "publisher_reviews")):
        kinds += _CREDENTIALS
    kind = dice.choice([k for k in kinds if k != "layout_moved" or route in FIELDS])
    times: int | None = None if dice.random() < 0.2 else dice.randint(1, 3)
    page = dice.randint(1, 6) if route in LISTS and dice.random() < 0.5 else None
    first = 1 if page else dice.randint(1, 5)
    if kind == "wrap":
        times, page, first = None, None, 1
    if kind in MOVES or kind == "false_end":
        times = 1
    return Fault(
        kind,
        route=route,
        page=page,
        first=first,
        times=times,
        status=dice.choice((500, 502, 503, 504)),
        retry_after=dice.choice((None, 1, 2)),
        retry_after_as=dice.choice(("seconds", "date")),
        seconds=0.15,
        field=dice.choice(FIELDS.get(route, ("",))),
        mode=dice.choice(("shift", "away")),
        count=dice.choice((1, 1, 2, 5, 30)) if kind == "insert" else dice.choice((1, 1, 2, 3)),
    )
