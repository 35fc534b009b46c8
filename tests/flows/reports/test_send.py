"""The weekly report reaches real receivers once, when it is due, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.config.load import load_config
from flows.config.settings import ReportChoice
from flows.reports import send as sending
from flows.reports.due import last_due, send_if_due, week_due
from flows.reports.make import week_named
from tests.conftest import logged
from tests.dashboard.conftest import worlds
from tests.flows.alerts.receivers import Webhook, webhook
from tests.remedies.claims import carries_out, command
from warehouse import reads

__all__ = ["worlds"]
APP = "jp.example.marked"
TUESDAY = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PDF takes seconds; its own tests make one."""
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))


@pytest.fixture
def receiver() -> Iterator[Webhook]:
    with webhook() as seen:
        yield seen


@pytest.fixture
def house(
    worlds: Callable[[str], Path], receiver: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """`house('apps = [...]')`: a data folder with a publication, and a configuration that sends reports."""
    config, data = tmp_path / "config", tmp_path / "data"
    config.mkdir()
    data.mkdir()
    published = reads.current(worlds("marked"))
    (data / "current.duckdb").symlink_to(published)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(config))

    def written(report: str, alerts: str = "") -> Path:
        (config / "apps.toml").write_text("")
        (config / "topics.toml").write_text("")
        (config / "hoshiyomi.toml").write_text(f"[report]\n{report}\n")
        channel = f'[[channel]]\nname = "minister"\nurl = "{receiver.url}"\nlanguage = "ja"\n{alerts}\n'
        (config / "alerts.toml").write_text(channel)
        return data

    return written


def test_the_first_run_after_it_is_due_sends_it_once(house: Callable[[str], Path], receiver: Webhook) -> None:
    data = house(f'channels = ["minister"]\nweekday = "tue"\nhour = 5\napps = ["{APP}"]')
    for minutes in (0, 5, 60 * 24):
        send_if_due(load_config(), TUESDAY + timedelta(minutes=minutes))
    assert len(receiver.came) == 2
    titles = {str(c["title"]) for c in receiver.came}
    assert any("すべてのアプリ" in t for t in titles) and all("第47週" in t for t in titles)
    assert all(c["attachments"] for c in receiver.came)
    # Where the note of what was told is lost, the ledger knows it.
    (data / sending.FOLDER / sending.TOLD).unlink()
    send_if_due(load_config(), TUESDAY + timedelta(days=2))
    assert len(receiver.came) == 2
    # The next week is due on its own day.
    send_if_due(load_config(), TUESDAY + timedelta(days=7))
    assert len(receiver.came) == 4


def test_before_it_is_due_the_week_before_is_the_last(house: Callable[[str], Path]) -> None:
    house('channels = ["minister"]')
    choice = load_config().report
    assert week_due(choice, datetime(2026, 11, 23, 7, 59, tzinfo=UTC)) == "2026-W46"
    assert week_due(choice, datetime(2026, 11, 23, 8, tzinfo=UTC)) == "2026-W47"
    assert week_due(choice, datetime(2026, 11, 29, 23, tzinfo=UTC)) == "2026-W47"


def test_the_hour_is_that_of_the_zone_in_summer_and_winter() -> None:
    choice = ReportChoice(channels=("x",), weekday="mon", hour=8, timezone="Europe/Rome")
    rome = ZoneInfo("Europe/Rome")
    for day in (datetime(2026, 3, 30, tzinfo=rome), datetime(2026, 10, 26, tzinfo=rome)):
        at = last_due(choice, day.replace(hour=9).astimezone(UTC))
        assert (at.hour, at.date()) == (8, day.date())
        before = last_due(choice, day.replace(hour=7).astimezone(UTC))
        assert (before.hour, before.date()) == (8, day.date() - timedelta(7))


def test_a_channel_out_of_reach_is_tried_again_by_the_alerts(
    house: Callable[[str], Path], receiver: Webhook
) -> None:
    from flows.alerts.now import tell_now

    house('channels = ["minister"]')
    receiver.status = 503
    send_if_due(load_config(), TUESDAY)
    assert len(receiver.came) == 1 and not receiver.taken
    receiver.status = 200
    # A second run makes it no second time; a pass of the alerts delivers what waits, with its attachment.
    send_if_due(load_config(), TUESDAY + timedelta(minutes=1))
    assert len(receiver.came) == 1
    tell_now(TUESDAY + timedelta(hours=2))
    reports = [c for c in receiver.taken if "第47週" in str(c["title"])]
    assert len(reports) == 1 and reports[0]["attachments"]


def test_in_quiet_hours_it_waits(house: Callable[..., Path], receiver: Webhook) -> None:
    house('channels = ["minister"]', 'quiet = "00:00-09:00"')
    send_if_due(load_config(), TUESDAY)
    assert receiver.came == []


def test_an_app_that_nobody_knows_stops_no_other_report(
    house: Callable[[str], Path], receiver: Webhook
) -> None:
    house('channels = ["minister"]\napps = ["gone"]')
    with logged("flows.reports") as said:
        send_if_due(load_config(), TUESDAY)
    assert len(receiver.came) == 1
    assert "no app of this key" in " ".join(said)


def test_nothing_is_sent_where_nobody_asked_for_it(house: Callable[[str], Path], receiver: Webhook) -> None:
    data = house("")
    send_if_due(load_config(), TUESDAY)
    assert receiver.came == [] and not (data / sending.FOLDER).exists()


def test_where_nothing_is_published_nothing_is_sent(house: Callable[[str], Path], receiver: Webhook) -> None:
    data = house('channels = ["minister"]')
    (data / "current.duckdb").unlink()
    send_if_due(load_config(), TUESDAY)
    assert receiver.came == []


def test_languages_and_quotes_are_as_asked_for(house: Callable[[str], Path], receiver: Webhook) -> None:
    house(f'channels = ["minister"]\nlanguages = ["en", "ja"]\nportfolio = false\napps = ["{APP}"]')
    sent = sending.send(load_config(), week_named("2026-W47"), TUESDAY)
    assert (sent.delivered, sent.waiting, sent.before) == (2, [], 0)
    assert {"Weekly" in str(c["title"]) for c in receiver.came} == {True, False}


@carries_out(
    "hoshiyomi.toml, [report]: no channel is named, so nobody can be sent a report. Remedy: channels = [...] "
    "with names of alerts.toml, as docs/report.md shows.",
    "hoshiyomi.toml, [report]: the channel {} is not in alerts.toml{}. Remedy: write it as its [[channel]] "
    "in alerts.toml is named, as docs/alerts.md shows.",
)
def test_channels_are_those_of_alerts_toml(
    house: Callable[[str], Path], receiver: Webhook, tmp_path: Path
) -> None:
    words = ("report", "--portfolio", "--week", "2026-W47", "--language", "ja", "--format", "md", "--send")
    asked = (*words, "--out", str(tmp_path / "out"))
    for wrong in ("", 'channels = ["ministre"]'):
        house(wrong)
        assert command(*asked).code == 2
    assert receiver.came == []
    house('channels = ["minister"]')
    assert command(*asked).code == 0
    assert command(*asked).code == 0
    assert len(receiver.came) == 1
