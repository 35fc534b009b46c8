"""Calibration: what is chosen, and that a handful of texts cannot move it far."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from models.training import card
from models.training.data import Example
from models.training.evaluate import (
    GRID,
    UNSURE,
    Scored,
    by_languages,
    calibrate,
    temperature,
    thresholds,
    unsure,
)


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


def scored(*texts: tuple[str, int]) -> Scored:
    """Texts of a language with their true sentiment."""
    examples = [
        Example(str(n), tone, frozenset(), language, "o", str(n)) for n, (language, tone) in enumerate(texts)
    ]
    return Scored(examples, np.zeros((len(texts), 3)), np.zeros((len(texts), 18)))


def test_what_the_model_is_unsure_of_is_counted_with_how_often_it_is_right() -> None:
    said = np.array([[0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [UNSURE, 0.2, 0.2], [0.1, 0.1, 0.8]])
    topics = np.zeros((4, 18), dtype=bool)
    sets = {"en": scored(("en", 0), ("en", 0), ("en", 0), ("en", 0)), "ja": scored(("ja", 2))}
    told = unsure(sets, {"en": (said, topics), "ja": (np.array([[0.0, 0.1, 0.9]]), topics[:1])})
    assert told["en"] == {"texts": 4, "share": 0.5, "right": 0.5, "right_else": 0.5}
    assert (told["ja"]["share"], told["ja"]["right_else"], told["all"]["texts"]) == (0.0, 1.0, 5)
    table = "\n".join(card.unsure(told))
    assert "| English, apps never seen | 4 | 50.0 % | 50.0 % | 50.0 % |" in table
    assert "| all together | 5 | 40.0 % | 50.0 % | 66.7 % |" in table


def test_a_set_of_several_languages_is_measured_language_by_language_too() -> None:
    sets = {"en": scored(("en", 0)).examples, "eu": scored(("de", 0), ("it", 1), ("de", 2)).examples}
    found = by_languages(sets)
    assert {name: len(examples) for name, examples in found.items()} == {
        "en": 1,
        "eu": 3,
        "eu:de": 2,
        "eu:it": 1,
    }
