"""A plain HTTP/1.1 client on asyncio's streams: little of its own, so that the server is what is measured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class Broken(Exception):
    """The connection ended before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(slots=True)
class Wire:
    """One connection, kept open."""

    url: str
    timeout_s: float = 30.0
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        """One request. Raises Broken."""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        return await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)

    async def raw(self, request: bytes) -> Answer:
        """Send bytes as they are, and read one answer. Raises Broken."""
        try:
            return await asyncio.wait_for(self._raw(request), self.timeout_s)
        except (OSError, EOFError, ValueError, IndexError, TimeoutError) as error:
            self.close()
            raise Broken(type(error).__name__) from error

    async def _raw(self, request: bytes) -> Answer:
        if self._streams is None:
            netloc = urlsplit(self.url)
            self._streams = await asyncio.open_connection(netloc.hostname, netloc.port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        length = 0 if request.startswith(b"HEAD ") else int(headers.get("content-length", "0"))
        body = await reader.readexactly(length)
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split()[1]), headers, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
