"""HTTP as the loopback store needs it: what was called, what is answered, and every bad way of sending it."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from tests.store.faults import Fault

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
_CAPTCHA = (
    "<!doctype html><html><head><title>Sorry...</title></head><body><h1>We're sorry...</h1>"
    "<p>Our systems have detected unusual traffic from your computer network. このページは、自動化された"
    "リクエストでないことを確認します。</p><form id='captcha-form'></form></body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that a wire knows: its route and what it is about."""

    route: str
    app: str | None = None
    place: str | None = None
    page: int | None = None
    """1-based, for lists."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """What the route needs, already taken apart."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back if the wire holds."""

    body: bytes
    content_type: str = JSON
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def not_found() -> Answer:
    """What both stores say to an address they do not know."""
    page = "<h1>We're sorry, the requested URL was not found on this server.</h1>"
    return Answer(f"<!doctype html><html><body>{page}</body></html>".encode(), HTML, 404)


def refused(fault: Fault, answer: Answer, now: datetime) -> Answer:
    """The answer that a fault of refusal or of content puts in the place of `answer`."""
    match fault.kind:
        case "too_many_requests":
            return Answer(b"<html><title>429</title></html>", HTML, 429, _retry_after(fault, now))
        case "server_error":
            return Answer(b"<html><title>Error</title></html>", HTML, fault.status, _retry_after(fault, now))
        case "captcha":
            return Answer(_CAPTCHA.encode(), HTML)
        case "consent":
            return Answer(b"", HTML, 302, (("Location", "/consent?continue=x"),))
        case "token_expired":
            return Answer(b'{"error":{"code":401,"status":"UNAUTHENTICATED"}}', JSON, 401)
        case "garbage":
            return replace(answer, body=b')]}\'\n\n[["wrb.fr",{"feed":!!' + answer.body[5:60][::-1])
        case "cut_short":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case "wrong_charset":
            media = answer.content_type.partition(";")[0]
            return replace(answer, content_type=f"{media}; charset=iso-8859-1")
        case "wrong_bytes":
            return replace(answer, body=_no_longer_utf8(answer.body))
    return answer


def _retry_after(fault: Fault, now: datetime) -> tuple[tuple[str, str], ...]:
    if fault.retry_after is None:
        return ()
    if fault.retry_after_as == "seconds":
        return (("Retry-After", str(fault.retry_after)),)
    return (("Retry-After", format_datetime(now + timedelta(seconds=fault.retry_after), usegmt=True)),)


def _no_longer_utf8(body: bytes) -> bytes:
    wrong = body.decode("utf-8").encode("cp932", "replace")
    # A text without Japanese survives the change: then one byte is spoilt.
    middle = len(wrong) // 2
    return wrong[:middle] + b"\x83\xff" + wrong[middle:]


def consent_page() -> Answer:
    """Where `consent` leads to."""
    return Answer(_CAPTCHA.encode(), HTML)


class Line:
    """One connection, and how an answer goes over it."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, answer: Answer, fault: Fault | None, *, now: datetime, zipped: bool, keep: bool) -> bool:
        """Send it, well or as the fault wants it; True if the connection can take another request."""
        kind = fault.kind if fault else None
        body = answer.body
        headers = [*answer.headers]
        if kind == "truncated_gzip" or (zipped and len(body) > 1000):
            body = gzip.compress(body, 1)
            headers.append(("Content-Encoding", "gzip"))
        if kind == "truncated_gzip":
            body = body[: max(12, len(body) * 2 // 3)]
        announced = len(body) + (100 if kind == "wrong_length" else 0)
        head = _head(answer, headers, announced, now, keep=keep and kind is None)
        half = len(body) // 2
        match kind:
            case "reset":
                self._reset()
            case "reset_in_body":
                self._connection.sendall(head + body[:half])
                # The client must see the half before the reset overtakes it.
                self._closing.wait(0.02)
                self._reset()
            case "stall":
                self._connection.sendall(head + body[:half])
                self._closing.wait(fault.seconds if fault else 0)
            case "slow_drip":
                self._drip(head, body, fault.seconds if fault else 0)
            case _:
                self._connection.sendall(head + body)
        return keep and kind is None

    def _drip(self, head: bytes, body: bytes, seconds: float) -> None:
        crumbs = 6
        size = len(body) // crumbs + 1
        self._connection.sendall(head)
        for start in range(0, len(body), size):
            self._closing.wait(seconds / crumbs)
            self._connection.sendall(body[start : start + size])

    def _reset(self) -> None:
        with contextlib.suppress(OSError):
            # Closing with unsent data and no lingering sends RST instead of FIN.
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


def _head(answer: Answer, headers: list[tuple[str, str]], length: int, now: datetime, *, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {length}",
        f"Date: {format_datetime(now, usegmt=True)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


WIRE_FAULTS: frozenset[str] = frozenset(
    {"reset", "reset_in_body", "stall", "slow_drip", "truncated_gzip", "wrong_length"}
)
"""Faults of sending; all others change what is sent."""
