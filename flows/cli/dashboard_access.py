"""Whether `[[dashboard.access]]` and `[dashboard.replies]` of hoshiyomi.toml name what there is: asked before
anybody is let in by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.config.apps import read_apps
from flows.config.load import config_folder
from flows.config.settings import AccessTable, RepliesChoice
from flows.config.tables import nearest
from flows.errors import ConfigError
from warehouse import reads
from warehouse.errors import NothingPublished

EVERY = "*"


def known_apps(data: Path) -> dict[str, str | None]:
    """The apps of apps.toml and of what is published in `data`, by key, each with its owner."""
    named = {app.key: app.owner for app in read_apps(config_folder() / "apps.toml")}
    try:
        rows = reads.rows(reads.current(data), "overview")
    except NothingPublished:
        rows = []
    return {str(r["app"]): r["owner"] for r in rows} | named


def check_access(access: Sequence[AccessTable], known: Mapping[str, str | None], *, login: bool) -> None:
    """Raise ConfigError for an app or an owner that nobody knows, a line each, and where nobody signs in."""
    if access and not login:
        raise ConfigError(
            "hoshiyomi.toml, [[dashboard.access]]: groups come from a sign-in, and secrets.toml has no "
            "[auth]. Remedy: set up the sign-in (docs/dashboard.md), or remove the tables."
        )
    owners = {owner for owner in known.values() if owner}
    wrong = [
        f"hoshiyomi.toml, [[dashboard.access]] of {table.group!r}: "
        f"unknown {kind} {name!r}{nearest(name, there)}."
        for table in access
        for kind, names, there in (("app", table.apps, {*known, EVERY}), ("owner", table.owners, owners))
        for name in names
        if name not in there
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))


def answerable(replies: RepliesChoice, *, login: bool) -> list[tuple[str, str]]:
    """The apps, as (store, the store's id), whose reviews can be answered; none where that is off.

    Raises ConfigError where it is on and no app has a key, or groups are named and nobody signs in.
    """
    if not replies.send:
        return []
    if replies.groups and not login:
        raise ConfigError(
            "hoshiyomi.toml, [dashboard.replies]: groups come from a sign-in, and secrets.toml has no "
            "[auth]. Remedy: set up the sign-in (docs/dashboard.md), or remove groups and say local = true."
        )
    entries = [entry for app in read_apps(config_folder() / "apps.toml") for entry in app.stores]
    found = [(e.store, e.id) for e in entries if e.connect is not None or e.service_account is not None]
    if not found:
        raise ConfigError(
            "hoshiyomi.toml, [dashboard.replies]: send needs a store's key, and no app of apps.toml has one. "
            "Remedy: give an app connect or service_account (docs/sources.md), or remove send."
        )
    return found
