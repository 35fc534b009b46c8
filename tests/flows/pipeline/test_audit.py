"""The audit of a small series: every group measures something, and what is measured is kept."""

from __future__ import annotations

import numpy as np
import pytest

from flows.pipeline.audit import measured
from models.ratings.counts import ReviewCounts
from models.validation.audit import AuditRow
from tests.conftest import logged

TOPICS = ("crash", "usability")


def _counts() -> ReviewCounts:
    """Ten reviews a day for two hundred days, of one mood."""
    chance = np.random.default_rng(1)
    day = np.repeat(np.arange(18_000, 18_200), 10).astype(np.int32)
    stars = chance.choice([1, 2, 4, 5], size=len(day)).astype(np.int8)
    poor = stars <= 2
    return ReviewCounts(
        "app", "google_play", day, stars, np.where(poor, 0, 2).astype(np.int8), poor.astype(np.uint32),
        np.ones(len(day), np.int64),
    )  # fmt: skip


@pytest.fixture(scope="module")
def told() -> tuple[list[AuditRow], list[str]]:
    with logged() as lines:
        return list(measured([_counts()], TOPICS, 0.01, 1, 0.02)), lines


def test_every_kind_of_statistics_is_audited(told: tuple[list[AuditRow], list[str]]) -> None:
    tests = {row.test for row in told[0]}
    assert {"aa_release", "interval_coverage", "anomaly_replay", "planted_spike"} <= tests


def test_rates_are_shares_inside_their_intervals(told: tuple[list[AuditRow], list[str]]) -> None:
    for row in told[0]:
        assert row.rate == row.hits / row.trials
        assert row.low - 1e-12 <= row.rate <= row.high + 1e-12


def test_progress_is_told_before_each_group(told: tuple[list[AuditRow], list[str]]) -> None:
    assert len(told[1]) == 3


def test_the_same_seed_measures_the_same(told: tuple[list[AuditRow], list[str]]) -> None:
    again = list(measured([_counts()], TOPICS, 0.01, 1, 0.02))
    assert [(r.test, r.measure, r.n, r.hits) for r in again] == [
        (r.test, r.measure, r.n, r.hits) for r in told[0]
    ]
