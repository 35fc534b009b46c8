"""Transfer: the tuned model and TF-IDF vote on unlabelled reviews, and the model learns from the votes.

The two err differently (n-grams see spelling, the encoder sees meaning), and on texts that neither was
trained on their mean is a better teacher than either. Labelled texts keep their hard labels and are mixed in.
Apps that are held out give no unlabelled texts either.
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
from tokenizers import Tokenizer

from models.training import data, finetune
from models.training.baseline import Tfidf
from models.training.calibrate import sigmoid, softmax
from models.training.encoder import Student, autocast, batches, device, padded


@dataclass(frozen=True, slots=True)
class Settings:
    """How many reviews of which kind, and how to learn from them."""

    english: int = 6_000
    other: int = 2_000
    longest: int = 350
    encoder_share: float = 0.65
    epochs: int = 2
    rate: float = 8e-5
    seconds: float = 1e9
    seed: int = 3
    start: str = "tuned.pt"


def unlabelled(settings: Settings) -> list[str]:
    """Reviews of apps that training may see: first those of apps with English labels, then others."""
    apps = {e.group for e in data.training_examples() if e.language == "en"}
    seen = [
        r
        for r in data.star_reviews()
        if not data.is_held_out_app(r.app) and 8 < len(r.text) < settings.longest
    ]
    generator = np.random.default_rng(settings.seed)
    chosen = []
    for inside, count in ((True, settings.english), (False, settings.other)):
        pool = sorted({r.text for r in seen if (r.app in apps) == inside})
        chosen += [pool[n] for n in generator.permutation(len(pool))[:count]]
    return chosen


def votes(
    student: Student, tokenizer: Tokenizer, texts: list[str], share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean probabilities of the encoder and of TF-IDF: sentiment (texts x 3), topics (texts x 18)."""
    sentiment, topics = finetune.logits(student, tokenizer, texts)
    tone, subject = Tfidf(data.training_examples()).probabilities(texts)
    return (
        share * softmax(sentiment) + (1 - share) * tone,
        share * sigmoid(topics) + (1 - share) * subject,
    )


def train(student: Student, tokenizer: Tokenizer, settings: Settings, checkpoint: Path) -> Student:
    """Learn from votes and labels together; what is returned is the mean over the last part."""
    torch.manual_seed(settings.seed)
    texts = unlabelled(settings)
    tone, subject = votes(student, tokenizer, texts, settings.encoder_share)
    print(f"transfer: {len(texts)} texts voted on", flush=True)
    examples = data.training_examples()
    mixer, generator = finetune.Mixer(examples, settings.seed), np.random.default_rng(settings.seed)
    optimizer = finetune.optimiser(student, settings.rate)
    mean: dict[str, torch.Tensor] = {}
    taken, began = 0, time.monotonic()
    for epoch in range(settings.epochs):
        rows = mixer.epoch()
        hard = np.eye(3)[[r[1] for r in rows]] * 0.95 + 0.05 / 3
        wanted = np.array([[float(t in r[2]) for t in data.TOPICS] for r in rows])
        tones, topics = np.concatenate([hard, tone]), np.concatenate([wanted, subject])
        ids = [e.ids for e in tokenizer.encode_batch_fast([r[0] for r in rows] + texts)]
        plan = list(batches([len(i) for i in ids], finetune.BATCH_TOKENS, generator))
        total = 0.0
        for number, batch in enumerate(plan):
            spent = (epoch + number / len(plan)) / settings.epochs
            spent = max(spent, (time.monotonic() - began) / settings.seconds)
            if spent >= 1:
                break
            finetune.set_rates(optimizer, spent)
            with autocast():
                said, named = student(*padded([ids[r] for r in batch]), 0.1)
            loss = F.cross_entropy(said, _tensor(tones[batch]))
            loss = loss + 9 * F.binary_cross_entropy_with_logits(named, _tensor(topics[batch]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.item()
            if spent >= 0.6 and number % 20 == 0:
                taken = finetune.take(student, mean, taken)
        print(f"transfer epoch {epoch + 1} loss {total / len(plan):.3f}", flush=True)
        torch.save(student.state_dict(), checkpoint)
    student.load_state_dict(finetune.averaged(mean, taken))
    return student


def _tensor(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device())


def stage(work: Path, rounds: Sequence[Settings]) -> None:
    """Write `transferred-N.pt` for every round, each with other texts; the last is the final student."""
    tokenizer = finetune.load_tokenizer(work)
    for settings in rounds:
        made = work / f"transferred-{settings.seed}.pt"
        if not made.is_file():
            start = finetune.start(work, settings.start)
            student = train(start, tokenizer, settings, work / "transferring.pt")
            finetune.watch(student, tokenizer, f"transfer {settings.seed}")
            torch.save(student.state_dict(), made)
