"""A chart is read from its specification: what is drawn, where, and that no word of a store is code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import altair as alt
import pytest

from dashboard import i18n as text
from dashboard.components import legends, theme
from dashboard.components.theme import counts
from dashboard.rows import Worded
from dashboard.rows.collection import RequestDay
from dashboard.rows.reviews import DisplayedScore, RatingPeriod, RatingSpan, ReleaseDate, VersionRating
from dashboard.views.health import charts as health_charts
from dashboard.views.health import sources
from dashboard.views.rating import over_time
from dashboard.views.rating.charts import VERSIONS, by_version, star_shares
from dashboard.views.rating.over_time import rating_over_time
from tests.dashboard.contrast import contrast
from tests.dashboard.rows import row

WORDS = legends.chart_words(text.of("en"))
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
EVIL = "'+alert(1)+'</script>"


def _at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def _plain_period(day: int, n: int = 20, mean: float | None = 3.0) -> RatingPeriod:
    days = {"first_day": date(2026, 1, day), "last_day": date(2026, 1, day)}
    reach = {"low": None if mean is None else mean - 0.5, "high": None if mean is None else mean + 0.5}
    return RatingPeriod(**days, n=n, mean=mean, **reach)


def _period(day: int, n: int = 20, mean: float | None = 3.0) -> Worded[RatingPeriod]:
    return over_time.with_words(text.of("en"), _plain_period(day, n, mean))


def _counted(day: int) -> theme.Counted:
    return theme.counted(text.of("en"), _plain_period(day), 20)


def _version(label: str) -> Worded[VersionRating]:
    return Worded(row(VersionRating, n=12, mean=3.0, low=2.0, high=4.0), label)


SPAN = row(RatingSpan, n=10, n_1=4, n_2=1, n_3=0, n_4=2, n_5=3)


def _over_time(**wanted: Any) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "displayed": [over_time.DisplayedPoint(store="google_play", at=_at(3), score=4.1, tip="x")],
        "periods": [_period(1), _period(2, n=4)],
        "releases": [over_time.ReleaseMark(at=_at(5), label="2.0", tip="2.0")],
    }
    rows |= wanted
    made: dict[str, Any] = rating_over_time(
        rows["displayed"],
        rows["periods"],
        rows["releases"],
        first=FIRST,
        last=LAST,
        words=WORDS,
        date_format="%b",
    )
    return made


def _values(spec: Any, field: str) -> list[Any]:
    """Every value of a field in the data of a specification."""
    if isinstance(spec, dict):
        here = [spec[field]] if field in spec and not isinstance(spec[field], dict) else []
        return here + [v for child in spec.values() for v in _values(child, field)]
    return [v for child in spec for v in _values(child, field)] if isinstance(spec, list) else []


def _layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The single marks of a layered specification."""
    return [m for child in spec["layer"] for m in _layers(child)] if "layer" in spec else [spec]


def test_the_two_series_are_drawn_from_their_own_fields_in_their_own_colours() -> None:
    drawn = _layers(_over_time())
    lines = [d for d in drawn if d["mark"]["type"] == "line"]
    fields = {line["encoding"]["y"]["field"]: line["mark"]["color"] for line in lines}
    assert fields == {"line": legends.REVIEWED, "score": legends.DISPLAYED}


def test_a_displayed_score_is_a_point_at_its_moment_in_utc() -> None:
    assert 1767441600000 in _values(_over_time(), "at")
    assert _values(_over_time(), "score") == [4.1]


def test_both_series_share_one_scale_of_one_to_five_stars() -> None:
    encodings = [d["encoding"].get("y", {}) for d in _layers(_over_time())]
    scales = [y["scale"]["domain"] for y in encodings if "scale" in y]
    assert len(scales) > 3
    assert all(s == [1, 5] for s in scales)


def test_few_reviews_are_marked() -> None:
    assert set(_values(_over_time(displayed=[], releases=[]), "few")) == {True, False}


def test_few_reviews_at_an_end_are_a_point_by_themselves() -> None:
    spec = _over_time(periods=[_period(1, n=1, mean=1.0), _period(2, n=4), _period(3, n=30), _period(4, n=9)])
    assert [v is None for v in _values(spec, "line")] == [True, False, False, True]
    assert [v is None for v in _values(spec, "line_low")] == [True, False, False, True]
    assert None not in _values(spec, "mean")


def test_a_period_without_reviews_keeps_its_place_and_has_no_mean() -> None:
    spec = _over_time(periods=[_period(1), _period(2, n=0, mean=None), _period(3)])
    assert None in _values(spec, "mean")


def test_labels_of_releases_are_data_and_never_code() -> None:
    spec = _over_time(releases=[over_time.ReleaseMark(at=_at(5), label=EVIL, tip=EVIL)])
    expressions = json.dumps(_values(spec, "labelExpr"))
    assert "alert" not in expressions
    assert any("alert" in str(p.get("value")) for p in spec["params"])


def test_labels_of_versions_are_data_and_never_code() -> None:
    spec = by_version([_version(EVIL)], words=WORDS)
    assert "alert" not in json.dumps(_values(spec, "labelExpr"))


@pytest.mark.parametrize("rows", [{"displayed": []}, {"periods": []}, {"releases": []}])
def test_a_missing_series_leaves_a_chart(rows: dict[str, Any]) -> None:
    assert _over_time(**rows)["layer"]


def test_counts_reach_from_the_first_to_the_end_of_the_last_day() -> None:
    spec = counts([_counted(1), _counted(2)], first=FIRST, last=LAST, words=WORDS, date_format="%b")
    assert [_values(spec, "from"), _values(spec, "to")] == [
        [1767225600000, 1767312000000],
        [1767312000000, 1767398400000],
    ]
    assert spec["params"][0]["name"] == theme.BRUSH


def test_versions_keep_their_order_and_the_newest_are_drawn() -> None:
    spec = by_version([_version(f"1.{k}") for k in range(40)], words=WORDS)
    (labels,) = [p["value"] for p in spec["params"] if p["name"] == "row_labels"]
    assert labels == [f"1.{k}" for k in range(40 - VERSIONS, 40)]


def test_star_shares_sum_to_one_and_show_the_span_before() -> None:
    spec = star_shares(SPAN, replace(SPAN, n_1=5, n_2=0), words=WORDS)
    rows = spec["data"]["values"]
    assert sum(r["share"] for r in rows) == pytest.approx(1)
    assert rows[-1] == {"stars": "1 ★", "n": 4, "share": 0.4, "was": 0.5}


def _every_chart() -> dict[str, dict[str, Any]]:
    """One specification of every kind of chart."""
    reach: dict[str, Any] = {"first": FIRST, "last": LAST, "date_format": "%b"}
    words = dict.fromkeys(("texts", "task", "low", "high", "baseline", "n"), "x")
    figure = row(sources.Measured, label="x", task="Tone", value=0.7, low=0.6, high=0.8, baseline=0.5)
    day = sources.DayState(row(RequestDay, day=FIRST, source="s"), "failed", "x")
    return {
        "over_time": _over_time(),
        "counts": counts([_counted(1)], words=WORDS, **reach),
        "found": counts([_counted(1)], words=WORDS, is_brushed=False, **reach),
        "versions": by_version([_version("1.0")], words=WORDS),
        "stars": star_shares(SPAN, SPAN, words=WORDS),
        "timeline": health_charts.timeline([day], words={"ended": "x"}, **reach),
        "model": health_charts.measured([figure], words=words),
    }


@pytest.mark.parametrize("name", _every_chart())
def test_every_chart_is_what_vega_lite_knows(name: str) -> None:
    spec = _every_chart()[name]
    # Altair's own checks are off while pages are drawn; this one reads the schema.
    alt.Chart.from_dict(spec, validate=True)
    assert not [d for d in _values(spec, "name") if d in ("frame", "reviewed", "displayed", "releases")]


def test_a_specification_that_vega_lite_does_not_know_is_found() -> None:
    spec = _every_chart()["counts"]
    spec["encoding"]["x"]["scale"]["nonsense"] = 1
    with pytest.raises(Exception, match="nonsense"):
        alt.Chart.from_dict(spec, validate=True)


def test_nothing_in_a_chart_points_outside() -> None:
    spec = json.dumps(_over_time()).replace("https://vega.github.io/schema/", "")
    assert "http" not in spec


@pytest.mark.parametrize("background", ["#FBFAF7", "#0E1524"])
@pytest.mark.parametrize("mark", [legends.DISPLAYED, legends.REVIEWED, legends.QUIET])
def test_every_mark_stands_out_from_both_backgrounds(mark: str, background: str) -> None:
    assert contrast(mark, background) >= 3


def test_releases_of_one_version_in_two_stores_share_a_mark() -> None:
    rows = [
        row(ReleaseDate, version="2.0", store="google_play", released_at=_at(5)),
        row(ReleaseDate, version="2.0", store="app_store", released_at=_at(6)),
        row(ReleaseDate, version="2.1", store="google_play", released_at=_at(20)),
    ]
    marks = over_time.release_marks(text.of("en"), rows)
    assert [(m.label, m.at) for m in marks] == [
        ("2.0", _at(5).replace(tzinfo=None)),
        ("2.1", _at(20).replace(tzinfo=None)),
    ]
    assert "App Store" in marks[0].tip


def test_the_middle_of_a_run_of_equal_scores_is_left_out_of_the_line_only() -> None:
    rows = [
        row(DisplayedScore, displayed_score=s, observed_at=_at(d), observed_at_basis="observed")
        for d, s in enumerate((3.0, 3.0, 3.0, 3.1, 3.1), start=1)
    ]
    points = over_time.displayed_points(text.of("en"), rows)
    assert [(p.at.day, p.score) for p in points] == [(1, 3.0), (3, 3.0), (4, 3.1), (5, 3.1)]
