"""What one analysis says of releases, in short: the rows that the history of verdicts is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.ratings.release_impact import Impact
from models.ratings.release_watch import WatchDay

WATCH = "watch"
"""The measure of what the release watch says."""


@dataclass(frozen=True, slots=True)
class Said:
    """One verdict on one release; `measure` is that of the impact, or WATCH.

    A verdict of the watch whose evidence has gone is 'withdrawn'.
    """

    release_version: str
    measure: str
    verdict: str
    why: str | None
    effect: float | None
    low: float | None
    high: float | None
    rests_on: str | None


def verdicts_said(impacts: Sequence[Impact], looks: Sequence[WatchDay]) -> Iterator[Said]:
    """Every verdict of an analysis: of each measure, and the last look of the watch at each release."""
    for i in impacts:
        yield Said(i.release_version, i.measure, i.verdict, i.why, i.effect, i.low, i.high, None)
    for look in last_looks(looks):
        verdict = "withdrawn" if look.is_withdrawn else look.verdict
        yield Said(
            look.release_version, WATCH, verdict, None, look.effect, look.low, look.high, look.rests_on
        )


def last_looks(looks: Sequence[WatchDay]) -> list[WatchDay]:
    """The last day on which each release was watched."""
    last: dict[str, WatchDay] = {}
    for look in looks:
        if look.release_version not in last or look.day >= last[look.release_version].day:
            last[look.release_version] = look
    return list(last.values())
