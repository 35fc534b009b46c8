"""A reply reaches its store as the store's documentation says, once the operator turned that on; what is not
sent leaves no trace, what is sent leaves one without words and without a name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.components import answering, replying
from flows.config.apps import AppStoreEntry, ConnectKey
from flows.config.settings import CollectChoice, DashboardChoice, RepliesChoice, Settings
from flows.replies import send as sending
from flows.replies.send import LONGEST, Outcome, Request, send
from flows.sources.http import ClientOptions
from tests.conftest import CHECKOUT
from tests.flows.collection.collecting import APPLE, PLAY
from tests.store import Catalogue, Fault, FaultPlan, StoreServer, app_store_app, play_app
from warehouse.replies import FOLDER, LEDGER, sent

STORES = pytest.mark.parametrize("store", ["google_play", "app_store"])
MY_NUMBER = "1234-5678-9012"
WORDS = "ご意見をありがとうございます。\n次の版で直します。"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = ClientOptions(attempts=2, read=10.0, total=15.0, first_wait=0.01, longest_retry_after=0.01)
    monkeypatch.setattr(sending, "_PATIENCE", quick)


def _catalogue() -> Catalogue:
    apple = app_store_app(APPLE, reviews=20, countries=("jp",))
    return Catalogue([play_app(PLAY, reviews=20, languages=("ja",)), apple])


@pytest.fixture
def server() -> Iterator[StoreServer]:
    with StoreServer(_catalogue()) as running:
        yield running


def _entry(server: StoreServer, store: str, folder: Path) -> AppStoreEntry:
    if store == "google_play":
        key = folder / "account.json"
        key.write_text(json.dumps(server.service_account))
        return AppStoreEntry(store=store, id=PLAY, service_account=key)
    key = folder / "key.p8"
    key.write_text(server.connect.private_key)
    account = ConnectKey(key_file=key, key_id=server.connect.key_id, issuer_id=server.connect.issuer_id)
    return AppStoreEntry(store=store, id=APPLE, connect=account)


def _settings(server: StoreServer, *, on: bool = True) -> Settings:
    there = {"android_publisher": server.url, "app_store_connect": server.url}
    return Settings(
        collect=CollectChoice(addresses=there),
        dashboard=DashboardChoice(replies=RepliesChoice(send=on, local=True)),
    )


def _review(server: StoreServer, store: str) -> tuple[str, str, Any]:
    """The newest review: its app, the id by which it is answered, itself."""
    app = PLAY if store == "google_play" else APPLE
    review, _ = server.catalogue.listing(store, app, None, server.clock.now())[0]
    return app, review.review_id if store == "google_play" else str(review.connect_id), review


def _sent(server: StoreServer, store: str, folder: Path, text: str = WORDS, **more: Any) -> Outcome:
    app, review_id, _ = _review(server, store)
    request = Request(store=store, store_app_id=app, review_id=more.pop("review_id", review_id), text=text)  # type: ignore[arg-type]
    entry = more.pop("entry") if "entry" in more else _entry(server, store, folder)
    return send(folder / "data", _settings(server, **more), entry, request, server.clock.now)


def _shown(server: StoreServer, store: str) -> str | None:
    app, _, review = _review(server, store)
    listing = server.catalogue.listing(store, app, None, server.clock.now())
    reply = next(r for r, _ in listing if r.review_id == review.review_id).reply_at(server.clock.now())
    return reply.text if reply else None


@STORES
def test_a_reply_stands_in_the_store_and_another_one_takes_its_place(
    server: StoreServer, tmp_path: Path, store: str
) -> None:
    assert _sent(server, store, tmp_path).state == "sent"
    assert _shown(server, store) == WORDS
    server.clock.advance(60)
    assert _sent(server, store, tmp_path, "二度目").state == "sent"
    assert _shown(server, store) == "二度目"
    app, review_id, _ = _review(server, store)
    known = sent(tmp_path / "data", store, app, review_id)
    assert [(r.outcome, r.letters) for r in known] == [("sent", len(WORDS)), ("sent", 3)]
    kept = (tmp_path / "data" / FOLDER / LEDGER).read_text("utf-8")
    assert "ありがとう" not in kept and "二度目" not in kept
    assert not (tmp_path / "data" / FOLDER / LEDGER).stat().st_mode & 0o077


@STORES
def test_a_switch_that_is_off_sends_nothing_whoever_asks(
    server: StoreServer, tmp_path: Path, store: str
) -> None:
    assert _sent(server, store, tmp_path, on=False).state == "off"
    assert _sent(server, store, tmp_path, entry=None).state == "off"
    keyless = AppStoreEntry(store=store, id=PLAY)
    assert _sent(server, store, tmp_path, entry=keyless).state == "off"
    assert not server.requests
    assert not (tmp_path / "data").exists()


@STORES
@pytest.mark.parametrize(
    ("text", "state"), [("", "empty"), (" \n\x07", "empty"), ("long", "too_long"), ("number", "personal")]
)
def test_what_may_not_be_said_goes_nowhere_and_is_not_kept(
    server: StoreServer, tmp_path: Path, store: str, text: str, state: str
) -> None:
    said = {"long": "あ" * (LONGEST[store] + 1), "number": f"番号は{MY_NUMBER}です"}.get(text, text)
    assert _sent(server, store, tmp_path, said).state == state
    assert not server.requests
    assert not (tmp_path / "data").exists()


@STORES
def test_the_longest_reply_is_taken(server: StoreServer, tmp_path: Path, store: str) -> None:
    assert _sent(server, store, tmp_path, "あ" * LONGEST[store]).state == "sent"


def test_dashboard_and_child_know_the_same_limits() -> None:
    assert replying.LONGEST == LONGEST
    assert sending.__name__ == answering.SENDER


@STORES
def test_a_key_that_may_read_and_not_reply_is_told_apart(tmp_path: Path, store: str) -> None:
    with StoreServer(_catalogue(), answers=False) as server:
        done = _sent(server, store, tmp_path)
    assert done.state == "not_allowed"
    app, review_id, _ = _review(server, store)
    assert [r.outcome for r in sent(tmp_path / "data", store, app, review_id)] == ["not_allowed"]


@STORES
def test_a_review_that_the_store_does_not_know_is_gone(
    server: StoreServer, tmp_path: Path, store: str
) -> None:
    assert _sent(server, store, tmp_path, review_id="no/such?review").state == "gone"


@STORES
@pytest.mark.parametrize(
    ("kind", "state"),
    [("too_many_requests", "quota"), ("server_error", "busy"), ("reset", "busy")],
)
def test_what_a_store_does_instead_is_named(tmp_path: Path, store: str, kind: Any, state: str) -> None:
    route = "publisher_reply" if store == "google_play" else "connect_reply"
    with StoreServer(_catalogue(), FaultPlan([Fault(kind, route=route, times=9, retry_after=9)])) as server:
        assert _sent(server, store, tmp_path).state == state


@STORES
def test_a_moment_of_trouble_is_tried_again(tmp_path: Path, store: str) -> None:
    route = "publisher_reply" if store == "google_play" else "connect_reply"
    with StoreServer(_catalogue(), FaultPlan([Fault("reset", route=route, times=1)])) as server:
        assert _sent(server, store, tmp_path).state == "sent"
        assert _shown(server, store) == WORDS


@STORES
def test_a_key_that_cannot_be_used_is_told_without_its_words(
    server: StoreServer, tmp_path: Path, store: str
) -> None:
    entry = _entry(server, store, tmp_path)
    for file in tmp_path.iterdir():
        file.write_text("SECRET")
    done = _sent(server, store, tmp_path, entry=entry)
    assert done.state == "key"
    assert "SECRET" not in (done.detail or "")


def test_a_reply_that_cannot_be_written_down_is_not_sent(server: StoreServer, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FOLDER).write_text("in the way")
    assert _sent(server, "google_play", tmp_path).state == "unrecorded"
    assert not server.requests


@STORES
def test_the_child_reads_the_operators_files(server: StoreServer, tmp_path: Path, store: str) -> None:
    config = tmp_path / "config"
    config.mkdir()
    entry = _entry(server, store, config)
    key = (
        'service_account = "account.json"'
        if store == "google_play"
        else f'connect = {{ key_file = "key.p8", key_id = "{server.connect.key_id}", '
        f'issuer_id = "{server.connect.issuer_id}" }}'
    )
    (config / "apps.toml").write_text(
        f'[[app]]\nkey = "a"\nname = "A"\n[[app.store]]\nstore = "{store}"\nid = "{entry.id}"\n{key}\n',
        "utf-8",
    )
    addresses = f'android_publisher = "{server.url}"\napp_store_connect = "{server.url}"\n'
    settings = f"[dashboard.replies]\nsend = true\nlocal = true\n[collect.addresses]\n{addresses}"
    app, review_id, _ = _review(server, store)
    request = {"store": store, "store_app_id": app, "review_id": review_id, "text": WORDS}
    for said, state in (("", "off"), (settings, "sent")):
        (config / "hoshiyomi.toml").write_text(said, "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", sending.__name__], input=json.dumps(request).encode(),
            env={**os.environ, "HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(tmp_path / "data")},
            capture_output=True, check=True, cwd=CHECKOUT, timeout=120,
        )  # fmt: skip
        assert json.loads(done.stdout)["state"] == state
    assert _shown(server, store) == WORDS


def test_a_line_that_a_killed_writer_left_half_hides_no_other(server: StoreServer, tmp_path: Path) -> None:
    assert _sent(server, "google_play", tmp_path).state == "sent"
    ledger = tmp_path / "data" / FOLDER / LEDGER
    with ledger.open("ab") as out:
        out.write(b'{"at": "2026-')
    server.clock.advance(timedelta(minutes=1).total_seconds())
    assert _sent(server, "google_play", tmp_path, "また").state == "sent"
    app, review_id, _ = _review(server, "google_play")
    assert [r.letters for r in sent(tmp_path / "data", "google_play", app, review_id)] == [len(WORDS), 2]
