"""The `[publish]` table of hoshiyomi.toml: which other users of this machine may open published files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.config.toml_fields import known, optional, table
from flows.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishChoice:
    """docs/warehouse.md says what a group may reach."""

    group: str | None = None
    """The group of this machine whose members may read published files; None: the owner alone."""


def parse_publish(document: Mapping[str, Any], file: str) -> PublishChoice:
    """The choice of a hoshiyomi.toml. Raises ConfigError naming file, key and remedy."""
    entry = table(document, "publish", file)
    where = f"{file}, [publish]"
    known(entry, ("group",), where)
    return PublishChoice(group=optional(entry, "group", where))


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
