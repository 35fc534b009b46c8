"""What `hoshiyomi status` finds, how bad it is and what to do, and whether the data folder is well.

A function of a data folder looks at one thing; what it reads from disk is counts, times and sizes, never
content.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Literal

from flows.console import counted
from flows.health.runs import Run
from flows.privacy import backups
from flows.privacy.announced import announced
from flows.privacy.receipts import Receipts, pending
from warehouse.landing import Landing
from warehouse.tombstones import Tombstones

Severity = Literal["act", "watch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be."""

    severity: Severity
    """act: it stays wrong until a person does something; watch: it may pass by itself."""
    about: str
    """A stable word for monitors, such as source_failing."""
    subject: str | None = None
    """Which app, source, folder or run; None where there is but one."""
    what: str
    remedy: str


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """What needs a person on top; otherwise in the order in which it was found."""
    return sorted(findings, key=lambda f: f.severity != "act")


def needs_a_person(findings: Iterable[Finding]) -> bool:
    """Whether any of them waits for a person."""
    return any(f.severity == "act" for f in findings)


def moment(when: datetime, zone: tzinfo | None) -> str:
    """A time for people, in `zone` (None: this machine's), which is named."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M %Z}"


WORKING = "warehouse.duckdb"
_UNFINISHED = timedelta(days=2)
_ERASE_WITHIN = timedelta(days=2)
_SPARE = 512 << 20
GIB = 1 << 30
SAYS_LAST_RUN = "run `hoshiyomi refresh` and read its last line."


def of_runs(runs: Sequence[Run], zone: tzinfo | None) -> list[Finding]:
    """What the last refresh says; `runs` are the last of all, newest first."""
    ended = [r for r in runs if r.kind == "refresh" and not r.is_alive]
    if not ended:
        return []
    last = ended[0]
    when = moment(last.started_at, zone)
    found = []
    if last.ended_at is None:
        is_again = len(ended) > 1 and ended[1].ended_at is None
        severity: Severity = "act" if is_again else "watch"
        found.append(
            Finding(
                severity=severity, about="run_broken_off", subject=last.run,
                what=f"The refresh of {when} was killed before its end" + ", as the last one" * is_again,
                remedy="run `hoshiyomi refresh`; it goes on where the last one stopped.",
            )
        )  # fmt: skip
    elif last.outcome == "stopped":
        found.append(_stopped(last, when))
    found += _of_requests(last, when) + _of_warnings(last, when)
    return found


def _stopped(run: Run, when: str) -> Finding:
    said, _, remedy = (run.message or "an unknown error").partition(" Remedy: ")
    return Finding(
        severity="act", about="run_stopped", subject=run.run,
        what=f"The refresh of {when} stopped, and the last publication stays: {said.rstrip('.')}",
        remedy=remedy or SAYS_LAST_RUN,
    )  # fmt: skip


def _of_requests(run: Run, when: str) -> list[Finding]:
    asked = sum(n for outcome, n in run.asks.items() if outcome != "elsewhere")
    if asked > 1 and run.asks.get("failed", 0) == asked:
        return [
            Finding(
                severity="act", about="no_store_answered", subject=run.run,
                what=f"In the refresh of {when} every one of {asked} requests failed",
                remedy="see that this machine reaches the stores (network, proxy): `hoshiyomi apps check`.",
            )
        ]  # fmt: skip
    return [
        Finding(
            severity="act", about="export_failed", subject=f"{f['app']}/{f['source']}",
            what=f"{f['app']}, Play Console's exports: {f['reason']}, {f['detail']}",
            remedy="put the folder or file right that is named (console_exports in apps.toml).",
        )
        for f in run.failed
        if f["source"] == "play_console_exports"
    ]  # fmt: skip


def _of_warnings(run: Run, when: str) -> list[Finding]:
    return [
        Finding(
            severity="watch", about="check_warned", subject=str(w["check"]),
            what=f"Check {w['check']} of {when}: {counted(w['count'], 'row')}; expected: {w['says']}",
            remedy=(
                f"look at the rows that warehouse/checks/{w['check']}.sql finds in warehouse.duckdb of the "
                "data folder, opened read-only."
            ),
        )
        for w in run.warnings
    ]  # fmt: skip


def of_quarantine(data: Path, days: int) -> list[Finding]:
    """Layouts that no parser knew."""
    count = sum(p.suffix == ".json" for p in (data / "quarantine").glob("*"))
    if not count:
        return []
    return [
        Finding(
            severity="watch", about="quarantine", subject=None,
            what=f"{counted(count, 'layout')} that no parser knew in quarantine/, without anybody's words",
            remedy=f"give them to whoever mends the parser; they are removed after {days} days.",
        )
    ]  # fmt: skip


def of_unfinished(data: Path, now: datetime) -> list[Finding]:
    """Batches that were begun and never finished: nothing of them is loaded."""
    landing = Landing(data)
    whole = landing.whole_batches()
    before = (now - _UNFINISHED).timestamp()
    left = {
        p.name
        for p in landing.folder.glob("*/*")
        if p.name not in whole and p.is_dir() and any(p.iterdir()) and p.stat().st_mtime < before
    }
    if not left:
        return []
    return [
        Finding(
            severity="watch", about="unfinished_batches", subject=None,
            what=f"Landing batches begun over 2 days ago and never finished: {len(left)}, as {min(left)}",
            remedy="repeat the import that was cut off; crawls go on or begin again by themselves.",
        )
    ]  # fmt: skip


def of_erasures(data: Path, now: datetime, zone: tzinfo | None) -> list[Finding]:
    """Erasures that were asked for and are not done."""
    left = pending(Receipts(data), Tombstones.landed(Landing(data)))
    if not left:
        return []
    # Retention asks for what lies long ago; everybody else's moment is when they asked.
    asked = min((e.at for e in left if e.source != "retention"), default=now)
    since = f", the first asked for at {moment(asked, zone)}" if asked < now else ""
    return [
        Finding(
            severity="act" if now - asked > _ERASE_WITHIN else "watch", about="erasures_pending",
            what=f"{counted(len(left), 'erasure')} asked for and not done yet{since}",
            remedy="run `hoshiyomi erase`, or let the next refresh do it.",
        )
    ]  # fmt: skip


def _free(data: Path) -> int:
    return shutil.disk_usage(data).free


def of_disk(data: Path, free: Callable[[Path], int] = _free) -> list[Finding]:
    """Whether the next run has room: a publication and an erasure each write the tables anew."""
    if not data.is_dir():
        return []
    working = data / WORKING
    size = working.stat().st_size if working.exists() else 0
    wanted, there = 2 * size + _SPARE, free(data)
    if there >= 2 * wanted:
        return []
    return [
        Finding(
            severity="act" if there < wanted else "watch", about="disk_short", subject=None,
            what=f"{there / GIB:.1f} GiB are free for the data folder; a run may need {wanted / GIB:.1f} GiB",
            remedy="free space, or move the data folder to a larger disk and set HOSHIYOMI_DATA.",
        )
    ]  # fmt: skip


def of_retention(data: Path) -> list[Finding]:
    """What goes soon because of its age."""
    return [
        Finding(
            severity="watch", about="retention_due", what=line.rstrip("."),
            remedy="none, when that is meant; else set other days in [retention] of hoshiyomi.toml before.",
        )
        for line in announced(data)
    ]  # fmt: skip


def of_old_backups(data: Path, now: datetime) -> list[Finding]:
    """Backups past their time that could not be removed, and folders that do not learn of erasures."""
    late = [b for b in backups.there(data) if b.expires_at + _ERASE_WITHIN < now]
    found = []
    if late:
        found.append(
            Finding(
                severity="act", about="backup_overdue", subject=late[0].name,
                what=f"{counted(len(late), 'backup')} should be gone and may still be there: {late[0].path}",
                remedy="bring its folder in reach and run `hoshiyomi refresh`, which removes it.",
            )
        )  # fmt: skip
    for folder in sorted({b.folder for b in backups.there(data) if b.expires_at > now}):
        if not backups.told(Path(folder), data):
            found.append(
                Finding(
                    severity="watch", about="backup_not_told", subject=folder,
                    what=f"{folder} does not know the newest erasures: a restore from there would bring back "
                    "what was erased",
                    remedy="bring that folder in reach and run `hoshiyomi refresh`, which lays them there.",
                )
            )  # fmt: skip
    return found
