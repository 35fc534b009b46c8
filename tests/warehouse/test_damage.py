"""Damaged files and full disks: one sentence, the remedy, the exit code; and the remedy leads on."""

from __future__ import annotations

import errno
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import erasure, feedback, review
from tests.warehouse.house import NOW, build_all, land, load, rows
from tests.warehouse.test_publish import _publish
from warehouse.errors import (
    DiskUnusable,
    NothingPublished,
    PublicationDamaged,
    WorkingFileDamaged,
    of_database,
    of_system,
)
from warehouse.landing import Landing
from warehouse.private import beside, is_whole
from warehouse.publish import is_due, publish
from warehouse.reads import LINK, ask, check_whole, current
from warehouse.reads import rows as named
from warehouse.rebuild import ASIDE, forget_aside, is_fresh, restore, set_aside
from warehouse.writes import FILE, writer


def rot(path: Path, at: int = -5_000, much: int = 64) -> None:
    """Overwrite some bytes in place, as a bad disk does."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(at, 2 if at < 0 else 0)
        file.write(b"\xa5" * much)


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let no file grow past `size` bytes: the disk ends there."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def many(data: Path, batch: str, count: int) -> None:
    import random

    chance = random.Random(batch)
    land(
        data,
        batch,
        *(review(f"{batch}{n}", text=f"{chance.random()} {chance.random()}" * 9) for n in range(count)),
    )


@pytest.mark.parametrize("how", ["garbage", "cut", "header", "empty"])
def test_a_damaged_working_file_names_rebuild(tmp_path: Path, how: str) -> None:
    land(tmp_path, "b1", review())
    load(tmp_path)
    file = tmp_path / FILE
    if how == "garbage":
        file.write_bytes(b"not a database" * 1_000)
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:20_000])
    elif how == "empty":
        file.write_bytes(b"")
    else:
        rot(file, 4_100)
        rot(file, 8_200)
    with pytest.raises(WorkingFileDamaged, match="`hoshiyomi rebuild`") as caught:
        load(tmp_path)
    assert caught.value.exit_code == 10


def test_a_block_that_rots_is_no_fault_of_the_landing_files(tmp_path: Path) -> None:
    many(tmp_path, "b1", 3_000)
    load(tmp_path)
    size = (tmp_path / FILE).stat().st_size
    # Everything but the headers.
    rot(tmp_path / FILE, 20_000, size - 20_000)
    many(tmp_path, "b2", 10)
    with pytest.raises(WorkingFileDamaged):
        load(tmp_path)


def test_a_working_file_set_aside_is_made_anew_from_landing(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"), review("r2"), feedback("f1"), erasure("t9"))
    _publish(tmp_path, "a")
    with writer(tmp_path) as w:
        before = rows(w.con, "from core.reviews order by all")
    (tmp_path / FILE).write_bytes(b"rubbish")
    aside = set_aside(tmp_path, NOW)
    assert aside is not None
    assert aside.read_bytes() == b"rubbish"
    assert is_fresh(tmp_path)
    put_back = restore(tmp_path, [(erasure("t9"), NOW)])
    assert put_back == {"alarms": 0, "verdict_history": 0, "publications": 1, "audit": 0}
    build_all(tmp_path)
    assert not is_fresh(tmp_path)
    with writer(tmp_path) as w:
        assert rows(w.con, "from core.reviews order by all") == before
        assert rows(w.con, "select tester from core.erasures_done") == [{"tester": "t9"}]
    assert (forget_aside(tmp_path), list((tmp_path / ASIDE).iterdir())) == (1, [])
    assert set_aside(tmp_path / "elsewhere", NOW) is None


def test_a_rotten_publication_is_noticed_and_replaced(tmp_path: Path) -> None:
    many(tmp_path, "b1", 500)
    first = _publish(tmp_path, "a")
    check_whole(first.path)
    rot(first.path)
    with pytest.raises(PublicationDamaged, match="`hoshiyomi refresh` replaces it") as caught:
        check_whole(first.path)
    assert caught.value.exit_code == 10
    with writer(tmp_path) as w:
        assert is_due(w, tmp_path)
    second = _publish(tmp_path, now=NOW + timedelta(days=1))
    assert second.revision == 2
    assert is_whole(second.path)
    assert not first.path.exists()
    assert not beside(first.path).exists()
    assert len(ask(current(tmp_path), "from reviews")[1]) == 501


def test_a_reader_of_a_cut_publication_hears_the_remedy(tmp_path: Path) -> None:
    many(tmp_path, "b1", 3_000)
    done = _publish(tmp_path, "a")
    whole = done.path.read_bytes()
    done.path.chmod(0o600)
    for size in (0, 100, 20_000, len(whole) // 2):
        done.path.write_bytes(whole[:size])
        with pytest.raises(PublicationDamaged, match="`hoshiyomi refresh` replaces it"):
            ask(done.path, "select sum(length(text)) from reviews")
        with pytest.raises(PublicationDamaged, match="`hoshiyomi refresh` replaces it"):
            named(done.path, "status")


@pytest.mark.parametrize("how", ["dangling", "loop"])
def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path, how: str) -> None:
    done = _publish(tmp_path, "a")
    if how == "dangling":
        done.path.unlink()
    else:
        (tmp_path / LINK).unlink()
        (tmp_path / LINK).symlink_to(LINK)
    with pytest.raises(PublicationDamaged, match="is gone"):
        current(tmp_path)
    again = _publish(tmp_path)
    assert ask(current(tmp_path), "select text from reviews")[1] == [("a",)]
    assert again.is_new
    with pytest.raises(NothingPublished):
        current(tmp_path / "elsewhere")


def test_sha256sum_knows_the_checksum(tmp_path: Path) -> None:
    done = _publish(tmp_path, "a")
    subprocess.run(["sha256sum", "-c", beside(done.path).name], cwd=done.path.parent, check=True)


def test_a_full_disk_at_loading_is_told_and_the_next_load_goes_on(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"))
    load(tmp_path)
    size = (tmp_path / FILE).stat().st_size
    many(tmp_path, "b2", 6_000)
    with (
        no_file_above(size),
        pytest.raises(DiskUnusable, match=r"disk is full.*run the same command") as caught,
    ):
        load(tmp_path)
    assert caught.value.exit_code == 15
    load(tmp_path)
    with writer(tmp_path) as w:
        assert rows(w.con, "select count(*) as n from core.reviews") == [{"n": 6_001}]


def test_a_full_disk_at_publishing_leaves_the_last_publication(tmp_path: Path) -> None:
    first = _publish(tmp_path, "a")
    many(tmp_path, "b2", 6_000)
    build_all(tmp_path)
    with no_file_above(first.path.stat().st_size // 2), pytest.raises(DiskUnusable, match="disk is full"):
        publish(tmp_path, NOW + timedelta(days=1))
    assert current(tmp_path) == first.path
    assert ask(current(tmp_path), "select count(*) from reviews")[1] == [(1,)]
    publish(tmp_path, NOW + timedelta(days=1))
    assert ask(current(tmp_path), "select count(*) from reviews")[1] == [(6_001,)]


def test_a_full_disk_at_landing_leaves_no_half_file(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    with no_file_above(100), pytest.raises(OSError) as caught:
        many(tmp_path, "b1", 100)
    told = of_system(caught.value)
    assert isinstance(told, DiskUnusable)
    assert "disk is full" in str(told)
    landing.sweep()
    assert landing.files("reviews") == []
    many(tmp_path, "b1", 100)
    assert len(landing.files("reviews")) == 1


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "may not be read or written"),
        (errno.EACCES, "may not be read or written"),
        (errno.EIO, "gave an error"),
    ],
)
def test_each_kind_of_the_systems_errors_is_told_with_its_file(number: int, says: str) -> None:
    told = of_system(OSError(number, "words", "/data/x"))
    assert isinstance(told, DiskUnusable)
    assert says in str(told)
    assert "/data/x" in str(told)
    assert "Remedy" in str(told)


def test_what_is_no_fault_of_a_disk_is_left_alone() -> None:
    assert of_system(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None
    assert of_database(ValueError("Parser Error: no such column"), Path("x")) is None
