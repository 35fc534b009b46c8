"""How a student begins, where the training tools are installed."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("sklearn", reason="needs the extra `train`")

import torch

from models.training import data, encoder, student, variations
from models.training.encoder import Student


def test_a_student_begins_with_the_named_layers_and_all_around_them() -> None:
    torch.manual_seed(1)
    whole = Student(50, 6)
    found = student.some_layers(whole, (0, 2, 5)).state_dict()
    theirs = whole.state_dict()
    for new, old in enumerate((0, 2, 5)):
        assert torch.equal(found[f"layers.{new}.up.weight"], theirs[f"layers.{old}.up.weight"])
    assert torch.equal(found["words.weight"], theirs["words.weight"])
    assert torch.equal(found["topics.weight"], theirs["topics.weight"])
    assert not any(name.startswith("layers.3.") for name in found)


def test_japanese_texts_get_titles_and_company_and_keep_their_tone() -> None:
    known = [
        data.Example(f"文{n}です", n % 3, frozenset({data.TOPICS[n % 18]}), "ja", "seed:x", "x")
        for n in range(200)
    ]
    english = [data.Example("It crashes", 0, frozenset(), "en", "gp", "y")]
    found = variations.varied([*known, *english], seed=1)
    assert 60 < len(found) < 150
    by_start = {e.text: e for e in known}
    texts = {e.text for e in found}
    assert not texts & set(by_start)
    assert {e.language for e in found} == {"ja"}
    for e in found:
        inside = [k for k in known if k.text in e.text]
        assert any(k.sentiment == e.sentiment and k.topics <= e.topics for k in inside)
    assert found == variations.varied([*known, *english], seed=1)
    assert found != variations.varied([*known, *english], seed=2)


def test_whether_bf16_pays_is_measured_whoever_asks_first() -> None:
    encoder.has_fast_bf16.cache_clear()
    with torch.no_grad():
        assert isinstance(encoder.has_fast_bf16(), bool)
