"""Calibration: what is chosen, and that a handful of texts cannot move it far."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from models.training.evaluate import GRID, calibrate, temperature, thresholds


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def test_an_overconfident_model_gets_a_temperature_above_one() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 600)
    said = np.where(rng.random(600) < 0.7, true, rng.integers(0, 3, 600))
    sure = np.eye(3)[said] * 5.0
    chosen = temperature(sure, true)
    assert chosen > 1.5
    assert softmax(sure / chosen, axis=1).max(1).mean() == pytest.approx((said == true).mean(), abs=0.05)


def test_a_frequent_topic_gets_its_own_threshold_and_a_rare_one_nearly_the_common_one() -> None:
    rng = np.random.default_rng(2)
    wanted = np.stack([rng.random(2_000) < 0.3, np.arange(2_000) < 2], 1)
    # the first topic's scores separate at 0.6, the second's would at 0.15
    first = np.where(wanted[:, 0], rng.uniform(0.62, 0.95, 2_000), rng.uniform(0.05, 0.58, 2_000))
    second = np.where(wanted[:, 1], 0.17, 0.02)
    own, rare = thresholds(logit(np.stack([first, second], 1)), wanted)
    assert 0.55 < own < 0.66
    assert rare > 0.5


def test_a_topic_without_a_case_takes_the_common_threshold() -> None:
    wanted = np.zeros((50, 2), dtype=bool)
    wanted[:20, 0] = True
    scores = np.where(wanted, 0.7, 0.3)
    assert GRID[0] <= thresholds(logit(scores), wanted)[1] <= 0.7


def test_both_come_from_the_same_texts() -> None:
    values = calibrate(np.eye(3) * 3, np.full((3, 18), -4.0), np.arange(3), np.zeros((3, 18), dtype=bool))
    assert (len(values.thresholds), values.temperature > 0) == (18, True)
