"""Builders of counts whose reviews say what matters to a test: day, stars, sentiment, topics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.ratings.counts import ReviewCounts, Span, date_of
from models.validation.simulate import FIRST

TOPICS = ("login", "crash", "usability")
LOGIN, CRASH, USABILITY = 1, 2, 4
NEGATIVE, NEUTRAL, POSITIVE, UNREAD = 0, 1, 2, -1


def reviews(*rows: tuple[int, int, int, int], n: int = 1) -> ReviewCounts:
    """Reviews from (day, stars, sentiment, topics), days counted from FIRST; `n` of each."""
    ordered = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
    return ReviewCounts(
        "jp.example.app", "google_play", (ordered[:, 0] + FIRST).astype(np.int32),
        ordered[:, 1].astype(np.int8), ordered[:, 2].astype(np.int8), ordered[:, 3].astype(np.uint32),
        np.full(len(ordered), n, dtype=np.int64),
    )  # fmt: skip


def daily(counts: Sequence[int], stars: int = 3, sentiment: int = NEUTRAL, topics: int = 0) -> ReviewCounts:
    """So many equal reviews on each day."""
    return reviews(*((day, stars, sentiment, topics) for day, n in enumerate(counts) for _ in range(n)))


def together(*parts: ReviewCounts) -> ReviewCounts:
    """The reviews of several series as one, in order of day."""
    order = np.argsort(np.concatenate([p.day for p in parts]), kind="stable")
    return ReviewCounts(
        "jp.example.app",
        "google_play",
        *(
            np.concatenate([getattr(p, f) for p in parts])[order]
            for f in ("day", "stars", "sentiment", "topics", "n")
        ),
    )


def days(first: int, last: int) -> Span:
    """The days `first`..`last`, counted from FIRST."""
    return Span(date_of(FIRST + first), date_of(FIRST + last))
