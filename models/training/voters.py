"""Voters beside the teacher: TF-IDF sees spelling, MPNet reads English with many times the weights, and
earlier models of ours err elsewhere (students of their own kind gain: Furlanello et al. 2018).

Each writes its probabilities of the unlabelled texts and which of them it read. All are optional: who is not
asked leaves its share to the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from models.text.classifier import Classifier
from models.text.languages import language_of
from models.training import lessons, readers, teacher
from models.training.baseline import Tfidf
from models.training.data import SENTIMENTS, TOPICS
from models.training.evaluate import group_of
from models.training.lessons import Doses
from models.training.student import Elder


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


def elder(work: Path, number: int, asked: Elder, doses: Doses) -> None:
    """Write `votes-elder-<number>.npz`: it has read the kinds of texts that it is asked about."""
    _write(work / f"votes-elder-{number}.npz", *elder_says(asked, lessons.unlabelled(doses)))


def elder_says(
    asked: Elder, texts: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """An earlier model's probabilities of tone (texts x 3) and topics (texts x 18), and what it has read."""
    comments = {c.text for c in readers.survey_comments()}
    kinds = ["survey" if text in comments else group_of(language_of(text) or "") for text in texts]
    read = np.isin(kinds, asked.kinds)
    tone, topics = np.zeros((len(texts), len(SENTIMENTS))), np.zeros((len(texts), len(TOPICS)))
    theirs = [text for text, is_read in zip(texts, read, strict=True) if is_read]
    said, named = Classifier.load(asked.folder).logits(theirs)
    tone[read], topics[read] = softmax(said, axis=1), expit(named)
    return tone, topics, read


def _write(path: Path, tone: np.ndarray, topics: np.ndarray, read: np.ndarray) -> None:
    np.savez(path, tone=tone.astype(np.float32), topics=topics.astype(np.float32), read=read)
