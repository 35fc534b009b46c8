"""Alarms on stars: how often they are false, how soon they are right, and what becomes of them."""

from __future__ import annotations

from dataclasses import astuple
from itertools import chain

import numpy as np
import pytest
from numpy.typing import NDArray

from models.ratings.alarm import Alarm, bound_of
from models.ratings.counts import Span, date_of
from models.ratings.level_watch import LevelWatch
from models.ratings.star_alarms import _Desk, star_alarms, star_alarms_together
from models.ratings.star_level import joined
from models.ratings.watched_days import WatchedDays, together

Counts = NDArray[np.int64]
FIRST = 18_000
BEFORE = np.array([0.25, 0.05, 0.1, 0.2, 0.4])
"""Mean 3.45."""
AFTER = np.array([0.5, 0.08, 0.1, 0.12, 0.2])
"""Mean 2.44: a star lower."""


def drawn(a_day: float, *parts: tuple[int, NDArray[np.float64]], seed: int = 1, alike: float = 0.0) -> Counts:
    """Star counts of (days, star distribution) one after the other; `alike`: correlation within a day."""
    rng = np.random.default_rng(seed)
    days = []
    for n_days, shares in parts:
        for _ in range(n_days):
            here = rng.dirichlet(shares * (1 / alike - 1)) if alike else shares
            days.append(rng.multinomial(rng.poisson(a_day), here))
    return np.array(days)


def worse(counts: Counts, rate: float = 0.5, **more: object) -> list[Alarm]:
    return [a for a in star_alarms(FIRST, counts, rate, **more) if a.kind == "worse"]  # type: ignore[arg-type]


def first_over(a_day: float, fall: bool, series: int, seed: int, alike: float = 0.015) -> NDArray[np.float64]:
    """Days after day 91 to the first evidence over the bound of 0.7 a year; inf: none in 28."""
    rng = np.random.default_rng(seed)
    watch, told = LevelWatch(series), np.full(series, np.inf)
    for day in range(91 + 28):
        shares = AFTER if fall and day >= 91 else BEFORE
        here = rng.dirichlet(shares * (1 / alike - 1), series)
        evidence = joined(watch.step(day, rng.multinomial(rng.poisson(a_day, series), here).astype(float))[0])
        if day >= 91:
            told = np.where((evidence >= bound_of(0.7)) & np.isinf(told), day - 90, told)
    return told


# --- calibration and power -------------------------------------------------------------------------------


@pytest.mark.parametrize("a_day", [3, 300])
def test_no_more_false_alarms_than_were_set(a_day: float) -> None:
    told = np.isfinite(first_over(a_day, fall=False, series=200, seed=3))
    # 0.7 a year is 5.4 % in 28 days; of 200 series more than 18 is less likely than 1 in 50
    assert told.sum() <= 18


def test_evidence_grows_by_one_a_day_at_most_while_nothing_happens() -> None:
    """What a bound on the rate of false alarms rests on: the mean of the Shiryaev-Roberts sum."""
    rng = np.random.default_rng(5)
    watch, sums = LevelWatch(200), []
    for day in range(120):
        counts = rng.multinomial(rng.poisson(8, 200), BEFORE).astype(float)
        sums.append(joined(watch.step(day, counts)[0]).mean())
    # not nothing either: evidence that never moved would hold any rate
    assert 5 < np.mean(sums[-20:]) < 60


def test_a_star_at_ten_a_day_is_told_within_days() -> None:
    told = first_over(10, fall=True, series=100, seed=7)
    assert np.isfinite(told).mean() >= 0.98
    assert np.median(told) <= 5


def test_a_star_at_three_a_day_is_told_within_four_weeks() -> None:
    told = first_over(3, fall=True, series=100, seed=7)
    assert np.isfinite(told).mean() >= 0.85


def test_days_that_resemble_each_other_more_are_learned_to(a_day: float = 100) -> None:
    """Twenty times the usual likeness within days raises no twenty times the alarms."""
    told = np.isfinite(first_over(a_day, fall=False, series=100, seed=3, alike=0.2))
    assert told.mean() < 0.15


@pytest.mark.parametrize("rate", [0, -1, 13])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="false alarms a year"):
        bound_of(rate)


def test_a_lower_rate_tells_later() -> None:
    counts = drawn(10, (91, BEFORE), (40, AFTER))
    assert worse(counts, 0.05)[0].raised > worse(counts, 2)[0].raised


def test_series_together_are_as_one_by_one() -> None:
    """Of other lengths, with days of their own without reviews, with holes, ends and alarms of their own."""
    made = [
        drawn(rate, (before, BEFORE), (after, AFTER), seed=seed)
        for seed, (rate, before, after) in enumerate(
            [(20, 100, 60), (0.7, 300, 200), (300, 50, 30), (3, 10, 0)]
        )
    ]
    gap = Span(date_of(FIRST + 95), date_of(FIRST + 110))
    series = [
        WatchedDays.of(FIRST + 7 * k, counts, FIRST + 150, [gap] if k == 0 else [])
        for k, counts in enumerate(made)
    ]
    alone = [
        star_alarms(FIRST + 7 * k, counts, 2, FIRST + 150, [gap] if k == 0 else [])
        for k, counts in enumerate(made)
    ]
    found = star_alarms_together(series, 2)
    assert [[astuple(a)[:10] for a in alarms] for alarms in found] == [
        [astuple(a)[:10] for a in alarms] for alarms in alone
    ]
    for one, other in zip(chain(*found), chain(*alone), strict=True):
        assert astuple(one)[10:-1] == pytest.approx(astuple(other)[10:-1], rel=1e-9)
    assert sum(bool(alarms) for alarms in found) >= 2


# --- the life of an alarm --------------------------------------------------------------------------------


def test_a_lasting_fall_is_raised_dated_and_confirmed() -> None:
    (alarm,) = worse(drawn(20, (100, BEFORE), (60, AFTER)))
    day = date_of(FIRST + 100)
    assert 0 <= (alarm.raised - day).days <= 5
    assert alarm.began_low <= day <= alarm.began_high
    assert abs((alarm.began - day).days) <= 2
    assert alarm.confirmed is not None and alarm.raised < alarm.confirmed
    assert alarm.withdrawn is None and alarm.ended is None and alarm.why is None
    assert alarm.low <= alarm.change <= alarm.high < 0
    assert alarm.value_before == pytest.approx(3.45, abs=0.2)
    assert alarm.evidence >= alarm.bound


def test_a_fall_that_is_repaired_ends_and_the_repair_is_told() -> None:
    alarms = star_alarms(FIRST, drawn(20, (100, BEFORE), (40, AFTER), (60, BEFORE)), 0.5)
    assert [(a.kind, a.why) for a in alarms] == [("worse", "moved_again"), ("better", None)]
    assert alarms[0].ended == alarms[1].raised


def test_a_bad_day_is_withdrawn_by_the_days_after_it() -> None:
    counts = drawn(20, (100, BEFORE), (1, np.array([1.0, 0, 0, 0, 0])), (100, BEFORE))
    alarm = next(a for a in worse(counts, 2) if a.raised >= date_of(FIRST + 100))
    assert alarm.confirmed is None
    assert alarm.withdrawn is not None or alarm.why == "moved_again"


def test_a_new_level_becomes_usual() -> None:
    (alarm,) = worse(drawn(20, (100, BEFORE), (150, AFTER)))
    assert alarm.why == "became_usual"
    assert alarm.ended == date_of(FIRST + (alarm.raised - date_of(FIRST)).days + 91)


def test_an_alarm_is_confirmed_against_the_level_that_it_left() -> None:
    """Whatever becomes of the candidates after it: 60 days say what the first of them said."""
    counts = drawn(20, (100, BEFORE), (60, AFTER))
    (alarm,), watch, series = worse(counts, 0.7), LevelWatch(1), WatchedDays.of(FIRST, counts)
    whole, kept = _Desk(watch, 0, series, bound_of(0.7)), None
    for day, _, here in together([series]):
        whole.before(day, here[0])
        whole.consider(day, 0, watch.step(day, here)[:, 0])
        if whole._open is not None:
            kept = float(whole._open.before.variance[0]) if kept is None else kept
            assert float(whole._open.before.variance[0]) == kept
    assert kept is not None and alarm.confirmed is not None


def test_a_slow_app_has_time_to_confirm() -> None:
    alarms = worse(drawn(0.7, (400, BEFORE), (300, AFTER)), 2)
    assert any(a.confirmed is not None and (a.confirmed - a.raised).days > 3 for a in alarms)


def test_one_stars_of_a_well_liked_app_are_told_by_their_share() -> None:
    liked, broken = np.array([0.02, 0.02, 0.06, 0.2, 0.7]), np.array([0.10, 0.0, 0.04, 0.18, 0.68])
    alarms = worse(drawn(20, (120, liked), (60, broken)))
    assert alarms and alarms[0].measure == "share_one_star"
    assert alarms[0].change > 0


# --- what is no reason for an alarm ----------------------------------------------------------------------


def test_the_past_is_told_by_the_past_only() -> None:
    """An archive: what was raised by a day does not depend on what came later."""
    counts = drawn(20, (100, BEFORE), (40, AFTER), (60, BEFORE))
    early = star_alarms(FIRST, counts[:120], 0.5)
    late = [a for a in star_alarms(FIRST, counts, 0.5) if a.raised < date_of(FIRST + 120)]
    assert early and [(a.raised, a.began, a.change) for a in early] == [
        (a.raised, a.began, a.change) for a in late
    ]


def test_a_hole_is_neither_judged_nor_learned_from() -> None:
    """Days of which only some reviews, all ones, were collected raise nothing."""
    counts = drawn(20, (100, BEFORE), (60, BEFORE))
    holed = counts.copy()
    holed[100:110] = [9, 0, 0, 0, 0]
    gap = Span(date_of(FIRST + 100), date_of(FIRST + 109))
    assert star_alarms(FIRST, holed, 0.5, gaps=[gap]) == []
    assert star_alarms(FIRST, holed, 0.5) != []


def test_a_fall_behind_a_hole_may_have_begun_within_it() -> None:
    counts = drawn(20, (100, BEFORE), (30, BEFORE), (30, AFTER))
    counts[100:130] = 0
    (alarm,) = worse(counts)
    assert alarm.raised >= date_of(FIRST + 130)
    assert alarm.began_low <= date_of(FIRST + 100)


def test_the_first_days_are_no_level_to_fall_from() -> None:
    assert worse(drawn(2, (4, np.array([0.0, 0, 0, 0, 1])), (10, AFTER))) == []


@pytest.mark.parametrize("counts", [np.zeros((0, 5), int), np.zeros((40, 5), int), np.eye(5, dtype=int)])
def test_hardly_any_review_is_no_alarm(counts: Counts) -> None:
    assert star_alarms(FIRST, counts, 12) == []


def test_weekday_manners_are_no_alarm() -> None:
    rng = np.random.default_rng(2)
    tilted = BEFORE * np.exp(-0.12 * np.arange(5))
    tilted /= tilted.sum()
    days = [rng.multinomial(30, tilted if (FIRST + d) % 7 in (2, 3) else BEFORE) for d in range(400)]
    assert worse(np.array(days)) == []


def test_days_after_until_are_not_looked_at() -> None:
    counts = drawn(20, (100, BEFORE), (60, AFTER))
    assert star_alarms(FIRST, counts, 0.5, until=FIRST + 99) == []


def test_the_same_reviews_give_the_same_alarms() -> None:
    counts = drawn(20, (100, BEFORE), (60, AFTER))
    one, other = (star_alarms(FIRST, counts, 0.5) for _ in range(2))
    assert [astuple(a) for a in one] == [astuple(a) for a in other]
