"""Limits: connections at once and how long each may take, and how often a tester or an address may ask.

uvicorn bounds no connection: who opens a thousand of them and sends their headers byte by byte holds the
whole server. Here a connection that waits for a head has a deadline, and where there are too many the one
that has waited longest gives way, so that whoever asks properly is answered.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import resource
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_RESERVED_FILES = 124
"""Of the open files that the system allows: for landing, register, standard streams."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The bounds; a browser on a poor mobile network stays far within them."""

    most: int = 1_000
    """Connections at once."""
    most_of_address: int = 200
    """Of one address, which may be a whole office; a trusted proxy is not counted."""
    head_s: float = 10.0
    """From the first byte, or from connecting, to the end of the headers."""
    answer_s: float = 60.0
    """From the end of the headers until the answer is written; the body has its own bound within."""
    close_s: float = 5.0
    """For the last bytes of a connection that is being closed."""

    @property
    def connections(self) -> int:
        """As many as the system gives files for."""
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return (
            self.most if soft == resource.RLIM_INFINITY else max(16, min(self.most, soft - _RESERVED_FILES))
        )


class Connections:
    """Who is connected. `Held` is anything that can be told to give way."""

    def __init__(self, patience: Patience, trusted: Sequence[str] = ()) -> None:
        self.patience = patience
        self._most = patience.connections
        self._trusted = [ipaddress.ip_network(t, strict=False) for t in trusted]
        self._all: dict[Held, str] = {}
        self._of: dict[str, int] = {}
        self._waiting: OrderedDict[Held, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._all)

    def come(self, held: Held, address: str) -> bool:
        """A new connection, which waits for a head. False when it cannot be taken: all others are at work."""
        key = "" if self._is_trusted(address) else network(address)
        if key and self._of.get(key, 0) >= self.patience.most_of_address and not self._give_way(key):
            return False
        if len(self._all) >= self._most and not self._give_way(None):
            return False
        self._all[held] = key
        self._of[key] = self._of.get(key, 0) + 1
        self._waiting[held] = None
        return True

    def work(self, held: Held) -> None:
        """Its request is there: it gives way to nobody."""
        self._waiting.pop(held, None)

    def rest(self, held: Held) -> None:
        """It waits for its next request."""
        if held in self._all:
            self._waiting.setdefault(held, None)

    def go(self, held: Held) -> None:
        """It is over; a second time changes nothing."""
        key = self._all.pop(held, None)
        self._waiting.pop(held, None)
        if key is None:
            return
        self._of[key] -= 1
        if not self._of[key]:
            del self._of[key]

    def _give_way(self, key: str | None) -> bool:
        """End the connection that has waited longest, of one address or of all."""
        for held in self._waiting:
            if key is None or self._all[held] == key:
                self.go(held)
                held.give_way()
                return True
        return False

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in known for known in self._trusted)


class Held(Protocol):
    """What `Connections` counts."""

    def give_way(self) -> None:
        """End at once."""


class PatientProtocol(H11Protocol):
    """uvicorn's own HTTP/1.1 with `bounds`, which `bounded` sets."""

    bounds: Connections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._is_working = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.bounds.come(self, self.client[0] if self.client else "unknown"):
            transport.abort()
            return
        self._within(self.bounds.patience.head_s, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        self.bounds.go(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._closing()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(msg)
        self._closing()

    def give_way(self) -> None:
        """Another one needs the place."""
        self._within(None)
        self.transport.abort()

    def _look(self) -> None:
        """Set the deadline that the state of the connection asks for; a byte more does not move it."""
        if self.transport.is_closing():
            self._closing()
            return
        is_working = self.cycle is not None and not self.cycle.response_complete
        if is_working and not self._is_working:
            self.bounds.work(self)
            self._within(self.bounds.patience.answer_s, self.give_way)
        elif not is_working and self._is_working:
            self.bounds.rest(self)
            # Until the next request's first byte uvicorn's own keep-alive bound holds.
            self._within(None)
        self._is_working = is_working
        if not is_working and self._deadline is None and self.timeout_keep_alive_task is None:
            self._within(self.bounds.patience.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        if not self.transport.is_closing():
            if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
        self._closing()

    def _closing(self) -> None:
        """Bytes that the other side does not take do not keep a connection for ever."""
        self._within(self.bounds.patience.close_s, self.give_way)

    def _within(self, seconds: float | None, late: Any = None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, late)


def bounded(connections: Connections) -> type[PatientProtocol]:
    """uvicorn's protocol class for one server."""
    return type("BoundedProtocol", (PatientProtocol,), {"bounds": connections})


class Buckets:
    """One bucket a key, which holds a minute's worth and refills evenly.

    Of more than `most` keys the one that has been quiet longest is forgotten: it is the fullest. Why not a
    library: docs/decisions/0015-own-token-buckets.md.
    """

    def __init__(
        self, per_minute: int, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._most = most
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: str) -> int:
        """0 when it is allowed, else after how many whole seconds it would be.

        A refused request costs nothing, so that one who keeps asking is not shut out for ever.
        """
        now = self._clock()
        level, at = self._levels.pop(key, (self._size, now))
        level = min(self._size, level + (now - at) * self._per_second)
        is_allowed = level >= 1
        self._levels[key] = (level - 1 if is_allowed else level, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0 if is_allowed else max(1, math.ceil((1 - level) / self._per_second))


class Scores:
    """A score a key, which falls evenly. Of more than `most` keys the quietest is forgotten."""

    def __init__(
        self, per_minute: float, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_minute / 60
        self._most = most
        self._clock = clock
        self._scores: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._scores)

    def of(self, key: str) -> float:
        """The score now."""
        score, at = self._scores.get(key, (0.0, 0.0))
        return max(0.0, score - (self._clock() - at) * self._per_second)

    def add(self, key: str) -> float:
        """One more; the score afterwards."""
        score = self.of(key) + 1
        self._scores[key] = (score, self._clock())
        self._scores.move_to_end(key)
        if len(self._scores) > self._most:
            self._scores.popitem(last=False)
        return score

    def seconds_until(self, key: str, score: float) -> int:
        """After how many whole seconds it has fallen to `score`; 0 when it has."""
        above = self.of(key) - score
        return 0 if above <= 0 else max(1, math.ceil(above / self._per_second))


def network(address: str) -> str:
    """What is counted as one address: an IPv4 address, or the /64 that one IPv6 customer is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
