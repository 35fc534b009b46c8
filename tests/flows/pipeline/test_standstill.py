"""A refresh ends at once where nothing is new, and only there: whatever it is made of ends the standstill."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.collection.collector import batch_name
from flows.collection.registry import refresh_policy, routes, store_client
from flows.config.load import Config, load_config
from flows.pipeline import standstill
from flows.pipeline.standstill import look, requests_done, settle, settled, standing, unsettle
from flows.privacy.announced import announce
from flows.serving.open_runs import any_open
from tests.builders import coverage
from tests.conftest import CHECKOUT
from warehouse.landing import Landing

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FILES = {
    "landing/reviews/import-a/00000.jsonl.gz": "a",
    "landing/coverage/import-a/00000.jsonl.gz": "a",
    "evaluations/one.json": "{}",
    "erasures/one.json": "{}",
    "forgotten/import-b.json": "{}",
    "published/hoshiyomi-1.duckdb": "published",
    "warehouse.duckdb": "working",
    "runs/1.json": "{}",
    "collect/one.json": "{}",
    "clock.json": "{}",
}
APPS = """
[[app]]
key = "one"
name = "One"

[[app.store]]
store = "google_play"
id = "jp.example.one"
languages = ["ja"]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A data folder as a run leaves it, noted as settled at NOW in revision 7."""
    data, folder = tmp_path / "data", tmp_path / "config"
    for name, content in FILES.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(content)
    (data / "current.duckdb").symlink_to("published/hoshiyomi-1.duckdb")
    folder.mkdir()
    (folder / "apps.toml").write_text("")
    (folder / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(folder))
    config = load_config()
    settle(config, look(config), 7, NOW)
    return config


def test_nothing_is_to_be_done_for_the_rest_of_the_day(config: Config) -> None:
    assert settled(config, NOW) == 7
    assert settled(config, NOW.replace(hour=23)) == 7
    found = standing(config, NOW)
    assert found is not None
    assert (found.revision, found.requests) == (7, 0)


@pytest.mark.parametrize(
    "moment", [NOW + timedelta(days=1), NOW - timedelta(hours=1)], ids=["later", "before"]
)
def test_another_day_or_a_clock_set_back_goes_the_whole_way(config: Config, moment: datetime) -> None:
    assert settled(config, moment) is None


def _lands(data: Path) -> None:
    (data / "landing/reviews/import-c").mkdir()


def _touches(name: str) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        path = data / name
        path.with_name("new").write_text("other")
        path.with_name("new").rename(path)

    return change


def _links(data: Path) -> None:
    (data / "current.duckdb").unlink()
    (data / "current.duckdb").symlink_to("published/other.duckdb")


def _configures(data: Path) -> None:
    (data.parent / "config" / "hoshiyomi.toml").write_text("[analysis]\nalarm_days = 7\n")


def _gone(data: Path) -> None:
    (data / "warehouse.duckdb").unlink()


def _retains(data: Path) -> None:
    announce(data, ["feedback goes today"], NOW.date())


@pytest.mark.parametrize(
    "change",
    [
        _lands, _links, _configures, _gone, _retains, unsettle,
        *(_touches(n) for n in FILES if not n.startswith(("runs/", "collect/", "clock"))),
        # what somebody will keep in a data folder some day
        lambda data: (data / "alarms.json").write_text("{}"),
    ],
)  # fmt: skip
def test_whatever_a_run_is_made_of_ends_the_standstill(
    config: Config, change: Callable[[Path], object]
) -> None:
    change(config.data)
    assert settled(load_config(), NOW) is None


def test_records_of_runs_end_no_standstill(config: Config) -> None:
    for name in ("runs/2.json", "collect/one.json", "clock.json", ".refresh.lock"):
        (config.data / name).write_text("new")
    assert settled(config, NOW) == 7


def test_what_landed_while_a_run_was_loading_is_the_next_ones(config: Config) -> None:
    seen = look(config)
    _lands(config.data)
    settle(config, seen, 8, NOW)
    assert settled(config, NOW) is None


def test_another_program_goes_the_whole_way(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standstill, "_CODE", ("flows", "models"))
    assert settled(config, NOW) is None


def test_a_request_that_is_due_ends_the_standstill(config: Config) -> None:
    (config.data.parent / "config" / "apps.toml").write_text(APPS)
    named = load_config()
    assert requests_done(named, NOW) is None
    client = store_client(named.collect, lambda _: lambda _host: None)
    landing = Landing(named.data)
    found = routes(named, client, NOW)
    for route in found:
        policy = refresh_policy(named.collect, route.source.name)
        batch = batch_name(route.source.name, route.request, policy.every)
        assert requests_done(named, NOW) is None
        landing.write("coverage", batch, "00000", [coverage(batch=batch)])
    client.close()
    assert len(found) > 0
    assert requests_done(named, NOW) == len(found)
    assert requests_done(named, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize(("state", "is_open"), [("COMPLETED", False), ("RUNNING", True)])
def test_a_run_that_says_it_runs_is_seen_in_prefects_file(tmp_path: Path, state: str, is_open: bool) -> None:
    assert not any_open(tmp_path)
    (tmp_path / "prefect").mkdir()
    with closing(sqlite3.connect(tmp_path / "prefect" / "prefect.db")) as history, history:
        history.execute("create table flow_run (state_type text)")
        history.execute("insert into flow_run values (?)", [state])
    assert any_open(tmp_path) is is_open


def test_a_history_that_cannot_be_read_is_prefects_to_judge(tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "prefect.db").write_bytes(os.urandom(4096))
    assert any_open(tmp_path)
