"""What `hoshiyomi doctor` finds beyond `status`: the set-up, files that nobody has open, keys, backups.

Each function looks at one thing and gives findings; none changes anything.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from flows.config.load import Config
from flows.console import span
from flows.errors import HoshiyomiError
from flows.health.findings import Finding, Severity
from flows.intake.invitations import load_keys
from flows.lock import RESTORING
from flows.privacy import backups
from flows.privacy.clock import doubt_of
from flows.progress import progress
from flows.serving.prefect_env import password, password_file
from warehouse import versions
from warehouse.engines import lake_of
from warehouse.errors import Busy, WarehouseError
from warehouse.landing import Landing
from warehouse.soundness import harm
from warehouse.writes import FILE

PYTHONS = ((3, 11), (3, 14))
_OLD = timedelta(days=2)
_PACKAGE = "hoshiyomi"


def split(error: Exception) -> tuple[str, str]:
    """What an error says is wrong, and its remedy."""
    said, _, remedy = str(error).partition(" Remedy: ")
    return said, remedy


def of_python(running: tuple[int, int] = sys.version_info[:2]) -> list[Finding]:
    """Whether this Python is one that the pinned packages were made for."""
    if PYTHONS[0] <= running < PYTHONS[1]:
        return []
    return [
        Finding(
            severity="act", about="python_version",
            what=f"Python {running[0]}.{running[1]} runs; {PYTHONS[0][0]}.{PYTHONS[0][1]} to "
            f"{PYTHONS[1][0]}.{PYTHONS[1][1] - 1} are supported",
            remedy="`make clean setup PYTHON=python3.11`, which makes the environment anew.",
        )
    ]  # fmt: skip


def of_packages() -> list[Finding]:
    """Packages that are missing or outside the bounds of pyproject.toml."""
    wrong = []
    for line in requires(_PACKAGE) or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            there = version(wanted.name)
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(there, prereleases=True):
            wrong.append(f"{wanted.name} is {there}, not {wanted.specifier}")
    if not wrong:
        return []
    return [
        Finding(
            severity="act", about="packages", what=f"Installed packages do not fit: {'; '.join(wrong)}",
            remedy="`make clean setup`, which installs the pinned packages.",
        )
    ]  # fmt: skip


def of_restore(data: Path) -> list[Finding]:
    """A restore that was cut off."""
    if not (data / RESTORING).exists():
        return []
    return [
        Finding(
            severity="act", about="restore_cut_off", what=f"A restore into {data} was cut off",
            remedy="the same `hoshiyomi restore` once more; until then nothing else works in this folder.",
        )
    ]  # fmt: skip


def of_landing(data: Path) -> list[Finding]:
    """Every landed batch that is not whole; reads all of them, and asks no database.

    Files that are gone altogether are the check `no_loaded_file_is_missing` of each run.
    """
    landing, found = Landing(data), []
    whole = sorted(landing.whole_batches())
    with progress("looked at", len(whole), "batches", is_news=False) as steps:
        for batch in whole:
            if (harmed := harm(landing, batch)) is not None:
                said, remedy = split(harmed.error())
                found.append(Finding(severity="act", about="landing_damaged", what=said, remedy=remedy))
            steps.advance()
    return found


def of_working(data: Path) -> list[Finding]:
    """Whether the working file can be opened, and by this version."""
    file, of = data / FILE, lake_of(data)
    try:
        if of is not None:
            there = versions.of_lake(of)
        else:
            there = versions.of_working(file) if file.exists() else None
        if there is not None:
            versions.refuse_newer(there.schema, file.name if of is None else "The lake")
    except Busy:
        # A writer holds it open, which it could not if it were damaged.
        return []
    except WarehouseError as error:
        said, remedy = split(error)
        return [Finding(severity="act", about="working_file", what=said, remedy=remedy)]
    if there is None and Landing(data).whole_batches():
        what = "There is no working file; it is made anew from the landing folder"
    elif there is not None and there.schema < versions.known():
        what = f"The working file has schema {there.schema}; {versions.known()} comes with the next refresh"
    else:
        return []
    severity: Severity = "watch"
    remedy = "`hoshiyomi backup` first, so that there is a way back; then `hoshiyomi refresh`."
    return [Finding(severity=severity, about="working_file", what=what, remedy=remedy)]


def of_age(published_at: datetime | None, now: datetime) -> list[Finding]:
    """Whether what is published is of today or yesterday."""
    if published_at is None or now - published_at <= _OLD:
        return []
    ago = span((now - published_at).total_seconds())
    return [
        Finding(
            severity="watch", about="data_old", what=f"The newest publication is {ago} old",
            remedy=(
                "`hoshiyomi refresh`; where its last line says that nothing changed, all is as it should be. "
                "For every day: `hoshiyomi serve`."
            ),
        )
    ]  # fmt: skip


def of_clock(data: Path, config: Config, now: datetime) -> list[Finding]:
    """Whether a run would believe the clock."""
    why = doubt_of(data, now, config.retention.clock_jump_days)
    if why is None:
        return []
    return [
        Finding(
            severity="act", about="clock", what=why,
            remedy="set the clock right; where it is, `hoshiyomi refresh --confirm-clock` says so once.",
        )
    ]  # fmt: skip


def of_keys(data: Path) -> list[Finding]:
    """Keys and passwords that others can read, or that are none."""
    found = []
    for path, read in ((data / "alpha" / "key", load_keys), (password_file(data), password)):
        if not path.exists():
            continue
        try:
            read(data)
        except HoshiyomiError as error:
            said, remedy = split(error)
            found.append(Finding(severity="act", about="keys", what=said, remedy=remedy))
    return found


def of_backups(data: Path, days: int, now: datetime) -> list[Finding]:
    """Whether there is a fresh backup, and whether the old ones went."""
    if not Landing(data).folder.is_dir():
        return []
    there = backups.there(data)
    fresh = [b for b in there if b.path.exists()]
    if not fresh:
        return [
            Finding(
                severity="watch", about="no_backup", what="There is no backup of this data folder in reach",
                remedy="`hoshiyomi backup FOLDER` with a folder on another disk, every day.",
            )
        ]  # fmt: skip
    newest = max(b.made_at for b in fresh)
    found = []
    if now - newest > timedelta(days=days) / 2:
        ago = span((now - newest).total_seconds())
        found.append(
            Finding(
                severity="act", about="backup_old", what=f"The newest backup is {ago} old",
                remedy=f"`hoshiyomi backup {fresh[-1].folder}`, and see why its schedule does not.",
            )
        )  # fmt: skip
    return found
