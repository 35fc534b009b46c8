"""The data folder: what befell a file or a question, what is told, what is done, and the data is whole."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.errors import InputError
from flows.lock import refresh_lock
from flows.privacy import clock
from flows.privacy.clock import believe
from flows.repair import mend
from tests.builders import feedback, review
from tests.flows.collection.test_dump_import import bring, dump
from tests.remedies.claims import as_somebody_else, carries_out, command, of_a_later_duckdb, refused
from tests.searching import found
from tests.warehouse.house import NOW, build_all, land, load, rows
from warehouse import reads, writes
from warehouse.errors import LandingError, NothingPublished, QueryError, WarehouseError
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.reads import Limits
from warehouse.schema import MIGRATIONS as FOLDER
from warehouse.schema import migrate
from warehouse.snapshots import Keep, as_of
from warehouse.writes import FILE, writer

ONE = Keep(files=1, days=0, weeks=0)
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one review, published."""
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    return data


MANY = "from range(2000000) a, range(2000) b"


@pytest.mark.parametrize(
    ("asked", "limits", "less", "more"),
    [
        pytest.param(
            f"select count(*) {MANY} where (a.range * 7 + b.range) % 97 = 1", Limits(seconds=0.2),
            "select count(*) from range(2000000) a where a.range % 97 = 1", Limits(seconds=0.2),
            marks=carries_out("The query was stopped after {} s. Remedy: ask for less"), id="less time",
        ),
        pytest.param(
            "select sum(hash(a.range)) from range(30000000) a", Limits(seconds=0.02),
            "select sum(hash(a.range)) from range(30000000) a", Limits(seconds=60),
            marks=carries_out("an aggregate), or give it longer with --timeout SECONDS."), id="longer",
        ),
        pytest.param(
            "select range, repeat('x', 50000) from range(2000)", Limits(memory_mb=60),
            "select range from range(2000)", Limits(memory_mb=60),
            marks=carries_out("The query needs more than {} MB. Remedy: ask for less"), id="fewer columns",
        ),
        pytest.param(
            "select range, repeat('x', 50000) from range(2000)", Limits(memory_mb=60),
            "select range, repeat('x', 50000) from range(2000)", Limits(memory_mb=400),
            marks=carries_out("fewer columns), or give it more with --memory MB."), id="more memory",
        ),
        pytest.param(
            "from range(101)", Limits(rows=100), "from range(101) limit 100", Limits(rows=100),
            marks=carries_out("The answer has more than {} rows. Remedy: ask for less"), id="a limit",
        ),
        pytest.param(
            "from range(101)", Limits(rows=100), "from range(101)", Limits(rows=101),
            marks=carries_out("an aggregate), or allow more with --rows N."), id="more rows",
        ),
    ],
)  # fmt: skip
def test_a_question_of_less_or_with_more_is_answered(
    published: Path, asked: str, limits: Limits, less: str, more: Limits
) -> None:
    path = reads.current(published)
    with refused(QueryError):
        reads.ask(path, asked, limits=limits)
    assert reads.ask(path, less, limits=more)[1]


@carries_out("{} was replaced by newer publications. Remedy: ask for the current file again.")
def test_the_current_file_is_asked_for_again(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"))
    build_all(tmp_path)
    old = publish(tmp_path, NOW, ONE).path
    land(tmp_path, "b2", review("r2"))
    build_all(tmp_path)
    publish(tmp_path, NOW + timedelta(days=1), ONE)
    with refused(NothingPublished):
        reads.ask(old, "from reviews")
    assert len(reads.ask(reads.current(tmp_path), "from reviews")[1]) == 2


@carries_out("Remedy: ask for a later day; `[retention]` in hoshiyomi.toml says how long publications stay.")
def test_a_later_day_is_asked_for(published: Path) -> None:
    with refused(NothingPublished):
        as_of(published, NOW - timedelta(days=1))
    assert as_of(published, NOW + timedelta(days=1)) == reads.current(published)


@carries_out("Remedy: one such as 2026-11-20 or 2026-11-20T09:00+09:00.")
def test_a_day_is_written_as_the_message_says(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(published))
    assert command("path", "--as-of", "last week").code == InputError.exit_code
    for day in ("2026-11-20", "2026-11-20T09:00+09:00"):
        assert str(reads.current(published)) in command("path", "--as-of", day).text


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@carries_out(
    "Remedy: wait for it to end; to read while it writes, use the published file (`hoshiyomi path`)."
)
def test_another_writer_is_waited_for_and_the_published_file_read(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(published))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(published / FILE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        with refused(WarehouseError):
            load(published)
        path = Path(command("path").text.strip())
        assert reads.ask(path, "select count(*) from reviews")[1] == [(1,)]
        other.stdin.close()
    load(published)


@carries_out("Another refresh is running in {}. Remedy: wait for it to end")
def test_a_refresh_begins_when_the_other_has_ended(tmp_path: Path) -> None:
    with refresh_lock(tmp_path), refused(), refresh_lock(tmp_path):
        pass
    with refresh_lock(tmp_path):
        pass


@carries_out("Migration {} was edited after it was applied. Remedy: restore it and write a new migration.")
def test_an_edited_migration_is_restored_and_a_new_one_written(tmp_path: Path) -> None:
    con, path = duckdb.connect(":memory:"), tmp_path / "0001_a.sql"
    path.write_text("create table a (i integer);")
    migrate(con, tmp_path)
    path.write_text("create table a (i bigint);")
    with refused(WarehouseError):
        migrate(con, tmp_path)
    path.write_text("create table a (i integer);")
    (tmp_path / "0002_a.sql").write_text("alter table a alter i type bigint;")
    assert migrate(con, tmp_path) == 2


@carries_out(
    "The warehouse was written by a newer Hoshiyomi (schema {}, this one knows {}). Remedy: update "
    "Hoshiyomi, or restore a backup of before the update (`hoshiyomi restore`)."
)
def test_a_newer_hoshiyomi_reads_what_it_wrote(tmp_path: Path) -> None:
    con, newer = duckdb.connect(":memory:"), tmp_path / "newer"
    newer.mkdir()
    for path in FOLDER.glob("*.sql"):
        (newer / path.name).write_bytes(path.read_bytes())
    (newer / "9000_later.sql").write_text("create table later (i integer);")
    assert migrate(con, newer) == 9_000
    with refused(WarehouseError):
        migrate(con)
    assert migrate(con, newer) == 9_000


@carries_out("Remedy: `make setup`, which installs the version that requirements/runtime.txt names")
def test_the_pinned_version_of_duckdb_is_the_one_that_reads(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"))
    load(tmp_path)
    file, whole = tmp_path / FILE, (tmp_path / FILE).read_bytes()
    of_a_later_duckdb(file)
    with refused(WarehouseError):
        load(tmp_path)
    pins = (CHECKOUT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert f"duckdb=={duckdb.__version__} " in pins
    assert re.search(r"^setup:.*", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    file.write_bytes(whole)
    load(tmp_path)


OTHER_HANDS = "Remedy: update Hoshiyomi, or put the files back from a backup of the landing folder."


@carries_out(OTHER_HANDS)
@pytest.mark.parametrize("how", ["backup", "update"])
def test_files_of_other_hands_are_put_back_or_read_by_a_newer_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    land(data, "b1", feedback("f1", rating="four" if how == "backup" else 4))
    land(backup, "b1", feedback("f1"))
    sql = writes.load_sql
    with monkeypatch.context() as patch:
        if how == "update":
            # An older version, to which a field is of another type.
            patch.setattr(
                writes, "load_sql", lambda n: sql(n).replace("rating: 'TINYINT'", "rating: 'TIMESTAMP'")
            )
        with refused(LandingError):
            load(data)
    if how == "backup":
        shutil.copytree(backup / "landing", data / "landing", dirs_exist_ok=True)
    assert load(data).rows["feedback"] == 1


@carries_out("Without that file: `hoshiyomi mend` keeps what can still be read and says what is lost.")
def test_what_is_left_of_an_import_is_kept_without_its_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path, data = dump(tmp_path), tmp_path / "data"
    batch = bring(path, data).batch
    part = Landing(data).path("reviews", batch, "00000")
    part.write_bytes(part.read_bytes()[:-40])
    path.unlink()
    with refused(LandingError):
        load(data)
    (mended,) = mend(data, NOW)
    assert mended.lost > 0
    assert f"{mended.lost} lost" in caplog.text
    load(data)
    with writer(data) as w:
        (row,) = rows(w.con, "select count(*)::int as n from core.reviews")
    assert row["n"] == 25 - mended.lost


GIVE_BACK = "may not be read or written by this user. Remedy: run as the user whom the data folder belongs to"


@carries_out(GIVE_BACK)
@pytest.mark.parametrize("how", ["chmod", "chown", "its user"])
def test_a_folder_that_is_given_back_is_written_again(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    is_root = os.geteuid() == 0
    if how != "chmod" and not is_root:
        pytest.skip("only root gives a folder to somebody")
    with as_somebody_else() as folder:
        data = folder / "data"
        monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
        assert command("erase").code == 0
        if how == "chmod":
            data.chmod(0o500)
        else:
            _as_root("chown", "-R", "0", str(data))
        told = command("erase")
        assert told.code == 15
        if how == "chmod":
            subprocess.run(
                ["chmod", "-R", re.findall(r"`chmod -R (\S+)`", told.text)[0], str(data)], check=True
            )
        elif how == "chown":
            assert "`chown -R USER`" in told.text
            _as_root("chown", "-R", "65534", str(data))
        else:
            with _root():
                assert command("erase").code == 0
            _as_root("chown", "-R", "65534", str(data))
        assert command("erase").code == 0


class _root:
    """As root for a moment, who gave itself away in `as_somebody_else`."""

    def __enter__(self) -> None:
        os.setresuid(0, 0, 0)

    def __exit__(self, *_given: object) -> None:
        os.setresuid(65_534, 65_534, 0)


def _as_root(*words: str) -> None:
    with _root():
        subprocess.run(words, check=True)


@carries_out("Remedy: free space and run the same command again; it goes on where it stopped")
def test_the_same_command_goes_on_when_space_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    land(tmp_path, "b1", feedback("f1", text="words to go"))
    with monkeypatch.context() as full:
        full.setattr("warehouse.erasure._copy", _refuse)
        assert command("erase", "--tester", "t1").code == 15
    assert command("erase").code == 0
    with writer(tmp_path) as w:
        assert rows(w.con, "from core.feedback") == []


SET_RIGHT = (
    "Remedy: set the clock right and run the command again; when it is right, run it with --confirm-clock."
)


@carries_out(SET_RIGHT)
@pytest.mark.parametrize("how", ["set right", "confirm"])
def test_a_clock_is_set_right_or_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    believe(tmp_path, datetime.now(UTC) - timedelta(days=800), 60, confirmed=False)
    land(tmp_path, "b1", feedback("f1", text="words to go"))
    assert command("erase", "--tester", "t1").code == 14
    assert "not believed" in command("retention").text
    assert found(tmp_path, ["words to go"]) != []
    if how == "confirm":
        assert command("erase", "--tester", "t1", "--confirm-clock").code == 0
    else:
        # Seen from the machine, whose clock is now that of a day after its last run.
        (tmp_path / clock.FILE).unlink()
        believe(tmp_path, datetime.now(UTC) - timedelta(days=1), 60, confirmed=False)
        assert command("erase", "--tester", "t1").code == 0
    assert found(tmp_path, ["words to go"]) == []


def _refuse(*_given: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "warehouse.duckdb")
