"""The loopback stores filled with invented personal texts, and the configuration that asks them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.conftest import CHECKOUT
from tests.personal.dumps import whole
from tests.personal.texts import Personal
from tests.store import (
    BetaFeedback,
    Catalogue,
    Displayed,
    Fault,
    FaultPlan,
    Reply,
    State,
    StoreApp,
    StoreRelease,
    StoreReview,
    StoreServer,
    VirtualClock,
)
from tests.store.generate import connect_id

PLAY, OWN_PLAY, MOVED_PLAY = (
    "jp.example.personal.play",
    "jp.example.personal.own",
    "jp.example.personal.moved",
)
FEED, CONNECT, MOVED_FEED = 1_600_000_001, 1_600_000_002, 1_600_000_003
_SHOWN = {"score": 3.3, "ratings": 100, "written": 20, "stars": (20,) * 5, "installs": 1000}


def _at(n: int, now: datetime) -> datetime:
    return now - timedelta(hours=1 + n % 100, seconds=n)


def _play_review(n: int, s: Personal, now: datetime, *, fields: int) -> StoreReview:
    """The text, the answer or the version, by turns; two fields are without the version, which the review API
    gives as a number, too."""
    said = [f"fine {n}", "thanks", "1.0"]
    said[n % fields] = whole(s)
    at = _at(n, now)
    return StoreReview(
        review_id=str(UUID(int=n + (4 << 76) + (8 << 60))), place="ja", author=s.marker,
        states=(State(at=at, stars=n % 5 + 1, text=said[0], version=said[2]),),
        replies=(Reply(at=at + timedelta(minutes=1), text=said[1]),),
    )  # fmt: skip


def _apple_review(n: int, s: Personal, now: datetime, app_id: int) -> StoreReview:
    number = 11_200_000_000 + n
    version, title, text = ("1.0", s.title or "x", s.text) if n % 4 else (whole(s), "x", f"x {n}")
    at = _at(n, now)
    replied = (Reply(at=at + timedelta(minutes=1), text=whole(s)),) if n % 5 == 3 else ()
    return StoreReview(
        review_id=str(number), place="jp", author=s.marker, replies=replied,
        connect_id=connect_id(str(app_id), number),
        states=(State(at=at, stars=n % 5 + 1, text=text, title=title, version=version),),
    )  # fmt: skip


def _app(store: str, app_id: str, about: Sequence[Personal], now: datetime, **given: object) -> StoreApp:
    """An app whose name, version and notes are somebody's, as far as there are texts."""
    said = [whole(s) for s in about] + ["An app", "1.0", "Notes"][len(about) :]
    app = StoreApp(
        store=store, app_id=app_id, names={"ja": said[0]},
        displayed=[Displayed(since=now - timedelta(days=9), **_SHOWN)],  # type: ignore[arg-type]
        releases=[StoreRelease(version=said[1], at=now - timedelta(days=9), notes={"ja": said[2]})],
    )  # fmt: skip
    for name, value in given.items():
        setattr(app, name, value)
    return app


def filled(secrets: dict[str, list[Personal]], now: datetime) -> Catalogue:
    """Both stores; `secrets` by the names of ROUTES."""

    def play(route: str, fields: int = 3) -> list[StoreReview]:
        return [_play_review(n, s, now, fields=fields) for n, s in enumerate(secrets[route])]

    def apple(route: str, app_id: int) -> list[StoreReview]:
        return [_apple_review(n, s, now, app_id) for n, s in enumerate(secrets[route])]

    shop, shelf = secrets["Play shop window"], secrets["App Store shop window"]
    notes = [
        BetaFeedback(
            feedback_id=f"AB{n:024X}", at=_at(n, now), comment=whole(s), email=f"t{n}@example.invalid",
            locale="ja-JP" if n % 5 or len(whole(s)) > 60 else whole(s),
            version="42" if n % 3 else whole(s),
        )
        for n, s in enumerate(secrets["TestFlight"])
    ]  # fmt: skip
    apps = [
        _app("google_play", PLAY, (), now, reviews=play("Play website")),
        _app("google_play", OWN_PLAY, (), now, reviews=play("Play review API", 2)),
        _app("google_play", MOVED_PLAY, (), now, reviews=play("Play moved")),
        _app("app_store", str(FEED), (), now, reviews=apple("App Store feed", FEED)),
        _app("app_store", str(CONNECT), (), now, reviews=apple("App Store Connect", CONNECT), feedback=notes),
        _app("app_store", str(MOVED_FEED), (), now, reviews=apple("App Store moved", MOVED_FEED)),
    ]
    apps += [_app("google_play", f"{PLAY}.w{n}", shop[n : n + 3], now) for n in range(0, len(shop), 3)]
    apps += [_app("app_store", str(FEED + 100 + n), shelf[n : n + 3], now) for n in range(0, len(shelf), 3)]
    return Catalogue(apps)


ROUTES = (
    "Play website", "Play review API", "Play moved", "Play shop window", "App Store feed",
    "App Store Connect", "App Store moved", "App Store shop window", "TestFlight",
)  # fmt: skip


def serving(secrets: dict[str, list[Personal]]) -> StoreServer:
    """A store that tells its own time truly; two lists come in a layout that nobody knows."""
    now = datetime.now(UTC)
    faults = FaultPlan(
        [
            Fault("layout_moved", route="play_reviews", app=MOVED_PLAY, times=None, field="score"),
            Fault("layout_moved", route="app_store_feed", app=str(MOVED_FEED), times=None, field="im:rating"),
        ]
    )
    return StoreServer(filled(secrets, now), faults, clock=VirtualClock(now, ticking=True))


def configure(folder: Path, server: StoreServer) -> Path:
    """A configuration that asks every app of the catalogue by every route that may be taken."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key.p8").write_text(server.connect.private_key)
    (folder / "play.json").write_text(json.dumps(server.service_account))
    (folder / "topics.toml").write_text((CHECKOUT / "config" / "topics.toml").read_text("utf-8"), "utf-8")
    entries = ['[[app]]\nkey = "procedures"\nname = "Procedures"\n']
    entries += [_entry(app, server) for app in server.catalogue.apps()]
    (folder / "apps.toml").write_text("\n".join(entries), "utf-8")
    names = ("google_play", "app_store", "app_store_connect", "android_publisher")
    addresses = "\n".join(f'{name} = "{server.url}"' for name in names)
    (folder / "hoshiyomi.toml").write_text(
        f'[collect]\nrequests_per_second = "unlimited"\nretry_rounds = 0\n[collect.addresses]\n{addresses}\n'
        '[intake]\noperator = "架空市"\ncontact = "窓口"\ntoken_per_minute = 1000000\n'
        "address_per_minute = 1000000\n",
        "utf-8",
    )
    return folder


def _entry(app: StoreApp, server: StoreServer) -> str:
    if app.app_id == PLAY:
        # The app that testers' feedback is about, too.
        return f'[[app.store]]\nstore = "google_play"\nid = "{PLAY}"\nlanguages = ["ja"]\n'
    own = ""
    if app.app_id == OWN_PLAY:
        own = 'service_account = "play.json"\n'
    if app.app_id == str(CONNECT):
        own = (
            f'[app.store.connect]\nkey_file = "key.p8"\nkey_id = "{server.connect.key_id}"\n'
            f'issuer_id = "{server.connect.issuer_id}"\n[app.store.beta_feedback]\n'
            'consent_version = "2026-01"\n'
            'cohort = "alpha"\nmay_analyse = true\nmay_quote = true\n'
        )
    where = 'languages = ["ja"]' if app.store == "google_play" else 'countries = ["jp"]'
    if app.app_id == OWN_PLAY:
        where = ""
    head = f'[[app]]\nkey = "a{app.app_id}"\nname = "An app"\n[[app.store]]\nstore = "{app.store}"\n'
    return f'{head}id = "{app.app_id}"\n{where}\n{own}'
