"""Published files for the dashboard's tests, made without any importer and without the classifier.

A test writes records with the builders and `publish` takes them the real way: landing, load,
predictions, marts, publication. What the "model" says of a text is decided by the test.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.ratings.prevalence import with_rates
from tests.builders import consent, correction, coverage, feedback, release, review, snapshot
from tests.dashboard.analysed import analyse
from warehouse import publish as publishing
from warehouse import schema
from warehouse.landing import Landing
from warehouse.records import (
    Consent,
    Correction,
    Coverage,
    Feedback,
    RatingSnapshot,
    Record,
    RejectedRow,
    Release,
    Review,
)
from warehouse.writes import AppRow, PredictionRow, TopicRow, writer

CONFUSION = json.dumps(
    with_rates(json.loads((Path(__file__).parents[2] / "models/bundled/confusion.json").read_text("utf-8")))
)
"""What the bundled model takes for what."""
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
MODEL = "test-model-1"
SAMPLE = "jp.example.procedures"
SAMPLE_APP_STORE = "1500000001"

TOPICS = tuple(
    TopicRow(position=i, topic=key, label_en=en, label_ja=ja, lens=lens, owner=None)
    for i, (key, en, ja, lens) in enumerate(
        [
            ("crash", "Crashes", "クラッシュ・起動しない", "reliability"),
            ("login", "Sign-in and account", "ログイン・アカウント", "trust"),
            ("scanning", "Card and code reading", "カード・コード読み取り", "trust"),
            ("performance", "Speed and battery", "動作の軽さ・電池", "reliability"),
            ("usability", "Ease of use", "使いやすさ", "user_experience"),
            ("privacy_security", "Privacy and security", "プライバシー・安全", "trust"),
            ("service", "The service behind", "制度・サービス", "service"),
        ]
    )
)

Says = Callable[[str], tuple[str, tuple[tuple[str, float], ...]]]


@dataclass(slots=True)
class World:
    """Everything that one published file is made of."""

    reviews: list[Review] = field(default_factory=list)
    snapshots: list[RatingSnapshot] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    apps: list[AppRow] = field(default_factory=list)
    says: Says | None = None
    figures: str = "{}"
    confusion: str = CONFUSION
    is_analysed: bool = False


def nothing(_: str) -> tuple[str, tuple[tuple[str, float], ...]]:
    """A model that finds every text neutral and about nothing."""
    return "neutral", ()


def publish(data: Path, world: World, now: datetime = NOW) -> Path:
    """Publish `world` in the folder `data`; the path of the published file."""
    landing = Landing(data)
    kinds: Iterable[tuple[str, Sequence[Record]]] = (
        ("reviews", world.reviews),
        ("rating_snapshots", world.snapshots),
        ("releases", world.releases),
        ("rejected_rows", world.rejected),
        ("consents", world.consents),
        ("feedback", world.feedback),
        ("corrections", world.corrections),
        ("coverage", world.coverage),
    )
    for kind, records in kinds:
        landing.write(kind, f"b{len(landing.files(kind))}", kind, records)
    with writer(data) as w:
        w.set_apps(world.apps)
        w.set_topics(TOPICS)
        w.load(now)
        if world.says is not None:
            w.serve_model(MODEL, "Test model", world.figures, now, world.confusion)
            texts = w.unclassified(MODEL, 1_000_000)
            w.add_predictions(MODEL, [_prediction(h, t, world.says) for h, t in texts], now)
        if world.is_analysed:
            analyse(w, now)
        schema.build(w.con)
    return publishing.publish(data, now).path


def _prediction(text_hash: str, text: str, says: Says) -> PredictionRow:
    sentiment, topics = says(text)
    others = {"negative": 0.09, "neutral": 0.09, "positive": 0.09}
    # A text in a language outside the card is as likely one as the other.
    others = others | {sentiment: 0.82} if sentiment in others else dict.fromkeys(others, 1 / 3)
    if text == TORN:
        others = dict.fromkeys(others, 0.225) | {sentiment: 0.55}
    return PredictionRow(
        text_hash=text_hash,
        sentiment=sentiment,
        p_negative=others["negative"],
        p_neutral=others["neutral"],
        p_positive=others["positive"],
        topics=topics,
    )


# --- a story: two years of one app in two stores, a redesign in the middle ---------------------------

_PHRASES: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {
    "negative": [
        ("起動するとすぐ落ちます。何度入れ直しても同じでした。", "ja", ("crash",)),
        ("ログインのたびに最初からやり直しで、途中であきらめました。", "ja", ("login",)),
        ("カードを何度かざしても読み取れません。位置の説明がほしいです。", "ja", ("scanning", "usability")),
        ("申請の途中で戻ると入力が全部消えるのはつらい。", "ja", ("usability",)),
        ("とにかく重い。画面が切り替わるまで十秒かかる。", "ja", ("performance",)),
        ("Crashes on the confirmation page every single time.", "en", ("crash",)),
        ("Signing in takes three attempts and then logs me out again.", "en", ("login",)),
        ("It asks for far more permissions than a form should need.", "en", ("privacy_security",)),
    ],
    "neutral": [
        ("引っ越しの届出に使いました。窓口にも一度行く必要がありました。", "ja", ("service",)),
        ("普通に使えますが、字がもう少し大きいと助かります。", "ja", ("usability",)),
        ("Works, but I still had to visit the counter for the last step.", "en", ("service",)),
    ],
    "positive": [
        ("新しい画面は次に何をすればよいか分かりやすいです。", "ja", ("usability",)),
        ("カードの読み取りが一回で通るようになりました。", "ja", ("scanning",)),
        ("役所に行かずに手続きが終わりました。助かります。", "ja", ("service",)),
        ("動きが軽くなって、電池も減らなくなった。", "ja", ("performance",)),
        ("The new design tells me exactly which papers I need.", "en", ("usability",)),
        ("Sign-in with the card works first time now. Thank you.", "en", ("login", "scanning")),
    ],
}
_VERSIONS = [
    (0, "1.8.0"), (95, "1.8.3"), (190, "1.9.0"), (290, "1.9.4"), (391, "2.0.0"), (412, "2.0.1"),
    (470, "2.1.0"), (540, "2.2.0"), (548, "2.2.1"), (640, "2.3.0"),
]  # fmt: skip
_DAYS = 730


def story(seed: int = 7, days: int = _DAYS, now: datetime = NOW) -> World:
    """A sample app whose displayed score rises from 2.2 to 4.2 after a redesign on day 391."""
    chance = random.Random(seed)
    start = (now - timedelta(days=days)).replace(hour=0)
    world = World(says=_say)
    for store, app_id, tongues in (
        ("google_play", SAMPLE, ("ja", "ja", "ja", "en")),
        ("app_store", SAMPLE_APP_STORE, ("ja", "ja", "en")),
    ):
        _write_store(world, chance, start, days, store, app_id, tongues)
        world.apps.append(
            AppRow(app="procedures", name="くらしの手続き", owner=None, store=store, store_app_id=app_id)
        )
    return world


def _write_store(
    world: World,
    chance: random.Random,
    start: datetime,
    days: int,
    store: str,
    app_id: str,
    tongues: tuple[str, ...],
) -> None:
    place = {"store": store, "store_app_id": app_id, "is_sample": True, "source": "sample"}
    seen = start + timedelta(days=days, hours=5)
    for n in range(days):
        for k in range(chance.choice((0, 1, 1, 2, 2, 3) if store == "google_play" else (0, 0, 1, 1, 2))):
            world.reviews.append(_one_review(chance, start, n, k, place, tongues, seen))
        if n % 7 == 0:
            score = 2.2 + 2.0 / (1 + math.exp(-(n - 470) / 55)) - (0.15 if store == "google_play" else 0)
            world.snapshots.append(
                snapshot(
                    **place,
                    observed_at=start + timedelta(days=n, hours=3),
                    seen_at=seen,
                    displayed_score=round(min(4.25, max(1.0, score + chance.uniform(-0.02, 0.02))), 2),
                    ratings_count=4_000 + 31 * n,
                    country="jp" if store == "app_store" else None,
                )
            )
    for day, version in _VERSIONS:
        if day < days:
            world.releases.append(
                release(version, **place, released_at=start + timedelta(days=day), seen_at=seen)
            )
    complete = store == "google_play"
    world.coverage.append(
        coverage(
            "b0",
            **place,
            started_at=seen,
            finished_at=seen,
            covered_until=seen,
            outcome="complete" if complete else "partial",
            reason="end_confirmed" if complete else "page_limit",
        )
    )


def _one_review(
    chance: random.Random,
    start: datetime,
    day: int,
    number: int,
    place: dict[str, object],
    tongues: tuple[str, ...],
    seen: datetime,
) -> Review:
    version = next(v for d, v in reversed(_VERSIONS) if d <= day)
    good = 0.16 if day < 391 else min(0.72, 0.40 + (day - 391) / 500)
    if 540 <= day < 548:
        good = 0.1
    draw = chance.random()
    tone = "positive" if draw < good else "neutral" if draw < good + 0.16 else "negative"
    tongue = chance.choice(tongues)
    text, _, _ = chance.choice([p for p in _PHRASES[tone] if p[1] == tongue])
    stars = {"positive": (4, 5, 5, 5), "neutral": (2, 3, 3, 4), "negative": (1, 1, 1, 2, 2)}[tone]
    at = start + timedelta(days=day, seconds=chance.randrange(86_400))
    google = place["store"] == "google_play"
    answered = chance.random() < 0.2
    return review(
        f"{place['store']}-{day}-{number}",
        **place,
        rating=chance.choice(stars),
        text=f"{text} ({version})" if chance.random() < 0.3 else text,
        title=None if google else text[:12],
        reviewed_at=at,
        seen_at=seen,
        language=tongue if google else None,
        country=None if google else ("jp" if tongue == "ja" else "us"),
        version=version if chance.random() < 0.9 else None,
        thumbs_up=chance.choice((0, 0, 0, 1, 2, 7)),
        reply="ご意見をありがとうございます。次の版で直します。" if answered else None,
        replied_at=at + timedelta(days=2) if answered else None,
    )


FOREIGN = "打不開，一直轉圈圈"
"""A text in a language that no card covers."""
TORN = "星はありません"
"""Of this text the model of these worlds is unsure."""


def _say(text: str) -> tuple[str, tuple[tuple[str, float], ...]]:
    if text == FOREIGN:
        return "not_covered", ()
    for tone, phrases in _PHRASES.items():
        for phrase, _, topics in phrases:
            if phrase in text:
                return tone, tuple((t, 0.9) for t in topics)
    return "neutral", ()


UNQUOTED = "これは引用しないでください"
"""What testers wrote who do not agree to be quoted, or whose cohort has fewer than five people."""


def with_alpha(world: World, app: str = "procedures", texts: Sequence[str] = ()) -> World:
    """A world with an alpha: a cohort of twelve, of whom one may not be quoted, and one of three."""
    before = NOW - timedelta(days=300)
    said = [(phrase, tongue) for phrase, tongue, _ in _PHRASES["negative"]]
    said += [(text, "ja") for text in texts]
    for tester in range(15):
        cohort = "alpha-1" if tester < 12 else "alpha-tiny"
        agrees = {"may_quote": tester != 0}
        who = {"app": app, "cohort": cohort, "is_sample": True}
        world.consents.append(consent(f"t{tester}", **who, **agrees, at=before - timedelta(days=1)))
        for n in range(3):
            text, tongue = said[(tester + 5 * n) % len(said)]
            secret = tester == 0 or tester >= 12
            world.feedback.append(
                feedback(
                    f"f{tester}-{n}", tester=f"t{tester}", **who, **agrees, language=tongue,
                    text=UNQUOTED if secret else text, version="2.0.0-beta.1", screen="form",
                    submitted_at=before + timedelta(days=tester), seen_at=NOW,
                )
            )  # fmt: skip
    return world


def analysed() -> World:
    """The story up to after its redesign, with an alpha, and with everything that the analysis finds."""
    world = with_alpha(story(days=600))
    world.is_analysed = True
    return world


# --- smaller worlds --------------------------------------------------------------------------------


def portfolio(apps: int = 40, seed: int = 11) -> World:
    """Many apps, each with four months of reviews; coverage of every outcome, one app without any."""
    chance = random.Random(seed)
    world = World(says=_say)
    endings = (("complete", "end_confirmed"), ("partial", "page_limit"), ("failed", "blocked"))
    for a in range(apps):
        place = {"store_app_id": f"jp.example.app{a:03}", "source": "test", "language": "ja"}
        level = chance.uniform(0.1, 0.8)
        for n in range(chance.choice((0, 3, 40, 160))):
            tone = "positive" if chance.random() < level else "negative"
            at = NOW - timedelta(days=chance.randrange(120), minutes=chance.randrange(1440))
            world.reviews.append(
                review(
                    f"a{a}-{n}",
                    **place,
                    rating=5 if tone == "positive" else 1,
                    text=chance.choice(_PHRASES[tone])[0],
                    reviewed_at=at,
                    seen_at=NOW,
                )
            )
        world.snapshots.append(
            snapshot(
                store_app_id=place["store_app_id"],
                observed_at=NOW - timedelta(days=1),
                seen_at=NOW,
                displayed_score=round(1.5 + 3 * level, 1),
            )
        )
        outcome, reason = endings[a % 3]
        late = timedelta(days=40 if a % 7 == 0 else 0)
        world.coverage.append(
            coverage(
                "b0",
                store_app_id=place["store_app_id"],
                started_at=NOW - late,
                finished_at=NOW - late,
                covered_until=NOW - late,
                outcome=outcome,
                reason=reason,
            )
        )
        world.apps.append(
            AppRow(
                app=f"app{a:03}",
                name=f"サンプル市アプリ {a:03}",
                owner=("Citizen services", "Transport", None)[a % 3],
                store="google_play",
                store_app_id=f"jp.example.app{a:03}",
            )
        )
    return world


CARD = {
    "ja": {
        "what": "real Japanese reviews", "texts": 123, "sentiment_macro_f1": 0.768,
        "sentiment_macro_f1_95": [0.682, 0.846], "topics_micro_f1": 0.579,
        "topics_micro_f1_95": [0.523, 0.641], "tfidf": [0.65, 0.38], "majority": [0.263, 0.0],
        "int8": [0.004, 0.001],
    },
    "<b>xx</b>": {"what": "<b>unknown</b>", "texts": 9, "sentiment_macro_f1": 0.5},
}  # fmt: skip


def marked() -> World:
    """A handful of reviews, each with one thing that the Reviews page can look for; and data that was put
    aside, replaced and refused."""
    place = {"store_app_id": "jp.example.marked", "source": "google_play", "language": "ja", "version": "1.0"}
    at = {"reviewed_at": NOW - timedelta(days=3), "seen_at": NOW - timedelta(days=1)}
    first = {**at, "seen_at": NOW - timedelta(days=2)}
    return World(
        reviews=[
            review("edited", **place, **first, rating=1, text="最初は使えませんでした。"),
            review("edited", **place, **at, rating=5, text="直ったので書き直します。"),
            review("answered", **place, **at, rating=3, text="ふつう", reply="感謝します。", replied_at=NOW),
            review("loud", **place, **at, rating=5, text=_PHRASES["negative"][0][0]),
            review("quiet", **place, **at, rating=1, text="役所に行かずに手続きが終わりました。助かります。"),
            review("half", **place, **at, rating=2, title="ﾛｸﾞｲﾝ", text="ＡＢＣ社のﾊﾞｸﾞです", redactions=2),
            review("gone", **place, **first, rating=4, text="もう見えないレビュー"),
            review("unrated", **place, **at, rating=None, text=TORN),
            review("foreign", **place, **at, rating=2, text=FOREIGN),
        ],
        corrections=[
            correction("answered", "ふつう", store_app_id="jp.example.marked", topics=("login",)),
            # Of a text that was edited since.
            correction("edited", "最初は使えませんでした。", store_app_id="jp.example.marked"),
        ],
        feedback=[feedback("f1", app="marked", text="テスターだけの秘密の言葉", may_quote=False)],
        rejected=[
            RejectedRow(
                batch="b0", source="file:csv", file="reviews.csv", row_number=7, field="stars",
                reason="rating_out_of_range", remedy="mend it", excerpt="とても秘密の抜粋",
            )
        ],
        coverage=[
            # What was seen before this whole crawl began and not in it has vanished.
            coverage(
                "b0", **{k: place[k] for k in ("store_app_id", "source")}, asked_since=None,
                started_at=NOW - timedelta(days=1, hours=1), finished_at=NOW - timedelta(days=1),
                covered_until=NOW - timedelta(days=1, hours=1), outcome="complete", reason="end_confirmed",
            ),
            coverage(
                "b1", **{k: place[k] for k in ("store_app_id", "source")}, asked_for="snapshots",
                started_at=NOW, finished_at=NOW, covered_until=None, got=0, outcome="failed",
                reason="shape_changed", detail="<b>moved</b>",
            ),
        ],
        says=_say,
        figures=json.dumps(CARD),
    )  # fmt: skip


HOSTILE_TEXTS = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>",
    "</div></div><style>*{display:none}</style><iframe src='https://example.org'></iframe>",
    "**bold** [click](javascript:alert(1)) ![i](https://example.org/i.png) :red[x] $x^2$ :material/star:",
    "abc\u202egpj.exe\u202c \u2066isolate\u2069 \u200fmark",
    "Z" + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307" * 40 + "algo",
    '=HYPERLINK("https://example.org","x")',
    "A" * 5_000,
    "{{constructor.constructor('alert(1)')()}} {t} %s {0}",
)


def hostile() -> World:
    """Every string that a store sends is an attack."""
    world = World(says=lambda _: ("negative", (("crash", 0.99),)))
    place = {"store_app_id": "jp.example.hostile", "source": "test"}
    for n, text in enumerate(HOSTILE_TEXTS):
        world.reviews.append(
            review(
                f"h{n}",
                **place,
                rating=1,
                title=text[:200],
                text=text,
                reply=text[:300],
                replied_at=NOW,
                version=f"<b>{n}</b>",
                language="ja",
                reviewed_at=NOW - timedelta(days=n + 1),
                seen_at=NOW,
            )
        )
        # What it said before is as hostile.
        world.reviews.append(
            review(f"h{n}", **place, rating=2, text=f"{text} before", seen_at=NOW - timedelta(days=n + 1))
        )
        world.releases.append(
            release(f"<b>{n}</b>", **place, released_at=NOW - timedelta(days=n + 1), seen_at=NOW)
        )
    world.snapshots.append(
        snapshot(**place, observed_at=NOW, seen_at=NOW, title="<script>alert(1)</script> **x** :red[y]")
    )
    world.coverage.append(
        coverage(
            "b0",
            **place,
            started_at=NOW,
            finished_at=NOW,
            covered_until=NOW,
            outcome="failed",
            reason="blocked",
            detail="<img src=x onerror=alert(1)>",
        )
    )
    world.is_analysed = True
    return with_alpha(world, app="<b>app</b>", texts=[t[:400] for t in HOSTILE_TEXTS])
