"""The scores that a store displayed for one app, day by day, as columns.

A thousand days as columns go to another process, and come out of the database, in a fraction of the time that
as many objects take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", int, float)
STARS = tuple(f"stars_{n}" for n in range(1, 6))
COLUMNS = ("observed_at", "displayed_score", "ratings_count", *STARS)


@dataclass(frozen=True, slots=True)
class ShownScore:
    """What the store displayed, as the last sighting of a day had it."""

    observed_at: datetime
    displayed_score: float | None
    ratings_count: int | None
    stars: tuple[int, ...] | None
    """How many ratings gave 1..5 stars, where the store shows them."""


class ShownScores(Sequence[ShownScore]):
    """Scores in their order, made of columns of one length, in which what is not known is NaN."""

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = {name: columns[name] for name in COLUMNS}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._columns["observed_at"])

    def __iter__(self) -> Iterator[ShownScore]:
        """One after the other."""
        # As UTC, which the column is in but does not say.
        at = self._columns["observed_at"].astype("datetime64[us]").tolist()
        score, count = (self._columns[name].tolist() for name in COLUMNS[1:3])
        stars = np.stack([self._columns[name] for name in STARS], axis=1).tolist()
        for moment, shown, number, each in zip(at, score, count, stars, strict=True):
            histogram = tuple(_known(int, n) for n in each)
            yield ShownScore(
                moment.replace(tzinfo=UTC),
                _known(float, shown),
                _known(int, number),
                None if None in histogram else tuple(n or 0 for n in histogram),
            )

    @overload
    def __getitem__(self, index: int) -> ShownScore: ...
    @overload
    def __getitem__(self, index: slice) -> ShownScores: ...
    def __getitem__(self, index: int | slice) -> ShownScore | ShownScores:
        """One of them, or those of a slice."""
        if isinstance(index, slice):
            return ShownScores({name: values[index] for name, values in self._columns.items()})
        at = range(len(self))[index]
        return next(iter(self[at : at + 1]))


def _known(kind: type[Number], value: float) -> Number | None:
    return None if value != value else kind(value)
