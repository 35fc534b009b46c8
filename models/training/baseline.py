"""What the model must beat: TF-IDF with logistic regression on the same texts, and the most common answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from models.training.data import TOPICS, Example

THRESHOLD = 0.3


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
        self._topics = [
            LogisticRegression(C=8, max_iter=200, solver="liblinear").fit(
                x, [t in e.topics for e in examples]
            )
            for t in TOPICS
        ]

    def predict(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Sentiment probabilities (texts x 3) and chosen topics (texts x 18)."""
        sentiment, scores = self.probabilities(texts)
        return sentiment, scores >= THRESHOLD

    def probabilities(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sentiment (texts x 3) and topic (texts x 18) probabilities."""
        texts = list(texts)
        x = sparse.hstack([self._characters.transform(texts), self._words.transform(texts)]).tocsr()
        scores = np.stack([m.predict_proba(x)[:, 1] for m in self._topics], 1)
        return self._sentiment.predict_proba(x), scores


def majority(examples: Sequence[Example]) -> int:
    """The most common sentiment."""
    return int(np.bincount([e.sentiment for e in examples]).argmax())
