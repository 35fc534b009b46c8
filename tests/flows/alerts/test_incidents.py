"""One incident is one thread: what belongs together, and what a channel has not been told yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.alerts.incidents import Found, News, Told, news, settled
from flows.alerts.signals import Signal, as_of
from tests.builders import day
from tests.flows.alerts.house import signal


def _days(
    signals: Sequence[Signal], *, last: int = 40, standing: dict[int, list[Signal]] | None = None
) -> tuple[dict[str, Found], list[tuple[int, News]]]:
    """Tell every day of March 2026 as it stood then; the day's number and what was told."""
    known: dict[str, Found] = {}
    told: dict[str, Told] = {}
    at: dict[str, datetime] = {}
    said = []
    for number in range(1, last + 1):
        now = datetime(2026, 3, 1, 23, tzinfo=UTC) + timedelta(days=number - 1)
        stands = None if standing is None else standing.get(number, [])
        for found in settled(known, as_of(signals, now.date()), stands, now, 14):
            known[found.signal.key] = found
        for incident in {f.incident for f in known.values()}:
            there = [f.signal for f in known.values() if f.incident == incident]
            heard = {s.key: told[s.key] for s in there if s.key in told}
            if one := news(incident, there, heard, at.get(incident), now):
                said.append((number, one))
                at[incident] = now
                told |= {s.key: Told(state=s.state, size=s.size) for s in one.signals}
    return known, said


def _over(s: Signal, on: int, state: str = "ended", why: str = "went_back") -> Signal:
    return replace(s, state=state, over=day(on - 1).date(), why=why)  # type: ignore[arg-type]


def _steps(said: list[tuple[int, News]]) -> list[tuple[int, str]]:
    return [(number, one.step) for number, one in said]


def test_a_bad_release_is_one_thread_from_its_first_sign_to_its_end() -> None:
    watch = _over(signal("release_watch", 6), 20)
    stars = _over(signal("star_alarm", 8), 22)
    texts = _over(signal("text_alarm", 8), 15)
    known, said = _days([watch, stars, texts])
    assert _steps(said) == [(6, "raised"), (8, "grew"), (22, "ended")]
    assert len({f.incident for f in known.values()}) == 1
    assert [s.kind for s in said[1][1].signals] == ["star_alarm", "text_alarm", "release_watch"]
    assert said[1][1].fresh == {stars.key, texts.key}


def test_the_same_in_two_stores_is_one_incident_and_another_app_is_another() -> None:
    here, there = signal(on=8), signal(on=9, store="app_store")
    other = signal(on=9, app="jp.example.other")
    known, said = _days([here, there, other])
    assert len({f.incident for f in known.values()}) == 2
    assert _steps(said) == [(8, "raised"), (9, "grew"), (9, "raised")] or _steps(said) == [
        (8, "raised"), (9, "raised"), (9, "grew"),
    ]  # fmt: skip


def test_what_gets_better_is_no_part_of_what_got_worse() -> None:
    fall = _over(signal(on=5), 12)
    rise = signal(on=10, direction="better")
    _, said = _days([fall, rise])
    assert _steps(said) == [(5, "raised"), (10, "raised"), (12, "ended")]


def test_a_campaign_whose_alarm_is_taken_back_says_so_in_its_thread() -> None:
    burst = _over(signal("topic_burst", 5, direction="more"), 9)
    rise = _over(signal("star_alarm", 6, direction="better"), 12, "withdrawn", "not_confirmed")
    known, said = _days([burst, rise])
    assert len({f.incident for f in known.values()}) == 1
    assert _steps(said) == [(5, "raised"), (6, "grew"), (12, "ended")]
    _, said = _days([rise])
    assert _steps(said) == [(6, "raised"), (12, "withdrawn")]


def test_history_rings_no_bell_and_what_is_taken_back_before_it_was_told_is_not_told() -> None:
    old = signal(on=1)
    known = settled({}, [old], None, day(20), 14)
    assert known == []
    gone = _over(signal(on=8), 9, "withdrawn")
    assert settled({}, [gone], None, day(9), 14) == []


def test_what_began_and_ended_while_nobody_looked_is_told_once() -> None:
    (found,) = settled({}, [_over(signal(on=8), 10)], None, day(11), 14)
    one = news(found.incident, [found.signal], {}, None, day(11))
    assert one is not None
    assert (one.step, one.signals[0].state) == ("raised", "ended")
    heard = {found.signal.key: Told(state="ended", size=1.0)}
    assert news(found.incident, [found.signal], heard, day(11), day(12)) is None


def test_what_the_analysis_no_longer_finds_is_taken_back() -> None:
    (found,) = settled({}, [signal(on=8)], None, day(8), 14)
    (after,) = settled({found.signal.key: found}, [], None, day(9), 14)
    assert (after.signal.state, after.signal.why) == ("withdrawn", "gone")
    assert settled({found.signal.key: found}, None, None, day(9), 14) == []


def test_a_later_fall_of_the_same_app_is_another_incident() -> None:
    known, said = _days([_over(signal(on=3), 8), _over(signal(on=20), 30)])
    assert len({f.incident for f in known.values()}) == 2
    assert _steps(said) == [(3, "raised"), (8, "ended"), (20, "raised"), (30, "ended")]


def test_a_rise_after_a_fall_is_no_more_of_the_rise_before_it() -> None:
    repair = _over(signal("release_watch", 3, direction="better"), 40)
    campaign = _over(signal("star_alarm", 8), 12)
    back = _over(signal("star_alarm", 13, direction="better"), 20)
    known, said = _days([repair, campaign, back])
    assert len({f.incident for f in known.values()}) == 3
    assert _steps(said)[:4] == [(3, "raised"), (8, "raised"), (12, "ended"), (13, "raised")]
    # A fall that was taken back, or a burst that has no way, stands between nothing.
    for between in (
        _over(signal("star_alarm", 8), 12, "withdrawn"),
        signal("topic_burst", 8, direction="more"),
    ):
        known, _ = _days([repair, between, back])
        assert known[repair.key].incident == known[back.key].incident


def test_a_burst_belongs_to_what_went_wrong_on_its_day_and_bridges_no_turn() -> None:
    # As two simulated months had it: the campaign's bursts joined the repair, and so did the rise after it.
    repair = _over(signal("release_watch", 3, direction="better"), 40)
    burst = _over(signal("topic_burst", 8, direction="more"), 12)
    later = _over(signal("topic_burst", 9, direction="more", topic="login", key="burst/9"), 12)
    campaign = _over(signal("star_alarm", 8), 12)
    back = _over(signal("star_alarm", 13, direction="better"), 20)
    known, said = _days([repair, burst, later, campaign, back])
    assert known[burst.key].incident == known[later.key].incident == known[campaign.key].incident
    assert len({f.incident for f in known.values()}) == 3
    assert _steps(said)[:5] == [(3, "raised"), (8, "raised"), (9, "grew"), (12, "ended"), (13, "raised")]
    # One that comes before the fall belongs to the repair, and the rise is its own all the same.
    early = _over(signal("topic_burst", 6, direction="more", key="burst/6"), 12)
    known, _ = _days([repair, early, campaign, back])
    assert known[early.key].incident == known[repair.key].incident != known[back.key].incident


def test_what_is_recounted_is_not_told_again_until_it_has_grown() -> None:
    stars = signal("star_alarm", 8, numbers={"measure": "mean_stars"}, size=2.0)
    heard = {stars.key: Told(state="open", size=2.0)}
    ones = signal("star_alarm", 9, numbers={"measure": "share_one_star"}, size=0.6, key="ones")
    from_another_day = replace(stars, raised=ones.raised, key="another day", size=2.9)
    gone = _over(stars, 9, "withdrawn", "gone")
    for there in ([stars, ones], [gone, ones], [gone, from_another_day]):
        assert news("i", there, heard, day(8), day(10)) is None
    for more in (
        replace(from_another_day, size=3.0), replace(ones, store="app_store"), replace(ones, topic="login"),
        replace(ones, kind="text_alarm"),
    ):  # fmt: skip
        one = news("i", [stars, more], heard, day(8), day(10))
        assert one is not None
        assert (one.step, one.fresh) == ("grew", {more.key})
    # What was over before is told anew, and the end of all is told with what was recounted.
    assert news("i", [_over(stars, 8), signal("star_alarm", 9)], heard, day(8), day(10)) is not None
    end = news("i", [gone, _over(ones, 12)], heard, day(8), day(13))
    assert end is not None
    assert (end.step, {s.key for s in end.signals}) == ("ended", {stars.key, "ones"})


def test_growth_by_half_is_told_and_a_little_more_is_not() -> None:
    small = signal(size=2.0)
    heard = {small.key: Told(state="open", size=2.0)}
    assert news("i", [replace(small, size=2.9)], heard, day(8), day(10)) is None
    one = news("i", [replace(small, size=3.0)], heard, day(8), day(10))
    assert one is not None
    assert one.step == "grew"


def test_growth_that_may_be_chance_is_not_told() -> None:
    # As two simulated months had it: +0.22 was told, and two weeks later "more of it" because of +0.33.
    numbers: dict[str, object] = {"measure": "mean_stars", "change": 0.33, "low": -0.14, "high": 0.81}
    better = signal("release_watch", direction="better", size=0.33, numbers=numbers)
    heard = {better.key: Told(state="open", size=0.22)}
    assert news("i", [better], heard, day(8), day(10)) is None
    surely = replace(better, numbers=numbers | {"low": 0.23})
    one = news("i", [surely], heard, day(8), day(10))
    assert one is not None
    assert one.step == "grew"
    fallen = {"measure": "mean_stars", "change": -0.9, "low": -1.3, "high": -0.5}
    worse = replace(better, direction="worse", size=0.9, numbers=fallen)
    assert news("i", [worse], {worse.key: Told(state="open", size=0.55)}, day(8), day(10)) is None
    assert news("i", [worse], {worse.key: Told(state="open", size=0.45)}, day(8), day(10)) is not None


def test_what_the_archive_counts_from_another_day_goes_on_in_its_thread() -> None:
    campaign = _over(signal("star_alarm", 5), 9, why="moved_again")
    rise = signal("star_alarm", 9, direction="better", key="rise")
    known, _ = _days([campaign, rise], last=9)
    told = {"rise": Told(state="open", size=1.0)}
    anew = signal("star_alarm", 10, direction="better", key="rise, a day later")
    now = datetime(2026, 3, 13, 23, tzinfo=UTC)
    for why in ("recounted", "gone"):
        before = [] if why == "gone" else [_over(rise, 13, "withdrawn", why)]
        after = known | {f.signal.key: f for f in settled(known, [campaign, *before, anew], None, now, 14)}
        assert after[anew.key].incident == after["rise"].incident != after[campaign.key].incident
        there = [f.signal for f in after.values() if f.incident == after["rise"].incident]
        assert news("i", there, told, None, now) is None
    # What is taken back for good is told as that, and what comes later is another.
    later = signal("star_alarm", 15, direction="better", key="later")
    gone = _over(rise, 13, "withdrawn", "not_confirmed")
    known |= {f.signal.key: f for f in settled(known, [campaign, gone], None, now, 14)}
    known |= {f.signal.key: f for f in settled(known, [campaign, gone, later], None, now, 14)}
    assert known["later"].incident != known["rise"].incident


def test_growth_within_hours_of_the_last_word_waits_and_an_end_does_not() -> None:
    first, more = signal(on=8), signal("text_alarm", 8)
    heard = {first.key: Told(state="open", size=1.0)}
    at = day(8)
    assert news("i", [first, more], heard, at, at + timedelta(hours=5)) is None
    assert news("i", [first, more], heard, at, at + timedelta(hours=7)) is not None
    over = [_over(first, 8), _over(more, 8)]
    one = news("i", over, heard, at, at + timedelta(minutes=5))
    assert one is not None
    assert one.step == "ended"


def _silent(key: str = "source_silent/app/google_play") -> Signal:
    return Signal(kind="source_silent", key=key, app="app", direction="trouble", raised=day(18).date())


def test_a_silence_that_flickers_is_one_incident_and_a_new_one_later_another() -> None:
    there = {n: [_silent()] for n in (3, 4, 6, 20)}
    known, said = _days([], standing=there)
    # A day is long enough to be over; what comes back on the next day goes on in the same thread.
    assert _steps(said) == [
        (3, "raised"), (5, "ended"), (6, "grew"), (7, "ended"), (20, "raised"), (21, "ended"),
    ]  # fmt: skip
    assert len({f.incident for f in known.values()}) == 2


def test_a_silence_of_minutes_is_not_over() -> None:
    now = day(3)
    (found,) = settled({}, None, [_silent()], now, 14)
    assert settled({found.signal.key: found}, None, [], now + timedelta(minutes=30), 14) == []
    (after,) = settled({found.signal.key: found}, None, [], now + timedelta(minutes=61), 14)
    assert after.signal.state == "ended"
    # What could not be looked at is not over.
    assert settled({found.signal.key: found}, None, None, now + timedelta(days=3), 14) == []


_ONE = st.builds(
    lambda kind, on, store, way, over, state: (
        s := signal(kind, on, store=store, direction="more" if kind == "topic_burst" else way),
        s if over is None else _over(s, on + over, state),
    )[1],
    st.sampled_from(["star_alarm", "text_alarm", "topic_burst", "release_watch"]),
    st.integers(1, 25),
    st.sampled_from(["google_play", "app_store"]),
    st.sampled_from(["worse", "better"]),
    st.none() | st.integers(0, 12),
    st.sampled_from(["ended", "withdrawn"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ONE, max_size=6, unique_by=lambda s: s.key))
def test_every_thread_begins_once_and_ends_at_most_as_often_as_it_goes_on(signals: list[Signal]) -> None:
    _, said = _days(signals, last=60)
    threads: dict[str, list[str]] = {}
    for _, one in said:
        threads.setdefault(one.incident, []).append(one.step)
    for steps in threads.values():
        assert steps.count("raised") == 1
        assert steps[0] == "raised"
        closing = [s in ("ended", "withdrawn") for s in steps]
        # Between two ends something new was told.
        assert not any(a and b for a, b in pairwise(closing))
    # Everything that was open at the end of its day was told, in one message each, unless it is the same as
    # what was told and went on at that time.
    fresh = [key for _, one in said for key in one.fresh]
    assert len(fresh) == len(set(fresh))
    by_key = {s.key: s for s in signals}
    for s in signals:
        lasts = s.state != "withdrawn" and (s.over is None or s.over > s.raised)
        assert not lasts or s.key in fresh or any(_is_the_same(s, by_key[k]) for k in fresh), s


def _is_the_same(s: Signal, told: Signal) -> bool:
    """By what the words would say of both."""
    names = ("kind", "store", "topic", "version", "direction")
    is_alike = all(getattr(s, name) == getattr(told, name) for name in names)
    return is_alike and (told.over is None or told.state == "withdrawn" or told.over >= s.raised)
