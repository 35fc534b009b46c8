"""The watch of a release: seldom wrong however often it is looked at, by date and by version."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.ratings.counts import Span, date_of
from models.ratings.release_watch import (
    WATCHED,
    Stars,
    WatchDay,
    Watched,
    confidence_half_width,
    release_watch,
)

Counts = NDArray[np.int64]
FIRST, RELEASED = 18_000, 60
GOOD, BAD = np.array([0.25, 0.05, 0.1, 0.2, 0.4]), np.array([0.5, 0.08, 0.1, 0.12, 0.2])
RELEASES = [Watched("1", FIRST - 1), Watched("2", FIRST + RELEASED)]


def made(
    a_day: float, *, new: NDArray[np.float64] = GOOD, old: NDArray[np.float64] = GOOD, after: int = 40,
    versionless: float = 0.0, nameless: NDArray[np.float64] = GOOD, takes: float = 0.5, seed: int = 1,
    alike: float = 0.015,
) -> Stars:  # fmt: skip
    """Reviews of version 1, and from day RELEASED on of version 2, which the share `takes` of them names."""
    rng = np.random.default_rng(seed)
    days = RELEASED + after
    by_version = {v: np.zeros((days, 5), dtype=np.int64) for v in ("1", "2")}
    whole = np.zeros((days, 5), dtype=np.int64)
    for day in range(days):
        for version, shares, part in (
            ("1", old, 1 - takes),
            ("2", new, takes),
            (None, nameless, versionless),
        ):
            rate = a_day * (part if day >= RELEASED or version is None else float(version == "1"))
            here = rng.dirichlet(shares * (1 / alike - 1))
            counts = rng.multinomial(rng.poisson(rate), here)
            whole[day] += counts
            if version is not None:
                by_version[version][day] = counts
    return Stars(FIRST, whole, by_version)


def looks(stars: Stars, **more: object) -> list[WatchDay]:
    return [x for x in release_watch(stars, RELEASES, **more) if x.release_version == "2"]  # type: ignore[arg-type]


# --- calibration and power -------------------------------------------------------------------------------


def test_looking_every_day_errs_in_at_most_one_of_twenty() -> None:
    told = [looks(made(a_day, seed=s))[-1].told_on for s in range(60) for a_day in (3, 20, 200)]
    # 5 % of 180 is 9; more than 15 is less likely than 1 in 40
    assert sum(t is not None for t in told) <= 15


def test_the_evidence_moves_both_ways_while_nothing_changes() -> None:
    """A test that never says anything would be calibrated, too."""
    found = [x for s in range(20) for x in looks(made(20, seed=s))]
    assert max(x.evidence for x in found) > 1.5
    assert min(min(x.evidence_by_date or 1, x.evidence_by_version or 1) for x in found) < 0.8


@pytest.mark.parametrize(("a_day", "days"), [(10, 14), (100, 5)])
def test_a_star_is_told_soon(a_day: float, days: int) -> None:
    told = [looks(made(a_day, new=BAD, takes=0.9, seed=s))[-1] for s in range(20)]
    assert all(x.verdict == "worse" for x in told)
    assert np.median([(x.told_on - x.released_at).days for x in told if x.told_on]) <= days


# --- what a verdict rests on -----------------------------------------------------------------------------


def test_a_bad_version_that_few_have_is_told_by_version() -> None:
    last = looks(made(60, new=BAD, takes=0.12, after=60))[-1]
    assert (last.verdict, last.rests_on) == ("worse", "version")
    assert last.effect is not None and last.high is not None and last.high < 0


def test_a_change_that_hits_all_versions_is_told_by_date() -> None:
    """A campaign: the last version's reviews of the same days fall, too."""
    one = made(60, takes=0.02, seed=3)
    rng = np.random.default_rng(4)
    for day in range(RELEASED, len(one.all)):
        one.by_version["1"][day] = rng.multinomial(58, BAD)
        one.all[day] = one.by_version["1"][day] + one.by_version["2"][day]
    last = looks(one)[-1]
    assert (last.verdict, last.rests_on) == ("worse", "date")
    assert last.evidence_by_version is not None and last.evidence_by_version < last.needed


def test_a_bad_version_that_all_have_rests_on_both() -> None:
    last = looks(made(60, new=BAD, takes=0.95))[-1]
    assert (last.verdict, last.rests_on) == ("worse", "both")


def test_a_better_version_is_better() -> None:
    assert looks(made(60, old=BAD, new=GOOD, takes=0.9))[-1].verdict == "better"


def test_what_comes_after_the_next_release_is_not_told_by_date() -> None:
    stars = made(60, new=GOOD, takes=0.0)
    rng = np.random.default_rng(1)
    stars.all[RELEASED + 5 :] = rng.multinomial(60, BAD, len(stars.all) - RELEASED - 5)
    stars.by_version["3"] = np.where(np.arange(len(stars.all))[:, None] >= RELEASED + 5, stars.all, 0)
    stars.by_version["1"][RELEASED + 5 :] = 0
    found = release_watch(stars, [*RELEASES, Watched("3", FIRST + RELEASED + 5)])
    last = {x.release_version: x for x in found}
    assert last["2"].verdict == "no_clear_change"
    assert last["3"].verdict == "worse"


def test_reviews_without_a_version_count_by_date_only() -> None:
    last = looks(made(40, takes=0.9, versionless=0.6, nameless=GOOD))[-1]
    assert last.share_versionless == pytest.approx(0.375, abs=0.05)
    assert last.n_version + last.share_versionless * last.n_after < last.n_after
    unnamed = made(40, versionless=1.0)
    rng = np.random.default_rng(1)
    unnamed.all[RELEASED:] = rng.multinomial(40, BAD, len(unnamed.all) - RELEASED)
    for counts in unnamed.by_version.values():
        counts[RELEASED:] = 0
    fallen = looks(unnamed)[-1]
    assert (fallen.verdict, fallen.rests_on) == ("worse", "date")
    assert fallen.evidence_by_version == 1.0


def test_where_nobody_names_a_version_all_rests_on_the_date() -> None:
    stars = made(40, new=BAD, takes=0.9)
    last = looks(Stars(stars.first, stars.all, {}))[-1]
    assert last.evidence_by_version is None and last.last_versions == () and last.n_version == 0
    assert (last.verdict, last.rests_on, last.share_versionless) == ("worse", "date", 1.0)


def test_a_thin_last_version_is_helped_by_those_before_it() -> None:
    stars = made(20)
    split = stars.by_version["1"].copy()
    split[:55] = 0
    stars.by_version["1.1"] = split
    stars.by_version["1"][55:] = 0
    found = release_watch(stars, [*RELEASES, Watched("1.1", FIRST + 55)])
    assert {x.last_versions for x in found if x.release_version == "2"} == {("1.1", "1")}


# --- time, holes, hardly anything ------------------------------------------------------------------------


def test_every_day_is_told_by_the_days_up_to_it() -> None:
    whole = made(30, new=BAD, takes=0.9)
    part = Stars(FIRST, whole.all[:70], {v: c[:70] for v, c in whole.by_version.items()})
    short, long = looks(part), looks(whole)
    assert [(x.day, x.verdict, x.told_on, x.n_version) for x in short] == [
        (x.day, x.verdict, x.told_on, x.n_version) for x in long[: len(short)]
    ]
    assert [x.evidence for x in short] == pytest.approx([x.evidence for x in long[: len(short)]])


def test_a_release_is_watched_on_28_days_with_reviews() -> None:
    stars = made(30, after=60)
    stars.all[RELEASED + 3 : RELEASED + 10] = 0
    for counts in stars.by_version.values():
        counts[RELEASED + 3 : RELEASED + 10] = 0
    days = [x.day for x in looks(stars)]
    assert len(days) == WATCHED and (days[-1] - days[0]).days == WATCHED - 1 + 7


def test_nothing_is_said_in_a_hole_nor_because_of_it() -> None:
    stars = made(30)
    for counts in (stars.all, *stars.by_version.values()):
        counts[RELEASED + 2 : RELEASED + 9] = 0
    stars.all[RELEASED + 2 : RELEASED + 9, 0] = 30
    gap = Span(date_of(FIRST + RELEASED + 2), date_of(FIRST + RELEASED + 8))
    found = looks(stars, gaps=[gap])
    assert not any(gap.first <= x.day <= gap.last for x in found)
    assert found[-1].verdict == "no_clear_change"
    assert looks(stars)[-1].told_on is not None


def test_a_verdict_that_does_not_last_is_withdrawn_and_says_so() -> None:
    stars = made(60, takes=1.0, new=GOOD, after=60)
    bad, fine = slice(RELEASED, RELEASED + 3), slice(RELEASED + 3, None)
    stars.all[bad] = stars.by_version["2"][bad] = [50, 4, 2, 2, 2]
    stars.all[fine] = stars.by_version["2"][fine] = [13, 3, 6, 12, 28]
    found = looks(stars)
    assert any(x.verdict == "worse" for x in found)
    assert (found[-1].verdict, found[-1].is_withdrawn, found[-1].rests_on) == ("no_clear_change", True, None)
    assert found[-1].told_on is not None


def test_a_release_that_hardly_anybody_reviews_has_too_few() -> None:
    assert {x.verdict for x in looks(made(0.2, new=BAD))[:5]} == {"too_few"}
    assert looks(Stars(FIRST, np.zeros((90, 5), dtype=np.int64), {})) == []


def test_a_release_before_the_first_review_has_no_comparison() -> None:
    found = release_watch(made(30), [Watched("1", FIRST - 3)])
    assert {x.verdict for x in found} == {"no_clear_change"} | ({"too_few"} & {x.verdict for x in found})
    assert all(x.evidence_by_date is None and x.evidence_by_version is None for x in found)


def test_the_interval_is_wider_than_one_for_a_single_look() -> None:
    variance, usual = np.array([0.01]), np.array([0.5])
    assert 1.96 * 0.1 < confidence_half_width(variance, usual)[0] < 5 * 0.1
