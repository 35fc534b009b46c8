"""A published file that somebody opens for writing harms neither the next publication nor other readers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from tests.builders import review
from tests.warehouse.house import NOW, build_all, land
from warehouse.errors import PublicationDamaged
from warehouse.private import is_whole
from warehouse.publish import publish
from warehouse.reads import ask, current

NOBODY = 65534
HOLD = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
con.execute("delete from reviews")
con.execute("create table mine as select 1 as a")
con.execute("checkpoint")
print("held", flush=True)
sys.stdin.readline()
con.execute("insert into mine select range from range(100000)")
con.execute("checkpoint")
print("written", flush=True)
sys.stdin.readline()
"""


def _more(data: Path, n: int) -> Path:
    land(data, f"b{n}", review(f"r{n}"))
    build_all(data)
    return publish(data, NOW).path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    _more(data, 1)
    return data


def test_one_who_writes_into_a_publication_is_left_alone_with_it(data: Path) -> None:
    old = current(data)
    old.chmod(0o600)  # who owns it can always do that
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data / "current.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdin
        assert writer.stdout
        assert writer.stdout.readline() == "held\n"
        assert is_whole(old) is False, "what was published is not there any more, and its checksum says so"
        new = _more(data, 2)
        assert new != old
        assert current(data) == new
        assert ask(new, "select count(*) from reviews")[1] == [(2,)]
        before = new.read_bytes()
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "written\n"
        assert new.read_bytes() == before
        assert is_whole(new)
        assert ask(current(data), "select count(*) from reviews")[1] == [(2,)]
        writer.stdin.write("\n")
    assert ask(_more(data, 3), "select count(*) from reviews")[1] == [(3,)]


def test_one_who_holds_a_publication_for_writing_locks_nobody_out_of_the_next(data: Path) -> None:
    """Nothing was changed in it, so nothing else than the lock tells that it is to be replaced."""
    old = current(data)
    old.chmod(0o600)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(PublicationDamaged, match=r"held open for writing .* `hoshiyomi refresh`"):
            ask(old, "select count(*) from reviews")
        new = publish(data, NOW)
        assert new.is_new
        assert ask(current(data), "select count(*) from reviews")[1] == [(1,)]
        writer.communicate("")


def test_an_altered_publication_is_replaced_even_when_nothing_is_new(data: Path) -> None:
    old = current(data)
    old.chmod(0o600)
    with duckdb.connect(str(old)) as con:
        con.execute("delete from reviews")
    new = publish(data, NOW).path
    assert new != old
    assert not old.exists()
    assert ask(new, "select count(*) from reviews")[1] == [(1,)]


def test_a_new_publication_is_a_file_of_its_own(data: Path) -> None:
    old = current(data)
    beside = data / "kept.duckdb"
    os.link(old, beside)
    new = _more(data, 2)
    assert new.stat().st_ino != beside.stat().st_ino
    assert ask(beside, "select count(*) from reviews")[1] == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user, so only root can try it")
def test_a_member_of_the_group_reads_and_cannot_write(data: Path) -> None:
    for folder in data.parents:
        if str(folder).startswith(("/tmp/", "/var/")) and not folder.stat().st_mode & 0o001:  # noqa: S108
            folder.chmod(folder.stat().st_mode | 0o001)
    land(data, "b2", review("r2"))
    build_all(data)
    path = publish(data, NOW, group=NOBODY).path
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            code = _refused(path, data)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 8
    assert is_whole(path)


def _refused(path: Path, data: Path) -> int:
    """How many of eight attempts to harm or to see more are refused."""
    with duckdb.connect(str(path), read_only=True) as con:
        if con.execute("select count(*) from reviews").fetchall() != [(2,)]:
            return 98
    attempts: tuple[Callable[[], object], ...] = (
        lambda: duckdb.connect(str(path)),
        lambda: path.open("r+b"),
        lambda: path.chmod(0o600),
        path.unlink,
        lambda: path.with_name(f"{path.name}.wal").write_bytes(b"x"),
        (data / "current.duckdb").unlink,
        (data / "warehouse.duckdb").read_bytes,
        lambda: list((data / "landing").iterdir()),
    )
    refused = 0
    for attempt in attempts:
        with suppress(OSError, duckdb.Error):
            attempt()
            continue
        refused += 1
    return refused
