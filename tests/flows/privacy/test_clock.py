"""A clock that is wrong takes nothing away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from flows.config.load import Config, load_config
from flows.config.settings import RetentionChoice
from flows.errors import ClockNotBelievable
from flows.privacy import clock
from flows.privacy.clock import Known, believe, doubt, doubt_of
from flows.privacy.erase_command import execute_erasure, of_tester
from tests.builders import consent, coverage, feedback
from tests.conftest import hoshiyomi
from tests.flows.privacy.test_retention import kept, run
from tests.searching import found
from tests.warehouse.house import land
from warehouse.landing import Landing

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
JUMP = timedelta(days=60)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    return load_config()


def disk(data: Path) -> dict[str, bytes]:
    """Every byte of a data folder."""
    return {str(p.relative_to(data)): p.read_bytes() for p in data.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("now", "known", "newest", "says"),
    [
        (NOW, Known(), None, None),
        (NOW, Known(), NOW - days(900), None),
        (NOW, Known(last_run=NOW - days(59.9)), None, None),
        (NOW, Known(last_run=NOW - days(61)), None, "61 days after the last run"),
        (NOW, Known(last_run=NOW + timedelta(minutes=50)), None, None),
        (NOW, Known(last_run=NOW + timedelta(hours=2)), None, "the last run was on 2026-11-20 17:00 UTC"),
        (NOW, Known(), NOW + days(1), "data came in on 2026-11-21"),
        (NOW, Known(disregard=NOW + days(1)), NOW + days(1), None),
        (NOW, Known(disregard=NOW + days(1)), NOW + days(2), "data came in on 2026-11-22"),
    ],
)
def test_what_is_believed(now: datetime, known: Known, newest: datetime | None, says: str | None) -> None:
    why = doubt(now, known, newest, JUMP)
    assert why is None if says is None else why is not None and says in why


def test_a_jump_of_800_days_changes_nothing_on_the_disk(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=NOW - days(3)), consent(at=NOW - days(4)))
    run(config, NOW)
    before = disk(config.data)
    for ahead in (days(800), days(61), days(100_000)):
        with pytest.raises(ClockNotBelievable, match=r"Nothing was changed.*--confirm-clock"):
            run(config, NOW + ahead)
    assert disk(config.data) == before
    run(config, NOW + timedelta(hours=1))
    assert kept(config) == ["f1"]


def test_a_confirmed_jump_marks_and_erases_no_sooner_than_the_grace(config: Config) -> None:
    # Marked before the jump: its grace begins anew all the same.
    land(config.data, "b1", feedback("f1", submitted_at=NOW - days(725)), feedback("f2", submitted_at=NOW))
    run(config, NOW)
    later = NOW + days(800)
    said = run(config, later, confirmed=True)
    assert said == ["2 pieces of feedback of 1 testers go on 2029-02-04; `hoshiyomi retention` says more"]
    run(config, later + days(6))
    assert kept(config) == ["f1", "f2"]
    # The clock was wrong after all: it comes back, and nothing is lost.
    with pytest.raises(ClockNotBelievable, match="the last run was on 2029-02-03"):
        run(config, NOW + days(1))
    run(config, NOW + days(1), confirmed=True)
    assert kept(config) == ["f1", "f2"]
    run(config, NOW + days(9))
    assert kept(config) == ["f2"]


def test_a_machine_that_was_off_for_three_months_is_asked_for_and_then_waits(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=NOW - days(700)), feedback("f2", submitted_at=NOW))
    run(config, NOW)
    with pytest.raises(ClockNotBelievable, match="90 days after the last run"):
        run(config, NOW + days(90))
    run(config, NOW + days(90), confirmed=True)
    assert kept(config) == ["f1", "f2"]
    run(config, NOW + days(98))
    assert kept(config) == ["f2"]


def test_a_longer_bound_can_be_set(config: Config) -> None:
    run(config, NOW)
    run(config, NOW + days(90), clock_jump_days=100)


def test_a_first_run_under_a_wrong_clock_takes_nothing(config: Config) -> None:
    land(config.data, "b1", feedback("f1", submitted_at=NOW - days(3)))
    run(config, NOW + days(800))
    assert kept(config) == ["f1"]
    with pytest.raises(ClockNotBelievable):
        run(config, NOW)
    run(config, NOW, confirmed=True)
    run(config, NOW + days(30))
    assert kept(config) == ["f1"]


def test_data_of_later_is_asked_about_once(config: Config) -> None:
    run(config, NOW)
    land(config.data, "b1", feedback("f1"), coverage("b1", finished_at=NOW + days(30)))
    with pytest.raises(ClockNotBelievable, match="data came in on 2026-12-20"):
        run(config, NOW + days(1))
    run(config, NOW + days(1), confirmed=True)
    run(config, NOW + days(2))


def test_a_clock_file_that_is_not_ours_counts_as_none(config: Config) -> None:
    for content in (b"", b"{", b"[]", b'{"version": 9}'):
        (config.data / clock.FILE).write_bytes(content)
        assert clock.read(config.data) == Known()
    believe(config.data, NOW, 60, confirmed=False)
    assert clock.read(config.data) == Known(last_run=NOW)
    assert orjson.loads((config.data / clock.FILE).read_bytes())["last_run"] == "2026-11-20T15:00:00Z"


def test_a_tombstone_is_not_made_under_a_wrong_clock(config: Config) -> None:
    land(config.data, "b1", feedback("f1", text="words to go", submitted_at=NOW - days(1)), consent(at=NOW))
    run(config, NOW)
    before = disk(config.data)
    for now in (NOW + days(800), NOW - days(5)):
        with pytest.raises(ClockNotBelievable):
            execute_erasure(config, of_tester(config.data, "t1", None, now), now)
    assert disk(config.data) == before
    # Confirmed although it is behind: what was sent later than now goes all the same.
    behind = NOW - days(5)
    wanted = of_tester(config.data, "t1", None, behind)
    execute_erasure(config, wanted, behind, confirm_clock=True)
    assert kept(config) == []
    assert found(config.data, ["words to go"]) == []


def test_the_real_commands_end_with_14_and_the_remedy_leads_on(tmp_path: Path) -> None:
    believe(tmp_path, clock.utc_now() - days(800), 60, confirmed=False)
    land(tmp_path, "b1", feedback("f1", text="words to go", submitted_at=clock.utc_now() - days(3)))
    before = disk(tmp_path)
    for command in ("refresh", "analyse", "erase"):
        done = hoshiyomi(command, data=tmp_path, code=14)
        assert "--confirm-clock" in done.stderr
        assert "Traceback" not in done.stderr
        assert {k: v for k, v in disk(tmp_path).items() if k != ".refresh.lock"} == before, command
    assert "not believed" in hoshiyomi("retention", data=tmp_path).stdout
    hoshiyomi("erase", "--tester", "t1", "--confirm-clock", data=tmp_path)
    assert found(tmp_path, ["words to go"]) == []
    assert "UTC, believed" in hoshiyomi("retention", data=tmp_path).stdout


def test_a_run_that_nobody_started_asks_for_itself_and_changes_nothing(config: Config) -> None:
    from flows.health.runs import latest
    from flows.pipeline.refresh import refresh

    believe(config.data, clock.utc_now() - days(800), 60, confirmed=False)
    land(config.data, "b1", feedback("f1", submitted_at=clock.utc_now() - days(3)))
    before = disk(config.data)
    with pytest.raises(ClockNotBelievable, match="800 days after the last run"):
        refresh.fn()
    kept = {k: v for k, v in disk(config.data).items() if k != ".refresh.lock" and not k.startswith("runs/")}
    assert kept == before
    assert latest(config.data, 1)[0].outcome == "stopped"


@pytest.mark.parametrize("command", ["refresh", "analyse", "collect", "erase", "demo"])
def test_whatever_asks_for_the_option_has_it(command: str) -> None:
    import typer

    from flows.cli.main import app

    options = [o for p in typer.main.get_command(app).commands[command].params for o in p.opts]  # type: ignore[attr-defined]
    assert "--confirm-clock" in options


def test_the_setting_reaches_the_check(config: Config) -> None:
    believe(config.data, NOW, 60, confirmed=False)
    choice = RetentionChoice(clock_jump_days=10)
    assert doubt_of(config.data, NOW + days(11), choice.clock_jump_days) is not None
    assert doubt_of(config.data, NOW + days(9), choice.clock_jump_days) is None


def test_a_withdrawal_covers_what_a_clock_that_was_ahead_dated_later(tmp_path: Path) -> None:
    from flows.intake.commands import Draft, withdraw
    from flows.intake.consent_state import LandedConsents
    from flows.intake.invitations import Invitation
    from warehouse.records import Erasure
    from warehouse.tombstones import Tombstones

    ahead = feedback("f1", source="intake", submitted_at=NOW + days(800))
    ledger = LandedConsents(Landing(tmp_path))
    ledger.add([consent("t1", at=NOW - days(1)), ahead])
    who = Invitation(
        tester="t1", app="app", cohort="alpha", opens_at=NOW, closes_at=NOW + days(9), is_revoked=False
    )
    draft = Draft(ledger)
    records = withdraw(who)(draft, NOW).records
    assert Tombstones([r for r in records if isinstance(r, Erasure)]).cover(ahead)
    assert draft.of(("t1", "app")).holds is None
