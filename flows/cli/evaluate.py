"""`hoshiyomi evaluate`: how good is the serving model on labelled texts, against two plain baselines?

A labelled file is JSONL, a row a text: `{"text": ..., "sentiment": "negative|neutral|positive",
"topics": [...], "lang": "ja"}`; `lang` may be missing. The report holds figures only, no text.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.config.tables import nearest
from flows.console import counted
from flows.errors import InputError
from flows.pipeline.own_labels import FOLDER
from warehouse.errors import NothingPublished
from warehouse.private import make_folder, write_atomically
from warehouse.reads import current, rows

if TYPE_CHECKING:
    from flows.config.load import Config
    from models.text.classifier import Prediction
    from models.text.evaluation import Baseline
    from models.text.hub import Model

SENTIMENTS = ("negative", "neutral", "positive")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with what a human chose."""

    text: str
    sentiment: str
    topics: frozenset[str]
    language: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What something says of the texts: shares of the three sentiments, and topics, a row a text."""

    shares: list[list[float]]
    topics: list[frozenset[str]]


def check_app(app: str, config: Config) -> None:
    """Raise InputError where no app of the configuration or of the published file has this key."""
    known = {a.key for a in config.apps}
    with suppress(NothingPublished):
        known.update(row["app"] for row in rows(current(config.data), "overview"))
    if app not in known:
        near = nearest(app, sorted(known)) if known else ""
        near += "" if near.endswith("?") else "."
        raise InputError(
            f"--app: no app {app!r} is known{near} Remedy: a key of apps.toml, or of an app that was "
            "imported and published."
        )


def read_labelled(path: Path, topics: Sequence[str]) -> list[Labelled]:
    """The rows of a labelled file, also .gz. Raises InputError naming file, row, field and remedy."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            found = [_row(line, f"{path.name}, row {n}", topics) for n, line in _numbered(lines)]
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise InputError(f"{path.name} cannot be read: {error}. Remedy: JSONL in UTF-8.") from error
    if not found:
        raise InputError(f"{path.name} has no rows. Remedy: one JSON object a line with text and sentiment.")
    return found


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    return ((n, line) for n, line in enumerate(lines, start=1) if line.strip())


def _row(line: str, where: str, known: Sequence[str]) -> Labelled:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}. Remedy: one object a line.") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise InputError(f"{where}: field text is missing or is no text.")
    if row.get("sentiment") not in SENTIMENTS:
        raise InputError(f"{where}: field sentiment is none of {', '.join(SENTIMENTS)}.")
    topics = row.get("topics") or []
    strange = [t for t in topics if t not in known] if isinstance(topics, list) else [topics]
    if strange:
        raise InputError(
            f"{where}: field topics holds {strange[0]!r}. Remedy: a list of keys of topics.toml."
        )
    language = str(row.get("lang") or row.get("language") or UNKNOWN)
    return Labelled(row["text"], row["sentiment"], frozenset(topics), language)


def evaluate(
    labelled: Sequence[Labelled],
    model: Model,
    baseline: Baseline,
    topics: Sequence[str],
    app: str | None = None,
) -> dict[str, Any]:
    """The report: for all texts and each language with 20 or more, the model and both baselines.

    Where the texts are of one `app` it also holds what the model takes for what there
    (`flows.pipeline.own_labels`).
    """
    texts = [row.text for row in labelled]
    predictions = model.predict(texts)
    plain = baseline.answer(texts)
    common = Counter(row.sentiment for row in labelled).most_common(1)[0][0]
    answers = {
        "model": Answers(
            # silence about a language outside the card counts as an answer: no sentiment, no topic
            [
                [p.probabilities[s] for s in SENTIMENTS] if p.is_covered else _certain("neutral")
                for p in predictions
            ],
            [frozenset(t.topic for t in p.topics) for p in predictions],
        ),
        "tf_idf": Answers([_certain(a.sentiment) for a in plain], [frozenset(a.topics) for a in plain]),
        "majority": Answers([_certain(common)] * len(texts), [frozenset()] * len(texts)),
    }
    counts = Counter(row.language for row in labelled)
    parts = {"all": list(range(len(labelled)))}
    for language, count in sorted(counts.items()):
        if count >= 20 and len(counts) > 1:
            parts[language] = [i for i, row in enumerate(labelled) if row.language == language]
    own = {"app": app, "counts": counts_of(labelled, predictions, topics)} if app else {}
    return {
        "model_version": model.model_version,
        **own,
        "texts": len(labelled),
        "not_covered": sum(not p.is_covered for p in predictions),
        "languages": dict(sorted(counts.items())),
        "parts": {
            part: {who: _figures(labelled, told, places, topics) for who, told in answers.items()}
            for part, places in parts.items()
        },
    }


def counts_of(
    labelled: Sequence[Labelled], predictions: Sequence[Prediction], topics: Sequence[str]
) -> dict[str, Any]:
    """By task: `labels` and, by language, for each label [found, with the label, given wrongly, others].

    Texts outside the model's card are in no share, so they do not count. A row without a language is of the
    one that its text speaks for, if it does.
    """
    from models.text.languages import language_of

    pairs = [(row, p) for row, p in zip(labelled, predictions, strict=True) if p.is_covered]
    spoken = [
        language_of(row.text) if row.language == UNKNOWN else row.language.lower()[:2] for row, _ in pairs
    ]
    asked: dict[str, tuple[Sequence[str], list[tuple[frozenset[str], frozenset[str]]]]] = {
        "sentiment": (SENTIMENTS, [(frozenset({r.sentiment}), frozenset({p.sentiment})) for r, p in pairs]),
        "topics": (topics, [(r.topics, frozenset(t.topic for t in p.topics)) for r, p in pairs]),
    }
    return {
        task: {
            "labels": list(labels),
            "languages": {
                language: [_of_label(label, [s for s, of in zip(said, spoken, strict=True) if of == language])
                           for label in labels]
                for language in sorted({s for s in spoken if s})
            },
        }
        for task, (labels, said) in asked.items()
    }  # fmt: skip


def _of_label(label: str, said: Sequence[tuple[frozenset[str], frozenset[str]]]) -> list[int]:
    counts = Counter((label in true, label in told) for true, told in said)
    found, missed = counts[True, True], counts[True, False]
    wrong, rest = counts[False, True], counts[False, False]
    return [found, found + missed, wrong, wrong + rest]


def _certain(sentiment: str) -> list[float]:
    return [float(s == sentiment) for s in SENTIMENTS]


def _figures(
    labelled: Sequence[Labelled], told: Answers, places: Sequence[int], topics: Sequence[str]
) -> dict[str, Any]:
    import numpy as np

    from models.text.evaluation import sentiment_report, topic_report

    true = np.array([SENTIMENTS.index(labelled[i].sentiment) for i in places], dtype=np.int64)
    shares = np.array([told.shares[i] for i in places], dtype=np.float64)
    wanted = np.array([[t in labelled[i].topics for t in topics] for i in places], dtype=bool)
    named = np.array([[t in told.topics[i] for t in topics] for i in places], dtype=bool)
    return {
        "sentiment": sentiment_report(true, shares, SENTIMENTS),
        "topics": topic_report(wanted, named, topics),
    }


def store(report: Mapping[str, Any], path: Path, data: Path, now: datetime) -> Path:
    """Keep the report under the data folder, named by the file's bytes and the model; where it is."""
    named = f"{report['model_version']}{report.get('app', '')}"
    digest = hashlib.sha256(path.read_bytes() + named.encode()).hexdigest()[:12]
    folder = make_folder(data / FOLDER)
    kept = folder / f"{path.name.split('.')[0]}-{digest}.json"
    whole = {"file": path.name, "evaluated_at": now.astimezone(UTC).isoformat(), **report}
    write_atomically(kept, (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode())
    return kept


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report for people."""
    yield f"model {report['model_version']}, {counted(report['texts'], 'labelled text')}"
    if report["not_covered"]:
        yield f"{report['not_covered']:,} in languages the card does not cover: counted as neutral, no topic"
    for part, by_who in report["parts"].items():
        yield ""
        yield f"{part} (n={by_who['model']['sentiment']['texts']:,})"
        yield f"  {'':10} {'sentiment macro-F1':^26}  {'accuracy':8}  {'ECE':5}  {'topics micro-F1':^26}"
        for who, figures in by_who.items():
            yield f"  {who.replace('_', '-'):10} {_line(figures)}"
        yield from _classes(by_who["model"])


def _line(figures: Mapping[str, Any]) -> str:
    sentiment, topics = figures["sentiment"], figures["topics"]
    return (
        f"{_interval(sentiment['macro_f1'], sentiment['macro_f1_95'])}  {sentiment['accuracy']:8.3f}  "
        f"{sentiment['calibration_error']:5.3f}  {_interval(topics['micro_f1'], topics['micro_f1_95'])}"
    )


def _interval(value: float, bounds: Sequence[float]) -> str:
    return f"{value:6.3f} [{bounds[0]:.3f}, {bounds[1]:.3f}]".center(26)


def _classes(figures: Mapping[str, Any]) -> Iterator[str]:
    for head, scores in (
        ("sentiment", figures["sentiment"]["per_class"]),
        ("topic", figures["topics"]["per_topic"]),
    ):
        yield f"  {head:18} {'n':>6}  precision  recall     F1"
        for name, s in scores.items():
            if s["support"]:
                shares = f"{s['precision']:9.3f}  {s['recall']:6.3f}  {s['f1']:5.3f}"
                yield f"    {name:16} {s['support']:6}  {shares}"
