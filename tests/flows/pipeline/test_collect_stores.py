"""Collecting from the loopback stores: resuming, watermarks, endings that are told apart."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from flows.collection.collector import RefreshPolicy, collect
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import StoreClient
from tests.conftest import CHECKOUT
from tests.flows.collection.collecting import (
    PER_PAGE,
    PLAY,
    catalogue,
    coverage,
    reviews,
    run,
    sources,
    store_client,
)
from tests.store import Fault, StoreServer
from tests.store.faults import FIELDS, Kind
from tests.warehouse.house import open_writer, rows
from warehouse.landing import Landing
from warehouse.schema import build, check


def _play_pages(server: StoreServer, since: int = 0) -> list[int | None]:
    return [r.page for r in server.requests[since:] if r.route == "play_reviews"]


FAILING: tuple[Kind, ...] = (
    "too_many_requests", "server_error", "captcha", "consent", "gateway_error", "reset", "reset_in_body",
    "truncated_gzip", "wrong_length", "cut_short", "garbage", "wrong_bytes", "layout_moved", "empty_page",
    "repeat_token",
)  # fmt: skip


@pytest.mark.parametrize("kind", FAILING)
@pytest.mark.parametrize("route", ["play_reviews", "app_store_feed"])
def test_a_fault_in_mid_list_is_no_end_and_is_made_good_by_the_next_run(
    kind: Kind, route: str, tmp_path: Path
) -> None:
    fault = Fault(kind, route=route, page=2, times=None, field=FIELDS[route][0])
    name = {"play_reviews": "google_play", "app_store_feed": "app_store_feed"}[route]
    with StoreServer(catalogue()) as server:
        server.faults.add(fault)
        first = run(server, tmp_path / "a", only=name)[f"{name} reviews"]
        assert first.outcome in ("failed", "partial")
        assert first.detail
        server.faults.heal()
        assert run(server, tmp_path / "a", only=name)[f"{name} reviews"].outcome == "complete"
        run(server, tmp_path / "b", only=name)
        assert reviews(tmp_path / "a") == reviews(tmp_path / "b")


def test_a_crawl_of_ten_thousand_goes_on_at_the_page_where_it_was_blocked(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=10_000)) as server:
        server.faults.add(Fault("captcha", route="play_reviews", page=30, times=None))
        first = run(server, tmp_path, only="google_play", per_page=199)["google_play reviews"]
        assert (first.got, first.outcome, first.reason) == (29 * 199, "failed", "blocked")
        server.faults.heal()
        so_far = len(server.requests)
        done = run(server, tmp_path, only="google_play", per_page=199)["google_play reviews"]
        assert done.outcome == "complete"
        assert _play_pages(server, so_far) == list(range(30, 52))
        assert len(reviews(tmp_path)) == 10_000


def test_a_list_that_begins_again_behind_a_short_page_has_ended(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=PER_PAGE * 3 + 10)) as server:
        server.faults.add(Fault("wrap", route="play_reviews", times=None))
        done = run(server, tmp_path, only="google_play")["google_play reviews"]
        assert (done.got, done.outcome, done.reason) == (100, "complete", "end_confirmed")


@pytest.mark.parametrize("kind", ["wrap", None])
def test_an_end_behind_a_full_page_is_believed_when_it_is_found_twice(
    kind: Kind | None, tmp_path: Path
) -> None:
    with StoreServer(catalogue(play=PER_PAGE * 3)) as server:
        if kind:
            server.faults.add(Fault(kind, route="play_reviews", times=None))
        outcomes = [
            run(server, tmp_path, only="google_play")["google_play reviews"].outcome for _ in range(3)
        ]
        assert outcomes == ["partial", "complete", "complete"]
        assert len(reviews(tmp_path)) == 90


def test_our_own_page_limit_is_no_end_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        client = store_client(server)
        plain = sources(server, client)[0]
        request = plain.requests(server.clock.now())[0]
        told = []
        for _ in range(3):
            source = GooglePlayWeb(
                client,
                [PlayApp(app_id=PLAY, languages=("ja",))],
                address=server.url,
                per_page=30,
                page_limit=2,
            )
            done = collect(source, request, Landing(tmp_path), run_id="r", is_sample=False)
            told.append((done.outcome, done.got, done.done_before))
        assert told == [("partial", 60, False), ("complete", 40, False), ("complete", 0, True)]


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


def test_a_killed_crawl_goes_on_in_its_own_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StoreServer(catalogue(play=400)) as server:
        asked = StoreClient.fetch

        def dying(self: StoreClient, *given: Any, **more: Any) -> Any:
            if len(server.asked("play_reviews")) == 7:
                raise Killed
            return asked(self, *given, **more)

        monkeypatch.setattr(StoreClient, "fetch", dying)
        with pytest.raises(Killed):
            run(server, tmp_path, only="google_play")
        assert list(coverage(tmp_path)) == []
        monkeypatch.undo()
        so_far = len(server.requests)
        done = run(server, tmp_path, only="google_play")["google_play reviews"]
        assert _play_pages(server, so_far)[0] == 8
        assert (done.got, done.outcome) == (400, "complete")
        assert [r["pages"] for r in coverage(tmp_path) if r["asked_for"] == "reviews"] == [14]
        assert len(reviews(tmp_path)) == 400


def test_a_token_that_the_store_has_forgotten_begins_the_crawl_again(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        server.faults.add(Fault("captcha", route="play_reviews", page=3, times=None))
        run(server, tmp_path, only="google_play")
        server.faults.heal()
        (file,) = (tmp_path / "collect").glob("*.json")
        kept = orjson.loads(file.read_bytes())
        kept["progress"]["crawl"]["resume"]["cursor"] = "forgotten"
        file.write_bytes(orjson.dumps(kept))
        assert run(server, tmp_path, only="google_play")["google_play reviews"].outcome == "complete"
        assert len(reviews(tmp_path)) == 100


def test_the_next_day_stops_at_the_watermark_less_the_lookback(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=400)) as server:
        run(server, tmp_path)
        server.clock.advance(days=1)
        so_far = len(server.requests)
        done = run(server, tmp_path, policy=RefreshPolicy(lookback=timedelta(days=3)))
        assert done["google_play reviews"].reason == "reached_watermark"
        assert done["app_store_feed reviews"].reason == "reached_watermark"
        assert _play_pages(server, so_far) == [1]


def test_a_lost_progress_file_costs_no_crawl(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=400)) as server:
        run(server, tmp_path)
        for file in (tmp_path / "collect").iterdir():
            file.unlink()
        server.clock.advance(days=1)
        so_far = len(server.requests)
        run(server, tmp_path)
        assert _play_pages(server, so_far) == [1]


def test_today_is_asked_once(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        run(server, tmp_path)
        so_far = len(server.requests)
        assert all(c.done_before for c in run(server, tmp_path).values())
        assert len(server.requests) == so_far


def test_the_feed_of_a_loud_app_is_partial_at_first_and_complete_ever_after(tmp_path: Path) -> None:
    with StoreServer(catalogue(apple=700)) as server:
        first = run(server, tmp_path)["app_store_feed reviews"]
        assert (first.outcome, first.reason, first.got) == ("partial", "page_limit", 500)
        server.clock.advance(days=1)
        assert run(server, tmp_path)["app_store_feed reviews"].reason == "reached_watermark"


def test_no_reviews_at_all_is_complete_and_no_failure(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=0, apple=0)) as server:
        done = run(server, tmp_path)
        for name in ("google_play reviews", "app_store_feed reviews"):
            assert (done[name].got, done[name].outcome, done[name].reason) == (0, "complete", "end_confirmed")


def test_a_source_that_had_rows_and_gives_none_raises_an_alarm(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        run(server, tmp_path, only="google_play")
        server.clock.advance(days=1)
        server.faults.add(Fault("false_end", route="play_reviews", times=None))
        done = run(server, tmp_path, only="google_play")["google_play reviews"]
        assert (done.outcome, done.reason) == ("failed", "gone_silent")
        w = open_writer(tmp_path)
        w.load(server.clock.now())
        build(w.con)
        assert "no_source_has_gone_silent" in {f.check for f in check(w.con)}


def test_an_app_that_the_store_does_not_know_is_not_an_empty_one(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        server.catalogue._apps.clear()
        done = run(server, tmp_path)
        assert done["google_play reviews"].reason == "not_found"
        assert done["google_play snapshots"].reason == "not_found"
        assert done["app_store_lookup snapshots"].reason == "not_found"


def test_an_edit_becomes_history_and_a_reply_is_kept_with_its_time(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        run(server, tmp_path)
        (review, _), *_ = server.catalogue.listing("google_play", PLAY, "ja", server.clock.now())
        server.faults.add(Fault("edit", route="play_reviews"))
        server.clock.advance(days=1)
        run(server, tmp_path)
        server.clock.advance(days=1)
        run(server, tmp_path)
        w = open_writer(tmp_path)
        w.load(server.clock.now())
        assert len(rows(w.con, "select * from core.review_history where store = 'google_play'")) == 1
        told = rows(w.con, "select replied_at from core.reviews where reply is not null")
        assert told
        assert all(r["replied_at"] is not None for r in told)
        assert review.review_id in {r["review_id"] for r in rows(w.con, "select review_id from core.reviews")}


def test_a_review_that_vanished_is_noted_by_the_next_whole_crawl(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        run(server, tmp_path)
        review, _ = server.catalogue.listing("google_play", PLAY, "ja", server.clock.now())[50]
        server.catalogue.remove("google_play", PLAY, review.review_id, server.clock.now())
        found = []
        for days in (1, 40):
            server.clock.advance(days=days)
            run(server, tmp_path)
            w = open_writer(tmp_path)
            w.load(server.clock.now())
            build(w.con)
            found.append([r["review_id"] for r in rows(w.con, "select review_id from vanished_reviews")])
            assert rows(w.con, f"select * from core.reviews where review_id = '{review.review_id}'")
        assert found == [[], [review.review_id]]


@pytest.mark.parametrize("route", ["play_reviews", "play_details", "app_store_feed", "app_store_lookup"])
def test_a_moved_layout_names_the_field_and_keeps_the_layout_without_words(
    route: str, tmp_path: Path
) -> None:
    with StoreServer(catalogue()) as server:
        server.faults.add(Fault("layout_moved", route=route, times=None, field=FIELDS[route][0], mode="away"))
        run(server, tmp_path)
        names = "".join(r.author for app in server.catalogue.apps() for r in app.reviews)
        texts = [s.text for app in server.catalogue.apps() for r in app.reviews for s in r.states if s.text]
    (failed,) = (r for r in coverage(tmp_path) if r["reason"] == "shape_changed")
    assert FIELDS[route][0].split(":")[0] in str(failed["detail"])
    (kept,) = (tmp_path / "quarantine").iterdir()
    held = kept.read_text(encoding="utf-8")
    assert names
    assert "made-up person" not in held
    assert not any(text in held for text in texts)


@pytest.mark.parametrize("route", ["play_reviews", "app_store_feed"])
@pytest.mark.parametrize("mode", ["shift", "away"])
@pytest.mark.parametrize("number", range(4))
def test_no_field_that_moves_is_taken_for_an_empty_one(
    route: str, mode: str, number: int, tmp_path: Path
) -> None:
    with StoreServer(catalogue()) as server:
        field = FIELDS[route][number]
        server.faults.add(Fault("layout_moved", route=route, times=None, field=field, mode=mode))  # type: ignore[arg-type]
        run(server, tmp_path)
    store = "google_play" if route.startswith("play") else "app_store"
    assert [r for r in reviews(tmp_path) if r["store"] == store] == []


def test_a_backfill_asks_again_from_its_day_and_keeps_its_reason(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=400)) as server:
        run(server, tmp_path)
        client = store_client(server)
        source = sources(server, client)[0]
        from flows.collection.registry import Route, backfill

        day = server.clock.now() - timedelta(days=100)
        found = backfill([Route(source, a) for a in source.requests(server.clock.now())], day)
        assert len(found) == 1
        note = "backfill: reply times, call 090-1234-5678"
        done = collect(source, found[0].request, Landing(tmp_path), run_id="b", is_sample=False, note=note)
        assert (done.outcome, done.reason) == ("complete", "reached_watermark")
        (row,) = (r for r in coverage(tmp_path) if r["run_id"] == "b")
        assert row["detail"] == "backfill: reply times, call [PHONE]"
        assert str(row["asked_since"]).startswith(f"{day:%Y-%m-%d}")


def test_two_processes_do_not_take_the_same_ask(tmp_path: Path) -> None:
    from flows.collection.checkpoint import ProgressFile
    from flows.collection.collector import request_key

    with StoreServer(catalogue()) as server:
        source = sources(server, store_client(server))[0]
        request = source.requests(server.clock.now())[0]
        with ProgressFile(tmp_path, request_key(source.name, request)).mine() as mine:
            assert mine
            done = collect(source, request, Landing(tmp_path), run_id="r", is_sample=False)
        assert done.outcome == "elsewhere"
        assert server.requests == []


_SNAPSHOT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from flows.collection.collector import collect
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from flows.sources.http import RateLimiter, StoreClient
from tests.flows.collection.collecting import PLAY
from warehouse.landing import Landing
url, data = sys.argv[1:]
client = StoreClient(limiter=RateLimiter(None))
source = GooglePlayWeb(client, [PlayApp(app_id=PLAY, languages=("ja",))], address=url)
(request,) = (a for a in source.requests(datetime(2026, 11, 28, tzinfo=UTC)) if a.what == "snapshots")
done = collect(source, request, Landing(Path(data)), run_id="r", is_sample=False)
print(done.outcome, done.done_before)
"""


def test_two_processes_do_not_take_the_same_snapshot(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        # Whoever asks first is kept waiting, so the other comes while the first is at it.
        server.faults.add(Fault("slow_drip", route="play_details", seconds=4.0))
        command = [sys.executable, "-c", _SNAPSHOT, server.url, str(tmp_path)]
        first, second = (
            subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(2)
        )
        told = {first.communicate(timeout=60)[0].strip(), second.communicate(timeout=60)[0].strip()}
        assert told == {"complete False", "elsewhere True"}
        assert len(server.asked("play_details")) == 1


def test_each_slot_is_asked_once_and_its_repetition_costs_the_store_nothing(tmp_path: Path) -> None:
    six = RefreshPolicy(every=timedelta(hours=6))
    with StoreServer(catalogue()) as server:
        server.clock.advance(-(server.clock.now().timestamp() % 86_400) + 86_400)
        pages = []
        for _ in range(5):
            so_far = len(server.requests)
            done = run(server, tmp_path, policy=six, only="google_play")
            assert {c.outcome for c in done.values()} == {"complete"}
            assert not any(c.done_before for c in done.values())
            pages.append(len(_play_pages(server, so_far)))
            server.clock.advance(5 * 3_600)
            so_far = len(server.requests)
            assert all(c.done_before for c in run(server, tmp_path, policy=six, only="google_play").values())
            assert len(server.requests) == so_far
            server.clock.advance(3_600)
        # The whole lookback is for one request of a day; the others read to what they know.
        assert pages[1:4] == [1, 1, 1]
        rows_ = [r for r in coverage(tmp_path) if r["source"] == "google_play"]
        assert len({r["batch"] for r in rows_}) == 10
        assert len([r for r in rows_ if r["asked_for"] == "snapshots"]) == 5
        server.clock.advance(days=1)
        run(server, tmp_path, policy=six, only="google_play")
        run(server, tmp_path / "undisturbed", only="google_play")
        assert reviews(tmp_path) == reviews(tmp_path / "undisturbed")


def test_a_crawl_cut_off_in_one_slot_goes_on_in_the_next(tmp_path: Path) -> None:
    hourly = RefreshPolicy(every=timedelta(hours=1))
    with StoreServer(catalogue(play=310)) as server:
        server.faults.add(Fault("captcha", route="play_reviews", page=5, times=None))
        first = run(server, tmp_path, only="google_play", policy=hourly)["google_play reviews"]
        assert (first.outcome, first.is_passing) == ("failed", True)
        server.faults.heal()
        server.clock.advance(3_600)
        so_far = len(server.requests)
        done = run(server, tmp_path, only="google_play", policy=hourly)["google_play reviews"]
        assert done.outcome == "complete"
        # First the rest of the crawl, then what is new in this slot.
        assert _play_pages(server, so_far)[0] == 5
        assert len(reviews(tmp_path)) == 310


def test_no_author_reaches_the_disk(tmp_path: Path) -> None:
    with StoreServer(catalogue()) as server:
        run(server, tmp_path)
        import gzip

        for path in tmp_path.rglob("*"):
            if path.is_file():
                raw = path.read_bytes()
                held = gzip.decompress(raw) if path.suffix == ".gz" else raw
                assert b"made-up person" not in held
                assert b"play-lh.example" not in held


_IN_ZONE = """
import sys
from pathlib import Path
from tests.flows.collection.collecting import catalogue, reviews, run
from tests.store import StoreServer
import tempfile
with tempfile.TemporaryDirectory() as folder, StoreServer(catalogue()) as server:
    run(server, Path(folder))
    for r in reviews(Path(folder)):
        print(r["review_id"], r["reviewed_at"].timestamp())
"""


def test_the_same_instants_are_stored_in_every_zone_of_the_machine() -> None:
    told = {
        zone: subprocess.run(
            [sys.executable, "-c", _IN_ZONE], env={**os.environ, "TZ": zone}, cwd=CHECKOUT,
            capture_output=True, text=True, check=True,
        ).stdout
        for zone in ("Asia/Tokyo", "UTC", "America/New_York")
    }  # fmt: skip
    assert len(told["UTC"].splitlines()) == 230
    assert told["Asia/Tokyo"] == told["UTC"] == told["America/New_York"]


def test_the_rate_is_kept_by_all_asks_together(tmp_path: Path) -> None:
    from flows.sources.http import RateLimiter

    with StoreServer(catalogue()) as server:
        client = StoreClient(limiter=RateLimiter(50.0), now=server.clock.now)
        for source in sources(server, client):
            for request in source.requests(server.clock.now()):
                collect(source, request, Landing(tmp_path), run_id="r", is_sample=False)
        assert len(server.requests) > 9
        # The last of a second may fall into the next one's first hundredth.
        assert server.busiest(0.2) <= 11
