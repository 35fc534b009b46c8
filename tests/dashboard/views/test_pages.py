"""Every page shows full, empty, partial, stale, failed and hostile data, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from tests.dashboard import published
from tests.dashboard.conftest import PAGES, WORLDS, Screen, go, spoken, words
from warehouse import reads

LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)


# A string that one language lacks is found by test_i18n.py; here each page and each world is met in both.
EVERY = [
    (page, world, text.LANGUAGES[(row + column) % 2])
    for row, page in enumerate(PAGES)
    for column, world in enumerate([*WORLDS, "none", "old"])
]


@pytest.mark.parametrize(("page", "world", "lang"), EVERY)
def test_every_page_shows_every_world_without_an_exception(
    screen: Screen, page: str, world: str, lang: str
) -> None:
    at = screen(page, world, lang=lang)
    assert not at.exception
    said = words(at)
    assert said.strip()
    # A mark that unfolds stands beside words, never on a line of its own.
    assert '<div class="hy-source"><details' not in said


@LANGUAGES
def test_without_a_publication_the_page_says_what_to_do(screen: Screen, lang: str) -> None:
    at = screen("overview", "none", lang=lang)
    assert text.of(lang)("empty.nothing_title") in words(at)
    assert "hoshiyomi demo" in at.code[0].value


@LANGUAGES
def test_a_publication_without_apps_says_so(screen: Screen, lang: str) -> None:
    for page in ("overview", "rating", "reviews"):
        assert text.of(lang)("empty.no_apps_title") in words(screen(page, "empty", lang=lang))


@LANGUAGES
def test_the_overview_shows_each_store_of_the_sample_and_calls_it_sample_data(
    screen: Screen, lang: str
) -> None:
    at, t = screen("overview", "full", lang=lang), text.of(lang)
    assert [link.value for link in at.get("page_link")] == ["くらしの手続き"] * 2
    said = words(at)
    assert said.count(f'hy-sample">{t("sample.label")}') == 2
    assert t("coverage.partial") in said
    assert t("coverage.complete") in said
    assert t("stores.google_play") in said


def test_the_overview_figures_are_those_of_the_mart(screen: Screen, worlds: Callable[[str], Path]) -> None:
    (row, *_) = reads.rows(reads.current(worlds("full")), "overview")
    said = words(screen("overview", "full", lang="en"))
    assert f"{row['mean_30d']:.2f}<span" in said
    assert f"{row['low_30d']:.2f}–{row['high_30d']:.2f}" in said
    assert f'hy-c-n"><div class="hy-name">n</div><div class="hy-value">{row["n_30d"]}<' in said
    assert f"{row['displayed_score']:.1f}<span" in said


def _apps_listed(at: AppTest) -> list[str]:
    """The apps of the list."""
    return [link.value for link in at.get("page_link") if "app=" in link.proto.query_string]


def test_many_apps_come_in_pages_and_can_be_searched_and_sorted(screen: Screen) -> None:
    at = screen("overview", "many", lang="en")
    assert len(_apps_listed(at)) == 30
    at.text_input(key="q").set_value("アプリ 003").run()
    assert _apps_listed(at) == ["サンプル市アプリ 003"]
    assert at.query_params["q"] == ["アプリ 003"] or at.query_params["q"] == "アプリ 003"
    at.text_input(key="q").set_value("no such app").run()
    assert "No app is found" in words(at)


COLUMN = r"hy-c-reviewed\">.*?hy-value\">(?:<span title=\"[^\"]*\">)?([\d.]+)<span"
"""The means of reviews on the overview."""


def test_the_order_of_the_overview_follows_its_figures_and_misses_come_last(screen: Screen) -> None:
    at = screen("overview", "many", lang="en", sort="low")
    means = [float(m) for m in re.findall(COLUMN, words(at))]
    assert means == sorted(means)
    assert len(means) > 3
    assert words(at).rindex("hy-c-reviewed") > words(at).rindex(f"{means[-1]:.2f}<span")


@pytest.mark.parametrize(
    ("world", "notice"),
    [("hostile", "failed"), ("unclassified", "stale"), ("full", "partial"), ("displayed", "empty")],
)
def test_failed_stale_partial_and_missing_data_look_different(
    screen: Screen, world: str, notice: str
) -> None:
    said = words(screen("rating", world, lang="en"))
    kinds = set(re.findall(r"hy-notice hy-is-(\w+)", said))
    assert notice in kinds
    assert not kinds & ({"failed", "stale", "partial"} - {notice})


@LANGUAGES
def test_the_rating_page_tells_the_story_in_words(screen: Screen, lang: str) -> None:
    said, t = words(screen("rating", "full", lang=lang)), text.of(lang)
    assert "hy-headline" in said
    way = {"en": "Displayed score on Google Play rose from", "ja": "Google Playの表示評価は"}[lang]
    assert way in said
    assert t("series.B") in said
    assert t("legend.displayed", where=t("stores.google_play")) in said


def test_the_rating_page_keeps_its_choices_in_the_address(screen: Screen) -> None:
    at = screen("rating", "full", lang="en", store="google_play", span="90d")
    assert (at.session_state["store"], at.session_state["span"]) == ("google_play", "90d")
    at.button_group(key="span").set_value("1y").run()
    assert spoken(at, "span") == "1y"
    assert spoken(at, "store") == "google_play"
    assert spoken(at, "app") == "procedures"


ABOUT_AN_APP = ("releases", "topics", "tradeoffs", "reviews", "rating")


def test_the_scope_survives_a_walk_through_the_navigation(screen: Screen) -> None:
    scope = {"app": "procedures", "span": "90d", "store": "google_play", "place": ["language:ja"]}
    at = screen("rating", "analysed", lang="en", **scope)
    for page in (*ABOUT_AN_APP, "overview", "about", "topics", "health", "reviews"):
        go(at, page)
        assert not at.exception, page
        if page in ABOUT_AN_APP:
            assert {k: at.session_state[k] for k in scope} == scope, page
            assert spoken(at, "span") == "90d", page
            assert spoken(at, "store") == "google_play", page
            assert spoken(at, "place") == "language:ja", page


def test_days_survive_the_navigation_and_a_link_means_what_it_says(screen: Screen) -> None:
    at = screen("rating", "full", lang="en", span="custom", days=["2026-05-01", "2026-05-31"])
    go(at, "reviews")
    assert "1 – 31 May 2026" in words(at)
    assert at.query_params["days"] == ["2026-05-01", "2026-05-31"]
    go(at, "rating", app="procedures", lang="en")
    assert at.session_state["span"] == "all"
    assert "span" not in at.query_params
    go(at, "topics", app="procedures", span="30d", lang="en")
    assert spoken(at, "span") == "30d"


def test_a_scope_that_another_app_does_not_know_is_clipped_or_left_out(screen: Screen) -> None:
    at = screen("rating", "many", app="app002", span="custom", days=["2026-09-01", "2026-11-20"])
    for app in ("app001", "app005", "app006"):
        at.selectbox(key="app").select(app).run()
        for page in ABOUT_AN_APP:
            assert not go(at, page).exception
            assert at.session_state["app"] == app
    at = screen("rating", "full", span="custom", days=["2020-01-01", "2026-05-31"])
    assert "31 May 2026" in words(at)
    assert at.query_params["days"][1] == "2026-05-31"
    assert at.query_params["days"][0] > "2025-01-01"


@LANGUAGES
def test_a_link_says_what_it_did_not_find(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    at = screen(
        "rating", "full", lang=lang, app="procedures", store="nowhere", span="9y", version=["9.9"],
        place=["<b>"], at="-3",
    )  # fmt: skip
    assert not at.exception
    assert at.session_state["span"] == "all"
    assert at.session_state["version"] == []
    named = t.listed([t("empty.quoted", value=v) for v in ("nowhere", "9y", "&lt;b&gt;", "9.9")])
    assert t("empty.dead", named=named) in words(at)
    assert t("empty.dead_title") not in words(screen("rating", "full", lang=lang, app="procedures"))


@pytest.mark.parametrize("span", ["1y", "2y"])
def test_a_link_with_more_days_than_the_app_has_shows_all_and_is_not_dead(screen: Screen, span: str) -> None:
    # Four months of reviews.
    at = screen("rating", "many", lang="en", span=span)
    assert at.session_state["span"] == "all"
    assert text.of("en")("empty.dead_title") not in words(at)


@pytest.mark.parametrize("page", ABOUT_AN_APP)
def test_a_link_to_an_app_that_is_not_there_shows_no_other_app(screen: Screen, page: str) -> None:
    at = screen(page, "full", lang="en", app="<script>")
    assert not at.exception
    assert "No app is found under “&lt;script&gt;”" in words(at)
    assert "procedures" not in str(at.query_params)
    assert [link.value for link in at.get("page_link")] == ["Overview"]
    assert not at.get("vega_lite_chart")


def test_days_in_the_address_are_the_span(screen: Screen) -> None:
    at = screen("rating", "full", lang="en", span="custom", days=["2026-05-01", "2026-05-31"])
    assert "1 – 31 May 2026" in words(at)


@pytest.mark.parametrize("days", [["2026-05-31", "2026-05-01"], ["1999-01-01", "nonsense"], ["2026-05-01"]])
def test_days_that_make_no_span_are_answered_with_a_page(screen: Screen, days: list[str]) -> None:
    assert not screen("rating", "full", span="custom", days=days).exception


def test_a_span_without_reviews_says_what_to_do(screen: Screen) -> None:
    at = screen("rating", "unclassified", lang="en", span="custom", days=["2026-10-01", "2026-10-02"])
    assert not at.exception
    at = screen("rating", "displayed", lang="en")
    assert "No reviews in this span" in words(at)
    assert "rose from 2.8" in words(at)
    assert "on or after that day" in words(at)


def test_unread_reviews_are_called_unclassified_and_not_neutral(screen: Screen) -> None:
    said = words(screen("rating", "unclassified", lang="en"))
    assert "None of these reviews is classified yet" in said
    assert "not classified yet" in said
    assert "hy-c-sentiment" not in said


@LANGUAGES
def test_languages_that_are_not_covered_are_named_wherever_sentiment_is_told(
    screen: Screen, lang: str
) -> None:
    t = text.of(lang)
    assert t("sentiment.not_covered") in words(screen("overview", "foreign", lang=lang))
    rating = words(screen("rating", "foreign", lang=lang))
    assert t("finding.not_covered", n=3) in rating
    assert t("topics.not_covered") in rating
    assert t("topics.not_covered") in words(screen("topics", "foreign", lang=lang))
    for page in ("overview", "rating", "topics"):
        assert t("source.not_covered", n=1, of=8) in words(screen(page, "marked", lang=lang)), page
    for world in ("foreign", "marked"):
        assert t("sentiment.unread") not in words(screen("rating", world, lang=lang))


def test_an_older_publication_that_does_not_count_them_says_nothing_of_languages(screen: Screen) -> None:
    t = text.of("en")
    for page in ("overview", "rating", "topics"):
        assert "does not cover" not in words(screen(page, "old", lang="en")), page
    assert t("finding.sentiment", n=7, negative="14%", neutral="71%", positive="14%") in words(
        screen("rating", "old", lang="en")
    )


def test_the_language_follows_the_browser_until_it_is_chosen(screen: Screen) -> None:
    at = screen("overview", "full", locale="ja-JP")
    assert at.title[0].value == "一覧"
    assert "lang" not in at.query_params
    at.button_group(key="lang").set_value("en").run()
    assert at.title[0].value == "Overview"
    assert spoken(at, "lang") == "en"


def test_reviews_show_their_evidence(screen: Screen) -> None:
    said = words(screen("rating", "full", lang="en", store="google_play"))
    for evidence in (
        "of 5 stars",
        "version 2",
        "Google Play",
        "% sure",
        "Developer&#39;s reply",
        "in English",
    ):
        assert evidence in said, evidence


# --- hostile words ---------------------------------------------------------------------------------

_OURS = {
    "div", "span", "p", "b", "bdi", "header", "article", "details", "summary", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "img", "style", "h2", "h3", "mark", "br", "a", "i",
}  # fmt: skip
_OUR_LINK = re.compile(rf"({'|'.join(PAGES)})\?[\w%=&.+~-]*")


class _Tags(HTMLParser):
    """Collects every element that a browser would make."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@LANGUAGES
@pytest.mark.parametrize("page", [p for p in PAGES if p != "about"])
def test_no_hostile_word_becomes_an_element_an_attribute_or_a_link(
    screen: Screen, page: str, lang: str
) -> None:
    at = screen(page, "hostile", lang=lang)
    parser = _Tags()
    for block in at.html:
        parser.feed(block.value)
    assert len(parser.found) > 20
    for tag, attributes in parser.found:
        assert tag in _OURS, tag
        assert not any(name.startswith("on") for name in attributes), attributes
        assert ("href" in attributes) == (tag == "a"), attributes
        assert tag != "a" or _OUR_LINK.fullmatch(str(attributes["href"])), attributes
        assert tag != "img" or str(attributes["src"]).startswith("data:image/svg+xml,")


def test_hostile_text_is_shown_as_it_is_and_harmless(screen: Screen) -> None:
    said = words(screen("reviews", "hostile", lang="en"))
    assert "&lt;script&gt;window.pwned=1&lt;/script&gt;" in said
    assert "[click](javascript:alert(1))" in said
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", said)
    assert not re.search("[\u0300-\u036f]{5}", said)


def test_hostile_names_are_escaped_where_streamlit_reads_markdown(screen: Screen) -> None:
    for label in (
        screen("rating", "hostile").title[0].value,
        screen("overview", "hostile").get("page_link")[0].value,
    ):
        assert "\\*\\*x\\*\\*" in label
        assert "\\<script\\>" in label
        assert ":red" not in label


def test_a_new_publication_is_seen_on_the_next_run(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = screen("overview", "hostile", lang="en")
    published.publish(tmp_path, published.hostile())
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    at.run()
    assert "publication 1" in words(at)
    extra = published.World(
        reviews=[published.review("more", reviewed_at=published.NOW)],
        coverage=[published.coverage("b1", finished_at=published.NOW)],
    )
    published.publish(tmp_path, extra, published.NOW)
    at.run()
    assert "publication 2" in words(at)
