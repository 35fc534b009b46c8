"""What the model takes for what, counted on held-out texts: `confusion.json` beside the card.

Counts by task, language and app, cross-fitted like the figures of the card. By them tables and pages can say
where the model's error was measured, where it was not, and where the model is no better than TF-IDF. Figures
only: no text, no id.

Our own texts count for no language: they are cleaner than what people write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.text import evaluation, languages
from models.training.data import SENTIMENTS, TOPICS
from models.training.evaluate import Scored

REAL = {"en": ("en",), "ja": ("ja_play", "ja"), "eu": ("eu",)}
"""The validation sets of real reviews, as the card names them. Of several of one language all texts are
counted, and the first that is there speaks for it: the one with more texts."""
MEASURED, NO_BETTER, NOT_MEASURED = "measured", "no_better_than_tfidf", "not_measured"
_FIGURES = {"sentiment": ("sentiment_macro_f1", 0), "topics": ("topics_micro_f1", 1)}

Decided = Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]


def confusion(
    sets: Mapping[str, Scored], decided: Decided, full: Mapping[str, Any], card: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of `confusion.json`: for each task its labels and, for each language, status and counts.

    `decided` is what `evaluate.cross_fitted` says of `sets`, `full` the report on it, `card` the headline
    figures. An app of sentiment is a matrix, a row for each true class and a column for each that was said;
    an app of topics its number of texts and, for each topic, [said rightly, said wrongly, missed]. Apps have
    no names; texts whose app is not known are one app.
    """
    found: dict[str, Any] = {
        "sentiment": {"labels": list(SENTIMENTS), "languages": {}},
        "topics": {"labels": list(TOPICS), "languages": {}},
    }
    for names in REAL.values():
        there = [name for name in names if name in sets]
        name = there[0]
        spoken = {n: np.array([e.language for e in sets[n].examples]) for n in there}
        for language in sorted(set(spoken[name])):
            rows = {n: np.flatnonzero(spoken[n] == language) for n in there}
            figures = full[f"{name}:{language}" if f"{name}:{language}" in full else name]
            counts = [_apps(sets[n], decided[n], rows[n]) for n in there]
            for task in found:
                found[task]["languages"][language] = {
                    "status": status(card[name], task),
                    "texts": sum(len(r) for r in rows.values()),
                    **_f1(figures[task]),
                    "apps": [app for part in counts for app in part[task]],
                }
    for task in found:
        for language in languages.COVERED:
            found[task]["languages"].setdefault(language, {"status": NOT_MEASURED, "texts": 0, "apps": []})
        found[task]["languages"] = dict(sorted(found[task]["languages"].items()))
    return found


def status(figures: Mapping[str, Any], task: str) -> str:
    """Whether the interval of the model's F1 lies above that of TF-IDF, on one set of the card."""
    key, place = _FIGURES[task]
    return MEASURED if figures[f"{key}_95"][0] > figures["tfidf"][place] else NO_BETTER


def _f1(report: Mapping[str, Any]) -> dict[str, float]:
    key = "macro_f1" if "accuracy" in report else "micro_f1"
    low, high = report[f"{key}_95"]
    return {"f1": round(report[key], 3), "low": round(low, 3), "high": round(high, 3)}


def _apps(
    scored: Scored, decided: tuple[NDArray[np.float64], NDArray[np.bool_]], rows: NDArray[np.int64]
) -> dict[str, list[Any]]:
    """The counts of every app among `rows`, the app with the most texts first."""
    # a group that is a row of its own is a text whose app nobody knows
    apps = np.array([e.group if e.origin in ("gp", "play") else e.origin for e in scored.examples])[rows]
    names, sizes = np.unique(apps, return_counts=True)
    said, named = decided[0].argmax(1).astype(np.int64), decided[1]
    sentiment, topics = [], []
    for _, name in sorted(zip(-sizes, names, strict=True)):
        of = rows[apps == name]
        sentiment.append(evaluation.confusion(scored.classes[of], said[of], len(SENTIMENTS)))
        true, told = scored.wanted[of], named[of]
        triples = np.stack([(true & told).sum(0), (~true & told).sum(0), (true & ~told).sum(0)], 1)
        topics.append({"texts": len(of), "counts": triples.tolist()})
    return {"sentiment": sentiment, "topics": topics}


def write(folder: Path, found: Mapping[str, Any]) -> None:
    """`confusion.json`, an app a line."""
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (folder / "confusion.json").write_text(_flat(text) + "\n", encoding="utf-8")


def _flat(text: str) -> str:
    """Lists that hold nothing but numbers and lists of numbers in one line."""
    lines, depth, held = [], 0, ""
    for line in text.split("\n"):
        stripped = line.strip()
        opens = stripped.endswith("[") and not stripped.endswith(('"labels": [', '"apps": ['))
        if depth or opens:
            held += line if not held else stripped + " " * stripped.endswith(",")
            depth += stripped.endswith("[") - stripped.startswith("]")
            if not depth:
                lines.append(held.rstrip())
                held = ""
        else:
            lines.append(line)
    return "\n".join(lines)


def main() -> None:
    """Count again with the model that is served, and write the file beside it."""
    from models.text.classifier import BUNDLED, Classifier
    from models.training import data, evaluate

    sets = evaluate.score(Classifier.load(), data.all_sets())
    decided = evaluate.cross_fitted(sets, languages_apart=True)
    card = json.loads((BUNDLED / "card.json").read_text(encoding="utf-8"))
    write(BUNDLED, confusion(sets, decided, evaluate.report(sets, decided), card))


if __name__ == "__main__":
    main()
