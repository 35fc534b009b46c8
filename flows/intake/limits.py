"""Token buckets with bounded memory: how often a tester or an address may ask."""

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

    def take(self, key: str, cost: float = 1.0) -> int:
        """0 when it is allowed, else after how many whole seconds it would be.

        A refused request costs nothing, so that one who keeps asking is not shut out for ever.
        """
        now = self._clock()
        level, at = self._levels.pop(key, (self._size, now))
        level = min(self._size, level + (now - at) * self._per_second)
        # A cost above the bucket's size empties it and is not refused for ever.
        wanted = min(cost, self._size)
        is_allowed = level >= wanted
        self._levels[key] = (level - wanted if is_allowed else level, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0 if is_allowed else max(1, math.ceil((wanted - level) / self._per_second))


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
