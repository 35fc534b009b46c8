"""Two to five apps on one chart: means as everywhere, few reviews said, the choice in the address."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from dashboard import i18n
from dashboard.components.legends import SMALL, chart_words
from dashboard.queries import Once, Scope
from dashboard.rows import Worded
from dashboard.rows.reviews import AppMean
from dashboard.views.compare import charts, findings
from tests.dashboard.conftest import Screen, spoken, words
from tests.dashboard.rows import row
from warehouse import reads

EN = i18n.of("en")
LANGUAGES = pytest.mark.parametrize("lang", i18n.LANGUAGES)
FIRST, LAST = date(2026, 6, 1), date(2026, 8, 30)
NAMES = {f"app{n}": f"App {n}" for n in range(5)}
EVIL = "'+alert(1)+'</script>"


def _mean(app: str, mean: float, *, n: int = 200, reach: float = 0.1, day: date = FIRST) -> AppMean:
    ends = {"low": mean - reach, "high": mean + reach, "first_day": day, "last_day": day + timedelta(6)}
    return row(AppMean, app=app, mean=mean, n=n, **ends)


def _drawn(weeks: dict[str, list[AppMean]], names: dict[str, str] = NAMES) -> dict[str, Any]:
    told = {app: [Worded(w, str(w.first_day)) for w in of] for app, of in weeks.items()}
    words = {**chart_words(EN), "app": "App"}
    made: dict[str, Any] = charts.by_week(told, names, first=FIRST, last=LAST, words=words, date_format="%b")
    return made


def _points(made: dict[str, Any]) -> list[dict[str, Any]]:
    line = next(layer for layer in made["layer"] if layer["mark"]["type"] == "line")
    # Layers of the same rows share them: they then stand once, at the chart itself.
    points: list[dict[str, Any]] = line.get("data", made.get("data"))["values"]
    return points


def test_weeks_and_days_are_those_of_the_rating_page(worlds: Callable[[str], Path]) -> None:
    asked = Once(reads.current(worlds("full")))
    with reads.connection(asked.path):
        last = (asked.known_days("procedures") or (FIRST, LAST))[1]
        for stores in (None, ("app_store",)):
            scope = Scope(app="procedures", first=last - timedelta(364), last=last, stores=stores)
            whole, weeks = asked.app_weeks(["procedures", "nobody"], scope.first, scope.last, stores)
            assert set(whole) == set(weeks) == {"procedures"}
            span, periods = asked.span(scope), [p for p in asked.periods(scope, "week") if p.n]
            one = whole["procedures"]
            assert (one.n, one.mean, one.low, one.high) == pytest.approx(
                (span.n, span.mean, span.low, span.high)
            )
            assert len(periods) > 40
            for ours, theirs in zip(weeks["procedures"], periods, strict=True):
                assert (ours.first_day, ours.last_day, ours.n) == (
                    theirs.first_day,
                    theirs.last_day,
                    theirs.n,
                )
                assert (ours.mean, ours.low, ours.high) == pytest.approx(
                    (theirs.mean, theirs.low, theirs.high)
                )


# --- in words -------------------------------------------------------------------------------------


@LANGUAGES
def test_a_difference_is_clear_where_its_interval_leaves_out_zero(lang: str) -> None:
    t = i18n.of(lang)

    def said(*means: AppMean) -> list[str]:
        return findings.headline(t, {m.app: m for m in means}, {m.app: NAMES[m.app] for m in means})

    (clear,) = said(_mean("app0", 3.0), _mean("app1", 4.0), _mean("app2", 3.5))
    assert clear.index("App 1") < clear.index("App 0")
    assert "App 2" not in clear
    assert t.stars(1.0) in clear
    (flat,) = said(_mean("app0", 3.9), _mean("app1", 4.0))
    known = {"best": "App 1", "worst": "App 0"}
    assert flat.startswith(t("peers.flat", **known, **dict.fromkeys(
        ("best_mean", "worst_mean", "apart", "low", "high"), "§"
    )).partition("App 1")[0])  # fmt: skip
    assert clear.partition("App 1")[0] != flat.partition("App 1")[0]


@LANGUAGES
def test_of_few_reviews_nothing_is_told_but_that(lang: str) -> None:
    t = i18n.of(lang)
    whole = {"app0": _mean("app0", 5.0, n=SMALL - 1), "app1": _mean("app1", 3.0)}
    names = {k: NAMES[k] for k in ("app0", "app1", "app2")}
    said = findings.headline(t, whole, names)
    assert said == [t("peers.too_few"), t("peers.few", names=t.listed(["App 0", "App 2"]), n=SMALL)]


# --- drawn ----------------------------------------------------------------------------------------


def test_the_chart_is_vega_lite_and_tells_five_apps_apart_twice() -> None:
    made = _drawn({app: [_mean(app, 3.0 + n / 10)] for n, app in enumerate(NAMES)})
    alt.Chart.from_dict(made, validate=True)
    line = next(layer for layer in made["layer"] if layer["mark"]["type"] == "line")["encoding"]
    assert len({*line["color"]["scale"]["range"]}) == 5
    assert len({str(d) for d in line["strokeDash"]["scale"]["range"]}) == 5
    assert line["y"]["scale"]["domain"] == [1, 5]


def test_a_week_of_few_reviews_is_a_point_without_line_or_band() -> None:
    weeks = [_mean("app0", 4.0), _mean("app0", 1.0, n=1, day=FIRST + timedelta(7))]
    sure, few = _points(_drawn({"app0": weeks}))
    assert (sure["line"], sure["few"]) == (4.0, False)
    assert (few["mean"], few["line"], few["low"], few["few"]) == (1.0, None, None, True)


def test_weeks_without_stars_break_the_line() -> None:
    weeks = [_mean("app0", 4.0), _mean("app0", 3.0, day=FIRST + timedelta(21))]
    assert [p["line"] for p in _points(_drawn({"app0": weeks}))] == [4.0, None, None, 3.0]


def test_names_of_apps_are_data_and_never_code() -> None:
    made = _drawn({"app0": [_mean("app0", 4.0)]}, {"app0": EVIL})
    assert EVIL in {p["name"] for p in _points(made)}
    layers = [{k: v for k, v in layer.items() if k != "data"} for layer in made["layer"]]
    rest = {k: v for k, v in made.items() if k not in {"data", "layer"}}
    assert "alert" not in json.dumps([layers, rest])


# --- the page -------------------------------------------------------------------------------------


def test_the_choice_stands_in_the_address_and_a_link_opens_it(screen: Screen) -> None:
    at = screen("compare", "many", lang="en", apps=["app001", "app004"], last="2y")
    assert at.session_state["apps"] == ["app001", "app004"]
    assert at.get("vega_lite_chart")
    at.multiselect(key="apps").set_value(["app001", "app004", "app005"]).run()
    assert at.query_params["apps"] == ["app001", "app004", "app005"]
    assert spoken(at, "last") == "2y"


def test_where_nobody_chose_the_apps_with_the_most_reviews_are_compared(screen: Screen) -> None:
    at = screen("compare", "many", lang="en")
    assert len(at.session_state["apps"]) == 3
    assert "apps" not in at.query_params
    at.multiselect(key="apps").set_value([]).run()
    assert EN("peers.choose_title") in words(at)


@LANGUAGES
def test_a_link_to_too_many_or_unknown_apps_says_so(screen: Screen, lang: str) -> None:
    t = i18n.of(lang)
    asked = ["nobody", *(f"app{n:03}" for n in range(7))]
    at = screen("compare", "many", lang=lang, apps=asked)
    assert not at.exception
    said = words(at)
    assert t("peers.cut_title", most=5) in said
    assert t("empty.quoted", value="nobody") in said
    assert at.session_state["apps"] == [f"app{n:03}" for n in range(5)]


@LANGUAGES
def test_displayed_scores_stand_apart(screen: Screen, lang: str) -> None:
    t = i18n.of(lang)
    alone = words(screen("compare", "full", lang=lang))
    assert t("peers.choose", few=2, most=5) in alone
    said = words(screen("compare", "many", lang=lang))
    means, _, scores = said.partition(t("peers.displayed_caption"))
    assert t("peers.caption") in means
    assert t("peers.caption") not in scores
