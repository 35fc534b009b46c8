"""The exported graph against the torch student it comes from, where the training tools are installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

import torch

from models.training import export, quantise
from models.training.encoder import Student


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(3)
    made = Student(200, 2).eval()
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


@cache
def plan(student: Student) -> dict[str, quantise.Quantised]:
    texts = np.random.default_rng(5).integers(5, 200, (60, 24)).tolist()
    return quantise.plan(arrays(student), quantise.sampled(student, texts), (0.7,))


def arrays(student: Student) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in student.state_dict().items()}


def logits(student: Student, inputs: dict[str, Any], folder: Path, *, int8: bool) -> list[Any]:
    import onnxruntime

    export.save(arrays(student), folder / "model.onnx", plan(student) if int8 else {})
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
    weight, peaks = np.ones((3, 4), dtype=np.float32), np.array([100.0, 1.0, 1.0], dtype=np.float32)
    factors = quantise.smoothing(weight, peaks, 0.5)
    assert (peaks * factors).max() / (peaks * factors).min() == pytest.approx(10, rel=1e-4)
    assert np.prod(factors) == pytest.approx(1, rel=1e-4)


def test_rounding_with_the_inputs_in_view_errs_less_than_rounding_to_the_nearest() -> None:
    generator = np.random.default_rng(6)
    weight = generator.normal(size=(96, 24)).astype(np.float32)
    # inputs that go together, as the channels of an encoder do
    rows = (generator.normal(size=(500, 8)) @ generator.normal(size=(8, 96))).astype(np.float32)
    rows += 0.1 * generator.normal(size=rows.shape).astype(np.float32)
    codes, steps = quantise.rounded(weight, rows)
    nearest = np.rint(weight / steps) * steps
    ours, plain = (np.abs(rows @ (w - weight)).mean() for w in (codes * steps, nearest))
    assert ours < 0.6 * plain


def test_a_range_gives_up_outliers_of_channels_that_hardly_count() -> None:
    rows = np.random.default_rng(7).normal(size=(1_000, 16)).astype(np.float32)
    rows[0, 0] = 60.0
    weights = np.ones(16, dtype=np.float32)
    wide, _ = quantise.least_squares_range(rows, weights)
    weights[0] = 1e-6
    narrow, zero = quantise.least_squares_range(rows, weights)
    assert narrow < wide / 4
    assert 0 < zero < 255
