"""Everything the teacher learns from, in one shape: our labels, satisfaction, people's labels.

A text may know its tone (as shares), its topics, some of its topics only, or whether people called it a
problem report; what it does not know costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.text.languages import language_of
from models.training import data, mosaics, readers, weak
from models.training.data import TOPICS, Example, sentences

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Doses:
    """How much of what: counts of texts, and what one of them weighs beside a labelled text."""

    survey: int = 12_000
    survey_weight: float = 0.25
    smoothing: float = 0.05
    # of the texts without labels, how many are answered and learnt from: English ones, comments of the survey
    # (they say much the same), all others
    english: float = 1.0
    comments: float = 0.3
    others: float = 0.5
    # texts put together from sentences of ours, see `mosaics.py`
    mosaics: int = 20_000
    # a part of everything, for a trial run
    share: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Lessons:
    """`tone` (texts x 3) and `topics` (texts x 18) are wanted shares; a weight of 0 means not known.

    `problem` and `request` (texts) are 1, 0 or, where nobody said, not a number.
    """

    texts: tuple[str, ...]
    tone: Floats
    tone_weight: Floats
    topics: Floats
    topic_weight: Floats
    problem: Floats
    request: Floats


def some(count: int, share: float, key: Callable[[int], str]) -> list[int]:
    """Rows that belong to a part of everything, the same ones whenever they are asked for."""
    cut = round(share * 10_000)
    return [n for n in range(count) if share >= 1 or data.fold(f"share {key(n)}", 10_000) < cut]


def examples(doses: Doses) -> list[Example]:
    """The labelled texts that training may see."""
    found = data.training_examples()
    return [found[n] for n in some(len(found), doses.share, lambda n: found[n].text)]


def build(doses: Doses) -> Lessons:
    """All lessons."""
    parts = [hard(examples(doses), doses), survey(doses), labelled_by_people(doses)]
    return Lessons(
        tuple(text for part in parts for text in part.texts),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Lessons.__slots__[1:]),
    )


def hard(found: Sequence[Example], doses: Doses) -> Lessons:
    """Texts with labels of ours: tone smoothed a little, every topic known."""
    tone = np.eye(3, dtype=np.float32)[[e.sentiment for e in found]]
    tone = tone * (1 - doses.smoothing) + doses.smoothing / 3
    topics = np.array(data.topic_matrix(found), dtype=np.float32)
    every = np.ones(len(found), dtype=np.float32)
    nobody = np.full_like(every, np.nan)
    return Lessons(
        tuple(e.text for e in found), tone, every, topics, np.ones_like(topics), nobody, nobody.copy()
    )


def survey(doses: Doses) -> Lessons:
    """Comments with the tone that satisfaction suggests, the rarer tones drawn as often as the common one."""
    known = {e.text for e in data.training_examples()} | data.measured_texts()
    told = [
        (c.text, found)
        for c in readers.survey_comments()
        if not c.is_held_out and c.text not in known and (found := weak.shares(c.question, c.score))
    ]
    told = sorted(dict(told).items())
    generator = np.random.default_rng(doses.seed)
    kinds = np.array([int(np.argmax(found)) for _, found in told])
    each = int(doses.survey * doses.share) // 2
    drawn = np.concatenate(
        [generator.permutation(np.flatnonzero(kinds == kind))[:each] for kind in np.unique(kinds)]
    )
    tone = np.array([told[n][1] for n in drawn], dtype=np.float32)
    return _partly([told[n][0] for n in drawn], tone, doses.survey_weight)


def labelled_by_people(doses: Doses) -> Lessons:
    """Reviews that people called problem reports or requests, of apps that training may see."""
    known = {e.text for e in data.training_examples()} | data.measured_texts()
    found = [r for r in readers.people_labelled() if not r.is_held_out and r.text not in known]
    found = [found[n] for n in some(len(found), doses.share, lambda n: found[n].key)]
    part = _partly([r.text for r in found], np.full((len(found), 3), 1 / 3, dtype=np.float32), 0.0)
    part.problem[:] = [r.is_problem for r in found]
    part.request[:] = [r.is_request for r in found]
    return part


def _partly(texts: Sequence[str], tone: Floats, weight: float) -> Lessons:
    count = len(texts)
    topics = np.zeros((count, len(TOPICS)), dtype=np.float32)
    nobody = np.full(count, np.nan, dtype=np.float32)
    return Lessons(
        tuple(texts), tone, np.full(count, weight, dtype=np.float32), topics, np.zeros_like(topics), nobody,
        nobody.copy(),
    )  # fmt: skip


def unlabelled(doses: Doses) -> list[str]:
    """Distinct texts without labels of ours that the teacher answers and the student learns from: reviews of
    apps that training may see and their sentences, comments of the survey, reviews that people labelled; of
    these a part, and with them texts put together from our own Japanese ones."""
    known = {e.text for e in data.training_examples()}
    never = data.measured_texts() | {
        e.text
        for part in (data.validation_sets(), data.later_sets())
        for found in part.values()
        for e in found
    }
    reviews = [r.text for r in data.star_reviews() if not data.is_held_out_app(r.app)]
    comments = [c.text for c in readers.survey_comments() if not c.is_held_out]
    theirs = [r.text for r in readers.people_labelled() if not r.is_held_out]
    pieces = [s for text in (*reviews, *theirs) for s in sentences(text)]
    told, surveyed = sorted({*reviews, *theirs, *pieces} - set(comments)), sorted(set(comments))
    english = [t for t in told if language_of(t) == "en"]
    others = sorted(set(told) - set(english))
    kept = [
        *_part_of(english, doses.share * doses.english),
        *_part_of(surveyed, doses.share * doses.comments),
        *_part_of(others, doses.share * doses.others),
    ]
    return sorted({*(t for t in kept if len(t) > 2), *put_together(doses)} - known - never)


def _part_of(texts: Sequence[str], share: float) -> list[str]:
    return [texts[n] for n in some(len(texts), share, lambda n: texts[n])]


def put_together(doses: Doses) -> list[str]:
    """Texts made of the sentences of our own Japanese ones."""
    own = [e.text for e in examples(doses) if e.language == "ja" and e.origin.startswith("seed:")]
    return mosaics.made(own, int(doses.mosaics * doses.share), doses.seed)
