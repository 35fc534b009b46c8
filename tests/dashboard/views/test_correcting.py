"""Who may corrects what the model says of a review: landed, shown to them at once, later to everybody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import review_list
from tests.dashboard.conftest import Screen, go, words
from warehouse import corrections
from warehouse.landing import Landing

EN = text.of("en")
APP = "jp.example.marked"
EDITOR = '{"loopback": true, "local_editor": true}'
LOUD = f"google_play/{APP}/loud"


def _card(at: AppTest, beginning: str) -> str:
    (card,) = [c for c in words(at).split('<article class="hy-review">')[1:] if beginning in c]
    return card


def _open(at: AppTest) -> str:
    """Open the dots of the review of the link; the key of its form's fields."""
    key = review_list.dots("one", LOUD)
    at.session_state[key] = True
    at.run()
    assert not at.exception
    return key


@pytest.fixture
def editing(
    screen: Screen, worlds: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[AppTest, Path]:
    """The link of a review, opened by an editor, on a data folder of its own."""
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", EDITOR)
    data = tmp_path / "data"
    shutil.copytree(worlds("marked"), data, symlinks=True)
    at = screen("reviews", "marked", lang="en", app=APP, review=LOUD)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    return at, data


def test_a_correction_is_landed_and_whoever_made_it_sees_it(editing: tuple[AppTest, Path]) -> None:
    at, data = editing
    before = set(Landing(data).files("corrections"))
    key = _open(at)
    at.button_group(key=f"correct-{key}-sentiment").set_value("neutral")
    at.multiselect(key=f"correct-{key}-topics").set_value(["login", "crash"])
    next(b for b in at.button if b.label == EN("act.correct")).click().run()
    assert not at.exception
    assert EN("act.saved") in words(at)
    (path,) = set(Landing(data).files("corrections")) - before
    (row,) = Landing(data).rows(path)
    assert (row["review_id"], row["sentiment"], row["topics"]) == ("loud", "neutral", ["crash", "login"])
    assert not {"who", "name", "email"} & set(row)
    card = _card(at, "起動すると")
    assert EN("reviews.corrected", model=EN("reviews.sentiment", sentiment="negative", share="82%")) in card
    assert "Crashes 90%" not in card
    # On every page of this session.
    assert "corrected by a person" in _card(go(at, "reviews", app=APP, lang="en"), "起動すると")


def test_a_folder_that_takes_nothing_is_told_with_what_to_do(
    editing: tuple[AppTest, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(corrections, "land", refuse)
    at, _ = editing
    _open(at)
    next(b for b in at.button if b.label == EN("act.correct")).click().run()
    assert EN("act.unsaved", why="Permission denied") in words(at)
    assert "corrected by a person" not in _card(at, "起動すると")


@pytest.mark.parametrize("rules", [None, '{"loopback": true}', '{"loopback": false, "local_editor": true}'])
def test_nobody_else_is_offered_a_form(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, rules: str | None
) -> None:
    if rules:
        monkeypatch.setenv("HOSHIYOMI_DASHBOARD", rules)
    at = screen("reviews", "marked", lang="en", app=APP, review=LOUD)
    _open(at)
    assert at.code, "link and text are for everybody"
    assert EN("act.correct") not in [b.label for b in at.button]


def test_a_right_that_was_lost_since_lands_nothing(
    editing: tuple[AppTest, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, data = editing
    before = Landing(data).files("corrections")
    _open(at)
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", '{"loopback": true}')
    next(b for b in at.button if b.label == EN("act.correct")).click().run()
    assert Landing(data).files("corrections") == before


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_everybody_sees_peoples_word_beside_the_models(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    at = screen("reviews", "marked", lang=lang, app=APP)
    card = _card(at, "ふつう")
    model = t("reviews.sentiment", sentiment=t("sentiment.neutral"), share="82%")
    assert t("reviews.corrected", model=model) in card
    assert f">{t('sentiment.negative')}<" in card
    # Of the text as it stands now nobody said anything.
    assert t("reviews.corrected", model="")[:4] not in _card(at, "直ったので")


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_data_health_tells_how_often_people_say_otherwise(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    said = words(screen("health", "marked", lang=lang))
    assert t("model.disagree", n=1, read=1, sentiment=1, topics=1) in said
    assert t("model.corrected") not in words(screen("health", "full", lang=lang))
