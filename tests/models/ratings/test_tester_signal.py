from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, rankdata

from models.ratings.counts import ReviewCounts, date_of
from models.ratings.intervals import wilson
from models.ratings.release_impact import Release
from models.ratings.tester_signal import (
    CHANCE,
    AlphaCounts,
    AlphaSignal,
    _is_beyond_chance,
    _ranks,
    alpha_signals,
)
from models.validation.simulate import FIRST, World, joined
from tests.models.made_reviews import CRASH, LOGIN, NEGATIVE, POSITIVE, TOPICS, reviews, together

NAMES = tuple(str(k) for k in range(18))
WORLD = World(busier=0.1, fuller=0.1, mood=0.2)
RELEASED = 148


def release(version: str = "2.0", day: int = RELEASED) -> Release:
    return Release(version, date_of(FIRST + day))


def public(after: World, per_day: float, rng: np.random.Generator, before: World = WORLD) -> ReviewCounts:
    return joined(before.draw(RELEASED, per_day, rng), after.draw(28, per_day, rng, first=RELEASED))


def alpha(
    world: World, texts: int, testers: int, rng: np.random.Generator, cohort: str | None = None
) -> AlphaCounts:
    said = replace(world, busier=0, fuller=0, mood=0).draw(1, texts, rng)
    wrote = rng.integers(0, testers, len(said.n)).astype(np.int32)
    return AlphaCounts("2.0", cohort, wrote, said.sentiment, said.topics, said.n)


def voices(*rows: tuple[int, int, int], n: int = 1) -> AlphaCounts:
    """Feedback on 2.0 from (tester, sentiment, topics)."""
    tester, sentiment, topics = np.array(rows, dtype=np.int64).T
    return AlphaCounts(
        "2.0", None, tester.astype(np.int32), sentiment.astype(np.int8), topics.astype(np.uint32),
        np.full(len(rows), n, dtype=np.int64),
    )  # fmt: skip


def louder(*topics: int, factor: float = 4.0) -> World:
    shares = WORLD.shares.copy()
    shares[list(topics)] = np.minimum(shares[list(topics)] * factor, 0.6)
    return replace(WORLD, shares=shares)


def judged(alpha_world: World, after: World, seed: int, per_day: float = 30, texts: int = 200) -> AlphaSignal:
    rng = np.random.default_rng(seed)
    counts = public(after, per_day, rng)
    return alpha_signals([alpha(alpha_world, texts, 40, rng)], counts, [release()], NAMES)[0]


def verdicts(found: AlphaSignal) -> dict[str, str]:
    return {t.topic: t.verdict for t in found.topics}


def test_an_alpha_that_named_what_rose_foretold_it() -> None:
    found = judged(louder(2, 5, 13), louder(2, 5, 13), seed=1)
    assert found.verdict == "foretold"
    assert [verdicts(found)[k] for k in ("2", "5", "13")] == ["hit", "hit", "hit"]
    assert found.hit_rate is not None and found.hit_low is not None and found.hit_rate > 0.7 > found.hit_low


def test_what_only_one_side_spoke_of_is_missed_or_a_false_warning() -> None:
    found = judged(louder(2), louder(13), seed=2)
    assert verdicts(found)["2"] == "false_warning"
    assert verdicts(found)["13"] == "missed"
    assert verdicts(found)["7"] == "quiet"
    assert found.verdict != "foretold"


def test_an_alpha_that_named_none_of_many_rises_did_not_foretell_them() -> None:
    found = judged(WORLD, louder(2, 4, 6, 11, 13, 15), seed=3, per_day=60)
    assert found.verdict == "did_not"
    assert found.hit_rate == 0


def test_nothing_is_said_of_fewer_than_five_testers_and_nothing_is_broken_down() -> None:
    rng = np.random.default_rng(4)
    found = alpha_signals([alpha(louder(2), 100, 4, rng)], public(louder(2), 30, rng), [release()], NAMES)[0]
    assert (found.verdict, found.topics) == ("too_few", [])
    assert found.n_testers == 4


def test_nothing_is_said_of_few_feedback_texts_or_few_reviews() -> None:
    rng = np.random.default_rng(5)
    busy, sleepy = public(louder(2), 30, rng), public(louder(2), 0.5, rng)
    few = alpha(louder(2), 12, 8, rng)
    assert int(few.n.sum()) < 20
    for said, counts in ((few, busy), (alpha(louder(2), 100, 8, rng), sleepy)):
        found = alpha_signals([said], counts, [release()], NAMES)[0]
        assert found.verdict == "too_few"
        assert {t.verdict for t in found.topics} == {"too_few"}


def test_one_tester_who_repeats_himself_names_nothing() -> None:
    counts = together(*(reviews((d, 1, NEGATIVE, CRASH), (d, 5, POSITIVE, 0)) for d in range(40)))
    chorus = voices(*((t, NEGATIVE, LOGIN) for t in range(6)))
    solo = voices((0, NEGATIVE, LOGIN), *((t, POSITIVE, 0) for t in range(1, 6)), n=9)
    by_alpha = [alpha_signals([a], counts, [release("2.0", 20)], TOPICS)[0].topics[0] for a in (chorus, solo)]
    assert [t.named_by_alpha for t in by_alpha] == [True, False]
    assert [t.share_alpha for t in by_alpha] == [1, 1]


def test_windows_end_at_the_neighbouring_releases() -> None:
    counts = reviews(*((d, 3, POSITIVE, 0) for d in range(100)))
    said = voices(*((t, NEGATIVE, LOGIN) for t in range(6)))
    alone = alpha_signals([said], counts, [release("2.0", 50)], TOPICS)[0]
    between = alpha_signals(
        [said], counts, [release("1.9", 40), release("2.0", 50), release("2.1", 55)], TOPICS
    )[0]
    assert (alone.n_before, alone.n_after) == (28, 28)
    assert (between.n_before, between.n_after) == (10, 5)


def test_an_alpha_of_a_version_that_was_never_released_has_no_row() -> None:
    rng = np.random.default_rng(6)
    assert alpha_signals([alpha(WORLD, 50, 8, rng)], public(WORLD, 5, rng), [release("3.0")], NAMES) == []


def test_cohorts_are_judged_one_by_one() -> None:
    rng = np.random.default_rng(7)
    said = [alpha(WORLD, 50, 8, rng, cohort) for cohort in ("a", "b", None)]
    assert [f.cohort for f in alpha_signals(said, public(WORLD, 5, rng), [release()], NAMES)] == [
        "a",
        "b",
        None,
    ]


def test_complaints_are_counted_and_their_change_has_an_interval_around_it() -> None:
    found = judged(louder(2), louder(2), seed=8)
    topic = found.topics[2]
    assert topic.share_after is not None and topic.share_before is not None and topic.change is not None
    assert topic.change == pytest.approx(topic.share_after - topic.share_before)
    assert topic.change_low is not None and topic.change_high is not None
    assert 0 < topic.change_low < topic.change < topic.change_high
    assert topic.n_after / found.n_after == pytest.approx(topic.share_after)


def test_no_feedback_with_bad_news_gives_no_ranks_and_no_error() -> None:
    rng = np.random.default_rng(9)
    glad = voices(*((t, POSITIVE, LOGIN) for t in range(30)))
    found = alpha_signals([glad], public(louder(2), 30, rng), [release()], NAMES)[0]
    assert (found.rank_correlation, found.low, found.high) == (None, None, None)
    assert found.topics[0].share_alpha is None
    assert found.verdict in ("unclear", "did_not")


@pytest.mark.parametrize("what", ["unrelated", "usual", "usual, all worse"])
def test_an_alpha_that_knows_nothing_is_seldom_called_a_prophet(what: str) -> None:
    rng = np.random.default_rng(10)
    prophets = 0
    for _ in range(80):
        world = replace(WORLD, shares=rng.permutation(WORLD.shares)) if what == "unrelated" else WORLD
        after = (
            replace(WORLD, level=-0.3)
            if what == "usual, all worse"
            else louder(*rng.choice(15, 3, False), factor=2.5)
        )
        said = alpha(world, 100, 20, rng)
        prophets += alpha_signals([said], public(after, 15, rng), [release()], NAMES)[0].verdict == "foretold"
    assert float(wilson(prophets, 80)[0]) <= 0.05


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5, -3.0, 7.25]), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert _ranks(np.array(values)).tolist() == rankdata(values).tolist()


@pytest.mark.parametrize("topics", [1, 2, 6, 12, 16, 18])
def test_what_is_beyond_chance_is_so_for_scipy(topics: int) -> None:
    """16 topics, 14 named, 13 rising and hit: the chance is the bound itself."""
    for named, rose in product(range(topics + 1), repeat=2):
        for hits in range(min(named, rose) + 1):
            told = hits > 0 and bool(hypergeom.sf(hits - 1, topics, named, rose) <= CHANCE)
            assert _is_beyond_chance(topics, named, rose, hits) == told
