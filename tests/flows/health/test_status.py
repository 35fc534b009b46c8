"""The operator's window: quiet when all is well, and whatever is wrong on top with its remedy."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.collection import attempts
from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config
from flows.health import findings as folder_health
from flows.health.findings import Finding
from flows.health.runs import Run, recorded
from flows.health.status import PROBES, Scene, as_json, lines, report
from flows.privacy.receipts import Receipts
from models.text.scorers import ModelChoice
from tests.builders import coverage, day, erasure, review
from tests.conftest import CHECKOUT
from tests.warehouse.house import build_all, land
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.publish import publish

NOW = day(3)
WARNING = {"check": "c", "count": 2, "says": "none"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1"))
    build_all(data)
    return publish(data, NOW).path


def _config(data: Path) -> Config:
    entry = AppStoreEntry(store="google_play", id="jp.example.app", languages=("ja",))
    app = App(key="procedures", name="Procedures", owner=None, stores=(entry,))
    return Config(data=data, apps=(app,), topics=(), model=ModelChoice())


def _asked(data: Path, outcome: str, on: int) -> None:
    from flows.collection.collector import request_key
    from flows.collection.registry import routes
    from flows.sources.http import StoreClient

    for route in routes(_config(data), StoreClient(), NOW):
        key = request_key(route.source.name, route.request)
        before = attempts.read(data, key)
        reason = "blocked" if outcome == "failed" else "end_confirmed"
        attempt = attempts.after(
            before, f"r{on}", day(on), outcome=outcome, reason=reason, detail=None, is_passing=True
        )
        attempts.write(data, key, attempt)


def _told(data: Path) -> str:
    return "\n".join(lines(report(data, _config(data), NOW, zone=UTC)))


def test_all_is_well_in_three_lines_and_no_alarm(published: Path, tmp_path: Path) -> None:
    (tmp_path / "current.duckdb").symlink_to(published)
    _asked(tmp_path, "complete", 3)
    found = report(tmp_path, _config(tmp_path), NOW, zone=UTC)
    told = list(lines(found))
    assert told[0] == "All is well."
    assert " ".join(told[2].split()) == (
        "procedures google_play ok last success 2026-03-04 12:00 UTC (0 s ago) every day"
    )
    assert told[4].startswith("published")
    assert len(told) == 5
    assert not found.needs_a_person


def test_three_bad_days_are_on_top_with_app_source_last_success_and_remedy(
    published: Path, tmp_path: Path
) -> None:
    (tmp_path / "current.duckdb").symlink_to(published)
    _asked(tmp_path, "complete", 0)
    for on in (1, 2, 3):
        _asked(tmp_path, "failed", on)
    found = report(tmp_path, _config(tmp_path), NOW, zone=UTC)
    told = list(lines(found))
    assert told[0] == "Needs a person"
    assert "procedures, google_play (ja, ja score): blocked, 3 runs in a row" in told[1]
    assert "last success 2026-03-01 12:00 UTC, 3 days ago" in told[1]
    assert told[2].startswith("    Remedy: ")
    document = json.loads(as_json(found))
    assert document["needs_a_person"] is True
    assert [s["failed_in_a_row"] for s in document["sources"]] == [3, 3]
    assert {s["last_success_at"] for s in document["sources"]} == {"2026-03-01T12:00:00Z"}


def test_the_keys_that_monitors_read_stay(tmp_path: Path) -> None:
    document = json.loads(as_json(report(tmp_path, _config(tmp_path), NOW)))
    assert list(document) == [
        "version", "checked_at", "needs_a_person", "findings", "sources", "last_refresh", "is_running",
        "published", "waiting_files", "reading",
    ]  # fmt: skip
    assert list(document["findings"][0]) == ["severity", "about", "subject", "what", "remedy"]
    assert list(document["sources"][0]) == [
        "app", "source", "store", "store_app_id", "asked_for", "place", "state", "every_s", "silent_s",
        "is_late", "last_success_at", "last_attempt_at", "outcome", "reason", "detail", "failed_in_a_row",
    ]  # fmt: skip
    documented = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
    for key in (*document, *document["findings"][0], *document["sources"][0]):
        assert f"`{key}`" in documented, key


def test_nothing_published_is_a_finding_and_no_error(tmp_path: Path) -> None:
    found = report(tmp_path, _config(tmp_path), NOW, zone=UTC)
    assert found.needs_a_person
    assert found.findings[0].about == "nothing_published"
    assert "source_never_asked" in {f.about for f in found.findings}


def test_a_probe_that_cannot_look_says_so_and_hides_no_other(tmp_path: Path) -> None:
    def damaged(_scene: Scene) -> list[Finding]:
        raise LandingError("a file is damaged. Remedy: look at it.")

    found = report(tmp_path, _config(tmp_path), NOW, probes=(damaged, *PROBES)).findings
    (cannot,) = (f for f in found if f.about == "cannot_look")
    assert (cannot.severity, cannot.remedy) == ("act", "look at it.")
    assert "source_never_asked" in {f.about for f in found}


def _run(outcome: str | None, **wanted: object) -> Run:
    ended = None if outcome is None else day(2)
    run = Run(run="r", kind="refresh", started_at=day(2), ended_at=ended, outcome=outcome)
    return replace(run, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ([_run("complete")], []),
        ([_run("degraded", asks={"failed": 1, "complete": 1})], []),
        ([_run("failed", asks={"failed": 3})], [("act", "no_store_answered")]),
        ([_run("stopped", message="No. Remedy: do it.")], [("act", "run_stopped")]),
        ([_run(None)], [("watch", "run_broken_off")]),
        ([_run(None), _run(None)], [("act", "run_broken_off")]),
        ([_run(None, is_alive=True), _run("complete")], []),
        ([_run("complete", warnings=[WARNING])], [("watch", "check_warned")]),
        ([_run("complete", kind="collect")], []),
    ],
)  # fmt: skip
def test_what_the_last_refresh_says(runs: list[Run], told: list[tuple[str, str]]) -> None:
    assert [(f.severity, f.about) for f in folder_health.of_runs(runs, UTC)] == told


def test_a_stopped_run_gives_the_remedy_it_ended_with() -> None:
    (found,) = folder_health.of_runs([_run("stopped", message="Row 3 is odd. Remedy: mend row 3.")], UTC)
    assert found.remedy == "mend row 3."
    assert found.what.endswith("the last publication stays: Row 3 is odd")


def test_a_short_disk_is_watched_and_then_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / folder_health.WORKING).write_bytes(b"0" * 1_000)

    def severities(free: int) -> list[str]:
        there: Callable[[Path], int] = lambda _data: free  # noqa: E731
        return [f.severity for f in folder_health.of_disk(tmp_path, there)]

    assert [severities(n << 20) for n in (100, 600, 2_000)] == [["act"], ["watch"], []]


def test_what_waits_is_counted(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.write("reviews", "begun", "00000", [review("a")])
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / "b.00001.json").write_text("{}")
    old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    os.utime(landing.folder / "reviews" / "begun", (old, old))
    assert [f.about for f in folder_health.of_unfinished(tmp_path, datetime.now(UTC))] == [
        "unfinished_batches"
    ]
    assert [f.about for f in folder_health.of_quarantine(tmp_path, 30)] == ["quarantine"]
    landing.write("coverage", "begun", "00000", [coverage("begun")])
    assert folder_health.of_unfinished(tmp_path, datetime.now(UTC)) == []


def test_an_erasure_that_waits_is_watched_and_an_old_one_needs_a_person(tmp_path: Path) -> None:
    entry = erasure("t1", at=day(1))
    landing = Landing(tmp_path)
    landing.write("erasures", "e", "00000", [entry])
    landing.write("coverage", "e", "00000", [coverage("e")])

    def severities(on: int) -> list[str]:
        return [f.severity for f in folder_health.of_erasures(tmp_path, day(on), UTC)]

    assert (severities(2), severities(4)) == (["watch"], ["act"])
    receipts = Receipts(tmp_path)
    receipts.begin({entry: {}}, day(2))
    receipt = receipts.read(entry)
    assert receipt is not None
    receipt.done_at = day(2).isoformat()
    receipts.write(entry, receipt)
    assert severities(4) == []


@pytest.mark.parametrize(("before", "told"), [(None, ""), ("m1", "; until it has read all, m1 serves")])
def test_how_far_a_model_has_come_is_told_while_the_run_lives(
    tmp_path: Path, before: str | None, told: str
) -> None:
    with recorded(tmp_path, f"{NOW:%Y%m%dT%H%M%S%fZ}", "refresh") as run:
        run.tell_reading("m2", 4_096, 100_000, before)
        during = report(tmp_path, _config(tmp_path), datetime.now(UTC), zone=UTC)
        assert f"m2 has read 4,096 of 100,000 texts in this run{told}" in "\n".join(lines(during))
        run.reading = None
    assert json.loads(as_json(report(tmp_path, _config(tmp_path), datetime.now(UTC))))["reading"] is None
