"""Evaluation of the exported int8 model on held-out texts, with calibration that never sees what it scores.

Calibration is one temperature for sentiment and one threshold a topic. Thresholds of rare topics are drawn
towards the threshold that is best for all topics together, so that a handful of texts cannot move them far.
Both are cross-fitted: the validation groups (apps, seed domains, rows where the app is unknown) fall into
five parts, and each part is scored with values chosen on the other four. The values that ship are chosen on
all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from models.text import evaluation, languages
from models.text.classifier import Classifier
from models.training import data
from models.training.data import SENTIMENTS, TOPICS, Example

GRID = np.round(np.arange(0.10, 0.81, 0.02), 2)
# So many true cases weigh as much as the pooled threshold does.
PRIOR_CASES = 200.0
PARTS = 5
# Whose probabilities are calibrated apart; the last stands for all others. With fewer texts, all together.
GROUPS = ("ja", "en", "others")
ENOUGH = 200
UNSURE = 0.6
"""The model is called unsure where it gives no tone so much, as in dashboard/components/review_cards.py."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into decisions."""

    temperature: float
    thresholds: tuple[float, ...]


def temperature(logits: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    """The temperature with the least negative log-likelihood, by grid (0.5 to 3)."""
    rows = np.arange(len(classes))

    def loss(t: float) -> float:
        return float(-np.log(softmax(logits / t, axis=1)[rows, classes] + 1e-12).mean())

    return float(min(np.round(np.arange(0.5, 3.01, 0.02), 2), key=loss))


def _f1(true: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> float:
    both = float((true & chosen).sum())
    return 2 * both / max(float(true.sum() + chosen.sum()), 1.0)


def thresholds(logits: NDArray[np.float64], topics: NDArray[np.bool_]) -> tuple[float, ...]:
    """Per-topic thresholds that raise micro-F1, shrunk towards the best common one."""
    scores = expit(logits)
    pooled = float(max(GRID, key=lambda t: _f1(topics, scores >= t)))
    found = []
    for n in range(topics.shape[1]):
        own = _smoothed_best(scores[:, n], topics[:, n])
        weight = float(topics[:, n].sum())
        share = weight / (weight + PRIOR_CASES)
        found.append(round(share * own + (1 - share) * pooled, 3) if weight else round(pooled, 3))
    return tuple(found)


def _smoothed_best(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    """The middle of the plateau: the peak of F1 averaged over five neighbouring thresholds."""
    curve = np.array([_f1(true, scores >= t) for t in GRID])
    padded = np.pad(curve, 2, mode="edge")
    smooth = np.convolve(padded, np.ones(5) / 5, mode="valid")
    return float(GRID[int(np.argmax(smooth))])


def calibrate(
    sentiment: NDArray[np.float64],
    topic: NDArray[np.float64],
    classes: NDArray[np.int64],
    topics: NDArray[np.bool_],
) -> Calibration:
    """Both from the same validation texts."""
    return Calibration(temperature(sentiment, classes), thresholds(topic, topics))


@dataclass(frozen=True, slots=True)
class Scored:
    """One validation set with the model's logits."""

    examples: Sequence[Example]
    sentiment: NDArray[np.float64]
    topics: NDArray[np.float64]

    @property
    def classes(self) -> NDArray[np.int64]:
        return np.array([e.sentiment for e in self.examples], dtype=np.int64)

    @property
    def wanted(self) -> NDArray[np.bool_]:
        return np.array(data.topic_matrix(self.examples), dtype=bool)

    def groups(self) -> NDArray[np.str_]:
        """Which calibration each text goes by: its language's, or that of all others together."""
        return np.array([group_of(e.language) for e in self.examples])

    def part(self) -> NDArray[np.int64]:
        return np.array([data.fold(f"part {e.group}", PARTS) for e in self.examples])


def score(classifier: Classifier, sets: Mapping[str, Sequence[Example]] | None = None) -> dict[str, Scored]:
    """Every validation set through the exported graph."""
    sets = data.validation_sets() if sets is None else sets
    return {
        name: Scored(examples, *classifier.logits([e.text for e in examples]))
        for name, examples in sets.items()
    }


def calibration(
    sets: Mapping[str, Scored], leave_out: int | None = None, group: str | None = None
) -> Calibration:
    """Chosen on all validation sets, without one part if asked, or on one group of languages."""
    kept = {name: np.ones(len(s.examples), bool) if leave_out is None else s.part() != leave_out
            for name, s in sets.items()}  # fmt: skip
    if group is not None:
        kept = {name: rows & (sets[name].groups() == group) for name, rows in kept.items()}
    return calibrate(
        np.concatenate([s.sentiment[kept[name]] for name, s in sets.items()]),
        np.concatenate([s.topics[kept[name]] for name, s in sets.items()]),
        np.concatenate([s.classes[kept[name]] for name, s in sets.items()]),
        np.concatenate([s.wanted[kept[name]] for name, s in sets.items()]),
    )


def by_language(sets: Mapping[str, Scored], leave_out: int | None = None) -> dict[str, Calibration]:
    """A calibration for each group of languages that has enough texts to choose one by."""
    found = {}
    for group in GROUPS:
        if sum(int((s.groups() == group).sum()) for s in sets.values()) >= ENOUGH:
            found[group] = calibration(sets, leave_out, group)
    return found


def group_of(language: str) -> str:
    """The group of languages whose calibration a text goes by."""
    return language if language in GROUPS else GROUPS[-1]


def cross_fitted(
    sets: Mapping[str, Scored], *, languages_apart: bool = False
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Sentiment probabilities and chosen topics of every set, each part with the others' calibration: one for
    all languages, or one for each group of them."""
    found = {
        name: (np.zeros_like(s.sentiment), np.zeros(s.topics.shape, dtype=bool)) for name, s in sets.items()
    }
    for part in range(PARTS):
        common = calibration(sets, part)
        own = by_language(sets, part) if languages_apart else {}
        for name, s in sets.items():
            for group in GROUPS:
                rows = (s.part() == part) & (s.groups() == group)
                values = own.get(group, common)
                found[name][0][rows] = softmax(s.sentiment[rows] / values.temperature, axis=1)
                found[name][1][rows] = expit(s.topics[rows]) >= np.array(values.thresholds)
    return found


def report(
    sets: Mapping[str, Scored],
    decided: Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]],
) -> dict[str, Any]:
    """The model's full figures by set, and by language within `eu`."""
    found: dict[str, Any] = {}
    for name, s in sets.items():
        found[name] = _both(s.classes, s.wanted, *decided[name])
        if name == "eu":
            languages = np.array([e.language for e in s.examples])
            for language in sorted(set(languages)):
                rows = languages == language
                found[f"eu:{language}"] = _both(
                    s.classes[rows], s.wanted[rows], decided[name][0][rows], decided[name][1][rows]
                )
    return found


def reached(sets: Mapping[str, Scored]) -> dict[str, tuple[float, float]]:
    """Macro-F1 of tone and micro-F1 of topics of every set, cross-fitted, languages apart."""
    told = report(sets, cross_fitted(sets, languages_apart=True))
    return {key: (told[key]["sentiment"]["macro_f1"], told[key]["topics"]["micro_f1"]) for key in sets}


def _both(
    classes: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> dict[str, Any]:
    return {
        "sentiment": evaluation.sentiment_report(classes, probabilities, SENTIMENTS),
        "topics": evaluation.topic_report(wanted, chosen, TOPICS),
    }


def baselines(
    sets: Mapping[str, Sequence[Example]] | None = None, examples: Sequence[Example] | None = None
) -> dict[str, Any]:
    """Macro-F1 of sentiment and micro-F1 of topics for TF-IDF and for the most common answer."""
    from models.training import baseline

    examples = data.training_examples() if examples is None else examples
    tfidf, common = baseline.Tfidf(examples), baseline.majority(examples)
    found = {}
    for name, texts in (data.validation_sets() if sets is None else sets).items():
        probabilities, chosen = tfidf.predict([e.text for e in texts])
        classes = np.array([e.sentiment for e in texts], dtype=np.int64)
        same = np.full(len(texts), common)
        wanted = np.array(data.topic_matrix(texts), dtype=bool)
        found[name] = {
            "tfidf": [
                evaluation.macro_f1(classes, probabilities.argmax(1).astype(np.int64), 3),
                evaluation.micro_f1(wanted, chosen),
            ],
            "majority": [evaluation.macro_f1(classes, same, 3), 0.0],
        }
    return found


def unsure(
    sets: Mapping[str, Scored],
    decided: Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]],
) -> dict[str, dict[str, float]]:
    """By set and of all together: the share of texts of which no sentiment gets a probability of UNSURE, and
    how often those are told rightly, and the others."""
    told = {name: decided[name][0] for name in sets}
    right = {name: told[name].argmax(1) == s.classes for name, s in sets.items()}
    found = {}
    for name, among in {**{name: [name] for name in sets}, "all": list(sets)}.items():
        is_unsure = np.concatenate([told[n].max(1) < UNSURE for n in among])
        is_right = np.concatenate([right[n] for n in among])
        found[name] = {
            "texts": len(is_right),
            "share": float(is_unsure.mean()),
            "right": float(is_right[is_unsure].mean()) if is_unsure.any() else float("nan"),
            "right_else": float(is_right[~is_unsure].mean()) if not is_unsure.all() else float("nan"),
        }
    return found


def agreement(small: Classifier, full: Classifier, count: int = 2_000) -> dict[str, float]:
    """How often int8 and fp32 decide alike on unlabelled reviews, both with their own calibration."""
    pool = sorted({r.text for r in data.star_reviews()})
    chosen = np.random.default_rng(9).permutation(len(pool))[:count]
    told = [model.predict([pool[n] for n in chosen]) for model in (small, full)]
    pairs = list(zip(*told, strict=True))
    named = [({t.topic for t in a.topics}, {t.topic for t in b.topics}) for a, b in pairs]
    either = sum(len(a | b) for a, b in named)
    return {
        "texts": len(pairs),
        "tone": sum(a.sentiment == b.sentiment for a, b in pairs) / len(pairs),
        "topics": sum(len(a & b) for a, b in named) / max(either, 1),
    }


def coverage() -> dict[str, dict[str, list[int]]]:
    """Texts marked "not covered" and texts, of covered languages and of others."""
    groups: dict[str, list[str]] = {"our own texts (Japanese, English)": [e.text for e in data.seeds()]}
    for name in ("en_train", "eu_train", "ja_dev"):
        known = [e.text for e in data.labelled(name) if e.language in languages.COVERED]
        groups[f"`labels/{name}.jsonl`"] = known
    others: dict[str, list[str]] = {}
    for language, text in data.other_languages():
        others.setdefault(language, []).append(text)
    return {
        kind: {
            name: [sum(not languages.is_covered(t) for t in texts), len(texts)]
            for name, texts in sets.items()
        }
        for kind, sets in (("covered", groups), ("others", others))
    }


def by_languages(sets: Mapping[str, Sequence[Example]]) -> dict[str, list[Example]]:
    """The sets as they are, and after them the languages of `eu` one by one, named as `report` names them."""
    found = {name: list(examples) for name, examples in sets.items()}
    for e in sets.get("eu", ()):
        found.setdefault(f"eu:{e.language}", []).append(e)
    return found


def headline(full: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of card.json: what a reader of the dashboard should see."""
    names = {"en": "English, apps never seen", "ja": "real Japanese reviews (ja_dev)",
             "ja_play": "Japanese Play reviews drawn at random",
             "seeds": "our own texts, domains never seen", "eu": "de es it ru, apps never seen"}  # fmt: skip
    return {
        key: {
            "what": what,
            "texts": full[key]["sentiment"]["texts"],
            "sentiment_macro_f1": round(full[key]["sentiment"]["macro_f1"], 3),
            "sentiment_macro_f1_95": [round(v, 3) for v in full[key]["sentiment"]["macro_f1_95"]],
            "topics_micro_f1": round(full[key]["topics"]["micro_f1"], 3),
            "topics_micro_f1_95": [round(v, 3) for v in full[key]["topics"]["micro_f1_95"]],
            "tfidf": [round(v, 3) for v in plain[key]["tfidf"]],
            "majority": [round(v, 3) for v in plain[key]["majority"]],
        }
        for key, what in names.items()
        if key in full
    }


def write(path: Path, figures: Mapping[str, Any]) -> None:
    """Keep the full figures beside the weights in the work folder."""
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
