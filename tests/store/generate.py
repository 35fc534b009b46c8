"""Apps with as many made-up reviews as wanted, the same for the same seed; 10,000 take less than a second."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tests.store.catalogue import (
    START,
    BetaFeedback,
    Displayed,
    Reply,
    State,
    StoreApp,
    StoreRelease,
    StoreReview,
)

NAMES = {"ja": "架空の手続き", "en": "Imaginary Procedures"}
_OPENINGS = {
    "ja": (
        "更新してから",
        "引っ越しの届けで",
        "いつも使っていますが",
        "初めて使いました。",
        "母のスマホでは",
        "夜になると",
    ),
    "en": (
        "Since the update ",
        "Moving house: ",
        "I use it daily, but ",
        "First time here. ",
        "At night ",
        "Café test: ",
    ),
}
_MIDDLES = {
    "ja": (
        "ログインできません",
        "とても速くなりました",
        "カードを読み取らない",
        "通知が来ない",
        "文字が小さい",
        "画面が真っ白です",
    ),
    "en": (
        "it won't sign me in",
        "it became fast",
        "the card isn't read",
        "no notice arrives",
        "the type is tiny",
        "screen stays white",
    ),
}
_ENDINGS = {
    "ja": ("。", "！！", "😀", "。\n直してください。", "（泣）", '。<b>至急</b> & "確認"'),
    "en": (".", "!!", " 😀", ".\nPlease fix it.", " – a pity", '. <b>Urgent</b> & "soon"'),
}
VERSIONS = ("1.0.0", "1.4.2", "1.5.1", "2.0.0")
LANGUAGE_OF = {"jp": "ja", "ja": "ja"}
"""The language people write in; English elsewhere."""


def words(dice: random.Random, place: str) -> str:
    """A text that a person of this language or country might write."""
    language = LANGUAGE_OF.get(place, "en")
    return (
        "".join(dice.choice(part[language]) for part in (_OPENINGS, _MIDDLES, _ENDINGS))
        + f" #{dice.getrandbits(24):06x}"
    )


def play_review(dice: random.Random, place: str, at: datetime, *, text: str | None = None) -> StoreReview:
    """A review on Google Play, with a version and an answer now and then, and rarely without any text."""
    written = text or (None if dice.random() < 0.01 else words(dice, place))
    version = None if dice.random() < 0.1 else dice.choice(VERSIONS)
    first = State(at=at, stars=dice.randint(1, 5), text=written, version=version)
    replied = Reply(
        at=at + timedelta(hours=dice.randint(1, 72)),
        text=f"ご意見をありがとうございます。{dice.getrandbits(16)}",
    )
    return StoreReview(
        review_id=str(UUID(int=dice.getrandbits(128), version=4)),
        place=place,
        states=_with_edit(dice, first, place),
        author=f"made-up person {dice.getrandbits(20)}",
        thumbs_up=int(dice.paretovariate(1.5)) - 1,
        replies=(replied,) if dice.random() < 0.15 else (),
    )


def app_store_review(
    dice: random.Random, place: str, at: datetime, app_id: str, *, text: str | None = None
) -> StoreReview:
    """A review in the App Store: always a title and a text."""
    language = LANGUAGE_OF.get(place, "en")
    first = State(
        at=at,
        stars=dice.randint(1, 5),
        text=text or words(dice, place),
        title=dice.choice(_MIDDLES[language]),
        version=None if dice.random() < 0.02 else dice.choice(VERSIONS),
    )
    replied = Reply(at=at + timedelta(hours=dice.randint(1, 72)), text=f"Thank you. {dice.getrandbits(16)}")
    number = 11_000_000_000 + dice.getrandbits(31)
    return StoreReview(
        review_id=str(number),
        place=place,
        states=_with_edit(dice, first, place),
        author=f"made-up person {dice.getrandbits(20)}",
        thumbs_up=dice.choice((0, 0, 0, 1, 5)),
        replies=(replied,) if dice.random() < 0.15 else (),
        connect_id=connect_id(app_id, number),
    )


def connect_id(app_id: str, number: int) -> str:
    """The id App Store Connect gives a review, after the two examples in Apple's documentation.

    There the app's number (682658836, hex 28b08c14) fills bytes 0-5 and 7, and four bytes follow that look
    like the review's number. Where the rest of a number beyond 32 bits goes is not documented: a guess.
    """
    app = int(app_id).to_bytes(7, "big")
    low, high = (number & 0xFFFFFFFF).to_bytes(4, "big"), (number >> 32).to_bytes(4, "big")
    return str(UUID(bytes=app[:6] + b"\x00" + app[6:] + low + high))


def _with_edit(dice: random.Random, first: State, place: str) -> tuple[State, ...]:
    if dice.random() >= 0.05:
        return (first,)
    later = first.at + timedelta(hours=dice.randint(1, 500))
    if later > START:
        return (first,)
    return first, State(
        at=later, stars=dice.randint(1, 5), text=words(dice, place), title=first.title, version=first.version
    )


def _moments(dice: random.Random, count: int, days: int) -> list[datetime]:
    """Whole seconds before START, a few of them shared, as in a real store."""
    moments = [START - timedelta(seconds=dice.randint(60, days * 86_400)) for _ in range(count)]
    return [moments[n - 1] if n and dice.random() < 0.02 else moment for n, moment in enumerate(moments)]


def play_app(
    app_id: str = "jp.example.app",
    *,
    reviews: int = 450,
    languages: Sequence[str] = ("ja", "en"),
    seed: int = 1,
    days: int = 400,
) -> StoreApp:
    """An app on Google Play with `reviews` reviews in each language, written in the `days` before START."""
    dice = random.Random(f"{app_id} {seed}")
    return StoreApp(
        store="google_play",
        app_id=app_id,
        names=NAMES,
        reviews=[play_review(dice, place, at) for place in languages for at in _moments(dice, reviews, days)],
        displayed=[
            Displayed(
                since=START - timedelta(days=days - d),
                score=2.2 + 2 * d / days + dice.random() / 100,
                ratings=1000 + 41 * d,
                written=300 + 7 * d,
                stars=(300 + d, 100 + d, 150 + 2 * d, 200 + 7 * d, 250 + 30 * d),
                installs=100_000 + 700 * d,
            )
            for d in range(0, days + 30, 7)
        ],
        releases=_releases(days),
    )


def app_store_app(
    app_id: str = "1500000001",
    *,
    reviews: int = 130,
    countries: Sequence[str] = ("jp", "us"),
    feedback: int = 0,
    seed: int = 1,
    days: int = 400,
) -> StoreApp:
    """An app in the App Store with `reviews` reviews in each country and `feedback` notes of testers."""
    dice = random.Random(f"{app_id} {seed}")
    return StoreApp(
        store="app_store",
        app_id=app_id,
        names=NAMES,
        reviews=[
            app_store_review(dice, place, at, app_id)
            for place in countries
            for at in _moments(dice, reviews, days)
        ],
        displayed=[
            Displayed(
                since=START - timedelta(days=days - d),
                country=country,
                score=round(2.2 + 2 * d / days + dice.random() / 100, 5),
                ratings=500 + 11 * d,
            )
            for country in countries
            for d in range(0, days + 30, 7)
        ],
        releases=_releases(days),
        feedback=[_note(dice, n, at) for n, at in enumerate(_moments(dice, feedback, 60))],
    )


def _releases(days: int) -> list[StoreRelease]:
    notes = ("不具合を直しました。\n速くなりました。", "Fixes <problems> & is faster.")
    return [
        StoreRelease(
            version=version,
            at=START - timedelta(days=days - n * days // len(VERSIONS)),
            notes={"ja": f"{version}: {notes[0]}", "en": f"{version}: {notes[1]}"},
        )
        for n, version in enumerate(VERSIONS)
    ]


def _note(dice: random.Random, number: int, at: datetime) -> BetaFeedback:
    return BetaFeedback(
        feedback_id=f"AB{dice.getrandbits(96):024X}",
        at=at,
        comment=words(dice, dice.choice(("ja", "en"))),
        email=f"tester{number}@example.invalid",
        kind=dice.choice(("screenshot", "screenshot", "crash")),
        locale=dice.choice(("ja-JP", "en-US")),
    )
