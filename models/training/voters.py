"""Voters beside the teacher: TF-IDF sees spelling, MPNet reads English with many times the weights.

Each writes its probabilities of the unlabelled texts and which of them it read. All are optional: what is not
there leaves its share to the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.text.languages import language_of
from models.training import lessons, teacher
from models.training.baseline import Tfidf
from models.training.data import SENTIMENTS, TOPICS
from models.training.lessons import Doses


def tfidf(work: Path, doses: Doses) -> None:
    """Write `votes-tfidf.npz`: it has read every text."""
    texts = lessons.unlabelled(doses)
    tone, topics = Tfidf(lessons.examples(doses)).probabilities(texts)
    _write(work / "votes-tfidf.npz", tone, topics, np.ones(len(texts), dtype=bool))


def mpnet(work: Path, settings: teacher.Settings, doses: Doses) -> None:
    """Write `votes-mpnet.npz`: it has read the English texts."""
    texts = lessons.unlabelled(doses)
    read = np.array([language_of(text) == "en" for text in texts])
    model, tokenizer = teacher.load(teacher.unpack(work)), teacher.load_tokenizer(work / "all-mpnet-base-v2")
    english = [e for e in lessons.examples(doses) if e.language == "en"]
    teacher.train(model, tokenizer, english, settings)
    tone, topics = np.zeros((len(texts), len(SENTIMENTS))), np.zeros((len(texts), len(TOPICS)))
    tone[read], topics[read] = teacher.probabilities(
        model, tokenizer, [text for text, is_read in zip(texts, read, strict=True) if is_read]
    )
    _write(work / "votes-mpnet.npz", tone, topics, read)


def _write(path: Path, tone: np.ndarray, topics: np.ndarray, read: np.ndarray) -> None:
    np.savez(path, tone=tone.astype(np.float32), topics=topics.astype(np.float32), read=read)
