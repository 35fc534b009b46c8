"""What `hoshiyomi backup` and `hoshiyomi restore` refuse, and what they say is to be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import duckdb
import pytest

from flows.intake.invitations import load_keys
from flows.lock import refresh_lock
from tests.builders import consent, coverage, feedback
from tests.remedies.claims import Ending, carries_out, refused
from tests.remedies.machine import Here, Machine, machine
from tests.warehouse.house import load
from warehouse import versions
from warehouse.errors import Busy
from warehouse.landing import Landing
from warehouse.schema import MIGRATIONS, migrate
from warehouse.writes import FILE, writer

INPUT = 3


@pytest.fixture
def house(tmp_path: Path) -> Machine:
    """A machine with a data folder and a key, of which a copy is kept."""
    made = machine(tmp_path / "house", None, Here())
    landing = Landing(made.data)
    landing.write("consents", "b", "0", [consent(app="procedures")])
    landing.write("feedback", "b", "0", [feedback(app="procedures", text="words")])
    landing.write("coverage", "b", "coverage", [coverage("b", asked_for="feedback", got=1)])
    load(made.data)
    load_keys(made.data)
    shutil.copy(made.data / "alpha" / "key", tmp_path / "key")
    return made


@pytest.fixture
def file(house: Machine, tmp_path: Path) -> Path:
    """A backup of it, as the command printed it."""
    done = house.run("backup", str(tmp_path / "backups"))
    assert done.code == 0, done.text
    return Path(done.text.splitlines()[-1])


def lay(house: Machine, file: Path, *words: str, key: str | None = "key") -> Ending:
    """Restore beside the house."""
    kept = [] if key is None else ["--key", str(house.folder.parent / key)]
    there = house.folder.parent / "there"
    return house.driver.run(
        "restore", str(file), *kept, *words, HOSHIYOMI_DATA=str(there), HOSHIYOMI_CONFIG=str(house.config)
    )


def is_laid(house: Machine) -> bool:
    return Landing(house.folder.parent / "there").whole_batches() == {"b"}


@carries_out(
    "it is no backup of Hoshiyomi, or was cut off. Remedy: name a file that `hoshiyomi backup` finished, or "
    "copy it again",
)
def test_a_backup_that_was_cut_off_is_copied_again(house: Machine, file: Path) -> None:
    half = file.with_name("half.tar")
    with tarfile.open(file) as whole, tarfile.open(half, "w") as cut:
        for info in whole.getmembers()[:2]:
            cut.addfile(info, whole.extractfile(info))
    assert lay(house, half).code == INPUT
    shutil.copy(file, half)
    assert lay(house, half).code == 0
    assert is_laid(house)


@carries_out("are not what was backed up. Remedy: another copy of it, or another backup.")
def test_of_a_damaged_backup_another_copy_is_taken(house: Machine, file: Path) -> None:
    copy, raw = file.with_name("copy.tar"), bytearray(file.read_bytes())
    place = raw.index(b"data/landing/feedback") // 512 * 512 + 530
    raw[place] ^= 1
    copy.write_bytes(raw)
    assert lay(house, copy).code == INPUT
    assert lay(house, file).code == 0


@carries_out("holds a member that no backup has. Remedy: name a file that `hoshiyomi backup` made.")
def test_somebody_elses_archive_is_none_of_ours(house: Machine, file: Path) -> None:
    other = file.with_name("other.tar")
    with tarfile.open(other, "w") as tar:
        tar.add(house.config, "etc")
    assert lay(house, other).code == INPUT
    assert lay(house, file).code == 0


@carries_out("cannot be read as a backup ({}). Remedy: name a file that `hoshiyomi backup` finished")
def test_what_is_no_archive_is_no_backup(house: Machine, file: Path) -> None:
    other = file.with_name("other.tar")
    other.write_text("no archive")
    assert lay(house, other).code == INPUT
    assert lay(house, file).code == 0


@carries_out("Remedy: restore it with the Hoshiyomi that made it, and update afterwards.")
def test_a_backup_of_another_form_is_the_other_versions(
    house: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = house.run("backup", str(tmp_path / "backups"))
    file = Path(made.text.splitlines()[-1])
    _of_form(file, 2)
    assert lay(house, file).code == INPUT
    with monkeypatch.context() as other:
        other.setattr("flows.backup.archive.VERSION", 2)
        assert lay(house, file).code == 0
    assert is_laid(house)
    load(tmp_path / "there")


def _of_form(file: Path, version: int) -> None:
    """Let a backup say that it is of another form, as a later version would."""
    raw = file.read_bytes()
    place = raw.rindex(b'"version": 1')
    file.write_bytes(raw[:place] + f'"version": {version}'.encode() + raw[place + 12 :])


@carries_out(
    "There is nothing to back up in {}. Remedy: set HOSHIYOMI_DATA to the data folder that is meant."
)
def test_the_data_folder_that_is_meant_is_named(house: Machine, tmp_path: Path) -> None:
    wrong = house.driver.run("backup", str(tmp_path / "b"), HOSHIYOMI_DATA=str(tmp_path / "nothing"))
    assert wrong.code == INPUT
    assert house.run("backup", str(tmp_path / "b")).code == 0


@carries_out("would be lost with it. Remedy: name a folder outside of {}, best on another disk.")
def test_backups_lie_outside(house: Machine, tmp_path: Path) -> None:
    assert house.run("backup", str(house.data / "backups")).code == INPUT
    assert house.run("backup", str(tmp_path / "outside")).code == 0


@carries_out("There is no backup {}. Remedy: `hoshiyomi backups` lists those that were made.")
def test_the_list_says_where_backups_lie(house: Machine, file: Path) -> None:
    assert lay(house, file.with_name("nowhere.tar")).code == INPUT
    listed = house.run("backups").text
    assert str(file) in listed
    assert "there" in listed
    assert lay(house, Path(listed.splitlines()[-1].split()[-1])).code == 0


@carries_out("Remedy: set HOSHIYOMI_DATA to a folder that is empty or not there yet")
def test_a_backup_is_laid_into_an_empty_folder(house: Machine, file: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").write_text("x")
    assert lay(house, file).code == INPUT
    (tmp_path / "there").rename(tmp_path / "away")
    (tmp_path / "there").mkdir()
    assert lay(house, file).code == 0
    assert (tmp_path / "away" / "mine").exists()


@carries_out(
    "The key of pseudonyms (alpha/key) is in no backup. Remedy: --key FILE with the copy that you keep"
)
@pytest.mark.parametrize("words", [("--key", "key"), ("--without-key",)])
def test_the_key_is_brought_or_given_up(house: Machine, file: Path, words: tuple[str, ...]) -> None:
    assert lay(house, file, key=None).code == INPUT
    done = lay(house, file, key="key") if words[0] == "--key" else lay(house, file, *words, key=None)
    assert done.code == 0
    assert (house.folder.parent / "there" / "alpha" / "key").exists() == (words[0] == "--key")


@carries_out("--key {} cannot be read ({}). Remedy: its right path.")
def test_the_keys_path_is_put_right(house: Machine, file: Path) -> None:
    assert lay(house, file, key="nowhere").code == INPUT
    assert lay(house, file).code == 0


@carries_out(
    "is not the key of this backup. Remedy: the key of the data folder from which the backup was made."
)
def test_the_key_of_another_folder_is_changed_for_the_right_one(house: Machine, file: Path) -> None:
    (house.folder.parent / "other").write_bytes(os.urandom(32))
    assert lay(house, file, key="other").code == INPUT
    assert lay(house, file).code == 0


@carries_out("was cut off, and the folder is not whole. Remedy: run the same `hoshiyomi restore` again")
def test_a_restore_that_was_cut_off_is_run_again(
    house: Machine, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_given: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("flows.backup.restore._take_in", dies)
        assert lay(house, file).code != 0
    with refused(), refresh_lock(tmp_path / "there"):
        pass
    assert lay(house, file).code == 0
    assert is_laid(house)
    with refresh_lock(tmp_path / "there"):
        pass


@carries_out("Remedy: the file hoshiyomi-withdrawals.jsonl that lies beside the backups, whole, or none.")
def test_what_lies_beside_the_backups_is_named_whole(house: Machine, file: Path, tmp_path: Path) -> None:
    beside, half = file.with_name("hoshiyomi-withdrawals.jsonl"), tmp_path / "half.jsonl"
    half.write_bytes(beside.read_bytes()[:40])
    assert lay(house, file, "--withdrawals", str(half)).code == INPUT
    assert lay(house, file, "--withdrawals", str(beside)).code == 0


@carries_out(
    "is of a newer Hoshiyomi (schema {}, this one knows {}). Remedy: install that version, or take a backup"
)
def test_a_newer_versions_backup_is_for_that_version(
    house: Machine, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(MIGRATIONS, newer)
    (newer / "9000_later.sql").write_text("create table later (i integer);")
    with duckdb.connect(str(house.data / FILE)) as con:
        con.execute("set timezone = 'UTC'")
        migrate(con, newer)
    of_newer = Path(house.run("backup", str(tmp_path / "backups")).text.splitlines()[-1])
    assert lay(house, of_newer).code == 10
    # That version installed:
    with monkeypatch.context() as installed:
        installed.setattr("warehouse.versions.known", lambda: 9_000)
        assert lay(house, of_newer).code == 0
    # Or a backup of before the update:
    shutil.rmtree(tmp_path / "there")
    assert lay(house, file).code == 0
    load(tmp_path / "there")


@carries_out("is being written. Remedy: ask again in some seconds.")
def test_a_file_that_is_written_is_looked_at_later(house: Machine, tmp_path: Path) -> None:
    hold = (
        "import sys, pathlib\nfrom warehouse.writes import writer\n"
        f"with writer(pathlib.Path({str(house.data)!r})):\n print(1, flush=True)\n sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdin is not None
    other.stdout.readline()
    with refused(Busy):
        versions.of_working(house.data / FILE)
    other.stdin.close()
    other.wait()
    assert versions.of_working(house.data / FILE).schema == versions.known()
    with writer(house.data):
        pass
