"""Prefect's server of our own on loopback: for one run, or standing for `serve`.

`begin` returns at once, so that what else is slow to load loads meanwhile; `ready` waits. A server for one
run ends when Python does, after Prefect's own helpers have sent what they hold.
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import httpx

from flows.serving import children
from flows.serving.prefect_api import PrefectApi, PrefectUnreachable, close_dead
from flows.serving.prefect_child import SOCKET

HOST = "127.0.0.1"
# The first start makes the database.
_PATIENCE_S = 120.0
_FAREWELL_S = 8.0
_TICK_S = 0.3
_AGAIN = 3


class PrefectServer:
    """The server of one data folder. Its port is ours as long as this object lives, also between starts."""

    def __init__(self, data: Path, *, port: int = 0, standing: bool = False) -> None:
        """Take the port (0: any free one). Raises PrefectUnreachable when it belongs to somebody else."""
        self._data = data
        self._standing = standing
        self._child: Popen[bytes] | None = None
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}/api"

    def begin(self) -> None:
        """Start the child; to be followed by `ready`."""
        origins = f"http://{HOST}:{self.port},http://localhost:{self.port}"
        # The screen must ask this server, whatever the operator's shell says.
        told = {
            "PREFECT_UI_API_URL": self.url,
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": origins,
            "PREFECT_SERVER_UI_ENABLED": "true" if self._standing else "false",
            SOCKET: str(self._socket.fileno()),
        }
        command = [sys.executable, "-m", "flows.serving.prefect_child"]
        self._child = children.start(command, os.environ | told, pass_fds=[self._socket.fileno()])
        os.environ["PREFECT_API_URL"] = self.url

    def ready(self) -> None:
        """Wait until the server answers as ours. Raises PrefectUnreachable."""
        end = time.monotonic() + _PATIENCE_S
        with self.api() as api:
            while time.monotonic() < end:
                if (code := self.ended()) is not None:
                    raise PrefectUnreachable(
                        f"Prefect's server ended with code {code} before it answered. Remedy: look at the "
                        "messages above; if its history is damaged, move away "
                        f"{self._data / 'prefect'}, which holds nothing else."
                    )
                if api.is_ready(timeout_s=2):
                    return
                time.sleep(0.2)
        raise PrefectUnreachable(
            f"Prefect's server did not answer within {_PATIENCE_S:.0f} seconds. Remedy: start the command "
            "again when the machine is less busy."
        )

    def api(self) -> PrefectApi:
        """A way to ask it."""
        return PrefectApi(self.url, os.environ["PREFECT_SERVER_API_AUTH_STRING"], is_ours=True)

    def ended(self) -> int | None:
        """The child's exit code; None while it runs."""
        return None if self._child is None else self._child.poll()

    def stop(self) -> None:
        """End the child; the port stays ours until `close`."""
        if self._child is not None:
            children.stop(self._child, _FAREWELL_S)
            self._child = None

    def close(self) -> None:
        """End the child and give the port back."""
        self.stop()
        self._socket.close()


class ForOneRun:
    """Prefect for a command that runs one flow: our own server, or the one that `PREFECT_API_URL` names."""

    def __init__(self, data: Path) -> None:
        """Begin it. Raises PrefectUnreachable when the named server is out of reach."""
        self._data = data
        self._server: PrefectServer | None = None
        self._turn = threading.Lock()
        self._begun = threading.Event()
        self._is_ready = False
        self._is_closing = False
        if os.environ.get("PREFECT_API_URL"):
            with PrefectApi.named() as api:
                api.check()
            return
        self._server = PrefectServer(data)
        # Before Prefect is loaded: what is registered first is called last.
        atexit.register(self._close)
        # The kernel ends a child with the thread that started it: this one lives as long as the process.
        threading.Thread(target=self._keep, args=(self._server,), name="prefect-keeper", daemon=True).start()
        self._begun.wait()

    def ready(self) -> None:
        """Wait for it, and close what killed runs left open. Raises PrefectUnreachable."""
        if self._server is not None:
            self._server.ready()
            self._is_ready = True
            self.close_dead()

    def close_dead(self) -> None:
        """Close runs of processes that are gone; the history of another server is not ours to judge."""
        if self._server is not None:
            with self._server.api() as api:
                close_dead(api, self._data, datetime.now(UTC))

    def _keep(self, server: PrefectServer) -> None:
        """Start the server, and start it again when it was ended in the middle of the run: who asks waits.

        After a few times the port is given back, so that the run ends with an error and does not wait on.
        """
        try:
            server.begin()
        finally:
            self._begun.set()
        again = 0
        while True:
            time.sleep(_TICK_S)
            with self._turn:
                if self._is_closing or not self._is_ready or server.ended() is None:
                    continue
                again += 1
                if again > _AGAIN:
                    server.close()
                    self._is_closing = True
                else:
                    server.stop()
                    server.begin()

    def _close(self) -> None:
        with self._turn:
            self._is_closing = True
            if self._server is not None:
                self._server.close()


@contextmanager
def lost_prefect_told() -> Iterator[None]:
    """Tell a server that went away in the middle of a run in one sentence, as PrefectUnreachable.

    What a store does to us never comes this way: it ends a request, not the run.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise PrefectUnreachable(
            f"Prefect's server at {os.environ.get('PREFECT_API_URL')} went away during the run "
            f"({type(error).__name__}). Remedy: run the command again; what is done stays done."
        ) from error


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        # From here on nobody else can bind it, and who asks while the server loads waits in line.
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PrefectUnreachable(
            f"Port {port} on {HOST} belongs to another program ({error.strerror}). Remedy: choose another "
            "--port, or stop that program."
        ) from None
    return listening
