"""Where series A (the displayed score) turned: its rises and falls, from as few as two snapshots.

A score that thousands of ratings stand behind has almost no noise, so each of its moves is real; what wants
to be known is which of them are wiggles and where a lasting rise or fall began. A move ends where the score
goes back by more than rounding and the noise of its ratings can do, and by a tenth of a star. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import sqrt

import numpy as np

from models.ratings.changepoints import ChangePoint
from models.ratings.intervals import STAR_SCALE, Z95, posterior, star_moments
from models.ratings.series import HIGHEST, LOWEST, Snapshot, in_order, rounding

LEAST_MOVE = 0.1
"""Going back by less than this many stars does not end a rise or a fall."""


@dataclass(frozen=True, slots=True)
class Move:
    """A rise or fall from the snapshot number `start` to number `end`; `turned` is the first on its way.

    `clear` is the first snapshot that had left the level of `start` by more than noise.
    """

    start: int
    turned: int
    clear: int
    end: int


def turning_points(shots: Sequence[Snapshot], half: float) -> list[Move]:
    """The rises and falls of snapshots that all have a score, in order of time; `half` is the rounding."""
    scores = [s.displayed_score or 0.0 for s in shots]
    of = [variance_of_mean(s) for s in shots]
    bounds: list[int] = []
    direction = low = high = 0
    for i in range(1, len(scores)):
        # Of equal extremes the last: a plateau belongs to what was before the move.
        high = i if direction >= 0 and scores[i] >= scores[high] else high
        low = i if direction <= 0 and scores[i] <= scores[low] else low
        if direction >= 0 and scores[high] - scores[i] > reach(of[high], of[i], half):
            bounds.append(high)
            direction, low = -1, min(range(i, high, -1), key=scores.__getitem__)
        elif direction <= 0 and scores[i] - scores[low] > reach(of[low], of[i], half):
            bounds.append(low)
            direction, high = 1, max(range(i, low, -1), key=scores.__getitem__)
    if not direction:
        return []
    bounds.append(high if direction > 0 else low)
    return [_move(shots, of, half, a, b) for a, b in pairwise(bounds)]


def reach(a: float | None, b: float | None, half: float) -> float:
    """How far two displayed scores must lie apart to differ by more than rounding and noise, of what
    `variance_of_mean` says of both."""
    return max(LEAST_MOVE, 2 * half + Z95 * (noise(a, b) or 0.0))


def noise(a: float | None, b: float | None) -> float | None:
    """Standard error of the difference of two scores, if they came from two crowds, of what
    `variance_of_mean` says of both; None without counts.

    Part of the ratings stand behind both, so the truth is smaller.
    """
    return None if a is None or b is None else sqrt(a + b)


def variance_of_mean(shot: Snapshot) -> float | None:
    """Of a displayed score, if another crowd had given it; None without a count."""
    return _variance(shot) / shot.ratings_count if shot.ratings_count else None


def _variance(shot: Snapshot) -> float:
    """Of one rating: from the histogram, or the most that ratings of this mean can have."""
    if shot.stars is not None and any(shot.stars):
        return float(posterior(star_moments(shot.stars), STAR_SCALE)[1])
    score = shot.displayed_score or 0.0
    return max((score - 1) * (5 - score), 0.1)


def _move(shots: Sequence[Snapshot], of: Sequence[float | None], half: float, start: int, end: int) -> Move:
    scores = np.array([s.displayed_score for s in shots[start : end + 1]], dtype=np.float64)
    away = np.abs(scores - scores[0])
    gone = [k for k in range(1, len(scores)) if away[k] > reach(of[start], of[start + k], half)]
    clear = gone[0] if gone else len(scores) - 1
    steps = np.diff(scores[: clear + 1]) * np.sign(scores[-1] - scores[0])
    return Move(start, start + 1 + int(np.argmax(steps)), start + clear, end)


def displayed_changes(snapshots: Sequence[Snapshot]) -> list[ChangePoint]:
    """Rises and falls of series A (displayed score) of one store front, oldest first.

    `changed_on` is the first snapshot on the way, and the change may have begun any day since the snapshot
    before the move (`low_on`); `size` is the whole move to its end. The p value is for the ratings of both
    ends being drawn from one crowd.
    """
    by_day = {s.observed_at.date(): s for s in in_order(snapshots) if s.displayed_score is not None}
    shots = list(by_day.values())
    half = rounding(shots)
    return [_moved(shots, move, half) for move in turning_points(shots, half)]


def _moved(shots: Sequence[Snapshot], move: Move, half: float) -> ChangePoint:
    from scipy.special import ndtr

    a, b = shots[move.start], shots[move.end]
    before, after = a.displayed_score or 0.0, b.displayed_score or 0.0
    size, error = after - before, noise(variance_of_mean(a), variance_of_mean(b))
    wide = 2 * half + Z95 * (error or 0.0)
    excess = max(abs(size) - 2 * half, 0.0)
    return ChangePoint(
        series="A",
        changed_on=shots[move.turned].observed_at.date(),
        low_on=a.observed_at.date() + timedelta(days=1),
        high_on=shots[move.clear].observed_at.date(),
        size=size,
        low=max(LOWEST - HIGHEST, size - wide),
        high=min(HIGHEST - LOWEST, size + wide),
        value_before=before,
        value_after=after,
        n_before=a.ratings_count,
        n_after=b.ratings_count,
        p_value=None if error is None else float(2 * ndtr(-excess / error)),
    )
