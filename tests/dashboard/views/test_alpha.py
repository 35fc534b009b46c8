"""Alpha: only for alpha readers, only words that may be quoted, nothing of cohorts under five."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import altair as alt
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard import queries as data
from dashboard.rows import Worded
from dashboard.rows import alpha as rows
from dashboard.views.alpha import blocks as alpha_blocks
from dashboard.views.alpha import charts as alpha_charts
from tests.dashboard import published
from tests.dashboard.conftest import APP, PAGES, Screen, spoken, words
from tests.dashboard.rows import row

LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)
VERDICTS = ("hit", "missed", "false_warning", "quiet", "too_few")


@LANGUAGES
def test_the_numbers_of_consent_are_those_of_the_ledger(screen: Screen, lang: str) -> None:
    said, t = words(screen("alpha", "analysed", lang=lang)), text.of(lang)
    assert t("alpha.agreed", n=11, of=12) in said
    assert t("alpha.declined", n=1) in said
    assert t("alpha.under", least=5) in said


@LANGUAGES
def test_words_are_shown_only_where_they_may_be_quoted(screen: Screen, lang: str) -> None:
    at = screen("alpha", "analysed", lang=lang)
    assert published.UNQUOTED not in words(at)
    assert "hy-review" in words(at)
    assert "Signing in takes three attempts" in words(screen("alpha", "analysed", lang=lang, topic="login"))


def test_a_cohort_of_three_is_neither_named_among_the_feedback_nor_a_choice(screen: Screen) -> None:
    at = screen("alpha", "analysed", lang="en")
    cohorts = words(at).split("Feedback by cohort")[-1].split("</table>")[0]
    assert "alpha-1" in cohorts
    assert "alpha-tiny" not in cohorts
    assert "cohorts of fewer than 5 people" in cohorts


def test_neither_name_nor_wording_nor_numbers_of_a_cohort_of_three_are_shown(screen: Screen) -> None:
    consents = words(screen("alpha", "analysed", lang="en")).split("Consents by cohort")[-1]
    assert "alpha-tiny" not in consents
    row = consents.split("cohorts of fewer than 5 people")[1].split("</tr>")[0]
    assert "of 3" not in row
    assert "wording" not in row
    assert "not shown" in row


def test_the_alpha_is_compared_with_the_public_in_words(screen: Screen) -> None:
    at = screen("alpha", "analysed", lang="en")
    said = words(at)
    assert "2.0.0" in said
    assert "12 testers" in said
    assert "Topics of the release" in said


def test_a_topic_and_a_tone_narrow_the_quotes(screen: Screen) -> None:
    at = screen("alpha", "analysed", lang="en", topic="login")
    assert "Signing in takes three attempts" in words(at)
    assert "Crashes on the confirmation page" not in words(at)
    at.selectbox(key="tone").set_value("positive").run()
    assert "No feedback that may be quoted matches" in words(at)
    assert spoken(at, "topic") == "login"


@LANGUAGES
@pytest.mark.parametrize("rules", ["", "{}", '{"loopback": false, "local_role": "alpha_reader"}'])
def test_a_viewer_is_refused_even_where_the_page_is_run_directly(
    worlds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, rules: str, lang: str
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(worlds("analysed")))
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", rules)
    at = AppTest.from_function(_only_the_page, default_timeout=60)
    at.query_params["lang"] = lang
    at.run()
    assert text.of(lang)("alpha.refused_title") in words(at)
    assert "hy-review" not in words(at)
    assert "alpha-1" not in words(at)


def _only_the_page() -> None:
    import runpy
    from pathlib import Path as P

    from dashboard import queries as d
    from dashboard import url_state as s

    s.begin()
    s.choose_language()
    with d.one_publication():
        runpy.run_path(str(P(d.__file__).parent / "views" / "alpha" / "page.py"), run_name="__main__")


def test_the_navigation_does_not_name_the_page_to_a_viewer(
    worlds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(worlds("analysed")))
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", "")
    at = AppTest.from_file(str(APP), default_timeout=60).run()
    with pytest.raises(ValueError, match="navigation page"):
        at.switch_page(PAGES["alpha"])


@LANGUAGES
@pytest.mark.parametrize(("world", "key"), [("many", "alpha.empty_title"), ("old", "empty.too_old_title")])
def test_without_testers_or_in_an_older_publication_the_page_says_what_to_do(
    screen: Screen, world: str, key: str, lang: str
) -> None:
    assert text.of(lang)(key) in words(screen("alpha", world, lang=lang))


def test_without_an_analysis_the_rest_of_the_page_stands(screen: Screen) -> None:
    said = words(screen("alpha", "marked", lang="en"))
    assert "Nothing to compare yet" in said
    assert "What testers agreed to" in said


def _topic(verdict: str, share: float | None = 0.2) -> Worded[rows.TesterTopic]:
    topic = row(
        rows.TesterTopic, verdict=verdict, n_alpha=4, share_alpha=share, alpha_low=share and 0.1,
        alpha_high=share and 0.3, share_before=0.1, share_after=0.2, change=0.1, change_low=-0.1,
        change_high=0.3,
    )  # fmt: skip
    return Worded(topic, "</b>'+alert(1)+'")


WORDS = dict.fromkeys(("share", "topic", "verdict", "alpha", "low", "high", "before", "after"), "x")


def test_the_chart_is_what_vega_lite_knows_and_labels_are_data() -> None:
    said = {"hit": "x", "quiet": "y"}
    spec = alpha_charts.against_public([_topic("hit"), _topic("quiet", None)], said, words=WORDS)
    alt.Chart.from_dict(spec, validate=True)
    axis = spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    assert axis == "row_labels[datum.value]"


@LANGUAGES
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_on_a_topic_has_its_words_and_sign(lang: str, verdict: str) -> None:
    made = alpha_blocks.topic_verdicts(text.of(lang), [_topic(verdict), _topic(verdict, None)], "caption")
    assert text.of(lang)(f"alpha.topic_{verdict}") in made
    assert "</b>'" not in made


@LANGUAGES
@pytest.mark.parametrize("verdict", ["foretold", "did_not", "unclear", "too_few"])
def test_every_verdict_on_a_release_is_a_sentence(lang: str, verdict: str) -> None:
    told = row(rows.TesterSignal, verdict=verdict, release_version="2.0", store="app_store")
    said = alpha_blocks.signal(text.of(lang), told, with_store=True)
    assert said.startswith("2.0 · App Store")


@LANGUAGES
@pytest.mark.parametrize(("asked", "done"), [(0, 0), (3, 3), (3, 1)])
def test_erasures_are_told_as_none_done_or_open(lang: str, asked: int, done: int) -> None:
    said = alpha_blocks.erasures(text.of(lang), row(rows.Erasures, asked=asked, done=done))
    assert ("3" in said) == bool(asked)
    assert ("1" in said) == (done == 1)


def test_quotes_are_asked_for_with_consent_only(worlds: Callable[[str], Path]) -> None:
    path = next((worlds("analysed") / "published").glob("*.duckdb"))
    quotes = data.Published(path).quotes(
        "procedures", cohort=None, topic=None, sentiment=None, count=100, skip=0
    )
    assert quotes
    assert {q.cohort for q in quotes} == {"alpha-1"}
    assert published.UNQUOTED not in {q.text for q in quotes}
