"""What alpha testers said before a release, topic by topic, with a tester as one voice. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import SENTIMENTS, topic_matrix
from models.ratings.intervals import wilson

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AlphaCounts:
    """The feedback on one release before it was public (one cohort, or all if None), counted by tester.

    All arrays have one length: `tester` is any number that tells testers apart within this object,
    `sentiment` and `topics` are those of `ReviewCounts`, `n` how many texts share the three.
    """

    release_version: str
    cohort: str | None
    tester: NDArray[np.int32]
    sentiment: NDArray[np.int8]
    topics: NDArray[np.uint32]
    n: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class AlphaVoice:
    """What testers said. By topic: negative feedback, its share's 95 % interval, how many testers spoke."""

    texts: int
    testers: int
    negative: int
    count: Floats
    voices: Floats
    low: Floats
    high: Floats


def alpha_voice(alpha: AlphaCounts, topics: int) -> AlphaVoice:
    """Count the negative feedback by topic, and how sure its shares are."""
    negative = alpha.sentiment == SENTIMENTS.index("negative")
    n = alpha.n[negative]
    spoken = topic_matrix(alpha.topics[negative], topics)
    _, who = np.unique(alpha.tester[negative], return_inverse=True)
    by_tester = np.zeros((int(who.max()) + 1 if len(who) else 0, topics))
    np.add.at(by_tester, who, spoken * n[:, None])
    total = int(n.sum())
    design = _design_effects(by_tester, np.bincount(who, weights=n).astype(np.float64), total)
    count = by_tester.sum(axis=0)
    low, high = wilson(count / design, total / design)
    return AlphaVoice(
        int(alpha.n.sum()), len(np.unique(alpha.tester)), total, count, (by_tester > 0).sum(axis=0), low, high
    )


def _design_effects(by_tester: Floats, size: Floats, total: int) -> Floats:
    """By how much less a text tells than an independent one, since a tester repeats himself: at least 1.

    The design effect with testers as draws (Kish 1965); where nobody, or everybody, speaks of a topic it
    cannot be seen, and a tester counts as one voice.
    """
    if not total:
        return np.ones(by_tester.shape[1])
    share = by_tester.sum(axis=0) / total
    between = ((by_tester - size[:, None] * share) ** 2).sum(axis=0) * len(size) / max(len(size) - 1, 1)
    single = total * share * (1 - share)
    one_voice = float(size @ size) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(single > 0, np.maximum(between / single, 1.0), one_voice)
