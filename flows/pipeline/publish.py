"""Marts, checks and publication: the last three stages of a run."""

from __future__ import annotations

import logging
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flows.config.load import Config, config_fingerprint
from flows.console import counted
from flows.errors import ConfigError
from warehouse.errors import ChecksFailed
from warehouse.publish import MadeBy, Publication, is_due, publish
from warehouse.schema import Finding
from warehouse.snapshots import Keep
from warehouse.upkeep import bring_up_to_date, look
from warehouse.writes import writer

log = logging.getLogger(__name__)


def is_publication_due(data: Path) -> bool:
    """Whether anything changed since the last publication."""
    with writer(data) as w:
        return is_due(w, data)


def build_marts(data: Path) -> None:
    """Build what was touched since the last build, or everything."""
    with writer(data) as w:
        built = bring_up_to_date(w.con, datetime.now(UTC))
    if built.whole is None:
        log.info("built what was touched: %(reviews)s", {"reviews": counted(built.reviews, "review")})
    else:
        log.info("built everything, since %(why)s", {"why": built.whole})


def run_checks(data: Path) -> list[Finding]:
    """Run the checks. Raises ChecksFailed when one that stops publishing found rows."""
    with writer(data) as w:
        findings = look(w.con)
    stops = [f for f in findings if f.severity == "stop"]
    if stops:
        told = "; ".join(f"{f.check}: {counted(f.count, 'row')} ({f.says})" for f in stops)
        raise ChecksFailed(
            f"Nothing was published, the last publication stays. Failed checks: {told}. "
            "Remedy: `hoshiyomi rebuild`, which makes the tables anew; a check that fails again is to be "
            "reported, with the rows that its SQL in warehouse/checks finds in warehouse.duckdb, opened "
            "read-only."
        )
    return findings


def publish_now(config: Config) -> Publication:
    """Publish what was built and checked, for the owner and `[publish] group` to read.

    Raises ConfigError for a group that this machine does not know.
    """
    said = config.retention
    keep = Keep(
        files=said.published_files, days=said.snapshot_days, weeks=said.snapshot_weeks,
        gigabytes=said.snapshot_gigabytes,
    )  # fmt: skip
    made_by = MadeBy(code_version=code_version(), config_fingerprint=config_fingerprint())
    return publish(config.data, datetime.now(UTC), keep, group_number(config.publish.group), made_by)


@cache
def code_version() -> str:
    """The version of Hoshiyomi; of a checkout with its commit, and `.changed` where files differ from it."""
    try:
        told = version("hoshiyomi")
    except PackageNotFoundError:
        told = "0"
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return told
    return f"{told}+{commit}{'.changed' if _git('status', '--porcelain', '--untracked-files=no') else ''}"


def _git(*words: str) -> str:
    """What git says of this checkout; empty where there is no git, or no checkout."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return ""
    command = ["git", "-C", str(checkout), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def group_number(name: str | None) -> int | None:
    """The number of a group of this machine. Raises ConfigError for a name that it does not know."""
    import grp

    if name is None:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ConfigError(
            f"hoshiyomi.toml, [publish]: this machine knows no group {name!r}. Remedy: `groupadd {name}`, or "
            "the name of a group that is there."
        ) from None
