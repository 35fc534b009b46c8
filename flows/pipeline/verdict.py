"""How a run that asked stores went, as a whole: what Prefect's screen and the run's record say of it.

- complete: no request failed (some may be partial, which is said);
- degraded: some requests failed, everything else was published;
- failed: every request of an app's store failed, so that nothing of it is known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flows.collection.collector import ELSEWHERE, Collected
from flows.spoken import counted

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
