"""Real commands on a machine with a store: what went wrong, what is told, what is done, and all is well.

One Prefect server and one process serve all tests here (`machine.py`); they take a minute of a CPU.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.collection import attempts
from flows.health.runs import recorded
from flows.lock import refresh_lock
from tests.builders import consent, coverage, feedback
from tests.flows.collection.collecting import coverage as asks
from tests.flows.collection.collecting import reviews as landed
from tests.flows.collection.test_dump_import import dump
from tests.flows.health.test_runs import WAITS
from tests.remedies.claims import carries_out, hear, of_a_later_duckdb, refused
from tests.remedies.listing import screens
from tests.remedies.machine import APPS, PLAY, Driver, Machine, driver, machine, store
from tests.searching import found as written
from tests.store import Fault, StoreServer, wire_apple
from tests.warehouse.house import open_writer, rows
from tests.warehouse.test_damage import rot
from warehouse.errors import WarehouseError, of_system
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.reads import current
from warehouse.writes import FILE, writer

pytestmark = pytest.mark.soak
CHECKOUT = Path(__file__).resolve().parents[2]
NOTHING, BUSY, STOPPED, DAMAGED, REFUSED, PARTIAL = 4, 5, 6, 10, 12, 13


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The process that runs the commands."""
    with driver(tmp_path_factory.mktemp("driver")) as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[StoreServer]:
    """The store of all machines here."""
    with store() as made:
        yield made


@pytest.fixture(scope="module")
def _published(tmp_path_factory: pytest.TempPathFactory, server: StoreServer, running: Driver) -> Machine:
    made = machine(tmp_path_factory.mktemp("published"), server, running)
    landing = Landing(made.data)
    landing.write("consents", "b", "0", [consent(app="procedures")])
    landing.write("feedback", "b", "0", [feedback(app="procedures", text="words to go")])
    landing.write("coverage", "b", "coverage", [coverage("b", asked_for="feedback", got=1)])
    assert made.run("refresh").code == 0
    assert made.found() == set()
    return made


@pytest.fixture
def empty(tmp_path: Path, server: StoreServer, running: Driver) -> Iterator[Machine]:
    """A machine on which nothing ever ran."""
    yield machine(tmp_path, server, running)
    server.faults.heal()


@pytest.fixture
def house(empty: Machine, _published: Machine) -> Machine:
    """A machine on which everything is well and published."""
    shutil.copytree(_published.data, empty.data, symlinks=True)
    return empty


# --- nothing there, or not what it should be ------------------------------------------------------------


@carries_out("or `hoshiyomi import FILE` and `hoshiyomi refresh` for your own.", "run `hoshiyomi refresh`.")
def test_what_is_imported_and_refreshed_is_published(empty: Machine, tmp_path: Path) -> None:
    assert empty.run("path").code == NOTHING
    assert empty.found() >= {"nothing_published", "source_never_asked"}
    assert empty.run("import", str(dump(tmp_path, rows=4))).code == 0
    assert empty.run("refresh").code == 0
    assert empty.run("path").code == 0
    assert len(empty.reviews()) == 4 + 16
    assert empty.found() == set()


@carries_out("`hoshiyomi refresh` replaces it, or `hoshiyomi analyse` without asking any store")
def test_a_rotten_publication_is_replaced_without_asking_any_store(house: Machine) -> None:
    before = house.reviews()
    rot(current(house.data))
    assert house.found() == {"publication_damaged"}
    assert house.run("analyse").code == 0
    assert house.found() == set()
    assert house.reviews() == before


def _stopped(m: Machine) -> None:
    """A run that ended in an error of which nobody knows, and what its successor says at its end."""
    with pytest.raises(KeyError), recorded(m.data, f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}", "refresh"):
        raise KeyError("of an unforeseen kind")
    assert m.found() == {"run_stopped"}
    topics = m.config / "topics.toml"
    whole = topics.read_text(encoding="utf-8")
    topics.write_text(whole.replace("[[topic]]", "[[topic]", 1), encoding="utf-8")
    assert "topics.toml is not valid TOML" in m.run("refresh").text.splitlines()[-1]
    topics.write_text(whole, encoding="utf-8")


def _killed(m: Machine) -> None:
    later = WAITS.replace("20260301T000000Z", "20991231T000000Z")
    with subprocess.Popen(
        [sys.executable, "-c", later, str(m.data)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    (record,) = (m.data / "runs").glob("20991231*.json")
    record.rename(record.with_name(f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"))


def _met(m: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that finds the lock taken a moment after it was free."""
    from flows.pipeline import refresh as module

    with monkeypatch.context() as patch:
        patch.setenv("HOSHIYOMI_DATA", str(m.data))
        patch.setattr(module, "refresh", lambda **_given: None)
        patch.setattr(module, "brought", lambda _state: None)
        with refused():
            module.refresh_now()


@carries_out(
    "run `hoshiyomi refresh` and read its last line.",
    "run `hoshiyomi refresh`; it goes on where the last one stopped.",
    "`hoshiyomi refresh` replaces it, or `hoshiyomi analyse` without asking any store",
    "The marts are older than the tables. Remedy: run `hoshiyomi refresh`.",
    "Another refresh began at the same moment. Remedy: wait for it to end.",
    "run `hoshiyomi erase`, or let the next refresh do it.",
)
def test_a_refresh_leads_out_of_whatever_stopped_the_last(
    house: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.reviews()
    _stopped(house)
    _killed(house)
    _met(house, monkeypatch)
    with refresh_lock(house.data):
        assert house.run("erase", "--tester", "t1").code == BUSY
    assert house.run("import", str(dump(house.folder, rows=4))).code == 0
    with writer(house.data) as w:
        w.load(datetime.now(UTC))
    with refused(WarehouseError):
        publish(house.data, datetime.now(UTC))
    rot(current(house.data))
    assert house.found() == {"run_broken_off", "publication_damaged", "erasures_pending"}
    assert house.run("refresh").code == 0
    assert house.found() == set()
    assert not publish(house.data, datetime.now(UTC)).is_new
    assert [r for r in house.reviews() if not str(r[2]).startswith("text ")] == before
    assert len(house.reviews()) == len(before) + 4
    assert written(house.data, ["words to go"]) == []


@carries_out(
    "and the store would give it again. Remedy: `hoshiyomi rebuild`, where the tables are to be made anew",
    "Remedy: `hoshiyomi rebuild`, which makes the tables anew; a check that",
    "The request is kept. Remedy: `hoshiyomi rebuild`, which makes it anew",
    "is damaged ({}). Remedy: `hoshiyomi rebuild`, which makes it anew",
    "requirements/runtime.txt names, or `hoshiyomi rebuild`.",
    "Remedy: see the system's log; on a sound disk, `hoshiyomi rebuild`",
)
def test_a_rebuild_leads_back_to_whole_data(house: Machine) -> None:
    before, file = house.reviews(), house.data / FILE
    whole = file.read_bytes()
    _wrong(house)
    crawl = next(p.name for p in (house.data / "landing" / "reviews").glob("google_play-*"))
    assert house.run("forget-import", crawl).code == 1
    file.unlink()
    assert house.run("erase", "--tester", "t1").code == DAMAGED
    file.write_bytes(b"no database" * 1_000)
    assert house.run("analyse").code == DAMAGED
    file.write_bytes(whole)
    of_a_later_duckdb(file)
    assert house.run("analyse").code == DAMAGED
    hear(str(of_system(OSError(errno.EIO, os.strerror(errno.EIO), str(file)))))
    done = house.run("rebuild")
    assert done.code == 0, done.text
    assert [r for r in house.reviews() if r[2] != "text 0"] == before
    assert house.found() == set()
    assert written(house.data, ["words to go"]) == []


def _wrong(m: Machine) -> None:
    """Tables that a check stops, and the rows that would be reported, should it stop them again."""
    assert m.run("import", str(dump(m.folder, rows=1))).code == 0
    with writer(m.data) as w:
        w.con.execute("update core.reviews set rating = 9 where rating = 1")
        changed = w.con.execute("select count(*) from core.reviews where rating = 9").fetchone()
    told = m.run("analyse")
    assert told.code == STOPPED
    check = told.text.split("Failed checks: ")[1].split(":")[0]
    sql = (CHECKOUT / "warehouse" / "checks" / f"{check}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(m.data / FILE), read_only=True) as con:
        reported = con.execute(sql).fetchall()
    assert changed == (len(reported),)


# --- runs --------------------------------------------------------------------------------------------------


@carries_out("none, when that is meant; else set other days in [retention] of hoshiyomi.toml before.")
def test_other_days_keep_what_was_to_go(house: Machine) -> None:
    old = datetime.now(UTC) - timedelta(days=725)
    landing = Landing(house.data)
    landing.write("feedback", "old", "0", [feedback("old", app="procedures", tester="t2", submitted_at=old)])
    landing.write("consents", "old", "0", [consent("t2", app="procedures", at=old)])
    landing.write("coverage", "old", "coverage", [coverage("old", asked_for="feedback", got=1)])
    assert house.run("refresh").code == 0
    assert "retention_due" in house.found()
    house.set("[retention]\nfeedback_days = 3000\nledger_days = 4000")
    assert house.run("refresh").code == 0
    assert "retention_due" not in house.found()


@carries_out("put the folder or file right that is named (console_exports in apps.toml).")
def test_a_folder_of_exports_is_put_right(house: Machine) -> None:
    apps = house.config / "apps.toml"
    apps.write_text(APPS.replace(f'id = "{PLAY}"', f'id = "{PLAY}"\nconsole_exports = "exports"'))
    assert house.run("refresh").code == REFUSED
    assert "export_failed" in house.found()
    (house.config / "exports").mkdir()
    assert house.run("refresh").code == 0
    assert house.found() == set()


@carries_out("look at the rows that warehouse/checks/{}.sql finds in warehouse.duckdb of the data folder")
def test_the_rows_of_a_warning_are_found_by_its_check(house: Machine, tmp_path: Path) -> None:
    # No reader takes such a date in any more: the check is for what came before.
    with writer(house.data) as w:
        w.con.execute(
            "update core.reviews set reviewed_at = last_seen_at + interval 2 days "
            "where review_id = (select min(review_id) from core.reviews)"
        )
        (changed,) = rows(
            w.con, "select review_id from core.reviews where reviewed_at > last_seen_at + interval 1 day"
        )
    assert house.run("import", str(dump(tmp_path, rows=4))).code == 0
    assert house.run("refresh").code == 0
    told = json.loads(house.run("status", "--format", "json").text)["findings"]
    (warned,) = [f for f in told if f["about"] == "check_warned"]
    with duckdb.connect(str(house.data / FILE), read_only=True) as con:
        warned_of = con.execute(
            (CHECKOUT / warned["remedy"].split()[5]).read_text(encoding="utf-8")
        ).fetchall()
    assert [row[2] for row in warned_of] == [changed["review_id"]]


# --- stores ------------------------------------------------------------------------------------------------


def _on_screen(m: Machine, reason: str) -> None:
    """What the page of the data's health says of asks that ended so."""
    assert reason in {row["reason"] for row in asks(m.data)}
    hear(f"[remedy.{reason}] {screens()['remedy'][reason]}")


def _of_sources(m: Machine) -> set[str]:
    """What is found before anything was published."""
    return m.found() - {"nothing_published"}


@carries_out(
    "see that this machine reaches the stores (network, proxy): `hoshiyomi apps check`.",
    "Lower requests_per_second or raise `every` in hoshiyomi.toml, then run `hoshiyomi collect --app {}`.",
    "[remedy.blocked]",
)
def test_stores_that_refuse_are_asked_more_gently(empty: Machine) -> None:
    empty.store.faults.add(Fault("captcha", times=None))
    assert empty.run("refresh").code == REFUSED
    assert empty.found() == {"no_store_answered", "source_failing"}
    assert empty.run("apps", "check").code == REFUSED
    _on_screen(empty, "blocked")
    empty.store.faults.heal()
    assert empty.run("apps", "check").code == 0
    empty.set('every = "2d"')
    assert empty.run("collect", "--app", "procedures").code == 0
    assert empty.run("refresh").code == 0
    assert empty.found() == set()
    assert len(empty.reviews()) == 16


@carries_out(
    "correct the id or the place in apps.toml; `hoshiyomi apps check` asks each store once.",
    "[remedy.not_found]",
)
def test_an_id_is_corrected(empty: Machine) -> None:
    apps = empty.config / "apps.toml"
    apps.write_text(APPS.replace(PLAY, "jp.example.procedure"))
    assert empty.run("collect").code == REFUSED
    assert _of_sources(empty) == {"source_failing"}
    _on_screen(empty, "not_found")
    assert "jp.example.procedure" in empty.run("apps", "check").text
    apps.write_text(APPS)
    assert empty.run("apps", "check").code == 0
    assert empty.run("collect").code == 0
    assert _of_sources(empty) == set()


@carries_out(
    "the store has moved its layout: update Hoshiyomi, or mend the parser by the layout kept",
    "give them to whoever mends the parser; they are removed after {} days.",
    "[remedy.shape_changed]",
)
def test_a_layout_that_moved_is_kept_and_a_dump_imported_until_it_is_read(empty: Machine) -> None:
    empty.store.faults.add(
        Fault("layout_moved", route="app_store_feed", field="content", mode="away", times=None)
    )
    assert empty.run("collect").code == REFUSED
    assert _of_sources(empty) == {"source_failing", "quarantine"}
    _on_screen(empty, "shape_changed")
    # Until then:
    dumped = dump(empty.folder, rows=4)
    assert empty.run("import", str(dumped)).code == 0
    assert empty.run("collect").code == REFUSED
    assert len(landed(empty.data)) == 8 + 4
    # The layout tells whoever mends the parser where things are now.
    kept = list((empty.data / "quarantine").glob("*.json"))
    assert all("im:rating" in path.read_text(encoding="utf-8") for path in kept)
    for path in kept:
        path.rename(empty.folder / path.name)
    # With a parser that reads it:
    empty.store.faults.heal()
    assert empty.run("collect").code == 0
    assert _of_sources(empty) == set()
    assert len(landed(empty.data)) == 16 + 4


@carries_out("put the key or package right that the message names; then `hoshiyomi apps check`.")
def test_a_key_is_put_right(empty: Machine) -> None:
    key = empty.config / "key.json"
    (empty.config / "apps.toml").write_text(
        APPS.replace(f'id = "{PLAY}"', f'id = "{PLAY}"\nservice_account = "key.json"')
    )
    key.write_text("{}")
    key.chmod(0o600)
    assert empty.run("collect").code == REFUSED
    assert "key.json" in empty.run("status").text
    key.write_text(json.dumps(empty.store.service_account))
    assert empty.run("apps", "check").code == 0
    assert empty.run("collect").code in (0, PARTIAL)
    assert "source_failing" not in _of_sources(empty)


def _remembered(m: Machine, of: Machine, **changed: object) -> None:
    """Let a machine that was never asked remember the asks of another one, changed."""
    shutil.copytree(of.data / attempts.FOLDER, m.data / attempts.FOLDER)
    for path in (m.data / attempts.FOLDER).glob("*.json"):
        raw = json.loads(path.read_bytes())
        raw["attempt"] |= changed
        path.write_text(json.dumps(raw))


LONG_AGO = f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"


@carries_out("run `hoshiyomi collect --app {}` and report what it says; the fault is Hoshiyomi's.")
def test_a_fault_of_ours_is_seen_by_collecting(empty: Machine, _published: Machine) -> None:
    _remembered(empty, _published, outcome="failed", reason="error", detail="KeyError")
    assert "source_failing" in _of_sources(empty)
    assert "4 requests complete" in empty.run("collect", "--app", "procedures").text
    assert "source_failing" not in _of_sources(empty)


@carries_out("free space on the disk of the data folder, or give the folder back to this user, then run")
def test_what_the_disk_did_not_take_comes_with_the_next_refresh(empty: Machine, _published: Machine) -> None:
    _remembered(empty, _published, outcome="failed", reason="disk", detail="OSError")
    assert "disk_refused" in empty.found()
    empty.run("refresh")
    assert "disk_refused" not in empty.found()


@carries_out("or run `hoshiyomi refresh`. Who asks less often sets `every` in hoshiyomi.toml.")
@pytest.mark.parametrize("how", ["refresh", "every"])
def test_asks_that_are_late_are_made_or_meant_to_be_rare(
    empty: Machine, _published: Machine, how: str
) -> None:
    _remembered(empty, _published, last_success_at=LONG_AGO, last_at=LONG_AGO, first_at=LONG_AGO)
    assert "source_late" in _of_sources(empty)
    if how == "refresh":
        assert empty.run("refresh").code == 0
    else:
        empty.set('every = "7d"')
    assert "source_late" not in _of_sources(empty)


def _broken(entry: dict[str, Any], number: int) -> dict[str, Any]:
    """An entry of the feed as no store should give it."""
    match number:
        case 0:
            del entry["id"]
        case 1:
            del entry["im:rating"]
        case 2:
            entry["im:rating"] = {"label": "7"}
        case 3:
            del entry["updated"]
        case 4:
            entry["updated"] = {"label": "2026-03-01T10:00:00"}
    return entry


@carries_out(
    "--since DAY --reason WHY`; without the store's id it is no review.",
    "--since DAY --reason WHY`; the feed always gives stars.",
    "--since DAY --reason WHY`; stars are whole numbers from 1 to 5.",
    "--since DAY --reason WHY`; old feeds carry no date, and a date is never invented.",
    "--since DAY --reason WHY`; the feed's dates carry their offset.",
)
def test_entries_that_were_broken_come_when_the_store_is_asked_again(
    tmp_path: Path, running: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, seen = wire_apple._entry, list[str]()

    def breaking(review: Any, *given: Any) -> dict[str, Any]:
        if review.review_id not in seen:
            seen.append(review.review_id)
        return _broken(entry(review, *given), seen.index(review.review_id))

    with store(reviews=14) as server:
        m = machine(tmp_path, server, running)
        with monkeypatch.context() as broken:
            broken.setattr(wire_apple, "_entry", breaking)
            assert m.run("collect").code == PARTIAL
        assert len(landed(m.data)) == 28 - 5
        w = open_writer(m.data)
        w.load(datetime.now(UTC))
        for told in rows(w.con, "select distinct remedy from core.rejected_rows"):
            hear(told["remedy"])
        assert m.run("collect", "--since", "2020-01-01", "--reason", "entries were broken").code in (
            0,
            PARTIAL,
        )
        assert len(landed(m.data)) == 28


# --- what the doctor finds ------------------------------------------------------------------------------


def _doctor(house: Machine) -> set[str]:
    house.run("doctor")
    said = house.run("doctor", "--format", "json").text
    return {str(f["about"]) for f in json.loads(said[said.index("{") :])["findings"]}


@carries_out("`hoshiyomi backup` first, so that there is a way back; then `hoshiyomi refresh`.")
def test_a_working_file_that_is_lost_or_older_is_made_after_a_backup(house: Machine, tmp_path: Path) -> None:
    before = house.reviews()
    (house.data / FILE).unlink()
    assert "working_file" in _doctor(house)
    assert house.run("backup", str(tmp_path / "backups")).code == 0
    assert house.run("refresh").code == 0
    assert "working_file" not in _doctor(house)
    assert house.reviews() == before


@carries_out("`hoshiyomi refresh`; where its last line says that nothing changed, all is as it should be.")
def test_what_is_published_is_of_today(house: Machine, tmp_path: Path) -> None:
    old = current(house.data)
    for path in (old, old.with_name(f"{old.name}.sha256")):
        path.unlink()
    (house.data / "current.duckdb").unlink()
    publish(house.data, datetime.now(UTC) - timedelta(days=5))
    assert "data_old" in _doctor(house)
    assert "nothing changed since revision" in house.run("refresh").text
    assert house.run("import", str(dump(tmp_path, rows=4))).code == 0
    assert house.run("refresh").code == 0
    assert "data_old" not in _doctor(house)


@carries_out("set the clock right; where it is, `hoshiyomi refresh --confirm-clock` says so once.")
def test_a_right_clock_is_confirmed(house: Machine) -> None:
    known = json.loads((house.data / "clock.json").read_text())
    known["last_run"] = (datetime.now(UTC) - timedelta(days=200)).isoformat()
    (house.data / "clock.json").write_text(json.dumps(known))
    assert "clock" in _doctor(house)
    assert house.run("refresh", "--confirm-clock").code == 0
    assert "clock" not in _doctor(house)


@carries_out("bring that folder in reach and run `hoshiyomi refresh`, which lays them there.")
def test_a_folder_of_backups_learns_of_an_erasure(house: Machine, tmp_path: Path) -> None:
    kept, away = tmp_path / "backups", tmp_path / "away"
    assert house.run("backup", str(kept)).code == 0
    kept.rename(away)
    assert house.run("erase", "--tester", "t1").code == 0
    assert "backup_not_told" in house.found()
    away.rename(kept)
    assert house.run("refresh").code == 0
    assert "backup_not_told" not in house.found()


@carries_out("bring its folder in reach and run `hoshiyomi refresh`, which removes it.")
def test_a_backup_past_its_time_goes_when_it_is_in_reach(house: Machine, tmp_path: Path) -> None:
    kept, away = tmp_path / "backups", tmp_path / "away"
    assert house.run("backup", str(kept)).code == 0
    listed = json.loads((house.data / "backups.json").read_text())
    for row in listed["backups"]:
        row["made_at"], row["expires_at"] = "2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"
    (house.data / "backups.json").write_text(json.dumps(listed))
    kept.rename(away)
    assert house.run("refresh").code == 0
    assert "backup_overdue" in house.found()
    away.rename(kept)
    assert house.run("refresh").code == 0
    assert "backup_overdue" not in house.found()
    assert list(kept.glob("*.tar")) == []
