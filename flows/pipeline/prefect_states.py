"""What Prefect shows of an ask and of a run: red where red is, and one line in the log for one fault.

An ask that failed ends its task as Failed, with its reason. A run whose asks failed in part ends as Completed
under the name "Degraded" (what else there was is published), and as Failed where every ask of an app's store
failed. Failed states carry an exception, because that is all that Prefect hands on of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.collection.collector import Collected
from flows.errors import mendable
from flows.pipeline.verdict import Verdict

DEGRADED = "Degraded"
_is_by_hand: ContextVar[bool] = ContextVar("is_by_hand", default=False)


class AskFailed(Exception):
    """What a failed ask's task hands on."""

    def __init__(self, collected: Collected) -> None:
        super().__init__(_said(collected))
        self.collected = collected


class RunFailed(Exception):
    """What a run hands on that did all its work and whose asks failed."""

    def __init__(self, message: str, done: object) -> None:
        super().__init__(message)
        self.done = done


def of_ask(collected: Collected) -> State[Any]:
    """The state of an ask's task."""
    if collected.outcome == "failed":
        return Failed(message=_said(collected), data=AskFailed(collected))
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


@contextmanager
def started_by_hand() -> Iterator[None]:
    """Within, somebody waits for the run's end and is told there what they can mend."""
    token = _is_by_hand.set(True)
    try:
        yield
    finally:
        _is_by_hand.reset(token)


class OneSentence(logging.Filter):
    """Lets Prefect log one sentence, without a traceback, of what a user can mend.

    Of a run that was started by hand not even that: the command ends with the sentence. A task that failed is
    told once, when it has ended. What nobody foresaw keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        if str(record.msg).startswith("Task run failed with state"):
            return False
        error = record.exc_info[1] if record.exc_info else None
        known = mendable(error) if error is not None else None
        if known is None:
            return True
        record.exc_info, record.exc_text = None, None
        record.msg, record.args = "%s: %s", (type(known).__name__, known)
        return not _is_by_hand.get()


for _name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(_name).addFilter(OneSentence())


def _said(collected: Collected) -> str:
    detail = f": {collected.detail}" if collected.detail else ""
    return f"{collected.reason or collected.outcome}{detail}"
