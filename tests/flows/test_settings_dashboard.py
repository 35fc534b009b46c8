"""`[dashboard]` of hoshiyomi.toml: strict, and open to nobody by default."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows.config.dashboard import DashboardChoice, parse_dashboard, told
from flows.errors import ConfigError


def _parsed(**entry: Any) -> DashboardChoice:
    return parse_dashboard({"dashboard": entry}, "hoshiyomi.toml")


def test_the_defaults_name_nobody() -> None:
    assert parse_dashboard({}, "hoshiyomi.toml") == DashboardChoice()
    assert not DashboardChoice().viewers
    assert DashboardChoice().local_role == "viewer"


def test_people_are_named() -> None:
    choice = _parsed(viewers=["@example.go.jp"], alpha_readers=["hanako@example.go.jp"], session_hours=4)
    assert choice.alpha_readers == ("hanako@example.go.jp",)
    assert json.loads(told(choice, login=True, loopback=False))["viewers"] == ["@example.go.jp"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"alpha_readers": ["*"]}, "one by one"),
        ({"alpha_readers": ["@example.go.jp"]}, "one by one"),
        ({"local_role": "alpha_raeder"}, "alpha_reader"),
        ({"viewers": "@example.go.jp"}, "a list such as"),
        ({"viewer": ["x"]}, "did you mean 'viewers'"),
        ({"session_hours": 0}, "above 0"),
    ],
)
def test_what_is_not_understood_is_named_with_its_remedy(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _parsed(**entry)
