"""What all statistics of reviews are made of: how many reviews share day, stars, tone and topics.

A cell is the whole information that the statistics need of a review, so five million reviews become a
few arrays, and any resampling of reviews is a resampling of counts. Pure: numbers in, numbers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

STARS = 5
TONES = ("negative", "neutral", "positive")
NO_TONE = -1
"""The tone of a review without text, or one that no model has read."""
NO_STARS = 0
"""The stars of a review whose source gives text only."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The reviews of one app in one store, in order of day. All arrays have one length.

    `day` counts days since 1970-01-01 (UTC); `stars` is 1..5 or NO_STARS; `tone` indexes TONES or is
    NO_TONE; bit k of `topics` says that topic k of the catalogue is spoken of; `n` is how many reviews.
    """

    app: str
    store: str
    day: NDArray[np.int32]
    stars: NDArray[np.int8]
    tone: NDArray[np.int8]
    topics: NDArray[np.uint32]
    n: NDArray[np.int64]

    def between(self, first: int, last: int) -> Self:
        """The cells of the days `first`..`last`, both of them included; a view, nothing is copied."""
        low = int(np.searchsorted(self.day, first, "left"))
        high = int(np.searchsorted(self.day, last, "right"))
        part = slice(low, high)
        return type(self)(
            self.app, self.store, self.day[part], self.stars[part], self.tone[part], self.topics[part],
            self.n[part],
        )  # fmt: skip

    def daily_stars(self, first: int, last: int) -> NDArray[np.int64]:
        """How many reviews gave 1..5 stars on each day: an array (days x 5)."""
        part = self.between(first, last)
        rated = part.stars != NO_STARS
        where = (part.day[rated] - first) * STARS + part.stars[rated] - 1
        counts = np.bincount(where, weights=part.n[rated], minlength=(last - first + 1) * STARS)
        return counts.astype(np.int64).reshape(-1, STARS)

    def speaks_of(self, topic: int) -> NDArray[np.bool_]:
        """Which cells speak of topic number `topic` of the catalogue."""
        found: NDArray[np.bool_] = (self.topics >> np.uint32(topic)) & np.uint32(1) == 1
        return found


def topic_matrix(topics: NDArray[np.uint32], count: int) -> NDArray[np.float64]:
    """The bitmasks as a matrix (cells x `count` topics) of zeros and ones, for sums by matrix product."""
    bits = (topics[:, None] >> np.arange(count, dtype=np.uint32)) & np.uint32(1)
    return bits.astype(np.float64)
