from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ratings.drivers import NO_TOPIC, Decomposition, Driver, decompose
from models.validation.simulate import World, joined
from tests.models.made_reviews import CRASH, LOGIN, NEUTRAL, TOPICS, UNREAD, days, reviews

BEFORE, AFTER = days(0, 9), days(10, 19)
ALL_TOPICS = [str(k) for k in range(18)]
some_reviews = st.lists(
    st.tuples(st.integers(0, 19), st.integers(0, 5), st.just(NEUTRAL), st.integers(0, 7)), max_size=40
)


def compared(*rows: tuple[int, int, int, int]) -> Decomposition:
    found = decompose(reviews(*rows), BEFORE, AFTER, TOPICS)
    assert found is not None
    return found


def driver(found: Decomposition, topic: str) -> Driver:
    return next(r for r in found.rows if r.topic == topic)


@given(some_reviews)
@settings(max_examples=150, deadline=None)
def test_effects_of_all_topics_add_up_to_the_change(rows: list[tuple[int, int, int, int]]) -> None:
    found = decompose(reviews(*rows, (0, 3, NEUTRAL, 0), (10, 4, NEUTRAL, 1)), BEFORE, AFTER, TOPICS)
    assert found is not None
    assert sum(r.total_effect for r in found.rows) == pytest.approx(
        found.mean_after - found.mean_before, abs=1e-9
    )
    assert all(r.total_effect == pytest.approx(r.share_effect + r.tone_effect, abs=1e-12) for r in found.rows)
    assert all(r.low <= r.total_effect <= r.high for r in found.rows)
    assert sum(r.share_before for r in found.rows) == pytest.approx(1)


@given(some_reviews)
@settings(max_examples=60, deadline=None)
def test_swapping_the_spans_flips_every_sign_and_nothing_else(rows: list[tuple[int, int, int, int]]) -> None:
    made = reviews(*rows, (0, 3, NEUTRAL, 0), (10, 4, NEUTRAL, 1))
    there, back = decompose(made, BEFORE, AFTER, TOPICS), decompose(made, AFTER, BEFORE, TOPICS)
    assert there is not None and back is not None
    for one, other in zip(there.rows, back.rows, strict=True):
        assert one.share_effect == pytest.approx(-other.share_effect, abs=1e-12)
        assert one.tone_effect == pytest.approx(-other.tone_effect, abs=1e-12)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


def test_a_topic_that_is_only_spoken_of_more_has_a_share_effect_and_no_tone_effect() -> None:
    found = compared(*[(0, 5, 2, 0)] * 3, (0, 1, 0, LOGIN), (10, 5, 2, 0), *[(10, 1, 0, LOGIN)] * 3)
    login = driver(found, "login")
    assert (login.share_before, login.share_after) == (0.25, 0.75)
    assert login.tone_effect == 0
    assert login.share_effect == pytest.approx(0.5 * (1 - 3))


def test_a_topic_that_is_spoken_of_as_often_but_worse_has_only_a_tone_effect() -> None:
    found = compared((0, 5, 2, LOGIN), (0, 3, 1, 0), (10, 1, 0, LOGIN), (10, 3, 1, 0))
    login = driver(found, "login")
    assert login.share_effect == 0
    assert login.tone_effect == pytest.approx(0.5 * (1 - 5))


def test_a_review_of_two_topics_counts_half_for_each() -> None:
    found = compared((0, 4, 1, LOGIN | CRASH), (10, 2, 1, 0))
    assert driver(found, "login").share_before == driver(found, "crash").share_before == 0.5
    assert driver(found, "login").n_before == 1
    assert driver(found, NO_TOPIC).share_after == 1


def test_a_topic_unheard_on_one_side_has_no_tone_there_and_no_tone_effect() -> None:
    login = driver(compared((0, 5, 2, 0), (10, 1, 0, LOGIN)), "login")
    assert login.tone_before is None
    assert login.tone_after == 1
    assert login.tone_effect == 0


def test_reviews_without_stars_move_nothing() -> None:
    rows = [(0, 5, 2, 0), (10, 1, 0, LOGIN)]
    assert compared(*rows) == compared(*rows, (0, 0, 0, LOGIN), (11, 0, UNREAD, 0))


def test_a_span_without_stars_has_no_decomposition() -> None:
    assert decompose(reviews((0, 5, 2, 0), (12, 0, 0, 1)), BEFORE, AFTER, TOPICS) is None


def test_an_outage_is_found_as_the_driver_of_the_fall() -> None:
    rng = np.random.default_rng(3)
    world = World(busier=0.2, mood=0.2)
    shares = world.shares.copy()
    shares[2] = 0.4
    counts = joined(world.draw(30, 10, rng), replace(world, shares=shares).draw(30, 10, rng, first=30))
    found = decompose(counts, days(0, 29), days(30, 59), ALL_TOPICS)
    assert found is not None
    assert min(found.rows, key=lambda r: r.total_effect).topic == "2"
    assert found.rows[2].high < 0


@pytest.mark.parametrize("world", [World(), World(busier=0.4, fuller=0.3, mood=0.5)])
def test_intervals_hold_the_truth_about_95_times_in_a_hundred(world: World) -> None:
    rng = np.random.default_rng(7)
    better = replace(world, pulls=world.pulls * 0.6)
    long = joined(world.draw(3_000, 20, rng), better.draw(3_000, 20, rng, first=3_000))
    truth = decompose(long, days(0, 2_999), days(3_000, 5_999), ALL_TOPICS)
    assert truth is not None
    change, topics = [], []
    for _ in range(200):
        counts = joined(world.draw(30, 8, rng), better.draw(30, 8, rng, first=30))
        found = decompose(counts, days(0, 29), days(30, 59), ALL_TOPICS)
        assert found is not None
        change.append(found.low <= truth.change <= found.high)
        topics += [r.low <= t.total_effect <= r.high for r, t in zip(found.rows, truth.rows, strict=True)]
    assert 0.90 <= np.mean(change) <= 0.99
    assert 0.94 <= np.mean(topics) <= 0.995


def test_a_topic_of_which_nobody_spoke_is_not_certain_to_have_done_nothing() -> None:
    rows = [(d, 1 + d % 5, NEUTRAL, 0) for d in range(20)]
    crash = driver(compared(*rows), "crash")
    assert crash.total_effect == 0
    assert crash.low < -0.1 and crash.high > 0.1
