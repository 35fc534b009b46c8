"""What the model must beat, on the same texts: two TF-IDF baselines, and the most common answer.

`Tfidf` is the stronger one that the card compares with and that votes in the transfer stage; it keeps a
vocabulary and needs scikit-learn. The one that `fit_shipped` writes as `baseline.npz` ships beside the model:
it is hashed, so it holds no word of anybody's text, and `hoshiyomi evaluate` runs it with numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from models.text.evaluation import BINS, hashed
from models.training.data import SENTIMENTS, TOPICS, Example, fold

THRESHOLD = 0.3
_C_SENTIMENT, _C_TOPIC = 4.0, 1.0
# the score of a topic that no text of the training spoke of
_NEVER = -10.0


class Tfidf:
    """Character 1-4-grams and word 1-2-grams; one regression for sentiment, one a topic."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True, max_features=120_000
        )
        self._words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        texts = [e.text for e in examples]
        x = sparse.hstack([self._characters.fit_transform(texts), self._words.fit_transform(texts)]).tocsr()
        self._sentiment = LogisticRegression(C=4, max_iter=300, class_weight="balanced")
        self._sentiment.fit(x, [e.sentiment for e in examples])
        self._topics = [_told(x, [t in e.topics for e in examples], C=8, max_iter=200) for t in TOPICS]

    def predict(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Sentiment probabilities (texts x 3) and chosen topics (texts x 18)."""
        sentiment, scores = self.probabilities(texts)
        return sentiment, scores >= THRESHOLD

    def probabilities(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sentiment (texts x 3) and topic (texts x 18) probabilities."""
        texts = list(texts)
        x = sparse.hstack([self._characters.transform(texts), self._words.transform(texts)]).tocsr()
        scores = np.stack([m.predict_proba(x)[:, 1] if m else np.zeros(len(texts)) for m in self._topics], 1)
        return self._sentiment.predict_proba(x), scores


def majority(examples: Sequence[Example]) -> int:
    """The most common sentiment."""
    return int(np.bincount([e.sentiment for e in examples]).argmax())


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Hashed term frequencies, (texts, BINS), before weighting."""
    parts = [hashed(t) for t in texts]
    starts = np.cumsum([0, *(len(b) for b, _ in parts)])
    bins = np.concatenate([b for b, _ in parts])
    values = np.concatenate([v for _, v in parts])
    return csr_matrix((values, bins, starts), shape=(len(texts), BINS))


def fit_shipped(examples: Sequence[Example], path: Path, *, seed: int = 7) -> None:
    """Train on `examples` and write idf, 8-bit weights with a scale a class, and biases to `path`."""
    counts = matrix([e.text for e in examples])
    seen = np.asarray((counts > 0).sum(axis=0)).ravel()
    # smoothed idf, as in scikit-learn's TfidfTransformer
    idf = np.log((1 + len(examples)) / (1 + seen)) + 1
    rows = normalize(counts.multiply(idf).tocsr())
    sentiment = LogisticRegression(C=_C_SENTIMENT, max_iter=300, class_weight="balanced", random_state=seed)
    sentiment.fit(rows, [e.sentiment for e in examples])
    spoken = np.array([[t in e.topics for t in TOPICS] for e in examples])
    part = np.array([fold(e.text, 5) == 0 for e in examples])
    weights, bias = _topics(rows[~part], spoken[~part], seed)
    margin = _margin(rows[part] @ weights.T + bias, spoken[part])
    weights, bias = _topics(rows, spoken, seed)
    table = np.concatenate([sentiment.coef_, weights]).T.astype(np.float32)
    # a bin that no training text fell into carries no weight, which compresses away
    table[seen == 0] = 0
    scales = np.maximum(np.abs(table).max(axis=0) / 127, 1e-12)
    bias = np.concatenate([sentiment.intercept_, bias - margin]).astype(np.float32)
    np.savez_compressed(
        path, idf=idf.astype(np.float16), weights=np.round(table / scales).astype(np.int8),
        scales=scales.astype(np.float32), bias=bias,
        classes=np.array([*SENTIMENTS, *TOPICS]), tones=len(SENTIMENTS),
    )  # fmt: skip


def _topics(rows: csr_matrix, spoken: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (topics, BINS) and biases (topics,) of one balanced logistic regression a topic."""
    fitted = [
        _told(rows, wanted, C=_C_TOPIC, class_weight="balanced", max_iter=300, random_state=seed)
        for wanted in spoken.T
    ]
    never = np.zeros((1, rows.shape[1])), np.array([_NEVER])
    coefficients = [(m.coef_, m.intercept_) if m else never for m in fitted]
    return np.concatenate([c for c, _ in coefficients]), np.concatenate([i for _, i in coefficients])


def _told(rows: csr_matrix, wanted: Sequence[bool], **settings: Any) -> LogisticRegression | None:
    """A regression that tells a topic; None where no text, or every text, speaks of it, as in small parts."""
    if len(set(map(bool, wanted))) < 2:
        return None
    return LogisticRegression(solver="liblinear", **settings).fit(rows, wanted)


def _margin(scores: np.ndarray, spoken: np.ndarray) -> float:
    """The one score from which a topic is named: best micro-F1 on texts left out of the fit."""

    def micro_f1(margin: float) -> float:
        named = scores >= margin
        return float(2 * (named & spoken).sum() / (named.sum() + spoken.sum()))

    return max(np.linspace(-2, 2, 41).tolist(), key=micro_f1)
