from __future__ import annotations

from functools import reduce

import numpy as np

from models.ratings.counts import daily_measures
from models.ratings.intervals import Floats
from models.ratings.local_level import LIMIT, STEPS, step_weights, wandering
from models.validation.simulate import FIRST_DAY, joined
from tests.models.made_series import people, written


def wanders(by: list[float], breaks: tuple[int, ...] = ()) -> float:
    """The expected step size of an app whose mean moves by so many stars from week to week."""
    moves = np.cumsum(by)
    weeks = [written(people().shifted(float(m)), 7 * i, 7, 30, i) for i, m in enumerate(moves)]
    weights = step_weights(daily_measures(reduce(joined, weeks), ()), [FIRST_DAY + b for b in breaks])
    return float(weights[0] @ STEPS)


def test_the_more_an_app_wanders_the_larger_its_steps_are_taken_to_be() -> None:
    steady, restless, wild = ([0.0] * 20, [0.15, -0.15] * 10, [0.5, -0.5] * 10)
    assert wanders(steady) < 0.05 < wanders(restless) < 0.15 < wanders(wild)


def test_a_jump_at_a_release_is_not_taken_for_wandering() -> None:
    jump = [0.0] * 10 + [1.2] + [0.0] * 9
    assert wanders(jump, breaks=(70,)) < 0.05 < wanders(jump)


def test_a_short_series_leaves_the_steps_as_they_are_among_apps() -> None:
    weights = step_weights(daily_measures(written(people(), 0, 6, 5, 1), ("login",)), [])
    assert np.allclose(weights.sum(axis=1), 1)
    # Complaints of a topic wander less than stars do.
    assert weights[0] @ STEPS > 3 * (weights[3] @ STEPS)


def test_longer_windows_wander_further_and_not_without_end() -> None:
    def variance(days: int) -> Floats:
        return wandering(np.array([days]), np.array([days]))[0]

    # A random walk of q a week: two adjacent windows of L weeks differ by 2 q L / 3 (L = 4).
    assert np.isclose(variance(28)[2], STEPS[2] ** 2 * 8 / 3)
    assert np.all(np.diff([variance(d) for d in (7, 28, 84)], axis=0) >= 0)
    assert np.isclose(variance(84)[-1], LIMIT**2)
