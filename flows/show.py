"""Showing the dashboard: Streamlit in a process of its own, on loopback, without telemetry."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

from flows.config import CHECKOUT
from flows.errors import HoshiyomiError

HOST = "127.0.0.1"


def show_dashboard(data: Path, port: int, *, browser: bool, say: Callable[[str], None]) -> int:
    """Run the dashboard until it is stopped; its exit code. Raises HoshiyomiError when the port is taken."""
    if _answers(port):
        raise HoshiyomiError(
            f"Port {port} on {HOST} is taken. Remedy: `hoshiyomi dashboard --port {port + 1}`."
        )
    command = [
        sys.executable, "-m", "streamlit", "run", str(CHECKOUT / "dashboard" / "app.py"),
        "--server.address", HOST,
        "--server.port", str(port),
        "--server.headless", "true",
        "--server.fileWatcherType", "none",
        "--browser.gatherUsageStats", "false",
        "--browser.serverAddress", HOST,
    ]  # fmt: skip
    environment = {**os.environ, "HOSHIYOMI_DATA": str(data)}
    # Streamlit reads its theme from the folder it is started in.
    process = subprocess.Popen(command, env=environment, cwd=CHECKOUT)  # noqa: S603 - our own words
    say(f"dashboard on http://{HOST}:{port} (stop with Ctrl-C)")
    if browser:
        threading.Thread(target=_open_when_ready, args=(port,), daemon=True).start()
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0


def _open_when_ready(port: int) -> None:
    for _ in range(120):
        if _answers(port):
            webbrowser.open(f"http://{HOST}:{port}")
            return
        time.sleep(0.25)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
