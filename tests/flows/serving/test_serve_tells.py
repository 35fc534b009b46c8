"""`serve` lets people be told between runs, by a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flows.health.runs import recorded
from flows.serving.serve import _Serving
from tests.flows.alerts.receivers import webhook


def test_a_refresh_that_failed_is_told_by_serves_own_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, data = tmp_path / "config", tmp_path / "data"
    config.mkdir()
    data.mkdir()
    (config / "apps.toml").write_text("", encoding="utf-8")
    (config / "topics.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(config))
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    with pytest.raises(ZeroDivisionError), recorded(data, "20260301T000000", "refresh"):
        raise ZeroDivisionError
    serving = _Serving(data, "0 6 * * *", "UTC")
    serving._tell_people(0.0)
    assert serving._teller is None
    with webhook() as hook:
        rule = '[[rule]]\nname = "r"\nkinds = ["refresh_failed"]\nto = ["ops"]\n'
        (config / "alerts.toml").write_text(f'[[channel]]\nname = "ops"\nurl = "{hook.url}"\n{rule}')
        serving._tell_people(1.0)
        assert serving._teller is not None
        end = time.monotonic() + 120
        while serving._teller.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        assert serving._teller.returncode == 0
    assert [c["title"] for c in hook.taken] == ["Hoshiyomi: the refresh failed"]
    assert serving._tell_at == 301.0
