"""The figures of the model card, against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import evaluation as ev

classes = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


def test_macro_f1_is_the_mean_of_the_classes_however_rare() -> None:
    true, said = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert ev.macro_f1(true, said, 3) == pytest.approx((0.8 + 2 / 3) / 2)


def test_micro_f1_counts_every_text_and_topic_alike() -> None:
    true = np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)
    said = np.array([[1, 1, 0], [0, 1, 0]], dtype=bool)
    assert ev.micro_f1(true, said) == pytest.approx(2 * 2 / (3 + 3))


def test_no_topics_at_all_is_not_a_division_by_zero() -> None:
    nothing = np.zeros((2, 3), dtype=bool)
    assert ev.score(nothing, nothing) == ev.Score(0.0, 0.0, 0.0, 0)


def test_confusion_has_a_row_for_each_true_class() -> None:
    assert ev.confusion(np.array([0, 0, 2]), np.array([0, 1, 2]), 3) == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    sure = np.array([[0.9, 0.05, 0.05]] * 10)
    assert ev.calibration_error(np.array([0] * 9 + [1]), sure) == pytest.approx(0.0, abs=1e-9)
    assert ev.calibration_error(np.array([1] * 10), sure) == pytest.approx(0.9)


def test_an_interval_holds_its_figure_and_narrows_with_more_texts() -> None:
    few, many = np.array([0, 1] * 10), np.array([0, 1] * 500)
    small = ev.interval(lambda rows: float(few[rows].mean()), len(few))
    large = ev.interval(lambda rows: float(many[rows].mean()), len(many))
    assert small.low < small.value < small.high
    assert large.high - large.low < small.high - small.low


@given(classes)
def test_accuracy_is_the_diagonal_of_the_confusion(pairs: list[tuple[int, int]]) -> None:
    true, said = (np.array(column) for column in zip(*pairs, strict=True))
    table = np.array(ev.confusion(true, said, 3))
    assert ev.accuracy(true, said) == pytest.approx(np.trace(table) / table.sum())


@given(classes)
def test_f1_figures_stay_between_nothing_and_perfect(pairs: list[tuple[int, int]]) -> None:
    true, said = (np.array(column) for column in zip(*pairs, strict=True))
    assert 0 <= ev.macro_f1(true, said, 3) <= 1
    assert ev.macro_f1(true, true, 3) == 1
