"""The map: cells that say what the reviews behind them say, in an order that holds, as links that hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from markupsafe import escape

from dashboard import i18n
from dashboard.queries import Once, Scope, Wanted
from dashboard.rows.analysis import AppRelease, AppTopic
from dashboard.views.map import matrix, page, timeline
from dashboard.views.map.matrix import Row
from tests.dashboard import published
from tests.dashboard.conftest import Screen, spoken, words
from tests.dashboard.published import NOW
from tests.dashboard.rows import row
from warehouse import reads

EN = i18n.of("en")
LANGUAGES = pytest.mark.parametrize("lang", i18n.LANGUAGES)
EVIL = '"><b>alert(1)</b>'
LENSES = {"crash": "reliability", "login": "trust", "performance": "reliability", "scanning": "trust"}
NAMES = {k: k.upper() for k in LENSES}


def _cell(app: str = "a", topic: str = "crash", **wanted: Any) -> AppTopic:
    plain = {
        "n_read": 100, "n_read_before": 100, "n": 20, "n_negative": 10, "share": 0.1, "low": 0.05,
        "high": 0.17, "share_before": 0.09, "change": 0.01, "change_low": -0.05, "change_high": 0.07,
    }  # fmt: skip
    return row(AppTopic, app=app, topic=topic, **plain | wanted)


def _moved(app: str, topic: str, change: float) -> AppTopic:
    ends = {"change_low": change - 0.01, "change_high": change + 0.01}
    return _cell(app, topic, change=change, **ends)


def _table(rows: list[Row], t: i18n.Text = EN) -> str:
    return str(
        matrix.table(
            t, rows, NAMES, {k: v.upper() for k, v in LENSES.items()}, 0.2,
            to_topics=lambda r: f"topics?app={r.app}", to_reviews=lambda c: f"reviews?topic={c.topic}",
        )
    )  # fmt: skip


# --- what a cell says -----------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "stores"), [(30, None), (90, ("google_play",)), (365, ("app_store",))])
def test_a_cell_counts_the_reviews_that_it_leads_to(
    worlds: Callable[[str], Path], days: int, stores: tuple[str, ...] | None
) -> None:
    asked = Once(reads.current(worlds("full")))
    with reads.connection(asked.path):
        cells = asked.topic_map(days, stores)
        assert sum(c.n_negative for c in cells) > 10
        for cell in cells:
            assert (cell.last_day - cell.first_day).days == days - 1
            scope = Scope(app=cell.app, first=cell.first_day, last=cell.last_day, stores=stores)
            found, _ = asked.found(scope, Wanted(topic=cell.topic, sentiment="negative"), "month")
            assert found.n_reviews == cell.n_negative
            assert asked.span(scope).n_classified == cell.n_read
            assert cell.low <= cell.share == cell.n_negative / cell.n_read <= cell.high
            before = asked.found(scope.before(), Wanted(topic=cell.topic, sentiment="negative"), "month")[0]
            assert (cell.share_before or 0) * cell.n_read_before == pytest.approx(before.n_reviews)


def test_intervals_are_those_of_the_topics_page(worlds: Callable[[str], Path]) -> None:
    """Of a topic whose every text is negative, being named and being complained of are the same."""
    asked = Once(reads.current(worlds("full")))
    with reads.connection(asked.path):
        cells = asked.topic_map(90, None)
        scope = Scope(app="procedures", first=cells[0].first_day, last=cells[0].last_day)
        topics = {r.topic: r for r in asked.topics(scope)}
    same = [c for c in cells if c.topic in topics and c.n == c.n_negative]
    assert same
    for cell in same:
        other = topics[cell.topic]
        assert cell.share == pytest.approx(other.share)
        assert cell.change_low == pytest.approx(other.change_low)
        assert cell.change_high == pytest.approx(other.change_high)


def test_what_testers_said_is_not_counted(tmp_path: Path) -> None:
    cells = []
    for name, world in (("public", published.story(days=60)), ("alpha", None)):
        data = tmp_path / name
        data.mkdir()
        made = world or published.with_alpha(published.story(days=60))
        cells.append(Once(published.publish(data, made)).topic_map(365, None))
    assert cells[0] == cells[1]
    assert cells[0]


def test_of_few_texts_on_either_side_no_move_is_told() -> None:
    assert matrix.direction(_moved("a", "crash", 0.2)) == "up"
    assert matrix.direction(_moved("a", "crash", -0.2)) == "down"
    assert matrix.direction(_cell()) == "flat"
    for side in ("n_read", "n_read_before"):
        thin = {"change": 0.2, "change_low": 0.1, "change_high": 0.3, side: matrix.THIN - 1}
        assert matrix.direction(_cell(**thin)) == "unknown"


def test_the_depth_of_colour_begins_above_nothing_and_ends_at_the_most() -> None:
    assert [matrix.step(s, 0.2) for s in (0, 0.0001, 0.2, 0.5)] == [0, 1, matrix.STEPS, matrix.STEPS]
    assert matrix.step(0.1, 0.0) == 0


# --- order and words ------------------------------------------------------------------------------


def test_what_moved_most_comes_first_then_the_most_texts_and_too_few_last() -> None:
    cells = [
        _moved("fell", "crash", -0.3), _moved("rose", "crash", 0.1), _cell("large", n_read=9_000),
        _cell("small"), _cell("thin", n_read=5, share=1.0, change=0.9, change_low=0.8, change_high=1.0),
    ]  # fmt: skip
    names = {k: k for k in ("nothing", "small", "thin", "large", "rose", "fell")}
    made = matrix.rows(cells, names, ["crash"])
    assert [r.app for r in made] == ["fell", "rose", "large", "small", "thin", "nothing"]
    assert [r.is_told for r in made][-2:] == [False, False]


def test_what_moved_and_what_most_complain_of_has_a_column() -> None:
    def cell(topic: str, n: int, **wanted: object) -> AppTopic:
        plain = {"app": "a", "topic": topic, "n_read": 100, "n_read_before": 100, "n_negative": n}
        still = {
            "share": n / 100,
            "share_before": n / 100,
            "change": 0.0,
            "change_low": -0.1,
            "change_high": 0.1,
        }
        return row(AppTopic, **{**plain, **still, **wanted})

    cells = [
        cell("crash", 20), cell("login", 5), cell("update", 9),
        cell("support", 3, change=0.03, change_low=0.01, change_high=0.05),
    ]  # fmt: skip
    every = [matrix.Row("a", "A", {c.topic: c for c in cells})]
    columns = ["login", "support", "crash", "update"]
    assert matrix.foremost(every, columns, 3) == ["support", "crash", "update"]
    assert matrix.foremost(every, columns, 9) == columns
    # Of an app with too few texts nothing moved.
    few = [matrix.Row("a", "A", {c.topic: replace(c, n_read=9) for c in cells})]
    assert matrix.foremost(few, columns, 2) == ["crash", "update"]


def test_columns_are_the_topics_complained_of_those_of_a_lens_together() -> None:
    cells = [_cell(topic=k) for k in LENSES] + [_cell(topic="quiet", n_negative=0), _cell(topic="new")]
    assert matrix.columns(cells, LENSES) == ["crash", "performance", "login", "scanning", "new"]
    assert matrix.columns(cells, LENSES, "trust") == ["login", "scanning"]


@LANGUAGES
def test_the_headline_names_no_move_where_no_more_moved_than_by_chance(lang: str) -> None:
    t = i18n.of(lang)
    still = [_cell("a", k) for k in ("login", "scanning")]

    def said(*cells: AppTopic) -> str:
        return matrix.headline(t, [Row("a", "App A", {c.topic: c for c in cells})], NAMES)

    one = said(_moved("a", "crash", 0.1), *still)
    assert one == said(_cell(), *still)
    two = said(_moved("a", "crash", 0.1), _moved("a", "performance", 0.2), *still)
    assert "PERFORMANCE" in two
    assert "+20.0" in two
    fell = said(_moved("a", "crash", -0.1), _moved("a", "performance", -0.2))
    assert "−20.0" in fell
    assert said(_cell(n_negative=0, share=0.0)) == t("map.none_complains")
    assert said(_cell(n_read=3)) == t("map.too_few", n=matrix.THIN)


def test_how_many_would_move_by_chance_is_said() -> None:
    cells = {k: _cell("a", k) for k in LENSES} | {"crash": _moved("a", "crash", 0.1)}
    said = matrix.counted(EN, [Row("a", "A", cells), Row("b", "B", {})])
    assert said == EN("map.moved", of=4, up=1, down=0, chance=1)
    assert matrix.counted(EN, [Row("b", "B", {})]) == ""


# --- markup ---------------------------------------------------------------------------------------


@LANGUAGES
def test_the_matrix_is_a_table_with_heads_and_says_moves_in_words(lang: str) -> None:
    t = i18n.of(lang)
    cells = {k: _cell("a", k) for k in LENSES}
    cells |= {"crash": _moved("a", "crash", 0.1), "login": _cell("a", "login", n_negative=0, share=0.0)}
    made = _table([Row("a", "App A", cells), Row("b", "App B", {"crash": _cell("b", n_read=3)})], t)
    assert made.count('scope="colgroup"') == 4
    assert made.count('scope="col"') == 2 + len(LENSES)
    assert made.count('scope="row"') == 2
    assert made.count(f'aria-label="{t("map.arrow_up")}"') == 1
    # Nothing to read leads nowhere.
    assert made.count("reviews?topic=") == len(LENSES) - 1
    assert t("verdict.too_few") in made
    assert f'colspan="{len(LENSES)}"' in made


def test_names_are_escaped_and_addresses_too() -> None:
    of = row(AppRelease, app="a", release_version=EVIL, released_at=NOW, verdict="worse", store=EVIL)
    day = NOW.date()
    rows = [Row("a", EVIL, {k: _cell("a", k) for k in LENSES})]
    line = timeline.table(EN, rows, {"a": [of]}, day - timedelta(9), day, lambda *_: EVIL)
    for made in (_table(rows), str(line)):
        assert "<b>" not in made
        assert str(escape(EVIL)) in made


def test_a_timeline_keeps_every_verdict_and_the_newest_of_the_others() -> None:
    at = [NOW - timedelta(days=n) for n in range(timeline.NEWEST + 20, 0, -1)]
    of = [row(AppRelease, release_version=f"{n}", released_at=d, verdict="too_few") for n, d in enumerate(at)]
    of[0] = row(AppRelease, release_version="first", released_at=at[0], verdict="better")
    kept = [r.release_version for r in timeline.drawn(of)]
    assert "first" in kept
    assert len(kept) == timeline.NEWEST + 1
    assert "1" not in kept
    assert str(len(of) - 1) in kept


def test_days_lie_where_they_belong() -> None:
    first, last = date(2026, 1, 1), date(2026, 4, 10)
    assert timeline.place(first, first, last) == "0.5"
    assert timeline.place(last, first, last) == "99.5"
    assert [name for _, name in timeline.months(EN, first, last)] == ["Jan 2026", "", "Mar 2026", ""]


# --- the page -------------------------------------------------------------------------------------


def _hrefs(said: str, to: str) -> list[dict[str, list[str]]]:
    return [parse_qs(h.replace("&amp;", "&")) for h in re.findall(rf'href="{to}\?([^"]*)"', said)]


@LANGUAGES
def test_a_cell_leads_to_its_reviews_with_the_same_filters(screen: Screen, lang: str) -> None:
    at = screen("map", "full", lang=lang, last="90d", store="google_play")
    found = _hrefs(words(at), "reviews")
    assert found
    for address in found:
        assert address["store"] == ["google_play"]
        assert address["tone"] == ["negative"]
        assert address["span"] == ["custom"]
        first, last = (date.fromisoformat(d) for d in address["days"])
        assert (last - first).days == 89
    # What a link says is found: the page of reviews misses nothing.
    one = found[0]
    there = screen("reviews", "full", **{k: v if len(v) > 1 else v[0] for k, v in one.items()})
    assert i18n.of(lang)("empty.dead_title") not in words(there)
    assert there.session_state["topic"] == one["topic"][0]


def _apps(said: str) -> int:
    """How many rows the matrix has."""
    return said.partition("hy-map")[2].partition("</table>")[0].count('scope="row"')


def test_many_apps_unfold_page_by_page(screen: Screen) -> None:
    at = screen("map", "many", lang="en", last="1y")
    assert _apps(words(at)) == page.FIRST
    at.toggle(key="every").set_value(True).run()
    assert spoken(at, "every") == "True"
    assert _apps(words(at)) == page.PER_PAGE
    at.query_params["page"] = "2"
    assert _apps(words(at.run())) == 30 - page.PER_PAGE


def test_a_lens_narrows_the_columns_and_its_name_is_a_head(screen: Screen) -> None:
    said = words(screen("map", "full", lang="en", lens="trust", last="1y"))
    assert re.findall(r'scope="colgroup" colspan="\d">([^<]+)<', said) == ["Trust"]
    assert "Sign-in and account" in said
    assert "Crashes" not in said


def test_a_link_to_what_is_not_there_says_so(screen: Screen) -> None:
    said = words(screen("map", "full", lang="en", last="9y", lens="beauty"))
    assert "“9y”" in said
    assert "“beauty”" in said


@LANGUAGES
def test_releases_with_a_verdict_lead_to_the_page_releases(screen: Screen, lang: str) -> None:
    said, t = words(screen("map", "analysed", lang=lang)), i18n.of(lang)
    assert t("map.releases_caption") in said
    found = [a for a in _hrefs(said, "releases") if "release" in a]
    assert len(found) == said.count('<a class="hy-up"') + said.count('<a class="hy-down"')
    for address in found:
        assert address["release"][0].startswith(f"{address['store'][0]}/")


def test_an_older_publication_has_the_matrix_and_says_what_it_lacks(screen: Screen) -> None:
    said = words(screen("map", "old", lang="en", last="1y"))
    assert EN("empty.not_analysed_title") in said or EN("topics.none_title") in said


def test_invented_data_is_called_so_in_its_row(screen: Screen) -> None:
    said = words(screen("map", "full", lang="en", last="1y"))
    assert f'hy-sample">{EN("sample.label")}' in said.partition("hy-map")[2].partition("</table>")[0]
