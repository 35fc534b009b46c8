from __future__ import annotations

import numpy as np
import pytest

from models.ratings.counts import NO_STARS, daily_measures, date_of
from models.validation.audit import audit
from models.validation.audit_simulated import truth
from models.validation.check_result import stars_impact
from models.validation.simulate import FIRST_DAY, planted, population
from tests.models.made_series import PRAISE, TOPICS, counts, people, written


def apps() -> list:  # type: ignore[type-arg]
    return [written(people(), 0, 150, 8, 1), written(people(PRAISE), 0, 150, 8, 2), counts((3, 4)), counts()]


def test_the_same_seed_measures_the_same_and_rates_are_hits_in_trials() -> None:
    first, again = (audit(apps(), TOPICS, seed, thoroughness=0.03) for seed in (1, 1))
    assert [(r.test, r.measure, r.n, r.hits) for r in first] == [
        (r.test, r.measure, r.n, r.hits) for r in again
    ]
    assert {r.test for r in first} >= {
        "aa_release", "aa_release_judged", "planted_release", "planted_release_simulated",
        "change_points_found", "interval_coverage",
    }  # fmt: skip
    for row in first:
        assert row.rate == row.hits / row.trials
        assert row.low <= row.rate <= row.high


def test_a_promise_fails_only_where_the_whole_interval_breaks_it() -> None:
    rows = audit(apps(), TOPICS, 3, thoroughness=0.1)
    for row in rows:
        if row.target == "<= 5 %":
            assert row.passes == (row.low <= 0.05)
        if row.target == "93-97 %":
            assert row.passes == (row.high >= 0.93 and row.low <= 0.97)
    assert all(row.passes for row in rows)


def test_without_enough_reviews_only_the_tests_on_real_series_are_run() -> None:
    assert {r.test for r in audit([counts((3, 4), (9, 2))], (), 1)} == {"aa_release"}
    assert audit([], TOPICS, 1) == []


def test_a_tilted_population_has_the_wanted_mean_and_the_same_kinds() -> None:
    tilted = people().shifted(0.7)
    assert tilted.mean == pytest.approx(people().mean + 0.7)
    assert tilted.shares.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="outside the stars"):
        people().shifted(3)


def test_a_population_is_what_the_rated_reviews_consist_of() -> None:
    who = population(counts((0, 1), (1, 5), (2, 5), (3, 5), (4, NO_STARS)))
    assert who.mean == 4
    assert dict(zip(who.counts.stars.tolist(), who.shares.tolist(), strict=True)) == {1: 0.25, 5: 0.75}
    assert truth(who, ())[:2] == pytest.approx([4, 0.25], abs=1e-6)


def test_a_planted_step_moves_the_reviews_after_its_day_and_no_others() -> None:
    real = written(people(), 0, 100, 40, 3)
    made = planted(real, FIRST_DAY + 50, 0.5, np.random.default_rng(1))
    old, new = (daily_measures(c, ()) for c in (real, made))
    assert np.array_equal(old.n, new.n)
    assert np.array_equal(old.total[:50], new.total[:50])
    moved = (new.total[50:, 0].sum() - old.total[50:, 0].sum()) / new.n[50:, 0].sum()
    assert moved == pytest.approx(0.5, abs=0.1)
    with pytest.raises(ValueError, match="no room"):
        planted(real, FIRST_DAY + 50, 4.0, np.random.default_rng(1))


def test_a_large_planted_step_gets_its_verdict() -> None:
    real = written(people(), 0, 160, 10, 4)
    made = planted(real, FIRST_DAY + 80, 1.2, np.random.default_rng(2))
    impact = stars_impact(made, FIRST_DAY + 80)
    assert (impact.verdict, impact.released_at) == ("better", date_of(FIRST_DAY + 80))
