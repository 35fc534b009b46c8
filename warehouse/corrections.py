"""Corrections: what people say of reviews in the place of the model's word, landed from a screen.

The one thing that the dashboard writes, and it writes it as everything comes in: a landing file, whole or not
there, which the next refresh loads. No database is opened, and nobody's name is taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from warehouse.landing import Landing
from warehouse.manifest import CORRECTION
from warehouse.records import Correction, Coverage

SENTIMENTS = ("negative", "neutral", "positive")
SOURCE = "dashboard"
_PART = "00000"
Key = tuple[str, str, str]
"""A review: store, the store's id of the app, the store's id of the review."""


def land(
    data: Path, review: Key, text_hash: str, sentiment: str, topics: Sequence[str], now: datetime
) -> str:
    """Land one correction; the name of its batch. After return it is on disk.

    Raises ValueError for what is no sentiment and for a text or a topic without a name, OSError where the
    landing folder cannot be written.
    """
    if sentiment not in SENTIMENTS:
        raise ValueError(f"{sentiment!r} is none of {', '.join(SENTIMENTS)}.")
    if not text_hash or not all(topics) or not all(review):
        raise ValueError("A correction names its review, the text that was read, and topics by their keys.")
    store, store_app_id, review_id = review
    landing = Landing(data)
    batch = f"{CORRECTION}{now.astimezone(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"
    correction = Correction(
        store=store, store_app_id=store_app_id, review_id=review_id, text_hash=text_hash,
        sentiment=sentiment,  # type: ignore[arg-type]
        topics=tuple(sorted(set(topics))), corrected_at=now,
    )  # fmt: skip
    coverage = Coverage(
        batch=batch, run_id=batch, source=SOURCE, asked_for="corrections", store=store,
        store_app_id=store_app_id, started_at=now, finished_at=now, covered_until=now, pages=1, got=1,
        outcome="complete", reason="end_confirmed",
    )  # fmt: skip
    landing.write(Correction.KIND, batch, _PART, [correction])
    landing.write(Coverage.KIND, batch, _PART, [coverage])
    return batch


def forget(landing: Landing, reviews: Collection[Key]) -> int:
    """Take the corrections of these reviews out of the landing files; how many are gone.

    To be called under the refresh lock. Raises LandingError when a file is damaged.
    """
    if not reviews:
        return 0

    def is_kept(row: dict[str, object]) -> bool:
        return (str(row["store"]), str(row["store_app_id"]), str(row["review_id"])) not in reviews

    return sum(landing.rewrite(path, is_kept) for path in landing.files(Correction.KIND))
