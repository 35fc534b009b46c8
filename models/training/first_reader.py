"""A first reader: hashed n-grams that have learnt the served model's answers, for the texts that are easy.

It answers a text only where it is so sure that, on texts it has not learnt from, it differed from the served
model no more often than `Settings.differs`; how sure that must be is found for Japanese, for English and for
the others apart. Everything else is left to the model. Its weights have the form of `baseline.npz`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.text.classifier import Classifier, Prediction
from models.text.evaluation import Baseline
from models.text.languages import language_of
from models.training import baseline, data, lessons
from models.training.data import SENTIMENTS, Example
from models.training.evaluate import GROUPS, group_of
from models.training.lessons import Doses


@dataclass(frozen=True, slots=True)
class Settings:
    """How many texts to learn from, and how often an answer may differ from the model's."""

    texts: int = 40_000
    differs: float = 0.01
    seed: int = 1


def answered(classifier: Classifier, texts: Sequence[str]) -> list[Example]:
    """Texts with the model's answers in the place of labels; those it does not cover are left out."""
    found = zip(texts, classifier.predict(texts), strict=True)
    return [_example(text, said) for text, said in found if said.is_covered]


def _example(text: str, said: Prediction) -> Example:
    topics = frozenset(topic.topic for topic in said.topics)
    group = group_of(language_of(text) or "")
    return Example(text, SENTIMENTS.index(said.sentiment), topics, group, "answered", text)


def sureness(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """How sure an answer is (texts), from its scores (texts x 21): the lead of the best tone over the next,
    or the distance of the nearest topic from being decided otherwise, whichever is less."""
    tones = np.sort(scores[:, : len(SENTIMENTS)], axis=1)
    found: NDArray[np.float64] = np.minimum(
        tones[:, -1] - tones[:, -2], np.abs(scores[:, len(SENTIMENTS) :]).min(1)
    )
    return found


def cut(sure: NDArray[np.float64], differs: NDArray[np.bool_], most: float) -> float:
    """The least sureness from which at most the share `most` differs; infinite where there is none.

    The share is judged by the upper end of its 95 % interval (Wilson), so that few texts prove little.
    """
    order = np.argsort(-sure)
    wrong, count = np.cumsum(differs[order]), np.arange(1, len(order) + 1)
    z = 1.645
    share = wrong / count
    upper = (
        share + z**2 / (2 * count) + z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    ) / (1 + z**2 / count)
    fine = np.flatnonzero(upper <= most)
    return float(sure[order][fine[-1]]) if len(fine) else float("inf")


def stage(work: Path, folder: Path, settings: Settings, doses: Doses) -> None:
    """Write `first.npz`, the reader, and `first.json`: from which sureness it answers, and how many."""
    classifier = Classifier.load(folder)
    pool = lessons.unlabelled(doses)
    order = np.random.default_rng(settings.seed).permutation(len(pool))[: settings.texts]
    found = answered(classifier, [pool[n] for n in order])
    left = np.array([data.fold(f"first {e.text}", 5) == 0 for e in found])
    # the labelled texts by their labels, so that each tone is there however the model answers
    learnt = [*lessons.examples(doses), *(e for e, is_left in zip(found, left, strict=True) if not is_left)]
    baseline.fit_shipped(learnt, work / "first.npz")
    kept = [e for e, is_left in zip(found, left, strict=True) if is_left]
    scores = Baseline.load(work / "first.npz").scores([e.text for e in kept])
    sure, other = sureness(scores), differing(scores, kept)
    groups = np.array([e.language for e in kept])
    told = {}
    for group in GROUPS:
        rows = groups == group
        least = cut(sure[rows], other[rows], settings.differs)
        told[group] = {
            "least": least if np.isfinite(least) else None,
            "answers": float((sure[rows] >= least).mean()) if rows.any() else 0.0,
            "texts": int(rows.sum()),
        }
    (work / "first.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"first reader: {told}")


def differing(scores: NDArray[np.float64], found: Sequence[Example]) -> NDArray[np.bool_]:
    """Whether the answer that scores give differs from the example's, in tone or in any topic (texts)."""
    tone = scores[:, : len(SENTIMENTS)].argmax(1) != [e.sentiment for e in found]
    wanted = np.array(data.topic_matrix(found), dtype=bool)
    other: NDArray[np.bool_] = ((scores[:, len(SENTIMENTS) :] >= 0) != wanted).any(1)
    return tone | other
