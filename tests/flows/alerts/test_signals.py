from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from flows.alerts.signals import Owned, as_of, channels_of, is_meant, of_scores
from flows.config.alerts import Alerts, ChannelTable, OwnerTable, RuleTable
from tests.flows.alerts.house import APP, signal


def _scores(*values: float) -> list[dict[str, Any]]:
    first = date(2026, 3, 1)
    plain = {"app": APP, "store": "google_play", "n": 9}
    return [
        plain | {"day": first + timedelta(n), "value": v, "low": v, "high": v} for n, v in enumerate(values)
    ]


def _told(values: list[float], level: float = 4.0) -> list[tuple[str, int, str, str | None]]:
    found = of_scores(_scores(*values), [level])
    return [(s.direction, s.raised.day, s.state, s.why) for s in found]


def test_a_score_that_falls_below_a_level_and_comes_back() -> None:
    assert _told([4.2, 4.0, 3.9, 3.8, 4.1]) == [
        ("worse", 3, "ended", "went_back"),
        ("better", 5, "open", None),
    ]


def test_rounding_around_a_level_is_one_crossing() -> None:
    assert _told([4.1, 3.99, 4.0, 3.99, 4.01, 3.99, 4.02]) == [("worse", 2, "open", None)]
    assert _told([3.9, 4.0, 3.9, 4.0]) == []


def test_a_fall_that_stays_has_become_usual_after_four_weeks() -> None:
    ((way, on, state, why),) = _told([4.2, *[3.9] * 40])
    assert (way, on, state, why) == ("worse", 2, "ended", "became_usual")


def test_every_level_is_watched_by_itself() -> None:
    found = of_scores(_scores(4.2, 2.9), [4.0, 3.0])
    assert sorted(s.numbers["level"] for s in found) == [3.0, 4.0]


def test_a_signal_as_of_a_day_knows_nothing_later() -> None:
    from dataclasses import replace

    s = replace(
        signal(on=8), state="withdrawn", over=date(2026, 3, 12), why="disagreed", is_confirmed=True,
        numbers={"confirmed": "2026-03-10"},
    )  # fmt: skip
    assert as_of([s], date(2026, 3, 7)) == []
    (before,) = as_of([s], date(2026, 3, 9))
    assert (before.state, before.over, before.why, before.is_confirmed) == ("open", None, None, False)
    (confirmed,) = as_of([s], date(2026, 3, 11))
    assert (confirmed.state, confirmed.is_confirmed) == ("open", True)
    assert as_of([s], date(2026, 3, 12)) == [s]


OWNED = Owned({APP: "Citizen services"}, {"login": "identity"})


@pytest.mark.parametrize(
    ("rule", "wanted", "meant"),
    [
        ({}, {}, True),
        ({"kinds": ("text_alarm",)}, {}, False),
        ({"apps": (APP,)}, {}, True),
        ({"apps": ("jp.example.other",)}, {}, False),
        ({"owners": ("Citizen services",)}, {}, True),
        ({"owners": ("identity",)}, {}, False),
        ({"topics": ("login",)}, {}, False),
        ({"topics": ("login",)}, {"topic": "login"}, True),
        ({"direction": "better"}, {}, False),
        ({"direction": "both"}, {}, True),
        ({"confirmed": True}, {}, False),
        ({"confirmed": True}, {"is_confirmed": True}, True),
        ({}, {"direction": "more"}, True),
    ],
)
def test_what_a_rule_is_about(rule: dict[str, Any], wanted: dict[str, Any], meant: bool) -> None:
    table = RuleTable(**({"name": "r", "kinds": ("star_alarm",), "to": ("c",)} | rule))
    assert is_meant(table, signal(**wanted), OWNED) is meant


def test_owners_of_app_and_topic_are_found_through_the_configuration() -> None:
    alerts = Alerts(
        channel=tuple(ChannelTable(name=n, url="json://h") for n in ("citizen", "login-team", "ops")),
        owner=(
            OwnerTable(name="Citizen services", channels=("citizen",)),
            OwnerTable(name="identity", channels=("login-team",)),
        ),
        rule=(RuleTable(name="r", kinds=("topic_burst",), to=("app_owner", "topic_owner")),),
        otherwise=("ops",),
    )
    burst = signal("topic_burst", topic="login", direction="more")
    assert channels_of(burst, alerts, OWNED) == {"citizen", "login-team"}
    nobodys = signal("topic_burst", topic="ads", direction="more", app="jp.example.other")
    assert channels_of(nobodys, alerts, OWNED) == {"ops"}
    assert channels_of(signal("disk_short", on=8), alerts, OWNED) == frozenset()
