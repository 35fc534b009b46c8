"""What stands before every request: host, address limit, body limit and kind, headers, the last resort.

All of it is plain ASGI, so that a body is counted while it comes in and never held beyond its limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.config.settings import IntakeChoice
from flows.intake.limits import Buckets, network
from flows.intake.schemas import Problem

log = logging.getLogger(__name__)

BODY_TIMEOUT_S = 10.0
UNLIMITED = ("/healthz", "/static/")
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
Refuse = Callable[[Scope, Problem], ASGIApp]
"""How a problem is told: as problem details, or as a page where a person asks."""


class LastResort:
    """Whatever goes wrong further in: a 500 without a word of it, and a log line without what was sent."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note)
        except Problem as problem:
            await self.refuse(scope, problem)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - its words may hold a person's, so it must not go further out
            log.error("a request failed: %s at %s", type(error).__name__, _place(error))  # noqa: TRY400
            if not has_begun:
                await self.refuse(scope, Problem("internal_error"))(scope, receive, send)


def _place(error: Exception) -> str:
    """File and line of an error, without its words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


class SecurityHeaders:
    """The same headers on every answer."""

    def __init__(self, app: ASGIApp, choice: IntakeChoice) -> None:
        self.app = app
        fixed = {
            "Content-Security-Policy": _CSP,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "X-Permitted-Cross-Domain-Policies": "none",
            "Permissions-Policy": (
                "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
            ),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if choice.is_https:
            fixed["Strict-Transport-Security"] = "max-age=31536000"
        self._fixed = [(name.lower().encode(), value.encode()) for name, value in fixed.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._fixed]
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, add)


class KnownHosts:
    """Only the hosts that we are: another name that points here must not borrow our pages."""

    def __init__(self, app: ASGIApp, choice: IntakeChoice) -> None:
        self.app = app
        self._hosts = {"127.0.0.1", "localhost", "[::1]"}
        if choice.public_origin:
            self._hosts.add(_host(urlsplit(choice.public_origin).netloc))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A container's health check asks by whatever address it knows, and is told nothing.
        if scope["type"] == "http" and scope["path"] != "/healthz":
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or _host(hosts[0].lower()) not in self._hosts:
                raise Problem("wrong_host")
        await self.app(scope, receive, send)


def _host(netloc: str) -> str:
    """Without its port; an IPv6 address keeps its brackets."""
    host, colon, port = netloc.rpartition(":")
    return host if colon and port.isdigit() else netloc


class AddressLimit:
    """So many requests a minute from one address, health and style sheet apart.

    `who` says as whom a request is counted: who shows a code that was right before is counted alone, so
    that nobody at the same address can use up what they need.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets, who: Callable[[Scope], str]) -> None:
        self.app = app
        self._buckets = buckets
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(UNLIMITED):
            wait = self._buckets.take(self._who(scope))
            if wait:
                raise Problem("too_many_requests", retry_after=wait)
        await self.app(scope, receive, send)


def address_of(scope: Scope) -> str:
    """Who asks, as the limits count it."""
    client = scope.get("client")
    return network(client[0]) if client else "unknown"


class WholeBody:
    """The body in one piece, at most `most` bytes, within a time; more is refused while it comes in."""

    def __init__(self, app: ASGIApp, most: int, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self.app = app
        self._most = most
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._read(Headers(scope=scope), receive), self._timeout_s)
        except TimeoutError:
            raise Problem("request_timeout") from None
        if body is None:
            return
        is_given = False

        async def give() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, give, send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The body; None when the client went away. Raises Problem."""
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said[:20]) > self._most:
            raise Problem("body_too_large")
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > self._most:
                raise Problem("body_too_large")
            if not message.get("more_body", False):
                return bytes(body)


def check_content_type(request: Request, wanted: str) -> None:
    """Refuse another content type, a compressed body, and files with the reason. Raises Problem."""
    given = request.headers.get("content-type", "")
    kind, _, parameters = given.partition(";")
    kind = kind.strip().lower()
    if kind.startswith(("multipart/", "image/", "video/")):
        raise Problem("files_not_accepted")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    is_utf8 = not parameters.strip() or charset in ("utf-8", "utf8")
    if kind != wanted or not is_utf8 or "content-encoding" in request.headers:
        raise Problem("unsupported_media_type")
