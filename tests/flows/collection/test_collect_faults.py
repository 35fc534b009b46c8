"""Whatever goes wrong in a store: nothing is lost or doubled, and coverage never says complete of a part."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.flows.collection.collecting import APPLE, PLAY, catalogue, coverage, landed_ids, reviews, run
from tests.store import Catalogue, Fault, FaultPlan, StoreServer, play_app, wire_play
from warehouse.landing import Landing

ROUTES = ("play_reviews", "app_store_feed", "play_details", "app_store_lookup")
PLACES = {"google_play": (PLAY, "ja"), "app_store": (APPLE, "jp")}


def _check_completeness(server: StoreServer, data: Path) -> None:
    """A complete row speaks the truth: every review that stood there all the while has been landed."""
    for row in coverage(data):
        if row["outcome"] != "complete" or row["asked_for"] != "reviews":
            continue
        app, place = PLACES[row["store"]]
        begun = datetime.fromisoformat(str(row["covered_until"]))
        before = {r.review_id: s for r, s in server.catalogue.listing(row["store"], app, place, begun)}
        after = server.catalogue.listing(row["store"], app, place, server.clock.now())
        stood = {r.review_id for r, state in after if before.get(r.review_id) == state}
        assert stood <= landed_ids(data, row["store"]), f"false complete: {row}"


def survives(seed: int, tmp_path: Path) -> None:
    """Run under a random plan, then once more in peace; compare with an undisturbed crawl."""
    plan = FaultPlan.random(seed, routes=ROUTES)
    # The number of reviews decides whether the last page is full: every so often it is.
    with StoreServer(catalogue(play=90 + seed % 4 * 10, apple=100 + seed % 3 * 25), plan) as server:
        run(server, tmp_path / "disturbed")
        _check_completeness(server, tmp_path / "disturbed")
        server.faults.heal()
        assert server.too_early() == []
        if seed % 2:
            server.clock.advance(days=1)
        else:
            server.clock.advance(120)
        run(server, tmp_path / "disturbed")
        if not seed % 2:
            # The same day, what was complete is not asked again: what moved meanwhile comes tomorrow.
            server.clock.advance(days=1)
            run(server, tmp_path / "disturbed")
        _check_completeness(server, tmp_path / "disturbed")
        run(server, tmp_path / "undisturbed")
        assert reviews(tmp_path / "disturbed") == reviews(tmp_path / "undisturbed"), repr(plan)


@pytest.mark.parametrize("seed", range(12))
def test_a_random_plan_of_faults_loses_nothing_and_doubles_nothing(seed: int, tmp_path: Path) -> None:
    survives(seed, tmp_path)


@pytest.mark.parametrize("given", [150, 199])
def test_a_list_that_breaks_off_is_not_complete_however_long_the_store_makes_its_pages(
    given: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Google Play has cut pages to 150 since 2024, whatever is asked (facundoolano/google-play-scraper#676).
    monkeypatch.setattr(wire_play, "MOST_PER_PAGE", given)
    false_end = Fault("false_end", route="play_reviews", page=4, times=None)
    with StoreServer(catalogue(play=1_000), FaultPlan([false_end])) as server:
        broken = run(server, tmp_path, only="google_play", per_page=199)["google_play reviews"]
        assert (broken.outcome, broken.reason) == ("partial", "page_limit")
        server.faults.heal()
        server.clock.advance(days=1)
        run(server, tmp_path, only="google_play", per_page=199)
        assert len(landed_ids(tmp_path, "google_play")) == 1_000


def test_an_app_that_nobody_has_rated_yet_has_a_release_and_no_score(tmp_path: Path) -> None:
    app = play_app(PLAY, reviews=5, languages=("ja",))
    app.displayed.clear()
    with StoreServer(Catalogue([app]), FaultPlan()) as server:
        done = run(server, tmp_path, only="google_play")
    assert {c.outcome for c in done.values()} == {"complete"}
    landing = Landing(tmp_path)
    (snapshot,) = (row for f in landing.files("rating_snapshots") for row in landing.rows(f))
    assert (snapshot["displayed_score"], snapshot["ratings_count"]) == (None, 0)
    assert landing.files("releases")
