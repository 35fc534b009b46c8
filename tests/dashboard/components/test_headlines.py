"""The sentences say what the numbers say, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dashboard import i18n as text
from dashboard.components import headlines, legends
from dashboard.components.headlines import Change, difference, displayed_sentences
from dashboard.rows.collection import AppInStore
from dashboard.rows.reviews import DisplayedScore, RatingSpan, VersionRating
from dashboard.views.overview import cards
from dashboard.views.rating import findings
from dashboard.views.rating.findings import reviewed_sentence
from tests.dashboard.rows import row
from warehouse.schema import macros

EN, JA = text.of("en"), text.of("ja")
START = datetime(2025, 3, 2, tzinfo=UTC)


def _scores(*scores: float, store: str = "google_play") -> list[DisplayedScore]:
    return [
        row(DisplayedScore, store=store, displayed_score=s, observed_at=START + timedelta(days=10 * n))
        for n, s in enumerate(scores)
    ]


def _span(mean: float | None, n: int = 50, reach: float = 0.2) -> RatingSpan:
    return row(RatingSpan, n=n, mean=mean, low=(mean or 0) - reach, high=(mean or 0) + reach)


def test_reviews_without_a_version_are_told_with_their_share_and_mean() -> None:
    rows = [
        row(VersionRating, version="1.0", n=60, mean=4.0),
        row(VersionRating, version="unknown", store="google_play", n=30, mean=2.0),
        row(VersionRating, version="unknown", store="app_store", n=10, mean=4.0),
    ]
    said = findings.without_version(EN, rows)
    assert said.startswith("40% of these reviews (40) name no version")
    assert "their mean is 2.50" in said
    assert findings.without_version(EN, rows[:1]) == ""
    assert findings.without_version(EN, []) == ""


def test_a_rise_names_both_scores_and_both_days() -> None:
    (said,) = displayed_sentences(EN, _scores(2.2, 3.0, 4.2))
    assert said == "Displayed score on Google Play rose from 2.2 (2 Mar 2025) to 4.2 (22 Mar 2025)."


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ((4.2, 3.1), "fell from 4.2"),
        ((3.0, 3.04), "stayed at 3.0"),
        ((3.5,), "was 3.5 on"),
        ((2.8, 2.2, 4.2), "rose from its lowest, 2.2 (12 Mar 2025), to 4.2"),
        ((4.0, 4.6, 3.8), "fell from its highest, 4.6"),
        ((2.2, 2.1, 4.2), "rose from 2.2"),
    ],
)
def test_each_way_of_a_displayed_score_has_its_sentence(scores: tuple[float, ...], words: str) -> None:
    (said,) = displayed_sentences(EN, _scores(*scores))
    assert words in said


def test_each_store_has_a_sentence_of_its_own() -> None:
    rows = _scores(2.0, 3.0) + _scores(4.0, 3.0, store="app_store")
    said = displayed_sentences(JA, rows)
    assert [("Google Play" in s, "App Store" in s) for s in said] == [(True, False), (False, True)]


def test_the_larger_move_is_told_first() -> None:
    rows = _scores(3.0, 3.2) + _scores(2.2, 4.2, store="app_store")
    assert "App Store" in displayed_sentences(EN, rows)[0]


def test_the_difference_of_two_spans_is_that_of_the_published_macro() -> None:
    con = duckdb.connect(":memory:")
    con.execute(macros(over_tables=False))
    now = {"n": 9, "mean": 3.0, "low": 2.7, "high": 3.1}
    before = {"n": 9, "mean": 2.0, "low": 1.6, "high": 2.2}
    change = difference(row(RatingSpan, **now), row(RatingSpan, **before))
    told = con.execute("select difference_interval($b, $a)", {"a": now, "b": before}).fetchone()
    assert told is not None
    assert told[0] == pytest.approx({"change": change.value, "low": change.low, "high": change.high})
    assert change.direction == "up"


@pytest.mark.parametrize(
    ("change", "direction"),
    [
        (Change(0.5, 0.1, 0.9), "up"),
        (Change(-0.5, -0.9, -0.1), "down"),
        (Change(0.5, -0.1, 1.1), "flat"),
        (Change(0.5, 0.0, 1.0), "flat"),
        (Change(None, None, None), "unknown"),
    ],
)
def test_an_interval_that_touches_zero_is_no_clear_change(change: Change, direction: str) -> None:
    assert change.direction == direction


def test_no_clear_change_is_said_in_words_with_its_numbers() -> None:
    said = reviewed_sentence(EN, _span(3.0, reach=0.3), _span(3.1, reach=0.4), 30)
    assert "no clear change" in said
    assert "+0.10 (95% interval −0.40 to +0.60)" in said


def test_an_empty_side_is_not_compared() -> None:
    assert "cannot be compared" in reviewed_sentence(EN, _span(None, n=0), _span(3.0), 30)


def test_a_handful_of_reviews_is_shown_and_not_compared() -> None:
    said = reviewed_sentence(EN, _span(5.0, n=5), _span(3.0), 30)
    assert "not compared" in said
    assert "fell" not in said


def test_sentiment_shares_are_of_the_classified_reviews() -> None:
    span = row(RatingSpan, n_classified=200, n_negative=100, n_neutral=40, n_positive=60)
    assert findings.sentiment_sentence(EN, span).startswith("Of 200 classified reviews 50% are negative, 20%")


def test_data_is_old_after_a_week_and_not_before() -> None:
    assert headlines.stale_days(START, START + timedelta(days=7)) is None
    assert headlines.stale_days(START, START + timedelta(days=8)) == 8
    assert headlines.stale_days(None, START) is None


@pytest.mark.parametrize(("days", "grain"), [(30, "day"), (90, "week"), (365, "week"), (730, "month")])
def test_the_grain_follows_the_span(days: int, grain: str) -> None:
    assert legends.grain_of(days) == grain


@pytest.mark.parametrize(("days", "edge"), [(730, 30), (60, 30), (20, 10), (1, 1)])
def test_the_edges_of_a_span_never_overlap(days: int, edge: int) -> None:
    assert findings.edge_days(days) == edge


def test_few_reviews_are_not_called_a_rise_or_a_fall() -> None:
    change = {"change_30d": -2.8, "change_low": -4.3, "change_high": -1.3}
    app = row(AppInStore, **change, n_30d=40, n_prev_30d=40)
    assert cards.change_of(app).direction == "down"
    assert cards.change_of(replace(app, n_prev_30d=2)).direction == "unknown"
    assert cards.change_of(replace(app, n_30d=9)).direction == "unknown"
