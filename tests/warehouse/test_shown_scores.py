"""Scores as columns are the scores that they were made of."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import numpy as np

from warehouse.shown_scores import STARS, ShownScore, ShownScores

SCORES = [
    ShownScore(datetime(2026, 3, 1, 12, 30, 15, 123456, UTC), 3.1, 100, (1, 2, 3, 4, 0)),
    ShownScore(datetime(2026, 3, 2, tzinfo=UTC), None, 3_000_000_001, None),
    ShownScore(datetime(2026, 3, 3, tzinfo=UTC), 4.25, None, None),
]
COLUMNS = {
    "observed_at": np.array(
        ["2026-03-01T12:30:15.123456", "2026-03-02", "2026-03-03"], dtype="datetime64[us]"
    ),
    "displayed_score": np.array([3.1, np.nan, 4.25]),
    "ratings_count": np.array([100, 3_000_000_001, np.nan]),
    # Of a histogram in which something is missing nothing is known.
    **{name: np.array([n, n, np.nan]) for n, name in enumerate(STARS, start=1)},
    "stars_5": np.array([0, np.nan, np.nan]),
}


def test_columns_are_the_scores_that_they_hold() -> None:
    shown = ShownScores(COLUMNS)
    assert list(shown) == SCORES
    assert list(pickle.loads(pickle.dumps(shown))) == SCORES  # noqa: S301
    assert [shown[0], shown[-1], *shown[1:2]] == [SCORES[0], SCORES[2], SCORES[1]]
    assert len(shown) == 3
    assert not ShownScores({name: values[:0] for name, values in COLUMNS.items()})
    # Without a gap the columns are whole numbers.
    whole = {
        name: values[:1].astype(np.int64) if "st" in name else values[:1] for name, values in COLUMNS.items()
    }
    assert list(ShownScores({**whole, "ratings_count": np.array([100])})) == SCORES[:1]
