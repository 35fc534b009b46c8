"""Which of Prefect's runs are alive: a run holds a lock as long as its process lives.

Prefect itself learns of a killed process from nobody, and its run stays "Running" for ever. The lock dies
with the process, so a run that says it runs and holds none is dead and is closed as Crashed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from flows.serving.prefect_api import LIVE, PrefectApi, Run
from warehouse.locks import is_locked, locked

# Between the state "Running" and the lock a run needs a moment; a run on its way from a schedule starts
# a Python and imports Prefect first.
_SETTLED = timedelta(seconds=5)
_ON_ITS_WAY = timedelta(minutes=3)
OVERDUE = timedelta(seconds=120)
"""A run that has not begun so long after its time is overdue; Prefect looks every ten seconds."""
_MESSAGE = "The process of this run is gone; the next run takes up what it left."


@contextmanager
def held_run(data: Path) -> Iterator[None]:
    """Hold the lock of the flow run that this code is part of."""
    from prefect.runtime import flow_run

    path = _path(data, str(flow_run.id or "none"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_alive(data: Path, run_id: str) -> bool:
    """Whether a process holds the run's lock."""
    return is_locked(_path(data, run_id))


def close_dead(api: PrefectApi, data: Path, now: datetime, *, is_start: bool = False) -> int:
    """Close runs whose process is gone as Crashed, their tasks with them; how many flows' runs that were.

    At the start of `serve` (`is_start`) nothing can be on its way from the schedule.
    """
    dead = [r for r in api.flow_runs(LIVE) if _is_dead(r, data, now, is_start=is_start)]
    for run in dead:
        api.end_run("flow", run, "Crashed", _MESSAGE)
        _path(data, run.id).unlink(missing_ok=True)
    for task in api.task_runs(LIVE):
        has_flow = task.flow_run_id is not None and is_alive(data, task.flow_run_id)
        if not has_flow and _older(task, now, _SETTLED):
            api.end_run("task", task, "Crashed", _MESSAGE)
    return len(dead)


def close_missed(api: PrefectApi, deployment: str, now: datetime, *, but_newest: bool = False) -> int:
    """Close the runs of a deployment that are overdue as Cancelled; how many.

    With `but_newest` the last of them stays, to stand for the others.
    """
    waiting = api.flow_runs(["SCHEDULED"], deployment=deployment, sort="EXPECTED_START_TIME_ASC")
    late = [run for run in waiting if run.expected is not None and now - run.expected > OVERDUE]
    missed = late[:-1] if but_newest else late
    for run in missed:
        api.end_run("flow", run, "Cancelled", "Missed: it could not begin at its time.")
    return len(missed)


def _is_dead(run: Run, data: Path, now: datetime, *, is_start: bool) -> bool:
    if is_alive(data, run.id):
        return False
    is_scheduled = run.deployment_id is not None
    if is_scheduled and is_start:
        return True
    waits = is_scheduled and run.state_type == "PENDING"
    return _older(run, now, _ON_ITS_WAY if waits else _SETTLED)


def _older(run: Run, now: datetime, than: timedelta) -> bool:
    return run.since is None or now - run.since > than


def _path(data: Path, run_id: str) -> Path:
    return data / "prefect" / "running" / run_id
