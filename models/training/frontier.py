"""What layers are worth: `python -m models.training.frontier FOLDER FOLDER --out work/e5/frontier.json`.

Each folder is a served model, say `served/` of two runs of the recipe with other shapes of the student. All
are scored on every validation set and timed in turns in one process; the table goes into the card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.text.classifier import Classifier
from models.training import data, evaluate

TIMED = 1_000
TURNS = 3


@dataclass(frozen=True, slots=True)
class Point:
    """One model: its name, its size, its speed, and (sentiment, topics) of every validation set."""

    name: str
    megabytes: float
    texts_per_second: float
    figures: dict[str, tuple[float, float]]


def frontier(folders: Sequence[Path]) -> list[Point]:
    """Every model's cross-fitted figures and its best rate on distinct reviews, taken in turns."""
    models = [Classifier.load(folder) for folder in folders]
    texts = sorted({r.text for r in data.star_reviews()})
    texts = [texts[n] for n in np.random.default_rng(7).permutation(len(texts))[:TIMED]]
    rates = [0.0] * len(models)
    for _ in range(TURNS):
        for n, model in enumerate(models):
            began = time.perf_counter()
            model.predict(texts)
            rates[n] = max(rates[n], len(texts) / (time.perf_counter() - began))
    found = []
    for folder, model, rate in zip(folders, models, rates, strict=True):
        figures = evaluate.reached(evaluate.score(model, data.all_sets()))
        size = sum(f.stat().st_size for f in folder.glob("*") if f.suffix in (".onnx", ".json"))
        found.append(Point(folder.name, size / 1e6, rate, figures))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all, keep `frontier.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="served models")
    parser.add_argument("--out", type=Path, required=True, help="where frontier.json is kept")
    chosen = parser.parse_args(arguments)
    told = json.dumps([asdict(point) for point in frontier(chosen.folders)], indent=1)
    chosen.out.write_text(told, encoding="utf-8")
    print(told)


if __name__ == "__main__":
    main()
