"""What all statistics of reviews are made of: how many reviews share day, stars, sentiment and topics.

That is all that the statistics need of a review, so five million reviews become a few
arrays, and any resampling of reviews is a resampling of counts. Pure: numbers in, numbers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

STARS = 5
SENTIMENTS = ("negative", "neutral", "positive")
NO_SENTIMENT = -1
"""The sentiment of a review without text, or one that no model has read."""
NO_STARS = 0
"""The stars of a review whose source gives text only."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewCounts:
    """The reviews of one app in one store, in order of day. All arrays have one length.

    A row says that `n` reviews share the rest. `day` counts days since 1970-01-01 (UTC); `stars` is 1..5 or
    NO_STARS; `sentiment` indexes SENTIMENTS or is NO_SENTIMENT; bit k of `topics` says that topic k of the
    catalogue is spoken of.
    """

    app: str
    store: str
    day: NDArray[np.int32]
    stars: NDArray[np.int8]
    sentiment: NDArray[np.int8]
    topics: NDArray[np.uint32]
    n: NDArray[np.int64]

    def between(self, first: int, last: int) -> Self:
        """The counts of the days `first`..`last`, both of them included; a view, nothing is copied."""
        low = int(np.searchsorted(self.day, first, "left"))
        high = int(np.searchsorted(self.day, last, "right"))
        part = slice(low, high)
        return type(self)(
            self.app, self.store, self.day[part], self.stars[part], self.sentiment[part], self.topics[part],
            self.n[part],
        )  # fmt: skip

    def daily_stars(self, first: int, last: int) -> NDArray[np.int64]:
        """How many reviews gave 1..5 stars on each day: an array (days x 5)."""
        part = self.between(first, last)
        rated = part.stars != NO_STARS
        where = (part.day[rated] - first) * STARS + part.stars[rated] - 1
        found = np.bincount(where, weights=part.n[rated], minlength=(last - first + 1) * STARS)
        return found.astype(np.int64).reshape(-1, STARS)


def topic_matrix(topics: NDArray[np.uint32], count: int) -> NDArray[np.float64]:
    """The bitmasks as a matrix (rows x `count` topics) of zeros and ones, for sums by matrix product."""
    bits = (topics[:, None] >> np.arange(count, dtype=np.uint32)) & np.uint32(1)
    return bits.astype(np.float64)
