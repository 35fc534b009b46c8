"""A DuckLake in the place of the working file: equal tables, snapshots, nothing half and nothing left.

`make test-lake` runs all tests of the warehouse on a lake, and those here with a catalog in PostgreSQL, too.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.builders import consent, erasure, feedback, release, review, snapshot
from tests.postgres import Server, binaries
from tests.postgres import server as start
from tests.warehouse import lakes
from tests.warehouse.house import NOW, classify, land, load, tables
from tests.warehouse.sequences import Sequence
from warehouse import engines, increments, lake, lake_upkeep, touched
from warehouse.differences import compare
from warehouse.erasure import executed, rewrite
from warehouse.publish import Publication, publish
from warehouse.rebuild import is_fresh, set_aside
from warehouse.snapshots import Keep
from warehouse.upkeep import bring_up_to_date, look
from warehouse.writes import TopicRow, writer

WORDS = "Zzyzx words of a tester"
TOPIC = TopicRow(position=0, topic="bug", label_en="Faults", label_ja="不具合", lens="trust", owner=None)


pytestmark = pytest.mark.skipif(
    not lakes.is_installed(), reason="DuckDB's extension ducklake is missing: make lake"
)


@pytest.fixture(scope="module", params=["file", "postgres"])
def server(request: pytest.FixtureRequest) -> Iterator[Server | None]:
    """Where catalogs lie: in files, or in PostgreSQL, which only `make test-lake` starts."""
    if request.param == "file":
        yield None
        return
    if not lakes.on_lake() or binaries() is None:
        pytest.skip("only with PostgreSQL, and by make test-lake")
    with start() as server, pytest.MonkeyPatch.context() as told:
        told.setenv(lakes.SERVER, server.address)
        yield server


@pytest.fixture
def on(tmp_path: Path, server: Server | None) -> Iterator[Callable[[str], Path]]:
    """Make a data folder whose tables lie in a lake if its name says so."""

    def told(data: Path) -> engines.Lake | None:
        is_on_lake = any(part.startswith("lake") for part in data.parts[-2:])
        return lakes.migrated(data) if is_on_lake else None

    before = engines.told_by(told)
    yield lambda name: _folder(tmp_path / name)
    engines.told_by(before)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _made(data: Path, hours: int = 0) -> Publication:
    """Classify, build, check and publish what was loaded."""
    now = NOW + timedelta(hours=hours)
    with writer(data) as w:
        w.set_topics([TOPIC])
        classify(w, {"login fails": ("negative", ("bug",))})
        bring_up_to_date(w.con, now)
        assert [f for f in look(w.con) if f.severity == "stop"] == []
    return publish(data, now, Keep(files=3, days=0, weeks=0))


def _first(data: Path) -> None:
    reviews = [review(f"r{n}", text="login fails" if n % 3 else f"fine {n}") for n in range(30)]
    land(data, "import-1", *reviews, release(), snapshot(), consent(), feedback("f1", text="slow"))
    load(data)


def _second(data: Path) -> None:
    land(data, "import-2", review("r1", text="mended", seen_at=NOW), review("late", text="crash"))
    load(data)


def _differences(old: Path, new: Path) -> list[str]:
    with duckdb.connect(":memory:") as con:
        con.execute(f"attach '{old}' as old (read_only)")
        con.execute(f"attach '{new}' as new (read_only)")
        return [line for line in compare(con, 0.0) if not line.startswith(("publication", "publications"))]


def test_a_lake_publishes_what_the_working_file_publishes(
    on: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "MOST", 2.0)
    monkeypatch.setattr(increments, "MOST_CHANGED", 2.0)
    file, made = on("file"), on("lake")
    for data in (file, made):
        _first(data)
    assert _differences(_made(file).path, _made(made).path) == []
    for data in (file, made):
        _second(data)
    told = _made(file, 1).path, _made(made, 1).path
    assert _differences(*told) == []
    assert not (made / "warehouse.duckdb").exists()
    with duckdb.connect(str(told[1]), read_only=True) as con:
        ((at, n),) = con.execute("select lake_snapshot, n_reviews from publication").fetchall()
    with writer(made) as w:
        # It was told of one snapshot, which can be asked again.
        ((count,),) = w.con.execute(f"select count(*) from core.reviews at (version => {at})").fetchall()
        assert (count, lake.snapshot(w.con) > at) == (n, True)
    with duckdb.connect(str(told[0]), read_only=True) as con:
        assert con.execute("select lake_snapshot from publication").fetchall() == [(None,)]


def test_incremental_equals_full_on_a_lake(
    on: Callable[[str], Path], server: Server | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "MOST", 2.0)
    monkeypatch.setattr(increments, "MOST_CHANGED", 2.0)
    if not lakes.on_lake():
        monkeypatch.setenv(lakes.SWITCH, "ducklake")
    if server is not None:
        pytest.skip("a catalog in a file is copied to be compared with")
    one = Sequence(on("lake"), random.Random(7))
    one.run(["classify", "load_reviews", "erase_tester"])
    assert one.done["built a part"]


def test_an_erasure_leaves_nothing_in_files_and_catalog(
    on: Callable[[str], Path], server: Server | None
) -> None:
    data = on("lake")
    _first(data)
    land(data, "feedback-1", feedback("f2", text=WORDS, tester="t2"), consent(tester="t2", may_quote=True))
    load(data)
    _made(data)
    assert _where(data / "lake", WORDS)
    assert _raw(data, WORDS, server), "the catalog holds the greatest value of a column"
    stone = erasure(tester="t2", at=NOW)
    land(data, "erase-1", stone)
    load(data)
    assert executed(data) == set()
    rewrite(data, [stone], NOW)
    assert _where(data / "lake", WORDS) == []
    assert _raw(data, WORDS, server) == []
    assert len(executed(data)) == 1
    # What is left is whole, and goes on.
    _second(data)
    assert _made(data, 1).is_new


def _where(files: Path, words: str) -> list[str]:
    """The Parquet files that hold these words in a column or in what is told of it."""
    found = []
    for path in files.rglob("*.parquet"):
        if words in str(pq.read_table(path).to_pylist()) or words in str(pq.read_metadata(path).to_dict()):
            found.append(path.name)
    return found


def _raw(data: Path, words: str, server: Server | None) -> list[str]:
    """The files of the catalog whose bytes hold these words."""
    files = server.files(lakes.database(data)) if server else data.glob("catalog.ducklake*")
    return [p.name for p in files if words.encode() in p.read_bytes()]


def test_maintenance_keeps_what_publications_are_made_of(on: Callable[[str], Path]) -> None:
    data = on("lake")
    _first(data)
    _made(data)
    _second(data)
    path = _made(data, 1).path
    with writer(data) as w:
        before = tables(w.con)
        ((many,),) = w.con.execute("select count(*) from ducklake_snapshots('warehouse')").fetchall()
    done = lake_upkeep.maintain(data, NOW + timedelta(days=400))
    assert done is not None
    assert done.snapshots > many / 2
    assert done.removed
    with duckdb.connect(str(path), read_only=True) as con:
        told = con.execute(
            "select revision, lake_snapshot, n_reviews from publications order by 1"
        ).fetchall()
    with writer(data) as w:
        assert tables(w.con) == before
        for _, at, n in told:
            assert w.con.execute(f"select count(*) from core.reviews at (version => {at})").fetchall() == [
                (n,)
            ]
        ((left,),) = w.con.execute("select count(*) from ducklake_snapshots('warehouse')").fetchall()
    assert left == len(done.kept) == 3
    assert lake_upkeep.maintain(on("file"), NOW) is None


def test_a_rebuild_begins_with_nothing(on: Callable[[str], Path]) -> None:
    data = on("lake")
    _first(data)
    with writer(data) as w:
        before = tables(w.con)
    assert not is_fresh(data)
    assert set_aside(data, NOW) is None
    assert is_fresh(data)
    load(data)
    with writer(data) as w:
        assert tables(w.con) == before


_CHILD = """
import sys
from pathlib import Path
from tests.warehouse import lakes
from tests.warehouse.house import NOW
from warehouse.writes import writer
lakes.everywhere()
with writer(Path(sys.argv[1])) as w:
    if sys.argv[2] == "hold":
        w.con.execute("begin")
        w.con.execute("delete from core.reviews")
        w.con.execute("insert into core.touched_whole values ('half')")
        print("ready", flush=True)
        sys.stdin.read()
    w.load(NOW)
"""


def _child(data: Path, what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(data), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {lakes.SWITCH: "ducklake"},
    )


def test_a_writer_killed_in_its_transaction_leaves_nothing_half(on: Callable[[str], Path]) -> None:
    data = on("lake")
    _first(data)
    with writer(data) as w:
        before = tables(w.con)
    with _child(data, "hold") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
    with writer(data) as w:
        assert tables(w.con) == before
        assert w.con.execute("from core.touched_whole where reason = 'half'").fetchall() == []


def test_two_writers_at_once_lose_nothing(on: Callable[[str], Path]) -> None:
    data = on("lake")
    load(data)
    for n in range(4):
        land(
            data, f"import-{n}", *[review(f"r{n}-{i}", text=f"text {n} {i}") for i in range(5)], review("all")
        )
    with _child(data, "load") as first, _child(data, "load") as second:
        assert (first.wait(), second.wait()) == (0, 0)
    with writer(data) as w:
        ((n, ids),) = w.con.execute("select count(*), count(distinct review_id) from core.reviews").fetchall()
        ((files, paths),) = w.con.execute(
            "select count(*), count(distinct path) from core.landing_files"
        ).fetchall()
    assert (n, ids) == (21, 21)
    assert files == paths
