"""Deployments for a standing Prefect: what is written, and that a real server takes it as it is meant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config, read_settings
from flows.config.schedules import ScheduleTable, planned
from flows.config.settings import ScaleChoice
from flows.errors import ConfigError
from flows.pipeline.artifacts import run_name
from flows.pipeline.collect_stores import collect_apart, known_apps
from flows.serving.deployments import COLLECT_POOL, POOL, automations, work, write
from flows.serving.prefect_env import prepare_prefect
from flows.serving.prefect_server import PrefectServer
from models.text.scorers import ModelChoice
from tests.conftest import CHECKOUT, give_history

STAGGERED = ScheduleTable(
    name="ministry-a", apps=("procedures", "pay"), cron="5 6 * * *", timezone="Asia/Tokyo", stagger_minutes=20
)


def _config(data: Path, *schedules: ScheduleTable) -> Config:
    apps = tuple(
        App(
            key=key, name=key, owner=None,
            stores=(AppStoreEntry(store="google_play", id=f"jp.example.{key}", languages=("ja",)),),
        )
        for key in ("procedures", "pay")
    )  # fmt: skip
    return Config(data=data, apps=apps, topics=(), model=ModelChoice(), schedule=schedules)


def test_a_group_is_staggered_app_by_app_in_its_zone() -> None:
    found = planned([STAGGERED, ScheduleTable(name="rest", cron="0 3 * * 1")], ["procedures", "pay", "map"])
    assert [(p.name, p.apps, p.cron, p.timezone) for p in found] == [
        ("ministry-a-procedures", ("procedures",), "5 6 * * *", "Asia/Tokyo"),
        ("ministry-a-pay", ("pay",), "25 6 * * *", "Asia/Tokyo"),
        ("rest", (), "0 3 * * 1", "UTC"),
    ]


def test_without_schedules_there_is_one_deployment_for_everything() -> None:
    (only,) = planned([], ["procedures"])
    assert (only.name, only.apps, only.cron) == ("all", (), "0 6 * * *")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('name = "a"\ncron = "every day"', "is no cron expression"),
        ('name = "a"\ntimezone = "Asia/Tokio"', "is no time zone"),
        ('name = "A group"', "is no name such as"),
        (
            'name = "a"\ncron = "*/5 * * * *"\nstagger_minutes = 5',
            "its minute must be a number",
        ),
        ('name = "a"\ncron = "50 6 * * *"\nstagger_minutes = 10\napps = ["x", "y"]', "10 minutes later"),
        ('name = "a"\n[[schedule]]\nname = "a"', "twice"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_its_reason(tmp_path: Path, lines: str, said: str) -> None:
    path = tmp_path / "hoshiyomi.toml"
    path.write_text(f"[[schedule]]\n{lines}\n")
    with pytest.raises(ConfigError, match=said):
        read_settings(path)


def test_a_schedule_of_an_unknown_app_is_refused(tmp_path: Path) -> None:
    config = _config(tmp_path, ScheduleTable(name="a", apps=("proceduers",)))
    with pytest.raises(ConfigError, match=r"\[\[schedule\]\] 'a': 'proceduers' is no app of apps\.toml"):
        write(config, tmp_path / "deploy")
    with pytest.raises(ConfigError, match="did you mean 'procedures'"):
        known_apps(config, ("proceduers",))
    assert known_apps(config, ("pay",)) == {"pay"}


def test_where_landing_files_are_shared_a_pool_of_its_own_collects(tmp_path: Path) -> None:
    config = _config(tmp_path, STAGGERED).model_copy(update={"scale": ScaleChoice(landing="/srv/shared")})
    written = write(config, tmp_path / "deploy")
    made = {d["name"]: d for d in yaml.safe_load(written.files[0].read_text())["deployments"]}
    refreshing, collecting = made["hoshiyomi-ministry-a-pay"], made["hoshiyomi-collect-ministry-a-pay"]
    assert refreshing["parameters"] == {"sample": False, "apps": ["pay"], "collecting": False}
    assert refreshing["work_pool"] == {"name": POOL}
    assert collecting["parameters"] == {"apps": ["pay"]}
    assert collecting["work_pool"] == {"name": COLLECT_POOL}
    assert collecting["entrypoint"] == f"{collect_apart.fn.__module__}.{collect_apart.fn.__name__}"
    # Any number of machines may collect at a time, one writes.
    limited = [c for c in written.commands if "set-concurrency-limit" in c]
    assert limited == [f"prefect work-pool set-concurrency-limit {POOL} 1"]
    assert f"prefect work-pool create {COLLECT_POOL} --type process" in written.commands
    alone = write(_config(tmp_path, STAGGERED), tmp_path / "alone")
    assert COLLECT_POOL not in alone.files[0].read_text() + str(alone.commands)


def test_run_names_say_app_and_span() -> None:
    assert run_name("refresh", ["procedures"], 86_400) == "refresh: procedures, after 1 day"
    assert run_name("refresh", [], None) == "refresh: all apps, for the first time"
    assert run_name("refresh", list("abcde"), 7_200) == "refresh: a, b, c and 2 more, after 2 h"


def test_a_worker_needs_a_server(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PREFECT_API_URL names no server"):
        work(_config(tmp_path), "worker", environment={})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrefectServer]:
    """A Prefect server on loopback, with what a standing one does."""
    data = tmp_path / "data"
    for name in [n for n in os.environ if n.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    give_history(data)
    before = dict(os.environ)
    prepare_prefect(data, standing_server=True)
    server = PrefectServer(data, standing=True)
    server.begin()
    server.ready()
    yield server
    server.close()
    os.environ.clear()
    os.environ.update(before)


def _prefect(*words: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *words], cwd=CHECKOUT, env=os.environ | {"PREFECT_HOME": str(home)},
        capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_real_server_takes_deployments_pool_and_automations(server: PrefectServer, tmp_path: Path) -> None:
    written = write(_config(tmp_path / "data", STAGGERED), tmp_path / "deploy")
    assert yaml.safe_load(written.files[0].read_text())["deployments"][0]["parameters"]["apps"] == [
        "procedures"
    ]
    for command in written.commands[:4]:
        _prefect(*command.removeprefix("prefect ").split(), home=tmp_path / "client")
    with server.api() as api:
        made = api.deployment("refresh", "hoshiyomi-ministry-a-pay")
        assert made is not None
        assert made["entrypoint"] == "flows.pipeline.refresh.refresh"
        assert set(made["tags"]) == {"hoshiyomi", "group:ministry-a", "app:pay"}
        assert made["parameters"] == {"sample": False, "apps": ["pay"]}
        assert made["work_pool_name"] == POOL
        assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        (schedule,) = made["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == (
            "25 6 * * *",
            "Asia/Tokyo",
        )
        pool = api._ask("GET", f"/work_pools/{POOL}")
        assert (pool["type"], pool["concurrency_limit"]) == ("process", 1)
        there = api._ask("POST", "/automations/filter", {})
    assert {a["name"] for a in there} == {a["name"] for a in automations()["automations"]}
    assert all(a["trigger"]["type"] == "event" for a in there)
