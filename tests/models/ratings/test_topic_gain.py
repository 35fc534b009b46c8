from __future__ import annotations

import numpy as np
import pytest

from models.ratings.counts import complaints
from models.ratings.topics import Gain, topic_gain
from models.validation.simulate import World
from tests.models.made_reviews import (
    CRASH,
    LOGIN,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    TOPICS,
    UNREAD,
    days,
    reviews,
)

WINDOW = days(0, 29)


def gain(topic: str, *rows: tuple[int, int, int, int]) -> Gain:
    return next(g for g in topic_gain(reviews(*rows), TOPICS, WINDOW) if g.topic == topic)


def test_a_complaint_is_a_negative_text_or_a_poor_rating_that_is_not_praise() -> None:
    made = reviews(
        (0, 4, NEGATIVE, LOGIN), (1, 1, NEUTRAL, LOGIN), (2, 2, UNREAD, LOGIN), (3, 1, POSITIVE, LOGIN),
        (4, 3, NEUTRAL, LOGIN), (5, 1, NEGATIVE, 0), (6, 0, NEGATIVE, LOGIN),
    )  # fmt: skip
    assert complaints(made, 1)[:, 0].tolist() == [1, 1, 1, 0, 0, 0, 1]


def test_complainers_are_replaced_by_what_the_others_gave() -> None:
    rows = [(d, 5, POSITIVE, 0) for d in range(15)] + [(d, 3, NEUTRAL, 0) for d in range(15)]
    found = gain("login", *rows, *((d, 1, NEGATIVE, LOGIN) for d in range(10)))
    assert found.mean_with == pytest.approx(130 / 40)
    assert found.mean_without == pytest.approx(4.0)
    assert found.gain == pytest.approx(0.75)
    assert found.n_complaints == 10
    assert found.verdict == "gain"


def test_a_complaint_about_two_topics_credits_each_with_half() -> None:
    rows = [(d, 5, POSITIVE, 0) for d in range(30)] + [(d, 1, NEGATIVE, LOGIN | CRASH) for d in range(10)]
    found = gain("login", *rows)
    assert found.gain == pytest.approx(0.5)
    assert (found.gain_if_alone, found.gain_if_all) == (pytest.approx(0), pytest.approx(1))


def test_topics_come_in_order_of_gain_and_all_of_them_come() -> None:
    rows = [(d, 5, POSITIVE, 0) for d in range(30)] + [(d, 1, NEGATIVE, CRASH) for d in range(9)]
    found = topic_gain(reviews(*rows, *((d, 1, NEGATIVE, LOGIN) for d in range(6))), TOPICS, WINDOW)
    assert [(g.topic, g.rank) for g in found] == [("crash", 1), ("login", 2), ("usability", 3)]


def test_nothing_is_said_of_few_reviews_or_few_complaints() -> None:
    praise = [(d, 5, POSITIVE, 0) for d in range(30)]
    assert gain("login", *praise[:20], *((d, 1, NEGATIVE, LOGIN) for d in range(9))).verdict == "too_few"
    assert gain("login", *praise, *((d, 1, NEGATIVE, LOGIN) for d in range(4))).verdict == "too_few"
    assert gain("login", *praise, *((d, 1, NEGATIVE, LOGIN) for d in range(5))).verdict == "gain"


def test_complaints_of_people_who_rate_no_worse_than_the_others_promise_no_gain() -> None:
    rows = [(d, 3 + d % 3, POSITIVE, 0) for d in range(30)] + [
        (d, 3 + d % 3, NEGATIVE, LOGIN) for d in range(30)
    ]
    found = gain("login", *rows)
    assert found.gain == pytest.approx(0)
    assert found.verdict == "unclear"


def test_where_everybody_complains_nothing_tells_how_they_would_rate_otherwise() -> None:
    found = gain("login", *((d, 1, NEGATIVE, LOGIN) for d in range(30)))
    assert (found.gain, found.mean_without, found.low) == (None, None, None)
    assert found.verdict == "unclear"


def test_reviews_outside_the_window_and_without_stars_do_not_count() -> None:
    rows = [(d, 5, POSITIVE, 0) for d in range(30)]
    assert gain("login", *rows, (40, 1, NEGATIVE, LOGIN), (3, 0, NEGATIVE, LOGIN)).n_complaints == 0
    assert topic_gain(reviews((40, 1, NEGATIVE, LOGIN)), TOPICS, WINDOW) == []


def test_intervals_hold_the_truth_about_95_times_in_a_hundred() -> None:
    rng, names = np.random.default_rng(5), [str(k) for k in range(18)]
    world = World(busier=0.3, fuller=0.3, mood=0.4)
    truth = {g.topic: g.gain for g in topic_gain(world.draw(3_000, 20, rng), names, days(0, 2_999))}
    inside = [
        g.low <= truth[g.topic] <= g.high
        for _ in range(200)
        for g in topic_gain(world.draw(60, 5, rng), names, days(0, 59))
        if g.low is not None and g.high is not None
    ]
    assert 0.93 <= np.mean(inside) <= 0.985
