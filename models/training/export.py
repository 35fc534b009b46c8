"""Export: the student as an ONNX graph, and the served folder around it, loadable by `transformers` as well.

The graph is written node by node, in fp32 or with int8 linear layers. The int8 graph uses ONNX Runtime's
MatMulIntegerToFloat, which scales and adds the bias while the product is still in the registers; everything
else is a standard operator. How it is quantised says `quantise.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from models.training import quantise
from models.training.data import SENTIMENTS, TOPICS
from models.training.encoder import HEAD, POSITIONS, Shape, shape_of
from models.training.evaluate import Calibration
from models.training.quantise import GELU_MINIMUM, Quantised

OPSET = 20
_USUAL = Shape()
_CONTRIBUTED = "com.microsoft"


@dataclass(slots=True)
class Graph:
    """Nodes and constants under construction; every method returns the name of a tensor."""

    plan: Mapping[str, Quantised]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def op(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: object) -> str:
        names = [f"{kind.lower()}_{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else ",".join(names)

    def const(self, value: np.ndarray | float | int | list[int], name: str = "") -> str:
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        if not name and array.size >= 9:
            raise ValueError("a large constant needs a name of its own")
        name = name or f"c{array.dtype}{array.shape}{array.tobytes().hex()}"
        self.constants[name] = array
        return name

    def linear(self, x: str, name: str, state: Mapping[str, np.ndarray]) -> str:
        """x (.. x in) times the layer's weight plus its bias, as the plan says."""
        q = self.plan.get(name)
        bias = state[f"{name}.bias"]
        if q is None:
            product = self.op("MatMul", x, self.const(state[f"{name}.weight"].T.copy(), f"{name}.weight"))
            return self.op("Add", product, self.const(bias, f"{name}.bias"))
        x = self.op("Mul", x, self.const(q.factors, f"{name}.factors"))
        if q.scale is not None:
            return self._product(
                x, name, q, self.const(np.float32(q.scale)), self.const(bias, f"{name}.bias")
            )
        x = self.op("Add", x, self.const(-GELU_MINIMUM * q.factors, f"{name}.floor"))
        peak = self.op("ReduceMax", x, self.const([-1]), keepdims=1)
        scale = self.op("Max", self.op("Mul", peak, self.const(1 / 255)), self.const(1e-9))
        x = self.op("Mul", x, self.op("Reciprocal", scale))
        product = self.op("Mul", self._product(x, name, q, self.const(1.0), ""), scale)
        return self.op("Add", product, self.const(bias + q.floor(), f"{name}.bias"))

    def _product(self, x: str, name: str, q: Quantised, scale: str, bias: str) -> str:
        zero = self.const(np.array(q.zero, dtype=np.uint8))
        inputs = [
            self.op("QuantizeLinear", x, scale, zero), self.const(q.codes, f"{name}.weight"), scale,
            self.const(q.steps, f"{name}.scale"), zero,
        ]  # fmt: skip
        return self.op("MatMulIntegerToFloat", *inputs, *(["", bias] if bias else []), domain=_CONTRIBUTED)

    def norm(self, x: str, name: str, state: Mapping[str, np.ndarray]) -> str:
        weight, bias = (self.const(state[f"{name}.{k}"], f"{name}.{k}") for k in ("weight", "bias"))
        return self.op("LayerNormalization", x, weight, bias, epsilon=1e-12)


def _embed(g: Graph, state: Mapping[str, np.ndarray]) -> str:
    words = state["words.weight"]
    if g.plan:
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


def _layer(g: Graph, x: str, bias: str, name: str, state: Mapping[str, np.ndarray]) -> str:
    width = state["words.weight"].shape[1]
    qkv = g.linear(x, f"{name}.qkv", state)
    parts = g.op("Split", qkv, axis=-1, outputs=3, num_outputs=3).split(",")
    shape = g.const(np.array([0, 0, width // HEAD, HEAD]))
    q, k, v = (g.op("Reshape", p, shape) for p in parts)
    q, v = g.op("Transpose", q, perm=[0, 2, 1, 3]), g.op("Transpose", v, perm=[0, 2, 1, 3])
    k = g.op("Transpose", k, perm=[0, 2, 3, 1])
    scores = g.op("MatMul", g.op("Mul", q, g.const(1 / math.sqrt(HEAD))), k)
    weights = g.op("Softmax", g.op("Add", scores, bias), axis=-1)
    mixed = g.op("Transpose", g.op("MatMul", weights, v), perm=[0, 2, 1, 3])
    mixed = g.op("Reshape", mixed, g.const([0, 0, width]))
    x = g.norm(g.op("Add", x, g.linear(mixed, f"{name}.out", state)), f"{name}.norm1", state)
    inner = g.op("Gelu", g.linear(x, f"{name}.up", state))
    return g.norm(g.op("Add", x, g.linear(inner, f"{name}.down", state)), f"{name}.norm2", state)


def _heads(g: Graph, x: str, mask: str, state: Mapping[str, np.ndarray]) -> None:
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


def build(state: Mapping[str, np.ndarray], plan: Mapping[str, Quantised]) -> onnx.ModelProto:
    """The whole graph: input_ids, attention_mask (int64, batch x length) -> sentiment, topics (logits).

    An empty plan gives fp32.
    """
    g = Graph(plan)
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    bias = g.op("Mul", g.op("Sub", mask, g.const(1.0)), g.const(1e4))
    bias = g.op("Unsqueeze", bias, g.const([1, 2]))
    x = _embed(g, state)
    for n in range(sum(name.endswith(".norm2.weight") for name in state)):
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
    opsets = [helper.make_opsetid("", OPSET), *([helper.make_opsetid(_CONTRIBUTED, 1)] if plan else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    onnx.checker.check_model(model)
    return model


def save(state: Mapping[str, np.ndarray], path: Path, plan: Mapping[str, Quantised]) -> None:
    """Write the graph to a file."""
    onnx.save(build(state, plan), path)


def arrays(state_file: Path) -> dict[str, np.ndarray]:
    """A trained student's weights as fp32 arrays."""
    state = torch.load(state_file, map_location="cpu")
    return {name: value.float().numpy() for name, value in state.items()}


def write_graph(work: Path, state_file: Path, folder: Path, *, int8: bool = True) -> None:
    """`model.onnx`."""
    folder.mkdir(parents=True, exist_ok=True)
    state = arrays(state_file)
    plan = quantise.plan(state, quantise.samples(work, state_file)) if int8 else {}
    save(state, folder / "model.onnx", plan)


def write_uncalibrated(work: Path, state_file: Path, folder: Path, *, int8: bool = True) -> int:
    """All that it takes to read logits, from which the calibration then comes; the number of pieces."""
    write_graph(work, state_file, folder, int8=int8)
    pieces = write_tokenizer(work, folder)
    calibration, shape = Calibration(1.0, (0.5,) * len(TOPICS)), shape_of(arrays(state_file))
    write_config(folder, pieces, calibration, shape, name=folder.name)
    write_card(folder, {})
    return pieces


def write_tokenizer(work: Path, folder: Path) -> int:
    """`tokenizer.json` and `tokenizer_config.json`; the number of pieces."""
    tokenizer = Tokenizer.from_file(str(work / "vocabulary.json"))
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    # the first five pieces are padding, unknown, start, end and mask, however they are written
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": POSITIONS,
            **{name: tokenizer.id_to_token(n) for n, name in enumerate(names)},
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
        },
    )  # fmt: skip
    return tokenizer.get_vocab_size()


def write_config(
    folder: Path,
    pieces: int,
    calibration: Calibration,
    shape: Shape = _USUAL,
    *,
    name: str,
    languages: Mapping[str, Calibration] | None = None,
) -> None:
    """`config.json`: the architecture as `transformers` names it, and what serving needs beside it;
    `languages` has a calibration of its own for each group of languages that has one."""
    own = {
        group: {"temperature": c.temperature, "thresholds": dict(zip(TOPICS, c.thresholds, strict=True))}
        for group, c in (languages or {}).items()
    }
    _write(
        folder / "config.json",
        {
            "model_type": "bert",
            "vocab_size": pieces,
            "hidden_size": shape.width,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "max_position_embeddings": POSITIONS,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "pad_token_id": 0,
            "id2label": {str(n): name for n, name in enumerate(SENTIMENTS)},
            "label2id": {name: n for n, name in enumerate(SENTIMENTS)},
            "hoshiyomi": {
                "name": name,
                "sentiments": list(SENTIMENTS),
                "topics": list(TOPICS),
                "temperature": calibration.temperature,
                "thresholds": dict(zip(TOPICS, calibration.thresholds, strict=True)),
                "max_tokens": POSITIONS,
                **({"languages": own} if own else {}),
            },
        },
    )


def write_card(folder: Path, figures: dict[str, object]) -> None:
    """`card.json`: the headline figures that the dashboard shows."""
    _write(folder / "card.json", figures)


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
