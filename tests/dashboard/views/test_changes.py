"""Changes, events and compared spans in words and marks, and the parts of two pages that show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from dashboard import i18n as text
from dashboard.components import headlines
from dashboard.components.legends import chart_words
from dashboard.rows import Worded
from dashboard.rows.analysis import ChangePoint, ConfoundingEvent, News, SeriesEvent
from dashboard.rows.reviews import OtherPoint, RatingSpan
from dashboard.views.overview import page as overview
from dashboard.views.rating import changes, charts, findings, over_time
from tests.dashboard.conftest import Screen, spoken, words
from tests.dashboard.published import NOW
from tests.dashboard.rows import row
from warehouse import reads

LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)
EVIL = "<b>'+alert(1)+'</b>"
WORDS = chart_words(text.of("en"))


def _change(**wanted: Any) -> ChangePoint:
    plain: dict[str, Any] = {
        "series": "B", "store": "app_store", "changed_on": date(2026, 3, 5), "low_on": date(2026, 3, 1),
        "high_on": date(2026, 3, 9), "size": -0.5, "low": -0.9, "high": -0.2, "value_before": 4.0,
        "value_after": 3.5, "n_before": 100, "n_after": 80, "p_value": 0.001, "nearest_release": EVIL,
        "release_distance_days": -2,
    }  # fmt: skip
    return row(ChangePoint, **plain | wanted)


def _news(what: str, **wanted: Any) -> News:
    plain: dict[str, Any] = {
        "what": what, "app": "a", "name": EVIL, "store": "app_store", "happened_on": date(2026, 3, 5),
        "topic": "login", "measure": "B", "version": EVIL, "before": 2.0, "after": 9.0, "size": -0.5,
        "low": -0.9, "high": -0.2, "verdict": "worse",
    }  # fmt: skip
    return row(News, **plain | wanted)


def _event(kind: str, **wanted: Any) -> SeriesEvent:
    return row(SeriesEvent, **{"store": "app_store", "happened_at": NOW, "kind": kind, "label": "", **wanted})


@LANGUAGES
def test_a_change_is_told_with_its_series_and_both_intervals(lang: str) -> None:
    t = text.of(lang)
    made = changes.changes_table(t, [_change()])
    for told in (
        t("series.B"), t.days(date(2026, 3, 1), date(2026, 3, 9)), "−0.50", t.signed(-0.9), "80",
    ):  # fmt: skip
        assert told in made
    assert "<b>'" not in made


@LANGUAGES
@pytest.mark.parametrize("distance", [-2, 0, 3])
def test_a_release_is_told_as_near_in_time(lang: str, distance: int) -> None:
    said = findings.near(text.of(lang), _change(nearest_release="2.0", release_distance_days=distance))
    assert said.startswith("2.0")
    assert (str(abs(distance)) in said.removeprefix("2.0")) == bool(distance)


@LANGUAGES
def test_the_largest_change_leads_and_none_is_said_to_be_none(lang: str) -> None:
    t = text.of(lang)
    rows = [_change(), _change(series="A", size=1.2, value_before=2.0, value_after=3.2)]
    assert t("series.A") in findings.changes_headline(t, rows)
    assert findings.changes_headline(t, []) == t("changes.none")


@LANGUAGES
@pytest.mark.parametrize("kind", headlines.KINDS)
def test_every_kind_of_event_has_words(lang: str, kind: str) -> None:
    t = text.of(lang)
    assert EVIL in headlines.event_words(t, "app_store", _event(kind, label=EVIL))
    assert headlines.event_words(t, "app_store", _event(kind)) == t(f"events.{kind}")


def test_what_was_detected_is_put_into_words() -> None:
    def said(store: str, kind: str, **wanted: Any) -> str:
        event = row(ConfoundingEvent, **{"kind": kind, "label": "", **wanted})
        return headlines.event_words(text.of("en"), store, event)

    reset = said("app_store", "reset", value_before=12088.0, value_after=130.0)
    assert reset == "ratings reset: 12,088 ratings before, 130 after"
    assert "2.57 to 2.54" in said("app_store", "reweighted", value_before=2.5701, value_after=2.5388)
    assert said("app_store", "campaign", label="leaflet") == "campaign: leaflet"
    assert said("app_store", "reset", label="12088 > 130") == "ratings reset: 12088 > 130"
    assert said("google_play", "coverage_gap", place="ja") == "gap in the data: in Japanese"
    assert said("app_store", "coverage_gap", place="jp") == "gap in the data: Japan"


@LANGUAGES
def test_that_a_store_weighs_anew_all_the_time_is_a_note_and_no_event(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    often = _event(findings.OFTEN, store="google_play", until=NOW, steps=784, steps_beyond=310)
    (note,) = findings.weighing(t, [often, _event(findings.OFTEN, label=EVIL)])
    assert "310" in note
    assert "784" in note
    said = words(screen("rating", "analysed", lang=lang))
    known = re.split(r"\{[^}]*\}", t.strings["events.reweights_often"])
    assert all(part in said for part in known)
    assert findings.OFTEN not in said


@LANGUAGES
def test_events_are_escaped_and_a_kind_that_is_not_known_shows_itself(lang: str) -> None:
    made = changes.events_table(text.of(lang), [_event(EVIL, label=EVIL, source="x")])
    assert "<b>'" not in made
    assert "alert(1)" in made


def _span(n: int, mean: float) -> RatingSpan:
    return row(RatingSpan, n=n, mean=mean, low=mean - 0.1, high=mean + 0.1)


@LANGUAGES
@pytest.mark.parametrize(
    ("after", "key"), [(_span(90, 4.0), "up"), (_span(90, 2.0), "down"), (_span(90, 3.0), "flat")]
)
def test_two_spans_are_compared_in_a_sentence_that_stands_alone(
    lang: str, after: RatingSpan, key: str
) -> None:
    said = findings.compared(text.of(lang), "App", ("March", "April"), _span(80, 3.0), after)
    assert all(w in said for w in ("App", "March", "April", "3.00", "80", "90"))
    # The words that only this verdict has, up to the first number.
    telling = {
        "up": ("rose", "上がりました"),
        "down": ("fell", "下がりました"),
        "flat": ("no clear", "明確な変化"),
    }
    assert any(w in said for w in telling[key])


@LANGUAGES
def test_few_reviews_on_a_side_are_not_compared(lang: str) -> None:
    said = findings.compared(text.of(lang), "App", ("x", "y"), _span(80, 3.0), _span(4, 5.0))
    assert "5.00" not in said


@pytest.mark.parametrize("series", ["A", "B"])
def test_marks_of_changes_are_what_vega_lite_knows_and_leave_the_axis_of_stars(series: str) -> None:
    spec = over_time.rating_over_time(
        [over_time.DisplayedPoint(store="google_play", at=NOW, score=4.1, tip="x")], [], [],
        first=date(2026, 3, 1), last=date(2026, 3, 31), words=WORDS, date_format="%b",
        changes=[Worded(_change(series=series, low_on=date(2026, 1, 1)), EVIL)],
    )  # fmt: skip
    alt.Chart.from_dict(spec, validate=True)
    marks = spec["layer"][-1]
    assert all(layer["encoding"]["y"]["axis"] for layer in marks["layer"])
    (drawn,) = marks["data"]["values"]
    # An interval that begins before the span is cut at its beginning.
    assert drawn["from"] == 1772323200000


@pytest.mark.parametrize("series", ["C", "D"])
def test_the_other_series_are_what_vega_lite_knows_and_have_gaps(series: str) -> None:
    week = {"period_start": date(2026, 3, 1), "period_end": date(2026, 3, 7)}
    rows = [
        Worded(row(OtherPoint, **week, value=4.0, is_valid=True), EVIL),
        Worded(row(OtherPoint, **week, value=9.0, is_valid=False), "x"),
    ]
    spec = charts.one_series(
        rows, series=series, first=date(2026, 3, 1), last=date(2026, 3, 31), words=WORDS, date_format="%b"
    )
    alt.Chart.from_dict(spec, validate=True)
    assert [v["value"] for v in spec["data"]["values"]] == [4.0, None]


@LANGUAGES
@pytest.mark.parametrize(
    "news",
    [
        _news("alarm", measure="count"), _news("alarm", measure="tone", topic="all"), _news("change"),
        _news("release"), _news("release", verdict="better"),
    ],
)  # fmt: skip
def test_everything_new_is_a_sentence(lang: str, news: News) -> None:
    assert overview.told(text.of(lang), news, {"login": "Sign-in"})


@pytest.mark.parametrize(
    ("news", "view", "more"),
    [
        (_news("alarm"), "reviews", {"span": "custom", "days": [date(2026, 3, 5)] * 2, "topic": "login"}),
        (
            _news("alarm", topic="all"),
            "reviews",
            {"span": "custom", "days": [date(2026, 3, 5)] * 2, "topic": None},
        ),
        (_news("change"), "rating", {}),
        (_news("release", version="2.0"), "releases", {"release": "app_store/2.0"}),
    ],
)
def test_everything_new_leads_to_what_it_rests_on(news: News, view: str, more: dict[str, Any]) -> None:
    assert overview.leads_to(news) == (view, {"app": "a", "store": "app_store", **more})


# --- on the pages ----------------------------------------------------------------------------------


@LANGUAGES
def test_the_rating_page_lists_the_changes_that_the_analysis_found(
    screen: Screen, worlds: Callable[[str], Path], lang: str
) -> None:
    found = reads.rows(
        reads.current(worlds("analysed")), "change_points", app="procedures", stores=None,
        first=date(2024, 1, 1), last=date(2026, 11, 24),
    )  # fmt: skip
    assert found
    at, t = screen("rating", "analysed", lang=lang), text.of(lang)
    assert not at.exception
    said = words(at)
    assert t("changes.caption") in said
    assert all(t.day(c["changed_on"]) in said for c in found)


def test_the_sentence_of_two_spans_has_numbers_and_a_link_that_opens_it(screen: Screen) -> None:
    days = {"before": ["2026-01-01", "2026-01-31"], "after": ["2026-10-01", "2026-10-31"]}
    at = screen("rating", "analysed", lang="en", store="google_play", **days)
    (code,) = [c.value for c in at.main.code]
    assert "1 – 31 Jan 2026" in code
    assert "mean review rating rose from" in code
    assert "before=2026-01-01&before=2026-01-31&after=2026-10-01&after=2026-10-31" in code
    assert "store=google_play" in code
    assert at.query_params["before"] == days["before"]


def test_days_chosen_on_the_page_reach_sentence_and_address(screen: Screen) -> None:
    at = screen("rating", "analysed", lang="ja")
    at.date_input(key="before").set_value((date(2026, 2, 1), date(2026, 2, 28))).run()
    assert "2026年2月1日〜28日" in at.code[0].value
    assert spoken(at, "before") == "2026-02-28"


@LANGUAGES
@pytest.mark.parametrize("days", [["2026-05-31", "2026-05-01"], ["x"], ["2026-05-01"]])
def test_days_that_make_no_span_leave_a_page(screen: Screen, days: list[str], lang: str) -> None:
    assert not screen("rating", "analysed", lang=lang, before=days).exception


def test_an_older_publication_is_said_to_be_not_analysed(screen: Screen) -> None:
    assert "Not analysed yet" in words(screen("rating", "old", lang="en"))


@LANGUAGES
def test_the_overview_says_what_is_new_or_that_nothing_is(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    said = words(screen("overview", "analysed", lang=lang))
    assert t("week.title") in said or t("week.nothing") in said
    assert t("week.nothing") not in words(screen("overview", "old", lang=lang))
