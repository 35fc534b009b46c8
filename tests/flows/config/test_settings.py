"""hoshiyomi.toml, table by table: what is chosen is taken, and what is not understood is named."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from flows.config.load import read_settings
from flows.config.settings import AnalysisChoice, DashboardChoice, RetryChoice, ScaleChoice, Settings
from flows.errors import ConfigError


def read(folder: Path, text: str) -> Settings:
    """The settings of a file with this text."""
    (folder / "hoshiyomi.toml").write_text(text, encoding="utf-8")
    return read_settings(folder / "hoshiyomi.toml")


def test_without_a_file_or_a_table_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "hoshiyomi.toml") == read(tmp_path, "[model]\n") == Settings()
    assert Settings().collect.retry == RetryChoice()


def test_the_particular_interval_goes_before_the_general(tmp_path: Path) -> None:
    chosen = read(
        tmp_path,
        '[collect]\nevery = "12h"\n[collect.app_store]\nevery = "1h"\n'
        '[collect.app_store_feed]\nevery = "30m"\n',
    ).collect
    assert chosen.interval("app_store_feed") == timedelta(minutes=30)
    assert chosen.interval("app_store_lookup") == timedelta(hours=1)
    assert chosen.interval("google_play") == chosen.interval("app_store_connect") == timedelta(hours=12)
    assert read(tmp_path, "").collect.interval("google_play") == timedelta(days=1)


def test_how_a_refused_ask_is_tried_again_is_chosen(tmp_path: Path) -> None:
    chosen = read(tmp_path, "[collect]\nretry_rounds = 0\nretry_wait_seconds = 5\npatience_minutes = 1")
    assert chosen.collect.retry == RetryChoice(rounds=0, wait_s=5, patience_s=60)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('every = "10m"', "every = '10m' is out of bounds. Remedy: from '15m' (for politeness) to '7d'."),
        ('every = "8d"', "to '7d'"),
        ("every = 6", "every must be a span such as '30m', '6h' or '1d'."),
        ("google_play = 1", "google_play must be written as a table [collect.google_play]."),
        ("retry_rounds = 11", "retry_rounds must be a whole number from 0 to 10."),
        ("retry_wait_seconds = true", "retry_wait_seconds must be a whole number from 1 to 3600."),
        ("patience_minutes = 121", "from 0 to 120"),
        ("lookback_days = 0", "lookback_days must be a whole number above 0."),
        ("lookback_days = 1.0", "lookback_days must be a whole number above 0."),
        ('lookback_days = "3"', "lookback_days must be a whole number above 0."),
        ("lookback_days = true", "lookback_days must be a whole number above 0."),
        (
            "requests_per_second = 11",
            "requests_per_second must be a number above 0 and at most 10, such as 1.",
        ),
        ("requests_per_second = true", "at most 10"),
        ('requests_per_second = "none"', "at most 10"),
        ("addresses = 1", "addresses must be written as a table [collect.addresses]."),
        ("[collect.addresses]\ngoogle = 1", "[collect.addresses]: google is missing or is not a text"),
        ('[collect.addresses]\ngoogleplay = "https://x.example"', "did you mean 'google_play'"),
    ],
)
def test_a_wrong_word_in_collect_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, f"[collect]\n{text}")
    assert str(error.value).startswith("hoshiyomi.toml, [collect")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[collect.google_play]\nevery = "6 h"', r"\[collect.google_play\]: every must be"),
        ('[collect.google_play]\nevry = "6h"', "did you mean 'every'"),
        (
            '[collect.googleplay]\nevery = "6h"',
            r"\[collect\]: unknown key .*did you mean 'google_play'",
        ),
        ("[analysis]\nfalse_alarm_rate = 0", "above 0 and at most 0.2, such as 0.01"),
        ("[analysis]\nfalse_alarm_rate = 5", "above 0 and at most 0.2"),
        ("[analysis]\nstar_alarms_per_year = 0", "above 0 and at most 12, such as 0.7"),
        ("[analysis]\nstar_alarms_per_year = 52", "above 0 and at most 12"),
        ("[analysis]\ntext_alarms_per_year = 0", "above 0 and at most 12, such as 0.7"),
        ("[analysis]\nalarm_days = 0", r"\[analysis\]: alarm_days must be a whole number above 0"),
        ("[analysis]\nalram_days = 3", "did you mean 'alarm_days'"),
        ("[anlysis]\nalarm_days = 3", "hoshiyomi.toml: unknown key 'anlysis'; did you mean 'analysis'"),
        ('[dashboard]\nalpha_readers = ["*"]', "one by one"),
        ('[dashboard]\nalpha_readers = ["@example.go.jp"]', "one by one"),
        ('[dashboard]\nlocal_role = "alpha_raeder"', "did you mean 'alpha_reader'"),
        ('[dashboard]\nviewers = "@example.go.jp"', "a list such as"),
        ("[dashboard]\nviewers = [1]", "viewers is missing or is not a text"),
        ('[dashboard]\nviewer = ["x"]', "did you mean 'viewers'"),
        ("[dashboard]\nsession_hours = 0", "above 0"),
        ('[dashboard]\ntimezone = "Asia/Tokio"', "'Asia/Tokio' is no time zone such as Asia/Tokyo"),
        ('[[dashboard.access]]\ngroup = "g"', r"access 1.*names nothing to see"),
        ('[[dashboard.access]]\napps = ["a"]', "group is missing"),
        ('[[dashboard.access]]\ngroup = "g"\napps = "a"', r"apps must be a list such as \["),
        ('[[dashboard.access]]\ngroup = "g"\nowner = ["a"]', "did you mean 'owners'"),
        ("[publish]\ngroup = 1", r"\[publish\]: group is missing or is not a text"),
    ],
)
def test_what_is_not_understood_is_named_with_its_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, text)


def test_a_mistake_in_a_table_stops_only_who_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "hoshiyomi.toml"
    path.write_text('[collect]\nevery = 1\n[publish]\ngroup = "staff"\n')
    assert read_settings(path, "publish").publish.group == "staff"
    for wanted in ((), ("collect",), ("collect", "publish")):
        with pytest.raises(ConfigError, match="every must be a span"):
            read_settings(path, *wanted)


def test_what_is_chosen_is_taken(tmp_path: Path) -> None:
    chosen = read(tmp_path, "[analysis]\nfalse_alarm_rate = 0.05\nalarm_days = 7\n")
    assert chosen.analysis == AnalysisChoice(false_alarm_rate=0.05, alarm_days=7)


def test_the_dashboard_is_told_who_may_see_what(tmp_path: Path) -> None:
    assert not DashboardChoice().viewers
    assert DashboardChoice().local_role == "viewer"
    chosen = read(
        tmp_path,
        '[dashboard]\nviewers = ["@example.go.jp"]\nalpha_readers = ["hanako@example.go.jp"]\n'
        "session_hours = 4",
    ).dashboard
    rules = json.loads(chosen.rules(login=True, loopback=False))
    assert rules == {
        "viewers": ["@example.go.jp"], "alpha_readers": ["hanako@example.go.jp"], "local_role": "viewer",
        "identity": "email", "session_hours": 4, "login": True, "loopback": False, "groups_claim": "groups",
        "access": [], "contact": "", "editors": [], "hand_over": [], "local_editor": False, "trackers": [],
    }  # fmt: skip


def test_the_work_and_the_landing_files_of_several_machines_are_chosen(tmp_path: Path) -> None:
    assert read(tmp_path, "").scale == ScaleChoice(work="here", landing=None)
    chosen = read(
        tmp_path,
        '[scale]\nwork = "dask"\nwork_address = "tcp://10.0.0.5:8786"\nwork_partition = 1000\n'
        'landing = "s3://reviews/hoshiyomi"\nlanding_endpoint = "https://s3.example.go.jp"\n'
        'landing_region = "ap-northeast-1"\n',
    ).scale
    assert (chosen.work, chosen.work_address, chosen.work_partition) == ("dask", "tcp://10.0.0.5:8786", 1_000)
    assert chosen.landing == "s3://reviews/hoshiyomi"
    assert read(tmp_path, '[scale]\nwork = "ray"\nwork_address = "auto"\n').scale.work_address == "auto"
    assert read(tmp_path, '[scale]\nlanding = "/srv/shared"\n').scale.landing == "/srv/shared"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('work = "dusk"', "work 'dusk' is unknown; did you mean 'dask'?"),
        ('work_address = "tcp://10.0.0.5:8786"', 'names work_address, but work = "here"'),
        ('work = "ray"\nwork_address = "tcp://10.0.0.5:8786"', "none of ray: tcp://10.0.0.5:8786"),
        ('work = "dask"\nwork_address = "auto"', "none of dask: auto"),
        ('work = "dask"\nwork_address = "10.0.0.5"', "is no address such as tcp://10.0.0.5:8786"),
        ("work_partition = 10", "work_partition must be a whole number from 1000 to 1000000"),
        ("workers = 0", "workers must be a whole number from 1 to 1024"),
        ('landing = "s3://key:secret@reviews/x"', "must be a folder or s3://bucket/prefix"),
        ('landing = "gs://reviews"', "must be a folder or s3://bucket/prefix"),
        (
            'landing = "s3://reviews"\nlanding_endpoint = "http://s3.example.go.jp"',
            "must begin with https://",
        ),
        ('landing = "/srv/shared"\nlanding_region = "eu-west-1"', "landing is no s3://bucket/prefix"),
    ],
)
def test_a_wrong_word_in_scale_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, f"[scale]\n{text}")
    assert str(error.value).startswith("hoshiyomi.toml, [scale]")
    assert told in str(error.value)
