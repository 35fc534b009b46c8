"""What happens to two apps in two months, written down beforehand; the loopback store's clock reveals it.

*Procedures* (both stores, some 50 reviews a day) gets a release that breaks signing in and, ten days later,
one that repairs it; later on somebody calls for one-star reviews, and within a day hundreds come. *Library*
(Google Play, 20 a day) gets a release that makes it slow and is never repaired. Between these nothing
happens, and nobody may say that something did. Reviews are edited, answered and removed all the while.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.store import Catalogue
from tests.store.catalogue import Displayed, Reply, State, StoreApp, StoreRelease, StoreReview

BEGIN = datetime(2026, 8, 2, 21, tzinfo=UTC)
"""Day 0, a Monday in Japan, six o'clock in the morning."""
HISTORY = 120
"""Days before it that the stores know."""
PROCEDURES, PROCEDURES_APPLE, LIBRARY = "jp.example.procedures", "1500000001", "jp.example.library"

_NOTES = {"ja": "更新しました。"}
_Shares = tuple[float, float, float, float, float]
USUAL: _Shares = (0.08, 0.05, 0.10, 0.25, 0.52)
BROKEN: _Shares = (0.62, 0.14, 0.09, 0.06, 0.09)
SLOW: _Shares = (0.36, 0.20, 0.18, 0.12, 0.14)

_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "usual_good": (
        ("引っ越しの届けが", "証明書の申請が", "予約が", "窓口に行かずに手続きが", "更新の手続きが"),
        ("すぐに終わりました。", "とても簡単でした。", "家でできて助かります。", "迷わずできました。"),
    ),
    "usual_bad": (
        ("文字が小さくて", "説明が長くて", "混んでいる日は", "窓口の案内が"),
        ("読みにくいです。", "わかりにくいです。", "待たされます。", "もう少し親切だとよいです。"),
    ),
    "sign_in": (
        ("更新してからログインできません。", "パスワードを入れても入れません。", "ログインしようとすると"),
        ("何度やっても同じです。", "早く直してください。", "エラーになって使えません。"),
    ),
    "slow": (
        ("更新してから動作が重く", "画面が切り替わるのが遅く", "検索がとても遅く"),
        ("使うのがつらいです。", "固まることもあります。", "前のほうがよかったです。"),
    ),
    "call": (
        ("この制度に反対です。", "制度を見直してください。", "国の方針がおかしい。"),
        ("星一つです。", "撤回を求めます。", "みんなで声を上げましょう。"),
    ),
}
"""Texts are put together of two halves; few distinct ones, since reading one costs time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What is so from a day on (`day` of the story) until the next chapter of the same app."""

    day: int
    version: str
    shares: _Shares = USUAL
    """Of one to five stars."""
    complaint: str = "usual_bad"
    """What those write who give one or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One day on which people were called upon to give one star."""

    day: int
    reviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The plot; `catalogue` tells it. The same seed, the same story."""

    days: int
    procedures: Sequence[Chapter]
    library: Sequence[Chapter]
    call: Call | None
    daily: tuple[int, int, int] = (40, 10, 20)
    """Reviews a day: procedures on Google Play and in the App Store, library."""
    history: int = HISTORY
    seed: int = 1
    is_lively: bool = True
    """Whether reviews are edited, answered and removed."""

    def catalogue(self) -> Catalogue:
        """Every app with all that will ever be said of it."""
        play, apple, library = self.daily
        return Catalogue(
            [
                self._app("google_play", PROCEDURES, self.procedures, play, self.call),
                self._app("app_store", PROCEDURES_APPLE, self.procedures, apple, None),
                self._app("google_play", LIBRARY, self.library, library, None),
            ]
        )

    def _app(
        self, store: str, app_id: str, chapters: Sequence[Chapter], daily: int, call: Call | None
    ) -> StoreApp:
        dice = random.Random(f"{app_id} {self.seed}")
        reviews = [
            self._review(dice, store, day, _chapter(chapters, day))
            for day in range(-self.history, self.days)
            for _ in range(_poisson(dice, daily))
        ]
        if call is not None:
            reviews += [self._called(dice, call) for _ in range(call.reviews)]
        return StoreApp(
            store=store, app_id=app_id, names={"ja": "架空の手続き", "en": "Imaginary"}, reviews=reviews,
            displayed=list(self._scores(dice, chapters)),
            releases=[
                StoreRelease(version=c.version, at=BEGIN + timedelta(days=c.day, hours=1), notes=_NOTES)
                for c in chapters
            ],
        )  # fmt: skip

    def _review(self, dice: random.Random, store: str, day: int, now: Chapter) -> StoreReview:
        at = BEGIN + timedelta(days=day, seconds=dice.randrange(7200, 86_000))
        (stars,) = dice.choices((1, 2, 3, 4, 5), now.shares)
        kind = now.complaint if stars <= 2 else "usual_bad" if stars == 3 else "usual_good"
        state = _state(dice, store, at, stars, kind, now.version)
        return _with_life(dice, store, state) if self.is_lively else _as_review(dice, store, (state,))

    @staticmethod
    def _called(dice: random.Random, call: Call) -> StoreReview:
        at = BEGIN + timedelta(days=call.day, seconds=dice.randrange(7200, 80_000))
        return _as_review(dice, "google_play", (_state(dice, "google_play", at, 1, "call", None),))

    def _scores(self, dice: random.Random, chapters: Sequence[Chapter]) -> Iterator[Displayed]:
        """What the store shows, moving slowly after its reviews, another value every day."""
        score, ratings = 4.1, 20_000
        for day in range(-7, self.days):
            shares = _chapter(chapters, day).shares
            score += 0.04 * (sum(s * p for s, p in enumerate(shares, 1)) - score)
            ratings += dice.randint(150, 250)
            yield Displayed(
                since=BEGIN + timedelta(days=day, hours=-3), score=round(score, 4), ratings=ratings,
                written=ratings // 5, stars=_spread(ratings, shares),
            )  # fmt: skip


def _chapter(chapters: Sequence[Chapter], day: int) -> Chapter:
    return next((c for c in reversed(chapters) if c.day <= day), chapters[0])


def _state(
    dice: random.Random, store: str, at: datetime, stars: int, kind: str, version: str | None
) -> State:
    first, second = _WORDS[kind]
    return State(
        at=at, stars=stars, text=dice.choice(first) + dice.choice(second),
        title="感想" if store == "app_store" else None, version=None if dice.random() < 0.1 else version,
    )  # fmt: skip


def _with_life(dice: random.Random, store: str, state: State) -> StoreReview:
    """Now and then people edit once, are answered, or take their review away: later than a machine is off.

    What came and went meanwhile is seen by no machine that was off, and would make its tables others.
    """
    lot = dice.random()
    later = state.at + timedelta(days=dice.randint(8, 12), hours=dice.randint(0, 5))
    if lot < 0.03:
        edited = _state(dice, store, later, state.stars % 5 + 1, "usual_good", state.version)
        return _as_review(dice, store, (state, edited))
    if lot < 0.08:
        return _as_review(dice, store, (state,), (Reply(at=later, text="ご意見をありがとうございます。"),))
    return _as_review(dice, store, (state,), removed=later if lot < 0.09 else None)


def _as_review(
    dice: random.Random,
    store: str,
    states: tuple[State, ...],
    replies: tuple[Reply, ...] = (),
    removed: datetime | None = None,
) -> StoreReview:
    number = 11_000_000_000 + dice.getrandbits(33)
    return StoreReview(
        review_id=str(number) if store == "app_store" else str(UUID(int=dice.getrandbits(128), version=4)),
        place="jp" if store == "app_store" else "ja", states=states, author=f"made-up {dice.getrandbits(20)}",
        replies=replies, removed_at=removed,
    )  # fmt: skip


def _spread(ratings: int, shares: _Shares) -> tuple[int, int, int, int, int]:
    one, two, three, four, five = (round(ratings * share) for share in shares)
    return one, two, three, four, five


def _poisson(dice: random.Random, mean: int) -> int:
    """How many came on a day: about `mean`, as unevenly as if everybody came by chance."""
    return max(round(dice.gauss(mean, mean**0.5)), 0)


TWO_MONTHS = Story(
    days=60,
    procedures=(
        Chapter(day=-HISTORY, version="2.0.0"),
        Chapter(day=10, version="2.1.0", shares=BROKEN, complaint="sign_in"),
        Chapter(day=20, version="2.1.1"),
    ),
    library=(
        Chapter(day=-HISTORY, version="1.4.0"),
        Chapter(day=30, version="1.5.0", shares=SLOW, complaint="slow"),
    ),
    call=Call(day=47, reviews=400),
)
SOME_DAYS = Story(
    days=4,
    procedures=(
        Chapter(day=-40, version="2.0.0"),
        Chapter(day=0, version="2.1.0", shares=BROKEN, complaint="sign_in"),
    ),
    library=(Chapter(day=-40, version="1.4.0"),),
    call=None, daily=(40, 1, 1), history=40, is_lively=False,
)  # fmt: skip
