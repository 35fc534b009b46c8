"""What is due has a run, whatever Prefect's plan forgets while its processes are killed and started again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.serving import schedule, serve
from flows.serving.prefect_api import Run
from flows.serving.schedule import Seen, is_lost, promise

NOW = datetime(2026, 9, 11, 20, 59, 54, tzinfo=UTC)
DUE = datetime(2026, 9, 11, 21, tzinfo=UTC)
NEXT = DUE + timedelta(days=1)
CRON, ZONE = "0 6 * * *", "Asia/Tokyo"


def _seen(**changed: Any) -> Seen:
    plain = Seen(pid=1, port=None, cron=CRON, timezone=ZONE, started_at=NOW, checked_at=NOW)
    return replace(plain, **changed)


def _run(state: str, expected: datetime) -> Run:
    started = None if state in ("SCHEDULED", "PENDING") else expected
    return Run(id=f"{expected}", name="", state_type=state, state_name="", expected=expected, started=started)


@dataclass
class Prefect:
    """Prefect's server, as far as a look asks it."""

    runs: list[Run]
    asked: list[str] = field(default_factory=list)
    paused: bool = False

    def deployment(self, *_: str) -> dict[str, Any]:
        return {"id": "d", "paused": self.paused}

    def flow_runs(
        self, states: tuple[str, ...] = (), *, expected: datetime | None = None, **_: str
    ) -> list[Run]:
        return [
            r for r in self.runs
            if (not states or r.state_type in states) and (expected is None or r.expected == expected)
        ]  # fmt: skip

    def run_deployment(self, _id: str, name: str) -> None:
        self.asked.append(name)

    def forget_flow_run(self, run: Run) -> None:
        self.runs.remove(run)


class Clock:
    """`datetime` as serve.py knows it, at a time of our own."""

    at = NOW

    def now(self, _zone: object) -> datetime:
        return self.at


@pytest.fixture(name="house")
def _house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Prefect, Clock]]:
    """A `serve` of which nothing runs, before a Prefect of ours."""
    prefect, clock = Prefect([_run("SCHEDULED", DUE), _run("SCHEDULED", NEXT)]), Clock()
    monkeypatch.setattr(serve, "datetime", clock)
    (tmp_path / "prefect").mkdir()
    serving: Any = serve._Serving(tmp_path, CRON, ZONE)

    @contextmanager
    def api() -> Iterator[Prefect]:
        yield prefect

    monkeypatch.setattr(serve._Serving, "_api", lambda _: api())
    yield serving, prefect, clock


def _look(house: tuple[Any, Prefect, Clock], at: datetime) -> list[str]:
    serving, prefect, clock = house
    clock.at = at
    serving._judge()
    return prefect.asked


def test_a_run_that_vanishes_from_the_plan_as_it_is_due_is_made_up_for_once(
    house: tuple[Any, Prefect, Clock],
) -> None:
    assert _look(house, NOW) == []
    # What starts the runs is killed at nine, and what replaces it plans from then on.
    house[1].runs = [_run("SCHEDULED", NEXT)]
    for seconds in (8, 18, 28):
        assert _look(house, DUE + timedelta(seconds=seconds)) == ["in place of a lost run"]


def test_a_run_that_waits_may_vanish_later(house: tuple[Any, Prefect, Clock]) -> None:
    assert _look(house, DUE + timedelta(seconds=2)) == []
    house[1].runs = [_run("SCHEDULED", NEXT)]
    assert _look(house, DUE + timedelta(seconds=12)) == ["in place of a lost run"]


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED"])
def test_what_began_or_was_closed_is_not_lost(house: tuple[Any, Prefect, Clock], state: str) -> None:
    house[1].runs = [_run(state, DUE), _run("SCHEDULED", NEXT)]
    assert _look(house, DUE + timedelta(seconds=8)) == []
    # Prefect may clear away what is over.
    house[1].runs = [_run("SCHEDULED", NEXT)]
    assert _look(house, DUE + timedelta(hours=1)) == []
    assert _look(house, NEXT + timedelta(seconds=8)) == []


def test_one_run_stands_for_a_crashed_one_and_a_lost_one(house: tuple[Any, Prefect, Clock]) -> None:
    house[1].runs = [_run("CRASHED", DUE - timedelta(days=1)), _run("SCHEDULED", NEXT)]
    assert _look(house, DUE + timedelta(seconds=8)) == ["in place of a lost run"]


def test_a_schedule_that_is_paused_owes_nothing(house: tuple[Any, Prefect, Clock]) -> None:
    house[1].runs, house[1].paused = [], True
    assert _look(house, DUE + timedelta(seconds=8)) == []
    house[1].runs, house[1].paused = [_run("SCHEDULED", NEXT)], False
    assert _look(house, DUE + timedelta(minutes=8)) == []


def test_the_next_serve_keeps_the_promise_of_the_one_that_was_killed(
    house: tuple[Any, Prefect, Clock], tmp_path: Path
) -> None:
    _look(house, NOW)
    before = schedule.remembered(tmp_path)
    later = DUE + timedelta(seconds=5)
    assert promise(before, CRON, ZONE, later) == DUE
    assert promise(before, "0 7 * * *", ZONE, later) == DUE + timedelta(hours=1)
    assert promise(None, CRON, ZONE, later) == NEXT


def test_a_clock_that_was_ahead_promised_nothing(house: tuple[Any, Prefect, Clock]) -> None:
    house[0]._seen = replace(house[0]._seen, promised=NOW + timedelta(days=800))
    _look(house, NOW)
    assert house[0]._seen.promised == DUE


def test_nothing_is_lost_before_it_is_due() -> None:
    assert not is_lost(DUE, [], NOW)
    assert not is_lost(None, [], NOW)
    assert is_lost(DUE, [], DUE)
