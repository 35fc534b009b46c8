"""Going on from what was kept comes to the same as beginning anew, to the last bit, whatever has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.ratings.anomalies import Asked, anomalies_kept, anomalies_together
from models.ratings.counts import ReviewCounts, Span, date_of
from models.ratings.kept_state import RECENT, Keeper, KeptState, packed, settled_day, unpack
from models.ratings.star_alarms import star_alarms_kept, star_alarms_together
from models.ratings.watched_days import WatchedDays

FIRST = 18_000
TOPICS = ("crash", "login", "update")
ROWS = ("day", "stars", "sentiment", "topics")


@dataclass
class App:
    """The reviews of one app as they are known by and by: (day, stars, sentiment, topics), one a review."""

    rng: np.random.Generator
    until: int
    reviews: NDArray[np.int64] = field(init=False)
    gaps: list[Span] = field(default_factory=list)
    falls_on: int = 10**6
    speaks_of: int = 8

    def __post_init__(self) -> None:
        self.falls_on = FIRST + int(self.rng.integers(40, 200))
        self.reviews = np.concatenate([self.some(day) for day in range(FIRST, self.until + 1)])

    def some(self, day: int, most: int = 9) -> NDArray[np.int64]:
        """Reviews of a day, some without stars, some that nobody has read."""
        n = int(self.rng.integers(0, most))
        high = 3 if day >= self.falls_on else 6
        return np.stack([
            np.full(n, day), self.rng.integers(0, high, n), self.rng.integers(-1, 3, n),
            self.rng.integers(0, self.speaks_of, n),
        ], axis=1)  # fmt: skip

    def step(self) -> None:
        """One thing that happens."""
        event = self.rng.integers(0, 9)
        n = len(self.reviews)
        if event <= 2:
            self.reviews = np.concatenate([self.reviews, self.some(self.until)])
        elif event == 3:
            # Some days pass, and somebody may write on the last of them.
            self.until += int(self.rng.integers(1, 9))
            self.reviews = np.concatenate([self.reviews, self.some(self.until)])
        elif event == 4:
            old = int(self.rng.integers(FIRST - 3, self.until + 1))
            self.reviews = np.concatenate([self.reviews, self.some(old)])
        elif event == 5:
            self.reviews[self.rng.integers(0, n), 1:] = self.rng.integers(0, 3, 3)
        elif event == 6:
            self.reviews = np.delete(self.reviews, self.rng.integers(0, n, 2), axis=0)
        elif event == 7:
            low = int(self.rng.integers(FIRST, self.until))
            self.gaps.append(Span(date_of(low), date_of(low + int(self.rng.integers(0, 4)))))
        else:
            # The same review twice: once too often, or one more like it.
            self.reviews = np.concatenate([self.reviews, self.reviews[self.rng.integers(0, n, 2)]])

    def counts(self) -> ReviewCounts:
        rows, n = np.unique(self.reviews, axis=0, return_counts=True)
        day, stars, sentiment, topics = rows.T
        return ReviewCounts(
            "app", "store", day.astype(np.int32), stars.astype(np.int8), sentiment.astype(np.int8),
            topics.astype(np.uint32), n.astype(np.int64),
        )  # fmt: skip

    def days(self) -> WatchedDays:
        counts = self.counts()
        first = int(counts.day[0])
        stars = counts.daily_stars(first, int(counts.day[-1]))
        return WatchedDays.of(first, stars, self.until, self.gaps)

    def asked(self) -> Asked:
        return Asked(self.counts(), date_of(self.until), self.gaps)


def history(seed: int, steps: int) -> Iterator[list[App]]:
    """Four apps, of which at each step some change."""
    rng = np.random.default_rng(seed)
    apps = [App(rng, FIRST + int(rng.integers(0, 320))) for _ in range(4)]
    yield apps
    for _ in range(steps):
        for app in apps:
            if rng.random() < 0.6:
                app.step()
        yield apps


@pytest.mark.parametrize("seed", range(2))
def test_star_alarms_go_on_from_what_was_kept(seed: int) -> None:
    kept: list[KeptState | None] = []
    went_on = 0
    for apps in history(seed, 10):
        days = [app.days() for app in apps]
        fresh = star_alarms_kept(days, 6.0)
        found = star_alarms_kept(days, 6.0, kept)
        assert found == fresh
        assert [alarms for alarms, _ in found] == star_alarms_together(days, 6.0)
        states = [state for _, state in found]
        went_on += sum(a is not None and a is b for a, b in zip(states, kept, strict=False))
        kept = list(states)
    assert went_on > 2


@pytest.mark.parametrize("seed", range(2))
def test_anomalies_go_on_from_what_was_kept(seed: int) -> None:
    kept: list[KeptState | None] = []
    before: list[list[object]] = [[] for _ in range(4)]
    went_on = 0
    for apps in history(seed, 10):
        asked = [app.asked() for app in apps]
        fresh = anomalies_together(asked, TOPICS, 0.01, 28)
        found = anomalies_kept(asked, TOPICS, 0.01, 28, kept)
        for told, judged, rows in zip(fresh, found, before, strict=True):
            over = [row for row in rows if row.day in judged.kept]  # type: ignore[attr-defined]
            assert repr(told) == repr(over + judged.anomalies)
            went_on += bool(judged.kept)
        assert [j.state for j in found] == [j.state for j in anomalies_kept(asked, TOPICS, 0.01, 28)]
        before, kept = [list(told) for told in fresh], [judged.state for judged in found]
    assert went_on > 2


def test_other_settings_begin_anew() -> None:
    apps = next(history(1, 0))
    days, asked = [app.days() for app in apps], [app.asked() for app in apps]
    kept = [state for _, state in star_alarms_kept(days, 6.0)]
    assert star_alarms_kept(days, 2.0, kept) == star_alarms_kept(days, 2.0)
    states = [judged.state for judged in anomalies_kept(asked, TOPICS, 0.01, 28)]
    assert anomalies_kept(asked, TOPICS, 0.02, 28, states) == anomalies_kept(asked, TOPICS, 0.02, 28)
    assert anomalies_kept(asked, TOPICS[:2], 0.01, 28, states) == anomalies_kept(asked, TOPICS[:2], 0.01, 28)


def test_a_state_is_used_where_it_bears_the_name_of_what_is_there() -> None:
    state = KeptState(100, "it", b"")
    assert Keeper(90, 107, lambda _: "it", state).since == 100
    assert Keeper(90, 107, lambda _: "other", state).since is None
    # What the data do not reach any more, and what lies before their first day.
    assert Keeper(90, 99, lambda _: "it", state).since is None
    assert Keeper(101, 107, lambda _: "it", state).since is None
    # A day with nothing before it needs no state.
    assert not Keeper(110, 107, lambda _: "it", None).is_due
    assert not Keeper(90, 100, lambda _: "it", state).is_due
    assert Keeper(90, 107, lambda _: "it", state).is_due


def test_the_last_days_are_worked_out_in_any_case() -> None:
    for until in range(FIRST, FIRST + 30):
        assert RECENT <= until - settled_day(until) < RECENT + 7


def test_numbers_come_back_as_they_were() -> None:
    rng = np.random.default_rng(1)
    arrays = [rng.random((3, 4)), rng.integers(-1, 2**50, 3), rng.random((3, 2, 2))]
    rows: list[NDArray[np.int64] | int] = [1, 1, np.array([0, 2])]
    state = KeptState(0, "", packed(arrays, rows))
    others = [np.zeros_like(a) for a in arrays]
    unpack(state.floats(), others, rows)
    for array, other, at in zip(arrays, others, rows, strict=True):
        assert np.array_equal(array[at], other[at])
    with pytest.raises(ValueError, match="numbers"):
        unpack(replace(state, numbers=state.numbers + bytes(8)).floats(), others, rows)
