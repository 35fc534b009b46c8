"""What Prefect's screen shows of a run beside its log: coverage, movement, a summary with links, progress.

Artifacts are for people; a run whose artifacts cannot be written is none the worse for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.console import counted, span
from flows.health.runs import Run
from flows.pipeline.states import Answer
from flows.progress import Steps, listening
from warehouse.reads import rows

log = logging.getLogger(__name__)
# Prefect keeps each version of an artifact; a screen that is looked at needs one in some seconds.
_EVERY_S = 5.0


class ProgressArtifact:
    """Feeds one artifact of Prefect's for each piece of long work."""

    def __init__(self) -> None:
        self._ids: dict[int, Any] = {}
        self._next_s = 0.0

    def step(self, steps: Steps) -> None:
        """Show it, at most every few seconds."""
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _EVERY_S
            self._show(steps)

    def end(self, steps: Steps) -> None:
        """Show where it ended."""
        self._show(steps)
        self._ids.pop(id(steps), None)

    def _show(self, steps: Steps) -> None:
        share = 100.0 * steps.done / steps.total
        with _none_the_worse():
            known = self._ids.get(id(steps))
            if known is None:
                key, said = f"progress-{steps.what}", f"{steps.what}: {steps.total:,} {steps.unit}"
                self._ids[id(steps)] = create_progress_artifact(share, key=key, description=said)
            else:
                update_progress_artifact(artifact_id=known, progress=share)


@contextmanager
def progress_artifacts() -> Iterator[None]:
    """Show the progress of what is done within, in the flow run that this code is part of."""
    with listening(ProgressArtifact()):
        yield


def coverage_table(answers: Sequence[Answer]) -> None:
    """What was asked of whom, and how each request ended."""
    table = [
        {
            "app": a.app, "source": a.source, "place": a.place, "asked for": a.asked_for,
            "outcome": a.result.outcome, "reason": a.result.reason or "", "got": a.result.got,
        }
        for a in answers
    ]  # fmt: skip
    if table:
        with _none_the_worse():
            create_table_artifact(table=table, key="coverage", description="What was asked and how it ended")


def movement_table(path: Path) -> None:
    """Where each app stands and how its mean moved, as published."""
    table = [
        {
            "app": r["app"], "store": r["store"], "reviews (30 days)": r["n_30d"],
            "mean": _star(r["mean_30d"]), "change": _star(r["change_30d"], sign=True),
            "low": _star(r["change_low"], sign=True), "high": _star(r["change_high"], sign=True),
        }
        for r in rows(path, "movement")
    ]  # fmt: skip
    if table:
        said = "Mean review rating of the last 30 days against the 30 before, with its 95 % interval"
        with _none_the_worse():
            create_table_artifact(table=table, key="movement", description=said)


def summary(run: Run, path: Path, dashboard: str, apps: Sequence[str]) -> None:
    """One page a run: stages, requests that failed, where to look."""
    with _none_the_worse():
        create_markdown_artifact(key="summary", markdown="\n".join(_page(run, path)))
        query = f"?{urlencode({'app': apps[0]})}" if apps else ""
        create_link_artifact(key="dashboard", link=f"{dashboard}/{query}", link_text="Dashboard")


def _page(run: Run, path: Path) -> Iterator[str]:
    yield f"# {run.kind} of {run.started_at:%Y-%m-%d %H:%M} UTC: {run.outcome or 'complete'}"
    yield ""
    if run.message:
        yield f"{run.message}"
        yield ""
    yield "| stage | rows | time | most memory |"
    yield "|---|---:|---:|---:|"
    for stage in run.stages:
        many = "" if stage["rows"] is None else f"{stage['rows']:,}"
        yield f"| {stage['stage']} | {many} | {stage['seconds']:.1f} s | {stage['memory_mb']:,.0f} MB |"
    yield ""
    if run.failed:
        yield f"Failed: {counted(len(run.failed), 'request')}."
        yield ""
    yield f"Published: revision {run.revision}, `{path.name}`."


def run_name(kind: str, apps: Sequence[str], since_s: float | None) -> str:
    """How Prefect's screen calls a run: what is refreshed, and how long since the last time."""
    whose = "all apps" if not apps else ", ".join(apps[:3]) + (f" and {len(apps) - 3} more" * (len(apps) > 3))
    ago = "for the first time" if since_s is None else f"after {span(since_s)}"
    return f"{kind}: {whose}, {ago}"


def _star(value: float | None, *, sign: bool = False) -> str:
    return "" if value is None else f"{value:{'+' if sign else ''}.2f}"


@contextmanager
def _none_the_worse() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - what is shown beside a run ends no run
        log.warning("an artifact was not written: %(why)s", {"why": type(error).__name__})
