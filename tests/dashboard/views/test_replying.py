"""A draft fits the review it is for: its topics, its language, what is known of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import replying, review_list
from dashboard.components.replying import Template, fitting
from dashboard.rows.reviews import Review
from flows.config.replies import FIELDS
from tests.dashboard.conftest import Screen, words
from tests.dashboard.rows import row

EN = text.of("en")
APP = "jp.example.marked"
LOUD = f"google_play/{APP}/loud"
EDITOR = '{"loopback": true, "local_editor": true}'
KNOWN = (
    Template(name="any", text="ありがとうございます。"),
    Template(name="crash", text="{app} {version} を確認します。", language="ja", topics=("crash",)),
    Template(name="english", text="Thank you.", language="en"),
    Template(name="login", text="x", topics=("login",)),
)
VALUES = {"app": "App", "store": "Google Play", "version": "1.0"}


@pytest.mark.parametrize(
    ("language", "topics", "version", "names"),
    [
        ("ja", ("crash",), "1.0", ["crash", "any"]),
        ("ja-JP", ("crash",), "1.0", ["crash", "any"]),
        ("en", ("crash",), "1.0", ["any", "english"]),
        ("ja", (), "1.0", ["any"]),
        (None, ("crash",), "1.0", ["crash", "any", "english"]),
        ("ja", ("crash",), "", ["any"]),
    ],
)
def test_templates_are_offered_by_topic_language_and_what_is_known(
    language: str | None, topics: tuple[str, ...], version: str, names: list[str]
) -> None:
    review = row(Review, language=language)
    assert [t.name for t in fitting(KNOWN, review, topics, VALUES | {"version": version})] == names


def test_every_field_is_filled() -> None:
    assert tuple(replying.fields(EN, row(Review), "App")) == FIELDS


@pytest.mark.parametrize("told", [None, "", "{", "[1]", '[{"name": "a"}]', '[{"odd": 1, "topics": []}]'])
def test_what_cannot_be_read_offers_nothing(told: str | None) -> None:
    assert replying.templates(told) == ()


@pytest.mark.parametrize(
    ("store", "app", "place"),
    [
        ("google_play", "jp.example", "https://play.google.com/console"),
        ("app_store", "1500000001", "https://appstoreconnect.apple.com/apps/1500000001"),
        ("app_store", "../x", ""),
        ("other", "x", ""),
    ],
)
def test_the_console_is_that_of_the_store(store: str, app: str, place: str) -> None:
    assert replying.console(row(Review, store=store, store_app_id=app)) == place


def _opened(screen: Screen, monkeypatch: pytest.MonkeyPatch, rules: str, *told: dict[str, Any]) -> AppTest:
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", rules)
    monkeypatch.setenv("HOSHIYOMI_REPLIES", json.dumps(told))
    at = screen("reviews", "marked", lang="en", app=APP, review=LOUD)
    at.session_state[review_list.dots("one", LOUD)] = True
    at.run()
    assert not at.exception
    return at


ASK = {"name": "ask", "text": "{app} {version}", "language": "ja", "topics": ["crash"]}
LONG: dict[str, Any] = {"name": "long", "text": "x" * 400, "language": None, "topics": []}


def test_an_editor_copies_a_draft_and_is_told_where_it_is_too_long(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = _opened(screen, monkeypatch, EDITOR, ASK, LONG)
    assert at.main.code[-1].value == f"{APP} 1.0"
    (chosen,) = [s for s in at.selectbox if s.label == EN("act.reply")]
    assert chosen.options == ["ask", "long"]
    chosen.set_value("long").run()
    assert at.main.code[-1].value == "x" * 400
    assert EN("act.too_long", n=400, store="Google Play", most=350) in words(at)


def test_viewers_are_offered_none(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    at = _opened(screen, monkeypatch, '{"loopback": true}', ASK)
    assert len(at.main.code) == 1
