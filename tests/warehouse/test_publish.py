"""Publishing: the published tables and nothing else, whole or not at all, and never in a reader's way."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.builders import consent, feedback, review, snapshot
from tests.warehouse import lakes
from tests.warehouse.house import NOW, build_all, classify, land, load, rows
from warehouse import publish as publishing
from warehouse.errors import NothingPublished, WarehouseError
from warehouse.publish import Publication, is_due, publish
from warehouse.reads import LINK, ask, current
from warehouse.schema import build, marts
from warehouse.snapshots import KEEP
from warehouse.writes import FILE, writer


def _publish(data: Path, *texts: str, now: datetime = NOW) -> Publication:
    """Land one review a text, then load, build and publish."""
    for text in texts:
        land(data, f"b-{text}", review(text, text=text))
    build_all(data)
    return publish(data, now)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which "a" is published; nobody writes to it."""
    data = tmp_path_factory.mktemp("once")
    _publish(data, "a")
    return data


@pytest.fixture
def first(once: Path, tmp_path: Path) -> Path:
    """The publication of "a" in a copy of that folder, for tests of what comes after it."""
    if lakes.on_lake():  # its catalog names the folder in which it was made
        return _publish(tmp_path, "a").path
    shutil.copytree(once, tmp_path, symlinks=True, dirs_exist_ok=True)
    return current(tmp_path)


def test_nothing_is_published_before_the_first_run(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="hoshiyomi demo"):
        current(tmp_path)


def test_the_link_shows_a_read_only_file_with_a_versioned_name(tmp_path: Path) -> None:
    done = _publish(tmp_path, "a")
    assert current(tmp_path) == done.path
    assert done.path.name == "hoshiyomi-20260331T120000Z-r1.duckdb"
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o400
    assert not Path((tmp_path / LINK).readlink()).is_absolute()
    beside = sorted(p.name for p in done.path.parent.iterdir())
    assert beside == [done.path.name, f"{done.path.name}.sha256"]


def test_nothing_new_publishes_nothing(tmp_path: Path) -> None:
    first = _publish(tmp_path, "a")
    again = _publish(tmp_path, now=NOW + timedelta(days=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.path, again.revision) == (first.path, 1)
    with writer(tmp_path) as w:
        assert not is_due(w, tmp_path)


@pytest.mark.usefixtures("first")
def test_whatever_a_reader_could_see_makes_a_publication_due(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        classify(w, {"a": ("negative", ["bug"])})
        assert is_due(w, tmp_path)
    assert _publish(tmp_path).revision == 2
    with writer(tmp_path) as w:
        w.serve_model("m2", "other", "{}", NOW)
        assert is_due(w, tmp_path)
    assert _publish(tmp_path).revision == 3
    land(tmp_path, "b9", snapshot())
    load(tmp_path)
    with writer(tmp_path) as w:
        assert is_due(w, tmp_path)


@pytest.mark.usefixtures("first")
def test_marts_that_are_older_than_the_tables_are_not_published(tmp_path: Path) -> None:
    land(tmp_path, "b2", review("r2"))
    load(tmp_path)
    with pytest.raises(WarehouseError, match="marts are older"):
        publish(tmp_path, NOW)
    assert ask(current(tmp_path), "select count(*) from reviews")[1] == [(1,)]


def test_the_file_holds_the_published_tables_and_nothing_else(first: Path) -> None:
    with duckdb.connect(str(first), read_only=True) as con:
        tables = con.execute("select schema_name, table_name, comment from duckdb_tables()").fetchall()
        assert {(s, t) for s, t, _ in tables} == {("main", m.name) for m in marts()}
        told = {t: c for _, t, c in tables}
        assert all(told[m.name].startswith(m.question) for m in marts())
        assert con.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
        schemas = con.execute("select distinct schema_name from duckdb_tables()").fetchall()
        assert schemas == [("main",)]
        assert con.execute("select rating_mean(1, 0, 0, 0, 1)").fetchone() == (3.0,)


def test_columns_of_few_values_are_told_how_to_be_stored(tmp_path: Path) -> None:
    path = _publish(tmp_path, "a").path
    with duckdb.connect(str(path), read_only=True) as con:
        # The largest table by far, and one that is summed.
        for table in ("reviews", "ratings_quarter_hourly"):
            stored = con.execute(
                "select column_name, compression from pragma_storage_info(?) where segment_type = 'VARCHAR'"
                " and column_name in ('app', 'store', 'store_app_id', 'country', 'language', 'version')",
                [table],
            ).fetchall()
            assert {way for _, way in stored} == {"Dictionary"}
            assert len(stored) == 6
        (types,) = con.execute(
            "select list(distinct data_type) from duckdb_columns() where list_contains(?, column_name)",
            [sorted(publishing._OF_FEW_VALUES)],
        ).fetchall()
    assert types == (["VARCHAR"],)


def test_words_without_consent_to_quote_are_in_no_byte_of_the_file(tmp_path: Path) -> None:
    secret = "betweenyouandmeonly" * 20
    land(
        tmp_path,
        "b1",
        feedback(text=secret, may_quote=False),
        *(feedback(f"f{n}", tester=f"t{n}", text="quote me", may_quote=True) for n in range(2, 6)),
        *(consent(f"t{n}") for n in range(1, 6)),
    )
    path = _publish(tmp_path, "a").path
    assert b"betweenyouandme" in (tmp_path / FILE).read_bytes()
    assert b"betweenyouandme" not in path.read_bytes()
    assert ask(path, "select feedback_id, text from feedback where feedback_id < 'f3' order by all")[1] == [
        ("f1", None),
        ("f2", "quote me"),
    ]


@pytest.mark.parametrize("memory", [512_000_000, 2_000_000_000])
def test_the_published_rows_are_those_of_the_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    monkeypatch.setattr(publishing, "memory_bytes", lambda: memory)
    land(tmp_path, "b1", review("r1", text="a"), review("r1", text="b", seen_at=NOW), snapshot(), feedback())
    load(tmp_path)
    with writer(tmp_path) as w:
        classify(w, {"b": ("negative", ["bug"])})
        build(w.con)
    path = publish(tmp_path, NOW).path
    with writer(tmp_path) as w:
        wanted = {m.name: rows(w.con, f"from {m.name} order by all") for m in marts()}
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        assert {m.name: rows(con, f"from {m.name} order by all") for m in marts()} == wanted
        for mart in (m for m in marts() if m.order):
            in_order = f"from {mart.name} order by {', '.join(mart.order)}"
            assert rows(con, f"from {mart.name}") == rows(con, in_order), mart.name
    assert wanted["publication"][0]["landing_files"] == 4


def test_a_quote_in_the_folders_name_is_no_trouble(tmp_path: Path) -> None:
    assert _publish(tmp_path / "it's 星", "a").is_new


def test_the_last_three_are_kept_and_a_reader_keeps_what_it_opened(tmp_path: Path, first: Path) -> None:
    with duckdb.connect(str(first), read_only=True) as con:
        made = [_publish(tmp_path, text) for text in "bcde"]
        kept = sorted(p.name for p in made[-1].path.parent.glob("*.duckdb"))
        assert kept == sorted(p.path.name for p in made[-KEEP.files :])
        assert con.execute("select text from reviews").fetchall() == [("a",)]


# --- damage and death ----------------------------------------------------------------------------


def _damage(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_a_damaged_file_is_not_published(
    tmp_path: Path, first: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    land(tmp_path, "many", *(review(f"r{n}", text=os.urandom(40).hex()) for n in range(6_000)))
    build_all(tmp_path)
    write = publishing._write

    def write_and_damage(con: duckdb.DuckDBPyConnection, file: Path) -> publishing.Contents:
        contents = write(con, file)
        # inside the blocks of `reviews`, past the file's two headers
        _damage(file, 20_000 + int(share * 500_000))
        return contents

    monkeypatch.setattr(publishing, "_write", write_and_damage)
    with pytest.raises(WarehouseError, match="does not"):
        publish(tmp_path, NOW)
    assert current(tmp_path) == first
    monkeypatch.undo()
    assert publish(tmp_path, NOW).is_new
    assert len(list(first.parent.glob("*.duckdb"))) == 2


def test_a_file_with_other_rows_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = publishing._write

    def write_less(con: duckdb.DuckDBPyConnection, file: Path) -> publishing.Contents:
        contents = write(con, file)
        with duckdb.connect(str(file)) as other:
            other.execute("update reviews set rating = 1")
        return contents

    monkeypatch.setattr(publishing, "_write", write_less)
    with pytest.raises(WarehouseError, match="does not hold what was written: reviews"):
        _publish(tmp_path, "a")
    with pytest.raises(NothingPublished):
        current(tmp_path)


def test_a_damaged_publication_is_replaced(tmp_path: Path, first: Path) -> None:
    first.chmod(0o644)
    first.write_bytes(b"not a database")
    assert _publish(tmp_path).revision == 2
    assert ask(current(tmp_path), "select text from reviews")[1] == [("a",)]


@pytest.mark.parametrize("step", ["_verify", "sync", "_swap", "_retire"])
def test_a_death_at_any_step_leaves_the_last_publication_and_the_next_run_mends(
    tmp_path: Path, first: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, step, dies)
    with pytest.raises(KeyboardInterrupt):
        _publish(tmp_path, "b")
    shown = ask(current(tmp_path), "select count(*) from reviews")[1]
    assert shown == ([(2,)] if step == "_retire" else [(1,)])
    monkeypatch.undo()
    _publish(tmp_path)
    assert ask(current(tmp_path), "select count(*) from reviews")[1] == [(2,)]
    assert not list(first.parent.glob(".*"))
    assert not list(tmp_path.glob(f".{LINK}*"))


# --- readers -------------------------------------------------------------------------------------

_READER = """
import sys, duckdb
from pathlib import Path
from warehouse.reads import ask, current
data, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads, seen = 0, set()
while not stop.exists() or reads == 0:
    # the analyst's way: the link itself, with a plain connection
    with duckdb.connect(str(data / "current.duckdb"), read_only=True) as con:
        n, = con.execute("select count(*) from reviews").fetchone()
        day, = con.execute("select sum(n) from ratings_daily").fetchone()
    # the dashboard's way
    both = "select (select count(*) from reviews), (select sum(n) from ratings_daily)"
    (m, d), = ask(current(data), both)[1]
    assert n == day and m == d, (n, day, m, d)
    seen.add(n); reads += 1
print(reads, len(seen))
"""


@pytest.mark.soak
def test_readers_in_other_processes_never_meet_an_error_while_runs_publish(tmp_path: Path) -> None:
    _publish(tmp_path, "a0")
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", _READER, str(tmp_path), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for number in range(1, 7):
            _publish(tmp_path, f"a{number}")
    finally:
        stop.touch()
    # Under `python -c` DuckDB draws a progress bar on a slow machine: the last two words are ours.
    told = [reader.communicate(timeout=60)[0].split()[-2:] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0]
    assert all(int(reads) > 1 for reads, _ in told)
    assert max(int(seen) for _, seen in told) > 1


def test_a_reader_does_not_keep_the_writer_out(tmp_path: Path, first: Path) -> None:
    held = multiprocessing.get_context("spawn").Event()
    done = multiprocessing.get_context("spawn").Event()
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(first, held, done))
    process.start()
    try:
        assert held.wait(30)
        assert _publish(tmp_path, "b").is_new
    finally:
        done.set()
        process.join(30)
    assert process.exitcode == 0


def _hold(
    path: Path, held: multiprocessing.synchronize.Event, done: multiprocessing.synchronize.Event
) -> None:
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("select count(*) from reviews").fetchone()
        held.set()
        done.wait(30)
        con.execute("select count(*) from reviews").fetchone()
