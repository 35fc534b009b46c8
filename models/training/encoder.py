"""The encoder in plain torch: BERT's layers, mean and maximum pooling, two heads; any depth and width.

Written out so that bf16 training on a CPU spends its time in matrix products, and so that the exported
graph holds nothing but what serving needs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.training.data import SENTIMENTS, TOPICS

WIDTH, LAYERS, HEADS, INNER = 384, 6, 12, 1536
HEAD = WIDTH // HEADS
POSITIONS = 256


@dataclass(frozen=True, slots=True)
class Shape:
    """How deep and how wide; a head has HEAD numbers whatever the width."""

    layers: int = LAYERS
    width: int = WIDTH
    inner: int = INNER

    @property
    def heads(self) -> int:
        return self.width // HEAD


def shape_of(state: Mapping[str, Any]) -> Shape:
    """The shape of a student whose weights (torch or numpy) these are."""
    layers = sum(name.endswith(".norm2.weight") for name in state)
    return Shape(layers, state["words.weight"].shape[1], state["layers.0.up.weight"].shape[0])


class Layer(nn.Module):
    """One post-norm transformer block, as in BERT; the sizes are MiniLM's unless told."""

    def __init__(
        self, width: int = WIDTH, heads: int = HEADS, inner: int = INNER, eps: float = 1e-12
    ) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, eps=eps)

    def forward(self, x: Tensor, bias: Tensor, dropout: float = 0.0) -> Tensor:
        batch, length, width = x.shape
        each = width // self.heads
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, each).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) * (1 / math.sqrt(each)) + bias).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, width)
        x = _norm(x + _drop(self.out(mixed), dropout), self.norm1)
        return _norm(x + _drop(self.down(F.gelu(self.up(x))), dropout), self.norm2)


def _norm(x: Tensor, norm: nn.LayerNorm) -> Tensor:
    # autocast would lift layer norm to fp32 and back
    return F.layer_norm(x, norm.normalized_shape, norm.weight.to(x.dtype), norm.bias.to(x.dtype), norm.eps)


def _drop(x: Tensor, rate: float) -> Tensor:
    return F.dropout(x, rate, training=True) if rate > 0 else x


class Student(nn.Module):
    """Token ids in, mean-pooled sentence vector, sentiment logits and topic logits out."""

    def __init__(self, pieces: int, layers: int = LAYERS, width: int = WIDTH, inner: int = INNER) -> None:
        super().__init__()
        self.words = nn.Embedding(pieces, width)
        self.positions = nn.Embedding(POSITIONS, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, width // HEAD, inner) for _ in range(layers))
        self.stars = nn.Linear(width, 3)
        self.sentiment = nn.Linear(2 * width, len(SENTIMENTS))
        self.topics = nn.Linear(2 * width, len(TOPICS))
        for head in (self.stars, self.sentiment, self.topics):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def encode(self, ids: Tensor, mask: Tensor, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
        """Mean vector and largest-value vector over the tokens (batch x width each), in fp32."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]]
        x = _drop(
            F.layer_norm(x, self.norm.normalized_shape, self.norm.weight, self.norm.bias, 1e-12), dropout
        )
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        x, bias = x.to(working()), bias.to(working())
        for layer in self.layers:
            x = layer(x, bias, dropout)
        x = x.float()
        weights = mask[:, :, None]
        mean = (x * weights).sum(1) / weights.sum(1)
        peak = (x - (1.0 - weights) * 1e4).amax(1)
        return mean, peak

    def forward(self, ids: Tensor, mask: Tensor, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
        """Sentiment logits (batch x 3) and topic logits (batch x 18)."""
        mean, peak = self.encode(ids, mask, dropout)
        features = _drop(torch.cat([mean, peak], 1), dropout)
        return self.sentiment(features).float(), self.topics(features).float()


def from_bert(old: Mapping[str, Tensor], words: Tensor, layers: int) -> Student:
    """BERT's weights, by the names `transformers` gives them, in our layout, with these word rows. Its one
    used segment row is folded into the positions."""
    student = Student(len(words), layers)
    state = student.state_dict()
    state["words.weight"] = words
    segment = old["embeddings.token_type_embeddings.weight"][0]
    state["positions.weight"] = old["embeddings.position_embeddings.weight"][:POSITIONS] + segment
    names = {"out": "attention.output.dense", "norm1": "attention.output.LayerNorm",
             "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm"}  # fmt: skip
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = old[f"embeddings.LayerNorm.{kind}"]
        for n in range(layers):
            there = f"encoder.layer.{n}."
            state[f"layers.{n}.qkv.{kind}"] = torch.cat(
                [old[f"{there}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            )
            for ours, theirs in names.items():
                state[f"layers.{n}.{ours}.{kind}"] = old[f"{there}{theirs}.{kind}"]
    student.load_state_dict(state)
    return student


def device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@cache
def has_fast_bf16() -> bool:
    """Whether bf16 products pay: on a GPU they do; on a processor it is tried once, with a product of the
    size that a layer has. Processors with AMX or AVX512-BF16 gain, others lose."""
    if torch.cuda.is_available():
        return True
    seconds = [_product_seconds(kind) for kind in (torch.float32, torch.bfloat16)]
    return seconds[1] < 0.8 * seconds[0]


def _product_seconds(kind: torch.dtype) -> float:
    """The least of some times that one product takes, forth and back."""
    rows = torch.ones(1_792, WIDTH, dtype=kind)
    weights = torch.ones(INNER, WIDTH, dtype=kind, requires_grad=True)
    best = math.inf
    for _ in range(7):
        since = time.perf_counter()
        with torch.enable_grad():  # whoever asks first may be reading, not learning
            F.linear(rows, weights).sum().backward()
        best = min(best, time.perf_counter() - since)
    return best


def autocast() -> torch.autocast:
    """bf16 for matrix products where it pays; nothing elsewhere."""
    return torch.autocast(device().type, dtype=torch.bfloat16, enabled=has_fast_bf16())


def working() -> torch.dtype:
    """What activations are kept in: bf16 within `autocast` where that does something."""
    on = torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
    return torch.bfloat16 if on else torch.float32


def padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask (batch x longest) on the device."""
    length = max(len(i) for i in ids)
    block = np.zeros((len(ids), length), dtype=np.int64)
    mask = np.zeros((len(ids), length), dtype=np.float32)
    for row, piece_ids in enumerate(ids):
        block[row, : len(piece_ids)] = piece_ids
        mask[row, : len(piece_ids)] = 1
    return torch.from_numpy(block).to(device()), torch.from_numpy(mask).to(device())


def batches(
    lengths: Sequence[int], tokens: int, generator: np.random.Generator | None = None
) -> Iterator[list[int]]:
    """Row numbers in batches of similar length and at most `tokens` padded tokens; shuffled if asked."""
    noise = generator.uniform(0, 4, len(lengths)) if generator is not None else np.zeros(len(lengths))
    order = np.argsort(np.asarray(lengths) + noise, kind="stable")
    found: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for number in order:
        longest = max(longest, lengths[number])
        if current and longest * (len(current) + 1) > tokens:
            found.append(current)
            current, longest = [], lengths[number]
        current.append(int(number))
    if current:
        found.append(current)
    if generator is not None:
        generator.shuffle(found)
    yield from found
