"""Fine-tuning: rates, losses and the descent that teacher and student share.

A run ends with the mean weights of its last part (a "model soup", Wortsman et al. 2022): that costs nothing
when serving.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit
from tokenizers import Tokenizer
from torch import nn

from models.text.evaluation import macro_f1, micro_f1
from models.training import data
from models.training.data import TOPICS, Example
from models.training.encoder import Student, autocast, batches, device, padded, shape_of

LONGEST = 128
BATCH_TOKENS = 1_792


def optimiser(student: Student, rate: float) -> torch.optim.AdamW:
    """Layer-wise rates: lower layers move less, heads ten times as fast."""
    groups: list[dict[str, object]] = [
        {"params": list(student.words.parameters()), "lr": rate * 0.7, "weight_decay": 0.0},
        {"params": [*student.positions.parameters(), *student.norm.parameters()], "lr": rate * 0.3},
    ]
    for n, layer in enumerate(student.layers):
        groups.append(
            {"params": list(layer.parameters()), "lr": rate * 0.88 ** (len(student.layers) - 1 - n)}
        )
    heads = [*student.sentiment.parameters(), *student.topics.parameters()]
    groups.append({"params": heads, "lr": rate * 8})
    for group in groups:
        group["peak"] = group["lr"]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.02, fused=True)


class Loss(Protocol):
    """What a batch (row numbers) costs when so much of the run is spent (0 to 1)."""

    def __call__(self, batch: list[int], spent: float) -> torch.Tensor: ...


def descend(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    epochs: int,
    prepare: Callable[[int], tuple[list[list[int]], Loss]],
    average_from: float,
    name: str,
    checkpoint: Path | None = None,
    keep_every: float = 300.0,
) -> None:
    """Train in place; the model ends with the mean weights of the last part of the run.

    `prepare` gives an epoch's batches and their loss, the same ones whenever it is asked. Every `keep_every`
    seconds what is there so far goes into `checkpoint`; a run that was stopped goes on from it, and it is
    deleted when the run has ended.
    """
    at = Place()
    if checkpoint is not None and checkpoint.is_file():
        at = restore(checkpoint, model, optimizer)
        print(f"{name}: goes on at epoch {at.epoch + 1}, batch {at.batch}", flush=True)
    kept = time.monotonic()
    for epoch in range(at.epoch, epochs):
        plan, loss_of = prepare(epoch)
        for number in range(at.batch, len(plan)):
            spent = (epoch + number / len(plan)) / epochs
            set_rates(optimizer, spent)
            loss = loss_of(plan[number], spent)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            at.total += loss.item()
            if spent >= average_from and number % 20 == 0:
                at.taken = take(model, at.mean, at.taken)
            at.epoch, at.batch = epoch, number + 1
            if checkpoint is not None and time.monotonic() - kept >= keep_every:
                keep(checkpoint, model, optimizer, at)
                kept = time.monotonic()
        print(f"{name} epoch {epoch + 1} loss {at.total / len(plan):.3f}", flush=True)
        at.epoch, at.batch, at.total = epoch + 1, 0, 0.0
    if at.taken:
        model.load_state_dict(averaged(at.mean, at.taken))
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)


@dataclass(slots=True)
class Place:
    """How far a run has come: the next batch of which epoch, the loss so far, the sum of weights taken."""

    epoch: int = 0
    batch: int = 0
    total: float = 0.0
    taken: int = 0
    mean: dict[str, torch.Tensor] = field(default_factory=dict)


def keep(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer, at: Place) -> None:
    """Write all that a run needs to go on, whole or not at all."""
    fresh = checkpoint.with_suffix(".new")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "at": asdict(at)}, fresh)
    fresh.replace(checkpoint)


def restore(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> Place:
    """Put a run back where it was kept."""
    found = torch.load(checkpoint, map_location=device())
    model.load_state_dict(found["model"])
    optimizer.load_state_dict(found["optimizer"])
    return Place(**found["at"])


class Balance(Protocol):
    """How both tasks are weighed."""

    @property
    def smoothing(self) -> float: ...
    @property
    def topic_weight(self) -> float: ...


def both_tasks(
    sentiment: torch.Tensor,
    topics: torch.Tensor,
    classes: torch.Tensor,
    wanted: torch.Tensor,
    weights: torch.Tensor,
    balance: Balance,
    spent: float,
) -> torch.Tensor:
    """The loss of hard labels. Sentiment learns faster than topics do and would overfit: its say fades."""
    loss = F.cross_entropy(sentiment, classes, weights, label_smoothing=balance.smoothing)
    return loss * (1.3 - spent) + balance.topic_weight * F.binary_cross_entropy_with_logits(topics, wanted)


def averaged(total: dict[str, torch.Tensor], taken: int) -> dict[str, torch.Tensor]:
    return {name: value / taken for name, value in total.items()}


def set_rates(optimizer: torch.optim.Optimizer, spent: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * max(0.08, min(1.0, spent / 0.06, (1.06 - spent)))


def take(model: nn.Module, mean: dict[str, torch.Tensor], taken: int) -> int:
    for name, value in model.state_dict().items():
        mean[name] = mean[name] + value if name in mean else value.detach().clone()
    return taken + 1


def class_weights(examples: Sequence[Example]) -> torch.Tensor:
    """Weights of the sentiments of examples, see `balanced`."""
    return balanced(np.bincount([e.sentiment for e in examples], minlength=3))


def balanced(counts: NDArray[np.int64]) -> torch.Tensor:
    """Square roots of inverse frequencies, mean one: macro-F1 counts the rare neutral as much."""
    weights = np.sqrt(counts.sum() / (3 * np.maximum(counts, 1)))
    return torch.tensor(weights / weights.mean(), dtype=torch.float32, device=device())


def logits(
    student: Student, tokenizer: Tokenizer, texts: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sentiment (texts x 3) and topic (texts x 18) logits, in the order of the texts."""
    ids = [e.ids for e in tokenizer.encode_batch_fast(list(texts))]
    sentiment, topic = np.zeros((len(ids), 3)), np.zeros((len(ids), len(TOPICS)))
    student.eval()
    for rows in batches([len(i) for i in ids], 4_096):
        with torch.no_grad(), autocast():
            s, t = student(*padded([ids[r] for r in rows]))
        sentiment[rows], topic[rows] = s.float().cpu().numpy(), t.float().cpu().numpy()
    return sentiment, topic


def watch(student: Student, tokenizer: Tokenizer, name: str) -> dict[str, tuple[float, float]]:
    """Print sentiment macro-F1 and topic micro-F1 (threshold 0.4) of every validation set."""
    found = {}
    for key, examples in data.all_sets().items():
        sentiment, topic = logits(student, tokenizer, [e.text for e in examples])
        classes = np.array([e.sentiment for e in examples])
        wanted = np.array(data.topic_matrix(examples), dtype=bool)
        found[key] = (macro_f1(classes, sentiment.argmax(1), 3), micro_f1(wanted, expit(topic) >= 0.4))
    print(name, " ".join(f"{k} {s:.3f}/{t:.3f}" for k, (s, t) in found.items()), flush=True)
    return found


def load_tokenizer(work: Path) -> Tokenizer:
    """The vocabulary stage's tokenizer, cutting at the fine-tuning length."""
    tokenizer = Tokenizer.from_file(str(work / "vocabulary.json"))
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def start(work: Path, checkpoint: str) -> Student:
    """A student as an earlier stage or run left it."""
    state = torch.load(work / checkpoint, map_location="cpu")
    shape = shape_of(state)
    student = Student(len(state["words.weight"]), shape.layers, shape.width, shape.inner)
    student.load_state_dict(state)
    return student.to(device())
