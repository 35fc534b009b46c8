"""The bundled weights as a torch model of `transformers`, for comparison only."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoConfig, AutoTokenizer, BertModel, BertPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

from models.text.classifier import BUNDLED
from models.training.quantise import GELU_MINIMUM


class Twin(BertPreTrainedModel):
    """BERT's encoder under our pooling and sentiment head."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.head = torch.nn.Linear(2 * config.hidden_size, 3)
        self.post_init()

    def forward(self, input_ids: Any, attention_mask: Any, **_unused: Any) -> SequenceClassifierOutput:
        x = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask[:, :, None].to(x.dtype)
        mean = (x * weights).sum(1) / weights.sum(1)
        peak = (x - (1 - weights) * 1e4).amax(1)
        return SequenceClassifierOutput(logits=self.head(torch.cat([mean, peak], 1)))


def twin() -> tuple[Twin, Any]:
    """The model with dequantised fp32 weights, and its tokenizer."""
    config = AutoConfig.from_pretrained(BUNDLED)
    model = Twin(config).eval()
    arrays = {i.name: numpy_helper.to_array(i) for i in onnx.load(BUNDLED / "model.onnx").graph.initializer}
    state = {k: torch.from_numpy(v.copy()) for k, v in _renamed(arrays, config.num_hidden_layers).items()}
    missing, _ = model.load_state_dict(state, strict=False)
    unset = [name for name in missing if "position_ids" not in name]
    if unset:
        raise ValueError(f"{BUNDLED / 'model.onnx'} lacks weights for {unset}")
    return model, AutoTokenizer.from_pretrained(BUNDLED)


def _weight(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A linear layer's weight as torch has it (out x in), dequantised where it is int8."""
    codes = arrays[f"{name}.weight"].astype(np.float32) * arrays.get(f"{name}.scale", np.float32(1))
    return codes.T * arrays.get(f"{name}.factors", np.float32(1))


def _bias(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Its bias, without what the int8 graph adds for the floor under GELU's output."""
    if f"{name}.floor" not in arrays:
        return arrays[f"{name}.bias"]
    return (arrays[f"{name}.bias"] - GELU_MINIMUM * _weight(arrays, name).sum(1)).astype(np.float32)


def _renamed(arrays: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    words = arrays["words.weight"].astype(np.float32) * arrays.get("words.scale", np.float32(1))
    state = {
        "bert.embeddings.word_embeddings.weight": words,
        "bert.embeddings.position_embeddings.weight": arrays["positions.weight"],
        # the segment row is folded into the positions
        "bert.embeddings.token_type_embeddings.weight": np.zeros((2, words.shape[1]), np.float32),
        "bert.embeddings.LayerNorm.weight": arrays["norm.weight"],
        "bert.embeddings.LayerNorm.bias": arrays["norm.bias"],
        "head.weight": _weight(arrays, "sentiment"),
        "head.bias": arrays["sentiment.bias"],
    }
    parts = {"out": "attention.output.dense", "up": "intermediate.dense", "down": "output.dense"}
    norms = {"norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}
    for n in range(layers):
        there = f"bert.encoder.layer.{n}."
        weights = np.split(_weight(arrays, f"layers.{n}.qkv"), 3)
        biases = np.split(arrays[f"layers.{n}.qkv.bias"], 3)
        for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
            state[f"{there}attention.self.{name}.weight"] = weight
            state[f"{there}attention.self.{name}.bias"] = bias
        for ours, theirs in parts.items():
            state[f"{there}{theirs}.weight"] = _weight(arrays, f"layers.{n}.{ours}")
            state[f"{there}{theirs}.bias"] = _bias(arrays, f"layers.{n}.{ours}")
        for ours, theirs in norms.items():
            for kind in ("weight", "bias"):
                state[f"{there}{theirs}.{kind}"] = arrays[f"layers.{n}.{ours}.{kind}"]
    return state
