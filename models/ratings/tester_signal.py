"""Did the alpha foretell what the public complained of after the release?

Of every topic: were testers, before the release, louder about it than the public usually is (named), and did
public complaints about it rise after the release (rose)? Over the topics: do the two go together, by rank
correlation and by more hits than chance would give? Either may speak at 2.5 %, so that an alpha that knows
nothing is called a prophet on at most 5 % of releases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import comb
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.ratings.counts import ReviewCounts, date_of, day_number
from models.ratings.intervals import Z95, Floats, known, wilson
from models.ratings.release_complaints import (
    AlphaCounts,
    AlphaVoice,
    PublicComplaints,
    alpha_voice,
    public_complaints,
)

__all__ = ["AlphaCounts", "AlphaSignal", "ReleaseDay", "TopicSignal", "alpha_signals"]
LEAST_TESTERS, LEAST_FEEDBACK, LEAST_TEXTS = 5, 20, 30
"""Testers, feedback texts, and public reviews with text a side, below which nothing is said."""
LEAST_TOPICS = 6
"""Topics with enough complaints, below which nothing is said about the release."""
LEAST_COMPLAINTS = 5
"""Public complaints in both windows together below which nothing is said about a topic."""
LEAST_VOICES = 3
"""Testers who must speak of a topic before the alpha has named it."""
CHANCE = 0.025
"""One-sided level at which ranks, and hits, each speak for the alpha."""
Verdict: TypeAlias = Literal["foretold", "did_not", "unclear", "too_few"]
TopicVerdict: TypeAlias = Literal["hit", "missed", "false_warning", "quiet", "too_few"]


class ReleaseDay(Protocol):
    """A release: `models.ratings.release_impact.Release` is one."""

    @property
    def version(self) -> str: ...
    @property
    def released_on(self) -> date: ...


@dataclass(frozen=True, slots=True)
class TopicSignal:
    """One topic of one release: what testers said, and what the public said before and after. 95 % intervals.

    `n_alpha` counts negative feedback that speaks of the topic, `n_before`/`n_after` public complaints.
    """

    topic: str
    n_alpha: int
    share_alpha: float | None
    alpha_low: float | None
    alpha_high: float | None
    n_before: int
    n_after: int
    share_before: float | None
    share_after: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    named_by_alpha: bool
    rose_after: bool
    verdict: TopicVerdict


@dataclass(frozen=True, slots=True)
class AlphaSignal:
    """One release (and cohort). 95 % intervals.

    `n_alpha` counts feedback texts, `n_before`/`n_after` public reviews with text, `n_topics` the topics that
    could be compared. The hit rate is the share of the topics that rose which the alpha had named. `topics`
    is empty where fewer than LEAST_TESTERS testers spoke: so few people are never broken down.
    """

    release_version: str
    released_on: date
    cohort: str | None
    n_alpha: int
    n_testers: int
    n_before: int
    n_after: int
    n_topics: int
    rank_correlation: float | None
    low: float | None
    high: float | None
    hit_rate: float | None
    hit_low: float | None
    hit_high: float | None
    verdict: Verdict
    topics: list[TopicSignal]


def alpha_signals(
    alpha: Sequence[AlphaCounts], counts: ReviewCounts, releases: Sequence[ReleaseDay], topics: Sequence[str]
) -> list[AlphaSignal]:
    """A row for every entry of `alpha` whose version is in `releases`; other versions have none.

    `counts` are the public reviews of the app in one store, `releases` that store's, `topics` the catalogue's
    keys in the order of the bits. The windows are WINDOW days each side, cut at the neighbouring releases and
    at the first and last day with a review.
    """
    dates = {r.version: r.released_on for r in releases}
    days = sorted({day_number(d) for d in dates.values()})
    return [
        _judged(
            entry,
            public_complaints(counts, day_number(dates[entry.release_version]), days, len(topics)),
            topics,
        )
        for entry in alpha
        if entry.release_version in dates
    ]


def _judged(alpha: AlphaCounts, public: PublicComplaints, topics: Sequence[str]) -> AlphaSignal:
    said = alpha_voice(alpha, len(topics))
    around = public.before + public.after
    heard = around >= LEAST_COMPLAINTS
    # testers may speak of more topics in a text than the public does: only what they speak of counts
    usual = public.usual * said.count.sum() / max(said.negative, 1)
    named = (said.voices >= LEAST_VOICES) & (said.low > usual)
    known = heard | named
    correlation, low, high = _agreement(said, public, heard)
    rose, hits = int((public.rose & known).sum()), int((public.rose & named).sum())
    beyond_chance = _is_beyond_chance(int(known.sum()), int((named & known).sum()), rose, hits)
    hit_low, hit_high = (float(x) for x in wilson(hits, rose))
    enough = (
        said.testers >= LEAST_TESTERS and said.texts >= LEAST_FEEDBACK and min(public.texts) >= LEAST_TEXTS
    )
    verdict: Verdict = "unclear"
    if not enough or heard.sum() < LEAST_TOPICS:
        verdict = "too_few"
    elif hits and (beyond_chance or (low is not None and low > 0)):
        verdict = "foretold"
    elif rose and (hit_high < 0.5 or (high is not None and high < 0)):
        verdict = "did_not"
    return AlphaSignal(
        release_version=alpha.release_version,
        released_on=date_of(public.released),
        cohort=alpha.cohort,
        n_alpha=said.texts,
        n_testers=said.testers,
        n_before=public.texts[0],
        n_after=public.texts[1],
        n_topics=int(heard.sum()),
        rank_correlation=correlation,
        low=low,
        high=high,
        hit_rate=hits / rose if rose else None,
        hit_low=hit_low if rose else None,
        hit_high=hit_high if rose else None,
        verdict=verdict,
        topics=[
            _topic(said, public, k, name, bool(named[k]), enough and bool(known[k]))
            for k, name in enumerate(topics)
            if said.testers >= LEAST_TESTERS
        ],
    )


def _agreement(
    said: AlphaVoice, public: PublicComplaints, heard: NDArray[np.bool_]
) -> tuple[float | None, float | None, float | None]:
    """Spearman's rank correlation over the topics, ties at mid-rank, with the interval of Bonett and Wright.

    Of how much louder the alpha was about a topic than usual, with how much more public complaints about it
    rose than those about the topic in the middle, both in standard deviations of chance. (Against the middle,
    so that neither a release that makes everything worse, nor one topic that takes the room of the others,
    says anything about the rest.) Interval: Bonett and Wright (2000).
    """
    topics = int(heard.sum())
    spoken, around = said.count[heard], (public.before + public.after)[heard]
    if topics < LEAST_TOPICS or not spoken.any():
        return None, None, None
    usual = public.usual[heard] / public.usual[heard].sum() * spoken.sum()
    louder = (spoken - usual) / np.sqrt(usual + 0.5)
    after = _middle(public.after[heard] / around, np.sqrt(around))
    with np.errstate(invalid="ignore", divide="ignore"):
        risen = np.nan_to_num((public.after[heard] - around * after) / np.sqrt(around * after * (1 - after)))
    if not (np.ptp(louder) and np.ptp(risen)):
        return None, None, None
    correlation = float(np.corrcoef(_ranks(louder), _ranks(risen))[1, 0])
    middle = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    half = Z95 * np.sqrt((1 + correlation**2 / 2) / (topics - 3))
    return correlation, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 on, ties at mid-rank, as `scipy.stats` has them, whose import takes half a second."""
    order = np.argsort(values, kind="stable")
    is_new = np.diff(values[order], prepend=np.nan) != 0
    edges = np.append(np.flatnonzero(is_new), len(values))
    group = is_new.cumsum() - 1
    ranks = np.empty(len(values))
    ranks[order] = (edges[group] + edges[group + 1] + 1) / 2
    return ranks


def _middle(values: Floats, weights: Floats) -> float:
    """The weighted median."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def _is_beyond_chance(topics: int, named: int, rose: int, hits: int) -> bool:
    """Whether so many or more of the topics named at random rise with a chance of CHANCE at most (Fisher's
    exact test)."""
    more = range(hits, min(named, rose) + 1)
    ways = sum(comb(named, h) * comb(topics - named, rose - h) for h in more)
    chance = ways / comb(topics, rose)
    if abs(chance - CHANCE) > 1e-9 or not hits:
        return chance <= CHANCE
    # On the very bound rounding decides, as it always did; the import takes half a second.
    from scipy.stats import hypergeom

    return bool(hypergeom.sf(hits - 1, topics, named, rose) <= CHANCE)


def _topic(
    said: AlphaVoice, public: PublicComplaints, k: int, name: str, named: bool, enough: bool
) -> TopicSignal:
    rose = bool(public.rose[k])
    verdicts: dict[tuple[bool, bool], TopicVerdict] = {
        (True, True): "hit",
        (False, True): "missed",
        (True, False): "false_warning",
        (False, False): "quiet",
    }
    old, new = public.texts
    return TopicSignal(
        topic=name,
        n_alpha=int(said.count[k]),
        share_alpha=float(said.count[k]) / said.negative if said.negative else None,
        alpha_low=float(said.low[k]) if said.negative else None,
        alpha_high=float(said.high[k]) if said.negative else None,
        n_before=int(public.before[k]),
        n_after=int(public.after[k]),
        share_before=float(public.before[k]) / old if old else None,
        share_after=float(public.after[k]) / new if new else None,
        change=known(public.change[k]),
        change_low=known(public.low[k]),
        change_high=known(public.high[k]),
        named_by_alpha=named,
        rose_after=rose,
        verdict=verdicts[named, rose] if enough else "too_few",
    )
