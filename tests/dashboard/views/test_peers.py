"""Peers are what a store puts into the same category; a median is told of enough apps only."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from dashboard import i18n
from dashboard.queries import Once
from dashboard.rows import Worded
from dashboard.rows.collection import AppCategory
from dashboard.rows.reviews import PeerMean
from dashboard.views.compare import charts, peers
from tests.builders import coverage, review, snapshot
from tests.dashboard.conftest import Screen, go, words
from tests.dashboard.published import NOW, World, publish
from tests.dashboard.rows import row
from tests.dashboard.views.test_compare import FIRST, LAST, NAMES, _drawn, _mean
from warehouse.visible import Visible

EN = i18n.of("en")
LANGUAGES = pytest.mark.parametrize("lang", i18n.LANGUAGES)


def _peer(app: str, n: int, mean: float = 3.0, reach: float = 0.1) -> PeerMean:
    return row(PeerMean, app=app, n=n, mean=mean, low=mean - reach, high=mean + reach)


def test_the_nearest_by_reviews_stand_beside_an_app_and_those_with_too_few_last() -> None:
    means = [_peer("own", 100), *(_peer(f"p{n}", n) for n in (5, 20, 90, 120, 400, 5_000))]
    every = {m.app for m in means}
    assert peers.nearest("own", means, every) == ["own", "p90", "p120", "p400", "p20"]
    assert peers.nearest("own", means[:3], every) == ["own", "p20", "p5"]
    # An app that whoever looks may not see, or that has no reviews, is nobody's peer.
    assert peers.nearest("own", means, {"own", "p20"}) == ["own", "p20"]
    assert peers.nearest("none", means[1:3], every) == ["none", "p20", "p5"]


def test_a_median_is_of_the_apps_with_enough_reviews_and_of_no_fewer_than_three() -> None:
    enough = [_peer("a", 10, 2.0), _peer("b", 10, 3.0), _peer("c", 99, 5.0)]
    assert peers.median([*enough, _peer("few", 9, 1.0)]) == peers.Median(3.0, 3)
    assert peers.median(enough[:2]) is None


@LANGUAGES
@pytest.mark.parametrize(
    ("mean", "n", "key"),
    [(4.0, 50, "above"), (2.0, 50, "below"), (3.05, 50, "near"), (5.0, 9, "median")],
)
def test_an_app_is_above_or_below_only_where_its_interval_leaves_out_the_median(
    lang: str, mean: float, n: int, key: str
) -> None:
    t = i18n.of(lang)
    said = peers.standing(t, "own", [_peer("own", n, mean)], peers.Median(3.0, 7), {"own": "Own"})
    ends = {"low": t.stars(mean - 0.1), "high": t.stars(mean + 0.1), "mean": t.stars(mean)}
    assert said == t(f"peers.{key}", app="Own", value=t.stars(3.0), n=7, **ends)


@LANGUAGES
def test_of_too_few_apps_nothing_is_told(lang: str) -> None:
    t = i18n.of(lang)
    assert peers.standing(t, "own", [], None, {"own": "Own"}) == t("peers.no_median", least=10)


@pytest.mark.parametrize("store", ["HEALTH_AND_FITNESS", "Health & Fitness"])
def test_what_stores_call_a_category_is_said_in_the_readers_language(store: str) -> None:
    said = peers.named(i18n.of("ja"), [row(AppCategory, store="app_store", category=store)])
    assert said == "App Storeの「健康・フィットネス」"
    odd = peers.named(EN, [row(AppCategory, store="google_play", category="<b>GAME_X")])
    assert odd == "<b>GAME_X (Google Play)"


def test_the_median_is_a_line_of_its_own() -> None:
    weeks = {"app0": [Worded(_mean("app0", 4.0), "w")]}
    drawn = {"first": FIRST, "last": LAST, "date_format": "%b"}
    words = {**_words(), "app": "App"}
    made: dict[str, Any] = charts.by_week(weeks, NAMES, words=words, median=3.2, **drawn)  # type: ignore[arg-type]
    alt.Chart.from_dict(made, validate=True)
    (rule,) = [x for x in made["layer"] if x["mark"]["type"] == "rule"]
    assert rule["data"]["values"] == [{"median": 3.2}]
    # An image without a name is none for a screen reader: without a median there is no rule at all.
    assert rule["mark"]["aria"] is False
    assert "rule" not in {x["mark"]["type"] for x in _drawn({"app0": [_mean("app0", 4.0)]})["layer"]}


def _words() -> dict[str, str]:
    from dashboard.components.legends import chart_words

    return dict(chart_words(EN))


# --- of a publication -----------------------------------------------------------------------------


def _town() -> World:
    """Six apps of one category, one of another, one of none; a pair on the App Store only."""
    world = World()
    dice = random.Random(3)
    kinds = {**{f"tool{n}": "TOOLS" for n in range(6)}, "game": "GAME_PUZZLE", "none": None}
    for place, (app, category) in enumerate(kinds.items()):
        for n in range(20 * (place + 1)):
            at = NOW - timedelta(days=dice.randrange(80))
            world.reviews.append(
                review(
                    f"{app}-{n}", store_app_id=app, rating=1 + (n + place) % 5, reviewed_at=at, seen_at=NOW
                )
            )
        shown = {"store_app_id": app, "observed_at": NOW - timedelta(days=1), "seen_at": NOW}
        world.snapshots.append(snapshot(**shown, category=category))
        asked = coverage("b0", store_app_id=app, started_at=NOW, finished_at=NOW, covered_until=NOW)
        world.coverage.append(asked)
    return world


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `_town`."""
    data = tmp_path_factory.mktemp("town")
    publish(data, _town())
    return data


def _asked(town: Path, visible: Visible | None = None) -> Once:
    from warehouse import reads

    return Once(reads.current(town), visible=visible)


def test_peers_are_those_of_one_category_with_the_means_that_every_page_has(town: Path) -> None:
    asked = _asked(town)
    last = NOW.date()
    first = last - timedelta(89)
    shared = peers.have_peers(asked.categories())
    assert set(shared) == {f"tool{n}" for n in range(6)}
    assert not peers.have_peers(asked.categories(), ("app_store",))
    means = {m.app: m for m in asked.peers("tool1", first, last, None)}
    assert set(means) == set(shared)
    whole, _ = asked.app_weeks(sorted(means), first, last, None)
    for app, m in means.items():
        assert (m.n, m.mean, m.low, m.high) == pytest.approx(
            (whole[app].n, whole[app].mean, whole[app].low, whole[app].high)
        )


def test_who_sees_some_apps_only_has_no_peers_and_no_median_of_others(town: Path) -> None:
    asked = _asked(town, Visible(apps=("tool0", "tool1", "game")))
    assert {c.app: c.n_apps for c in asked.categories()} == {"tool0": 2, "tool1": 2, "game": 1}
    assert {m.app for m in asked.peers("tool0", NOW.date() - timedelta(89), NOW.date(), None)} == {
        "tool0",
        "tool1",
    }


@LANGUAGES
def test_one_click_leads_from_an_app_to_its_peers(
    screen: Screen, town: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    t = i18n.of(lang)
    at = screen("rating", "none", lang=lang)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(town))
    go(at, "rating", app="tool1", lang=lang)
    assert t("ways.peers") in {link.proto.label for link in at.get("page_link")}
    go(at, "compare", peers="tool1", lang=lang)
    assert not at.exception
    assert at.session_state["apps"] == ["tool1", "tool2", "tool0", "tool3", "tool4"]
    said = words(at)
    assert t("category.tools") in said
    assert t("peers.median_of", n=6, value="§").partition("§")[0] in said
    # Another choice stays beside the same category; the address says both.
    at.multiselect(key="apps").set_value(["tool1", "game"]).run()
    assert at.query_params["apps"] == ["tool1", "game"]
    assert at.query_params["peers"] in ("tool1", ["tool1"])
    go(at, "rating", app="game", lang=lang)
    assert t("ways.peers") not in {link.proto.label for link in at.get("page_link")}


def test_a_click_on_the_peers_of_another_app_turns_to_them(
    screen: Screen, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = screen("compare", "none", lang="en")
    monkeypatch.setenv("HOSHIYOMI_DATA", str(town))
    go(at, "compare", apps=["tool5", "game"])
    buttons = [b for b in at.button if b.key and b.key.startswith("peers-of-")]
    assert [b.key for b in buttons] == ["peers-of-tool5"]
    buttons[0].click().run()
    assert at.query_params["peers"] in ("tool5", ["tool5"])
    assert at.session_state["apps"][0] == "tool5"
    assert len(at.session_state["apps"]) == 5


def test_a_dead_link_to_peers_says_so(screen: Screen, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = screen("compare", "none", lang="en")
    monkeypatch.setenv("HOSHIYOMI_DATA", str(town))
    go(at, "compare", peers="nobody")
    assert EN("empty.quoted", value="nobody") in words(at)
