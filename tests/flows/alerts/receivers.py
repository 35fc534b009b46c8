"""What alerts are sent to in tests: a real web server and a real mail server that keep what came."""

from __future__ import annotations

import email.policy
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

from aiosmtpd.controller import Controller

from tests.listening import HERE, listening


@dataclass
class Webhook:
    """What came over HTTP, and how it is answered."""

    port: int
    status: int = 200
    came: list[dict[str, Any]] = field(default_factory=list)
    """The documents of every request, whatever was answered."""

    @property
    def url(self) -> str:
        return f"json://{HERE}:{self.port}/hook"

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The documents that were answered with a yes."""
        return [c for c in self.came if c["answered"] < 300]


@contextmanager
def webhook(status: int = 200, port: int = 0) -> Iterator[Webhook]:
    """A receiver of webhooks that answers with `status` until it is told otherwise."""
    seen = Webhook(port=0, status=status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.came.append(document | {"answered": seen.status})
            self.send_response(seen.status)
            if seen.status in (301, 302):
                self.send_header("Location", f"http://{HERE}:{seen.port}/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with listening(Handler, port) as seen.port:
        yield seen


@dataclass
class Mailbox:
    """What came by mail."""

    port: int
    came: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mailto://{HERE}:{self.port}?from=stars@example.go.jp&to=director@example.go.jp"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server (SMTP)."""
    seen = Mailbox(port=free_port())

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            seen.came.append(message)
            return "250 OK"

    controller = Controller(Handler(), hostname=HERE, port=seen.port)
    controller.start()
    try:
        yield seen
    finally:
        controller.stop()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as found:
        found.bind((HERE, 0))
        return int(found.getsockname()[1])
