"""The official routes for one's own apps: App Store Connect, androidpublisher, Play Console's exports."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.collection import play_console as exports
from flows.collection.collector import Collected, collect
from flows.sources.app_store.connect import AppStoreConnect, ConnectApp, Consent
from flows.sources.app_store.parse import country_of
from flows.sources.base import Source
from flows.sources.google_play.publisher_api import AndroidPublisher, PublisherApp
from tests.builders import erasure
from tests.flows.collection.collecting import APPLE, PLAY, coverage, store_client
from tests.searching import found
from tests.store import Catalogue, Fault, StoreServer, app_store_app, play_app
from tests.store.faults import FIELDS, Kind
from tests.warehouse.house import land, open_writer, rows
from warehouse.landing import Landing
from warehouse.schema import build

CONSENT = Consent(app="procedures", version="2026-01", cohort="alpha", may_analyse=True, may_quote=False)


@pytest.fixture
def server() -> Iterator[StoreServer]:
    apps = [
        play_app(PLAY, reviews=900, languages=("ja", "en"), days=40),
        app_store_app(APPLE, reviews=130, countries=("jp", "us"), feedback=12),
    ]
    with StoreServer(Catalogue(apps)) as running:
        yield running


def _connect(server: StoreServer, folder: Path, consent: Consent | None = None) -> AppStoreConnect:
    key = folder / "key.p8"
    key.write_text(server.connect.private_key)
    app = ConnectApp(
        app_id=APPLE, key_file=key, key_id=server.connect.key_id, issuer_id=server.connect.issuer_id,
        consent=consent,
    )  # fmt: skip
    return AppStoreConnect(store_client(server), [app], address=server.url, per_page=50)


def _publisher(server: StoreServer, folder: Path) -> AndroidPublisher:
    key = folder / "account.json"
    key.write_text(json.dumps(server.service_account))
    app = PublisherApp(app_id=PLAY, key_file=key)
    return AndroidPublisher(store_client(server), [app], address=server.url, per_page=50)


def _run(source: Source, server: StoreServer, data: Path, what: str = "reviews") -> Collected:
    (request,) = (a for a in source.requests(server.clock.now()) if a.what == what)
    return collect(source, request, Landing(data), run_id="r", is_sample=False)


def _table(data: Path, server: StoreServer, sql: str) -> list[dict[str, Any]]:
    w = open_writer(data)
    w.load(server.clock.now())
    build(w.con)
    return rows(w.con, sql)


class TestConnect:
    """App Store Connect."""

    def test_the_whole_history_of_all_countries_comes_with_the_answers(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        done = _run(_connect(server, tmp_path), server, tmp_path)
        assert (done.got, done.outcome, done.reason) == (260, "complete", "end_confirmed")
        found = _table(tmp_path, server, "select * from core.reviews")
        truth = server.catalogue.listing("app_store", APPLE, None, server.clock.now())
        assert {r["review_id"]: (r["rating"], r["country"], r["text"]) for r in found} == {
            r.connect_id: (s.stars, r.place, s.text) for r, s in truth
        }
        replied = {r.connect_id for r, _ in truth if r.reply_at(server.clock.now())}
        assert {r["review_id"] for r in found if r["reply"] and r["replied_at"]} == replied != set()

    def test_reviews_come_with_the_version_whose_list_they_stand_in(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        source = _connect(server, tmp_path)
        _run(source, server, tmp_path)
        truth = {
            r.connect_id: s.version
            for r, s in server.catalogue.listing("app_store", APPLE, None, server.clock.now())
        }
        sold = {r.version for r in server.catalogue.app("app_store", APPLE).releases}
        assert {v for v in truth.values() if v} <= sold
        assert None in truth.values()
        found = _table(tmp_path, server, "select review_id, version from core.reviews")
        assert {r["review_id"]: r["version"] for r in found} == truth
        # The next run reads the lists no further back than the reviews that it meets again.
        asked = len(server.requests)
        server.clock.advance(days=1)
        assert _run(source, server, tmp_path).outcome == "complete"
        lists = [r for r in server.requests[asked:] if r.route == "connect_version_reviews"]
        assert len(lists) <= 2 * len(sold)
        found = _table(tmp_path, server, "select review_id, version from core.reviews")
        assert {r["review_id"]: r["version"] for r in found} == truth

    @pytest.mark.parametrize("route", ["connect_versions", "connect_version_reviews"])
    def test_a_list_of_versions_that_is_busy_fails_the_run_and_the_next_makes_it_good(
        self, server: StoreServer, tmp_path: Path, route: str
    ) -> None:
        source = _connect(server, tmp_path)
        server.faults.add(Fault("server_error", route=route, times=None))
        assert _run(source, server, tmp_path).outcome == "failed"
        server.faults.heal()
        assert _run(source, server, tmp_path).outcome == "complete"
        (told,) = _table(tmp_path, server, "select count(*) as n, count(version) as named from core.reviews")
        assert told["n"] == 260
        assert told["named"] > 240

    def test_reviews_come_without_versions_where_these_cannot_be_read(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        server.faults.add(Fault("layout_moved", route="connect_versions", times=None, field="versionString"))
        done = _run(_connect(server, tmp_path), server, tmp_path)
        assert (done.got, done.outcome) == (260, "complete")
        assert "versions of reviews could not be read" in str(done.detail)
        (told,) = _table(tmp_path, server, "select count(version) as named from core.reviews")
        assert told["named"] == 0

    @pytest.mark.parametrize(
        "kind", ["token_expired", "server_error", "garbage", "repeat_token", "empty_page", "gateway_error"]
    )
    def test_a_fault_is_made_good_by_the_next_run(
        self, server: StoreServer, tmp_path: Path, kind: Kind
    ) -> None:
        source = _connect(server, tmp_path)
        server.faults.add(Fault(kind, route="connect_reviews", page=3, times=None))
        assert _run(source, server, tmp_path).outcome == "failed"
        server.faults.heal()
        assert _run(source, server, tmp_path).outcome == "complete"
        assert len(_table(tmp_path, server, "select * from core.reviews")) == 260

    def test_a_token_refused_once_is_made_anew(self, server: StoreServer, tmp_path: Path) -> None:
        server.faults.add(Fault("token_expired", route="connect_reviews", page=2))
        assert _run(_connect(server, tmp_path), server, tmp_path).outcome == "complete"

    @pytest.mark.parametrize("field", FIELDS["connect_reviews"])
    def test_a_moved_field_is_named(self, server: StoreServer, tmp_path: Path, field: str) -> None:
        server.faults.add(Fault("layout_moved", route="connect_reviews", times=None, field=field))
        done = _run(_connect(server, tmp_path), server, tmp_path)
        assert (done.got, done.reason) == (0, "shape_changed")
        assert field in str(done.detail)

    def test_a_wrong_key_is_refused_and_its_text_is_nowhere(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        source = _connect(server, tmp_path)
        (tmp_path / "key.p8").write_text("-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n")
        done = _run(source, server, tmp_path)
        assert (done.outcome, done.reason) == ("failed", "blocked")
        assert "key.p8" in str(done.detail)
        assert "SECRET" not in str(done.detail)

    def test_feedback_is_asked_for_only_with_consent(self, server: StoreServer, tmp_path: Path) -> None:
        without = _connect(server, tmp_path).requests(server.clock.now())
        assert [a.what for a in without] == ["reviews"]
        done = _run(_connect(server, tmp_path, CONSENT), server, tmp_path, "feedback")
        assert done.outcome == "complete"
        found = _table(tmp_path, server, "select * from core.feedback")
        assert len(found) == 12
        assert {(r["consent_version"], r["may_quote"], r["cohort"]) for r in found} == {
            ("2026-01", False, "alpha")
        }

    def test_no_address_of_a_tester_reaches_the_disk(self, server: StoreServer, tmp_path: Path) -> None:
        _run(_connect(server, tmp_path, CONSENT), server, tmp_path, "feedback")
        found = _table(tmp_path, server, "select tester, text from core.feedback")
        assert all(r["tester"].startswith("testflight-") for r in found)
        assert not any("@" in str(r) for r in found)

    def test_each_tester_gets_one_ledger_entry_that_rests_on_the_configuration(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        for _ in range(2):
            _run(_connect(server, tmp_path, CONSENT), server, tmp_path, "feedback")
            server.clock.advance(days=1)
        ledger = _table(tmp_path, server, "from core.consents")
        testers = _table(tmp_path, server, "select distinct tester from core.feedback")
        assert sorted(e["tester"] for e in ledger) == sorted(t["tester"] for t in testers)
        assert {(e["event"], e["wording"], e["may_analyse"], e["may_quote"]) for e in ledger} == {
            ("given", "2026-01", True, False)
        }
        assert all("beta_feedback" in e["basis"] for e in ledger)
        _run(_connect(server, tmp_path, replace(CONSENT, may_analyse=False)), server, tmp_path, "feedback")
        assert _table(tmp_path, server, "from core.feedback where may_analyse") == []

    def test_an_erased_tester_does_not_come_back_with_the_next_crawl(
        self, server: StoreServer, tmp_path: Path
    ) -> None:
        _run(_connect(server, tmp_path, CONSENT), server, tmp_path, "feedback")
        before = _table(tmp_path, server, "select tester, text from core.feedback order by all")
        gone = str(before[0]["tester"])
        land(tmp_path, "erase", erasure(gone, app="procedures", at=server.clock.now()))
        server.clock.advance(days=1)
        _run(_connect(server, tmp_path, CONSENT), server, tmp_path, "feedback")
        kept = [r for r in before if r["tester"] != gone]
        assert _table(tmp_path, server, "select tester, text from core.feedback order by all") == kept
        (newest,) = (c for c in coverage(tmp_path) if "left out" in str(c["detail"]))
        assert newest["got"] == len(kept)
        words = [str(r["text"]) for r in before if r["tester"] == gone]
        landed = {place for place, _ in found(tmp_path / "landing", words)}
        assert len(landed) == 1


class TestPublisher:
    """androidpublisher."""

    def test_the_last_week_comes_in_every_language(self, server: StoreServer, tmp_path: Path) -> None:
        done = _run(_publisher(server, tmp_path), server, tmp_path)
        assert (done.outcome, done.reason) == ("complete", "end_confirmed")
        found = _table(tmp_path, server, "select * from core.reviews")
        now = server.clock.now()
        truth = {
            r.review_id: (s.stars, s.text, r.place)
            for r, s in server.catalogue.listing("google_play", PLAY, None, now)
            if s.text and (now - s.at).days < 7
        }
        assert {r["review_id"]: (r["rating"], r["text"], r["language"]) for r in found} == truth
        assert len(truth) > 100
        assert {(r["rating"] == 1, r["device"]) for r in found} == {
            (True, "husky (Pixel 8 Pro)"), (False, "husky")
        }  # fmt: skip
        (row,) = coverage(tmp_path)
        assert str(row["asked_since"]).startswith("2026-02-22")

    def test_a_quiet_week_is_no_alarm(self, server: StoreServer, tmp_path: Path) -> None:
        _run(_publisher(server, tmp_path), server, tmp_path)
        server.clock.advance(days=30)
        done = _run(_publisher(server, tmp_path), server, tmp_path)
        assert (done.got, done.outcome) == (0, "complete")

    @pytest.mark.parametrize("kind", ["token_expired", "server_error", "repeat_token", "gateway_error"])
    def test_a_fault_is_made_good_by_the_next_run(
        self, server: StoreServer, tmp_path: Path, kind: Kind
    ) -> None:
        source = _publisher(server, tmp_path)
        server.faults.add(Fault(kind, route="publisher_reviews", page=2, times=None))
        assert _run(source, server, tmp_path / "a").outcome == "failed"
        server.faults.heal()
        assert _run(source, server, tmp_path / "a").outcome == "complete"
        _run(_publisher(server, tmp_path), server, tmp_path / "b")
        ids = "select review_id from core.reviews order by 1"
        assert _table(tmp_path / "a", server, ids) == _table(tmp_path / "b", server, ids)

    @pytest.mark.parametrize("field", FIELDS["publisher_reviews"])
    def test_a_moved_field_is_named(self, server: StoreServer, tmp_path: Path, field: str) -> None:
        server.faults.add(Fault("layout_moved", route="publisher_reviews", times=None, field=field))
        done = _run(_publisher(server, tmp_path), server, tmp_path)
        assert (done.got, done.reason) == (0, "shape_changed")
        assert field in str(done.detail)

    def test_another_peoples_app_may_not_be_read(self, tmp_path: Path) -> None:
        with StoreServer(Catalogue([play_app(PLAY, reviews=5)]), own_apps=[]) as server:
            done = _run(_publisher(server, tmp_path), server, tmp_path)
        assert (done.outcome, done.detail) == ("failed", "127.0.0.1: HTTP 403")


HEADER = "Date,Package Name,Daily Average Rating,Total Average Rating\n"


def _days(*days: tuple[str, str, str]) -> str:
    return HEADER + "".join(f"2026-03-{d},{PLAY},{daily},{total}\n" for d, daily, total in days)


def _write(folder: Path, name: str, text: str, mtime: int) -> None:
    path = folder / name
    path.write_bytes(text.encode("utf-16"))
    os.utime(path, (mtime, mtime))


class TestExports:
    """Play Console's files, which Google rewrites."""

    def test_a_rewritten_file_is_taken_again_and_wins(self, server: StoreServer, tmp_path: Path) -> None:
        name = f"ratings_{PLAY}_202603_overview.csv"
        _write(
            tmp_path, name, HEADER + f"2026-03-01,{PLAY},2.5,2.2\n2026-03-02,{PLAY},NA,2.2\n", 1_774_000_000
        )
        landing = Landing(tmp_path)
        assert [c.got for c in exports.take(tmp_path, PLAY, landing, run_id="r")] == [2]
        assert [c.done_before for c in exports.take(tmp_path, PLAY, landing, run_id="r")] == [True]
        _write(tmp_path, name, _days(("01", "2.75", "2.25")), 1_774_000_100)
        exports.take(tmp_path, PLAY, landing, run_id="r")
        found = _table(
            tmp_path, server, "select day::varchar d, daily_average a from daily_ratings order by 1"
        )
        assert [(r["d"], r["a"]) for r in found] == [("2026-03-01", 2.75), ("2026-03-02", None)]

    def test_monthly_reviews_are_imported(self, tmp_path: Path) -> None:
        payload = Path(__file__).parents[2] / "payloads" / "dump_play_console.csv"
        (tmp_path / "reviews_jp.example.app_202602.csv").write_bytes(payload.read_bytes())
        (tmp_path / "ratings_jp.example.app_202602_country.csv").write_bytes(b"left alone")
        done = exports.take(tmp_path, "jp.example.app", Landing(tmp_path / "data"), run_id="r")
        assert [c.got > 0 for c in done] == [True]

    def test_one_odd_day_is_put_aside_and_the_month_goes_in(self, tmp_path: Path) -> None:
        # Google's newer reports write Package name.
        header = HEADER.replace("Package Name", "Package name")
        rows = f"2026-03-01,{PLAY},4.5,4.3\n2026-03-02,{PLAY},0.00,4.3\nsoon,{PLAY},4.5,4.3\n"
        _write(tmp_path, f"ratings_{PLAY}_202603_overview.csv", header + rows, 1_774_000_000)
        (done,) = exports.take(tmp_path, PLAY, Landing(tmp_path), run_id="r")
        assert (done.got, done.outcome) == (1, "partial")
        assert "1 rating_out_of_range" in (done.detail or "") and "1 unreadable_date" in (done.detail or "")

    def test_a_file_without_its_columns_fails_alone_and_says_why(self, tmp_path: Path) -> None:
        _write(tmp_path, f"ratings_{PLAY}_202602_overview.csv", "Date,Package Name\n", 1_774_000_000)
        _write(tmp_path, f"ratings_{PLAY}_202603_overview.csv", _days(("01", "2.75", "2.25")), 1_774_000_000)
        bad, good = exports.take(tmp_path, PLAY, Landing(tmp_path), run_id="r")
        assert (bad.outcome, bad.reason, good.got) == ("failed", "shape_changed", 1)
        assert "no column for daily_average" in (bad.detail or "")


def test_territories_become_countries() -> None:
    assert [country_of(t) for t in ("JPN", "USA", "GBR", "XKS")] == ["jp", "us", "gb", "xk"]
