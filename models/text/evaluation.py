"""What a model is measured by: figures from labels and predictions, and the plain baseline that it must beat.

Sentiments are class numbers (0 negative, 1 neutral, 2 positive); topics are 0/1 matrices, texts x topics.
Percentile bootstrap intervals follow Efron and Tibshirani (1993); the expected calibration error follows
Guo et al. (2017) with equal-width bins.

The baseline (hashed n-grams, TF-IDF, logistic regression) is trained on the same texts as the bundled model
and shipped beside it, so that every evaluation can show what a transformer is worth. Hashing (Weinberger
et al. 2009) keeps no word of any training text.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError

Classes: TypeAlias = NDArray[np.int64]
Matrix: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
RESAMPLES = 1_000
BINS = 1 << 17
_WORD = re.compile(r"\w+")
_GRAMS = (1, 2, 3)
_CUT = 2_000


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall, F1 and how many true cases there were (0.0 where undefined)."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def score(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Score:
    """Precision, recall and F1 of one yes/no question, or of a whole matrix of them (micro average)."""
    hits = int(np.sum(true & predicted))
    found, wanted = int(predicted.sum()), int(true.sum())
    precision = hits / found if found else 0.0
    recall = hits / wanted if wanted else 0.0
    f1 = 2 * hits / (found + wanted) if found + wanted else 0.0
    return Score(precision, recall, f1, wanted)


def accuracy(true: Classes, predicted: Classes) -> float:
    """The share of texts with the right class."""
    return float(np.mean(true == predicted)) if len(true) else 0.0


def per_class(true: Classes, predicted: Classes, classes: int) -> list[Score]:
    """One score a class, in order."""
    return [score(true == c, predicted == c) for c in range(classes)]


def macro_f1(true: Classes, predicted: Classes, classes: int) -> float:
    """The plain mean of the classes' F1 over classes that occur in truth or prediction."""
    occurring = [s for c, s in enumerate(per_class(true, predicted, classes)) if _occurs(c, true, predicted)]
    return float(np.mean([s.f1 for s in occurring])) if occurring else 0.0


def _occurs(number: int, true: Classes, predicted: Classes) -> bool:
    return bool(np.any(true == number) or np.any(predicted == number))


def micro_f1(true: Matrix, predicted: Matrix) -> float:
    """F1 over all (text, topic) decisions together."""
    return score(true, predicted).f1


def confusion(true: Classes, predicted: Classes, classes: int) -> list[list[int]]:
    """Counts: a row for each true class, a column for each predicted one."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (true, predicted), 1)
    return [[int(n) for n in row] for row in table]


def calibration_error(true: Classes, probabilities: Floats, bins: int = 10) -> float:
    """Expected calibration error of the predicted class's probability (0 is perfect)."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == true
    numbers = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = numbers == number
        if inside.any():
            error += float(inside.mean() * abs(confidence[inside].mean() - right[inside].mean()))
    return error


def interval(
    figure: Callable[[NDArray[np.int64]], float], size: int, *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """`figure(rows)` on all rows, with the 2.5 and 97.5 percentiles over resampled rows."""
    everything = np.arange(size)
    if size == 0:
        return Interval(0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    values = [figure(generator.integers(0, size, size)) for _ in range(resamples)]
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(figure(everything), float(low), float(high))


def sentiment_report(true: Classes, probabilities: Floats, names: Sequence[str]) -> dict[str, object]:
    """Everything the model card says of sentiment for one set of texts."""
    predicted = probabilities.argmax(1).astype(np.int64)
    classes = len(names)
    macro = interval(lambda rows: macro_f1(true[rows], predicted[rows], classes), len(true))
    return {
        "texts": len(true),
        "accuracy": accuracy(true, predicted),
        "macro_f1": macro.value,
        "macro_f1_95": [macro.low, macro.high],
        "calibration_error": calibration_error(true, probabilities),
        "per_class": {
            name: _plain(s) for name, s in zip(names, per_class(true, predicted, classes), strict=True)
        },
        "confusion": confusion(true, predicted, classes),
    }


def topic_report(true: Matrix, predicted: Matrix, names: Sequence[str]) -> dict[str, object]:
    """Everything the model card says of topics for one set of texts."""
    micro = interval(lambda rows: micro_f1(true[rows], predicted[rows]), len(true))
    scores = [score(true[:, n], predicted[:, n]) for n in range(len(names))]
    seen = [s.f1 for s in scores if s.support]
    return {
        "texts": len(true),
        "micro_f1": micro.value,
        "micro_f1_95": [micro.low, micro.high],
        "macro_f1": float(np.mean(seen)) if seen else 0.0,
        "per_topic": {name: _plain(s) for name, s in zip(names, scores, strict=True)},
    }


def _plain(s: Score) -> dict[str, float]:
    return {"precision": s.precision, "recall": s.recall, "f1": s.f1, "support": s.support}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the baseline says of one text."""

    sentiment: str
    topics: tuple[str, ...]


def grams(text: str) -> Iterator[str]:
    """Words, pairs of words, and character 1- to 3-grams of each word; Japanese lives on the last."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:_CUT]).lower())
    yield from words
    yield from (f"{a} {b}" for a, b in pairwise(words))
    for word in words:
        padded = f"<{word}>"
        for size in _GRAMS:
            yield from (f"#{padded[i : i + size]}" for i in range(len(padded) - size + 1))


def hashed(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Bins (sorted, distinct) and sublinear term frequencies, 1 + ln(count), of one text."""
    counts = Counter(zlib.crc32(g.encode("utf-8", "replace")) % BINS for g in grams(text))
    bins = np.fromiter(sorted(counts), dtype=np.int64, count=len(counts))
    values = np.array([1 + np.log(counts[int(b)]) for b in bins], dtype=np.float32)
    return bins, values


class Baseline:
    """Weights of one logistic regression for sentiment and one for each topic."""

    def __init__(
        self, idf: np.ndarray, weights: np.ndarray, bias: np.ndarray, classes: Sequence[str], sentiments: int
    ) -> None:
        self._idf = idf
        self._weights = weights
        self._bias = bias
        self._classes = list(classes)
        self._sentiments = sentiments

    @classmethod
    def load(cls, path: Path | None = None) -> Baseline:
        """Read `baseline.npz` of the bundled folder. Raises ModelError when it is missing."""
        path = path or Path(__file__).parents[1] / "bundled" / "baseline.npz"
        if not path.is_file():
            raise ModelError(f"{path.name} is missing beside the model. Remedy: restore the checkout.")
        with np.load(path, allow_pickle=False) as stored:
            weights = stored["weights"].astype(np.float32) * stored["scales"]
            return cls(
                stored["idf"].astype(np.float32), weights, stored["bias"], stored["classes"].tolist(),
                int(stored["tones"]),
            )  # fmt: skip

    def answer(self, texts: Sequence[str]) -> list[Answer]:
        """One answer a text, in order; topics are those at probability one half or above."""
        return [self._one(text) for text in texts]

    def scores(self, texts: Sequence[str]) -> Floats:
        """Scores of every sentiment and topic (texts x classes); a topic is named from 0."""
        return np.stack([self._scores(text) for text in texts])

    def _scores(self, text: str) -> Floats:
        bins, values = hashed(text)
        values = values * self._idf[bins]
        length = float(np.linalg.norm(values)) or 1.0
        found: Floats = values @ self._weights[bins] / length + self._bias
        return found

    def _one(self, text: str) -> Answer:
        scores = self._scores(text)
        sentiment = self._classes[int(np.argmax(scores[: self._sentiments]))]
        topics = tuple(
            c
            for c, s in zip(self._classes[self._sentiments :], scores[self._sentiments :], strict=True)
            if s >= 0
        )
        return Answer(sentiment, topics)
