from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ratings.changepoints import (
    LEAST,
    day_noise,
    near_releases,
    partition,
    review_changes,
    scan_p_value,
)
from models.ratings.counts import date_of
from models.ratings.turning_points import displayed_changes
from models.validation.simulate import FIRST_DAY, joined, step_series
from tests.models.made_series import PRAISE, START, counts, people, shown, written


def day(number: int) -> object:
    """The date of a day counted from FIRST_DAY."""
    return date_of(FIRST_DAY + number)


def test_a_step_is_found_on_its_day_with_its_size() -> None:
    moved = joined(written(people(), 0, 60, 20, 1), written(people().shifted(1.0), 60, 60, 20, 2))
    (change,) = review_changes(moved)
    assert change.low_on <= day(60) <= change.high_on  # type: ignore[operator]
    assert abs((change.changed_on - day(60)).days) <= 3  # type: ignore[operator]
    assert change.low <= 1.0 <= change.high
    assert (change.n_before, change.n_after) == pytest.approx((1200, 1200), abs=60)


def test_a_fall_and_a_recovery_are_two_changes() -> None:
    good, bad = people(PRAISE), people(PRAISE).shifted(-1.2)
    parts = [written(good, 0, 40, 15, 1), written(bad, 40, 40, 15, 2), written(good, 80, 40, 15, 3)]
    down, up = review_changes(joined(joined(*parts[:2]), parts[2]))
    assert down.size < 0 < up.size
    assert (down.n_after, down.value_after) == (up.n_before, up.value_before)


def test_gaps_and_uneven_days_do_not_matter() -> None:
    busy = written(people(), 0, 10, 60, 1)
    quiet = [written(people(), 200, 100, 2, seed) for seed in range(40)]
    assert sum(bool(review_changes(joined(busy, q))) for q in quiet) <= 5  # 5 % of 40, and two deviations
    (change,) = review_changes(joined(busy, written(people().shifted(1.2), 200, 100, 2, 2)))
    # Nobody wrote between day 9 and day 200: the level may have moved on any day of the gap.
    assert change.low_on <= day(10) and day(200) <= change.high_on  # type: ignore[operator]


def test_few_of_the_series_without_a_change_get_one() -> None:
    rng = np.random.default_rng(11)
    false = sum(bool(review_changes(step_series(people(), people(), 300, 10, rng)[0])) for _ in range(200))
    assert false <= 18  # 5 % of 200, and three standard deviations


def test_half_a_star_is_found_where_the_reviews_suffice() -> None:
    rng = np.random.default_rng(12)
    who = people(PRAISE)
    found = sum(
        any(c.size < 0 for c in review_changes(step_series(who, who.shifted(-0.5), 300, 30, rng)[0]))
        for _ in range(100)
    )
    assert found >= 95


def test_a_burst_of_one_day_is_no_level() -> None:
    calm = written(people(PRAISE), 0, 90, 10, 1)
    burst = joined(calm.between(0, FIRST_DAY + 44), counts(*[(45, 1)] * 60))
    assert review_changes(joined(burst, calm.between(FIRST_DAY + 46, FIRST_DAY + 90))) == []


def test_days_on_which_people_write_alike_make_the_noise_larger() -> None:
    alone = counts(*[(d, 1 + 4 * (i % 2)) for d in range(60) for i in range(10)])
    alike = counts(*[(d, 1 + 4 * (d % 2)) for d in range(60) for i in range(10)])
    calm, herd = (day_noise(c.daily_stars(FIRST_DAY, FIRST_DAY + 59))[1] for c in (alone, alike))
    assert calm == 1.0
    assert herd > 3


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 80), st.integers(1, 5)), max_size=150))
def test_levels_are_those_between_the_changes_and_hold_all_reviews(rows: list[tuple[int, int]]) -> None:
    changes = review_changes(counts(*rows))
    for a, b in pairwise(changes):
        assert (a.n_after, a.value_after) == (b.n_before, b.value_before)
    if changes:
        assert (changes[0].n_before or 0) + sum(c.n_after or 0 for c in changes) == len(rows)
    assert all(c.low_on <= c.changed_on <= c.high_on and c.low <= c.size <= c.high for c in changes)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=6, max_size=9), st.floats(0.1, 20))
def test_the_partition_is_the_cheapest_of_all(values: list[int], price: float) -> None:
    n = np.concatenate([[0.0], np.cumsum([20.0] * len(values))])
    total = np.concatenate([[0.0], np.cumsum([20.0 * v for v in values])])

    def cost(cuts: list[int]) -> float:
        bounds = [0, *cuts, len(values)]
        fits = [(total[b] - total[a]) ** 2 / (n[b] - n[a]) for a, b in pairwise(bounds)]
        return price * len(cuts) - sum(fits)

    allowed = [[c for c in range(1, len(values)) if bits >> c & 1] for bits in range(0, 2 ** len(values), 2)]
    allowed = [c for c in allowed if all(b - a >= 3 for a, b in zip([0, *c], [*c, len(values)], strict=True))]
    assert cost(partition(n, total, 1.0, price)) == pytest.approx(min(map(cost, allowed)))


def test_a_level_needs_enough_reviews() -> None:
    n, total = (np.concatenate([[0.0], np.cumsum(x)]) for x in ([10.0] * 4, [10.0, 10.0, 50.0, 50.0]))
    assert sum(n[-1:]) < 2 * LEAST
    assert partition(n, total, 0.1, 1.0) == []


def test_the_chance_of_the_largest_of_many_differences_is_that_of_simulated_series() -> None:
    days, largest = 24, 2.6
    walks = np.random.default_rng(3).standard_normal((20_000, days)).cumsum(axis=1)
    cuts = np.arange(3, days - 2)
    bridge = walks[:, cuts - 1] - cuts / days * walks[:, -1:]
    simulated = np.mean(np.abs(bridge / np.sqrt(cuts * (days - cuts) / days)).max(axis=1) > largest)
    assert scan_p_value(largest, cuts / days) == pytest.approx(simulated, abs=0.006)
    many = np.arange(3, 997) / 1000
    assert scan_p_value(4.0, many) == pytest.approx(0.005, abs=0.003)
    assert scan_p_value(0.3, many) == 1.0


def test_series_a_tells_the_relaunch_from_ten_displayed_scores() -> None:
    # Days, scores and counts in the shape of a real relaunch: a fall, then months of rise.
    rows = [
        (0, 3.58, 4072), (21, 3.97, 7197), (63, 2.88, 9182), (102, 2.78, 9728), (139, 3.18, 15221),
        (161, 3.24, 26159), (173, 3.52, 28662), (234, 3.68, 37641), (263, 4.21, 44529), (290, 4.0, 50491),
    ]  # fmt: skip
    changes = displayed_changes([shown(*row) for row in rows])
    assert [round(c.size, 2) for c in changes] == [0.39, -1.19, 1.43, -0.21]
    relaunch = changes[2]
    assert relaunch.low_on == (START + timedelta(days=103)).date()
    assert relaunch.changed_on == relaunch.high_on == (START + timedelta(days=139)).date()
    assert relaunch.low < 1.43 < relaunch.high


def test_the_size_of_a_move_stays_within_what_the_stars_allow() -> None:
    (change,) = displayed_changes([shown(0, 1.0, 60), shown(30, 5.0, 90)])
    assert (change.size, change.high) == (4, 4)
    assert change.low < 4


def test_the_nearest_release_is_named_with_its_distance() -> None:
    (change,) = displayed_changes([shown(0, 2.2, 5000), shown(30, 4.2, 9000)])
    released = [
        ("1.0", change.changed_on - timedelta(days=9)),
        ("2.0", change.changed_on + timedelta(days=2)),
    ]
    (named,) = near_releases([change], released)
    assert (named.nearest_release, named.release_distance_days) == ("2.0", 2)
    assert near_releases([change], []) == [change]


def test_a_score_without_its_count_has_no_p_value() -> None:
    (change,) = displayed_changes([shown(0, 2.2), shown(30, 4.2)])
    assert change.p_value is None
    assert (change.low, change.high) == (pytest.approx(1.9), pytest.approx(2.1))
