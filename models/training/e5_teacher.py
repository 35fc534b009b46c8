"""The multilingual teacher: all layers of multilingual-e5-small, fine-tuned on all that is known of texts.

It learns from labels, from satisfaction and from people's labels at once (`lessons.py`), and may read a
review's stars before its text: half of the time they are left out, so that it reads both ways. It is not
served; the student learns from what it answers and from the features it answers by.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from models.training import data, finetune, lessons, people
from models.training.encoder import Student, autocast, batches, device, padded
from models.training.lessons import Doses, Lessons
from models.training.teacher import with_stars

MADE = "teacher.pt"
BATCH_TOKENS = 1_792


@dataclass(frozen=True, slots=True)
class Settings:
    """How the teacher is fine-tuned. Its word rows stay as they are unless `words` is true: they are most of
    the weights, and few of them occur often enough to gain."""

    epochs: int = 4
    rate: float = 6e-5
    longest: int = 72
    smoothing: float = 0.0
    topic_weight: float = 9.0
    people_weight: float = 0.5
    starred: float = 0.5
    words: bool = False
    average_from: float = 0.6
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Targets:
    """What a batch of lessons wants, on the device."""

    tone: Tensor
    tone_weight: Tensor
    topics: Tensor
    topic_weight: Tensor
    problem: Tensor
    request: Tensor

    @classmethod
    def of(cls, found: Lessons, rows: Sequence[int]) -> Targets:
        """The targets of these rows."""
        chosen = (getattr(found, name)[rows] for name in cls.__slots__)
        return cls(*(torch.from_numpy(values).to(device()) for values in chosen))


def lesson_loss(
    said: Tensor, named: Tensor, wanted: Targets, weights: Tensor, balance: Settings, spent: float
) -> Tensor:
    """What answers (logits of tone and topics) cost; what a text does not know costs nothing.

    As with hard labels, tone fades while topics go on learning.
    """
    each = -(wanted.tone * weights * F.log_softmax(said, 1)).sum(1) * wanted.tone_weight
    tone = each.sum() / wanted.tone_weight.sum().clamp(min=1)
    each = F.binary_cross_entropy_with_logits(named, wanted.topics, reduction="none") * wanted.topic_weight
    topics = each.sum() / wanted.topic_weight.sum().clamp(min=1)
    total = tone * (1.3 - spent) + balance.topic_weight * topics
    probabilities = said.float().softmax(1), named.float().sigmoid()
    for found, told in (
        (people_problem(*probabilities), wanted.problem),
        (people_request(*probabilities), wanted.request),
    ):
        known = ~told.isnan()
        if known.any():
            each = F.binary_cross_entropy(found[known].clamp(1e-4, 1 - 1e-4), told[known])
            total = total + balance.people_weight * each
    return total


def people_problem(tone: Tensor, topics: Tensor) -> Tensor:
    """`people.problem` for learning."""
    unbroken = (1 - topics[:, list(people.BREAKABLE)]).prod(1)
    return (1 - tone[:, people.PRAISE]) * (1 - unbroken)


def people_request(tone: Tensor, topics: Tensor) -> Tensor:
    """`people.request` for learning."""
    displeased = 1 - (1 - topics[:, list(people.DISPLEASING)]).prod(1)
    whole = (1 - topics[:, list(people.FAILING)]).prod(1)
    return 1 - (1 - topics[:, people.REQUEST]) * (1 - (1 - tone[:, people.PRAISE]) * displeased * whole)


def train(
    model: Student, tokenizer: Tokenizer, found: Lessons, settings: Settings, checkpoint: Path | None
) -> None:
    """Fine-tune in place; the model ends with the mean weights of the last part of the run."""
    torch.manual_seed(settings.seed)
    sure = found.tone[found.tone_weight >= 1].argmax(1)
    weights = finetune.balanced(np.bincount(sure, minlength=3))
    model.words.weight.requires_grad_(settings.words)
    starred = with_stars(found.texts)

    def prepare(epoch: int) -> tuple[list[list[int]], finetune.Loss]:
        generator = np.random.default_rng((settings.seed, epoch))
        shown = generator.random(len(found.texts)) < settings.starred
        spoken = [b if s else a for a, b, s in zip(found.texts, starred, shown, strict=True)]
        ids = [e.ids for e in tokenizer.encode_batch_fast(spoken)]

        def loss(batch: list[int], spent: float) -> Tensor:
            with autocast():
                said, named = model(*padded([ids[r] for r in batch]))
            return lesson_loss(said, named, Targets.of(found, batch), weights, settings, spent)

        return list(batches([len(i) for i in ids], BATCH_TOKENS, generator)), loss

    optimizer = finetune.optimiser(model, settings.rate)
    finetune.descend(model, optimizer, settings.epochs, prepare, settings.average_from, "teacher", checkpoint)
    model.words.weight.requires_grad_(True)


@dataclass(frozen=True, slots=True)
class Said:
    """What the teacher says of texts: logits of tone (texts x 3) and topics (texts x 18), and the features it
    says it by (texts x twice its width: mean, then maximum over the pieces)."""

    tone: NDArray[np.float16]
    topics: NDArray[np.float16]
    features: NDArray[np.float16]


def say(model: Student, tokenizer: Tokenizer, texts: Sequence[str], *, stars: bool) -> Said:
    """Read texts, with their stars where they are known and `stars` says so."""
    ids = [e.ids for e in tokenizer.encode_batch_fast(with_stars(texts) if stars else list(texts))]
    width = 2 * model.words.embedding_dim
    found = Said(
        np.zeros((len(ids), 3), np.float16),
        np.zeros((len(ids), len(data.TOPICS)), np.float16),
        np.zeros((len(ids), width), np.float16),
    )
    model.eval()
    for rows in batches([len(i) for i in ids], 2 * BATCH_TOKENS):
        with torch.no_grad(), autocast():
            features = torch.cat(model.encode(*padded([ids[r] for r in rows])), 1)
            said, named = model.sentiment(features), model.topics(features)
        for kept, made in ((found.tone, said), (found.topics, named), (found.features, features)):
            kept[rows] = made.float().cpu().numpy()
    return found


def load_tokenizer(work: Path, longest: int) -> Tokenizer:
    """The cut vocabulary's tokenizer, cutting texts at `longest` pieces."""
    tokenizer = Tokenizer.from_file(str(work / "vocabulary.json"))
    tokenizer.enable_truncation(longest)
    return tokenizer


def stage(work: Path, settings: Settings, doses: Doses) -> None:
    """Write `teacher.pt` and `teacher.json`, what it reaches on every validation set without stars."""
    tokenizer = load_tokenizer(work, settings.longest)
    model = finetune.start(work, "base.pt")
    train(model, tokenizer, lessons.build(doses), settings, work / "teacher.part")
    reached = finetune.watch(model, tokenizer, "teacher")
    (work / "teacher.json").write_text(json.dumps(reached), encoding="utf-8")
    torch.save(model.state_dict(), work / MADE)


def answer(work: Path, settings: Settings, doses: Doses) -> None:
    """Write `teacher-said.npz`: what the teacher says of the unlabelled texts, and of the labelled ones."""
    tokenizer = load_tokenizer(work, settings.longest)
    model = finetune.start(work, MADE)
    free, known = lessons.unlabelled(doses), [e.text for e in lessons.examples(doses)]
    said = say(model, tokenizer, [*free, *known], stars=True)
    np.savez(work / "teacher-said.npz", tone=said.tone, topics=said.topics, features=said.features)
