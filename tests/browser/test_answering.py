"""A reply goes from the browser through the child to a store, once switch and role are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard import i18n
from tests.browser.conftest import running
from tests.browser.screen import screen
from tests.browser.test_review import DOTS, INSIDE
from tests.dashboard import published
from tests.store import Catalogue, State, StoreApp, StoreReview, StoreServer, VirtualClock

if TYPE_CHECKING:
    from playwright.sync_api import Browser

APP = "jp.example.marked"
WHERE = f"/reviews?app={APP}&review=google_play%2F{APP}%2Floud"
WORDS = "ご不便をおかけしました。\n次の版で直します。"
# What a reader could think of putting into an address.
FORGED = "&answer=1&send=true&reply=loud&local_replier=true"


@pytest.fixture
def store() -> Iterator[StoreServer]:
    """Google Play with the review that the dashboard shows."""
    clock = VirtualClock(published.NOW)
    said = State(at=published.NOW - published.timedelta(days=3), stars=5, text="x")
    review = StoreReview(review_id="loud", place="ja", states=(said,), author="a")
    app = StoreApp(store="google_play", app_id=APP, names={"ja": "印"}, reviews=[review])
    with StoreServer(Catalogue([app]), clock=clock) as server:
        yield server


def _folder(store: StoreServer, folder: Path, *, on: bool) -> tuple[Path, Path]:
    """A data folder that is published, and a configuration with the app's key."""
    data, config = folder / "data", folder / "config"
    data.mkdir(mode=0o700)
    config.mkdir()
    published.publish(data, published.marked())
    (config / "account.json").write_text(json.dumps(store.service_account), "utf-8")
    (config / "apps.toml").write_text(
        f'[[app]]\nkey = "{APP}"\nname = "印"\n[[app.store]]\nstore = "google_play"\nid = "{APP}"\n'
        'service_account = "account.json"\n',
        "utf-8",
    )
    (config / "topics.toml").write_text("", "utf-8")
    switch = (
        "[dashboard.replies]\nsend = true\nlocal = true\n" if on else "[dashboard]\nlocal_editor = true\n"
    )
    addresses = f'[collect.addresses]\nandroid_publisher = "{store.url}"\n'
    (config / "hoshiyomi.toml").write_text(switch + addresses, "utf-8")
    return data, config


@pytest.mark.parametrize(("lang", "width"), [("en", 1366), ("ja", 390)])
def test_a_reply_is_seen_whole_sent_and_stands_in_the_store(
    chromium: Browser, store: StoreServer, tmp_path: Path, lang: str, width: int
) -> None:
    t = i18n.of(lang)
    data, config = _folder(store, tmp_path, on=True)
    with running(data, HOSHIYOMI_CONFIG=str(config)) as base, screen(chromium, base, lang, width) as s:
        s.open(WHERE)
        s.page.locator(DOTS).first.click()
        field = s.page.get_by_label(t("answer.words", store="Google Play"))
        field.wait_for()
        # The page is drawn once more when the field is there; nobody types as soon as that.
        s.settle()
        field.fill(WORDS)
        s.page.get_by_role("button", name=t("answer.look")).click()
        send = s.page.get_by_role("button", name=t("answer.send", store="Google Play"))
        send.wait_for()
        s.settle()
        shown = s.page.locator(f"{INSIDE} code").last.inner_text()
        assert shown.strip() == WORDS
        assert not s.look()
        s.shoot(Path("screenshots") / f"reply-{lang}-{width}.png")
        assert not store.asked("publisher_reply")
        send.click()
        s.page.get_by_text(t("answer.sent_title"), exact=True).wait_for()
        s.settle()
        assert not s.look()
        s.shoot(Path("screenshots") / f"reply-sent-{lang}-{width}.png")
    (review,) = store.catalogue.app("google_play", APP).reviews  # type: ignore[union-attr]
    assert [r.text for r in review.replies] == [WORDS]
    assert len(store.asked("publisher_reply")) == 1


def test_without_the_switch_there_is_no_field_and_no_address_leads_to_one(
    chromium: Browser, store: StoreServer, tmp_path: Path
) -> None:
    t = i18n.of("en")
    data, config = _folder(store, tmp_path, on=False)
    with running(data, HOSHIYOMI_CONFIG=str(config)) as base, screen(chromium, base, "en", 1366) as s:
        for where in (WHERE, WHERE + FORGED):
            s.open(where)
            s.page.locator(DOTS).first.click()
            s.page.wait_for_selector(f"{INSIDE} code")
            s.settle()
            assert s.page.get_by_role("button", name=t("act.correct")).count() == 1
            assert s.page.get_by_label(t("answer.words", store="Google Play")).count() == 0
            assert s.page.get_by_role("button", name=t("answer.look")).count() == 0
    assert not store.requests
