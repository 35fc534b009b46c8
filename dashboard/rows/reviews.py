"""Reviews, and what a model says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTopic:
    """A topic of one text, and how sure the model is."""

    topic: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review as it stands now, with what the model says of it."""

    QUERY: ClassVar[str] = "review_search"

    store: str
    store_app_id: str
    review_id: str
    title: str | None
    text: str | None
    rating: int | None
    reviewed_at: datetime
    version: str | None
    language: str | None
    country: str | None
    edited: bool
    thumbs_up: int | None
    reply: str | None
    replied_at: datetime | None
    is_sample: bool
    sentiment: str | None
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    topics: tuple[ReviewTopic, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """What a review said before it was edited."""

    QUERY: ClassVar[str] = "review_states"

    store: str
    store_app_id: str
    review_id: str
    state: int
    rating: int | None
    title: str | None
    text: str | None
    version: str | None
    seen_from: datetime
    seen_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """A review that its store no longer shows."""

    QUERY: ClassVar[str] = "vanished"

    review: str
    vanished_at: datetime
