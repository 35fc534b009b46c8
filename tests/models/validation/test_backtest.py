from __future__ import annotations

import numpy as np

from models.validation.backtest import alarm_backtest, planted_spikes, steady_days
from models.validation.simulate import World
from tests.models.made_reviews import daily


def test_a_stretch_is_steady_until_its_level_changes() -> None:
    steady = steady_days(daily([10] * 60 + [40] * 60))
    assert steady[14:46].all()
    assert not steady[60]
    assert steady[95:106].all()


def test_the_spike_of_a_day_does_not_explain_itself_away() -> None:
    counts = [10] * 80
    counts[40] = 90
    assert steady_days(daily(counts))[40]


def test_the_replay_of_ordinary_days_keeps_the_rate() -> None:
    rng = np.random.default_rng(6)
    apps = [World(busier=0.1).draw(120, 8, rng) for _ in range(4)]
    steady, every = alarm_backtest(apps, 18, 0.05)
    assert steady.trials > 200
    assert every.trials == sum(int(np.ptp(c.day)) + 1 - 28 for c in apps)
    assert steady.hits / steady.trials <= 0.05
    assert (steady.measure, steady.target) == ("steady_days", "<= 5 %")


def test_a_day_of_threefold_reviews_is_mostly_found_in_a_busy_app_and_twofold_less() -> None:
    rng = np.random.default_rng(8)
    apps = [World(busier=0.02).draw(150, 30, rng) for _ in range(2)]
    found = {t.effect: t.hits / t.trials for t in planted_spikes(apps, 18, 0.01, 6, rng)}
    assert found[3.0] >= 0.7
    assert found[3.0] >= found[2.0]
