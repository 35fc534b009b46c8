"""A reply goes to the store only from those who may, only after its words were shown whole, and beside the
page."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import answering, beside, review_list
from dashboard.components.beside import Ended
from dashboard.rows.reviews import Review
from flows.config.settings import DashboardChoice, RepliesChoice
from flows.replies.send import Outcome
from tests.dashboard.conftest import Screen, words
from tests.dashboard.rows import row
from warehouse.replies import Sent, note

EN, JA = text.of("en"), text.of("ja")
APP = "jp.example.marked"
LOUD = f"google_play/{APP}/loud"
ANSWERABLE = [("google_play", APP)]
CHOICE = DashboardChoice(replies=RepliesChoice(send=True, local=True, groups=("app-support",)))
RULES = CHOICE.rules(login=False, loopback=True, answerable=ANSWERABLE)
DRAFT = {"name": "thanks", "text": "Thank you.", "language": None, "topics": []}
STATES = Outcome.model_fields["state"].annotation.__args__  # type: ignore[union-attr]


def _opened(screen: Screen, monkeypatch: pytest.MonkeyPatch, rules: str) -> AppTest:
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", rules)
    monkeypatch.setenv("HOSHIYOMI_REPLIES", json.dumps([DRAFT]))
    at = screen("reviews", "marked", lang="en", app=APP, review=LOUD)
    at.session_state[review_list.dots("one", LOUD)] = True
    at.run()
    assert not at.exception
    return at


def _button(at: AppTest, words: str) -> Any:
    return next((b for b in at.button if b.label == words), None)


LOOK, SEND, BACK = EN("answer.look"), EN("answer.send", store="Google Play"), EN("answer.back")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the child was asked; it answers `sent`."""
    found: list[dict[str, Any]] = []

    def child(module: str, request: dict[str, Any]) -> Ended:
        assert module == answering.SENDER
        found.append(request)
        return Ended("sent")

    monkeypatch.setattr(beside, "child", child)
    return found


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"send": False, "local": True, "groups": ("app-support",)},
        {"send": True, "groups": ("app-support",)},
    ],
)
def test_without_switch_and_role_nothing_is_offered(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, choice: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    made = DashboardChoice(local_editor=True, replies=RepliesChoice(**choice))
    at = _opened(screen, monkeypatch, made.rules(login=False, loopback=True, answerable=ANSWERABLE))
    assert _button(at, LOOK) is None
    assert not at.text_area
    assert not asked


def test_other_machines_reach_no_reply_of_the_person_at_this_one() -> None:
    from dashboard import auth

    rules = auth.rules_of(CHOICE.rules(login=False, loopback=False, answerable=ANSWERABLE))
    assert not auth.local(rules).answerable
    assert auth.local(auth.rules_of(RULES)).answerable == set(ANSWERABLE)


def test_words_are_shown_whole_before_they_go_and_only_those_go(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    at = _opened(screen, monkeypatch, RULES)
    (field,) = at.text_area
    assert field.value == "Thank you."
    field.set_value("  We will mend it.\nThank you. ")
    assert _button(at, SEND) is None
    _button(at, LOOK).click().run()
    assert not asked
    assert at.main.code[-1].value == "We will mend it.\nThank you."
    assert EN("answer.public", store="Google Play") in words(at)
    # Thinking again keeps the words.
    _button(at, BACK).click().run()
    assert at.text_area[0].value == "We will mend it.\nThank you."
    _button(at, LOOK).click().run()
    _button(at, SEND).click().run()
    _until(at, EN("answer.sent_title"))
    assert asked == [
        {
            "store": "google_play",
            "store_app_id": APP,
            "review_id": "loud",
            "text": "We will mend it.\nThank you.",
        }
    ]


def test_while_it_is_sent_the_page_is_there_and_nothing_can_be_sent_twice(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def child(*_: Any) -> Ended:
        assert may_end.wait(600)
        return Ended("conflict", "HTTP 409")

    monkeypatch.setattr(beside, "child", child)
    at = _opened(screen, monkeypatch, RULES)
    _button(at, LOOK).click().run()
    _button(at, SEND).click().run()
    assert EN("answer.sending", store="Google Play") in words(at)
    assert _button(at, LOOK) is _button(at, SEND) is None
    may_end.set()
    _until(at, EN("answer.conflict_title"))
    # What was refused can be changed and sent again.
    assert at.text_area[0].value == "Thank you."


def test_a_right_that_was_lost_since_sends_nothing(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    at = _opened(screen, monkeypatch, RULES)
    _button(at, LOOK).click().run()
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", '{"loopback": true}')
    _button(at, SEND).click().run()
    assert not at.exception
    assert not asked


def test_a_reply_of_somebody_else_is_told_before_another_one_goes(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 20, 3, tzinfo=UTC)
    reply = Sent(
        at=at, store="google_play", store_app_id=APP, review_id="loud", endpoint="x", letters=3
    )  # fmt: skip
    note(tmp_path, reply)
    known = answering.replies.sent
    monkeypatch.setattr(answering.replies, "sent", lambda _folder, *of: known(tmp_path, *of))
    opened = _opened(screen, monkeypatch, RULES)
    said = EN("answer.perhaps_before", when=EN.moment(at), store="Google Play")
    assert said in words(opened)
    note(tmp_path, replace(reply, outcome="sent"))
    assert EN("answer.before", when=EN.moment(at), store="Google Play") in words(opened.run())


@pytest.mark.parametrize("t", [EN, JA], ids=["en", "ja"])
def test_every_end_has_its_words_with_a_remedy(t: text.Text) -> None:
    for state in (*STATES, "refused"):
        assert t.has(f"answer.{state}_title")
        assert t(f"answer.{state}", store="S", why="w", most=350)


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ({}, True),
        ({"store_app_id": "another.app"}, False),
        ({"store": "app_store", "store_app_id": "15", "review_id": "12345"}, False),
        ({"store": "app_store", "store_app_id": "15", "review_id": "0000-1f-b"}, True),
        ({"is_sample": True}, False),
        ({"text": None}, False),
    ],
)
def test_only_reviews_that_a_store_knows_by_this_id_are_answered(
    monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], offered: bool
) -> None:
    known = [*ANSWERABLE, ("app_store", "15")]
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", CHOICE.rules(login=False, loopback=True, answerable=known))
    plain = {"store": "google_play", "store_app_id": APP, "review_id": "r", "text": "x", "is_sample": False}
    assert answering.is_offered(row(Review, **(plain | wanted))) is offered


def _until(at: AppTest, said: str) -> None:
    for _ in range(100):
        at.run()
        assert not at.exception
        if said in words(at):
            return
        time.sleep(0.05)
    raise AssertionError(f"the page never said {said!r}")
