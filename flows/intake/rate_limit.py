"""Token buckets and scores with bounded memory: how often a tester or an address may ask."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """One bucket a key, which holds a minute's worth and refills evenly.

    Of more than `most` keys the one that has been quiet longest is forgotten: it is the fullest.
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
