from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from models.ratings.counts import ReviewCounts, date_of
from models.ratings.release_impact import (
    ENOUGH,
    LEAST,
    Event,
    Impact,
    Release,
    release_impact,
)
from models.ratings.verdicts import release_verdicts
from models.validation.simulate import FIRST_DAY, joined, step_series
from tests.models.made_series import BIMODAL, PRAISE, TOPICS, counts, people, written


def on(day: int) -> date:
    return date_of(FIRST_DAY + day)


def judged(made: ReviewCounts, *days: int, events: tuple[Event, ...] = ()) -> dict[tuple[str, str], Impact]:
    """The impacts of releases on `days`, by version ('0' the first named) and measure."""
    releases = [Release(str(i), on(day)) for i, day in enumerate(days)]
    impacts = release_verdicts(made, releases, TOPICS, events)
    return {(i.release_version, i.measure): i for i in impacts}


def stepped(step: float, day: int = 100, days: int = 200, a_day: float = 15) -> ReviewCounts:
    after = people().shifted(step)
    return joined(written(people(), 0, day, a_day, 1), written(after, day, days - day, a_day, 2))


def test_a_rise_is_better_on_every_measure_and_fewer_complaints_are_better_too() -> None:
    found = judged(stepped(1.0), 100)
    assert {m: found["0", m].verdict for m in ("mean_stars", "share_one_star", "sentiment")} == {
        "mean_stars": "better", "share_one_star": "better", "sentiment": "better",
    }  # fmt: skip
    login = found["0", "topic:login"]
    assert (login.effect or 0) < 0
    assert login.verdict == "better"
    assert found["0", "topic:crash"].verdict == "no_clear_change"


def test_a_fall_is_worse() -> None:
    assert judged(stepped(-0.8), 100)["0", "mean_stars"].verdict == "worse"


def test_a_release_without_a_change_has_no_clear_one() -> None:
    impact = judged(stepped(0.0), 100)["0", "mean_stars"]
    assert impact.verdict == "no_clear_change"
    assert (impact.low or 0) < 0 < (impact.high or 0)


def test_too_few_reviews_are_shown_with_their_interval_and_not_judged() -> None:
    few = joined(written(people(), 0, 90, 15, 1), written(people().shifted(1.5), 90, 5, (LEAST - 1) / 5, 2))
    impact = judged(few, 90)["0", "mean_stars"]
    assert (impact.n_after, impact.verdict, impact.p_value) == (LEAST - 1, "too_few", None)
    assert (impact.effect or 0) > (impact.low or 0) > 0


@pytest.mark.parametrize("day", [-20, 0, 200, 300])
def test_a_release_outside_the_reviews_has_a_row_and_no_effect(day: int) -> None:
    impact = judged(stepped(0.0), day)["0", "mean_stars"]
    assert (impact.effect, impact.low, impact.usual, impact.verdict) == (None, None, None, "too_few")
    assert 0 in (impact.n_before, impact.n_after)
    assert impact.before_from <= impact.before_until < impact.after_from <= impact.after_until


def test_without_reviews_or_releases_there_is_nothing_to_say() -> None:
    assert release_impact(counts(), [Release("1", on(0))], TOPICS, []) == []
    assert release_impact(stepped(0.0), [], TOPICS, []) == []


def test_windows_are_as_short_as_enough_reviews_allow() -> None:
    many, some, few = (
        judged(stepped(0.0, a_day=a_day), 100)["0", "mean_stars"] for a_day in (20, ENOUGH / 40, 1)
    )
    assert [i.after_until - i.after_from + timedelta(1) for i in (many, some, few)] == [
        timedelta(28), timedelta(56), timedelta(84),
    ]  # fmt: skip
    assert (many.before_until, many.after_from) == (on(99), on(100))
    assert many.n_before == pytest.approx(28 * 20, abs=80)


def test_other_releases_and_events_within_the_windows_are_named() -> None:
    beside = (Event("campaign", on(95), on(96)), Event("price", on(10), on(11)))
    found = judged(stepped(0.0, days=400, a_day=5), 100, 140, 300, events=beside)
    assert found["0", "mean_stars"].overlaps == ("1",)
    assert found["0", "mean_stars"].confounders == beside[:1]
    assert found["2", "mean_stars"].overlaps == ()


def test_a_release_and_its_repair_days_later_are_told_apart() -> None:
    regression = joined(written(people(), 0, 100, 10, 1), written(people().shifted(-1.5), 100, 10, 10, 2))
    repaired = joined(regression, written(people(), 110, 60, 10, 3))
    found = judged(repaired, 100, 110)
    assert [found[v, "mean_stars"].verdict for v in ("0", "1")] == ["worse", "better"]
    assert found["0", "mean_stars"].after_until == on(109)
    assert found["0", "mean_stars"].overlaps == ()


def test_a_repair_that_leaves_too_little_to_compare_stays_in_the_window() -> None:
    found = judged(stepped(0.0, days=400, a_day=3), 100, 110)
    assert found["0", "mean_stars"].overlaps == ("1",)


def test_a_change_on_another_date_is_not_the_releases() -> None:
    late = stepped(2.1, day=128, days=230, a_day=5)
    impact = judged(late, 100)["0", "mean_stars"]
    assert impact.moved_on is not None and abs((impact.moved_on - on(128)).days) <= 3
    assert impact.verdict == "no_clear_change"
    assert judged(late, 120)["0", "mean_stars"].verdict == "better"


def test_an_app_that_wanders_anyway_needs_a_larger_effect_than_a_steady_one() -> None:
    rng = np.random.default_rng(5)
    parts = [
        written(people().shifted(float(move)), 7 * week, 7, 15, week)
        for week, move in enumerate(np.clip(rng.normal(0, 0.35, 30).cumsum(), -0.9, 1.2))
    ]
    restless = parts[0]
    for part in parts[1:]:
        restless = joined(restless, part)
    usual = [judged(made, 105)["0", "mean_stars"].usual or 0 for made in (stepped(0.0), restless)]
    assert usual[0] < 0.12 < 0.2 < usual[1]


def test_verdicts_of_a_release_without_an_effect_are_rare() -> None:
    rng = np.random.default_rng(6)
    false = 0
    for trial in range(150):
        who = people(PRAISE if trial % 2 else BIMODAL)
        made, day = step_series(who, who, 150, 10, rng)
        (impact, *_) = release_verdicts(made, [Release("1", date_of(day))], (), [])
        false += impact.verdict != "no_clear_change"
    assert false <= 15  # 5 % of 150, and three standard deviations


def test_intervals_of_effects_cover_the_difference() -> None:
    rng = np.random.default_rng(7)
    who, covered = people(), 0
    for _ in range(300):
        made, day = step_series(who, who.shifted(0.5), 80, 5, rng)
        (impact, *_) = release_impact(made, [Release("1", date_of(day))], (), [])
        covered += (impact.low or 0) <= 0.5 <= (impact.high or 0)
    assert 0.91 <= covered / 300 <= 0.985
