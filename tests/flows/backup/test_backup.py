"""A backup is the folder of one moment, comes back whole, and brings back nothing that was erased."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.backup.archive import verified
from flows.backup.make import CONFIG, backup
from flows.backup.restore import Given, Restored, restore
from flows.backup.snapshots import folder_of
from flows.config.load import Config, load_config
from flows.errors import InputError
from flows.intake.invitations import load_keys, open_register
from flows.lock import RESTORING, RestoreUnfinished, refresh_lock
from flows.privacy import backups
from flows.privacy.receipts import Receipts
from flows.repair import look
from tests.builders import consent, coverage, feedback, review
from tests.conftest import CHECKOUT
from tests.flows.privacy.erasing import NOW, House, ask_for, build_house, execute
from tests.searching import found
from tests.warehouse.house import classify, land, load, tables
from warehouse.erasure import rewrite
from warehouse.errors import NothingPublished, WarehouseError
from warehouse.landing import Landing
from warehouse.private import is_whole
from warehouse.publish import is_due, publish
from warehouse.reads import current
from warehouse.schema import build
from warehouse.snapshots import drop_since, file_name, snapshot
from warehouse.snapshots import published as published_files
from warehouse.tombstones import Tombstones
from warehouse.writes import FILE, writer

TODAY = datetime.now(UTC)
TESTERS = 12


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with testers, published, with invitations; nobody writes to it."""
    house = build_house(tmp_path_factory.mktemp("built") / "data", TESTERS)
    load_keys(house.data)
    with open_register(house.data):
        pass
    return house


@pytest.fixture
def house(built: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same, to be changed."""
    data = tmp_path / "data"
    shutil.copytree(built.data, data, symlinks=True)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    return House(data, built.texts)


def of(data: Path) -> Config:
    return load_config().model_copy(update={"data": data})


def back(data: Path, at: Path) -> Path:
    """A backup of the folder."""
    return backup(of(data), at, datetime.now(UTC)).path


def lay(file: Path, data: Path, **given: Any) -> Restored:
    """Restore with the key of the house, which the test kept apart."""
    given.setdefault("key", file.parents[1] / "key" if (file.parents[1] / "key").exists() else None)
    return restore(data, file, Given(**given), datetime.now(UTC))


@pytest.fixture
def kept(house: House, tmp_path: Path) -> Path:
    """Where backups lie; the key is kept beside that folder."""
    shutil.copy(house.data / "alpha" / "key", tmp_path / "key")
    return tmp_path / "backups"


def published(data: Path) -> dict[str, list[Any]]:
    """Every row of every published table."""
    with duckdb.connect(str(current(data)), read_only=True) as con:
        names = [n for (n,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        return {n: con.execute(f"from {n} order by all").fetchall() for n in sorted(names)}


def loaded(data: Path) -> dict[str, list[Any]]:
    """Every row of the core tables."""
    with writer(data) as w:
        return tables(w.con)


def test_a_restored_folder_publishes_the_same_tables(house: House, kept: Path, tmp_path: Path) -> None:
    before, core = published(house.data), loaded(house.data)
    there = tmp_path / "there"
    done = lay(back(house.data, kept), there)
    assert (done.has_published, done.to_erase, done.withdrawals) == (True, 0, 0)
    assert published(there) == before
    assert len(before["feedback"]) > 10
    assert loaded(there) == core
    assert look(there).errors() == []
    # Not only the file that was published: what would be published now is the same.
    with writer(there) as w:
        assert w.load(NOW).files == {}
        assert not is_due(w, there)
    current(there).unlink()
    with writer(there) as w:
        build(w.con)
    publish(there, NOW)
    assert _but_itself(published(there)) == _but_itself(before)
    modes = {oct(p.stat().st_mode & 0o077) for p in there.rglob("*") if not p.is_symlink()}
    assert modes == {"0o0"}


def test_a_folder_without_its_working_file_is_made_anew_from_landing(
    house: House, kept: Path, tmp_path: Path
) -> None:
    before = published(house.data)["feedback"]
    (house.data / FILE).unlink()
    there = tmp_path / "there"
    done = lay(back(house.data, kept), there)
    assert done.manifest.schema is None
    assert not (there / FILE).exists()
    assert published(there)["feedback"] == before
    load(there)
    with writer(there) as w:
        classify(w, {text: ("negative", ["bug"]) for _, text in w.unclassified("m1", 1_000)}, "m1")
        build(w.con)
    publish(there, NOW)
    assert published(there)["feedback"] == before


def _but_itself(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: found for name, found in rows.items() if "publication" not in name}


def test_the_key_is_in_no_backup_and_belongs_to_the_restore(house: House, kept: Path, tmp_path: Path) -> None:
    file = back(house.data, kept)
    key = (house.data / "alpha" / "key").read_bytes()
    assert key not in file.read_bytes()
    with tarfile.open(file) as tar:
        names = set(tar.getnames())
    assert {n.split("/")[1] for n in names if n.startswith("data/")} >= {
        "landing",
        "alpha",
        FILE,
        "published",
    }
    assert {n for n in names if n.startswith("config/")} == {f"config/{n}" for n in CONFIG}
    assert not [n for n in names if "prefect" in n or n.endswith("key")]
    there = tmp_path / "there"
    with pytest.raises(InputError, match=r"is in no backup\. Remedy: --key FILE"):
        restore(there, file, Given(), TODAY)
    (tmp_path / "other").write_bytes(os.urandom(32))
    with pytest.raises(InputError, match="is not the key of this backup"):
        restore(there, file, Given(key=tmp_path / "other"), TODAY)
    with pytest.raises(InputError, match="cannot be read"):
        restore(there, file, Given(key=tmp_path / "nowhere"), TODAY)
    assert not there.exists()
    lay(file, there)
    assert (there / "alpha" / "key").read_bytes() == key
    without = tmp_path / "without"
    restore(without, file, Given(without_key=True), TODAY)
    assert not (without / "alpha" / "key").exists()


def test_what_was_erased_after_a_backup_does_not_come_back(house: House, kept: Path, tmp_path: Path) -> None:
    gone = ["t0003", "t0007"]
    words = house.words(gone)
    file = back(house.data, kept)
    assert found(house.data, words)
    ask_for(house.data, gone)
    execute(house.data)
    assert found(house.data, words) == []
    receipts = [Receipts(house.data).read(e) for e in Tombstones.landed(Landing(house.data))]
    (made,) = backups.there(house.data)
    assert {r.backups[0]["name"] for r in receipts if r} == {file.name}
    assert {r.backups[0]["expires_at"] for r in receipts if r} == {made.expires_at.isoformat()}
    assert made.expires_at - made.made_at == timedelta(days=30)
    there = tmp_path / "there"
    done = lay(file, there)
    assert (done.to_erase, done.has_published) == (2, False)
    # Before a single reader can open anything, and after the erasure was executed anew.
    with pytest.raises(NothingPublished):
        current(there)
    assert not (there / "published").exists()
    execute(there)
    assert found(there, words) == []
    assert all((r := Receipts(there).read(e)) and r.done_at for e in Tombstones.landed(Landing(there)))
    with writer(there) as w:
        build(w.con)
    publish(there, NOW)
    assert found(there, words) == []
    # The others' feedback is all there, as in the folder that was never restored.
    assert published(there)["feedback"] == published(house.data)["feedback"]


def test_a_backup_that_was_out_of_reach_learns_of_erasures_from_another_place(
    house: House, kept: Path, tmp_path: Path
) -> None:
    file = back(house.data, kept)
    elsewhere = tmp_path / "elsewhere"
    kept.rename(elsewhere)
    ask_for(house.data, ["t0003"])
    execute(house.data)
    assert not kept.exists()
    assert backups.tell(house.data, TODAY) == [str(kept)]
    late = tmp_path / "late"
    second = back(house.data, late)
    there = tmp_path / "there"
    file = elsewhere / file.name
    assert lay(file, there, withdrawals=[second.parent / backups.WITHDRAWALS]).to_erase == 1


def test_a_consent_that_was_narrowed_after_the_backup_stays_narrow(tmp_path: Path) -> None:
    data = tmp_path / "data"
    at = NOW - timedelta(days=5)
    people = [feedback(f"f{n}", tester=f"t{n}", text=f"words {n}", may_quote=True) for n in range(6)]
    land(data, "intake-1", *people, *[consent(f"t{n}", at=at - timedelta(days=90)) for n in range(6)])
    load(data)
    file = back(data, tmp_path / "backups")
    land(data, "intake-2", consent("t1", event="changed", may_quote=False, at=at))
    load(data)
    backups.tell(data, TODAY)
    there = tmp_path / "there"
    assert lay(file, there).withdrawals == 1
    load(there)
    assert loaded(there)["feedback"] == loaded(data)["feedback"]
    with writer(there) as w:
        quotable = w.con.execute("select tester, may_quote from core.feedback order by all").fetchall()
    assert dict(quotable)["t1"] is False
    assert dict(quotable)["t2"] is True


def test_a_backup_goes_when_its_time_is_over_and_never_before(house: House, kept: Path) -> None:
    first = back(house.data, kept)
    assert backups.expire(house.data, datetime.now(UTC) + timedelta(days=29)) == 0
    assert first.exists()
    assert backups.expire(house.data, datetime.now(UTC) + timedelta(days=31)) == 1
    assert not first.exists()
    assert backups.there(house.data) == []
    # One out of reach stays listed; when its folder is back, it goes.
    second = back(house.data, kept)
    aside = kept.with_name("unplugged")
    kept.rename(aside)
    assert backups.expire(house.data, datetime.now(UTC) + timedelta(days=31)) == 0
    assert len(backups.there(house.data)) == 1
    aside.rename(kept)
    assert backups.expire(house.data, datetime.now(UTC) + timedelta(days=31)) == 1
    assert not second.exists()


def test_each_backup_is_whole_while_the_folder_is_written_to(tmp_path: Path) -> None:
    """Loading, erasing and writing anew go on in another process, as fast as they can."""
    data, kept = tmp_path / "data", tmp_path / "backups"
    land(data, "b0", *[review(f"r{n}") for n in range(200)])
    load(data)
    command = [sys.executable, "-m", "tests.flows.backup.busy", str(data)]
    busy = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert busy.stdout is not None
        files = []
        for _ in range(3):
            busy.stdout.readline()
            files.append(back(data, kept))
        assert busy.poll() is None
    finally:
        busy.kill()
        busy.wait()
    for number, file in enumerate(files):
        there = tmp_path / f"there{number}"
        lay(file, there)
        assert look(there).errors() == [], file
        assert load(there).missing == ()
        restored = loaded(there)
        # The working file says the same as the landing folder beside it would, made anew.
        anew = tmp_path / f"anew{number}"
        (anew).mkdir()
        shutil.copytree(there / "landing", anew / "landing")
        load(anew)
        assert _without_times(restored) == _without_times(loaded(anew))
    assert len({file.stat().st_size for file in files}) > 1


def _without_times(rows: dict[str, list[Any]]) -> dict[str, list[str]]:
    """What does not tell when it was loaded."""
    return {
        name: sorted(str(r) for r in found) for name, found in rows.items() if name in ("reviews", "feedback")
    }


def test_who_changes_the_folder_waits_for_the_copy(house: House, kept: Path) -> None:
    from warehouse.locks import standing_still

    done = threading.Event()

    def load_once() -> None:
        load(house.data)
        done.set()

    with standing_still(house.data):
        thread = threading.Thread(target=load_once)
        thread.start()
        assert not done.wait(0.3)
    assert done.wait(10)
    thread.join()


def test_a_restore_that_was_killed_is_begun_anew_by_the_same_command(
    house: House, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, there = back(house.data, kept), tmp_path / "there"
    before = published(house.data)

    def dies(*_given: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.backup.restore._take_in", dies)
    with pytest.raises(KeyboardInterrupt):
        lay(file, there)
    monkeypatch.undo()
    with (
        pytest.raises(RestoreUnfinished, match="run the same `hoshiyomi restore` again"),
        refresh_lock(there),
    ):
        pass
    (there / "landing" / "stray").mkdir()
    other = back(house.data, kept)
    with pytest.raises(InputError, match="is not empty"):
        lay(other, there)
    lay(file, there)
    assert published(there) == before
    assert not (there / RESTORING).exists()
    assert not (there / "landing" / "stray").exists()
    with refresh_lock(there):
        pass


def test_nothing_is_laid_into_a_folder_that_holds_something(house: House, kept: Path) -> None:
    file = back(house.data, kept)
    before = sorted(p.name for p in house.data.iterdir())
    with pytest.raises(InputError, match="is not empty"):
        lay(file, house.data)
    assert sorted(p.name for p in house.data.iterdir()) == before


def test_a_backup_that_is_not_whole_is_refused(house: House, kept: Path, tmp_path: Path) -> None:
    file = back(house.data, kept)
    there, whole = tmp_path / "there", file.read_bytes()
    half = whole.index(b"data/landing/feedback") // 512 * 512
    for damage, said in (
        (whole[: len(whole) // 2], "no manifest|cannot be read"),
        (whole[: half + 532] + bytes(4) + whole[half + 536 :], "is damaged: 1 of"),
        (b"PK\x03\x04" + whole, "cannot be read as a backup"),
    ):
        file.write_bytes(damage)
        with pytest.raises(InputError, match=said):
            lay(file, there)
        assert not there.exists()


@pytest.mark.parametrize("name", ["/etc/passwd", "data/../../evil", "evil", "data/link"])
def test_a_file_made_by_somebody_else_lays_nothing_outside(tmp_path: Path, name: str) -> None:
    file = tmp_path / "hoshiyomi-x.tar"
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo(name)
        if name.endswith("link"):
            info.type, info.linkname = tarfile.SYMTYPE, "/etc"
            tar.addfile(info)
        else:
            info.size = 3
            tar.addfile(info, io.BytesIO(b"bad"))
    with pytest.raises(InputError, match="holds a member that no backup has"):
        restore(tmp_path / "there", file, Given(), TODAY)
    assert not (tmp_path / "there").exists()


def test_a_backup_that_fails_leaves_nothing(
    house: House, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device", str(kept))

    monkeypatch.setattr("flows.backup.make._add_landing", full)
    with pytest.raises(OSError, match="No space"):
        back(house.data, kept)
    assert list(kept.glob("*.tar")) + list(kept.glob(".*.part")) == []
    assert backups.there(house.data) == []
    monkeypatch.undo()
    (kept / ".hoshiyomi-killed.tar.part").write_bytes(b"what a kill left")
    verified(back(house.data, kept))
    assert list(kept.glob(".*.part")) == []


def test_where_backups_may_lie(house: House, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lies in the data folder and would be lost with it"):
        back(house.data, house.data / "backups")
    with pytest.raises(InputError, match="nothing to back up"):
        back(tmp_path / "empty", tmp_path / "backups")


def test_a_backup_of_a_newer_hoshiyomi_is_refused(
    house: House, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.backup.make.of_working", lambda _file: type("W", (), {"schema": 9_999})())
    file = back(house.data, kept)
    with pytest.raises(WarehouseError, match=r"is of a newer Hoshiyomi \(schema 9999, this one knows \d+\)"):
        lay(file, tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_an_erasure_cut_off_by_the_moment_of_the_backup_is_executed_after_the_restore(
    house: House, kept: Path, tmp_path: Path
) -> None:
    words = house.words(["t0004"])
    ask_for(house.data, ["t0004"])
    file = back(house.data, kept)
    there = tmp_path / "there"
    assert lay(file, there).to_erase == 1
    execute(there)
    assert found(there, words) == []


def test_landing_files_that_come_in_meanwhile_do_not_count_in_halves(
    house: House, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose coverage lands while the other files are copied is not finished in the backup."""
    from flows.backup.archive import Writing

    plain, landing = Writing.add, Landing(house.data)

    def landing_meanwhile(self: Writing, name: str, file: Path) -> bool:
        if name.startswith("data/landing/") and not landing.is_finished("intake-late"):
            landing.write("feedback", "intake-late", "0", [feedback("late", tester="t0001", text="late")])
            landing.write("coverage", "intake-late", "0", [coverage("intake-late", asked_for="feedback")])
        return plain(self, name, file)

    monkeypatch.setattr(Writing, "add", landing_meanwhile)
    there = tmp_path / "there"
    lay(back(house.data, kept), there)
    assert "intake-late" not in Landing(there).whole_batches()
    assert look(there).errors() == []


def test_writing_anew_waits_for_nobody_in_its_own_process(house: House) -> None:
    """The lock may be nested: erasing rewrites landing files while the working file is open."""
    with writer(house.data):
        Landing(house.data).rewrite(Landing(house.data).files("feedback")[0], lambda _row: True)
    rewrite(house.data, (), NOW)


def test_snapshots_lie_beside_the_backups_and_come_back(house: House, kept: Path, tmp_path: Path) -> None:
    """Each is copied once; what is there no more goes; what is newer than the backup stays out."""
    (old,) = [one for one in published_files(house.data) if one.path != current(house.data)]
    made = snapshot(old)
    first = back(house.data, kept)
    mirror = kept / folder_of(house.data)
    (copy,) = mirror.glob("*.duckdb")
    before = copy.stat().st_mtime_ns
    (mirror / file_name(TODAY + timedelta(days=1), 99, snapshot=True)).write_bytes(b"of later")
    there = tmp_path / "there"
    lay(first, there)
    assert (there / "published" / made.name).read_bytes() == made.read_bytes()
    assert is_whole(there / "published" / made.name)
    assert len(published_files(there)) == 2
    back(house.data, kept)
    assert [p.name for p in mirror.glob("*.duckdb")] == [made.name]
    assert copy.stat().st_mtime_ns == before
    # An import was taken back, and its snapshots went.
    drop_since(house.data, old.at)
    back(house.data, kept)
    assert list(mirror.iterdir()) == []
