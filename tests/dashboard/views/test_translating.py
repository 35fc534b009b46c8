"""A review in a language that the reader does not read: translated when asked, by the operator's program, and
marked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import review_list, translating
from tests.dashboard.conftest import Screen, words

EN, JA = text.of("en"), text.of("ja")
APP = "jp.example.marked"
LOUD = f"google_play/{APP}/loud"
SAYS = (
    "print(sys.argv[1] + '>' + sys.argv[2] + ': <b>The app</b> does not open. ' + str(len(sys.stdin.read())))"
)


def _translator(folder: Path, body: str) -> str:
    path = folder / "translate-here"
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n", "utf-8")
    path.chmod(0o755)
    return json.dumps([str(path), "{source}", "{target}"])


def _opened(screen: Screen, monkeypatch: pytest.MonkeyPatch, told: str | None, lang: str = "en") -> AppTest:
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", '{"loopback": true}')
    if told is not None:
        monkeypatch.setenv("HOSHIYOMI_TRANSLATOR", told)
    at = screen("reviews", "marked", lang=lang, app=APP, review=LOUD)
    at.session_state[review_list.dots("one", LOUD)] = True
    at.run()
    assert not at.exception
    return at


def test_a_translation_is_made_when_it_is_asked_for_and_says_that_a_machine_made_it(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = _opened(screen, monkeypatch, _translator(tmp_path, SAYS))
    assert "does not open" not in words(at)
    (asked,) = [b for b in at.button if b.label == EN("act.translate")]
    asked.click().run()
    assert EN("act.translated", name="translate-here") in words(at)
    # Escaped, as all that others write.
    assert "ja&gt;en: &lt;b&gt;The app&lt;/b&gt; does not open." in words(at)


def test_a_text_in_the_language_of_the_page_is_offered_no_translation(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = _opened(screen, monkeypatch, _translator(tmp_path, SAYS), lang="ja")
    assert JA("act.translate") not in [b.label for b in at.button]


@pytest.mark.parametrize("told", [None, "", "[]", "{", "{}", "[1]", '[""]'])
def test_without_a_translator_none_is_offered(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    at = _opened(screen, monkeypatch, told)
    assert EN("act.translate") not in [b.label for b in at.button]


def test_one_that_fails_is_told_and_the_page_stands(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = _opened(screen, monkeypatch, _translator(tmp_path, "sys.exit(2)"))
    (asked,) = [b for b in at.button if b.label == EN("act.translate")]
    asked.click().run()
    assert not at.exception
    assert EN("act.untranslated") in words(at)
    assert "translate-here ended with code 2" in words(at)


def test_the_words_of_the_rules_make_a_translator() -> None:
    made = translating.named('["argos-translate", "--from-lang", "{source}"]')
    assert made is not None
    assert made.name == "argos-translate"
