"""The teacher's parts that can be told without its weights, where the training tools are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("sklearn", reason="needs the extra `train`")

import torch

from models.training import data, teacher


def test_distances_fall_into_the_buckets_of_the_published_model() -> None:
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    place = torch.arange(140)
    theirs = MPNetEncoder.relative_position_bucket(place[None, :] - place[:, None], num_buckets=32)
    assert torch.equal(teacher.buckets(140), theirs)


def test_other_weights_than_those_that_were_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "all-mpnet-base-v2").mkdir()
    (tmp_path / "all-mpnet-base-v2" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ValueError, match="not loaded"):
        teacher.unpack(tmp_path)


def test_sentences_are_cut_from_texts_that_have_several() -> None:
    text = "It crashes at every start. Please repair this soon!\nOk. I will wait for the next version"
    found = ["It crashes at every start.", "Please repair this soon!", "I will wait for the next version"]
    assert data.sentences(text) == found
    assert data.sentences("Only one sentence is here.") == []
