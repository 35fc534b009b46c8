"""What the dashboard's pages say is to be done, and `hoshiyomi status` of stores that fell silent."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.auth import visitor
from flows.cli import dashboard_server
from flows.collection.collector import collect
from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config
from flows.health.findings import Finding
from flows.health.status import report
from flows.sources.google_play.web import GooglePlayWeb, PlayApp
from models.text.scorers import ModelChoice
from tests.flows.collection.collecting import PLAY, catalogue, coverage, reviews, run, sources, store_client
from tests.flows.collection.test_dump_import import bring, dump
from tests.remedies.claims import carries_out, command, hear
from tests.remedies.listing import screens
from tests.store import Fault, StoreServer
from tests.store.generate import play_review
from warehouse.analysis import read_facts
from warehouse.landing import Landing
from warehouse.writes import writer

EN = screens()


def _on_screen(table: str, key: str) -> None:
    hear(f"[{table}.{key}] {EN[table][key]}")


@carries_out("[remedy.rejected_rows]")
def test_a_file_is_mended_and_imported_again(tmp_path: Path) -> None:
    path = dump(tmp_path, rows=4, bad=1)
    bring(path, tmp_path / "data")
    assert {row["reason"] for row in coverage(tmp_path / "data")} == {"rejected_rows"}
    _on_screen("remedy", "rejected_rows")
    path.write_text(path.read_text().replace(",6,", ",5,"))
    assert bring(path, tmp_path / "data").rejected.total() == 0
    assert len(reviews(tmp_path / "data")) == 5


@carries_out("[remedy.hole]")
def test_a_dump_with_a_hole_is_made_again_with_all_dates(tmp_path: Path) -> None:
    whole = [datetime(2025, 1, 1, 10, tzinfo=UTC) + timedelta(days=n) for n in range(120)]
    data = tmp_path / "data"
    found = []
    for name, days in (("hole.csv", whole[:40] + whole[70:]), ("whole.csv", whole)):
        rows = "".join(f"app,gp:{d:%j},text {d:%j},5,{d:%F %T}\n" for d in days)
        (tmp_path / name).write_text(f"app_id,review_id,content,score,at\n{rows}")
        bring(tmp_path / name, data)
        with writer(data) as w:
            w.load(datetime(2026, 1, 1, tzinfo=UTC))
            (series,) = read_facts(w, "").series
            found.append([(f"{g.since:%F}", f"{g.until:%F}") for g in series.gaps])
    _on_screen("remedy", "hole")
    assert found == [[("2025-02-10", "2025-03-12")], []]


@carries_out("[remedy.page_limit]")
def test_collecting_every_day_meets_what_the_store_hides_later(tmp_path: Path) -> None:
    with StoreServer(catalogue(play=90)) as server:
        asking = store_client(server)
        ask = sources(server, asking)[0].requests(server.clock.now())[0]
        # The store shows the newest two pages, whoever asks.
        shown: dict[str, Any] = {"address": server.url, "per_page": 30, "page_limit": 2}
        source = GooglePlayWeb(asking, [PlayApp(app_id=PLAY, languages=("ja",))], **shown)
        done = collect(source, ask, Landing(tmp_path), run_id="r", is_sample=False)
        assert (done.reason, done.got) == ("page_limit", 60)
        _on_screen("remedy", "page_limit")
        written = set()
        for _ in range(4):
            server.clock.advance(days=1)
            dice = random.Random(str(server.clock.now()))
            new = [play_review(dice, "ja", server.clock.now()) for _ in range(20)]
            server.catalogue.add("google_play", PLAY, *new)
            written |= {r.review_id for r in new}
            (today,) = [a for a in source.requests(server.clock.now()) if a.what == "reviews"]
            collect(source, today, Landing(tmp_path), run_id="r", is_sample=False)
        # 80 new ones, of which the store shows 60 at any time.
        held = {str(r["review_id"]) for r in reviews(tmp_path)}
        asking.close()
    assert written <= held


def _config(data: Path, *languages: str) -> Config:
    entry = AppStoreEntry(store="google_play", id=PLAY, languages=languages)
    app = App(key="app", name="App", owner=None, stores=(entry,))
    return Config(data=data, apps=(app,), topics=(), model=ModelChoice())


def _of_sources(config: Config, now: datetime) -> list[Finding]:
    found = [f for f in report(config.data, config, now, zone=UTC).findings if f.about.startswith("source_")]
    for finding in found:
        hear(finding.remedy)
    return found


@carries_out("none yet; the next run asks again.")
def test_a_refusal_that_passes_is_gone_after_the_next_run(tmp_path: Path) -> None:
    config = _config(tmp_path, "ja")
    with StoreServer(catalogue(play=40)) as server:
        run(server, tmp_path, only="google_play")
        server.clock.advance(days=1)
        server.faults.add(Fault("captcha", times=None))
        run(server, tmp_path, only="google_play")
        assert {f.severity for f in _of_sources(config, server.clock.now())} == {"watch"}
        server.faults.heal()
        run(server, tmp_path, only="google_play")
        assert _of_sources(config, server.clock.now()) == []


@carries_out("compare with the app's page in the store. If it shows reviews", "[remedy.gone_silent]")
@pytest.mark.parametrize("how", ["held back", "gone"])
def test_a_store_that_fell_silent_is_waited_for_or_left(tmp_path: Path, how: str) -> None:
    config = _config(tmp_path, "ja")
    with StoreServer(catalogue(play=40)) as server:
        run(server, tmp_path, only="google_play")
        server.clock.advance(days=1)
        server.faults.add(Fault("false_end", route="play_reviews", times=None))
        run(server, tmp_path, only="google_play")
        assert {row["reason"] for row in coverage(tmp_path)} >= {"gone_silent"}
        _on_screen("remedy", "gone_silent")
        assert {f.severity for f in _of_sources(config, server.clock.now())} == {"act"}
        if how == "gone":
            assert _of_sources(_config(tmp_path), server.clock.now()) == []
            return
        server.faults.heal()
        run(server, tmp_path, only="google_play")
        assert _of_sources(config, server.clock.now()) == []
        assert len(reviews(tmp_path)) == 40


@carries_out("[door.lawless]")
def test_a_dashboard_that_the_command_starts_knows_its_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", "{not rules")
    assert visitor().is_lawless
    _on_screen("door", "lawless")
    given: dict[str, str] = {}

    class Shown:
        """Stands for Streamlit's process."""

        def __init__(self, _command: object, *, env: dict[str, str], **_more: object) -> None:
            given.update(env)

        def wait(self) -> int:
            """Stopped."""
            return 0

    monkeypatch.setattr(dashboard_server.subprocess, "Popen", Shown)
    assert command(*EN["door"]["lawless"].split("`")[1].split()[1:], "--port", "1").code == 0
    monkeypatch.setitem(os.environ, "HOSHIYOMI_DASHBOARD", given["HOSHIYOMI_DASHBOARD"])
    assert not visitor().is_lawless
