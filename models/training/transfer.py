"""Transfer: three readers vote on unlabelled reviews, and the student learns from their votes.

The student itself, TF-IDF and, in English, a bigger teacher (`teacher.py`) err differently: n-grams see
spelling, encoders meaning, the teacher the stars as well. On texts that none was trained on their mean is a
better teacher than any. Labelled texts keep their hard labels and are mixed in. Apps that are held out give
no unlabelled texts either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from tokenizers import Tokenizer

from models.training import data, finetune
from models.training.baseline import Tfidf
from models.training.data import sentences
from models.training.encoder import Student, autocast, batches, device, padded


@dataclass(frozen=True, slots=True)
class Settings:
    """How many reviews of which kind, and how to learn from them."""

    english: int = 14_000
    other: int = 4_000
    longest: int = 350
    encoder_share: float = 0.65
    teacher_share: float = 0.6
    epochs: int = 2
    rate: float = 1e-4
    seed: int = 3
    start: str = "tuned.pt"


@cache
def _languages() -> Pipeline:
    """Tells English from the rest by its letters, learnt from the languages of the labels."""
    examples = data.training_examples()
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    made = make_pipeline(letters, LogisticRegression(C=10, max_iter=400))
    return made.fit([e.text for e in examples], [e.language == "en" for e in examples])


@cache
def unlabelled(settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """English and other texts of apps that training may see, none of them among the labelled.

    Most English reviews of those apps are labelled, so single sentences of longer ones, labelled or not,
    come along: what a sentence says by itself nobody has labelled.
    """
    known = {e.text for e in data.training_examples()}
    pool = sorted(
        {
            r.text
            for r in data.star_reviews()
            if not data.is_held_out_app(r.app) and 8 < len(r.text) < settings.longest and r.text not in known
        }
    )
    share = _languages().predict_proba(pool)[:, 1]
    generator = np.random.default_rng(settings.seed)
    order = generator.permutation(len(pool))
    english = [pool[n] for n in order if share[n] > 0.6]
    whole = {e.text for e in data.training_examples() if e.language == "en" and e.origin != "blank"}
    pieces = sorted({s for text in (*whole, *english) for s in sentences(text)} - known - set(english))
    english += [pieces[n] for n in generator.permutation(len(pieces))]
    other = [pool[n] for n in order if share[n] < 0.3]
    return tuple(english[: settings.english]), tuple(other[: settings.other])


def votes(
    student: Student, tokenizer: Tokenizer, settings: Settings, teacher: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean probabilities for the English texts, then the others: sentiment (texts x 3), topics (texts x 18).

    Raises ValueError when `teacher`, the teacher's votes, is not of these English texts.
    """
    english, other = unlabelled(settings)
    texts, share = [*english, *other], settings.encoder_share
    logits, topic_logits = finetune.logits(student, tokenizer, texts)
    sentiment, subject = Tfidf(data.training_examples()).probabilities(texts)
    sentiment = share * softmax(logits, axis=1) + (1 - share) * sentiment
    subject = share * expit(topic_logits) + (1 - share) * subject
    said = np.load(teacher)
    if len(said["tone"]) != len(english):
        raise ValueError(
            f"{teacher.name} holds {len(said['tone'])} votes for {len(english)} texts: "
            "delete it and run again"
        )
    for mine, theirs in ((sentiment, said["tone"]), (subject, said["topic"])):
        part = mine[: len(english)]
        part *= 1 - settings.teacher_share
        part += settings.teacher_share * theirs
    return sentiment, subject


def train(student: Student, tokenizer: Tokenizer, settings: Settings, work: Path) -> None:
    """Learn from votes and labels together, in place."""
    torch.manual_seed(settings.seed)
    texts = [text for part in unlabelled(settings) for text in part]
    sentiment, subject = votes(student, tokenizer, settings, work / "teacher-votes.npz")
    print(f"transfer: {len(texts)} texts voted on", flush=True)
    mixer = finetune.Mixer(data.training_examples(), settings.seed)

    def prepare(epoch: int) -> tuple[list[list[int]], finetune.Loss]:
        rows = mixer.epoch(epoch)
        generator = np.random.default_rng((settings.seed, epoch, 1))
        hard = np.eye(3)[[r[1] for r in rows]] * 0.95 + 0.05 / 3
        wanted = np.array([[float(t in r[2]) for t in data.TOPICS] for r in rows])
        sentiments, topics = np.concatenate([hard, sentiment]), np.concatenate([wanted, subject])
        ids = [e.ids for e in tokenizer.encode_batch_fast([r[0] for r in rows] + texts)]

        def loss(batch: list[int], _spent: float) -> torch.Tensor:
            with autocast():
                said, named = student(*padded([ids[r] for r in batch]), 0.1)
            return F.cross_entropy(said, _tensor(sentiments[batch])) + 9 * F.binary_cross_entropy_with_logits(
                named, _tensor(topics[batch])
            )

        return list(batches([len(i) for i in ids], finetune.BATCH_TOKENS, generator)), loss

    optimizer = finetune.optimiser(student, settings.rate)
    finetune.descend(student, optimizer, settings.epochs, prepare, 0.6, "transfer", work / "transferring.pt")


def _tensor(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device())


def stage(work: Path, rounds: Sequence[Settings]) -> None:
    """Write `transferred-N.pt` for every round, each with other texts; the last is the final student."""
    tokenizer = finetune.load_tokenizer(work)
    for settings in rounds:
        made = work / f"transferred-{settings.seed}.pt"
        if not made.is_file():
            student = finetune.start(work, settings.start)
            train(student, tokenizer, settings, work)
            finetune.watch(student, tokenizer, f"transfer {settings.seed}")
            torch.save(student.state_dict(), made)
