"""Shallower students, to see what layers are worth: some layers of the final student, taught by all of it.

They learn the votes (probabilities) of the whole model on unlabelled reviews and on the labelled texts, and
its pooled features (Sanh et al. 2019 start a student from every other layer of its teacher as well).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from models.training import data, finetune, transfer
from models.training.encoder import Student, autocast, batches, device, padded

KEPT = {4: (0, 1, 3, 5), 3: (0, 2, 5)}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to teach one shallow student."""

    layers: int
    epochs: int = 2
    rate: float = 1e-4
    seed: int = 21
    start: str = "transferred-3.pt"


def begin(whole: Student, kept: Sequence[int]) -> Student:
    """A student with some of the layers of `whole` and all that lies around them."""
    student = Student(whole.words.num_embeddings, len(kept))
    state = {n: v for n, v in whole.state_dict().items() if not n.startswith("layers.")}
    for new, old in enumerate(kept):
        state |= {f"layers.{new}.{n}": v for n, v in whole.layers[old].state_dict().items()}
    student.load_state_dict(state)
    return student.to(device())


def train(whole: Student, work: Path, settings: Settings, texts: Sequence[str]) -> Student:
    """Teach; what is returned is the mean over the last part."""
    tokenizer = finetune.load_tokenizer(work)
    student = begin(whole, KEPT[settings.layers])
    whole.eval()
    generator = np.random.default_rng(settings.seed)
    mixer = finetune.Mixer(data.training_examples(), settings.seed)
    optimizer = finetune.optimiser(student, settings.rate)
    mean: dict[str, torch.Tensor] = {}
    taken, began = 0, time.monotonic()
    for epoch in range(settings.epochs):
        spoken = [text for text, _, _ in mixer.epoch()] + list(texts)
        ids = [e.ids for e in tokenizer.encode_batch_fast(spoken)]
        plan = list(batches([len(i) for i in ids], finetune.BATCH_TOKENS, generator))
        total = 0.0
        for number, batch in enumerate(plan):
            spent = (epoch + number / len(plan)) / settings.epochs
            finetune.set_rates(optimizer, spent)
            loss = _loss(student, whole, [ids[r] for r in batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.item()
            if spent >= 0.7 and number % 20 == 0:
                taken = finetune.take(student, mean, taken)
        print(f"{settings.layers} layers, epoch {epoch + 1} loss {total / len(plan):.3f}"
              f" {time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    student.load_state_dict(finetune.averaged(mean, taken))
    return student


def _loss(student: Student, whole: Student, ids: list[list[int]]) -> torch.Tensor:
    inputs = padded(ids)
    with autocast():
        with torch.no_grad():
            wanted = torch.cat(whole.encode(*inputs), 1)
            tone, subject = whole.sentiment(wanted).float(), whole.topics(wanted).float()
        found = torch.cat(student.encode(*inputs, 0.05), 1)
        said, named = student.sentiment(found).float(), student.topics(found).float()
    loss = F.cross_entropy(said, tone.softmax(1)) + 9 * F.binary_cross_entropy_with_logits(
        named, subject.sigmoid()
    )
    return loss + F.mse_loss(found, wanted)


def stage(work: Path, runs: Sequence[Settings]) -> None:
    """Write `shallow-N.pt` for every number of layers."""
    tokenizer = finetune.load_tokenizer(work)
    for settings in runs:
        made = work / f"shallow-{settings.layers}.pt"
        if not made.is_file():
            whole = finetune.start(work, settings.start)
            texts = transfer.unlabelled(transfer.Settings(seed=settings.seed))
            student = train(whole, work, settings, texts)
            finetune.watch(student, tokenizer, f"{settings.layers} layers")
            torch.save(student.state_dict(), made)


def agreement(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The share of texts on whose tone two models agree."""
    return float((a.argmax(1) == b.argmax(1)).mean())
