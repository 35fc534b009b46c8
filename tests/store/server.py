"""The loopback store itself: a threaded HTTP server on 127.0.0.1 that keeps a record of all who came."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.store import certificate, movement, wire_apple, wire_connect, wire_play, wire_publisher
from tests.store.catalogue import Catalogue, VirtualClock
from tests.store.credentials import ConnectAccount, Refused, ServiceAccount
from tests.store.faults import MOVES, Fault, FaultPlan
from tests.store.http_wire import JSON, WIRE_FAULTS, Answer, Call, Line, consent_page, not_found, refused

_WIRES = (wire_play, wire_apple, wire_connect, wire_publisher)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request, as it was answered."""

    number: int
    """1-based, over all routes."""
    at: datetime
    """By the store's clock."""
    monotonic: float
    """By the real one: seconds, `time.monotonic()`."""
    method: str
    path: str
    params: dict[str, str]
    """The query."""
    route: str
    """"unknown" where the store has nothing."""
    app: str | None
    place: str | None
    page: int | None
    status: int
    fault: str | None
    """The kind of the fault that hit the answer."""
    moved: tuple[str, ...]
    """The kinds of moves the list made before."""
    headers: dict[str, str]
    """Of the request, names in lower case."""
    early: bool
    """It came before a Retry-After told on this route had passed."""


class StoreServer:
    """`with StoreServer(catalogue, faults) as server:` answers at `server.url` until the block ends.

    `anchored` page tokens of Google Play remember the review before the page; others count, so that new
    reviews shift the pages. `tls` serves https with a certificate that nobody vouches for (`server.authority`
    is the file to trust it by). `hour_limit` is App Store Connect's. `own_apps` are the ids that the official
    accounts may read (None: all), `answers` whether they may reply. `zipped` answers with gzip those who
    accept it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        faults: FaultPlan | None = None,
        *,
        clock: VirtualClock | None = None,
        tls: bool = False,
        anchored: bool = False,
        zipped: bool = True,
        hour_limit: int = 3600,
        own_apps: Sequence[str] | None = None,
        answers: bool = True,
    ) -> None:
        self.catalogue = catalogue
        self.faults = faults or FaultPlan()
        self.clock = clock or VirtualClock()
        self.connect = ConnectAccount()
        self.authority: Path | None = None
        self._tls, self._anchored, self._zipped = tls, anchored, zipped
        self._hour_limit, self._own_apps, self._answers = hour_limit, own_apps, answers
        self._requests: list[Recorded] = []
        self._promises: dict[str, tuple[datetime, float]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._connections: set[socket.socket] = set()

    def __enter__(self) -> StoreServer:
        self._http = _Threads(("127.0.0.1", 0), _handler(self))
        if self._tls:
            context, self.authority = certificate.server_side()
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}"
        self._google = ServiceAccount(f"{self.url}/token")
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        if self._http.errors and error is None:
            raise AssertionError("the loopback store itself failed") from self._http.errors[0]

    @property
    def service_account(self) -> dict[str, str]:
        """The object of a Google key file whose token address is this server."""
        return self._google.file()

    @property
    def requests(self) -> list[Recorded]:
        """All requests so far, in order."""
        with self._lock:
            return list(self._requests)

    def asked(self, route: str) -> list[Recorded]:
        """The requests of one route."""
        return [r for r in self.requests if r.route == route]

    def too_early(self) -> list[Recorded]:
        """The requests that came before a Retry-After had passed by both clocks."""
        return [r for r in self.requests if r.early]

    def busiest(self, seconds: float) -> int:
        """The most requests that came within any span of real time."""
        times = sorted(r.monotonic for r in self.requests)
        return max((bisect_left(times, t + seconds) - n for n, t in enumerate(times)), default=0)

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes, line: Line) -> bool:
        """Answer one request; True if the connection can take another."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = self._call(method, parts.path, query, body)
        struck = self.faults.strike(call.route, call.app, call.place, call.page)
        moves = [f for f in struck if f.kind in MOVES]
        for move in moves:
            movement.move(self.catalogue, self.clock, call, move, self.faults.dice)
        fault = next((f for f in struck if f.kind not in MOVES), None)
        now = self.clock.now()
        answer = self._answer(call, parts.path, headers, fault, now)
        if fault is not None:
            answer = refused(fault, answer, now)
        self._record(method, parts.path, query, headers, call, answer, fault, moves, now)
        zipped = self._zipped and "gzip" in headers.get("accept-encoding", "")
        keep = headers.get("connection", "").lower() != "close"
        wire = fault if fault is not None and fault.kind in WIRE_FAULTS else None
        return line.send(answer, wire, now=now, zipped=zipped, keep=keep)

    def _call(self, method: str, path: str, query: dict[str, str], body: bytes) -> Call:
        for wire in _WIRES:
            call: Call | None = wire.call_of(method, path, query, body)
            if call is not None:
                return call
        return Call(route="unknown")

    def _answer(
        self, call: Call, path: str, headers: dict[str, str], fault: Fault | None, now: datetime
    ) -> Answer:
        match call.route.partition("_")[0]:
            case "play":
                return wire_play.answer(call, self.catalogue, now, fault, anchored=self._anchored)
            case "app":
                return wire_apple.answer(call, self.catalogue, now, fault)
            case "connect":
                return self._connect_answer(call, headers, fault, now)
            case "publisher":
                return self._publisher_answer(call, headers, fault, now)
        return consent_page() if path == "/consent" else not_found()

    def _connect_answer(
        self, call: Call, headers: dict[str, str], fault: Fault | None, now: datetime
    ) -> Answer:
        hour = now - timedelta(hours=1)
        spent = 1 + sum(r.route.startswith("connect_") and r.at > hour for r in self.requests)
        rate = wire_connect.rate_header(self._hour_limit, spent)
        try:
            self.connect.check(headers.get("authorization"), now)
        except Refused as reason:
            return wire_connect.error(401, "NOT_AUTHORIZED", str(reason))
        if spent > self._hour_limit:
            return wire_connect.error(429, "RATE_LIMIT_EXCEEDED", "The limit of this hour is spent.", rate)
        if call.route == "connect_reply":
            said = wire_connect.reply(call, self.catalogue, now, self._may_answer)
            return replace(said, headers=(*said.headers, rate))
        if not self._own(call):
            return wire_connect.error(403, "FORBIDDEN_ERROR", "This key may not read this app.", rate)
        answer = wire_connect.answer(call, self.catalogue, now, fault, self.url)
        return replace(answer, headers=(*answer.headers, rate))

    def _publisher_answer(
        self, call: Call, headers: dict[str, str], fault: Fault | None, now: datetime
    ) -> Answer:
        try:
            if call.route == "publisher_token":
                token = self._google.token(call.params["form"], now)
                grant = f'{{"access_token":"{token}","expires_in":3599,"token_type":"Bearer"}}'
                return Answer(grant.encode(), JSON)
            self._google.check(headers.get("authorization"), now)
        except Refused as reason:
            if call.route == "publisher_token":
                return Answer(f'{{"error":"{reason}"}}'.encode(), JSON, 400)
            return wire_publisher.error(
                401, "UNAUTHENTICATED", "Request had invalid authentication credentials."
            )
        if not self._own(call) or (call.route == "publisher_reply" and not self._may_answer(call.app or "")):
            message = "The caller does not have permission"
            return wire_publisher.error(403, "PERMISSION_DENIED", message)
        if call.route == "publisher_reply":
            return wire_publisher.reply(call, self.catalogue, now)
        return wire_publisher.answer(call, self.catalogue, now, fault, anchored=self._anchored)

    def _may_answer(self, app: str) -> bool:
        return self._answers and (self._own_apps is None or app in self._own_apps)

    def _own(self, call: Call) -> bool:
        return self._own_apps is None or call.app in self._own_apps

    def _record(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], call: Call,
        answer: Answer, fault: Fault | None, moves: list[Fault], now: datetime,
    ) -> None:  # fmt: skip
        real = time.monotonic()
        with self._lock:
            until = self._promises.get(call.route)
            early = until is not None and now < until[0] and real < until[1]
            told = dict(answer.headers).get("Retry-After")
            if told is not None:
                wait = _seconds(told, now)
                self._promises[call.route] = (now + timedelta(seconds=wait), real + wait)
            self._requests.append(
                Recorded(
                    number=len(self._requests) + 1, at=now, monotonic=real, method=method, path=path,
                    params=query, route=call.route, app=call.app, place=call.place, page=call.page,
                    status=answer.status, fault=fault.kind if fault else None,
                    moved=tuple(m.kind for m in moves), headers=headers, early=early,
                )
            )  # fmt: skip

    def opened(self, connection: socket.socket) -> Line:
        """A connection that must not outlive the server."""
        with self._lock:
            self._connections.add(connection)
        return Line(connection, self._closing)

    def closed(self, connection: socket.socket) -> None:
        """A connection that is done."""
        with self._lock:
            self._connections.discard(connection)


def _seconds(told: str, now: datetime) -> float:
    return float(told) if told.isdigit() else (parsedate_to_datetime(told) - now).total_seconds()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.errors: list[BaseException] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up or refuse the certificate belong to the tests; our own mistakes do not."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)


def _handler(store: StoreServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def setup(self) -> None:
            super().setup()
            self.line = store.opened(self.connection)

        def finish(self) -> None:
            store.closed(self.connection)
            with contextlib.suppress(OSError):
                super().finish()

        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.close_connection = True
            if store.handle(method, self.path, headers, body, self.line):
                self.close_connection = False

        def log_message(self, format: str, *args: Any) -> None:
            """The record is kept by the store."""

    return Handler
