"""What Prefect's screen shows of a request and of a run: red where red is.

A request that failed ends its task as Failed, with its reason. A run whose requests failed in part ends as
Completed under the name "Degraded" (what else there was is published), and as Failed where every request of
an app's store failed. Failed states carry an exception, because that is all that Prefect hands on of them.
"""

from __future__ import annotations

import logging
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.collection.collector import Collected
from flows.pipeline.verdict import Verdict

DEGRADED = "Degraded"


class RequestFailed(Exception):
    """What a failed request's task hands on."""

    def __init__(self, collected: Collected) -> None:
        super().__init__(_said(collected))
        self.collected = collected


class RunFailed(Exception):
    """What a run hands on that did all its work and whose requests failed."""

    def __init__(self, message: str, done: object) -> None:
        super().__init__(message)
        self.done = done


def of_request(collected: Collected) -> State[Any]:
    """The state of a request's task."""
    if collected.outcome == "failed":
        return Failed(message=_said(collected), data=RequestFailed(collected))
    name = "Partial" if collected.outcome == "partial" else None
    return Completed(name=name, message=_said(collected), data=collected)


def of_run(verdict: Verdict, done: object) -> State[Any]:
    """The state of a run; `done` is what the flow brings."""
    if verdict.went == "failed":
        return Failed(message=verdict.message, data=RunFailed(verdict.message, done))
    name = DEGRADED if verdict.went == "degraded" else None
    return Completed(name=name, message=verdict.message, data=done)


def brought(state: State[Any]) -> Any:
    """What a run brought whose state `of_run` made; raises what a run raised that broke."""
    result = state.result(raise_on_failure=False)
    if isinstance(result, RunFailed):
        return result.done
    if isinstance(result, BaseException):
        raise result
    return result


class _Once(logging.Filter):
    """Drops Prefect's first word on a task that failed: it says the same again when the task has ended."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Task run failed with state")


def say_failures_once() -> None:
    """One line in the log for a request that failed, in the place of two and an empty traceback."""
    log = logging.getLogger("prefect.task_runs")
    if not any(isinstance(f, _Once) for f in log.filters):
        log.addFilter(_Once())


def _said(collected: Collected) -> str:
    detail = f": {collected.detail}" if collected.detail else ""
    return f"{collected.reason or collected.outcome}{detail}"
