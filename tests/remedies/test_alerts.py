"""Alerts: what is wrong with rules, addresses and channels, put right as it is said, and people are told."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from flows.alerts.ledger import Ledger
from flows.alerts.tell import tell
from flows.config.alerts import read_alerts
from flows.config.load import load_config
from flows.health.runs import recorded
from tests.builders import review
from tests.flows.alerts.receivers import HERE, free_port, webhook
from tests.remedies.claims import carries_out, command
from tests.warehouse.house import build_all, land
from warehouse.publish import publish

APPS = """
[[app]]
key = "procedures"
name = "Procedures"
owner = "Citizen services"
[[app.store]]
store = "google_play"
id = "jp.example.app"
languages = ["ja"]
"""
RULE = '[[rule]]\nname = "r"\nkinds = ["refresh_failed"]\nto = ["ops"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration; beside it a data folder whose last refresh failed."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "apps.toml").write_text(APPS, encoding="utf-8")
    (folder / "topics.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(folder))
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir(mode=0o700)
    with pytest.raises(ZeroDivisionError), recorded(tmp_path / "data", "20260301T000000", "refresh"):
        raise ZeroDivisionError
    return folder


def _channel(url: str) -> str:
    return f'[[channel]]\nname = "ops"\nurl = "{url}"\n'


def _write(folder: Path, text: str) -> None:
    (folder / "alerts.toml").write_text(text, encoding="utf-8")


@carries_out(
    "`hoshiyomi alerts test` tries it and says why; put its address, its server or the network right."
)
def test_a_dead_channel_is_named_put_right_and_told_what_waited(folder: Path) -> None:
    port = free_port()
    _write(folder, _channel(f"json://{HERE}:{port}/hook") + RULE)
    assert command("alerts", "run").code == 18
    assert "The channel 'ops' cannot be told" in command("status").text
    tried = command("alerts", "test")
    assert tried.code == 18
    assert "not delivered: A Connection error occurred" in tried.text
    assert "channel" in command("doctor", "--online").text
    with webhook(port=port) as hook:
        assert command("alerts", "test").text == "ops: delivered\n"
        # The next pass is when its time has come.
        done = tell(
            Path(os.environ["HOSHIYOMI_DATA"]), load_config(), read_alerts(folder),
            datetime.now(UTC) + timedelta(hours=2), "http://h",
        )  # fmt: skip
        assert done.failed == []
        assert [c["title"] for c in hook.taken] == [
            "Hoshiyomi: a test of this channel",
            "Hoshiyomi: the refresh failed",
        ]
    assert "cannot be told" not in command("status").text
    assert "delivered" in command("alerts", "list").text


@carries_out("give the owner an [[owner]] table with channels in alerts.toml, or name channels in otherwise.")
def test_an_owner_without_a_channel_gets_one(folder: Path) -> None:
    rule = RULE.replace('"ops"', '"app_owner"')
    with webhook() as hook:
        _write(folder, _channel(hook.url) + rule)
        command("alerts", "run")
        assert "Nobody is told of the rule 'r': refresh_failed" in command("status").text
        assert hook.came == []
        _write(folder, 'otherwise = ["ops"]\n' + _channel(hook.url) + rule)
        command("alerts", "run")
        assert len(hook.taken) == 1
        assert "Nobody is told" not in command("status").text


@carries_out(
    "put the address into the environment (url_env) or a file of its owner only (url_file).",
    "Remedy: put the channel's address there, as docs/alerts.md shows.",
    "Remedy: `chmod 600` on that file.",
)
def test_a_secret_goes_into_the_environment_or_a_file_of_its_own(folder: Path) -> None:
    with webhook() as hook:
        secret = hook.url.replace("://", "://monitor:geheimnis1@")
        _write(folder, _channel(secret) + RULE)
        said = command("doctor").text
        assert "its url holds a secret" in said
        assert "geheimnis1" not in said
        _write(folder, _channel("x").replace('url = "x"', 'url_env = "HOSHIYOMI_OPS"') + RULE)
        assert "holds no address" in command("doctor").text
        with patch.dict(os.environ, {"HOSHIYOMI_OPS": secret}):
            assert "holds" not in command("doctor").text
            assert command("alerts", "test").text == "ops: delivered\n"
        _write(folder, _channel("x").replace('url = "x"', 'url_file = "ops.url"') + RULE)
        file = folder / "ops.url"
        file.write_text(secret)
        file.chmod(0o644)
        assert "others can read" in command("doctor").text
        file.chmod(0o600)
        assert command("alerts", "test").text == "ops: delivered\n"


@carries_out("Remedy: write it as docs/alerts.md shows, such as mailto://..., slack://... or jsons://...")
def test_an_address_that_is_none_is_written_anew(folder: Path) -> None:
    with webhook() as hook:
        _write(folder, _channel(hook.url.replace("json", "jsno")) + RULE)
        assert "none that can be sent to" in command("alerts", "test").text
        _write(folder, _channel(hook.url) + RULE)
        assert command("alerts", "test").text == "ops: delivered\n"


_TWICE = 'url_env = "X"\nurl = "json://127.0.0.1/x"\n'


def _case(remedy: str, wrong: str, good: str) -> object:
    """An alerts.toml with something wrong in it, and the one that the remedy asks for."""
    return pytest.param(wrong, good, marks=carries_out(remedy), id=remedy[-60:])


@pytest.mark.parametrize(
    ("wrong", "good"),
    [
        _case(
            "a channel has one address. Remedy: one of url_env, url_file and url",
            _channel("json://h").replace('url = "json://h"\n', _TWICE), _channel("json://h"),
        ),
        _case(
            "no channels. Remedy: name at least one of the [[channel]] tables",
            _channel("json://h") + '[[owner]]\nname = "o"\nchannels = []\n',
            _channel("json://h") + '[[owner]]\nname = "o"\nchannels = ["ops"]\n',
        ),
        _case(
            "levels and the kind displayed_score go together. Remedy: give both, or neither",
            _channel("json://h") + RULE.replace("refresh_failed", "displayed_score"),
            _channel("json://h") + RULE.replace("refresh_failed", "displayed_score") + "levels = [4.0]\n",
        ),
    ],
)  # fmt: skip
def test_the_file_is_mended_as_it_is_told(folder: Path, wrong: str, good: str) -> None:
    _write(folder, wrong)
    assert command("alerts", "run").code == 2
    _write(folder, good)
    assert read_alerts(folder).channel


@carries_out("Remedy: write it as in apps.toml or topics.toml.")
def test_a_rule_about_an_unknown_app_names_a_known_one(folder: Path) -> None:
    with webhook() as hook:
        _write(folder, _channel(hook.url) + RULE + 'apps = ["procedure"]\n')
        assert "nobody knows; did you mean 'procedures'" in command("status").text
        _write(folder, _channel(hook.url) + RULE)
        assert "nobody knows" not in command("status").text


@carries_out("{} is not there. Remedy: name a file written as events.toml.")
def test_a_replay_names_a_file_of_incidents(folder: Path, tmp_path: Path) -> None:
    data = Path(os.environ["HOSHIYOMI_DATA"])
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, datetime(2026, 3, 2, tzinfo=UTC))
    _write(folder, _channel("json://h") + RULE.replace("refresh_failed", "star_alarm"))
    words = ("alerts", "replay", "--since", "2026-03-01", "--incidents", str(tmp_path / "marked.toml"))
    assert command(*words).code == 3
    (tmp_path / "marked.toml").write_text(
        '[[event]]\napp = "jp.example.app"\nkind = "other"\nat = 2026-03-01\nlabel = "down"\n'
    )
    said = command(*words)
    assert said.code == 0
    assert "never" in said.text
    with pytest.raises(FileNotFoundError), Ledger.read(data):
        pass
