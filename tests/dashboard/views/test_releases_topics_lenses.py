"""Releases, Topics and Trade-offs: verdicts in words, charts that Vega-Lite knows, links that open a view."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import altair as alt
import pytest
from markupsafe import escape
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import drivers as drivers_view
from dashboard.components import languages
from dashboard.queries import Published, Scope
from dashboard.rows import Worded
from dashboard.rows.analysis import (
    AuditFigure,
    Comparison,
    ConfoundingEvent,
    Driver,
    LensMonth,
    ReleaseImpact,
    ShareWithError,
    TopicPeriod,
)
from dashboard.views.lenses import charts as lens_charts
from dashboard.views.releases import charts as effect_charts
from dashboard.views.releases import verdicts
from dashboard.views.topics import charts as topic_charts
from dashboard.views.topics import page as topics
from dashboard.views.topics import with_error
from tests.dashboard.conftest import Screen, spoken, words
from tests.dashboard.published import NOW
from tests.dashboard.rows import row
from warehouse import reads

EN = text.of("en")
LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)
PAGES = pytest.mark.parametrize("page", ["releases", "topics", "tradeoffs"])
VERDICTS = pytest.mark.parametrize("verdict", verdicts.VERDICTS)
EVIL = "<b>'+alert(1)+'</b>"
MARKS = ("effect", "release", "verdict", "low", "high", "n_before", "n_after")


def _impact(verdict: str = "worse", measure: str = "mean_stars", **wanted: Any) -> ReleaseImpact:
    plain: dict[str, Any] = {
        "store": "app_store", "release_version": "2.0", "released_at": NOW, "measure": measure,
        "effect": -0.4, "low": -0.7, "high": -0.1, "n_before": 61, "n_after": 52, "value_before": 4.0,
        "value_after": 3.6, "verdict": verdict,
    }  # fmt: skip
    return row(ReleaseImpact, **plain | wanted)


def _audit(test: str, **wanted: Any) -> AuditFigure:
    plain = {"test": test, "effect": 0.0, "measure": "mean_stars", "trials": 400}
    return row(AuditFigure, **plain | {"rate": 0.03, "low": 0.02, "high": 0.05} | wanted)


def _data(spec: Any) -> list[dict[str, Any]]:
    """Every row in a specification."""
    if isinstance(spec, dict):
        here = spec["data"]["values"] if isinstance(spec.get("data"), dict) else []
        return [*here, *(r for k, child in spec.items() if k != "data" for r in _data(child))]
    return [r for child in spec for r in _data(child)] if isinstance(spec, list) else []


# --- verdicts --------------------------------------------------------------------------------------


@LANGUAGES
@VERDICTS
def test_every_verdict_is_a_sentence_with_its_numbers(lang: str, verdict: str) -> None:
    said = verdicts.sentence(text.of(lang), _impact(verdict), with_store=True)
    assert all(told in said for told in ("2.0 · App Store", "61", "52"))
    assert ("−0.40" in said) == (verdict != "too_few")


@LANGUAGES
@VERDICTS
def test_a_verdict_is_told_by_sign_and_word_and_not_by_colour_alone(lang: str, verdict: str) -> None:
    made = verdicts.tag(text.of(lang), verdict)
    assert text.of(lang)(f"verdict.{verdict}") in made
    assert 'aria-hidden="true">' in made


@LANGUAGES
def test_nothing_measured_leaves_a_sentence_and_no_number(lang: str) -> None:
    nothing = dict.fromkeys(("effect", "low", "high", "value_before", "value_after"))
    said = verdicts.sentence(text.of(lang), _impact("too_few", **nothing), with_store=False)
    assert "None" not in said


def test_the_largest_clear_effect_leads_and_none_is_said_to_be_none() -> None:
    t = text.of("en")
    rows = [_impact(), _impact("better", effect=0.9, release_version="3.0"), _impact("too_few", effect=4.0)]
    assert verdicts.headline(t, rows, with_store=False).startswith("3.0")
    assert verdicts.headline(t, [_impact("too_few")], with_store=False) == t("releases.none_clear")


def test_a_tally_counts_releases_and_not_measures() -> None:
    rows = [_impact(), _impact(measure="sentiment"), _impact("better", release_version="3.0")]
    assert "2 releases: 1 better, 1 worse" in verdicts.counted(text.of("en"), rows)


@LANGUAGES
def test_how_often_a_verdict_is_wrong_is_said_or_said_to_be_unmeasured(lang: str) -> None:
    t = text.of(lang)
    assert "3%" in verdicts.caution(t, [_audit("aa_release")])
    judged = _audit("aa_release_judged", rate=0.11, trials=90)
    assert "11%" in verdicts.caution(t, [_audit("aa_release"), judged])
    assert verdicts.caution(t, [_audit("planted_release", effect=0.5)]) == t("releases.unaudited")
    assert "400" in topics.replayed(t, [_audit("anomaly_replay")])
    assert topics.replayed(t, []) == t("alarms.unaudited")


@LANGUAGES
def test_shares_move_in_points_and_means_in_stars(lang: str) -> None:
    t = text.of(lang)
    assert t.points(-0.4) in verdicts.effect(t, _impact(measure="topic:login", topic="login"))
    assert t.signed(-0.4) in verdicts.effect(t, _impact(measure="sentiment"))
    assert verdicts.effect(t, _impact(effect=None)) == ""


def test_what_else_happened_is_put_into_words() -> None:
    reset = row(ConfoundingEvent, kind="reset", label="", value_before=12088.0, value_after=130.0)
    impact = _impact(overlapping_releases=("1.9", "2.1"), confounding_events=(reset,))
    told = " ".join(verdicts.beside(text.of("en"), impact))
    assert "1.9, 2.1" in told
    assert "ratings reset: 12,088 ratings before, 130 after" in told


@LANGUAGES
def test_the_table_of_releases_is_escaped_and_names_topics_that_moved(lang: str) -> None:
    event = row(ConfoundingEvent, kind=EVIL, label=EVIL)
    evil = {"release_version": EVIL, "overlapping_releases": (EVIL,), "confounding_events": (event,)}
    rows = [
        _impact(**evil),
        _impact(measure="topic:login", topic="login", **evil),
        _impact("too_few", "topic:crash", topic="crash", **evil),
    ]
    made = verdicts.matrix(text.of(lang), rows, {"login": "LOGIN", "crash": "CRASH"}, with_store=True)
    assert made.count("<tr>") == 2
    assert made.count('scope="col"') == made.count("<td") + 1
    assert "LOGIN" in made
    assert "CRASH" not in made
    assert "<b>'" not in made


# --- charts ----------------------------------------------------------------------------------------


def _effects() -> dict[str, Any]:
    rows = [Worded(_impact(v), EVIL) for v in verdicts.VERDICTS] * 8
    said = dict.fromkeys(verdicts.VERDICTS, "x")
    return effect_charts.release_effects(rows, said, words=dict.fromkeys(MARKS, "x"))


def _drivers() -> dict[str, Any]:
    effects = {"share_effect": 0.1, "mean_effect": -0.2, "total_effect": -0.1, "high": 0.1}
    rows = [Worded(row(Driver, **effects, low=low), EVIL) for low in (-0.3, -0.2)]
    keys = ("topic", "total", "low", "high", "share_effect", "mean_effect")
    return drivers_view.chart(rows, words=dict.fromkeys(keys, "x"))


def _topics() -> dict[str, Any]:
    rows = [
        topic_charts.NamedPeriod(row(TopicPeriod, share_negative=0.1, n=10, n_negative=1), EVIL, p)
        for p in ("Jan", "Feb")
    ]
    keys = ("share", "topic", "when", "negative", "n", "of_all")
    return topic_charts.over_time(rows, [EVIL, "other"], words=dict.fromkeys(keys, "x"))


def _lenses(field: str = "mean_stars") -> dict[str, Any]:
    rows = [
        Worded(
            row(
                LensMonth, lens=lens, period_start=date(2026, 1, 1), n=4, share=0.1, mean_stars=mean, low=2.0,
                high=4.0, is_small_n=True,
            ),
            lens,
        )
        for lens, mean in zip(lens_charts.LENSES, (3.0, None, 2.0, 4.0), strict=True)
    ]  # fmt: skip
    keys = ("rating", "share", "mean_stars", "lens", "n")
    return lens_charts.over_months(
        rows, field, first=date(2026, 1, 1), last=date(2026, 3, 1), words=dict.fromkeys(keys, "x"),
        date_format="%b",
    )  # fmt: skip


CHARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "effects": _effects, "drivers": _drivers, "topics": _topics, "lenses": _lenses,
    "shares": lambda: _lenses("share"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_what_vega_lite_knows_and_names_are_data(name: str) -> None:
    spec = CHARTS[name]()
    alt.Chart.from_dict(spec, validate=True)
    assert _data(spec)
    assert not [k for k in json.dumps(spec).split('"labelExpr": "')[1:] if k.startswith(("'", "<"))]


def test_at_most_so_many_releases_are_drawn_and_zero_stands_in_the_middle() -> None:
    spec = _effects()
    assert len({r["place"] for r in _data(spec) if "place" in r}) == effect_charts.MOST
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low == -high


def test_a_lens_without_a_mean_leaves_a_gap_and_no_zero() -> None:
    assert {r["lens"] for r in _data(_lenses())} == {"user_experience", "reliability", "service"}


def test_no_rows_leave_a_chart() -> None:
    assert effect_charts.release_effects([], {}, words=dict.fromkeys(MARKS, "x"))
    keys = ("share", "topic", "when", "negative", "n", "of_all")
    assert topic_charts.over_time([], [], words=dict.fromkeys(keys, "x"))


@LANGUAGES
@pytest.mark.parametrize(
    "which",
    [
        {"kind": "release", "release_version": "2.0"}, {"kind": "change", "changed_on": date(2026, 3, 5)},
        {"kind": "latest"}, {},
    ],
)  # fmt: skip
def test_a_comparison_has_a_name(lang: str, which: dict[str, Any]) -> None:
    said = drivers_view.comparison_name(text.of(lang), row(Comparison, **which))
    assert said
    assert ":" not in said


@LANGUAGES
def test_drivers_that_are_sure_and_point_the_way_of_the_change_are_named(lang: str) -> None:
    of = row(Comparison, mean_before=3.0, mean_after=2.5, change=-0.5, low=-0.7, high=-0.3)
    driver = row(Driver, topic="x", low=-0.4, high=-0.1, total_effect=-0.3)
    rows = [
        Worded(driver, "NAMED"),
        Worded(replace(driver, high=0.1), "UNSURE"),
        Worded(row(Driver, topic="y", total_effect=0.3, low=0.1, high=0.4), "OTHER"),
    ]
    said = drivers_view.finding(text.of(lang), of, rows)
    assert "NAMED" in said
    assert not {"UNSURE", "OTHER"} & set(said.replace("、", " ").split())
    assert drivers_view.finding(text.of(lang), of, rows[1:])


# --- pages -----------------------------------------------------------------------------------------


@LANGUAGES
def test_releases_show_the_verdicts_of_the_mart(
    screen: Screen, worlds: Callable[[str], Path], lang: str
) -> None:
    scope = Scope(app="procedures", first=date(2024, 1, 1), last=date(2026, 11, 24))
    rows = Published(reads.current(worlds("analysed"))).release_verdicts(scope)
    at, t = screen("releases", "analysed", lang=lang), text.of(lang)
    said = words(at)
    assert rows
    assert verdicts.counted(t, rows) in said
    assert t("releases.caption") in said


def test_a_release_in_the_address_is_the_one_looked_at(screen: Screen) -> None:
    at = screen("releases", "analysed", lang="en", release="google_play/1.9.0")
    assert at.selectbox(key="release").value == "google_play/1.9.0"
    at.selectbox(key="release").set_value("google_play/2.0.0").run()
    assert spoken(at, "release") == "google_play/2.0.0"
    assert "2.0.0 · Google Play" in words(at)
    assert not screen("releases", "analysed", release=EVIL).exception


def _ways(at: AppTest) -> dict[str, str]:
    """The links of a page by the page that they open, with their address."""
    return {w.proto.page: w.proto.query_string for w in at.get("page_link")}


@LANGUAGES
def test_the_story_is_told_in_three_clicks(screen: Screen, worlds: Callable[[str], Path], lang: str) -> None:
    t = text.of(lang)
    to_rating = _ways(screen("overview", "analysed", lang=lang))["rating"]
    rating = screen("rating", "analysed", **parse_qs(to_rating))
    assert "store=" in to_rating
    assert "hy-headline" in words(rating)
    to_releases, to_topics = (_ways(rating)[k] for k in ("releases", "topics"))
    asked = parse_qs(to_releases)
    releases = screen("releases", "analysed", **asked)
    (release,) = asked["release"]
    assert releases.session_state["release"] == release
    first = words(releases).split("hy-headline")[1]
    assert release.split("/")[1] in first.split("</p>")[0]
    compared = parse_qs(_ways(releases)["topics"])
    assert compared["compare"] == [release.replace("/", "/release:")]
    for address in (compared, parse_qs(to_topics)):
        topics = screen("topics", "analysed", **address)
        assert topics.session_state["compare"] == address["compare"][0]
        scope = Scope(app="procedures", first=date(2024, 1, 1), last=date(2026, 11, 24))
        known = Published(reads.current(worlds("analysed"))).comparisons(scope)
        (of,) = [c for c in known if drivers_view.key(c) == address["compare"][0]]
        assert drivers_view.comparison_name(t, of) in words(topics).split("hy-headline")[1].split("</p>")[0]


def test_the_ways_on_carry_span_store_and_filters(screen: Screen) -> None:
    scope = {"app": "procedures", "store": "google_play", "span": "1y", "place": "language:ja"}
    for page in ("rating", "releases"):
        for view, address in _ways(screen(page, "analysed", lang="en", **scope)).items():
            said = parse_qs(address)
            assert {k: said[k] for k in ("app", "store", "place")} == {
                k: [scope[k]] for k in ("app", "store", "place")
            }
            assert said["span"] == (["custom"] if (page, view) == ("releases", "reviews") else ["1y"])


def test_without_an_analysis_the_ways_on_lead_to_the_pages_of_the_span(screen: Screen) -> None:
    at = screen("rating", "full", lang="en", span="90d")
    assert [w.value for w in at.get("page_link")][:2] == [EN("ways.releases"), EN("ways.topics")]
    assert all("span=90d" in a for a in _ways(at).values())


@LANGUAGES
def test_topics_say_what_to_fix_and_what_drove_the_change(screen: Screen, lang: str) -> None:
    at, t = screen("topics", "analysed", lang=lang), text.of(lang)
    said = words(at)
    assert t("gain.caption") in said
    assert t("drivers.method") in said
    assert t("alarms.none_title") in said or t("alarms.head_what") in said
    assert not screen("topics", "analysed", lang=lang, team="nobody", compare="x").exception


@LANGUAGES
def test_shares_carry_the_model_s_error_where_it_is_asked_for(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    usual = screen("topics", "analysed", lang=lang)
    caption = escape(t("error.caption"))
    assert caption not in words(usual)
    assert not usual.toggle(key="with_error").value
    said = words(screen("topics", "analysed", lang=lang, with_error="True"))
    assert caption in said
    assert escape(t("error.head_corrected")) in said
    assert t("error.measured") in said


@LANGUAGES
def test_overview_has_the_model_s_error_where_it_is_asked_for(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    before = t("overview.with_error", low="|", high="|").split("|")[0]
    usual = screen("overview", "analysed", lang=lang)
    assert escape(before) not in words(usual)
    asked = screen("overview", "analysed", lang=lang, with_error="True")
    assert asked.toggle(key="with_error").value
    assert re.search(re.escape(str(escape(before))) + r"\d+", words(asked))


@LANGUAGES
def test_what_the_watch_says_of_the_newest_release_is_said_once(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    head = str(escape(t("watch.newest", said="|").split("|")[0]))
    assert words(screen("releases", "analysed", lang=lang)).count(head) == 1


def _share(error: str = "measured", **wanted: Any) -> ShareWithError:
    plain: dict[str, Any] = {
        "task": "sentiment", "label": "negative", "n": 40, "n_read": 100, "share": 0.4, "low": 0.3,
        "high": 0.5, "n_measured": 100, "corrected": 0.45, "corrected_low": 0.2, "corrected_high": 0.7,
    }  # fmt: skip
    return row(ShareWithError, error=error, **plain | wanted)


NOT_TOLD = {"corrected": None, "corrected_low": None, "corrected_high": None}


@LANGUAGES
@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "measured"),
        (NOT_TOLD, "says_nothing"),
        ({"error": "partly_measured", "n_measured": 90}, "partly_measured"),
        ({"error": "partly_measured", "n_measured": 10, **NOT_TOLD}, "too_few_measured"),
        ({"error": "not_measured", **NOT_TOLD}, "not_measured"),
        ({"error": "no_better_than_tfidf", **NOT_TOLD}, "no_better_than_tfidf"),
    ],
)
def test_a_share_says_how_well_the_model_s_error_is_known(lang: str, given: dict[str, Any], key: str) -> None:
    t = text.of(lang)
    line = with_error.line(t, _share(**given))
    assert line[-1] == t(f"error.{key}", share=t.percent(0.9))
    assert line[1] == t("verdict.plain", value="40%", low="30%", high="50%")
    assert (line[2] == text.NOTHING) == ("corrected" in given)


@LANGUAGES
def test_without_a_known_error_the_finding_says_so(lang: str) -> None:
    t = text.of(lang)
    assert with_error.finding(t, [_share(**NOT_TOLD)]) == t("error.none_told")
    assert t.percent(0.7) in with_error.finding(t, [_share()])


@LANGUAGES
def test_trade_offs_name_all_four_lenses(screen: Screen, lang: str) -> None:
    said, t = words(screen("tradeoffs", "analysed", lang=lang)), text.of(lang)
    assert all(t(f"lens.{k}") in said for k in lens_charts.LENSES)


@LANGUAGES
@PAGES
def test_an_older_publication_is_said_to_be_not_analysed(screen: Screen, page: str, lang: str) -> None:
    assert text.of(lang)("empty.not_analysed_title") in words(screen(page, "old", lang=lang))


@LANGUAGES
@PAGES
def test_a_publication_without_apps_says_so(screen: Screen, page: str, lang: str) -> None:
    assert text.of(lang)("empty.no_apps_title") in words(screen(page, "empty", lang=lang))


@PAGES
def test_an_app_of_which_only_displayed_scores_are_known_leaves_a_notice(screen: Screen, page: str) -> None:
    assert "hy-notice" in words(screen(page, "displayed", lang="en"))


# --- said once --------------------------------------------------------------------------------------


@LANGUAGES
def test_releases_says_the_sentence_of_a_release_once(screen: Screen, lang: str) -> None:
    addresses: list[dict[str, str]] = [{}, {"release": "google_play/2.0.0"}]
    for address in addresses:
        said = words(screen("releases", "analysed", lang=lang, **address))
        (first, *_) = re.findall(r'hy-headline">(.*?)</p>', said)
        assert said.count(first) == 1


@LANGUAGES
def test_what_to_know_of_languages_stands_once_on_topics_and_unfolds_elsewhere(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    note = "unproven: Basque"
    monkeypatch.setattr(languages, "cautions", lambda *_, **__: [note])
    for page in ("topics", "tradeoffs"):
        said = re.sub(
            r"<details.*?</details>", "", words(screen(page, "analysed", lang=lang)), flags=re.DOTALL
        )
        assert said.count(note) == 1, page
