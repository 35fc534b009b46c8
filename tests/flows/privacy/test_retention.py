"""What is past its time goes, in every run, and only that."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.collection.quarantine import keep
from flows.config.load import Config, load_config, read_settings
from flows.config.settings import RetentionChoice
from flows.errors import ConfigError
from flows.privacy.clock import believe
from flows.privacy.erasure import finish, sweep
from flows.privacy.retention import announced, enforce, preview
from flows.sources.base import Page
from tests.builders import consent, erasure, feedback
from tests.builders import withdrawal as taken_back
from tests.conftest import logged
from tests.searching import found
from tests.warehouse.house import land, rows
from warehouse.landing import Landing
from warehouse.writes import FILE, writer

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    return load_config()


def run(config: Config, now: datetime = NOW, *, confirmed: bool = False, **choice: int) -> list[str]:
    """One run, as `refresh` does it; what it said."""
    config = config.model_copy(update={"retention": RetentionChoice(**choice)})
    known = believe(config.data, now, config.retention.clock_jump_days, confirmed=confirmed)
    work = sweep(config.data, now)
    with writer(config.data) as w:
        w.load(now)
    with logged() as said:
        work = enforce(config, work, now, known)
    finish(config.data, work, None, now)
    return said


def runs(config: Config, now: datetime = NOW, **choice: int) -> list[str]:
    """A run that marks, eight days ahead, and the run at `now`; what the latter said."""
    run(config, now - timedelta(days=8), **choice)
    return run(config, now, **choice)


def kept(config: Config, table: str = "feedback", column: str = "feedback_id") -> list[object]:
    with writer(config.data) as w:
        return [r[column] for r in rows(w.con, f"from core.{table} order by all")]


def test_old_feedback_is_erased_everywhere_and_young_feedback_stays(config: Config) -> None:
    land(
        config.data,
        "b1",
        feedback("f1", text="long ago words", submitted_at=ago(40)),
        feedback("f2", text="young words", submitted_at=ago(20)),
        feedback("f3", tester="t2", text="young too", submitted_at=ago(29)),
    )
    assert "1 tester is older than 30 days" in runs(config, feedback_days=30)[0]
    assert kept(config) == ["f2", "f3"]
    assert found(config.data, ["long ago"]) == []
    assert found(config.data, ["young words"]) != []


def test_a_second_run_of_the_day_finds_nothing_and_a_later_day_the_next(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=ago(40)), feedback("f2", submitted_at=ago(29.5)))
    runs(config, feedback_days=30)
    before = sorted(config.data.rglob("*.gz"))
    assert run(config, NOW + timedelta(hours=2), feedback_days=30) == []
    assert sorted(config.data.rglob("*.gz")) == before
    assert kept(config) == ["f2"]
    run(config, NOW + timedelta(days=7), feedback_days=30)
    assert kept(config) == []


def test_retention_ends_no_consent_and_blocks_no_code(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=ago(40)), consent(at=ago(50)))
    runs(config, feedback_days=30)
    land(config.data, "b2", feedback("f2", submitted_at=ago(1)))
    run(config, feedback_days=30)
    with writer(config.data) as w:
        assert rows(w.con, "select feedback_id, may_analyse from core.feedback") == [
            {"feedback_id": "f2", "may_analyse": True}
        ]


def test_ledger_entries_go_long_after_a_withdrawal_and_not_before(config: Config) -> None:
    land(
        config.data,
        "b1",
        consent("t1", at=ago(400)),
        taken_back("t1", at=ago(300)),
        consent("t2", at=ago(400)),
        taken_back("t2", at=ago(100)),
        consent("t3", at=ago(400)),
        consent("t4", at=ago(400)),
        taken_back("t4", at=ago(350)),
        consent("t4", at=ago(10)),
    )
    runs(config, ledger_days=200)
    assert set(kept(config, "consents", "tester")) == {"t2", "t3", "t4"}
    landing = Landing(config.data)
    landed = {row["tester"] for path in landing.files("consents") for row in landing.rows(path)}
    assert landed == {"t2", "t3", "t4"}


def test_nothing_goes_that_was_not_announced_for_the_days_of_grace(config: Config) -> None:
    land(config.data, "b1", feedback("f1", text="long ago words", submitted_at=ago(900)))
    assert run(config) == [
        "1 pieces of feedback of 1 testers go on 2026-11-27; `hoshiyomi retention` says more"
    ]
    assert announced(config.data) == ["1 pieces of feedback of 1 testers go on 2026-11-27"]
    assert run(config, NOW + timedelta(days=6.9)) == []
    assert kept(config) == ["f1"]
    assert "older than 730 days" in run(config, NOW + timedelta(days=7))[0]
    assert (kept(config), announced(config.data)) == ([], [])
    assert found(config.data, ["long ago"]) == []


def test_a_daily_run_keeps_nothing_longer_than_its_days(config: Config) -> None:
    sent = {f"f{n}": ago(29 - n / 2) for n in range(12)}
    land(config.data, "b1", *(feedback(f, submitted_at=at) for f, at in sent.items()))
    for number in range(6):
        now = NOW + timedelta(days=number, minutes=number % 3 - 1)
        run(config, now, feedback_days=30, grace_days=1)
        midnight = now.replace(hour=0, minute=0)
        # What was past its time in the first days had no time to be marked.
        if number > 1:
            assert kept(config) == sorted(f for f, at in sent.items() if at > midnight - timedelta(days=30))


def test_old_feedback_that_comes_in_late_has_its_own_grace(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=ago(40)), feedback("f2", submitted_at=ago(35)))
    run(config, ago(8), feedback_days=30)
    land(config.data, "b2", feedback("f3", submitted_at=ago(38)))
    run(config, feedback_days=30)
    assert kept(config) == ["f2", "f3"]
    run(config, NOW + timedelta(days=7), feedback_days=30)
    assert kept(config) == []


def test_a_withdrawal_waits_for_no_grace(config: Config) -> None:
    land(config.data, "b1", feedback("f1", text="taken back words", submitted_at=ago(1)))
    land(config.data, "b2", erasure(at=NOW))
    run(config)
    assert kept(config) == []
    assert found(config.data, ["taken back"]) == []


def test_the_preview_names_days_and_counts_and_changes_nothing(config: Config) -> None:
    land(
        config.data, "b1", feedback("f1", tester="t-secret", submitted_at=ago(723)),
        feedback("f2", submitted_at=ago(10)), consent("t9", at=ago(1200)), taken_back("t9", at=ago(1100)),
    )  # fmt: skip
    run(config)
    before = (config.data / FILE).read_bytes()
    told = [(g.what, g.on.isoformat(), g.pieces, g.testers) for g in preview(config, NOW).going]
    assert told == [("consents", "2026-11-27", 0, 1), ("feedback", "2026-11-28", 1, 1)]
    later = [(g.what, g.pieces) for g in preview(config, NOW + timedelta(days=800)).going]
    assert later == [("consents", 0), ("feedback", 1), ("feedback", 1)]
    assert (config.data / FILE).read_bytes() == before
    assert kept(config) == ["f1", "f2"]


def test_old_layouts_leave_the_quarantine(config: Config) -> None:
    page = Page(shape="google_play_reviews", body="{}", fetched_at=NOW)
    for name, age in (("old", 31), ("young", 29)):
        path = keep(config.data, name, page, "field", "problem")
        os.utime(path, (ago(age).timestamp(), ago(age).timestamp()))
    run(config, quarantine_days=30)
    assert [p.name for p in (config.data / "quarantine").iterdir()] == ["young.00001.json"]


def test_a_batch_that_was_never_finished_does_not_stay_for_ever(config: Config) -> None:
    landing = Landing(config.data)
    for batch, age in (("old", 8), ("young", 6)):
        landing.write("feedback", batch, "0", [feedback(batch, text=f"{batch} unfinished words")])
        path = landing.path("feedback", batch, "0")
        os.utime(path, (ago(age).timestamp(), ago(age).timestamp()))
    run(config)
    assert found(config.data, ["old unfinished", "young unfinished"]) == [
        ("landing/feedback/young/0.jsonl.gz", "young unfinished")
    ]


def test_settings_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "hoshiyomi.toml"
    assert read_settings(path).retention == RetentionChoice()
    path.write_text("[retention]\nfeedback_days = 90\n")
    assert read_settings(path).retention == RetentionChoice(feedback_days=90)
    path.write_text("[retention]\nfeedback_day = 90\n")
    with pytest.raises(ConfigError, match="did you mean 'feedback_days'"):
        read_settings(path)
    path.write_text("[retention]\nfeedback_days = 7\ngrace_days = 7\n")
    with pytest.raises(ConfigError, match="grace_days must be less than feedback_days"):
        read_settings(path)
    path.write_text("[retention]\npublished_files = 0\n")
    with pytest.raises(ConfigError, match="must be a whole number above 0"):
        read_settings(path)
