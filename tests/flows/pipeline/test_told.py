"""A run's end is told, whatever the end is; what it could not be told by is named with what ended it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from flows.config.load import Config
from flows.health.runs import recorded
from flows.pipeline import refresh as refreshing
from flows.pipeline.several import SeveralFailed, told_together, with_channels
from flows.pipeline.states import Answer
from tests.flows.alerts.receivers import HERE, free_port, webhook
from tests.flows.pipeline.test_several import REFUSED, _answer, _config
from warehouse.errors import WarehouseError

FULL = OSError(errno.ENOSPC, "No space left on device", "landing/reviews/b/0.jsonl.gz")
APP = """
[[app]]
key = "procedures"
name = "Procedures"
[[app.store]]
store = "google_play"
id = "jp.example.app"
languages = ["ja"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "apps.toml").write_text(APP, encoding="utf-8")
    (folder / "topics.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(folder))
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return folder


def _told_by(folder: Path, url: str) -> None:
    rule = '[[rule]]\nname = "machine"\nkinds = ["refresh_failed"]\nto = ["ops"]\n'
    (folder / "alerts.toml").write_text(f'[[channel]]\nname = "ops"\nurl = "{url}"\n{rule}', encoding="utf-8")


def _ends_with(monkeypatch: pytest.MonkeyPatch, error: Exception | None, answers: list[Answer]) -> None:
    """A run that does nothing and ends so."""

    def run(config: Config, *_: Any) -> str:
        with recorded(config.data, "20260301T000000", "refresh"), told_together(config, answers):
            if error is not None:
                raise error
        return "state"

    monkeypatch.setattr(refreshing, "_whole_run", run)


def test_disk_store_and_channel_that_fail_in_one_run_are_all_in_its_last_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _told_by(folder, f"json://{HERE}:{free_port()}/hook")
    _ends_with(monkeypatch, FULL, [_answer(REFUSED)])
    with pytest.raises(SeveralFailed) as caught:
        refreshing.refresh.fn()
    said = str(caught.value)
    assert said.startswith("3 things failed. (1) The disk is full")
    assert "(2) procedures google_play ja (reviews): blocked" in said
    assert "(3) The channel 'ops' cannot be told: A Connection error occurred" in said
    assert said.count("Remedy:") == 3
    assert "Remedy: `hoshiyomi alerts test` tries it" in said
    assert caught.value.exit_code == 15


def test_a_run_that_fails_is_told_and_stays_as_it_is_where_telling_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ends_with(monkeypatch, WarehouseError("It broke. Remedy: mend it."), [])
    with webhook() as hook:
        _told_by(folder, hook.url)
        with pytest.raises(WarehouseError, match="It broke"):
            refreshing.refresh.fn()
        assert [c["title"] for c in hook.taken] == ["Hoshiyomi: the refresh failed"]
        assert "It broke" in hook.taken[0]["message"]
        assert "mend it." in hook.taken[0]["message"]
        _ends_with(monkeypatch, None, [])
        assert refreshing.refresh.fn() == "state"
        assert refreshing.refresh.fn(sample=True) == "state"


def test_a_mistake_in_alerts_toml_ends_no_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "alerts.toml").write_text("chanel = 1\n", encoding="utf-8")
    _ends_with(monkeypatch, None, [])
    assert refreshing.refresh.fn() == "state"
    named = with_channels(WarehouseError("It broke."), _config(folder))
    assert "unknown key 'chanel'; did you mean 'channel'" in str(named)
