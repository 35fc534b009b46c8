"""Prefect's server as a child of ours: `python -m flows.serving.prefect_child`.

The socket is bound by the parent and handed over, so that no other program can slip in between a check of
the port and its use, and a server that is started anew answers where the last one did.
"""

from __future__ import annotations

import os
import socket

import uvicorn

from flows.serving.children import end_with_parent
from flows.serving.guard import OnlyFromHere

SOCKET = "HOSHIYOMI_SOCKET"
"""Environment variable: the descriptor of the bound socket."""


def main() -> None:
    """Serve Prefect's API (and screen) on the socket that was handed over, until told to stop."""
    end_with_parent()
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
