"""What layers are worth: `python -m models.training.shallow` after the recipe has run.

Shallower students start from some layers of the final one and learn what all of it answers (Sanh et al.
2019 start a student from every other layer of its teacher as well): its probabilities and its pooled
features, on labelled texts and on the unlabelled ones of the transfer. All are exported to int8, calibrated
and scored like the bundled model, and timed in turns in one process. The frontier goes into the card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from models.text.classifier import BUNDLED, Classifier
from models.training import data, evaluate, export, finetune, transfer
from models.training.encoder import LAYERS, Student, autocast, batches, device, padded
from models.training.run import FINAL, ROUNDS, WORK, render_card

KEPT = {4: (0, 1, 3, 5), 3: (0, 2, 5)}
TIMED = 1_000
TURNS = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How to teach one shallow student."""

    layers: int
    epochs: int = 2
    rate: float = 1e-4
    seed: int = 21


@dataclass(frozen=True, slots=True)
class Point:
    """One depth: its size, its speed, and (sentiment, topics) of every validation set."""

    layers: int
    megabytes: float
    texts_per_second: float
    figures: dict[str, tuple[float, float]]


def begin(whole: Student, kept: Sequence[int]) -> Student:
    """A student with some of the layers of `whole` and all that lies around them."""
    width, inner = whole.words.embedding_dim, whole.layers[0].up.out_features
    student = Student(whole.words.num_embeddings, len(kept), width, inner)
    state = {n: v for n, v in whole.state_dict().items() if not n.startswith("layers.")}
    for new, old in enumerate(kept):
        state |= {f"layers.{new}.{n}": v for n, v in whole.layers[old].state_dict().items()}
    student.load_state_dict(state)
    return student.to(device())


def train(whole: Student, work: Path, settings: Settings, texts: Sequence[str]) -> Student:
    """A student of fewer layers that has learnt from `whole`."""
    tokenizer = finetune.load_tokenizer(work)
    student = begin(whole, KEPT[settings.layers])
    whole.eval()
    torch.manual_seed(settings.seed)
    mixer = finetune.Mixer(data.training_examples(), settings.seed)

    def prepare(epoch: int) -> tuple[list[list[int]], finetune.Loss]:
        generator = np.random.default_rng((settings.seed, epoch, 1))
        spoken = [text for text, _, _ in mixer.epoch(epoch)] + list(texts)
        ids = [e.ids for e in tokenizer.encode_batch_fast(spoken)]

        def loss(batch: list[int], _spent: float) -> torch.Tensor:
            return _loss(student, whole, [ids[r] for r in batch])

        return list(batches([len(i) for i in ids], finetune.BATCH_TOKENS, generator)), loss

    optimizer = finetune.optimiser(student, settings.rate)
    finetune.descend(student, optimizer, settings.epochs, prepare, 0.7, f"{settings.layers} layers")
    return student


def _loss(student: Student, whole: Student, ids: list[list[int]]) -> torch.Tensor:
    inputs = padded(ids)
    with autocast():
        with torch.no_grad():
            wanted = torch.cat(whole.encode(*inputs), 1)
            spoken, subject = whole.sentiment(wanted).float(), whole.topics(wanted).float()
        found = torch.cat(student.encode(*inputs, 0.05), 1)
        said, named = student.sentiment(found).float(), student.topics(found).float()
    loss = F.cross_entropy(said, spoken.softmax(1)) + 9 * F.binary_cross_entropy_with_logits(
        named, subject.sigmoid()
    )
    return loss + F.mse_loss(found, wanted)


def stage(work: Path, runs: Sequence[Settings]) -> None:
    """Write `shallow-N.pt` and the served folder `shallow-N/` for every number of layers."""
    tokenizer = finetune.load_tokenizer(work)
    texts = [text for part in transfer.unlabelled(ROUNDS[0]) for text in part]
    for settings in runs:
        made, folder = work / f"shallow-{settings.layers}.pt", work / f"shallow-{settings.layers}"
        if not made.is_file():
            student = train(finetune.start(work, FINAL), work, settings, texts)
            finetune.watch(student, tokenizer, f"{settings.layers} layers")
            torch.save(student.state_dict(), made)
        if not (folder / "config.json").is_file():
            export.write_uncalibrated(work, made, folder)


def frontier(folders: dict[int, Path]) -> list[Point]:
    """Every depth's cross-fitted figures and its best rate on distinct reviews, taken in turns."""
    models = {layers: Classifier.load(folder) for layers, folder in folders.items()}
    texts = sorted({r.text for r in data.star_reviews()})
    texts = [texts[n] for n in np.random.default_rng(7).permutation(len(texts))[:TIMED]]
    rates = dict.fromkeys(models, 0.0)
    for _ in range(TURNS):
        for layers, model in models.items():
            began = time.perf_counter()
            model.predict(texts)
            rates[layers] = max(rates[layers], len(texts) / (time.perf_counter() - began))
    found = []
    for layers, model in models.items():
        sets = evaluate.score(model)
        full = evaluate.report(sets, evaluate.cross_fitted(sets))
        figures = {k: (full[k]["sentiment"]["macro_f1"], full[k]["topics"]["micro_f1"]) for k in sets}
        size = sum(f.stat().st_size for f in folders[layers].glob("*") if f.suffix in (".onnx", ".json"))
        found.append(Point(layers, size / 1e6, rates[layers], figures))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach what is not there yet, measure all, keep `frontier.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--layers", type=int, nargs="+", choices=sorted(KEPT), default=list(KEPT))
    chosen = parser.parse_args(arguments)
    stage(chosen.work, [Settings(layers) for layers in chosen.layers])
    folders = {LAYERS: BUNDLED, **{n: chosen.work / f"shallow-{n}" for n in chosen.layers}}
    points: list[dict[str, Any]] = [asdict(point) for point in frontier(folders)]
    (chosen.work / "frontier.json").write_text(json.dumps(points, indent=1), encoding="utf-8")
    render_card(chosen.work, BUNDLED)
    print(json.dumps(points, indent=1))


if __name__ == "__main__":
    main()
