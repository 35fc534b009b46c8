"""What a method that goes day by day knew at the end of a day, kept so that it can go on from there.

What is said of a day rests on the days up to it alone. So where nothing has changed up to a day, going on
from what was known then comes to the same, to the last bit, as beginning at the first review: the state is
kept with a name of all that it was made of, and what does not bear that name is not used. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RECENT, GRID = 4, 7
"""The days at the end of the data that are worked out again in any case: most of what comes is of them.
States are of every GRID-th day, so that most runs find the one that they would keep."""


@dataclass(frozen=True, slots=True)
class KeptState:
    """The state at the end of `day` (since 1970-01-01). `inputs` names all that it was made of up to then.

    `numbers` are what is known, 64-bit floats of the lowest byte first; `said` what was said, as JSON.
    """

    day: int
    inputs: str
    numbers: bytes
    said: str = ""

    def floats(self) -> NDArray[np.float64]:
        """The numbers."""
        return np.frombuffer(self.numbers, dtype="<f8")


def settled_day(until: int) -> int:
    """The day whose state is kept where the data speak up to day `until`."""
    return (until - RECENT) // GRID * GRID


def name_of(*parts: object) -> str:
    """Names values and arrays: others have another name."""
    told = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            told.update(f"{part.dtype.str}{part.shape}".encode())
            told.update(np.ascontiguousarray(part).data)
        else:
            told.update(f"{part!r};".encode())
    return told.hexdigest()


class Keeper:
    """What was kept of one series, if it still holds, and what is to be kept of it.

    `first` is the series' first day, `day` the one whose state is wanted; `named` says what a state at the
    end of a day is made of. `since` is the last day that need not be worked out again; None where all have to
    be.
    """

    def __init__(self, first: int, day: int, named: Callable[[int], str], kept: KeptState | None) -> None:
        self._named, self.day = named, day
        self.is_wanted = self.day >= first
        self.state: KeptState | None = None
        if self.is_wanted and kept is not None and first <= kept.day <= self.day:
            self.state = kept if kept.inputs == named(kept.day) else None
        self.since = None if self.state is None else self.state.day

    @property
    def is_due(self) -> bool:
        """Whether there is a state to be made."""
        return self.is_wanted and (self.state is None or self.state.day < self.day)

    def keep(self, numbers: bytes, said: str = "") -> None:
        """This is the state at the end of the day that is wanted."""
        self.state = KeptState(self.day, self._named(self.day), numbers, said)


def packed(arrays: Sequence[NDArray[Any]], rows: Sequence[NDArray[np.int64] | int]) -> bytes:
    """Of each array its rows, as the numbers of a state; whole numbers stay exact."""
    parts = [np.ravel(array[at]).astype("<f8") for array, at in zip(arrays, rows, strict=True)]
    return np.concatenate(parts).tobytes()


def unpack(
    numbers: NDArray[np.float64], arrays: Sequence[NDArray[Any]], rows: Sequence[NDArray[np.int64] | int]
) -> None:
    """Put the numbers of a state back into the same rows of arrays of the same shape."""
    done = 0
    for array, at in zip(arrays, rows, strict=True):
        shape = array[at].shape
        size = int(np.prod(shape))
        array[at] = numbers[done : done + size].reshape(shape)
        done += size
    if done != len(numbers):
        raise ValueError(f"a state of {len(numbers)} numbers, where {done} are known")
