"""The `[dashboard]` table of hoshiyomi.toml: who may see what; told to the dashboard by its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flows.config.toml_fields import known, nearest, optional, table, whole
from flows.errors import ConfigError

_KEYS = ("viewers", "alpha_readers", "local_role", "identity", "session_hours")
ROLES = ("viewer", "alpha_reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardChoice:
    """Everything here has a default that lets nobody see more; docs/dashboard.md says what each does."""

    viewers: tuple[str, ...] = ()
    """Who of those that sign in may look: addresses, "@example.go.jp" for a domain, "*" for everybody."""
    alpha_readers: tuple[str, ...] = ()
    """Who may also see what testers said: named one by one."""
    local_role: str = "viewer"
    """What the person at this machine is, where nobody signs in and the dashboard listens on loopback."""
    identity: str = "email"
    """The claim that names a person; "email" must be verified by the provider."""
    session_hours: int = 12
    """A sign-in is good for so long."""


def parse_dashboard(document: Mapping[str, Any], file: str) -> DashboardChoice:
    """The choices of a hoshiyomi.toml. Raises ConfigError naming file, key and remedy."""
    entry = table(document, "dashboard", file)
    where = f"{file}, [dashboard]"
    known(entry, _KEYS, where)
    role = optional(entry, "local_role", where) or "viewer"
    if role not in ROLES:
        raise ConfigError(f"{where}: local_role {role!r} is unknown{nearest(role, ROLES)}.")
    readers = _names(entry, "alpha_readers", where)
    for name in readers:
        if name == "*" or name.startswith("@"):
            raise ConfigError(
                f"{where}: alpha_readers holds {name!r}. Remedy: name everybody who may read it one by one."
            )
    return DashboardChoice(
        viewers=_names(entry, "viewers", where),
        alpha_readers=readers,
        local_role=role,
        identity=optional(entry, "identity", where) or "email",
        session_hours=whole(entry, "session_hours", 12, where),
    )


def told(choice: DashboardChoice, *, login: bool, loopback: bool) -> str:
    """The choices as the dashboard reads them from HOSHIYOMI_DASHBOARD (dashboard/auth.py)."""
    return json.dumps(asdict(choice) | {"login": login, "loopback": loopback})


def _names(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = entry.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise ConfigError(f'{where}: {key} must be a list such as ["hanako@example.go.jp"].')
    return tuple(v.strip() for v in values)
