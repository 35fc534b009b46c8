"""What `hoshiyomi dashboard` gives to Streamlit's server: app.py, its page made ours (`first_paint`), and
headers on every answer.

They tell the browser to refuse other hosts, other frames and guesses; Streamlit sends no such headers. Its
page needs styles in attributes; nothing else is allowed beyond what comes from this server. No text becomes a
program: Streamlit has Vega interpret a chart's expressions.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import first_paint

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def fixed(page: str) -> Mapping[str, str]:
    """The headers beside Streamlit's; `page` is its HTML, whose own scripts are named by their sums."""
    return {
        "Content-Security-Policy": policy(sums(page)),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
    }


def policy(scripts: Iterable[str]) -> str:
    """The Content-Security-Policy; `scripts` are the sums of scripts within the page."""
    return "; ".join(
        (
            "default-src 'none'",
            # blob: is how Streamlit loads the script of a component (`components/js`).
            f"script-src 'self' blob: {' '.join(scripts)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self' blob:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def sums(page: str) -> list[str]:
    """The scripts that stand in a page, as Content-Security-Policy names them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(page))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


class WithHeaders:
    """The same headers on every answer; plain ASGI, so that nothing is held back on its way."""

    def __init__(self, app: ASGIApp, page: str) -> None:
        self.app = app
        self._fixed = fixed(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, add)


class OurPage:
    """Our page in the place of Streamlit's, at whatever address Streamlit answers with its own."""

    def __init__(self, app: ASGIApp, page: str) -> None:
        self.app = app
        self._theirs = first_paint.PAGE.read_bytes()
        self._ours = HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if not held and not _is_page(message):
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                if b"".join(m.get("body", b"") for m in held) == self._theirs:
                    await self._ours(scope, receive, send)
                else:
                    for each in held:
                        await send(each)
                held.clear()

        await self.app(_asking_for_all(scope), receive, hold)


def _is_page(message: Message) -> bool:
    """Whether an answer begins that is HTML."""
    if message["type"] != "http.response.start" or message["status"] != 200:
        return False
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")


def _asking_for_all(scope: Scope) -> Scope:
    """The same request, to be answered whole and plain: neither packed nor "as you know it"."""
    apart = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in apart]
    return {**scope, "headers": headers, "extensions": {}}


_PAGE = first_paint.page()
# Streamlit recognises the app by this line, without running it.
app = st.App("app.py", middleware=[Middleware(WithHeaders, page=_PAGE), Middleware(OurPage, page=_PAGE)])
