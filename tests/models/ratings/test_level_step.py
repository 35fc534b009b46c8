"""A step on a known day: found where there is one, on its own day, and not where the level only wanders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import Daily
from models.ratings.intervals import STAR_SCALE
from models.ratings.level_step import step_p_values

DAYS, ON = 300, 200


def daily(level: NDArray[np.float64], a_day: int, rng: np.random.Generator) -> Daily:
    """Reviews of one or five stars whose mean is `level` day by day."""
    n = rng.poisson(a_day, len(level))
    fives = rng.binomial(n, np.clip((level - 1) / 4, 0.02, 0.98))
    total, squares = 5.0 * fives + (n - fives), 25.0 * fives + (n - fives)
    columns = (x.astype(np.float64)[:, None] for x in (n, total, squares))
    return Daily(18_000, ("mean_stars",), (None,), (STAR_SCALE,), *columns)


def p_value(
    level: NDArray[np.float64], on: int = ON, ends: int | None = None, seed: int = 1, a_day: int = 10
) -> float:
    rng = np.random.default_rng(seed)
    made = daily(level, a_day, rng)
    until = min(on + 84, DAYS) if ends is None else ends
    off = made.total[on:until].sum() / max(made.n[on:until].sum(), 1) - made.total[:on].sum() / max(
        made.n[:on].sum(), 1
    )
    return float(step_p_values(made, np.array([on]), np.array([until]), np.array([[np.sign(off)]]))[0, 0])


def step(size: float, at: int = ON) -> NDArray[np.float64]:
    return 3.0 + size * (np.arange(DAYS) >= at)


def test_a_step_is_found_on_its_day() -> None:
    assert p_value(step(-0.8)) < 0.005
    assert p_value(step(0.8)) < 0.005
    # or by and by, as a new version takes its time
    late = np.maximum(np.arange(DAYS) + 0.5 - ON, 0)
    assert p_value(3.0 - 0.8 * (1 - np.exp(-late / 4))) < 0.01
    assert p_value(step(-0.8, ON + 7)) < 0.05


def test_a_step_on_another_day_is_not_this_ones() -> None:
    """The windows differ as much; but nothing happened on the day."""
    assert p_value(step(-0.8, ON + 28)) > 0.05
    assert p_value(step(-0.8, ON - 42)) > 0.05


def test_levels_that_stay_are_false_as_often_as_they_may_be() -> None:
    told = [p_value(step(0.0), seed=seed) <= 0.05 for seed in range(300)]
    # of 300 more than 24 is less likely than 1 in 100 at 5 %
    assert sum(told) <= 24


def test_levels_that_wander_are_hardly_more_often_false() -> None:
    told = []
    for seed in range(300):
        walk = np.repeat(np.random.default_rng(1000 + seed).normal(0, 0.15, DAYS // 7 + 1).cumsum(), 7)[:DAYS]
        told.append(p_value(np.clip(3.0 + walk, 1.2, 4.8), seed=seed) <= 0.05)
    assert sum(told) <= 33


def test_where_the_level_wanders_the_same_step_proves_less() -> None:
    walks = np.random.default_rng(4).normal(0, 0.25, (20, DAYS // 7 + 1)).cumsum(axis=1)
    wandering = [
        p_value(np.clip(step(-0.6) + np.repeat(walk, 7)[:DAYS], 1.2, 4.8), seed=k)
        for k, walk in enumerate(walks)
    ]
    steady = [p_value(step(-0.6), seed=k) for k in range(20)]
    assert np.median(wandering) > 5 * np.median(steady)


def test_where_reviews_of_a_day_are_alike_the_same_step_proves_less() -> None:
    """How alike they are is told by the app's own days."""

    def typical(sway: float) -> float:
        found = []
        for seed in range(20):
            off = np.random.default_rng(50 + seed).normal(0, sway, DAYS)
            found.append(p_value(np.clip(step(-0.5) + off, 1.2, 4.8), seed=seed, a_day=100))
        return float(np.median(found))

    assert typical(0.5) > 3 * typical(0.0)


def test_what_comes_after_the_window_is_not_looked_at() -> None:
    rng = np.random.default_rng(2)
    made = daily(step(0.0), 10, rng)
    other = Daily(made.first, made.names, made.topics, made.scales, made.n, made.total.copy(), made.squares)
    other.total[ON + 28 :] = made.n[ON + 28 :]
    on, ends, sign = np.array([ON]), np.array([ON + 28]), np.array([[1.0]])
    # The spread of one review is that of the whole series; scaled by it, nothing else is known.
    first, second = (step_p_values(x, on, ends, s)[0, 0] for x, s in ((made, sign), (other, sign)))
    assert abs(first - second) < 0.2


def test_a_step_against_the_windows_is_none() -> None:
    rng = np.random.default_rng(3)
    made = daily(step(-0.8), 10, rng)
    at = (np.array([ON]), np.array([ON + 84]))
    assert step_p_values(made, *at, np.array([[1.0]]))[0, 0] == 1
    assert step_p_values(made, *at, np.array([[-1.0]]))[0, 0] < 0.005


def test_a_day_outside_the_reviews_gives_a_number_and_no_error() -> None:
    rng = np.random.default_rng(3)
    made = daily(step(0.0), 10, rng)
    found = step_p_values(made, np.array([-50, 900]), np.array([-22, 928]), np.full((2, 1), np.nan))
    assert found.shape == (2, 1)
