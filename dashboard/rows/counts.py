"""Counts that several rows have, by tone and by stars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dashboard.rows.ratings import RatingSpan


class Read(Protocol):
    """How many texts a model has read, and how many it was given in a language outside its card."""

    @property
    def n_classified(self) -> int: ...

    @property
    def n_not_covered(self) -> int | None: ...


class Toned(Protocol):
    """How many texts have which tone."""

    @property
    def n_negative(self) -> int: ...

    @property
    def n_neutral(self) -> int: ...

    @property
    def n_positive(self) -> int: ...


class ReadAndToned(Read, Toned, Protocol):
    """Both."""


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """`Read` of a row that names its counts otherwise."""

    n_classified: int
    n_not_covered: int | None


def by_tone(row: Toned) -> dict[str, int]:
    """The counts by tone, in the order of the screen."""
    return {"negative": row.n_negative, "neutral": row.n_neutral, "positive": row.n_positive}


def by_stars(span: RatingSpan) -> dict[int, int]:
    """How many reviews gave 1..5 stars."""
    return {1: span.n_1, 2: span.n_2, 3: span.n_3, 4: span.n_4, 5: span.n_5}
