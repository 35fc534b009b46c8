"""How a run that asked stores went, as a whole, and what Prefect shows of it: red where red is.

- complete: no request failed (some may be partial, which is said);
- degraded: some requests failed, everything else was published;
- failed: every request of an app's store failed, so that nothing of it is known.

A request that failed ends its task as Failed, with its reason. A run whose requests failed in part ends as
Completed under the name "Degraded" (what else there was is published), and as Failed where every request of
an app's store failed. Failed states carry an exception, because that is all that Prefect hands on of them. In
the log one fault is one line.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.collection.collector import ELSEWHERE, Collected
from flows.console import counted
from flows.errors import mendable

Went = Literal["complete", "degraded", "failed"]
# Prefect keeps a state's message in one row of its database, and people read it in one line.
_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one configured request ended in a run."""

    app: str
    source: str
    store: str
    store_app_id: str
    asked_for: str
    place: str
    result: Collected

    @property
    def has_failed(self) -> bool:
        """Whether it brought nothing that may be believed."""
        return self.result.outcome == "failed"

    @property
    def told(self) -> str:
        """Who failed and why, in one line; free of personal text, as coverage's details are."""
        subject = "displayed score" if self.asked_for == "snapshots" else self.asked_for
        said = f", {self.result.detail}" if self.result.detail else ""
        who = f"{self.app or self.store_app_id} {self.source} {self.place} ({subject})"
        return f"{who}: {self.result.reason}{said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the requests of a run went as a whole."""

    went: Went
    message: str


def verdict(answers: Sequence[Answer]) -> Verdict:
    """Judge a run by its answers; requests that another process is at are that process's to judge."""
    ours = [a for a in answers if a.result.outcome != ELSEWHERE]
    failed = [a for a in ours if a.has_failed]
    partial = sum(a.result.outcome == "partial" for a in ours)
    if not failed:
        said = counted(len(ours), "request") + (f", {partial} of them partial" if partial else "")
        return Verdict(went="complete", message=said)
    whole = _wholly_failed(ours)
    told = [a.told for a in failed[:_NAMED]]
    more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    everything = f" (every request of {', '.join(whole)})" if whole else ""
    message = f"{len(failed)} of {len(ours)} requests failed{everything}: {'; '.join(told)}{more}"
    return Verdict(went="failed" if whole else "degraded", message=message)


def _wholly_failed(answers: Sequence[Answer]) -> list[str]:
    """The app's stores of which every request failed."""
    outcomes: dict[str, Counter[bool]] = defaultdict(Counter)
    for a in answers:
        outcomes[f"{a.app or a.store_app_id} in {a.store}"][a.has_failed] += 1
    return sorted(name for name, counted in outcomes.items() if not counted[False])


DEGRADED = "Degraded"
_is_by_hand: ContextVar[bool] = ContextVar("is_by_hand", default=False)


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


@contextmanager
def started_by_hand() -> Iterator[None]:
    """Within, somebody waits for the run's end and is told there what they can mend."""
    token = _is_by_hand.set(True)
    try:
        yield
    finally:
        _is_by_hand.reset(token)


_STOPPED = "Execution was aborted by an interrupt signal"


class OneSentence(logging.Filter):
    """Lets Prefect log one sentence, without a traceback, of what a user can mend.

    Of a run that was started by hand not even that: the command ends with the sentence. A task that failed is
    told once, when it has ended. What nobody foresaw keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        if str(record.msg).startswith("Task run failed with state"):
            return False
        if _is_by_hand.get() and _STOPPED in record.getMessage():
            # Who pressed Ctrl-C knows, and is told what is done.
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
