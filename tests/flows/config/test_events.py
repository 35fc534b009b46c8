from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.config.events import Event, check_apps, read_events
from flows.config.load import CHECKOUT
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


def _parsed(folder: Path, text: str) -> tuple[Event, ...]:
    (folder / "events.toml").write_text(text, encoding="utf-8")
    return read_events(folder / "events.toml")


def test_the_shipped_example_names_no_event_and_is_valid_without_its_marks(tmp_path: Path) -> None:
    path = CHECKOUT / "config" / "events.toml"
    assert read_events(path) == ()
    example = path.read_text(encoding="utf-8").split("#\n", 1)[1]
    uncommented = "\n".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines())
    assert [e.kind for e in _parsed(tmp_path, uncommented)] == [
        "price_change",
        "campaign",
        "reset",
        "prompt_change",
    ]


def test_without_events_toml_nothing_happened(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.toml") == ()


def test_a_day_counts_in_utc_and_until_holds_all_of_its_day(tmp_path: Path) -> None:
    (event,) = _parsed(tmp_path, EVENT)
    assert event.at == datetime(2026, 4, 1, tzinfo=UTC)
    assert event.until == datetime(2026, 4, 14, 23, 59, 59, tzinfo=UTC)


def test_a_moment_is_read_with_its_offset(tmp_path: Path) -> None:
    (event,) = _parsed(tmp_path, EVENT.replace("at = 2026-04-01", "at = 2026-04-01T09:00:00+09:00"))
    assert event.at == datetime(2026, 4, 1, tzinfo=UTC)


def test_an_event_without_a_store_counts_in_every_store(tmp_path: Path) -> None:
    (event,) = _parsed(tmp_path, EVENT.replace('store = "google_play"', ""))
    assert event.store is None


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("label =", "lable ="), r"unknown key 'lable'; did you mean 'label'\?"),
        (("price_change", "price"), "kind 'price' is unknown"),
        (("google_play", "googleplay"), "did you mean 'google_play'"),
        (("at = 2026-04-01\n", ""), "event 1: at is missing"),
        (("at = 2026-04-01", 'at = "2026-04-01"'), "unquoted"),
        (("at = 2026-04-01", "at = 2026-04-01T09:00:00"), "without an offset"),
        (("until = 2026-04-14", "until = 2026-03-14"), "until lies before at"),
        (("app =", "# app ="), "app is missing"),
        (('label = "Fee halved"', 'label = ""'), "label is missing"),
        (("[[event]]", "[[events]]"), "did you mean 'event'"),
    ],
)
def test_a_mistake_names_file_entry_field_and_remedy(
    tmp_path: Path, edit: tuple[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        _parsed(tmp_path, EVENT.replace(*edit))
    assert str(error.value).startswith("events.toml")


def test_an_event_of_an_unknown_app_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    events = _parsed(tmp_path, EVENT.replace('"procedures"', '"procedure"'))
    with pytest.raises(ConfigError, match=r"'procedure' is not known; did you mean 'procedures'"):
        check_apps(events, frozenset({"procedures", "other"}))
    check_apps(_parsed(tmp_path, EVENT), frozenset({"procedures"}))
