"""Who may hands a review over, to a channel or to an issue tracker; what became of it is said."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import handing_over, review_list
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
def test_a_review_goes_to_the_channel_that_was_chosen_and_its_end_is_said(
    editing: AppTest, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    asked: list[dict[str, Any]] = []

    def sent(request: dict[str, Any]) -> tuple[str, str]:
        asked.append(request)
        return state, "why"

    monkeypatch.setattr(handing_over, "sent", sent)
    key = _open(editing)
    editing.text_area(key=f"{key}-note").set_value("Please look")
    editing.selectbox(key=f"{key}-channel").set_value("mail")
    next(b for b in editing.button if b.label == EN("act.hand_over")).click().run()
    assert not editing.exception
    (request,) = asked
    assert (request["channel"], request["note"], request["review"]) == ("mail", "Please look", LOUD)
    assert "起動すると" in request["text"]
    assert EN(f"act.{state}", channel="mail", why="why") in words(editing)
    # What arrived is not sent once more by a second click on the same words.
    assert editing.text_area(key=f"{key}-note").value == ("" if state == "delivered" else "Please look")


def test_a_right_that_was_lost_since_tells_nobody(editing: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_over, "sent", lambda _: pytest.fail("somebody was told"))
    _open(editing)
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", '{"loopback": true, "hand_over": ["mail"]}')
    next(b for b in editing.button if b.label == EN("act.hand_over")).click().run()
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
    monkeypatch.setattr(handing_over, "SENDER", "no.such.module")
    assert handing_over.sent({"text": "secret"}) == ("refused", "CalledProcessError")
