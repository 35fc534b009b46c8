"""What a run did, in a few lines for the person who waited for it, or who stopped it."""

from __future__ import annotations

from collections.abc import Iterator

from flows.console import aligned, counted, span
from flows.health.runs import Run

# What the rows of a stage are.
_UNITS = {
    "collect": ("request", "requests"), "load": ("row", "rows"), "classify": ("text", "texts"),
}  # fmt: skip
GOES_ON = "`hoshiyomi refresh` goes on from there."


def lines(run: Run) -> Iterator[str]:
    """A line a stage, below each other: what it handled, how long, the most memory until then."""
    table = [
        (
            str(stage["stage"]) + (" (not finished)" if stage["failed"] else ""),
            _handled(stage["stage"], stage["rows"]),
            _took(float(stage["seconds"])),
            f"{stage['memory_mb']:,.0f} MB",
        )
        for stage in run.stages
    ]
    yield from aligned(table)


def stopped(run: Run | None) -> str:
    """What is done of a run that a person stopped, in one sentence."""
    if run is None or not run.stages:
        return f"Stopped before anything was begun; {GOES_ON}"
    done = [str(s["stage"]) for s in run.stages if not s["failed"]]
    cut = next((s for s in run.stages if s["failed"]), None)
    said = f"done and kept: {', '.join(done)}" if done else "no stage had ended"
    if cut is not None:
        handled = _handled(cut["stage"], cut["rows"])
        said += f"; stopped in {cut['stage']}" + (f" after {handled}, which are kept" if cut["rows"] else "")
    return f"Stopped: {said}. What was published stays; {GOES_ON}"


def _handled(stage: str, rows: int | None) -> str:
    if rows is None:
        return ""
    one, several = _UNITS.get(stage, ("row", "rows"))
    return counted(rows, one, several)


def _took(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else span(seconds)
