"""Prefect's API as we need it, by its documented paths, and which of its runs are alive.

Prefect itself learns of a killed process from nobody, and its run stays "Running" for ever. So a run holds a
lock as long as its process lives, and a run that says it runs and holds none is dead and is closed as
Crashed.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from flows.errors import HoshiyomiError
from warehouse.locks import is_locked, locked

_TIMEOUT_S = 20.0
_MOST = 200
# Its word for an SQLite that somebody else is writing to; nothing was done then, and asking again helps.
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
LIVE = ("RUNNING", "PENDING", "CANCELLING")


class PrefectUnreachable(HoshiyomiError):
    """Prefect's server does not answer, refuses us, or its port belongs to somebody else."""

    exit_code = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a flow or of a task."""

    id: str
    name: str
    state_type: str
    state_name: str
    deployment_id: str | None = None
    flow_run_id: str | None = None
    """Of a task's run: the flow's run it belongs to."""
    expected: datetime | None = None
    started: datetime | None = None
    since: datetime | None = None
    """When it came into its state."""


class PrefectApi:
    """One server. Every method raises PrefectUnreachable when there is no answer or a refusal."""

    def __init__(self, url: str, password: str | None, *, is_ours: bool) -> None:
        headers = {}
        if password:
            headers["Authorization"] = f"Basic {base64.b64encode(password.encode()).decode()}"
        self.url = url.rstrip("/")
        self._is_ours = is_ours
        # Loopback is asked without any proxy that the environment names.
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=_TIMEOUT_S, trust_env=not is_ours
        )

    @classmethod
    def named(cls) -> PrefectApi:
        """The server of `PREFECT_API_URL`."""
        return cls(os.environ["PREFECT_API_URL"], os.environ.get("PREFECT_API_AUTH_STRING"), is_ours=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def check(self) -> None:
        """Whether the server is there and lets us in."""
        self._ask("GET", "/admin/version")

    def is_ready(self, timeout_s: float) -> bool:
        """Whether the server answers and knows our password; False while it cannot be reached.

        Raises PrefectUnreachable when it answers, but not as ours does.
        """
        try:
            answer = self._http.get("/admin/version", timeout=timeout_s)
        except httpx.TransportError:
            return False
        self._judge(answer)
        return True

    def flow_runs(
        self,
        states: Sequence[str] = (),
        *,
        deployment: str | None = None,
        expected: datetime | None = None,
        sort: str = "ID_DESC",
        limit: int = _MOST,
    ) -> list[Run]:
        """Runs of flows in these state types, at most `limit` (200), those of one second with `expected`."""
        wanted: dict[str, Any] = {}
        if states:
            wanted["state"] = {"type": {"any_": list(states)}}
        if deployment:
            wanted["deployment_id"] = {"any_": [deployment]}
        if expected:
            first, last = expected.replace(microsecond=0), expected.replace(microsecond=999_999)
            wanted["expected_start_time"] = {"after_": first.isoformat(), "before_": last.isoformat()}
        body = {"flow_runs": wanted, "sort": sort, "limit": limit}
        return [_run(row) for row in self._ask("POST", "/flow_runs/filter", body)]

    def task_runs(self, states: Sequence[str]) -> list[Run]:
        """Runs of tasks in these state types, at most 200."""
        body = {"task_runs": {"state": {"type": {"any_": list(states)}}}, "limit": _MOST}
        return [_run(row) for row in self._ask("POST", "/task_runs/filter", body)]

    def end_run(self, kind: str, run: Run, state: str, message: str) -> None:
        """Put a run (`kind` "flow" or "task") into a final state, whatever Prefect's rules say."""
        named = {"type": state.upper(), "name": state, "message": message}
        self._ask("POST", f"/{kind}_runs/{run.id}/set_state", {"state": named, "force": True})

    def forget_flow_run(self, run: Run) -> None:
        """Take a run out of Prefect's database; one that is not there is no fault."""
        self._ask("DELETE", f"/flow_runs/{run.id}", may_miss=True)

    def deployment(self, flow: str, name: str) -> Mapping[str, Any] | None:
        """A deployment by its flow's name and its own; None before there is one."""
        answer: Mapping[str, Any] | None = self._ask("GET", f"/deployments/name/{flow}/{name}", may_miss=True)
        return answer

    def run_deployment(self, deployment: str, name: str) -> None:
        """Ask for one run now."""
        body = {"name": name, "state": {"type": "SCHEDULED", "message": name}}
        self._ask("POST", f"/deployments/{deployment}/create_flow_run", body)

    def _ask(self, method: str, path: str, body: object = None, *, may_miss: bool = False) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
            for pause in _PAUSES_S:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    break
                time.sleep(pause)
                answer = self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise PrefectUnreachable(self._silent(type(error).__name__)) from None
        if may_miss and answer.status_code == httpx.codes.NOT_FOUND:
            return None
        self._judge(answer)
        return answer.json() if answer.content else None

    def _judge(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            remedy = (
                "stop the program that listens there, or choose another --port" if self._is_ours
                else "set PREFECT_API_AUTH_STRING to that server's user:password"
            )  # fmt: skip
            raise PrefectUnreachable(
                f"The server at {self.url} does not know our password. Remedy: {remedy}."
            )
        raise PrefectUnreachable(self._silent(f"status {answer.status_code}"))

    def _silent(self, why: str) -> str:
        remedy = (
            "start the command again; if this repeats, look at the messages above" if self._is_ours
            else "start that server, correct PREFECT_API_URL, or unset it to use a server of one's own"
        )  # fmt: skip
        return f"Prefect's server at {self.url} cannot be reached ({why}). Remedy: {remedy}."


def _run(row: Mapping[str, Any]) -> Run:
    state = row.get("state") or {}
    return Run(
        id=row["id"], name=row.get("name") or "", state_type=row.get("state_type") or "",
        state_name=row.get("state_name") or "", deployment_id=row.get("deployment_id"),
        flow_run_id=row.get("flow_run_id"), expected=_time(row.get("expected_start_time")),
        started=_time(row.get("start_time")), since=_time(state.get("timestamp")),
    )  # fmt: skip


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


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
