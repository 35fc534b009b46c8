"""Builders of counts and snapshots for the tests of the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from models.ratings.counts import ReviewCounts
from models.ratings.series import Snapshot
from models.validation.simulate import FIRST_DAY, Population

BIMODAL = (0.45, 0.1, 0.08, 0.09, 0.28)
"""As reviews of government apps mostly are."""
PRAISE = (0.03, 0.03, 0.09, 0.29, 0.56)
TOPICS = ("login", "crash")
START = datetime(2020, 1, 1, tzinfo=UTC)


def counts(*rows: tuple[int, int], sentiment: int = -1, topics: int = 0, n: int = 1) -> ReviewCounts:
    """Reviews from (day, stars), days counted from FIRST_DAY."""
    ordered = sorted(rows)
    size = len(ordered)
    return ReviewCounts(
        "jp.example.app",
        "google_play",
        np.array([FIRST_DAY + day for day, _ in ordered], dtype=np.int32),
        np.array([stars for _, stars in ordered], dtype=np.int8),
        np.full(size, sentiment, dtype=np.int8),
        np.full(size, topics, dtype=np.uint32),
        np.full(size, n, dtype=np.int64),
    )


def people(shares: Sequence[float] = BIMODAL) -> Population:
    """Who reviews an app: stars by `shares`; poor stars are of negative sentiment and complain of login."""
    stars = np.arange(1, 6, dtype=np.int8)
    sentiment = np.where(stars <= 2, 0, np.where(stars == 3, 1, 2)).astype(np.int8)
    kinds = ReviewCounts(
        "jp.example.app", "google_play", np.zeros(5, dtype=np.int32), stars, sentiment,
        (stars <= 2).astype(np.uint32), np.ones(5, dtype=np.int64),
    )  # fmt: skip
    return Population(kinds, np.asarray(shares) / np.sum(shares))


def written(who: Population, first: int, days: int, a_day: float, seed: int) -> ReviewCounts:
    """Reviews of `days` days from day `first` (counted from FIRST_DAY) on."""
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.integers(FIRST_DAY + first, FIRST_DAY + first + days, round(days * a_day)))
    return who.draw(moments, rng)


def shown(day: int, score: float | None, count: int | None = None, is_reset: bool = False) -> Snapshot:
    """What the store displayed at noon of a day."""
    return Snapshot(START + timedelta(days=day, hours=12), score, count, is_reset=is_reset)
