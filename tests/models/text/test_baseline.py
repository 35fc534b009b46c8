from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelError
from models.text.evaluation import BINS, Baseline, grams, hashed


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return Baseline.load()


def test_it_tells_plain_praise_from_plain_blame(baseline: Baseline) -> None:
    answers = baseline.answer(["Great app, very useful, thank you", "Terrible, does not work, uninstalled"])
    assert [a.sentiment for a in answers] == ["positive", "negative"]


def test_it_reads_japanese_without_spaces(baseline: Baseline) -> None:
    (login,) = baseline.answer(["ログインできません。パスワードも合っているのに。"])
    assert login.sentiment == "negative"
    assert "login" in login.topics


@settings(deadline=None)
@given(st.text())
def test_any_text_gets_an_answer(baseline: Baseline, text: str) -> None:
    (answer,) = baseline.answer([text])
    assert answer.sentiment in ("negative", "neutral", "positive")


def test_a_text_without_words_has_no_grams(baseline: Baseline) -> None:
    assert list(grams("!!! 🙂 …")) == []
    assert len(baseline.answer(["", "\ud800", "\x00"])) == 3


def test_terms_are_weighted_by_one_plus_the_logarithm_of_their_count() -> None:
    bins, values = hashed("ab ab ab")
    assert set(np.round(values, 4)) <= {1.0, np.float32(np.round(1 + np.log(2), 4)), np.float32(2.0986)}
    assert np.all(np.diff(bins) > 0)
    assert bins.max() < BINS


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="restore the checkout"):
        Baseline.load(tmp_path / "baseline.npz")
