"""A small server for monitors: `/metrics` (Prometheus), `/health` (what `status` says), `/live` (it answers).

It reads and changes nothing, and listens on this machine unless it was told otherwise.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client.exposition import CONTENT_TYPE_LATEST, ThreadingWSGIServer

from flows.config.load import Config
from flows.errors import ConfigError
from flows.health.metrics import exposition
from flows.health.status import report
from warehouse.errors import of_system

log = logging.getLogger(__name__)
_OK, _NOT, _GONE = "200 OK", "503 Service Unavailable", "404 Not Found"


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address. Raises ConfigError for what is no IP address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise ConfigError(f"--address {address!r} is no IP address. Remedy: one such as 127.0.0.1.") from None


def serve_metrics(config: Config, address: str, port: int) -> None:
    """Answer until stopped. Raises ConfigError where the port is somebody else's."""
    with server(config, address, port) as serving:
        where = {"address": address, "port": serving.server_port}
        log.info("metrics on http://%(address)s:%(port)s/metrics; stop with Ctrl-C", where)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            log.info("stopping")


def server(config: Config, address: str, port: int) -> Any:
    """The server, bound and not yet serving."""
    try:
        return make_server(address, port, _application(config), ThreadingWSGIServer, _Silent)
    except OSError as error:
        known = of_system(error)
        if known is not None:
            raise known from error
        raise ConfigError(
            f"Port {port} on {address} cannot be used ({error.strerror}). Remedy: another --port for metrics."
        ) from None


class _Silent(WSGIRequestHandler):
    """A monitor asks every fifteen seconds; that is no news."""

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)


def _application(config: Config) -> Callable[..., Iterable[bytes]]:
    # Many ask at the same moment, and each question reads the data folder.
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with turn:
            status, kind, body = _answered(config, environ.get("PATH_INFO", ""))
        start(status, [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [body]

    return answer


def _answered(config: Config, path: str) -> tuple[str, str, bytes]:
    now = datetime.now(UTC)
    if path == "/live":
        return _OK, "text/plain", b"ok\n"
    if path == "/metrics":
        return _OK, CONTENT_TYPE_LATEST, exposition(config, now)
    if path == "/health":
        seen = report(config.data, config, now)
        told = {
            "status": "act" if seen.needs_a_person else "ok",
            "findings": sorted({f.about for f in seen.findings if f.severity == "act"}),
            "revision": seen.published["revision"] if seen.published else None,
        }
        return _NOT if seen.needs_a_person else _OK, "application/json", json.dumps(told).encode()
    return _GONE, "text/plain", b"/metrics, /health or /live\n"
