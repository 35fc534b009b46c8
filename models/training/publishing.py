"""From trained weights to a served folder: export, calibration, figures, card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.text.classifier import Classifier
from models.training import card, confusion, evaluate, export, outside
from models.training.data import SENTIMENTS, TOPICS, Example
from models.training.encoder import shape_of
from models.training.evaluate import Calibration


@dataclass(frozen=True, slots=True)
class Served:
    """What is published under which name: the weights in the work folder, the words of the card, the sets
    that it is calibrated and measured by, what was voted on, and whether languages are calibrated apart."""

    name: str
    weights: str
    story: card.Story
    sets: Mapping[str, Sequence[Example]]
    voted_on: Mapping[str, int | str]
    languages_apart: bool = False
    # what TF-IDF learns from; everything labelled unless told
    examples: Sequence[Example] | None = None
    # the model that this one is compared with, where there is one
    before: Path | None = None


def publish(work: Path, out: Path, served: Served) -> None:
    """Export, calibrate and measure; write the served folder with its card."""
    folders = {"int8": out, "fp32": work / "fp32"}
    scored = {}
    for kind, folder in folders.items():
        pieces = export.write_uncalibrated(work, work / served.weights, folder, int8=kind == "int8")
        scored[kind] = evaluate.score(Classifier.load(folder), served.sets)
    decided = {
        kind: evaluate.cross_fitted(sets, languages_apart=served.languages_apart)
        for kind, sets in scored.items()
    }
    full = {kind: evaluate.report(sets, decided[kind]) for kind, sets in scored.items()}
    plain = _baselines(work, served)
    headline = evaluate.headline(full["int8"], plain)
    values = evaluate.calibration(scored["int8"])
    own = evaluate.by_language(scored["int8"]) if served.languages_apart else {}
    shape = shape_of(export.arrays(work / served.weights))
    for folder in folders.values():
        export.write_config(folder, pieces, values, shape, name=served.name, languages=own)
        export.write_card(folder, headline)
    confusion.write(out, confusion.confusion(scored["int8"], decided["int8"], full["int8"], headline))
    figures = {"int8": full["int8"], "fp32": full["fp32"], "baselines": plain, "pieces": pieces}
    figures["shape"] = {"layers": shape.layers, "width": shape.width, "heads": shape.heads}
    figures["agreement"] = evaluate.agreement(*(Classifier.load(folder) for folder in folders.values()))
    figures["coverage"] = evaluate.coverage()
    figures["unsure"] = evaluate.unsure(scored["int8"], decided["int8"])
    figures["outside"] = outside.measure(Classifier.load(out))
    if served.before is not None:
        figures["outside_before"] = outside.measure(Classifier.load(served.before))
        figures["before"] = shipped(Classifier.load(served.before), served.sets)
    evaluate.write(work / "figures.json", figures)
    render_card(work, out, served)
    print(json.dumps(headline, indent=1, ensure_ascii=False))


def shipped(model: Classifier, sets: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """The full figures of a model as it is served, with the calibration that it ships with."""
    scored = {
        name: evaluate.Scored(found, np.zeros((0, 3)), np.zeros((0, 18))) for name, found in sets.items()
    }
    decided = {}
    for name, found in sets.items():
        told = model.predict([e.text for e in found])
        tone = np.array([[p.probabilities[s] for s in SENTIMENTS] for p in told])
        named = [{t.topic for t in p.topics} for p in told]
        decided[name] = tone, np.array([[topic in n for topic in TOPICS] for n in named], dtype=bool)
    return evaluate.report(scored, decided)


def render_card(work: Path, out: Path, served: Served) -> None:
    """MODEL_CARD.md from the figures that are kept, and what else was measured."""
    figures = json.loads((work / "figures.json").read_text(encoding="utf-8"))
    files = {
        "speed": "speed",
        "frontier": "frontier",
        "ballot": "ballot",
        "ablation": "ablation",
        "teacher_reached": "teacher",
    }
    for name, file in files.items():
        kept = work / f"{file}.json"
        if kept.is_file():
            figures[name] = json.loads(kept.read_text(encoding="utf-8"))
    figures["voted_on"] = dict(served.voted_on)
    own = json.loads((out / "config.json").read_text(encoding="utf-8"))["hoshiyomi"]
    values = Calibration(own["temperature"], tuple(own["thresholds"][topic] for topic in TOPICS))
    (out / "MODEL_CARD.md").write_text(
        card.render(figures, values, served.name, served.story), encoding="utf-8"
    )


def _baselines(work: Path, served: Served) -> dict[str, Any]:
    kept, sets = work / "baselines.json", evaluate.by_languages(served.sets)
    if kept.is_file():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        # An older recipe may have measured fewer sets.
        if found.keys() >= sets.keys():
            return found
    found = evaluate.baselines(sets, served.examples)
    evaluate.write(kept, found)
    return found
