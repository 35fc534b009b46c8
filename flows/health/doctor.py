"""`hoshiyomi doctor`: everything that can be wrong, area by area, each with what to do.

It is `status` and what `status` leaves out because it takes long, is of the set-up, or asks others. A monitor
asks `status`; a person who wonders asks the doctor. Whoever knows of another thing to look at adds a probe.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, tzinfo
from importlib.metadata import version
from pathlib import Path

import orjson

from flows.alerts import health as alert_health
from flows.config.load import Config
from flows.console import aligned, counted
from flows.errors import HoshiyomiError
from flows.health import machine
from flows.health.findings import GIB, Finding, moment, needs_a_person, worst_first
from flows.health.machine import split
from flows.health.status import Report, report
from flows.privacy import backups
from flows.serving import schedule
from warehouse import versions
from warehouse.errors import WarehouseError
from warehouse.landing import Landing
from warehouse.locks import is_locked
from warehouse.writes import FILE

VERSION = 1
"""Of the JSON document."""
AREAS = (
    "set-up", "disk", "locks", "sources", "channels", "schedule", "data", "landing", "working file",
    "published file", "privacy", "backups",
)  # fmt: skip
_OF = {
    "python_version": "set-up", "packages": "set-up", "configuration": "set-up", "clock": "set-up",
    "disk_short": "disk", "restore_cut_off": "locks",
    "serve_died": "schedule", "serve_silent": "schedule", "schedule": "schedule",
    "scheduled_run": "schedule", "runs_missed": "schedule",
    "run_stopped": "data", "run_broken_off": "data", "check_warned": "data", "data_old": "data",
    "landing_damaged": "landing", "unfinished_batches": "landing", "quarantine": "landing",
    "cannot_look": "landing", "working_file": "working file", "nothing_published": "published file",
    "publication_damaged": "published file", "keys": "privacy", "erasures_pending": "privacy",
    "retention_due": "privacy", "no_backup": "backups", "backup_old": "backups",
    "backup_overdue": "backups", "backup_not_told": "backups", "channel": "channels",
    "alert_nobody": "channels",
}  # fmt: skip

Channels = Callable[[Config, bool], list[Finding]]
CHANNELS: list[Channels] = [alert_health.channels]
"""Probes of the channels by which people are told, each with the configuration and whether it may ask; their
findings are `about` "channel"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the doctor saw."""

    checked_at: datetime
    findings: list[Finding]
    facts: dict[str, str] = field(default_factory=dict)
    """By area: how it is, in one line."""

    @property
    def needs_a_person(self) -> bool:
        """Whether anything waits for a person."""
        return needs_a_person(self.findings)

    def state(self, area: str) -> str:
        """ok, watch or act."""
        severities = {f.severity for f in self.findings if area_of(f) == area}
        return "act" if "act" in severities else "watch" if severities else "ok"


def area_of(finding: Finding) -> str:
    """Where a finding belongs; what asks sources is told by their names."""
    return _OF.get(finding.about, "sources")


def diagnose(
    data: Path,
    config: Config | HoshiyomiError,
    now: datetime,
    *,
    zone: tzinfo | None = None,
    asked: Sequence[Finding] | None = None,
) -> Diagnosis:
    """Look at everything; nothing is changed and, but for what was `asked` before, nobody is asked.

    `config` is the error of reading it where it cannot be read: what needs no configuration is looked at all
    the same. `asked` are the findings of asking stores, Prefect's server and the channels.
    """
    found = [*machine.of_python(), *machine.of_packages(), *machine.of_restore(data)]
    found += _safely(lambda: machine.of_landing(data)) + machine.of_working(data)
    found += _safely(lambda: machine.of_keys(data))
    seen: Report | None = None
    if isinstance(config, HoshiyomiError):
        said, remedy = split(config)
        about, given = "configuration", remedy or "put right what is named."
        found.append(Finding(severity="act", about=about, what=said, remedy=given))
    else:
        seen = report(data, config, now, zone=zone)
        found += seen.findings
        found += machine.of_age(seen.published["published_at"] if seen.published else None, now)
        found += machine.of_clock(data, config, now)
        days = config.retention.backup_days
        found += _safely(lambda: machine.of_backups(data, days, now))
        for channel in CHANNELS:
            found += channel(config, asked is not None)
    facts = dict(_facts(data, config, seen, now, zone, is_online=asked is not None))
    return Diagnosis(checked_at=now, findings=worst_first([*found, *(asked or ())]), facts=facts)


def _safely(probe: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return probe()
    except (HoshiyomiError, WarehouseError) as error:
        said, remedy = split(error)
        given = remedy or "`hoshiyomi mend --dry-run`, which names each harmed file."
        return [Finding(severity="act", about="cannot_look", what=said, remedy=given)]


def _facts(
    data: Path, config: Config | HoshiyomiError, seen: Report | None, now: datetime, zone: tzinfo | None,
    *, is_online: bool,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    packages = f"DuckDB {versions.DUCKDB}, Prefect {version('prefect')}"
    yield "set-up", f"Hoshiyomi {version('hoshiyomi')}, Python {platform.python_version()}, {packages}"
    if data.is_dir():
        yield "disk", f"{shutil.disk_usage(data).free / GIB:,.1f} GiB free for {data}"
    yield "locks", ", ".join(_held(data)) or "nobody works in this folder"
    asked = "asked" if is_online else "not asked: --online does"
    if not isinstance(config, HoshiyomiError):
        yield "sources", f"{counted(len(config.apps), 'app')} in apps.toml; {asked}"
    yield "channels", alert_health.fact(is_online=is_online)
    known = schedule.remembered(data)
    if known is None:
        yield "schedule", "`hoshiyomi serve` never ran here"
    else:
        coming = moment(known.next_run, zone) if known.next_run else "none is known"
        is_on = "runs" if schedule.is_serving(data) else "does not run"
        yield "schedule", f"{known.cron!r} ({known.timezone}); serve {is_on}; next run: {coming}"
    if seen is not None and seen.published:
        when = moment(seen.published["published_at"], zone)
        yield "data", f"{counted(seen.published['reviews'], 'review')}, published {when}"
        yield "published file", f"revision {seen.published['revision']}, whole"
    yield "landing", f"{counted(len(Landing(data).whole_batches()), 'batch', 'batches')}, every file read"
    file = data / FILE
    if file.exists():
        yield "working file", f"{file.stat().st_size / GIB:,.2f} GiB"
    there = backups.there(data)
    if there:
        yield "backups", f"{counted(len(there), 'backup')}, the newest of {moment(there[-1].made_at, zone)}"


def _held(data: Path) -> Iterator[str]:
    """Who holds which lock."""
    for name, who in ((".refresh.lock", "a refresh"), ("alpha/.intake.lock", "the intake")):
        if is_locked(data / name):
            yield f"{who} works"
    if schedule.is_serving(data):
        yield "`hoshiyomi serve` runs"


def lines(seen: Diagnosis) -> Iterator[str]:
    """For people: a line an area, then what is to be done, worst first."""
    yield from aligned([(area, seen.state(area), seen.facts.get(area, "")) for area in AREAS])
    heads = {"act": "Needs a person", "watch": "To watch"}
    for severity, head in heads.items():
        listed = [f for f in seen.findings if f.severity == severity]
        if listed:
            yield ""
            yield head
        for finding in listed:
            yield f"  {'!' if severity == 'act' else '-'} {area_of(finding)}: {finding.what}"
            yield f"    Remedy: {finding.remedy}"
    if not seen.findings:
        yield ""
        yield "All is well."


def as_json(seen: Diagnosis) -> str:
    """For programs: times in UTC, keys that stay."""
    document = {
        "version": VERSION,
        "checked_at": seen.checked_at,
        "needs_a_person": seen.needs_a_person,
        "areas": {a: {"state": seen.state(a), "is": seen.facts.get(a)} for a in AREAS},
        "findings": [asdict(f) | {"area": area_of(f)} for f in seen.findings],
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode()
