"""Who may hands a review over, to a channel or to an issue tracker; what became of it is said."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import beside, handing_over, review_list
from dashboard.components.beside import Ended
from dashboard.rows.reviews import Review
from flows.config.settings import FIELDS, DashboardChoice, TrackerTable
from tests.conftest import CHECKOUT
from tests.dashboard.conftest import Screen, words
from tests.dashboard.rows import row

EN = text.of("en")
APP = "jp.example.marked"
LOUD = f"google_play/{APP}/loud"
TRACKER = TrackerTable(
    name="Issues", url="https://tracker.example.go.jp/new?title={title}&body={text}%0A{link}"
)
CHOICE = DashboardChoice(local_editor=True, hand_over=("product", "mail"), trackers=(TRACKER,))


def _open(at: AppTest) -> str:
    key = review_list.dots("one", LOUD)
    at.session_state[key] = True
    at.run()
    assert not at.exception
    return f"hand-{key}"


@pytest.fixture
def editing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The link of a review, opened by an editor."""
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", CHOICE.rules(login=False, loopback=True))
    return screen("reviews", "marked", lang="en", app=APP, review=LOUD)


@pytest.mark.parametrize("state", ["delivered", "waits", "failed", "refused"])
def test_a_review_goes_beside_the_page_to_the_channel_that_was_chosen_and_its_end_is_said(
    editing: AppTest, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    asked: list[dict[str, Any]] = []
    may_end, has_ended = threading.Event(), threading.Event()

    def child(module: str, request: dict[str, Any]) -> Ended:
        asked.append(request)
        assert module == handing_over.SENDER
        assert may_end.wait(600)
        has_ended.set()
        return Ended(state, "why")

    monkeypatch.setattr(beside, "child", child)
    key = _open(editing)
    editing.text_area(key=f"{key}-note").set_value("Please look")
    editing.selectbox(key=f"{key}-channel").set_value("mail")
    _button(editing).click().run()
    # The page is there again while the child still works, and the review cannot be sent twice.
    assert not has_ended.is_set()
    assert EN("act.sending", channel="mail") in words(editing)
    assert _button(editing).disabled
    may_end.set()
    _until(editing, EN(f"act.{state}_title"))
    assert not _button(editing).disabled
    (request,) = asked
    assert (request["channel"], request["note"], request["review"]) == ("mail", "Please look", LOUD)
    assert "起動すると" in request["text"]
    assert EN(f"act.{state}", channel="mail", why="why") in words(editing)
    # What arrived is not sent once more by a second click on the same words.
    assert editing.text_area(key=f"{key}-note").value == ("" if state == "delivered" else "Please look")
    # A new note is not taken away by what was told of the one before.
    editing.text_area(key=f"{key}-note").set_value("More")
    _button(editing).click().run()
    _until(editing, EN(f"act.{state}_title"))
    assert [request["note"] for request in asked] == ["Please look", "More"]


def _button(at: AppTest) -> Any:
    return next(b for b in at.button if b.label == EN("act.hand_over"))


def _until(at: AppTest, said: str) -> None:
    """Look again as the page does by itself, until it says so."""
    for _ in range(100):
        at.run()
        assert not at.exception
        if said in words(at):
            return
        time.sleep(0.05)
    raise AssertionError(f"the page never said {said!r}")


def test_a_right_that_was_lost_since_tells_nobody(editing: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "child", lambda *_: pytest.fail("somebody was told"))
    _open(editing)
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", '{"loopback": true, "hand_over": ["mail"]}')
    _button(editing).click().run()
    assert not editing.exception


def test_a_tracker_opens_with_the_review_filled_in(editing: AppTest) -> None:
    _open(editing)
    (button,) = editing.get("link_button")
    asked = urlsplit(button.proto.url)
    assert (asked.scheme, asked.netloc) == ("https", "tracker.example.go.jp")
    body = parse_qs(asked.query)["body"][0].splitlines()
    assert "起動すると" in body[0]
    assert "review=google_play" in body[1]


@pytest.mark.parametrize("loopback", [True, False])
def test_viewers_are_offered_neither(screen: Screen, monkeypatch: pytest.MonkeyPatch, loopback: bool) -> None:
    choice = CHOICE.model_copy(update={"local_editor": not loopback})
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", choice.rules(login=False, loopback=loopback))
    at = screen("reviews", "marked", lang="en", app=APP, review=LOUD)
    _open(at)
    assert not at.get("link_button")
    assert not at.text_area


def test_every_field_of_a_tracker_is_filled_and_none_breaks_out_of_its_place() -> None:
    review = row(Review, title="a&b=c#d/../e", text="x" * 9_000 + "\u202e", version="1{link}", rating=1)
    values = handing_over.fields(EN, review, "App & Co", "https://stars.example/reviews?a=b")
    assert set(values) == set(FIELDS)
    address = handing_over.filled("https://t.example/n?q={title}&v={version}&t={text}#{app}", values)
    parts = urlsplit(address)
    assert parts.netloc == "t.example"
    assert parse_qs(parts.query)["q"] == ["a&b=c#d/../e"]
    assert parse_qs(parts.query)["v"] == ["1{link}"]
    assert len(address) < 8_000


def test_the_dashboard_starts_without_what_speaks_to_channels() -> None:
    says = "import sys, dashboard.app, dashboard.components.review_list as r; print('apprise' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", says], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"


def test_a_child_that_fails_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert beside.child("no.such.module", {"text": "secret"}) == Ended("refused", "CalledProcessError")


def test_the_child_imports_nothing_that_looks_at_the_warehouse_or_the_machine() -> None:
    """It starts while a person waits; what those bring takes longer than sending."""
    says = (
        "import sys, flows.alerts.hand_over;"
        "print([m for m in ('duckdb', 'flows.health', 'flows.redaction', 'prefect') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", says], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
