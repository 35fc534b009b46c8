"""Each fault does what it says, as often as it says, and nothing else."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from flows.sources.app_store import parse as app_store
from flows.sources.google_play import parse as google_play
from flows.sources.payload import ShapeError
from tests.store import Catalogue, Fault, FaultPlan, StoreServer, VirtualClock, app_store_app, play_app
from tests.store.catalogue import START
from tests.store.faults import FIELDS
from tests.store.test_server_tells_the_truth import connect_token

PLAY, APPLE = "jp.example.app", "1500000001"
# One client, because each would read all the authorities of the world again.
CLIENT = httpx.Client(trust_env=False, timeout=2)


def selling(*faults: Fault, **wanted: Any) -> StoreServer:
    """A store with 450 Japanese reviews of one app on Google Play (three pages) and 130 in the App Store."""
    apps = [
        play_app(PLAY, reviews=450, languages=["ja"]),
        app_store_app(APPLE, reviews=130, countries=["jp"]),
    ]
    return StoreServer(Catalogue(apps), FaultPlan(faults), **wanted)


def play_page(store: StoreServer, token: str | None = None, *, count: int = 200) -> httpx.Response:
    page = json.dumps([count, None, token] if token else [count])
    inner = f'[null,[2,2,{page},null,[null,null,null,null,null,null,null,null,null]],["{PLAY}",7]]'
    asked = quote(json.dumps([[["oCPfdb", inner, None, "generic"]]]))
    return CLIENT.post(
        f"{store.url}/_/PlayStoreUi/data/batchexecute?hl=ja&gl=jp",
        content=f"f.req={asked}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def read_page(store: StoreServer, token: str | None = None) -> tuple[list[str], str | None]:
    items, following = google_play.review_items(play_page(store, token).text)
    return [item[0] for item in items], following


def feed_page(store: StoreServer, page: int) -> httpx.Response:
    return CLIENT.get(f"{store.url}/jp/rss/customerreviews/page={page}/id={APPLE}/sortby=mostrecent/json")


def feed_ids(store: StoreServer, page: int) -> list[str]:
    return [entry["id"]["label"] for entry in app_store.feed_entries(feed_page(store, page).content)]


@pytest.mark.parametrize("way", ["seconds", "date"])
def test_too_many_requests_tells_how_long_to_wait_by_the_store_s_clock(way: Any) -> None:
    with selling(Fault("too_many_requests", retry_after=7, retry_after_as=way, times=2)) as store:
        refusal = play_page(store)
        told = {"seconds": "7", "date": "Sun, 01 Mar 2026 12:00:07 GMT"}
        assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, told[way])
        play_page(store)
        store.clock.advance(8)
        assert play_page(store).status_code == 200
        assert [r.number for r in store.too_early()] == [2]


def test_a_wait_in_real_time_honours_retry_after_too() -> None:
    with selling(Fault("too_many_requests", retry_after=1)) as store:
        play_page(store)
        time.sleep(1.02)
        play_page(store)
        assert store.too_early() == []


def test_too_many_requests_may_not_tell_how_long() -> None:
    with selling(Fault("too_many_requests")) as store:
        assert "Retry-After" not in play_page(store).headers


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_passes_after_its_times(status: int) -> None:
    with selling(Fault("server_error", status=status, times=2)) as store:
        assert [play_page(store).status_code for _ in range(3)] == [status, status, 200]


def test_a_lasting_fault_goes_on_until_it_is_healed() -> None:
    with selling(Fault("server_error", times=None)) as store:
        assert {play_page(store).status_code for _ in range(6)} == {503}
        store.faults.heal()
        assert play_page(store).status_code == 200


@pytest.mark.parametrize("kind", ["reset", "reset_in_body", "wrong_length"])
def test_a_cut_line_is_an_error_of_the_wire(kind: Any) -> None:
    with selling(Fault(kind)) as store:
        with pytest.raises(httpx.TransportError):
            play_page(store)
        assert play_page(store).status_code == 200


def test_a_stall_in_mid_body_runs_into_the_reader_s_time_out_and_then_the_line_is_cut() -> None:
    with selling(Fault("stall", seconds=0.5, times=2)) as store:
        url = f"{store.url}/store/apps/details?id={PLAY}&hl=ja&gl=jp"
        with pytest.raises(httpx.ReadTimeout):
            CLIENT.get(url, timeout=0.2)
        with pytest.raises(httpx.RemoteProtocolError):
            CLIENT.get(url, timeout=2)


def test_a_slow_drip_outlives_every_time_out_between_bytes_and_is_whole() -> None:
    with selling(Fault("slow_drip", seconds=0.6)) as store:
        started = time.monotonic()
        answer = CLIENT.get(f"{store.url}/store/apps/details?id={PLAY}&hl=ja&gl=jp", timeout=0.4)
        assert time.monotonic() - started > 0.5
        assert answer.text.endswith("</html>")


def test_a_truncated_gzip_is_announced_as_whole_and_gives_half_a_text() -> None:
    with selling(Fault("truncated_gzip")) as store:
        cut, whole = play_page(store), play_page(store)
        assert (cut.status_code, cut.headers["Content-Encoding"]) == (200, "gzip")
        assert 0 < len(cut.text) < len(whole.text)
        assert whole.text.startswith(cut.text[:-1])


@pytest.mark.parametrize("kind", ["garbage", "cut_short", "captcha", "consent", "gateway_error"])
def test_an_answer_with_status_200_that_is_none_cannot_be_read(kind: Any) -> None:
    with selling(Fault(kind, times=2)) as store:
        play, feed = play_page(store), feed_page(store, 1)
        assert (play.status_code, feed.status_code) == ((302, 302) if kind == "consent" else (200, 200))
        with pytest.raises(ShapeError):
            google_play.review_items(play.text)
        with pytest.raises(ShapeError):
            app_store.feed_entries(feed.content)


def test_consent_leads_to_a_page_of_html() -> None:
    with selling(Fault("consent", route="app_store_feed")) as store:
        url = f"{store.url}/jp/rss/customerreviews/page=1/id={APPLE}/sortby=mostrecent/json"
        answer = CLIENT.get(url, follow_redirects=True)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


def test_the_wrong_charset_is_a_lie_of_the_label_only() -> None:
    with selling(Fault("wrong_charset")) as store:
        lie, truth = play_page(store), play_page(store)
        assert "iso-8859-1" in lie.headers["Content-Type"]
        assert lie.content == truth.content
        assert lie.text != truth.text


@pytest.mark.parametrize("place", ["ja", "en"])
def test_the_wrong_bytes_are_never_utf_8(place: str) -> None:
    app = play_app(PLAY, reviews=40, languages=["ja"] if place == "ja" else ["en"])
    with StoreServer(Catalogue([app]), FaultPlan([Fault("wrong_bytes")])) as store:
        answer = CLIENT.get(f"{store.url}/store/apps/details?id={PLAY}&hl={place}&gl=jp")
        assert "utf-8" in answer.headers["Content-Type"]
        with pytest.raises(UnicodeDecodeError):
            answer.content.decode("utf-8")


@pytest.mark.parametrize("mode", ["shift", "away"])
@pytest.mark.parametrize("field", FIELDS["play_reviews"])
def test_a_moved_layout_of_play_reviews_takes_the_field_away_from_where_it_was(field: str, mode: Any) -> None:
    with selling(Fault("layout_moved", field=field, mode=mode)) as store:
        (moved, _), (whole, _) = (google_play.review_items(play_page(store).text) for _ in range(2))
        at = {"reviewId": 0, "score": 2, "content": 4, "at": 5}[field]
        assert {item[at] for item in moved} == {None}
        assert [item[at + 1 if mode == "shift" else -1] for item in moved] == [item[at] for item in whole]


@pytest.mark.parametrize("field", FIELDS["play_details"])
def test_a_moved_details_page_cannot_be_read(field: str) -> None:
    with selling(Fault("layout_moved", field=field, mode="away")) as store:
        url = f"{store.url}/store/apps/details?id={PLAY}&hl=ja&gl=jp"
        given: Any = {"store_app_id": PLAY, "language": "ja", "seen_at": START, "source": "test"}
        with pytest.raises(ShapeError):
            google_play.parse_details(CLIENT.get(url).text, **given)
        snapshot, _ = google_play.parse_details(CLIENT.get(url).text, **given)
        assert snapshot.displayed_score is not None


@pytest.mark.parametrize("field", FIELDS["app_store_feed"])
def test_a_moved_feed_lacks_the_field_in_every_entry(field: str) -> None:
    with selling(Fault("layout_moved", field=field)) as store:
        moved, whole = (app_store.feed_entries(feed_page(store, 1).content) for _ in range(2))
        assert not any(field in entry for entry in moved)
        assert all(field in entry for entry in whole)


def test_an_empty_page_names_a_next_one_and_a_false_end_does_not() -> None:
    with selling(Fault("empty_page", page=2), Fault("false_end", page=2, first=2)) as store:
        _, second = read_page(store)
        ids, third = read_page(store, second)
        assert (ids, third is None) == ([], False)
        assert read_page(store, second) == ([], None)
        ids, again = read_page(store, second)
        assert (len(ids), again) == (200, third)


def test_a_wrapping_list_begins_again_after_its_last_page() -> None:
    with selling(Fault("wrap", times=None)) as store:
        first, token = read_page(store)
        for _ in range(2):
            ids, token = read_page(store, token)
        assert (len(ids), token is None) == (50, False)
        assert read_page(store, token)[0] == first
        assert feed_ids(store, 4) == feed_ids(store, 1)


def test_a_repeated_token_gives_the_same_page_again() -> None:
    with selling(Fault("repeat_token", page=2)) as store:
        _, second = read_page(store)
        ids, repeated = read_page(store, second)
        assert repeated == second
        again, third = read_page(store, repeated)
        assert (again, third != second) == (ids, True)


def test_a_repeated_page_of_the_feed_shows_the_page_before() -> None:
    with selling(Fault("repeat_token", route="app_store_feed", page=2)) as store:
        assert feed_ids(store, 2) == feed_ids(store, 1)
        assert feed_ids(store, 2) != feed_ids(store, 1)


@pytest.mark.parametrize("anchored", [False, True])
def test_new_reviews_push_others_over_the_page_border_unless_tokens_are_anchored(anchored: bool) -> None:
    with selling(Fault("insert", page=2, count=3), anchored=anchored) as store:
        first, second = read_page(store)
        ids, _ = read_page(store, second)
        assert ids[:3] == (first[-3:] if not anchored else ids[:3])
        assert len(set(first) & set(ids)) == (0 if anchored else 3)
        assert len(store.catalogue.listing("google_play", PLAY, "ja", store.clock.now())) == 453


def test_an_edited_review_goes_to_the_top_with_new_words_and_stars() -> None:
    with selling(Fault("edit", page=2, count=2)) as store:
        before = dict(store_states(store))
        _, second = read_page(store)
        read_page(store, second)
        after = store_states(store)
        changed = [key for key, state in after if before[key] != state]
        assert changed == [key for key, _ in after[:2]]
        assert all(before[key].stars != state.stars for key, state in after[:2])


def store_states(store: StoreServer) -> list[tuple[str, Any]]:
    listing = store.catalogue.listing("google_play", PLAY, "ja", store.clock.now())
    return [(review.review_id, state) for review, state in listing]


def test_a_removed_review_is_gone_and_its_followers_move_up() -> None:
    with selling(Fault("remove", page=2)) as store:
        _, second = read_page(store)
        read_page(store, second)
        assert len(store_states(store)) == 449


def test_a_token_that_was_good_is_refused_once() -> None:
    with selling(Fault("token_expired", route="connect_reviews")) as store:
        url = f"{store.url}/v1/apps/{APPLE}/customerReviews"
        assert CLIENT.get(url).json() == {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
        assert CLIENT.get(url).json()["errors"][0]["code"] == "NOT_AUTHORIZED"


@pytest.mark.parametrize("field", FIELDS["connect_reviews"])
def test_a_moved_answer_of_app_store_connect_lacks_the_field(field: str) -> None:
    with selling(Fault("layout_moved", route="connect_reviews", field=field)) as store:
        head = {"Authorization": f"Bearer {connect_token(store)}"}
        url = f"{store.url}/v1/apps/{APPLE}/customerReviews?limit=5"
        moved, whole = (CLIENT.get(url, headers=head).json()["data"] for _ in range(2))
        assert not any(field in record["attributes"] for record in moved)
        assert all(field in record["attributes"] for record in whole)


def test_the_lists_of_app_store_connect_can_lie_too() -> None:
    lies = [Fault("empty_page", page=2), Fault("repeat_token", page=2), Fault("wrap", page=3)]
    with selling(*lies) as store:
        head = {"Authorization": f"Bearer {connect_token(store)}"}

        def page(url: str) -> tuple[list[str], str | None]:
            document = CLIENT.get(url, headers=head).json()
            return [record["id"] for record in document["data"]], document["links"].get("next")

        first, second = page(f"{store.url}/v1/apps/{APPLE}/customerReviews?limit=50")
        assert second is not None
        assert page(second)[0] == []
        ids, third = page(second)
        assert len(ids) == 50
        last, again = page(third or "")
        assert (len(last), again is None) == (30, False)
        assert page(again or "")[0] == first


def test_a_fault_hits_only_the_route_the_app_and_the_place_it_names() -> None:
    fault = Fault("server_error", route="app_store*", app=APPLE, place="jp", times=None)
    with selling(fault) as store:
        assert play_page(store).status_code == 200
        assert feed_page(store, 1).status_code == 503
        other = f"{store.url}/us/rss/customerreviews/page=1/id={APPLE}/sortby=mostrecent/json"
        assert CLIENT.get(other).status_code == 200


def test_every_request_is_on_record_with_what_happened_to_it() -> None:
    with selling(Fault("server_error", first=2)) as store:
        for _ in range(2):
            play_page(store)
        feed_page(store, 3)
        seen = [(r.number, r.route, r.app, r.place, r.page, r.status, r.fault) for r in store.requests]
        assert seen == [
            (1, "play_reviews", PLAY, "ja", 1, 200, None),
            (2, "play_reviews", PLAY, "ja", 1, 503, "server_error"),
            (3, "app_store_feed", APPLE, "jp", 3, 200, None),
        ]
        assert store.busiest(60) == 3


def test_a_clock_that_ticks_goes_on_and_one_that_stands_does_not() -> None:
    ticking, standing = VirtualClock(ticking=True), VirtualClock()
    time.sleep(0.02)
    assert ticking.now() > START
    assert standing.now() == START
    assert (standing.advance(60) - START).total_seconds() == 60


def test_a_plan_drawn_from_a_seed_is_the_same_every_time_and_draws_every_kind() -> None:
    plans = [FaultPlan.random(seed) for seed in range(300)]
    assert [p.faults for p in plans] == [FaultPlan.random(seed).faults for seed in range(300)]
    drawn = {fault.kind for plan in plans for fault in plan.faults}
    assert {"too_many_requests", "false_end", "wrap", "repeat_token", "edit", "insert", "captcha"} <= drawn
    assert all(sum(f.kind == "false_end" for f in plan.faults) <= 1 for plan in plans)


def test_ten_thousand_reviews_are_made_quickly_and_alike() -> None:
    started = time.process_time()
    app = play_app(PLAY, reviews=10_000, languages=["ja"])
    assert time.process_time() - started < 3
    assert len({review.review_id for review in app.reviews}) == 10_000
    assert app.reviews[:100] == play_app(PLAY, reviews=10_000, languages=["ja"]).reviews[:100]
