"""The list of many apps: what a reader may look for, and in which order the rows stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import i18n
from dashboard.rows.collection import AppInStore
from dashboard.views.overview import portfolio
from dashboard.views.overview.portfolio import Wish
from tests.dashboard.conftest import Screen, words
from tests.dashboard.rows import row

NOW = datetime(2026, 11, 1, tzinfo=UTC)
EN = i18n.of("en")


def _app(name: str, **values: object) -> AppInStore:
    change = values.pop("change", None)
    width = 0.1
    known = {
        "change_30d": change,
        "change_low": None if change is None else change - width,
        "change_high": None if change is None else change + width,
        "n_30d": 400, "n_prev_30d": 400, "as_of": NOW, "last_outcome": "complete", "owner": None,
        "app": name, "store": "google_play", "store_app_id": name, "name": name,
    }  # fmt: skip
    return row(AppInStore, **(known | values))


ROWS = [
    _app("Corona-Warn-App", change=-0.6, owner="Health"),
    _app("ﾏｲﾅﾎﾟｰﾀﾙ", change=0.7, owner="Digital", store="app_store"),
    _app("ＳＴＯＰ Covid", change=-0.2, owner="Health", n_30d=20, n_prev_30d=20),
    _app("old", change=None, as_of=NOW - timedelta(days=400), owner="Digital"),
    _app("broken", change=None, last_outcome="failed", owner=None),
]


def _names(wish: Wish, alarmed: set[tuple[str, str]] = frozenset()) -> list[str]:  # type: ignore[assignment]
    return [r.name for r in portfolio.found(EN, ROWS, wish, alarmed, NOW)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("corona warn", "Corona-Warn-App"),
        ("CORONAWARN", "Corona-Warn-App"),
        ("warn corona", "Corona-Warn-App"),
        ("Ｃｏｒｏｎａ－Ｗａｒｎ", "Corona-Warn-App"),
        ("マイナポータル", "ﾏｲﾅﾎﾟｰﾀﾙ"),
        ("まいな ぽーたる", "ﾏｲﾅﾎﾟｰﾀﾙ"),
        ("stop-covid", "ＳＴＯＰ Covid"),
    ],
)
def test_the_search_folds_width_case_kana_marks_and_spaces(typed: str, name: str) -> None:
    assert _names(Wish(words=typed)) == [name]


def test_marks_alone_find_what_holds_nothing_else_to_look_for() -> None:
    assert _names(Wish(words="???")) == []
    assert len(_names(Wish(words="  "))) == len(ROWS)


def test_filters_hold_together() -> None:
    assert _names(Wish(owner="Health")) == ["Corona-Warn-App", "ＳＴＯＰ Covid"]
    assert _names(Wish(owner="Health", least=100)) == ["Corona-Warn-App"]
    assert _names(Wish(store="app_store")) == ["ﾏｲﾅﾎﾟｰﾀﾙ"]
    assert _names(Wish(store="app_store", owner="Health")) == []


def test_states_are_what_the_rows_say_and_are_counted_before_they_are_chosen() -> None:
    alarmed = {("old", "google_play"), ("Corona-Warn-App", "app_store")}
    assert _names(Wish(state="fell"), alarmed) == ["Corona-Warn-App", "ＳＴＯＰ Covid"]
    assert _names(Wish(state="rose"), alarmed) == ["ﾏｲﾅﾎﾟｰﾀﾙ"]
    # The alarm of the other store is not this row's.
    assert _names(Wish(state="alarm"), alarmed) == ["old"]
    assert _names(Wish(state="trouble"), alarmed) == ["old", "broken"]
    assert portfolio.counted(ROWS, alarmed, NOW) == {
        "all": 5,
        "fell": 2,
        "rose": 1,
        "alarm": 1,
        "trouble": 2,
        "starred": 0,
    }
    assert portfolio.counted(portfolio.matching(EN, ROWS, Wish(owner="Digital")), alarmed, NOW)["fell"] == 0


def test_a_head_gives_each_of_its_orders_in_turn() -> None:
    assert portfolio.next_sort("change", "name") == "fell"
    assert portfolio.next_sort("change", "fell") == "rose"
    assert portfolio.next_sort("change", "rose") == "fell"
    assert portfolio.next_sort("trend", "fell") is None
    orders = {o for head in portfolio.HEADS.values() for o in head}
    assert orders == set(portfolio.SORTS)


@pytest.mark.parametrize("sort", portfolio.SORTS)
def test_every_order_takes_rows_without_figures(sort: str) -> None:
    bare = _app("bare", mean_30d=None, displayed_score=None, share_negative_30d=None, share_positive_30d=None)
    full = _app("full", mean_30d=3.0, displayed_score=4.0, share_negative_30d=0.2, share_positive_30d=0.7)
    names = [r.name for r in sorted([bare, full], key=lambda r: portfolio.order(r, sort))]
    if sort in {"low", "high", "displayed_low", "displayed_high", "negative", "positive"}:
        assert names == ["full", "bare"]


def test_an_owner_that_is_not_there_is_said_to_be_missing_once(screen: Screen) -> None:
    at = screen("overview", "many", lang="en", owner="nobody")
    assert EN("empty.dead_title") in words(at)
    assert words(at).count(EN("empty.quoted", value="nobody")) == 1


def test_a_filter_that_is_not_offered_is_not_counted(screen: Screen) -> None:
    """All apps are in one store, so that none is to be chosen."""
    at = screen("overview", "many", lang="en", store="google_play", owner="Transport")
    assert [p.proto.popover.label for p in at.get("popover")] == [EN("scope.filters_some", n=1)]
    assert "store" not in [s.key for s in at.selectbox]


def test_states_that_nothing_is_in_are_not_offered(screen: Screen) -> None:
    at = screen("overview", "many", lang="en")
    (states,) = [g for g in at.get("button_group") if g.key == "state"]
    said = [o if isinstance(o, str) else o.content for o in states.options]
    assert not [o for o in said if o.endswith(" 0") and not o.startswith("▼")]
