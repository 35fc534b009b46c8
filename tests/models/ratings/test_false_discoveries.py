"""q values against those of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from models.ratings.false_discoveries import q_values


@pytest.mark.parametrize("tests", [1, 2, 7, 400])
def test_scipy_says_the_same_to_the_last_bit(tests: int) -> None:
    dice = np.random.default_rng(tests)
    for p in (dice.random(tests), dice.random(tests) ** 6, np.round(dice.random(tests), 1)):
        assert q_values(p).tolist() == false_discovery_control(p).tolist()


def test_no_test_has_no_value() -> None:
    assert q_values([]).tolist() == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"outside of 0\.\.1"):
        q_values([0.5, wrong])
