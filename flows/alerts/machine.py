"""What of machine and sources is told: the findings of `hoshiyomi status`, and a refresh that is late.

It needs no database: when the working file or the publication cannot be opened, this is what must go out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flows.alerts.signals import Signal
from flows.config.load import Config
from flows.console import span
from flows.errors import HoshiyomiError
from flows.health.findings import Finding, of_disk
from flows.health.runs import Run, latest
from flows.health.sources import REMEDIES
from flows.health.status import probed, scene_of

_OF = {
    "source_silent": ("source_failing", "source_late"),
    "schedule_missed": ("serve_died", "serve_silent", "schedule", "runs_missed"),
    "erasure_overdue": ("erasures_pending", "backup_overdue"),
    "disk_short": ("disk_short",),
    "refresh_failed": (
        "disk_refused", "run_stopped", "run_broken_off", "no_store_answered", "scheduled_run",
        "export_failed", "cannot_look", "configuration", "publication_damaged",
    ),
}  # fmt: skip
_KINDS = {about: kind for kind, abouts in _OF.items() for about in abouts}
_ALSO_WATCHED = ("runs_missed", "scheduled_run")
"""Told although they may pass by themselves: somebody waits for what was missed."""
_OF_SOURCES = ("source_silent",)
_RUNS = 20


def standing(
    data: Path, config: Config | HoshiyomiError, now: datetime, kinds: Collection[str],
    within_hours: Iterable[int] = (),
) -> list[Signal]:  # fmt: skip
    """What is so now, of the kinds that rules tell. `config` is the error of reading it where that fails."""
    if isinstance(config, HoshiyomiError):
        said, _, remedy = str(config).partition(" Remedy: ")
        found = [Finding(severity="act", about="configuration", what=said, remedy=remedy), *of_disk(data)]
    else:
        found = probed(scene_of(data, config, now, UTC, with_sources="source_silent" in kinds))
    if any(f.about == "disk_short" for f in found):
        found = [f for f in found if f.about != "disk_refused"]  # it says why
    day = now.astimezone(UTC).date()
    told = [_signal(f, day) for f in found if _is_told(f)]
    late = _late(latest(data, _RUNS, now), now, within_hours)
    return [s for s in (*told, *late) if s.kind in kinds]


def damaged(error: Exception, now: datetime) -> Signal:
    """That the publication cannot be read."""
    said, _, remedy = str(error).partition(" Remedy: ")
    finding = Finding(severity="act", about="publication_damaged", what=said, remedy=remedy)
    return _signal(finding, now.astimezone(UTC).date())


def _is_told(finding: Finding) -> bool:
    return finding.about in _KINDS and (finding.severity == "act" or finding.about in _ALSO_WATCHED)


def _signal(finding: Finding, day: date) -> Signal:
    kind = _KINDS[finding.about]
    app, source = None, None
    # The places of a source that fail for different reasons are one silence.
    parts = [kind, finding.about]
    if kind in _OF_SOURCES:
        app, _, source = (finding.subject or "").partition("/")
        parts = [kind, finding.subject or ""]
    return Signal(
        kind=kind, key="/".join(parts), app=app, direction="trouble", raised=day,
        numbers={"what": finding.what, "remedy": finding.remedy} | ({"source": source} if source else {}),
    )  # fmt: skip


def _late(runs: list[Run], now: datetime, within_hours: Iterable[int]) -> Iterator[Signal]:
    """That no refresh began for so long, where there was one before."""
    refreshes = [r for r in runs if r.kind == "refresh" and not r.is_sample]
    if not refreshes:
        return
    since = now - refreshes[0].started_at
    for hours in sorted(set(within_hours)):
        if since > timedelta(hours=hours):
            what = (
                f"The last refresh began {span(since.total_seconds())} ago; one is expected every {hours} h"
            )
            yield Signal(
                kind="schedule_missed", key=f"schedule_missed/late/{hours}", direction="trouble",
                raised=now.astimezone(UTC).date(),
                numbers={"what": what, "remedy": REMEDIES["never"], "within_hours": hours},
            )  # fmt: skip
