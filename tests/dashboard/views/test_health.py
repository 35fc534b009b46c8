"""Data health says what failed, why and what to do; and shows nobody's words."""

from __future__ import annotations

import re

import pytest

from dashboard import i18n as text
from dashboard.views.health import sources
from tests.dashboard.conftest import Screen, spoken, words
from warehouse.records import CoverageReason

EN = text.of("en")
LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)
FINE = ("reached_watermark", "end_confirmed")


@LANGUAGES
def test_every_reason_has_words_and_every_trouble_a_remedy(lang: str) -> None:
    t = text.of(lang)
    for code in CoverageReason.__args__:
        assert t.has(f"reason.{code}"), code
        assert t.has(f"remedy.{code}") == (code not in FINE), code


@LANGUAGES
def test_a_failure_is_said_with_its_reason_and_its_remedy(screen: Screen, lang: str) -> None:
    said, t = words(screen("health", "marked", lang=lang)), text.of(lang)
    assert t("reason.shape_changed") in said
    assert t("remedy.shape_changed").split(" ")[0] in said
    assert "hy-failed" in said


def test_counts_are_those_of_the_last_asks(screen: Screen) -> None:
    said = words(screen("health", "marked", lang="en"))
    assert EN("health.found", n="2", complete="1") in said
    assert "<b>8</b> new" in said
    assert "<b>1</b> edited" in said


def test_nobodys_words_stand_on_the_page(screen: Screen) -> None:
    said = words(screen("health", "marked", lang="en"))
    assert "秘密" not in said
    assert "stars outside 1 to 5" in said


def test_what_was_replaced_is_counted(screen: Screen) -> None:
    assert EN("health.redactions_title", n=2, texts=8).split(" in ")[0] in words(
        screen("health", "marked", lang="en")
    )


@LANGUAGES
def test_the_models_figures_stand_beside_the_plain_baseline(screen: Screen, lang: str) -> None:
    said, t = words(screen("health", "marked", lang=lang)), text.of(lang)
    for figure in ("0.768", "0.650", "0.380", "0.579"):
        assert figure in said
    assert t("model.on_ja") in said
    assert "&lt;b&gt;unknown&lt;/b&gt;" in said


@LANGUAGES
def test_reviews_in_languages_that_the_model_does_not_cover_are_counted(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    said = words(screen("health", "marked", lang=lang))
    assert t("model.not_covered", n=1, of=8, share="12%") in said
    assert t("model.all_covered", of="") not in said
    full = words(screen("health", "analysed", lang=lang))
    assert re.search(re.escape(t("model.all_covered", of="@")).replace("@", r"[\d,]+"), full)
    assert t("model.languages") not in words(screen("health", "old", lang=lang))


def test_a_model_without_a_card_says_how_to_measure_it(screen: Screen) -> None:
    assert EN("model.unmeasured_title") in words(screen("health", "full", lang="en"))


def test_asks_can_be_found_by_name_and_ending(screen: Screen) -> None:
    at = screen("health", "many", lang="en", ended="failed")
    said = words(at)
    assert "hy-failed" in said
    at.text_input(key="q").set_value("アプリ 005").run()
    assert spoken(at, "q") == "アプリ 005"
    at.text_input(key="q").set_value("nothing like it").run()
    assert EN("health.none_title") in words(at)


def test_an_older_publication_says_what_to_do(screen: Screen) -> None:
    assert EN("empty.too_old_title") in words(screen("health", "old", lang="en"))


def test_failures_in_a_row_are_counted_and_an_unknown_code_shows_itself() -> None:
    assert EN.named("reason.never_heard_of", "never_heard_of") == "never_heard_of"
    assert sources.worst(["complete", "failed", "partial"]) == "failed"
