"""What an alarm is, whatever it is about: raised on a day, and what later reviews made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["worse", "better"]
Why: TypeAlias = Literal["moved_again", "became_usual", "went_back", "not_confirmed", "disagreed"]

ALL = "all"
SPENT = 0.5
"""Days between two false alarms are so many of the bound: measured (benchmarks/detection.py, `rates`)."""
KNOWN = 1 / 30
"""A level is known, and can be compared with, from this variance on: thirty reviews of different days."""
FIRST_DAYS = 3
"""Days with reviews that a level rests on before it can be left."""
SURE, NOT_SO, LATER = 20.0, 1 / 20, 3
"""Later reviews confirm an alarm at this likelihood ratio and disagree at that one, those of so many days."""
PATIENCE, ENOUGH = 28, 30
"""Days, and reviews, after which an alarm that they did not confirm is withdrawn; after USUAL days anyhow."""
USUAL = 91
"""Days after which a new level is usual."""
WIDTH = 7.35
"""Twice the log-likelihood by which days may be worse than the best and still be the day of the change
(Siegmund 1988; as for change points)."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of one app in one store.

    The level moved between `began_low` and `began_high`, most likely on `began`; it was told on `raised`. It
    is of the `measure` that says so most strongly, of the reviews that speak of `topic` (ALL: of every one).
    `change` with its 95 % interval `low`..`high` is of the reviews from `began` until `raised` against those
    of the level before (of at most 91 days). `bound` is what `evidence` had to reach. `why` says what ended
    or withdrew it; None while it is open.
    """

    measure: str
    kind: Kind
    raised: date
    began: date
    began_low: date
    began_high: date
    confirmed: date | None
    ended: date | None
    withdrawn: date | None
    why: Why | None
    value_before: float
    value_after: float
    change: float
    low: float
    high: float
    n_before: int
    n_after: int
    evidence: float
    bound: float
    topic: str = ALL


_DATES = ("raised", "began", "began_low", "began_high", "confirmed", "ended", "withdrawn")


def as_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm as JSON can hold it."""
    told = {f.name: getattr(alarm, f.name) for f in fields(alarm)}
    return told | {name: told[name] and told[name].isoformat() for name in _DATES}


def from_json(told: Mapping[str, Any]) -> Alarm:
    """The alarm that `as_json` gave."""
    return Alarm(**{**told, **{name: told[name] and date.fromisoformat(told[name]) for name in _DATES}})


def bound_of(alarms_a_year: float) -> float:
    """The evidence at which a series raises so many false alarms of falls a year (and as many of rises)."""
    if not 0 < alarms_a_year <= 12:
        raise ValueError(f"false alarms a year must lie between 0 and 12, not {alarms_a_year}")
    return SPENT * 365 / alarms_a_year
