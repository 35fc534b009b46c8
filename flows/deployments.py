"""Serving: `refresh` on a cron schedule, with Prefect's own server and screen on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import httpx

from flows.errors import HoshiyomiError

HOST = "127.0.0.1"
_PATIENCE_S = 120


def serve_refresh(*, cron: str, timezone: str, port: int, say: Callable[[str], None]) -> None:
    """Start Prefect's server, then serve the flow until stopped.

    With `PREFECT_API_URL` set, that server is used and none is started.
    Raises HoshiyomiError when the server does not answer or the cron expression is not one.
    """
    server = None
    if not os.environ.get("PREFECT_API_URL"):
        server = _start_server(port)
    try:
        if server is not None:
            _wait(server, port)
            os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
            say(f"Prefect's screen on http://{HOST}:{port}")
        _serve(cron, timezone, say)
    finally:
        if server is not None:
            server.terminate()
            server.wait()


def _start_server(port: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    # The screen must ask this server, whatever the operator's shell says.
    environment = {**os.environ, "PREFECT_UI_API_URL": f"http://{HOST}:{port}/api"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise HoshiyomiError(
                f"Prefect's server ended with code {server.returncode}. Remedy: another --port, "
                "or look at the messages above."
            )
        try:
            if httpx.get(f"http://{HOST}:{port}/api/health", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise HoshiyomiError(f"Prefect's server did not answer within {_PATIENCE_S} seconds.")


def _serve(cron: str, timezone: str, say: Callable[[str], None]) -> None:
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.refresh import refresh

    try:
        schedule = Cron(cron, timezone=timezone)
    except ValueError as error:
        raise HoshiyomiError(
            f"--cron {cron!r} is not a cron expression ({error}). Remedy: five fields such as '0 6 * * *'."
        ) from error
    say(f"refresh runs at {cron!r} ({timezone}); stop with Ctrl-C")
    refresh.serve(
        name="hoshiyomi-refresh",
        schedule=schedule,
        limit=1,
        entrypoint_type=EntrypointType.MODULE_PATH,
        print_starting_message=False,
    )
