from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ratings.turning_points import LEAST_MOVE, Move, reach, turning_points, variance_of_mean
from tests.models.made_series import shown


def turns(*scores: float, count: int | None = 1_000_000, half: float = 0.0) -> list[Move]:
    return turning_points([shown(i, s, count) for i, s in enumerate(scores)], half)


def test_a_rise_is_one_swing_however_many_steps_it_takes() -> None:
    assert [(s.start, s.end) for s in turns(2.0, 2.4, 2.9, 3.3, 4.0)] == [(0, 4)]


def test_a_plateau_before_the_move_belongs_to_neither_the_move_nor_its_date() -> None:
    (rise,) = turns(2.2, 2.2, 2.2, 2.9, 4.0)
    assert (rise.start, rise.turned, rise.clear) == (2, 3, 3)


def test_wiggles_within_a_tenth_do_not_end_a_rise() -> None:
    assert [(s.start, s.end) for s in turns(2.0, 2.5, 2.45, 3.0)] == [(0, 3)]
    assert [(s.start, s.end) for s in turns(2.0, 2.5, 2.3, 3.0)] == [(0, 1), (1, 2), (2, 3)]


def test_what_rounding_or_few_ratings_can_do_is_no_move() -> None:
    assert turns(4.0, 4.3, 4.0, half=0.05, count=30) == []
    assert turns(4.0, 4.1, half=0.05) == []
    assert len(turns(4.0, 4.3, 4.0, half=0.05)) == 2


@pytest.mark.parametrize("scores", [(), (4.0,), (4.0, 4.0, 4.0)])
def test_where_nothing_moves_there_is_no_swing(scores: tuple[float, ...]) -> None:
    assert turns(*scores) == []


@settings(deadline=None)
@given(st.lists(st.floats(1, 5), max_size=25))
def test_swings_follow_on_each_other_alternate_and_are_large_enough(scores: list[float]) -> None:
    found = turns(*scores)
    shots = [shown(i, s, 1_000_000) for i, s in enumerate(scores)]
    assert all(a.end == b.start for a, b in pairwise(found))
    moves = [scores[s.end] - scores[s.start] for s in found]
    assert all(a * b < 0 for a, b in pairwise(moves))
    for s, move in zip(found, moves, strict=True):
        assert abs(move) > LEAST_MOVE
        ends = (variance_of_mean(shots[at]) for at in (s.start, s.end))
        assert abs(move) > reach(*ends, 0.0) - 1e-9
        assert s.start < s.turned <= s.clear <= s.end
