"""What of the machine and of sources is told: as `status` finds it, in a data folder without any database."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from flows.alerts import machine
from flows.alerts.ledger import FILE, FOLDER, Ledger
from flows.backup.make import _sqlite
from flows.collection import attempts
from flows.collection.collector import request_key
from flows.collection.registry import routes
from flows.config.alerts import KINDS
from flows.errors import ConfigError
from flows.health import findings
from flows.health.runs import Run
from flows.sources.http import StoreClient
from tests.builders import day, erasure
from tests.flows.alerts.house import config
from tests.warehouse.house import land

NOW = day(10)


def _kinds(data: Path, hours: tuple[int, ...] = ()) -> dict[str, str]:
    found = machine.standing(data, config(data), NOW, KINDS, hours)
    return {s.kind: str(s.numbers["what"]) for s in found}


def test_a_source_that_fails_is_one_signal_of_its_app(tmp_path: Path) -> None:
    for on in (1, 8):
        for route in routes(config(tmp_path), StoreClient(), NOW):
            key = request_key(route.source.name, route.request)
            attempt = attempts.after(
                attempts.read(tmp_path, key), f"r{on}", day(on), outcome="failed", reason="blocked",
                detail="HTTP 403", is_passing=True,
            )  # fmt: skip
            attempts.write(tmp_path, key, attempt)
    found = machine.standing(tmp_path, config(tmp_path), NOW, KINDS)
    assert {(s.kind, s.app, s.numbers["source"]) for s in found} == {
        ("source_silent", "jp.example.app", "google_play")
    }
    assert "blocked, HTTP 403" in _kinds(tmp_path)["source_silent"]
    assert machine.standing(tmp_path, config(tmp_path), NOW, ("disk_short",)) == []


def test_an_erasure_that_is_overdue_is_told(tmp_path: Path) -> None:
    land(tmp_path, "erase-1", erasure(at=day(3)))
    assert "asked for and not done yet" in _kinds(tmp_path)["erasure_overdue"]


def test_a_disk_that_is_short_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings.of_disk, "__defaults__", (lambda _data: 1 << 20,))
    assert "are free for the data folder" in _kinds(tmp_path)["disk_short"]


def test_what_a_full_disk_did_not_take_is_told_as_the_disk_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for route in routes(config(tmp_path), StoreClient(), NOW):
        attempts.write(
            tmp_path,
            request_key(route.source.name, route.request),
            attempts.after(None, "r", day(9), outcome="failed", reason="disk", detail="OSError"),
        )
    assert "did not take" in _kinds(tmp_path)["refresh_failed"]
    monkeypatch.setattr(findings.of_disk, "__defaults__", (lambda _data: 1 << 20,))
    assert _kinds(tmp_path).keys() == {"disk_short"}


def test_a_refresh_that_does_not_come_is_told_by_each_rules_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = Run(
        run="r", kind="refresh", started_at=NOW - timedelta(hours=40), ended_at=NOW, outcome="complete"
    )
    monkeypatch.setattr(machine, "latest", lambda *_: [last])
    assert "one is expected every 30 h" in _kinds(tmp_path, (30, 48))["schedule_missed"]
    assert "schedule_missed" not in _kinds(tmp_path, (48,))


def test_a_configuration_that_cannot_be_read_is_a_failed_refresh(tmp_path: Path) -> None:
    error = ConfigError("apps.toml is not valid TOML. Remedy: mend it.")
    (found,) = machine.standing(tmp_path, error, NOW, KINDS)
    assert (found.kind, found.numbers["remedy"]) == ("refresh_failed", "mend it.")


def test_the_ledger_is_copied_as_of_one_moment(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        ledger.channel("ops", NOW)
        content = _sqlite(tmp_path / FOLDER / FILE)
    assert content is not None
    copy = sqlite3.connect(":memory:")
    copy.deserialize(content)
    assert copy.execute("select name from channels").fetchall() == [("ops",)]
