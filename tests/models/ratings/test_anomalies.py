from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import betabinom, nbinom

from models.ratings.anomalies import (
    ALL,
    TOPICS,
    Anomaly,
    Asked,
    anomalies,
    anomalies_together,
    judged_days,
    shares_of_the_rate,
)
from models.ratings.counts import NO_SENTIMENT, ReviewCounts, Span, date_of
from models.ratings.forecast import CountBaseline, Weekdays, beta_binomial_tail
from models.ratings.intervals import wilson
from models.validation.simulate import FIRST, World, joined
from tests.models import made_reviews as made
from tests.models.made_reviews import CRASH, NEGATIVE, POSITIVE, daily, days, reviews, together

NAMES = tuple(str(k) for k in range(18))
CALM = World(busier=0.05)


def today(counts: ReviewCounts, measure: str = "count", topic: str = ALL, last: int = 1) -> Anomaly:
    found = anomalies(counts, made.TOPICS if counts.topics.max(initial=0) < 8 else NAMES, 0.01, last)
    return next(a for a in found if (a.measure, a.topic) == (measure, topic))


def after_a_calm_past(day: World, per_day: float, usual: float = 20) -> ReviewCounts:
    rng = np.random.default_rng(4)
    return joined(CALM.draw(80, usual, rng), day.draw(1, per_day, rng, first=80))


def test_a_spike_alarms_and_an_ordinary_day_does_not() -> None:
    assert today(after_a_calm_past(CALM, 80)).is_alarm
    assert not today(after_a_calm_past(CALM, 20)).is_alarm


def test_a_quiet_day_is_no_alarm() -> None:
    assert not today(after_a_calm_past(CALM, 5)).is_alarm


def test_bad_news_alarm_by_tone_where_the_count_is_ordinary() -> None:
    bad = after_a_calm_past(replace(CALM, level=-3.0), 20)
    assert today(bad, "tone").is_alarm
    assert not today(bad, "count").is_alarm
    assert not today(after_a_calm_past(replace(CALM, level=6.0), 20), "tone").is_alarm


def test_a_topic_alarms_by_itself() -> None:
    shares = CALM.shares.copy()
    shares[12] = 0.5
    louder = after_a_calm_past(replace(CALM, shares=shares), 20)
    assert today(louder, topic="12").is_alarm
    assert not today(louder).is_alarm
    assert not today(louder, topic="13").is_alarm


def test_three_crashes_in_a_sleepy_app_alarm_and_two_do_not() -> None:
    past = reviews(*((day, 5, POSITIVE, 0) for day in range(0, 90, 9)))
    for n, alarm in ((3, True), (2, False)):
        found = today(together(past, reviews(*[(90, 1, NEGATIVE, CRASH)] * n)), topic="crash")
        assert found.is_alarm is alarm
        assert found.observed == n


def test_an_earlier_spike_does_not_become_the_norm() -> None:
    spiked, calm = [10] * 60, [10] * 60
    spiked[50:52] = [100, 100]
    expected = today(daily(spiked)).expected
    assert today(daily(calm)).expected == pytest.approx(10, rel=0.1)
    assert expected < 15


def test_a_new_level_becomes_the_norm_within_weeks() -> None:
    assert today(daily([10] * 60 + [30])).is_alarm
    settled = today(daily([10] * 60 + [30] * 28))
    assert settled.expected > 22
    assert not settled.is_alarm


def test_a_weekday_that_is_always_busy_is_expected_to_be() -> None:
    # FIRST is a weekday 0
    counts = [60 if day % 7 == 3 else 20 for day in range(7 * 12 + 4)]
    busy = today(daily(counts))
    assert busy.observed == 60
    assert busy.expected > 45
    assert not busy.is_alarm
    assert today(daily([*counts[:-1], 20, 60])).is_alarm


def test_growth_is_expected_to_go_on() -> None:
    counts = [round(20 * 1.02**day) for day in range(90)]
    assert today(daily(counts)).expected == pytest.approx(counts[-1], rel=0.12)


def test_days_that_were_not_collected_are_neither_judged_nor_learned() -> None:
    rng = np.random.default_rng(1)
    calm = CALM.draw(70, 20, rng)
    gap = days(50, 63)
    holed = together(calm.between(FIRST, FIRST + 49), calm.between(FIRST + 64, FIRST + 69))
    found = anomalies(holed, NAMES, 0.01, 20, gaps=[gap])
    assert {a.day for a in found} == {date_of(FIRST + d) for d in range(64, 70)}
    assert next(a for a in found if a.topic == ALL).expected == pytest.approx(20, rel=0.35)


def test_a_day_of_none_where_dozens_are_expected_is_not_learned() -> None:
    after_a_hole = today(daily([30] * 60 + [0] * 10 + [30]))
    assert after_a_hole.expected == pytest.approx(30, rel=0.1)


def test_each_day_is_judged_by_the_days_before_it_only() -> None:
    rng = np.random.default_rng(2)
    short = World(busier=0.3).draw(60, 6, rng)
    long = joined(short, World().draw(20, 60, rng, first=60))
    first = anomalies(short, NAMES, 0.02, 10, date_of(FIRST + 59))
    later = {(a.topic, a.day, a.measure): a for a in anomalies(long, NAMES, 0.02, 30)}
    assert first
    assert all(later[a.topic, a.day, a.measure].p_value == pytest.approx(a.p_value) for a in first)


def test_the_first_four_weeks_are_not_judged() -> None:
    found = anomalies(daily([5] * 40), made.TOPICS, 0.01, 100)
    assert min(a.day for a in found) == date_of(FIRST + 28)
    assert anomalies(daily([5] * 20), made.TOPICS, 0.01, 100) == []


def test_days_up_to_the_given_one_are_judged_though_nobody_wrote() -> None:
    found = anomalies(daily([1] * 40), made.TOPICS, 0.01, 3, date_of(FIRST + 60))
    assert [a.day for a in found if a.measure == "count"] == [date_of(FIRST + d) for d in (58, 59, 60)]
    assert not any(a.measure == "tone" for a in found)


def test_no_reviews_give_no_anomalies() -> None:
    assert anomalies(daily([]), made.TOPICS, 0.01, 30, date(2026, 1, 1)) == []


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_an_impossible_false_alarm_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="false alarm rate"):
        anomalies(daily([1] * 40), made.TOPICS, rate, 3)


def test_an_alarm_is_where_the_adjusted_chance_is_within_the_rate() -> None:
    counts = after_a_calm_past(CALM, 70)
    for a in anomalies(counts, NAMES, 0.05, 20):
        enough = (a.observed if a.measure == "count" else a.observed * a.n) > 2.5
        assert a.is_alarm == (a.p_adjusted <= a.threshold and enough)
        assert a.p_adjusted >= a.p_value


@pytest.mark.parametrize("able", [0, 1, 7, 18])
def test_the_questions_of_one_day_share_no_more_than_the_whole_rate(able: int) -> None:
    least = np.array([1e-9] * able + [0.4] * (18 - able))
    weights = shares_of_the_rate(least, 18, 0.01)
    assert weights.sum() <= 1 + 1e-6
    assert weights[0, 1] == pytest.approx(TOPICS / (18 + able))


def test_few_texts_that_could_not_alarm_leave_their_share_to_others() -> None:
    none, all_ = shares_of_the_rate(np.full(18, 0.4), 18, 0.01), shares_of_the_rate(np.zeros(18), 18, 0.01)
    assert none[0, 1] == pytest.approx(2 * all_[0, 1])


def test_a_count_is_never_thought_rarer_than_its_negative_binomial_says() -> None:
    baseline = CountBaseline(1)
    for count in (0, 2, 1, 0, 0, 3, 1):
        baseline.forecast(1.0)
        baseline.learn(np.array([float(count)]))
    baseline.forecast(1.0)
    tails = [float(baseline.tail(np.array([float(k)]))[0]) for k in range(12)]
    chance = baseline._size / (baseline._size + baseline._mean)
    exact = [float((baseline.weight * nbinom.sf(k - 1, baseline._size, chance)).sum()) for k in range(12)]
    assert tails[0] == 1
    assert tails == sorted(tails, reverse=True)
    assert all(0.97 * e <= t <= 6 * e for t, e in zip(tails[:8], exact[:8], strict=True))


def test_tails_of_the_tone_are_exact() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(1, 300, 60).astype(float)
    x = np.ceil(rng.random(60) * n)
    a, b = rng.gamma(2, 3, (60, 2)) + 0.05, rng.gamma(2, 3, (60, 2)) + 0.05
    exact = betabinom.sf(x[:, None] - 1, n[:, None], a, b)
    assert beta_binomial_tail(x, n, a, b) == pytest.approx(exact, abs=1e-9)


def test_a_weekday_of_which_little_is_known_is_an_ordinary_day() -> None:
    weekdays = Weekdays()
    weekdays.learn(2, 30.0, 10.0, 0.1)
    assert 1 < weekdays.factor(2) < 1.5
    assert np.mean([weekdays.factor(d) for d in range(7)]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("world", "per_day"),
    [(World(), 2.0), (World(busier=0.1, fuller=0.1, mood=0.3), 12.0), (World(busier=0.4, fuller=0.4), 25.0)],
)
def test_ordinary_days_alarm_no_more_often_than_the_user_allows(world: World, per_day: float) -> None:
    rng = np.random.default_rng(11)
    alarms = judged = 0
    for _ in range(6):
        for day in judged_days(world.draw(150, per_day, rng), 18, 0.05, 150):
            judged, alarms = judged + 1, alarms + bool(day.is_alarm.any())
    assert judged > 700
    assert float(wilson(alarms, judged)[0]) <= 0.05


def test_the_range_of_ordinary_days_holds_most_of_them() -> None:
    rng = np.random.default_rng(12)
    found = anomalies(World(busier=0.1, mood=0.3).draw(200, 15, rng), NAMES, 0.01, 150)
    for measure in ("count", "tone"):
        inside = [a.low <= a.observed <= a.high for a in found if a.measure == measure]
        assert np.mean(inside) >= 0.95


def test_apps_together_are_as_one_by_one() -> None:
    """With ends, holes, quiet and unread days and topics of their own: the same to the last bit."""
    rng = np.random.default_rng(13)
    busy, quiet = (World(busier=0.2, mood=0.3).draw(140, rate, rng) for rate in (40, 0.6))
    few = replace(CALM, shares=np.where(np.arange(len(CALM.shares)) < 2, CALM.shares, 0)).draw(60, 8, rng)
    unread = replace(quiet, sentiment=np.full_like(quiet.sentiment, NO_SENTIMENT))
    # Too many for a day of none to be one, and not told of: a hole that the baseline finds by itself.
    holed = joined(CALM.draw(70, 50, rng), CALM.draw(50, 50, rng, first=76))
    asked = [
        Asked(busy, date_of(FIRST + 139)),
        Asked(quiet, date_of(FIRST + 150), [Span(date_of(FIRST + 60), date_of(FIRST + 90))]),
        Asked(reviews()),
        Asked(few, gaps=[Span(date_of(FIRST + 58), date_of(FIRST + 58))]),
        Asked(unread, date_of(FIRST + 120)),
        Asked(few, date_of(FIRST + 10)),
        Asked(holed, date_of(FIRST + 125)),
    ]
    found = anomalies_together(asked, NAMES, 0.01, 30)
    assert [len(f) > 0 for f in found] == [True, True, False, True, True, False, True]
    alone = [anomalies(a.counts, NAMES, 0.01, 30, a.until, a.gaps) for a in asked]
    assert repr(found) == repr(alone)
