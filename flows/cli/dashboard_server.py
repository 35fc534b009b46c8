"""Showing the dashboard: Streamlit in a process of its own, on loopback, without telemetry."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from flows.cli.dashboard_access import answerable, check_access, known_apps
from flows.config.alerts import FILE as ALERTS
from flows.config.alerts import read_alerts
from flows.config.apps import read_topics
from flows.config.load import CHECKOUT, config_folder, has_login, read_settings
from flows.config.replies import FILE as REPLIES
from flows.config.replies import Replies, read_replies
from flows.config.settings import DashboardChoice
from flows.config.tables import nearest
from flows.errors import ConfigError, HoshiyomiError, InputError
from flows.sources.base import is_loopback

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
DASHBOARD = CHECKOUT / "dashboard"
SECRETS = "secrets.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the dashboard listens."""

    port: int
    address: str = HOST
    public: bool = False
    """Said aloud: other machines may reach it."""
    name: str | None = None
    """The name or address under which browsers reach it, where it is not `address`."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the address."""
        return is_loopback(self.address)

    @property
    def seen_as(self) -> str:
        """The host that a browser's address bar shows."""
        return self.name or self.address

    def check(self) -> None:
        """Raise InputError unless it is safe, or said to be wanted, to listen here."""
        if self.is_loopback:
            return
        if not self.public:
            raise InputError(
                f"--address {self.address} lets other machines reach the dashboard. "
                "Remedy: leave it out to listen on this machine only, or say so with --public."
            )
        if self.address in ("0.0.0.0", "::") and not self.name:  # noqa: S104 - compared, not bound
            raise InputError(
                f"--address {self.address} is every address of this machine. "
                "Remedy: --name says under which name browsers reach it, such as --name stars.example.go.jp."
            )


def show_dashboard(data: Path, place: Place, *, browser: bool) -> int:
    """Run the dashboard until it is stopped; its exit code.

    Raises InputError for an address that others reach without `public`, ConfigError for secrets that
    others can read, HoshiyomiError when the port is taken.
    """
    place.check()
    secrets = config_folder() / SECRETS
    login = _checked_login(secrets)
    if _answers(place):
        raise HoshiyomiError(
            f"Port {place.port} on {place.address} is taken. "
            f"Remedy: `hoshiyomi dashboard --port {place.port + 1}`."
        )
    choice = read_settings(None, "dashboard").dashboard
    _check_channels(choice)
    check_access(choice.access, known_apps(data), login=login)
    roles = choice.rules(
        login=login, loopback=place.is_loopback, answerable=answerable(choice.replies, login=login)
    )
    environment = {
        **os.environ,
        "HOSHIYOMI_DATA": str(data),
        # Streamlit runs in another folder, and starts what hands reviews over.
        "HOSHIYOMI_CONFIG": str(config_folder()),
        "HOSHIYOMI_DASHBOARD": roles,
        "HOSHIYOMI_TIMEZONE": choice.timezone or "",
        "HOSHIYOMI_REPLIES": _replies(),
        "HOSHIYOMI_TRANSLATOR": named_translator(choice),
    }
    # Streamlit reads its theme from the folder it is started in.
    process = subprocess.Popen(_command(place, secrets), env=environment, cwd=DASHBOARD)  # noqa: S603 - our own words
    seen = {"host": place.seen_as, "port": place.port, "secrets": secrets}
    log.info("dashboard on http://%(host)s:%(port)s (stop with Ctrl-C)", seen)
    if not place.is_loopback and not login:
        log.warning("anybody who reaches %(host)s can read it: %(secrets)s has no [auth]", seen)
    if browser:
        threading.Thread(target=_open_when_ready, args=(place,), daemon=True).start()
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0


def _check_channels(choice: DashboardChoice) -> None:
    """Refuse channels that alerts.toml does not have: whoever hands a review over would be told too late."""
    names = [c.name for c in read_alerts(config_folder()).channel] if choice.hand_over else []
    for name in choice.hand_over:
        if name not in names:
            near = nearest(name, names) if names else "; it has none"
            raise ConfigError(
                f"hoshiyomi.toml, [dashboard]: hand_over names {name!r}, no channel of {ALERTS}{near}"
            )


def _replies() -> str:
    """The team's templates of replies. Raises ConfigError."""
    folder = config_folder()
    if not (folder / REPLIES).is_file():
        return Replies().told()
    return read_replies(folder, [t.key for t in read_topics(folder / "topics.toml")]).told()


def named_translator(choice: DashboardChoice) -> str:
    """The words of the translator. Raises ConfigError where its program is not on this machine."""
    if choice.translator and shutil.which(choice.translator[0]) is None:
        raise ConfigError(
            f"hoshiyomi.toml, [dashboard]: translator names {choice.translator[0]!r}, which is no program "
            "here. Remedy: install it with its models, or write its whole path; docs/dashboard.md."
        )
    return json.dumps(choice.translator)


def _command(place: Place, secrets: Path) -> list[str]:
    return [
        sys.executable, "-m", "streamlit", "run", str(DASHBOARD / "served.py"),
        "--server.address", place.address,
        "--server.port", str(place.port),
        "--server.headless", "true",
        "--server.fileWatcherType", "none",
        "--browser.gatherUsageStats", "false",
        # Streamlit lets only pages of this host talk to it.
        "--browser.serverAddress", place.seen_as,
        "--secrets.files", str(secrets),
    ]  # fmt: skip


def _checked_login(secrets: Path) -> bool:
    """Whether people sign in; a secrets file that others can read is refused."""
    if not secrets.is_file():
        return False
    if secrets.stat().st_mode & 0o077:
        raise ConfigError(f"{secrets} can be read by others. Remedy: `chmod 600 {secrets}`.")
    return has_login(secrets)


def _open_when_ready(place: Place) -> None:
    for _ in range(120):
        if _answers(place):
            webbrowser.open(f"http://{place.seen_as}:{place.port}")
            return
        time.sleep(0.25)


def _answers(place: Place) -> bool:
    wildcard = {"0.0.0.0": HOST, "::": "::1"}  # noqa: S104 - asked on loopback
    try:
        with socket.create_connection((wildcard.get(place.address, place.address), place.port), 0.5):
            return True
    except OSError:
        return False
