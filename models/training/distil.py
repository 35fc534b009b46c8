"""Distillation: the student learns Japanese by putting its sentence vector where MiniLM puts the English.

Three kinds of batches are mixed: Japanese sides of pairs (towards the teacher's vector of the English
side), English sides and reviews (so that what MiniLM knows is kept while its pieces change), and
reviews with stars (1-2 negative, 3 neutral, 4-5 positive; a weak label for a head that is thrown away).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from models.training import data
from models.training.encoder import Student, autocast, batches, device, from_teacher, padded

BATCH_TOKENS = 3_072
LONGEST = 96
# Short sentences are what reviews are made of, and more of them fit into the time there is.
LONGEST_JAPANESE = 56
WARM_UP = 100


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to distil: passes over the pairs, and wall seconds after which it ends early."""

    passes: float = 3.0
    seconds: float = 1e9
    rate: float = 4e-4
    seed: int = 1


def teacher_vectors(work: Path, folder: Path, texts: list[str], name: str) -> np.ndarray:
    """MiniLM's mean-pooled vectors (texts x width), kept in the work folder as fp16."""
    path = work / f"teacher-{name}.npy"
    if path.is_file():
        return np.load(path, mmap_mode="r")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    ids = [e.ids for e in tokenizer.encode_batch_fast(texts)]
    teacher = from_teacher(folder).to(device()).eval()
    found = np.zeros((len(texts), teacher.words.embedding_dim), dtype=np.float16)
    for rows in batches([len(i) for i in ids], 8_192):
        with torch.no_grad(), autocast():
            mean, _ = teacher.encode(*padded([ids[r] for r in rows]))
        found[rows] = mean.float().cpu().numpy()
    np.save(path, found)
    return found


@dataclass(slots=True)
class Task:
    """One kind of batch: tokenised texts, and either vectors to follow or stars to tell."""

    ids: list[list[int]]
    share: float
    vectors: np.ndarray | None = None
    stars: np.ndarray | None = None


def tasks(work: Path, folder: Path, tokenizer: Tokenizer) -> list[Task]:
    """The three kinds of batches."""
    pairs = data.pairs()
    english, japanese = [e for e, _ in pairs], [j for _, j in pairs]
    reviews = [r for r in data.star_reviews() if not data.is_held_out_app(r.app)]
    stars = np.array([0 if r.stars < 3 else 1 if r.stars == 3 else 2 for r in reviews])
    vectors = teacher_vectors(work, folder, english, "pairs")
    short = [n for n, (_, j) in enumerate(pairs) if len(j) <= LONGEST_JAPANESE]
    english, japanese = [english[n] for n in short], [japanese[n] for n in short]
    vectors = np.asarray(vectors[short])

    def ids(texts: list[str]) -> list[list[int]]:
        return [e.ids for e in tokenizer.encode_batch_fast(texts)]

    return [
        Task(ids(japanese), 0.74, vectors=vectors),
        Task(ids(english), 0.08, vectors=vectors),
        Task(ids([r.text for r in reviews]), 0.18, stars=stars),
    ]


def _loss(student: Student, task: Task, rows: list[int]) -> torch.Tensor:
    mean, _ = student.encode(*padded([task.ids[r] for r in rows]))
    if task.stars is not None:
        target = torch.from_numpy(task.stars[rows]).to(device())
        return 0.3 * F.cross_entropy(student.stars(mean), target)
    assert task.vectors is not None
    target = torch.from_numpy(np.asarray(task.vectors[rows], dtype=np.float32)).to(device())
    distance = 1 - F.cosine_similarity(mean, target).mean()
    alike = F.normalize(mean, dim=1) @ F.normalize(target, dim=1).T * 20
    contrast = F.cross_entropy(alike, torch.arange(len(rows), device=alike.device))
    return 3 * distance + F.mse_loss(mean, target) * 10 + 0.3 * contrast


def _endless(task: Task, generator: np.random.Generator):
    lengths = [len(i) for i in task.ids]
    while True:
        yield from batches(lengths, BATCH_TOKENS, generator)


def optimiser(student: Student, rate: float) -> torch.optim.AdamW:
    """New word rows learn fastest, the lower layers slowest."""
    words = list(student.words.parameters())
    heads = [p for n, p in student.named_parameters() if n.split(".")[0] in ("stars", "sentiment", "topics")]
    known = {id(p) for p in words + heads}
    body = [p for p in student.parameters() if id(p) not in known]
    groups = [
        {"params": words, "lr": rate * 2.5, "weight_decay": 0.0},
        {"params": body, "lr": rate * 0.5},
        {"params": heads, "lr": rate * 2},
    ]
    for group in groups:
        group["peak"] = group["lr"]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01, fused=True)


def train(student: Student, work_tasks: list[Task], budget: Budget, checkpoint: Path) -> None:
    """Run the mix of tasks with a linear schedule that ends at the pass or the second budget."""
    torch.manual_seed(budget.seed)
    generator = np.random.default_rng(budget.seed)
    optimizer = optimiser(student, budget.rate)
    streams = [_endless(t, generator) for t in work_tasks]
    main = sum(1 for _ in batches([len(i) for i in work_tasks[0].ids], BATCH_TOKENS))
    steps = int(main * budget.passes / work_tasks[0].share)
    shares = np.array([t.share for t in work_tasks])
    began, shown = time.monotonic(), np.zeros((len(work_tasks), 2))
    student.train()
    for step in range(steps):
        which = int(generator.choice(len(work_tasks), p=shares / shares.sum()))
        with autocast():
            loss = _loss(student, work_tasks[which], next(streams[which]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        spent = max(step / steps, (time.monotonic() - began) / budget.seconds)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * max(0.02, min(1.0, (step + 1) / WARM_UP, 1.02 - spent))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        shown[which] += (loss.item(), 1)
        if step % 50 == 49:
            means = " ".join(f"{s / max(n, 1):.3f}" for s, n in shown)
            print(f"distil {step + 1}/{steps} spent {spent:.2f} losses {means}", flush=True)
            shown[:] = 0
        if step % 300 == 299:
            torch.save(student.state_dict(), checkpoint)
        if spent >= 1:
            break


def load_tokenizer(work: Path) -> Tokenizer:
    """The vocabulary stage's tokenizer, cutting at the distillation length."""
    tokenizer = Tokenizer.from_file(str(work / "vocabulary.json"))
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def stage(work: Path, folder: Path, budgets: Sequence[Budget]) -> None:
    """Write `distilled.pt`; every run of `budgets` goes on where the one before ended."""
    tokenizer = load_tokenizer(work)
    student = from_teacher(folder, np.load(work / "embeddings.npy")).to(device())
    mix = tasks(work, folder, tokenizer)
    for budget in budgets:
        train(student, mix, budget, work / "distilling.pt")
    torch.save(student.state_dict(), work / "distilled.pt")
