from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import ConfigError
from flows.serving.prefect_api import Run
from flows.serving.schedule import (
    Seen,
    ServeRunning,
    findings,
    fires_after,
    is_serving,
    judge,
    makes_up,
    only_serve,
    remember,
    remembered,
    strayed,
)
from flows.serving.serve import Patience

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
DUE = NOW + timedelta(minutes=1)


def _planned(*minutes: float) -> list[Run]:
    return [
        Run(id=str(m), name="", state_type="SCHEDULED", state_name="", expected=NOW + timedelta(minutes=m))
        for m in minutes
    ]


def _seen(**changed: object) -> Seen:
    plain: dict[str, object] = {
        "pid": 1, "port": 4200, "cron": "0 6 * * *", "timezone": "Asia/Tokyo", "started_at": LONG_AGO,
        "checked_at": NOW,
    }  # fmt: skip
    return Seen(**(plain | changed))  # type: ignore[arg-type]


class TestWhenIsItDue:
    def test_in_the_zone_that_was_named(self) -> None:
        assert fires_after("0 6 * * *", "Asia/Tokyo", NOW) == datetime(2026, 3, 1, 21, 0, tzinfo=UTC)
        assert fires_after("0 6 * * *", "UTC", NOW) == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        "cron",
        ["", "nonsense", "* * * *", "* * * * * *", "61 * * * *", "0 25 * * *", "0 0 30 2 *", "0 0 31 4,6 *"],
    )
    def test_what_is_no_expression_is_told_with_the_remedy(self, cron: str) -> None:
        with pytest.raises(ConfigError, match="Remedy: five fields"):
            fires_after(cron, "UTC", NOW)

    def test_it_agrees_with_prefects_own_reckoning(self) -> None:
        from prefect.schedules import Cron
        from prefect.server.schemas.schedules import CronSchedule

        for cron in ("*/5 * * * *", "0 6 * * *", "30 2 * * 1", "0 0 1 * *", "15 14 1 */3 *"):
            Cron(cron, timezone="Asia/Tokyo")
            schedule = CronSchedule(cron=cron, timezone="Asia/Tokyo")
            # Its start counts as a date, too.
            (theirs,) = asyncio.run(schedule.get_dates(n=1, start=NOW + timedelta(seconds=1)))
            assert fires_after(cron, "Asia/Tokyo", NOW) == theirs.astimezone(UTC), cron


class TestDoesItFire:
    def test_a_plan_and_nothing_late_is_well(self) -> None:
        found = judge(_planned(1, 2), NOW, LONG_AGO, DUE, paused=False)
        assert (found.problem, found.overdue, found.next_run) == (None, (), DUE)

    def test_no_plan_is_told_although_nothing_failed(self) -> None:
        found = judge([], NOW, LONG_AGO, DUE, paused=False)
        assert found.problem == "Prefect has planned no run, although one is due at 2026-03-01 12:01 UTC"

    def test_a_plan_is_not_missed_while_serving_begins(self) -> None:
        assert judge([], NOW, NOW - timedelta(seconds=30), DUE, paused=False).problem is None

    def test_a_plan_beyond_prefects_horizon_is_not_missed(self) -> None:
        assert judge([], NOW, LONG_AGO, NOW + timedelta(days=200), paused=False).problem is None

    def test_a_run_that_nobody_began_is_told(self) -> None:
        found = judge(_planned(-3, 1), NOW, LONG_AGO, DUE, paused=False)
        assert found.problem == "the run of 2026-03-01 11:57 UTC has not begun"
        assert [r.id for r in found.overdue] == ["-3"]

    def test_a_run_that_was_due_before_serving_began_gets_time_from_then_on(self) -> None:
        assert judge(_planned(-60, 1), NOW, NOW - timedelta(seconds=30), DUE, paused=False).problem is None

    def test_a_pause_on_the_screen_is_told(self) -> None:
        assert (
            judge([], NOW, LONG_AGO, DUE, paused=True).problem == "the schedule is paused on Prefect's screen"
        )


class TestRunsOfAClockThatWasAhead:
    def test_what_stands_far_behind_the_time_that_is_due_is_planned_anew(self) -> None:
        ahead = _planned(800 * 1440, 800 * 1440 + 1)
        assert strayed(ahead, NOW, DUE) == ahead

    @pytest.mark.parametrize("minutes", [(), (1, 2, 60), (1, 800 * 1440), (-5, 1)])
    def test_a_plan_that_begins_in_time_stays(self, minutes: tuple[float, ...]) -> None:
        assert strayed(_planned(*minutes), NOW, DUE) == []


class TestWhatStatusTells:
    def test_nothing_where_nobody_ever_served(self, tmp_path: Path) -> None:
        assert findings(tmp_path, NOW, UTC) == []

    def test_nothing_while_all_is_well(self, tmp_path: Path) -> None:
        with only_serve(tmp_path):
            remember(tmp_path, _seen(next_run=DUE, last_run=LONG_AGO, last_state="COMPLETED"))
            assert findings(tmp_path, NOW, UTC) == []

    @pytest.mark.parametrize(
        ("changed", "about", "severity", "told"),
        [
            ({"problem": "Prefect has planned no run"}, "schedule", "act", "Prefect has planned no run"),
            ({"checked_at": LONG_AGO}, "serve_silent", "act", "has not looked since 2026-02-28 12:00 UTC"),
            ({"last_run": LONG_AGO, "last_state": "CRASHED"}, "scheduled_run", "watch", "CRASHED"),
            ({"missed": 3}, "runs_missed", "watch", "3 scheduled runs were missed since"),
        ],
    )
    def test_what_is_not_as_it_should_be(
        self, tmp_path: Path, changed: dict[str, object], about: str, severity: str, told: str
    ) -> None:
        with only_serve(tmp_path):
            remember(tmp_path, _seen(**changed))
            (found,) = findings(tmp_path, NOW, UTC)
        assert (found.about, found.severity) == (about, severity)
        assert told in found.what

    def test_a_serve_that_died_is_told_and_one_that_was_stopped_is_not_mourned(self, tmp_path: Path) -> None:
        with only_serve(tmp_path):
            remember(tmp_path, _seen())
        (died,) = findings(tmp_path, NOW, UTC)
        assert (died.about, died.severity) == ("serve_died", "act")
        assert "died after 2026-03-01 12:00 UTC" in died.what
        remember(tmp_path, _seen(stopped_at=NOW))
        assert findings(tmp_path, NOW, UTC) == []

    def test_what_is_remembered_comes_back_whole(self, tmp_path: Path) -> None:
        with only_serve(tmp_path):
            remember(tmp_path, _seen(next_run=DUE, missed=2))
            assert remembered(tmp_path) == _seen(next_run=DUE, missed=2)
            (tmp_path / "prefect" / "serve.json").write_text("{")
            assert remembered(tmp_path) is None


class TestACrashedRunIsMadeUpFor:
    @staticmethod
    def _ended(state: str) -> Run:
        return Run(id="x", name="", state_type=state, state_name="", expected=LONG_AGO, started=LONG_AGO)

    @pytest.mark.parametrize("state", ["RUNNING", "COMPLETED", "FAILED", "CANCELLED"])
    def test_what_did_not_crash_is_not(self, state: str) -> None:
        assert not makes_up(self._ended(state), _planned(60), _seen(), NOW)
        assert not makes_up(None, _planned(60), _seen(), NOW)

    def test_at_once_unless_another_is_about_to_begin(self) -> None:
        assert makes_up(self._ended("CRASHED"), _planned(60), _seen(), NOW)
        assert not makes_up(self._ended("CRASHED"), _planned(60, -0.1), _seen(), NOW)
        # A run on its way from a clock without a plan.
        unplanned = Run(id="y", name="", state_type="PENDING", state_name="", expected=None)
        assert not makes_up(self._ended("CRASHED"), [unplanned], _seen(), NOW)

    def test_what_crashes_again_and_again_is_tried_ever_more_rarely(self) -> None:
        crashed = self._ended("CRASHED")
        for tries, minutes in ((1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (2000, 60)):
            for passed, is_time in ((minutes - 0.1, False), (minutes, True)):
                seen = _seen(made_up=tries, made_up_at=NOW - timedelta(minutes=passed))
                assert makes_up(crashed, [], seen, NOW) is is_time, (tries, passed)

    def test_a_clock_that_was_ahead_delays_nothing(self) -> None:
        seen = _seen(made_up=3, made_up_at=NOW + timedelta(days=30))
        assert makes_up(self._ended("CRASHED"), [], seen, NOW)

    def test_the_next_serve_knows_of_it(self, tmp_path: Path) -> None:
        seen = _seen(made_up=2, made_up_at=NOW)
        (tmp_path / "prefect").mkdir()
        remember(tmp_path, seen)
        assert remembered(tmp_path) == seen


class TestOneServeAFolder:
    def test_the_second_is_refused_and_told_who_is_first(self, tmp_path: Path) -> None:
        assert not is_serving(tmp_path)
        with only_serve(tmp_path):
            assert is_serving(tmp_path)
            with pytest.raises(ServeRunning, match=f"process {os.getpid()}.*Remedy"), only_serve(tmp_path):
                pass
        assert not is_serving(tmp_path)


def test_what_ends_again_and_again_is_started_ever_more_slowly_and_forgiven_after_an_hour() -> None:
    patience = Patience()
    assert [patience.after_end(float(t)) for t in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert patience.after_end(4000.0) == 0
