"""The story: when the app's versions came, how its ratings went, and how many people wrote.

Time is counted in story days: day 0 is the first day of an edition, in Japan. An edition begins with a
quarter, 24 to 27 months before the day it is first asked for, and then never moves: a later day only
adds days. Its two years tell the weak start, the redesign on day 395, the regression on day 561 and the
repair ten days later; afterwards the app lives on quietly, with a release every eight weeks.

Its chance comes from a hash: the same key gives the same throws on every machine and Python, without a global
state and without an order between keys, so that a review does not change because another one was added.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")
_WORDS = 8
_SCALE = 1.0 / 2**64


class Dice:
    """A stream of throws named by its key."""

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, *key: object) -> None:
        self._key = "\0".join(map(str, key)).encode()
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """64 random bits."""
        if not self._words:
            digest = hashlib.blake2b(self._key + self._block.to_bytes(4, "big")).digest()
            self._words = [int.from_bytes(digest[8 * n : 8 * n + 8], "big") for n in range(_WORDS)]
            self._block += 1
        return self._words.pop()

    def share(self) -> float:
        """A number in [0, 1)."""
        return self.word() * _SCALE

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.word() % (high - low + 1)

    def pick(self, things: Sequence[T]) -> T:
        """One of them, all alike."""
        return things[self.word() % len(things)]

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in `weights`, by weight."""
        left = self.share() * sum(weights)
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        return len(weights) - 1

    def poisson(self, mean: float) -> int:
        """A Poisson count, by multiplying uniforms (Knuth, TAOCP 2, 3.4.1); mean below some hundreds."""
        limit, count, product = math.exp(-mean), 0, self.share()
        while product > limit:
            count += 1
            product *= self.share()
        return count

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of them in another order (Fisher and Yates)."""
        order = list(things)
        for place in range(len(order) - 1, 0, -1):
            other = self.word() % (place + 1)
            order[place], order[other] = order[other], order[place]
        return order


SEED = 20_260_401
BANK = Path(__file__).parent / "bank"
JST = timezone(timedelta(hours=9))
CRAWL_HOUR = 3  # every night at three in Japan

REDESIGN, REGRESSION, REPAIR = "2.0.0", "2.3.0", "2.3.1"
Phase = Literal["launch", "sag", "redesign", "regression", "repaired", "after"]

_NAMED = re.compile(
    r"jp\.example\.kurashi\.tetsuzuki\.e(?P<play>20\d\d)q(?P<play_q>[1-4])\b"
    r"|\b90000(?P<apple>20\d\d)(?P<apple_q>[1-4])\b"
)

# Shares of 1 to 5 stars among ratings of an app that fails people, and of one that serves them:
# ratings are bimodal, so a mean moves by mixing two crowds rather than by shifting one.
_BAD = (0.62, 0.14, 0.08, 0.06, 0.10)
_GOOD = (0.035, 0.02, 0.065, 0.22, 0.66)
# Of so many people who give these stars, one writes a text: the unhappy write more often.
WRITES = (0.070, 0.050, 0.030, 0.018, 0.020)
_WEEKDAYS = (1.10, 1.02, 0.98, 0.96, 0.94, 0.98, 1.08)  # Monday to Sunday


@dataclass(frozen=True, slots=True)
class Edition:
    """One telling of the story, named by the quarter it begins in."""

    start: date

    @property
    def name(self) -> str:
        """e2024q4"""
        return f"e{self.start.year}q{(self.start.month + 2) // 3}"

    @property
    def play_id(self) -> str:
        return f"jp.example.kurashi.tetsuzuki.{self.name}"

    @property
    def app_store_id(self) -> str:
        return f"90000{self.start.year}{(self.start.month + 2) // 3}"

    @classmethod
    def of(cls, name: str) -> Edition | None:
        """The edition that a store id of ours, or a name made of one, speaks of; None for others."""
        found = _NAMED.search(name)
        if found is None:
            return None
        year, quarter = found.group("play", "play_q") if found["play"] else found.group("apple", "apple_q")
        return cls(date(int(year), int(quarter) * 3 - 2, 1))

    def moment(self, day: float) -> datetime:
        """The beginning of a story day (or a moment within it), UTC to the second."""
        midnight = datetime(self.start.year, self.start.month, self.start.day, tzinfo=JST)
        return (midnight + timedelta(seconds=round(day * 86_400))).astimezone(UTC)

    def crawl(self, day: int) -> datetime:
        """When the store was visited for what happened until the end of a story day."""
        return self.moment(day + 1 + CRAWL_HOUR / 24)

    def last_day(self, now: datetime) -> int:
        """The last story day that has been crawled by `now`; -1 before the first."""
        return math.floor((now - self.crawl(-1)) / timedelta(days=1)) - 1

    def weekday(self, day: int) -> int:
        return (self.start.weekday() + day) % 7


def edition_for(now: datetime) -> Edition:
    """The edition for a first visit now: it begins with the quarter that 24 months before lies in."""
    today = now.astimezone(JST).date()
    return Edition(date(today.year - 2, (today.month - 1) // 3 * 3 + 1, 1))


@dataclass(frozen=True, slots=True)
class Version:
    """One release in one store."""

    version: str
    day: float
    """Story day, with the hour as its fraction."""
    notes_ja: str
    notes_en: str

    @property
    def notes(self) -> str:
        """As public bodies write them: Japanese, then English."""
        return f"{self.notes_ja}\n\n{self.notes_en}"


@cache
def _scripted() -> tuple[Version, ...]:
    lines = (BANK / "releases.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(Version(r["version"], r["day"], r["ja"], r["en"]) for r in rows)


@cache
def versions(store: str, last_day: int) -> tuple[Version, ...]:
    """What was released in a store until the end of a story day, oldest first."""
    # Apple reviews a version for a day or so; Google Play lets it out before noon.
    delay = 1 + 20 / 24 if store == "app_store" else 11 / 24
    known = list(_scripted())
    number = int(known[-1].version.split(".")[1])
    while known[-1].day < last_day:
        number += 1
        ja, en = _QUIET[number % len(_QUIET)]
        known.append(Version(f"2.{number}.0", known[-1].day + 56, ja, en))
    moved = (Version(v.version, v.day + delay, v.notes_ja, v.notes_en) for v in known)
    return tuple(v for v in moved if v.day < last_day + 1)


_QUIET = (
    ("・対応する自治体を追加しました。\n・軽微な修正", "- More municipalities\n- Minor fixes"),
    ("・手続きの説明を見直しました。", "- Clearer descriptions of procedures"),
    ("・読み上げと文字サイズを改善しました。", "- Better screen reader and text size support"),
)


def day_of(version: str, store: str) -> float:
    """When a scripted version was released in a store."""
    return next(v.day for v in versions(store, 800) if v.version == version)


@cache
def _turns(store: str) -> tuple[tuple[float, Phase], ...]:
    return (
        (0, "launch"),
        (103, "sag"),
        (day_of(REDESIGN, store), "redesign"),
        (day_of(REGRESSION, store), "regression"),
        (day_of(REPAIR, store), "repaired"),
        (day_of(REPAIR, store) + 30, "after"),
    )


def phase(store: str, day: float) -> Phase:
    """Which part of the story a moment belongs to."""
    return next(name for begin, name in reversed(_turns(store)) if day >= begin or begin == 0)


# Mean stars of the ratings given on a story day: (day, mean), straight lines between.
_MEANS = (
    (0, 2.95), (40, 2.70), (103, 2.47), (168, 2.24), (231, 2.15), (299, 2.17), (395.4, 2.18),
    (395.5, 4.00), (430, 4.25), (507, 4.32), (640, 4.36), (720, 4.22), (760, 4.20),
)  # fmt: skip


def mean_stars(store: str, day: float) -> float:
    """The mean of the ratings that people give on a day."""
    here = phase(store, day)
    if here == "regression":
        return 1.95 if store == "google_play" else 3.0
    # App Store follows its own release of the redesign, a day or so later.
    day -= day_of(REDESIGN, store) - day_of(REDESIGN, "google_play")
    for (before, low), (after, high) in itertools.pairwise(_MEANS):
        if day <= after:
            return low + (high - low) * max(0.0, day - before) / (after - before)
    return _MEANS[-1][1]


def star_shares(mean: float) -> tuple[float, ...]:
    """Shares of 1 to 5 stars whose mean is `mean` (1.88 to 4.45)."""
    low, high = _mean(_BAD), _mean(_GOOD)
    good = min(1.0, max(0.0, (mean - low) / (high - low)))
    return tuple(b + good * (g - b) for b, g in zip(_BAD, _GOOD, strict=True))


def _mean(shares: Sequence[float]) -> float:
    return sum(star * share for star, share in enumerate(shares, start=1)) / sum(shares)


# Ratings a day in each place where ratings are counted.
_A_DAY = {"google_play": 118.0, "jp": 38.0, "us": 8.0}


def ratings_a_day(edition: Edition, store: str, place: str, day: int) -> float:
    """How many people rate on a story day: a launch, weeks, bursts after releases, a growing public.

    Nobody does before the day after the first release.
    """
    if not versions(store, day - 1):
        return 0.0
    crowd = _A_DAY[place] * _WEEKDAYS[edition.weekday(day)]
    crowd *= 0.75 + 0.55 * math.exp(-day / 12) + (0.35 if day >= 395 else 0.0)
    # Once people have decided, a new version brings them back for some days.
    weight = {REDESIGN: 2.2, REGRESSION: 1.9, REPAIR: 0.9}
    for v in versions(store, day):
        crowd *= 1 + weight.get(v.version, 0.45) * math.exp(-max(0.0, day - v.day) / 6)
    return crowd


@cache
def stars_given(edition: Edition, store: str, place: str, day: int) -> tuple[int, ...]:
    """How many people gave 1 to 5 stars on a story day."""
    dice = Dice(SEED, "ratings", place, day)
    crowd = ratings_a_day(edition, store, place, day)
    return tuple(dice.poisson(crowd * share) for share in star_shares(mean_stars(store, day + 0.5)))
