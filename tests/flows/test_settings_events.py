from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.config.events import Event, check_apps, parse_events
from flows.config.load import CHECKOUT, read_events
from flows.errors import ConfigError

EVENT = """
[[event]]
app = "procedures"
store = "google_play"
kind = "price_change"
at = 2026-04-01
until = 2026-04-14
label = "Fee halved"
"""


def _parsed(text: str) -> tuple[Event, ...]:
    return parse_events(tomllib.loads(text), "events.toml")


def test_the_shipped_example_names_no_event_and_is_valid_without_its_marks() -> None:
    path = CHECKOUT / "config" / "events.toml"
    assert read_events(path) == ()
    example = path.read_text(encoding="utf-8").split("#\n", 1)[1]
    uncommented = "\n".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines())
    assert [e.kind for e in _parsed(uncommented)] == ["price_change", "campaign", "reset", "prompt_change"]


def test_without_events_toml_nothing_happened(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.toml") == ()


def test_a_day_counts_in_utc_and_until_holds_all_of_its_day() -> None:
    (event,) = _parsed(EVENT)
    assert event.at == datetime(2026, 4, 1, tzinfo=UTC)
    assert event.until == datetime(2026, 4, 14, 23, 59, 59, tzinfo=UTC)


def test_a_moment_is_read_with_its_offset() -> None:
    (event,) = _parsed(EVENT.replace("at = 2026-04-01", "at = 2026-04-01T09:00:00+09:00"))
    assert event.at == datetime(2026, 4, 1, tzinfo=UTC)


def test_an_event_without_a_store_counts_in_every_store() -> None:
    (event,) = _parsed(EVENT.replace('store = "google_play"', ""))
    assert event.store is None


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("label =", "lable ="), r"unknown key 'lable'; did you mean 'label'\?"),
        (("price_change", "price"), "kind 'price' is unknown"),
        (("google_play", "googleplay"), "did you mean 'google_play'"),
        (("at = 2026-04-01\n", ""), "at is missing or is not a date"),
        (("at = 2026-04-01", 'at = "2026-04-01"'), "unquoted"),
        (("at = 2026-04-01", "at = 2026-04-01T09:00:00"), "without an offset"),
        (("until = 2026-04-14", "until = 2026-03-14"), "until lies before at"),
        (("app =", "# app ="), "app is missing"),
        (('label = "Fee halved"', 'label = ""'), "label is missing"),
        (("[[event]]", "[[events]]"), "did you mean 'event'"),
    ],
)
def test_a_mistake_names_file_entry_field_and_remedy(edit: tuple[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        _parsed(EVENT.replace(*edit))
    assert str(error.value).startswith("events.toml")


def test_an_event_of_an_unknown_app_is_refused_with_the_nearest_name() -> None:
    events = _parsed(EVENT.replace('"procedures"', '"procedure"'))
    with pytest.raises(ConfigError, match=r"'procedure' is not known; did you mean 'procedures'"):
        check_apps(events, frozenset({"procedures", "other"}))
    check_apps(_parsed(EVENT), frozenset({"procedures"}))
