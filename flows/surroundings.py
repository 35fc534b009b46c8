"""What must be settled before Prefect is imported: folders, silence, no telemetry, loopback."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from flows.config import config_folder, data_folder
from warehouse.private import make_folder

# What a server does for schedules and crashed machines; one run needs none of it, and each costs time.
_FOR_A_STANDING_SERVER = (
    "SCHEDULER", "LATE_RUNS", "FOREMAN", "CANCELLATION_CLEANUP", "PAUSE_EXPIRATIONS", "REPOSSESSOR",
    "TRIGGERS",
)  # fmt: skip


def prepare_prefect(data: Path, *, standing_server: bool = False) -> None:
    """Set Prefect's environment; what the operator has set already is left as it is.

    Without `PREFECT_API_URL` every run brings up Prefect's own short-lived server on loopback, whose
    history lies in `<data>/prefect` and can be looked at with `hoshiyomi serve`.
    """
    home = make_folder(data / "prefect")
    wanted = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home),
        "PREFECT_LOCAL_STORAGE_PATH": str(home / "storage"),
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        # An update check and the news feed would ask hosts outside.
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Progress is told by the command line; Prefect speaks when something is wrong.
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_PROMPT": "false",
        # The first start creates the database, which can take half a minute on a slow disk.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    if not standing_server:
        wanted |= {f"PREFECT_SERVER_SERVICES_{n}_ENABLED": "false" for n in _FOR_A_STANDING_SERVER}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


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
