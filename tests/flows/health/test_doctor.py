"""The doctor sees each fault, names its area and what to do, and hides none behind another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.backup.make import backup
from flows.config.load import Config
from flows.errors import ConfigError
from flows.health import doctor, machine
from flows.health.doctor import AREAS, area_of, as_json, diagnose, lines
from flows.health.findings import Finding
from flows.intake.invitations import load_keys
from flows.lock import RESTORING, refresh_lock
from models.text.scorers import ModelChoice
from tests.builders import review
from tests.warehouse.house import build_all, land
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.reads import current
from warehouse.writes import FILE

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    return data


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """A folder in which all is well, with a backup."""
    data = tmp_path / "data"
    shutil.copytree(built, data, symlinks=True)
    backup(_config(data), tmp_path / "backups", NOW)
    return data


def _config(data: Path) -> Config:
    return Config(data=data, apps=(), topics=(), model=ModelChoice())


def seen(data: Path, **given: object) -> doctor.Diagnosis:
    given = {"config": _config(data), "now": NOW} | given
    return diagnose(data, zone=UTC, **given)  # type: ignore[arg-type]


def test_all_is_well_and_every_area_says_how_it_is(data: Path) -> None:
    found = seen(data)
    assert found.findings == []
    assert {found.state(area) for area in AREAS} == {"ok"}
    told = list(lines(found))
    assert [line.split("  ")[0] for line in told[: len(AREAS)]] == list(AREAS)
    assert told[-1] == "All is well."
    assert "1 backup" in told[len(AREAS) - 1]
    document = json.loads(as_json(found))
    assert set(document["areas"]) == set(AREAS)


def _cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "landing_damaged": ("landing", lambda d: _cut(Landing(d).path("reviews", "b1", "0"))),
    "working_file": ("working file", lambda d: _cut(d / FILE)),
    "publication_damaged": ("published file", lambda d: _cut(current(d))),
    "restore_cut_off": ("locks", lambda d: (d / RESTORING).write_text("b.tar")),
    "no_backup": ("backups", lambda d: next((d.parent / "backups").glob("*.tar")).unlink()),
    "keys": ("privacy", lambda d: (load_keys(d), (d / "alpha" / "key").chmod(0o644))),
}


@pytest.mark.parametrize("about", FAULTS)
def test_each_fault_is_seen_in_its_area_with_a_remedy(data: Path, about: str) -> None:
    area, harm = FAULTS[about]
    harm(data)
    found = seen(data)
    (finding,) = [f for f in found.findings if f.about == about]
    assert area_of(finding) == area
    assert found.state(area) != "ok"
    assert finding.remedy
    assert f"{area}: {finding.what}" in "\n".join(lines(found))


def test_several_faults_hide_nothing_of_each_other(data: Path) -> None:
    """A damaged landing file, a full-looking disk and a store out of reach at once: each with its remedy."""
    _cut(Landing(data).path("reviews", "b1", "0"))
    _cut(data / FILE)
    store = Finding(severity="act", about="store_check", what="FAILED app", remedy="ask again.")
    found = seen(data, asked=[store])
    assert {"landing_damaged", "working_file", "store_check"} <= {f.about for f in found.findings}
    assert found.needs_a_person
    assert found.state("sources") == "act"


def test_a_configuration_that_cannot_be_read_stops_no_other_look(data: Path) -> None:
    _cut(Landing(data).path("reviews", "b1", "0"))
    found = seen(data, config=ConfigError("apps.toml: bad. Remedy: mend it."))
    by = {f.about: f for f in found.findings}
    assert by["configuration"].remedy == "mend it."
    assert "landing_damaged" in by


def test_a_lock_that_is_held_is_told(data: Path) -> None:
    with refresh_lock(data):
        assert seen(data).facts["locks"] == "a refresh works"


def test_an_old_publication_an_old_backup_and_a_wrong_clock(data: Path) -> None:
    later = NOW + timedelta(days=20)
    assert {f.about for f in seen(data, now=later).findings} >= {"data_old", "backup_old"}
    assert {f.about for f in seen(data, now=NOW + timedelta(days=33)).findings} >= {"backup_overdue"}
    early = NOW - timedelta(days=900)
    land(data, "b2", review("r2"))
    assert "clock" in {f.about for f in machine.of_clock(data, _config(data), early)}


def test_a_folder_of_backups_that_missed_an_erasure_is_told(data: Path) -> None:
    beside = data.parent / "backups" / "hoshiyomi-withdrawals.jsonl"
    beside.write_bytes(b"older\n")
    (finding,) = [f for f in seen(data).findings if f.about == "backup_not_told"]
    assert finding.subject == str(beside.parent)


def test_packages_and_python_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.of_packages() == []
    assert machine.of_python() == []
    assert machine.of_python((3, 9))[0].about == "python_version"
    real = machine.version
    monkeypatch.setattr(machine, "version", lambda n: "1.0" if n == "duckdb" else real(n))
    (finding,) = machine.of_packages()
    assert "duckdb is 1.0, not" in finding.what


def test_channels_are_asked_where_there_are_some(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Finding(severity="act", about="channel", what="mail is silent", remedy="see the server.")
    monkeypatch.setattr(doctor, "CHANNELS", [lambda _config, online: [told] if online else []])
    assert seen(data).state("channels") == "ok"
    assert seen(data, asked=[]).state("channels") == "act"
