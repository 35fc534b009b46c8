"""What `hoshiyomi status` finds: each finding with how bad it is, what it is and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

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
