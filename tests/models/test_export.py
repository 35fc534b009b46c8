"""The exported graph against the torch student it comes from, where the training tools are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

import torch

from models.training import export
from models.training.encoder import Student


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(3)
    made = Student(200).eval()
    # a few loud channels, as trained encoders have them
    with torch.no_grad():
        for layer in made.layers:
            layer.norm1.weight[:3] *= 6
            layer.norm2.weight[:3] *= 6
    return made


@pytest.fixture
def inputs() -> dict[str, Any]:
    ids = np.random.default_rng(4).integers(5, 200, (6, 24))
    mask = np.ones_like(ids)
    mask[2:, 13:] = 0
    return {"input_ids": ids * mask, "attention_mask": mask}


def logits(student: Student, inputs: dict[str, Any], folder: Path, *, int8: bool) -> list[Any]:
    import onnxruntime

    state = {name: value.detach().numpy() for name, value in student.state_dict().items()}
    export.save(state, folder / "model.onnx", int8=int8)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    return session.run(["sentiment", "topics"], inputs)


def test_the_fp32_graph_computes_what_torch_computes(student: Student, inputs: Any, tmp_path: Path) -> None:
    with torch.no_grad():
        wanted = student(torch.tensor(inputs["input_ids"]), torch.tensor(inputs["attention_mask"]).float())
    for ours, theirs in zip(logits(student, inputs, tmp_path, int8=False), wanted, strict=True):
        assert np.allclose(ours, theirs.numpy(), atol=1e-4)


def test_the_int8_graph_stays_near_the_fp32_graph(student: Student, inputs: Any, tmp_path: Path) -> None:
    small, full = (logits(student, inputs, tmp_path, int8=int8) for int8 in (True, False))
    for a, b in zip(small, full, strict=True):
        assert np.abs(a - b).max() < 0.15 * b.std() + 0.02


def test_padding_and_neighbours_change_nothing(student: Student, inputs: Any, tmp_path: Path) -> None:
    together = logits(student, inputs, tmp_path, int8=True)
    short = {name: block[3:4, :13] for name, block in inputs.items()}
    for alone, among in zip(logits(student, short, tmp_path, int8=True), together, strict=True):
        assert np.allclose(alone[0], among[3], atol=1e-4)


def test_smoothing_shares_the_range_of_loud_channels() -> None:
    weight, peaks = np.ones((4, 3), dtype=np.float32), np.array([100.0, 1.0, 1.0], dtype=np.float32)
    factors = export.smoothing(weight, peaks)
    assert (peaks * factors).max() / (peaks * factors).min() == pytest.approx(10, rel=1e-4)
    assert np.array_equal(export.smoothing(weight, None), np.ones(3))
