"""Chance from a hash: the same key gives the same throws on every machine and Python.

No global state and no order between keys, so a review does not change because another one was added.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_WORDS = 8
_SCALE = 1.0 / 2**64


class Dice:
    """A stream of throws named by its key."""

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, *key: object) -> None:
        self._key = "\0".join(map(str, key)).encode()
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """64 random bits."""
        if not self._words:
            digest = hashlib.blake2b(self._key + self._block.to_bytes(4, "big")).digest()
            self._words = [int.from_bytes(digest[8 * n : 8 * n + 8], "big") for n in range(_WORDS)]
            self._block += 1
        return self._words.pop()

    def share(self) -> float:
        """A number in [0, 1)."""
        return self.word() * _SCALE

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.word() % (high - low + 1)

    def pick(self, things: Sequence[T]) -> T:
        """One of them, all alike."""
        return things[self.word() % len(things)]

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in `weights`, by weight."""
        left = self.share() * sum(weights)
        for place, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return place
        return len(weights) - 1

    def poisson(self, mean: float) -> int:
        """A Poisson count, by multiplying uniforms (Knuth, TAOCP 2, 3.4.1); mean below some hundreds."""
        limit, count, product = math.exp(-mean), 0, self.share()
        while product > limit:
            count += 1
            product *= self.share()
        return count

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """All of them in another order (Fisher and Yates)."""
        order = list(things)
        for place in range(len(order) - 1, 0, -1):
            other = self.word() % (place + 1)
            order[place], order[other] = order[other], order[place]
        return order
