"""The plain baseline that the transformer must beat: hashed n-grams, TF-IDF, logistic regression.

It is trained on the same texts as the bundled model and shipped beside it, so that every evaluation can
show what a transformer is worth. Hashing (Weinberger et al. 2009) keeps no word of any training text.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from models.errors import ModelError

BINS = 1 << 17
_WORD = re.compile(r"\w+")
_GRAMS = (1, 2, 3)
_CUT = 2_000


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

    def _one(self, text: str) -> Answer:
        bins, values = hashed(text)
        values = values * self._idf[bins]
        length = float(np.linalg.norm(values)) or 1.0
        scores = values @ self._weights[bins] / length + self._bias
        sentiment = self._classes[int(np.argmax(scores[: self._sentiments]))]
        topics = tuple(
            c
            for c, s in zip(self._classes[self._sentiments :], scores[self._sentiments :], strict=True)
            if s >= 0
        )
        return Answer(sentiment, topics)
