"""Prefect's server as a child of ours, `python -m flows.serving.prefect_child`, and who may speak to it.

The socket is bound by the parent and handed over, so that no other program can slip in between a check of the
port and its use, and a server that is started anew answers where the last one did.

Only requests that name this machine and come from no other page are answered: a browser sends any page's
requests to 127.0.0.1, and a name of somebody else's can be made to point there (DNS rebinding). The first is
told by `Origin`, the second by `Host`. The password is asked for besides.
"""

from __future__ import annotations

import logging
import os
import socket
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from flows import console
from flows.serving.children import end_with_parent

NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_REFUSED = b"Refused: this server answers pages of its own on this machine only.\n"


class OnlyFromHere:
    """ASGI middleware: 403 for a foreign `Host` and for an `Origin` that is not this very server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not is_from_here(scope["headers"]):
            await _refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_from_here(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request's headers name this machine, and no page but this server's own sent it."""
    hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    origins = [value.decode("latin-1").lower() for name, value in headers if name == b"origin"]
    if len(hosts) != 1 or _name(hosts[0]) not in NAMES:
        return False
    return all(_is_own(origin, hosts[0]) for origin in origins)


def _is_own(origin: str, host: str) -> bool:
    """The same port under any of this machine's names; a browser's `null` is nobody's page."""
    where = urlsplit(origin)
    return (
        where.scheme in ("http", "https")
        and _name(where.netloc) in NAMES
        and _port(where.netloc) == _port(host)
    )


def _name(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _port(host: str) -> str:
    return host[len(_name(host)) :]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(_REFUSED)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSED})


SOCKET = "HOSHIYOMI_SOCKET"
"""Environment variable: the descriptor of the bound socket."""


def main() -> None:
    """Serve Prefect's API (and screen) on the socket that was handed over, until told to stop."""
    end_with_parent()
    logging.setLogRecordFactory(console.in_one_sentence)
    # Takes seconds: only a child that is wanted loads it.
    from prefect.server.api.server import create_app

    # Not "ephemeral", which would leave out the clearing of old runs; what one run does not need is off
    # by settings.
    app = create_app(final=True)
    config = uvicorn.Config(
        OnlyFromHere(app), log_level="warning", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(os.environ[SOCKET]))])


if __name__ == "__main__":
    main()
