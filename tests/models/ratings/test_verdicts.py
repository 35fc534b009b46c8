"""One change, one owner: which release gets the verdict, and what the others say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from models.ratings.attribution import OwnedChange, attribute, holes_of
from models.ratings.changepoints import ChangePoint, review_changes
from models.ratings.counts import ReviewCounts, Span
from models.ratings.release_impact import Event, Impact, Release
from models.ratings.verdicts import candidates, control_false_discoveries, release_verdicts
from models.validation.simulate import joined
from tests.models.made_series import TOPICS, people, written
from tests.models.ratings.test_release_impact import on


def impact(
    p: float | None,
    measure: str = "mean_stars",
    effect: float = 1.0,
    topic: str | None = None,
    *,
    at: int = 0,
    version: str = "",
) -> Impact:
    """An impact with a p value and nothing else of interest; windows of four weeks about the day `at`."""
    return Impact(
        version or str(at), on(at), measure, effect, effect - 0.1, effect + 0.1, 99, 99, on(at - 28),
        on(at - 1), on(at), on(at + 27), None, None, None, p, None, None, None, "too_few", None, (), (),
        topic,
    )  # fmt: skip


def change(at: int, size: float, spread: int = 3) -> ChangePoint:
    """A change of the level on a day, known to within `spread` days on either side."""
    return ChangePoint(
        "B", on(at), on(at - spread), on(at + spread), size, size - 0.1, size + 0.1, 4.0, 4.0 + size, 400,
        400, 0.001,
    )  # fmt: skip


def level(*levels: tuple[int, float], days: int = 200, a_day: float = 15) -> ReviewCounts:
    """Reviews whose level changes on days, to so many stars more than at first."""
    edges = [(0, 0.0), *levels, (days, 0.0)]
    parts = [
        written(people().shifted(stars) if stars else people(), first, last - first, a_day, number)
        for number, ((first, stars), (last, _)) in enumerate(pairwise(edges))
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = joined(whole, part)
    return whole


def said(made: ReviewCounts, *days: int, holes: tuple[Span, ...] = ()) -> dict[str, Impact]:
    """What is said of the mean stars at releases on `days`, by version ('0' the first named)."""
    releases = [Release(str(i), on(day)) for i, day in enumerate(days)]
    found = release_verdicts(made, releases, TOPICS, [], holes=holes)
    return {i.release_version: i for i in found if i.measure == "mean_stars"}


def owner_of(
    one: ChangePoint, *days: int, evidence: dict[str, tuple[float, float]] | None = None,
    events: tuple[Event, ...] = (), holes: tuple[Span, ...] = (), a_day: float = 15,
) -> OwnedChange:  # fmt: skip
    releases = [Release(str(i), on(day)) for i, day in enumerate(days)]
    made = level(a_day=a_day)
    for hole in holes:
        made = without(made, hole)
    (owned,) = attribute([one], candidates(releases, events, evidence), made, holes)
    return owned


def without(made: ReviewCounts, hole: Span) -> ReviewCounts:
    first, last = ((d - on(0)).days + int(made.day[0]) for d in (hole.first, hole.last))
    kept = (made.day < first) | (made.day > last)
    return replace(made, **{c: getattr(made, c)[kept] for c in ("day", "stars", "sentiment", "topics", "n")})


# --- false discoveries -----------------------------------------------------------------------------


def test_q_values_of_changes_apart_are_benjamini_and_hochbergs() -> None:
    # Benjamini and Hochberg 1995, section 3.2: of these fifteen, the first four are discoveries at 5 %.
    published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    found = control_false_discoveries([impact(p, at=100 * k) for k, p in enumerate(reversed(published))])
    assert sum(i.verdict == "better" for i in found) == 4
    assert [i.q_value for i in found][-4:] == pytest.approx([0.035625, 0.0095, 0.003, 0.0015])


def test_families_are_judged_apart_and_what_was_not_tested_is_not_counted() -> None:
    found = control_false_discoveries(
        [
            impact(0.04),
            impact(None),
            impact(0.9, "topic:login", topic="login"),
            impact(0.02, "topic:crash", -1.0, topic="crash"),
        ]
    )
    assert [i.q_value for i in found] == [0.04, None, 0.9, pytest.approx(0.04)]
    assert [i.verdict for i in found] == ["better", "too_few", "no_clear_change", "better"]


def test_copies_of_one_test_count_once() -> None:
    """Nine releases around one change are one discovery, so a doubtful tenth stays doubtful."""
    copies = [impact(0.001, at=day) for day in range(9)]
    doubtful = impact(0.045, at=500)
    *_, alone = control_false_discoveries([copies[0], doubtful])
    *_, among = control_false_discoveries([*copies, doubtful])
    assert among.q_value == pytest.approx(alone.q_value) == pytest.approx(0.045)
    *_, lonely = control_false_discoveries([*[impact(0.5, at=1000 + 100 * k) for k in range(9)], doubtful])
    assert lonely.q_value == pytest.approx(0.45)
    assert lonely.why == "not_beyond_usual"


def test_the_two_meanings_of_no_clear_change_are_told_apart() -> None:
    wide = replace(impact(0.6, at=0), low=-0.2, high=0.4)
    narrow = impact(0.3, at=100)
    assert [i.why for i in control_false_discoveries([wide, narrow])] == ["spans_zero", "not_beyond_usual"]


# --- whose change it is ----------------------------------------------------------------------------


def test_a_fall_with_seven_releases_around_it_is_one_and_not_seven() -> None:
    made = level((100, -0.8), days=200, a_day=6)
    found = said(made, 79, 86, 93, 100, 107, 114, 121)
    assert {v: i.verdict for v, i in found.items() if i.verdict in ("better", "worse")} == {"3": "worse"}
    others = [found[v] for v in found if found[v].why == "explained"]
    assert others
    assert {i.explained_by for i in others} == {"3"}
    assert all(abs((i.moved_on or on(0)) - on(100)) <= timedelta(days=3) for i in others)


def test_a_repair_is_credited_to_the_release_that_repaired() -> None:
    made = level((100, -1.0), (112, 0.0), a_day=25)
    found = said(made, 60, 100, 112, 150)
    assert {v: i.verdict for v, i in found.items()} == {
        "0": "no_clear_change", "1": "worse", "2": "better", "3": "no_clear_change",
    }  # fmt: skip


def test_a_change_whose_days_are_wide_and_full_of_releases_is_nobodys() -> None:
    owned = owner_of(change(100, -0.5, 20), 85, 90, 95, 105, 110)
    assert owned.owner is None
    assert len(owned.chances) == 5


def test_the_reviews_that_name_a_version_say_whose_it_is() -> None:
    wide = change(100, -0.5, 20)
    owned = owner_of(wide, 85, 90, 95, 105, 110, evidence={"2": (400.0, 0.01)})
    assert owned.owner is not None
    assert (owned.owner.kind, owned.owner.label) == ("release", "2")
    assert (owned.chance or 0) > 0.9
    # The same evidence speaks against a rise.
    assert owner_of(change(100, 0.5, 20), 85, 90, 95, 105, 110, evidence={"2": (400.0, 0.01)}).owner is None
    # Reviews of the version that are as ever clear it of a fall on its own day.
    assert owner_of(change(100, -0.5), 100, evidence={"0": (0.01, 0.01)}).owner is None


def test_a_campaign_of_those_days_owns_a_change_rather_than_a_release_of_weeks_before() -> None:
    campaign = Event("campaign", on(99), on(101), "posters")
    owned = owner_of(change(100, -0.5), 82, events=(campaign,))
    assert owned.owner is not None
    assert (owned.owner.kind, owned.owner.label) == ("event", "posters")
    owned_by_release = owner_of(change(100, -0.5), 100)
    assert owned_by_release.owner is not None
    assert owned_by_release.owner.label == "0"


def test_a_change_that_nothing_is_near_is_nobodys() -> None:
    assert owner_of(change(100, -0.5), 40, 160).owner is None


def test_chances_of_candidates_and_of_none_add_up() -> None:
    owned = owner_of(change(100, -0.5), 98, 100, 104)
    assert 0 < sum(owned.chances.values()) < 1


# --- holes -----------------------------------------------------------------------------------------

HOLE = Span(on(100), on(129))


def test_a_change_across_a_hole_has_the_hole_in_its_days_and_no_owner_by_days() -> None:
    made = without(level((120, -1.0), days=220), HOLE)
    found = review_changes(made)[-1]
    assert found.changed_on >= on(130)
    (owned,) = attribute([found], candidates([Release("9", on(115))], []), made, [HOLE])
    assert owned.hole == HOLE
    assert owned.change.low_on <= HOLE.first
    assert owned.owner is None
    by_version = {"9": (1000.0, 0.0)}
    (owned,) = attribute([found], candidates([Release("9", on(115))], [], by_version), made, [HOLE])
    assert owned.owner is not None


def test_a_change_on_the_third_day_after_a_hole_may_lie_in_it() -> None:
    late = replace(change(132, -0.5, 0))
    assert owner_of(late, holes=(HOLE,)).change.low_on == HOLE.first
    far = change(140, -0.5, 2)
    assert owner_of(far, holes=(HOLE,)).hole is None


def test_no_verdict_rests_on_a_release_in_a_hole() -> None:
    made = without(level((110, -1.0), days=220), HOLE)
    holed = said(made, 115, holes=(HOLE,))["0"]
    assert (holed.verdict, holed.why) == ("no_clear_change", "explained")
    assert said(level((110, -1.0), days=220), 110)["0"].verdict == "worse"


def test_holes_that_touch_are_one() -> None:
    spans = [Span(on(d), on(d)) for d in (7, 5, 6, 20)]
    assert holes_of(spans) == [Span(on(5), on(7)), Span(on(20), on(20))]


@pytest.mark.parametrize(
    ("p_value", "chance", "told"),
    [(0.03, 0.8, "worse"), (0.03, 0.6, "no_clear_change"), (0.07, 0.8, "no_clear_change")],
)
def test_the_test_that_dated_a_change_is_one_of_its_sure_owners(
    p_value: float, chance: float, told: str
) -> None:
    """Its copies alone would make the cluster's p too large; but its own test has to say the same."""
    owner, copy = impact(p_value, effect=-1.0, at=98), impact(0.3, effect=-0.9, at=104)
    owned = OwnedChange(change(100, -1.0), candidates([Release("98", on(98))], [])[0], chance, {"98": chance})
    first, second = control_false_discoveries([owner, copy], [owned])
    assert (first.verdict, first.why) == (told, None if told == "worse" else "not_beyond_usual")
    assert (second.verdict, second.why, second.explained_by) == ("no_clear_change", "explained", "98")


def test_what_dates_the_stars_says_nothing_of_sentiment() -> None:
    sentiment = impact(0.03, measure="sentiment", effect=-1.0, at=98)
    owned = OwnedChange(change(100, -1.0), candidates([Release("98", on(98))], [])[0], 0.9, {"98": 0.9})
    copy = impact(0.3, measure="sentiment", effect=-0.9, at=104)
    assert control_false_discoveries([sentiment, copy], [owned])[0].verdict == "no_clear_change"


# --- how often it is wrong -------------------------------------------------------------------------


def test_fake_releases_beside_a_real_change_are_seldom_blamed() -> None:
    """Seven fake releases about one fall: at most one is said to have made it, and mostly none."""
    rng = np.random.default_rng(8)
    blamed = []
    for seed in range(20):
        parts = (
            written(people(), 0, 100, 10, 100 + seed),
            written(people().shifted(-1.0), 100, 100, 10, 200 + seed),
        )
        days = sorted(rng.choice(np.arange(60, 140), 7, replace=False).tolist())
        found = said(joined(*parts), *days)
        blamed.append(sum(i.verdict in ("better", "worse") for i in found.values()))
    assert max(blamed) <= 1
    assert np.mean(blamed) < 0.6
