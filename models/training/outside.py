"""What a model is worth by labels that are not ours: stars of Japanese Play reviews, people's labels.

A review with four or five stars that is called negative is not always an error, nor is the reverse; yet of
two models the one that does so less often reads better. People's labels are those of `people.py`; of the
three apps that they are of, one was held out, and thresholds are chosen on the other two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from models.text.classifier import Classifier
from models.training import people, readers

DRAWN, SEED = 3_000, 7
LANGUAGES = ("en", "fr")


def measure(model: Classifier) -> dict[str, Any]:
    """`stars`: shares of reviews whose tone contradicts their stars; `people`: F1 of both kinds of reports,
    by language of the app held out."""
    return {"stars": by_stars(model), "people": by_people(model)}


def by_stars(model: Classifier) -> dict[str, Any]:
    """Of Japanese reviews drawn by chance: the share of 4-5 stars called negative, of 1-2 called positive."""
    found = readers.play_reviews()
    rows = np.random.default_rng(SEED).permutation(len(found))[:DRAWN]
    drawn = [found[n] for n in rows]
    told = [p.sentiment for p in model.predict([r.text for r in drawn])]
    shares = {}
    for name, stars, wrong in (("praise", (4, 5), "negative"), ("blame", (1, 2), "positive")):
        said = [t == wrong for t, r in zip(told, drawn, strict=True) if r.stars in stars]
        shares[name] = {"texts": len(said), "contradict": float(np.mean(said))}
    return shares


def by_people(model: Classifier) -> dict[str, Any]:
    """F1 of problem reports and feature requests on the app held out, all together and by language."""
    found = readers.people_labelled()
    scores = _probabilities(model, [r.text for r in found])
    unseen = np.array([r.is_held_out for r in found])
    spoken = np.array([r.language for r in found])
    told: dict[str, Any] = {}
    for name, score, true in (
        ("problem", people.problem(*scores), np.array([r.is_problem for r in found])),
        ("request", people.request(*scores), np.array([r.is_request for r in found])),
    ):
        cut = people.best_threshold(score[~unseen], true[~unseen])
        for group, rows in (("all", unseen), *((code, unseen & (spoken == code)) for code in LANGUAGES)):
            if rows.any():
                told.setdefault(group, {"texts": int(rows.sum())})[name] = people.f1(
                    score[rows] >= cut, true[rows]
                )
    return told


def _probabilities(model: Classifier, texts: Sequence[str]) -> tuple[people.Floats, people.Floats]:
    """Tone (texts x 3) and topics (texts x 18), whatever the language: people's labels are of all of them."""
    tone, topics = (np.asarray(part, dtype=float) for part in model.logits(list(texts)))
    return softmax(tone, axis=1), expit(topics)
