"""Builders: a test says only what matters to it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from warehouse.records import (
    Consent,
    Correction,
    Coverage,
    DailyRating,
    Erasure,
    Feedback,
    RatingSnapshot,
    Release,
    Review,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon, so many days after 1 March 2026."""
    return NOON + timedelta(days=number)


def review(review_id: str = "r1", **wanted: Any) -> Review:
    """A review of the app `jp.example.app` on Google Play."""
    plain: dict[str, Any] = {
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "source": "test",
        "rating": 3,
        "title": None,
        "text": f"text of {review_id}",
        "reviewed_at": day(0),
        "seen_at": day(1),
        "language": "ja",
    }
    return Review(review_id=review_id, **(plain | wanted))


def snapshot(**wanted: Any) -> RatingSnapshot:
    """A displayed score of 3.5 from 100 ratings."""
    plain: dict[str, Any] = {
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "source": "test",
        "observed_at": day(1),
        "seen_at": day(1),
        "displayed_score": 3.5,
        "ratings_count": 100,
    }
    return RatingSnapshot(**(plain | wanted))


def release(version: str = "1.0", **wanted: Any) -> Release:
    """A release on day 0."""
    plain: dict[str, Any] = {
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "source": "test",
        "released_at": day(0),
        "seen_at": day(1),
    }
    return Release(version=version, **(plain | wanted))


def feedback(feedback_id: str = "f1", **wanted: Any) -> Feedback:
    """Feedback that may be analysed but not quoted."""
    plain: dict[str, Any] = {
        "app": "app",
        "cohort": "alpha",
        "tester": "t1",
        "source": "test",
        "rating": 4,
        "text": f"feedback {feedback_id}",
        "submitted_at": day(0),
        "seen_at": day(1),
        "consent_version": "2026-01",
        "may_analyse": True,
        "may_quote": False,
    }
    return Feedback(feedback_id=feedback_id, **(plain | wanted))


def consent(tester: str = "t1", **wanted: Any) -> Consent:
    """A tester agrees to everything but to be contacted, the day before the first feedback."""
    plain: dict[str, Any] = {
        "app": "app",
        "cohort": "alpha",
        "event": "given",
        "wording": "2026-01",
        "language": "ja",
        "may_improve": True,
        "may_analyse": True,
        "may_quote": True,
        "may_contact": False,
        "at": day(-1),
        "source": "test",
    }
    return Consent(tester=tester, **(plain | wanted))


def withdrawal(tester: str = "t1", **wanted: Any) -> Consent:
    """A tester takes everything back on day 2."""
    nothing = dict.fromkeys(("may_improve", "may_analyse", "may_quote", "may_contact"), False)
    return consent(tester, **({"event": "withdrawn", "at": day(2)} | nothing | wanted))


def erasure(tester: str = "t1", **wanted: Any) -> Erasure:
    """Everything of a tester in the app until day 2 is to be gone."""
    plain: dict[str, Any] = {"app": "app", "at": day(2), "source": "test"}
    return Erasure(tester=tester, **(plain | wanted))


def daily_rating(**wanted: Any) -> DailyRating:
    """A day of Play Console's export."""
    plain: dict[str, Any] = {
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "source": "test",
        "daily_average": 3.5,
        "total_average": 3.0,
        "seen_at": day(1),
    }
    given = plain | wanted
    return DailyRating(**(given | {"day": date.fromisoformat(str(given["day"]))}))


def coverage(batch: str, **wanted: Any) -> Coverage:
    """A complete coverage row."""
    plain: dict[str, Any] = {
        "run_id": "run",
        "source": "test",
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "started_at": day(1),
        "finished_at": day(1),
        "covered_until": day(1),
        "pages": 1,
        # No more than any batch holds: fewer rows than coverage says is damage.
        "got": 0,
        "outcome": "complete",
        "reason": "end_confirmed",
    }
    return Coverage(batch=batch, **(plain | wanted))


def correction(review_id: str = "r1", text: str | None = None, **wanted: Any) -> Correction:
    """Somebody says of the review of the same id, which has this text and no title, that it is negative."""
    read = f"text of {review_id}" if text is None else text
    plain: dict[str, Any] = {
        "store": "google_play",
        "store_app_id": "jp.example.app",
        "text_hash": hashlib.sha256(read.encode()).hexdigest()[:32],
        "sentiment": "negative",
        "topics": ("crash",),
        "corrected_at": day(2),
    }
    return Correction(review_id=review_id, **(plain | wanted))
