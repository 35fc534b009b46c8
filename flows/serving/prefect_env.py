"""What must be settled before Prefect is imported: folders, silence, no telemetry, loopback, and a password.

The password of Prefect's API in a data folder is made at random once and readable by its owner only.
"""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path

from flows.config.load import config_folder, data_folder
from flows.console import OURS
from flows.errors import ConfigError
from warehouse.private import make_folder, put_once

USER = "hoshiyomi"


def password_file(data: Path) -> Path:
    """Where the words lie that Prefect's screen asks for."""
    return data / "prefect" / "password"


def password(data: Path) -> str:
    """`user:password`, made at first use. Raises ConfigError when others may read it or it is no password."""
    path = password_file(data)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others. Remedy: delete it; a new one is made at the next start."
        )
    words = path.read_text(encoding="utf-8").strip()
    if not words.startswith(f"{USER}:") or len(words) < len(USER) + 20:
        raise ConfigError(
            f"{path} holds no password. Remedy: delete it; a new one is made at the next start."
        )
    return words


def _make(path: Path) -> None:
    """Write it whole or not at all; of two processes one wins, and both read its password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put_once(path, f"{USER}:{secrets.token_urlsafe(32)}\n".encode())


_HISTORY_DAYS = 30
# What a server does for schedules and crashed machines; one run needs none of it, and each costs time.
_FOR_A_STANDING_SERVER = (
    "SCHEDULER", "CANCELLATION_CLEANUP", "PAUSE_EXPIRATIONS", "REPOSSESSOR", "TRIGGERS",
    "CLEANUP_RECONCILER",
)  # fmt: skip
# Work pools, which we have not; and the word "Late", which it writes to hundreds of runs at the same moment
# after a pause, whereupon SQLite is "locked" and the log full. `serve` looks for late runs itself.
_FOR_NOBODY = ("FOREMAN", "LATE_RUNS")


def prepare_prefect(data: Path, *, standing_server: bool = False) -> None:
    """Set Prefect's environment; what the operator has set already is left as it is.

    Without `PREFECT_API_URL` every run brings up a short-lived server of its own on loopback, whose
    history lies in `<data>/prefect` and can be looked at with `hoshiyomi serve`. It asks for a password,
    which goes to child processes by the environment, never by a command line.
    Raises ConfigError when the password's file can be read by others.
    """
    home = make_folder(data / "prefect")
    wanted = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home),
        "PREFECT_LOCAL_STORAGE_PATH": str(home / "storage"),
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        # Prefect's own short-lived server would let every page of a browser in; ours does not.
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # An update check and the news feed would ask hosts outside.
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Progress is told by the command line; Prefect speaks when something is wrong.
        "PREFECT_LOGGING_LEVEL": "WARNING",
        # What our own modules log within a run is kept with the run; what they log outside of one is not.
        "PREFECT_LOGGING_EXTRA_LOGGERS": ",".join(OURS),
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_CLI_PROMPT": "false",
        # Several writers share its SQLite; on a busy machine ten seconds of waiting are too few.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        # Ended runs and their logs are kept this long, events a week (Prefect's own default).
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(_HISTORY_DAYS * 24 * 3600),
    }
    off = _FOR_NOBODY if standing_server else _FOR_NOBODY + _FOR_A_STANDING_SERVER
    wanted |= {f"PREFECT_SERVER_SERVICES_{n}_ENABLED": "false" for n in off}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_SERVER_API_AUTH_STRING", password(data))
        os.environ["PREFECT_API_AUTH_STRING"] = os.environ["PREFECT_SERVER_API_AUTH_STRING"]


def prepare_offline() -> None:
    """No hub is ever asked: models come from the checkout."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def pin_folders() -> None:
    """Settle the data and configuration folders for child processes, which may start elsewhere."""
    os.environ["HOSHIYOMI_DATA"] = str(data_folder())
    os.environ["HOSHIYOMI_CONFIG"] = str(config_folder())


def end_on_sigterm() -> None:
    """Let a service manager's stop signal end a server as Ctrl-C does: with its child processes."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
