"""Marts, checks and publication: the last three stages of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flows.console import counted
from flows.errors import ConfigError
from warehouse.errors import ChecksFailed
from warehouse.publish import KEEP, Publication, is_due, publish
from warehouse.schema import Finding, build, check
from warehouse.writes import writer


def is_publication_due(data: Path) -> bool:
    """Whether anything changed since the last publication."""
    with writer(data) as w:
        return is_due(w, data)


def build_marts(data: Path) -> None:
    """Rebuild every mart."""
    with writer(data) as w:
        build(w.con)


def run_checks(data: Path) -> list[Finding]:
    """Run the checks. Raises ChecksFailed when one that stops publishing found rows."""
    with writer(data) as w:
        findings = check(w.con)
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


def publish_now(data: Path, keep: int = KEEP, group: str | None = None) -> Publication:
    """Publish what was built and checked, for the owner and `group` to read; the last `keep` stay.

    Raises ConfigError for a group that this machine does not know.
    """
    return publish(data, datetime.now(UTC), keep, group_number(group))


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
