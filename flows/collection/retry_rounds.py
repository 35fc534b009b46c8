"""Asking again at the end of a run: what failed for a passing reason, after a pause, within its patience.

Pure: what came and how long was waited goes in, the next round comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from flows.collection.collector import Collected
from flows.config.settings import RetryChoice

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Round(Generic[Key]):
    """So many seconds of pause, then these asks once more."""

    wait: float
    asks: tuple[Key, ...]


def next_round(
    ended: Mapping[Key, Collected], number: int, waited: float, choice: RetryChoice
) -> Round[Key] | None:
    """The round `number` (from 0) after `waited` seconds; None where there is nothing to try again.

    The pause doubles from round to round and is never shorter than the longest Retry-After among its asks.
    An ask whose store wants more than what is left of the patience is left to a later run; a pause of our
    own is cut to what is left.
    """
    left = choice.patience_s - waited
    if number >= choice.rounds or left <= 0:
        return None
    worth = {
        k: c for k, c in ended.items() if c.outcome == "failed" and c.is_passing and (c.wait or 0) <= left
    }
    if not worth:
        return None
    wanted = max(c.wait or 0.0 for c in worth.values())
    return Round(max(wanted, min(choice.wait_s * 2.0**number, left)), tuple(worth))
