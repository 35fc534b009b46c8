"""What rules would have said on history: how often and how late, by the days before each day only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from flows.alerts.replay import Replayed, replay
from flows.alerts.signals import Owned, Signal
from flows.config.alerts import RuleTable
from flows.config.events import Event
from tests.flows.alerts.house import APP, signal

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 31)


def _event(on: int, **wanted: object) -> Event:
    return Event.model_validate(
        {"app": APP, "kind": "other", "at": datetime(2026, 3, on, tzinfo=UTC), "label": "down"} | wanted
    )


def _replayed(*signals: Signal, marked: tuple[Event, ...] = (), **wanted: object) -> Replayed:
    rule = RuleTable.model_validate({"name": "r", "kinds": ("star_alarm",), "to": ("c",)} | wanted)
    known = {APP: FIRST, "jp.example.quiet": FIRST}
    return replay(rule, signals, Owned({}, {}), known, FIRST, LAST, marked)


def test_how_often_and_how_late() -> None:
    told = replace(signal(on=11), state="ended", over=date(2026, 3, 20))
    false = replace(
        signal(on=20, store="app_store", direction="worse"), state="withdrawn", over=date(2026, 4, 20)
    )
    far = replace(signal(on=61), state="withdrawn", over=date(2026, 5, 10))
    done = _replayed(told, false, far, marked=(_event(8), _event(29)))
    assert done.steps == {"raised": 2, "grew": 1, "ended": 1, "withdrawn": 1}
    assert done.app_days == 2 * 92
    assert done.raised_per_app_year == pytest.approx(365.25 * 2 / 184)
    assert [late.days for late in done.late] == [3, None]
    # The alarm of 30 April fits no incident.
    assert done.unmarked == 1


def test_what_is_withdrawn_later_was_said_all_the_same_and_only_confirmed_ones_are_said_later() -> None:
    alarm = replace(
        signal(on=8), state="ended", over=date(2026, 4, 1), is_confirmed=True,
        numbers={"confirmed": "2026-03-12"},
    )  # fmt: skip
    gone = replace(signal(on=9, app="jp.example.quiet"), state="withdrawn", over=date(2026, 3, 15))
    said = _replayed(alarm, gone)
    assert [(s.day.day, s.news.step) for s in said.said][:3] == [
        (8, "raised"),
        (9, "raised"),
        (15, "withdrawn"),
    ]
    confirmed = _replayed(alarm, gone, confirmed=True)
    assert [(s.day.day, s.news.step) for s in confirmed.said] == [(12, "raised"), (1, "ended")]


def test_a_rise_tells_nothing_of_an_incident() -> None:
    done = _replayed(signal(on=9, direction="better"), marked=(_event(8),), direction="both")
    assert [late.days for late in done.late] == [None]
    assert done.unmarked == 1


def test_an_incident_of_another_store_is_not_told_by_this_one() -> None:
    done = _replayed(signal(on=9), marked=(_event(8, store="app_store"), _event(8, store="google_play")))
    assert [late.days for late in done.late] == [None, 1]
