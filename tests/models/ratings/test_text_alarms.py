"""Alarms on what texts say: many days that are each a little worse count together, and chance does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.ratings.alarm import ALL, Alarm
from models.ratings.counts import NO_SENTIMENT, ReviewCounts, Span, date_of
from models.ratings.text_alarms import text_alarms

FIRST = 18_000
TOPICS = ("login", "crash", "update")
Rows = list[tuple[int, int, int, int]]


def texts(days: range, a_day: int, negative: float, seed: int, topics: int = 0) -> Rows:
    """(day, stars, sentiment, topics) of each text; negative ones have one star."""
    rng = np.random.default_rng(seed)
    found = []
    for day in days:
        for is_negative in (rng.random(rng.poisson(a_day)) < negative).tolist():
            found.append((FIRST + day, 1 if is_negative else 5, 0 if is_negative else 2, topics))
    return found


def counted(rows: Rows) -> ReviewCounts:
    distinct, n = np.unique(np.array(rows), axis=0, return_counts=True)
    day, stars, sentiment, topics = distinct.T
    return ReviewCounts(
        "app", "google_play", day.astype(np.int32), stars.astype(np.int8), sentiment.astype(np.int8),
        topics.astype(np.uint32), n.astype(np.int64),
    )  # fmt: skip


def told(rows: Rows, rate: float = 0.7, **more: object) -> list[Alarm]:
    return text_alarms(counted(rows), TOPICS, rate, **more)  # type: ignore[arg-type]


def test_182_texts_at_90_percent_where_half_is_usual_alarm() -> None:
    rows = texts(range(100), 10, 0.5, 1) + texts(range(100, 114), 13, 0.9, 2)
    (alarm,) = told(rows)
    assert (alarm.topic, alarm.measure, alarm.kind) == (ALL, "share_negative", "worse")
    assert date_of(FIRST + 100) <= alarm.raised <= date_of(FIRST + 104)
    assert abs((alarm.began - date_of(FIRST + 100)).days) <= 2
    assert alarm.began_low <= alarm.began <= alarm.began_high <= alarm.raised
    assert alarm.confirmed is not None and alarm.confirmed > alarm.raised
    assert alarm.value_before == pytest.approx(0.5, abs=0.06)
    assert 0 < alarm.low < alarm.change < alarm.high


def test_no_day_of_a_slow_rise_needs_to_stand_out() -> None:
    """Three texts a day, so that even a day of nothing but bad news proves nothing."""
    rows = texts(range(200), 3, 0.4, 3) + texts(range(200, 260), 3, 0.75, 4)
    (alarm,) = told(rows)
    assert date_of(FIRST + 203) <= alarm.raised <= date_of(FIRST + 230)


def test_a_topic_alarms_on_its_own() -> None:
    """What all texts say does not move; complaints about the second topic do."""
    calm, rise = texts(range(100), 20, 0.5, 5), texts(range(100, 120), 20, 0.5, 6)
    rng = np.random.default_rng(7)
    rows = [(d, s, t, 2 if rng.random() < 0.05 else 0) for d, s, t, _ in calm]
    rows += [(d, s, t, 2 if rng.random() < 0.35 else 0) for d, s, t, _ in rise]
    (alarm,) = told(rows)
    assert (alarm.topic, alarm.measure) == ("crash", "share_complaints")
    assert alarm.raised <= date_of(FIRST + 108)


def test_what_gets_better_is_no_alarm() -> None:
    assert told(texts(range(100), 20, 0.6, 8) + texts(range(100, 130), 20, 0.1, 9)) == []


def test_reviews_without_text_say_nothing() -> None:
    rows = texts(range(130), 20, 0.5, 10)
    rows += [(FIRST + day, 1, NO_SENTIMENT, 0) for day in range(100, 130) for _ in range(60)]
    assert told(rows) == []


def test_chance_raises_no_more_than_was_set() -> None:
    """60 years of an app on which nothing happens, asked for two false alarms a year."""
    shares: NDArray[np.float64] = np.random.default_rng(11).uniform(0.2, 0.8, 30)
    alarms = sum(len(told(texts(range(730), 4, q, 20 + k), 2)) for k, q in enumerate(shares.tolist()))
    assert 5 < alarms <= 2 * 60 + 22


def test_a_rate_that_is_lower_tells_later() -> None:
    rows = texts(range(100), 6, 0.4, 12) + texts(range(100, 140), 6, 0.75, 13)
    assert told(rows, 0.05)[0].raised > told(rows, 4)[0].raised


def test_the_past_is_told_by_the_past_only() -> None:
    rows = texts(range(100), 10, 0.5, 1) + texts(range(100, 120), 13, 0.9, 2)
    early, late = told(rows), told(rows + texts(range(120, 240), 10, 0.3, 3))
    assert [(a.raised, a.began, a.change) for a in early] == [(a.raised, a.began, a.change) for a in late][:1]


def test_days_of_a_hole_are_neither_judged_nor_learned_from() -> None:
    rows = (
        texts(range(100), 10, 0.5, 1)
        + texts(range(100, 110), 10, 1.0, 2)
        + texts(range(110, 160), 10, 0.5, 4)
    )
    assert told(rows)
    assert told(rows, gaps=[Span(date_of(FIRST + 100), date_of(FIRST + 109))]) == []


def test_what_comes_after_the_end_of_the_data_is_not_known() -> None:
    rows = texts(range(100), 10, 0.5, 1) + texts(range(100, 130), 13, 0.9, 2)
    assert told(rows, until=FIRST + 99) == []


# --- the life of an alarm --------------------------------------------------------------------------------


def test_it_ends_when_it_went_back() -> None:
    rows = (
        texts(range(100), 15, 0.4, 1)
        + texts(range(100, 125), 15, 0.8, 2)
        + texts(range(125, 200), 15, 0.4, 3)
    )
    (alarm,) = told(rows)
    assert alarm.why == "went_back"
    assert alarm.ended is not None and date_of(FIRST + 126) <= alarm.ended <= date_of(FIRST + 134)


def test_it_ends_when_it_became_usual() -> None:
    alarm, *_ = told(texts(range(100), 15, 0.4, 1) + texts(range(100, 300), 15, 0.8, 2), 0.1)
    assert alarm.why == "became_usual" and alarm.ended is not None
    assert (alarm.ended - alarm.raised).days == 91


def test_later_texts_that_disagree_withdraw_it() -> None:
    rows = (
        texts(range(100), 15, 0.4, 1)
        + texts(range(100, 102), 30, 1.0, 2)
        + texts(range(102, 200), 15, 0.4, 3)
    )
    (alarm,) = told(rows)
    assert alarm.confirmed is None and alarm.withdrawn is not None
    assert alarm.why in ("disagreed", "not_confirmed")


def test_a_further_rise_is_an_alarm_of_its_own() -> None:
    rows = (
        texts(range(100), 30, 0.2, 1)
        + texts(range(100, 130), 30, 0.5, 2)
        + texts(range(130, 170), 30, 0.9, 3)
    )
    first, second = told(rows)
    assert first.why == "moved_again" and first.ended == second.raised


def test_nothing_says_nothing() -> None:
    nothing = np.zeros(0)
    counts = ReviewCounts("app", "google_play", *(nothing.astype(np.int64) for _ in range(5)))
    assert text_alarms(counts, TOPICS, 0.7) == []
