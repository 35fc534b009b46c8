"""Export: the student as an ONNX graph of standard operators, written node by node.

The int8 graph quantises every **token's** activations on their own (one scale a row), because the usual
dynamic quantisation takes one scale for the whole batch, so that a text's prediction would depend on its
neighbours. Weights have one scale a column, word embeddings one scale a piece.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.training.encoder import HEADS, LAYERS, WIDTH

OPSET = 20
_HEAD = WIDTH // HEADS


GELU_MINIMUM = -0.17


@dataclass(frozen=True, slots=True)
class Rows:
    """Activations as uint8: value = scale * (code - zero) / factor + floor.

    `scale` (.. x 1) is a token's, `factors` are the channels'.
    """

    codes: str
    scale: str
    zero: int
    floor: float
    factors: np.ndarray


@dataclass(slots=True)
class Graph:
    """Nodes and constants under construction; every method returns the name of a tensor."""

    int8: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: object) -> str:
        names = [f"{kind.lower()}_{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else ",".join(names)

    def const(self, value: np.ndarray | float | int | list[int], name: str = "") -> str:
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = (
            name
            or f"c{array.dtype}{array.shape}{array.tobytes().hex()[:64] if array.size < 9 else id(value)}"
        )
        self.constants[name] = array
        return name

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray, rows: Rows) -> str:
        """x (.. x in) times weight.T (out x in) plus bias; `rows` = `quantised(x)`, unused in fp32."""
        if not self.int8:
            product = self.op("MatMul", x, self.const(weight.T.copy(), f"{name}.weight"))
        else:
            weight = weight / rows.factors
            scale = np.abs(weight).max(1) / 127
            codes = np.clip(np.rint(weight / scale[:, None]), -127, 127).astype(np.int8)
            whole = self.op(
                "MatMulInteger", rows.codes, self.const(codes.T.copy(), f"{name}.weight"),
                self.const(np.array(rows.zero, dtype=np.uint8)),
            )  # fmt: skip
            product = self.op("Mul", self.op("Cast", whole, to=TensorProto.FLOAT), rows.scale)
            product = self.op("Mul", product, self.const(scale.astype(np.float32), f"{name}.scale"))
            # what was taken off the activations before they were coded comes back as a constant
            back = (codes * scale[:, None] * rows.factors).sum(1)
            bias = (bias + rows.floor * back).astype(np.float32)
        return self.op("Add", product, self.const(bias, f"{name}.bias"))

    def quantised(self, x: str, name: str, factors: np.ndarray) -> Rows:
        """Codes of x times `factors` around 128, token by token; nothing in fp32."""
        if not self.int8:
            return Rows("", "", 128, 0.0, factors)
        x = self.op("Mul", x, self.const(factors, f"{name}.factors"))
        peak = self.op("ReduceMax", self.op("Abs", x), self.const([-1]), keepdims=1)
        scale = self.op("Max", self.op("Mul", peak, self.const(1 / 127)), self.const(1e-9))
        # a cast cuts off decimals, so half a step more rounds to the nearest code
        codes = self.op("Add", self.op("Mul", x, self.op("Reciprocal", scale)), self.const(128.5))
        return Rows(self.op("Cast", codes, to=TensorProto.UINT8), scale, 128, 0.0, factors)

    def quantised_gelu(self, x: str, name: str, factors: np.ndarray) -> Rows:
        """The same for what comes out of GELU: never below its minimum, so all 256 codes go upwards."""
        if not self.int8:
            return Rows("", "", 128, 0.0, factors)
        x = self.op(
            "Mul", self.op("Sub", x, self.const(GELU_MINIMUM)), self.const(factors, f"{name}.factors")
        )
        peak = self.op("ReduceMax", x, self.const([-1]), keepdims=1)
        scale = self.op("Max", self.op("Mul", peak, self.const(1 / 255)), self.const(1e-9))
        codes = self.op("Add", self.op("Mul", x, self.op("Reciprocal", scale)), self.const(0.5))
        return Rows(self.op("Cast", codes, to=TensorProto.UINT8), scale, 0, GELU_MINIMUM, factors)

    def norm(self, x: str, name: str, state: dict[str, np.ndarray]) -> str:
        weight, bias = (self.const(state[f"{name}.{k}"], f"{name}.{k}") for k in ("weight", "bias"))
        return self.op("LayerNormalization", x, weight, bias, epsilon=1e-12)


def _embed(g: Graph, state: dict[str, np.ndarray]) -> str:
    words = state["words.weight"]
    if g.int8:
        scale = np.maximum(np.abs(words).max(1, keepdims=True) / 127, 1e-9)
        codes = g.const(np.rint(words / scale).astype(np.int8), "words.weight")
        x = g.op("Cast", g.op("Gather", codes, "input_ids"), to=TensorProto.FLOAT)
        x = g.op("Mul", x, g.op("Gather", g.const(scale.astype(np.float32), "words.scale"), "input_ids"))
    else:
        x = g.op("Gather", g.const(words, "words.weight"), "input_ids")
    length = g.op("Shape", "input_ids", start=1, end=2)
    positions = g.const(state["positions.weight"], "positions.weight")
    x = g.op("Add", x, g.op("Slice", positions, g.const([0]), length, g.const([0])))
    return g.norm(x, "norm", state)


def smoothing(weight: np.ndarray, peaks: np.ndarray | None) -> np.ndarray:
    """A factor a channel that shares its range between activations and weights (SmoothQuant, Xiao et al.
    2023, strength 0.5). `peaks` are the largest activations seen a channel; without them all are one."""
    if peaks is None:
        return np.ones(weight.shape[1], dtype=np.float32)
    columns = np.maximum(np.abs(weight).max(0), 1e-5)
    factors = np.sqrt(columns / np.maximum(peaks, 1e-5))
    return (factors / factors.mean()).astype(np.float32)


def _layer(g: Graph, x: str, bias: str, name: str, state: dict[str, np.ndarray]) -> str:
    def linear(y: str, part: str, rows: Rows) -> str:
        key = f"{name}.{part}"
        return g.linear(y, key, state[f"{key}.weight"], state[f"{key}.bias"], rows)

    def coded(y: str, part: str) -> Rows:
        key = f"{name}.{part}"
        factors = smoothing(state[f"{key}.weight"], state.get(f"{key}.peaks"))
        return (g.quantised_gelu if part == "down" else g.quantised)(y, key, factors)

    qkv = linear(x, "qkv", coded(x, "qkv"))
    parts = g.op("Split", qkv, axis=-1, outputs=3, num_outputs=3).split(",")
    shape = g.const([0, 0, HEADS, _HEAD])
    q, k, v = (g.op("Reshape", p, shape) for p in parts)
    q, v = g.op("Transpose", q, perm=[0, 2, 1, 3]), g.op("Transpose", v, perm=[0, 2, 1, 3])
    k = g.op("Transpose", k, perm=[0, 2, 3, 1])
    scores = g.op("MatMul", g.op("Mul", q, g.const(1 / math.sqrt(_HEAD))), k)
    weights = g.op("Softmax", g.op("Add", scores, bias), axis=-1)
    mixed = g.op("Transpose", g.op("MatMul", weights, v), perm=[0, 2, 1, 3])
    mixed = g.op("Reshape", mixed, g.const([0, 0, WIDTH]))
    x = g.norm(g.op("Add", x, linear(mixed, "out", coded(mixed, "out"))), f"{name}.norm1", state)
    inner = g.op("Gelu", linear(x, "up", coded(x, "up")))
    return g.norm(
        g.op("Add", x, linear(inner, "down", coded(inner, "down"))),
        f"{name}.norm2",
        state,
    )


def _heads(g: Graph, x: str, mask: str, state: dict[str, np.ndarray]) -> None:
    weights = g.op("Unsqueeze", mask, g.const([2]))
    axis = g.const([1])
    total = g.op("ReduceSum", g.op("Mul", x, weights), axis, keepdims=0)
    mean = g.op("Div", total, g.op("ReduceSum", weights, axis, keepdims=0))
    hidden = g.op("Mul", g.op("Sub", g.const(1.0), weights), g.const(1e4))
    peak = g.op("ReduceMax", g.op("Sub", x, hidden), axis, keepdims=0)
    features = g.op("Concat", mean, peak, axis=1)
    for head in ("sentiment", "topics"):
        weight = g.const(state[f"{head}.weight"].T.copy(), f"{head}.weight")
        logits = g.op("MatMul", features, weight)
        g.nodes.append(
            helper.make_node("Add", [logits, g.const(state[f"{head}.bias"], f"{head}.bias")], [head])
        )


def build(state: dict[str, np.ndarray], int8: bool) -> onnx.ModelProto:
    """The whole graph: input_ids, attention_mask (int64, batch x length) -> sentiment, topics (logits)."""
    g = Graph(int8)
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    bias = g.op("Mul", g.op("Sub", mask, g.const(1.0)), g.const(1e4))
    bias = g.op("Unsqueeze", bias, g.const([1, 2]))
    x = _embed(g, state)
    for n in range(LAYERS):
        x = _layer(g, x, bias, f"layers.{n}", state)
    _heads(g, x, mask, state)
    batch: list[str | int] = ["batch", "length"]
    graph = helper.make_graph(
        g.nodes,
        "hoshiyomi",
        [helper.make_tensor_value_info(n, TensorProto.INT64, batch) for n in ("input_ids", "attention_mask")],
        [
            helper.make_tensor_value_info(head, TensorProto.FLOAT, ["batch", len(state[f"{head}.bias"])])
            for head in ("sentiment", "topics")
        ],
        [numpy_helper.from_array(value, name) for name, value in g.constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def save(state: dict[str, np.ndarray], path: Path, *, int8: bool) -> None:
    """Write the graph to a file."""
    onnx.save(build(state, int8), path)
