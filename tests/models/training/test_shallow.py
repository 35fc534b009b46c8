"""How a shallow student begins, where the training tools are installed."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("sklearn", reason="needs the extra `train`")

import torch

from models.training import shallow
from models.training.encoder import Student


def test_a_shallow_student_begins_with_the_named_layers_and_all_around_them() -> None:
    torch.manual_seed(1)
    whole = Student(50, 6)
    found = shallow.begin(whole, (0, 2, 5)).state_dict()
    theirs = whole.state_dict()
    for new, old in enumerate((0, 2, 5)):
        assert torch.equal(found[f"layers.{new}.up.weight"], theirs[f"layers.{old}.up.weight"])
    assert torch.equal(found["words.weight"], theirs["words.weight"])
    assert torch.equal(found["topics.weight"], theirs["topics.weight"])
    assert not any(name.startswith("layers.3.") for name in found)
