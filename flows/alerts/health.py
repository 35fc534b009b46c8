"""Whether people can be told: what `status`, `doctor` and the last words of a failed run say of channels."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from flows.alerts.channels import Channel, holds_a_secret, opened
from flows.alerts.ledger import Ledger, Line
from flows.alerts.published import imported
from flows.config.alerts import FILE, Alerts, check_names, read_alerts
from flows.config.load import Config, config_folder
from flows.errors import ConfigError
from flows.health.findings import Finding, Severity, moment

TRY_AGAIN = (
    "`hoshiyomi alerts test` tries it and says why; put its address, its server or the network right. What "
    "waits is told by the next pass."
)
NAME_SOMEBODY = (
    "give the owner an [[owner]] table with channels in alerts.toml, or name channels in otherwise."
)
NO_SECRET = "put the address into the environment (url_env) or a file of its owner only (url_file)."  # noqa: S105
_PASSES = timedelta(hours=1)
_WAIT_S = 3.0


def failing(data: Path, alerts: Alerts) -> list[Line]:
    """The channels of alerts.toml that took nothing at their last try."""
    names = {c.name for c in alerts.channel}
    try:
        with Ledger.read(data) as ledger:
            return [c for c in ledger.channels() if c.failing_since is not None and c.name in names]
    except (FileNotFoundError, sqlite3.Error):
        return []


def said_of(line: Line) -> str:
    """That a channel cannot be told, in a sentence without its address."""
    return f"The channel {line.name!r} cannot be told: {line.detail}"


def findings(data: Path, config: Config, now: datetime, zone: tzinfo | None) -> list[Finding]:
    """What of telling people is not as it should be. Raises ConfigError for what is wrong in alerts.toml."""
    alerts = read_alerts(config_folder())
    if alerts.rule or alerts.owner:
        check_names(alerts, config.apps, config.topics, imported(data))
    found = []
    for line in failing(data, alerts):
        since = line.failing_since or now
        severity: Severity = "act" if now - since > _PASSES else "watch"
        tries = f", {line.failed_in_a_row} tries since {moment(since, zone)}"
        found.append(
            Finding(
                severity=severity, about="channel", subject=line.name, what=said_of(line) + tries,
                remedy=TRY_AGAIN,
            )
        )  # fmt: skip
    for what in _nobody(data) if alerts.channel else ():
        found.append(
            Finding(
                severity="act", about="alert_nobody", subject=None, what=f"Nobody is told of the {what}",
                remedy=NAME_SOMEBODY,
            )
        )  # fmt: skip
    return found


def _nobody(data: Path) -> list[str]:
    with suppress(FileNotFoundError, sqlite3.Error), Ledger.read(data) as ledger:
        return ledger.nobody_told()
    return []


def channels(config: Config, is_online: bool) -> list[Finding]:
    """For the doctor: whether each address is one; `is_online`, whether somebody answers there."""
    del config
    try:
        alerts = read_alerts(config_folder())
    except ConfigError:
        # `findings` tells it.
        return []
    return [f for table in alerts.channel for f in _of_channel(alerts, table.name, is_online)]


def _of_channel(alerts: Alerts, name: str, is_online: bool) -> Iterator[Finding]:
    table = next(c for c in alerts.channel if c.name == name)
    try:
        channel = Channel(name=name, url=table.address())
        if table.url is not None and holds_a_secret(channel):
            what = f"{FILE}, channel {name!r}: its url holds a secret"
            yield Finding(severity="act", about="channel", subject=name, what=what, remedy=NO_SECRET)
        plugin = opened(channel)
    except ConfigError as error:
        said, _, remedy = str(error).partition(" Remedy: ")
        yield Finding(severity="act", about="channel", subject=name, what=said, remedy=remedy)
        return
    host = getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)
    port = getattr(plugin, "port", None) or (443 if getattr(plugin, "secure", False) else None)
    if is_online and isinstance(host, str) and isinstance(port, int):
        try:
            socket.create_connection((host, port), _WAIT_S).close()
        except OSError as error:
            what = f"The channel {name!r} cannot be told: {error.strerror or type(error).__name__}"
            yield Finding(severity="act", about="channel", subject=name, what=what, remedy=TRY_AGAIN)


def fact(*, is_online: bool) -> str:
    """How many channels there are, for the doctor's line."""
    with suppress(ConfigError):
        n = len(read_alerts(config_folder()).channel)
        return f"{n} in {FILE}{'' if not n else ', asked' if is_online else ', not asked: --online does'}"
    return f"{FILE} cannot be read"
