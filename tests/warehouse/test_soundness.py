"""A batch is loaded only when it is whole: checksums, files, and as many rows as coverage says."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from tests.builders import coverage, day, feedback, review
from tests.warehouse.house import NOW, load, rows
from warehouse import writes
from warehouse.errors import LandingError, OutOfMemory
from warehouse.landing import Landing
from warehouse.schema import build, check
from warehouse.soundness import harm, is_sound
from warehouse.writes import writer


def _batch(data: Path, batch: str = "b1", many: int = 3) -> Landing:
    landing = Landing(data)
    landing.write("reviews", batch, "00000", [review(f"{batch}-r{n}") for n in range(many)])
    landing.write("coverage", batch, "coverage", [coverage(batch, got=many)])
    return landing


def _old(data: Path, batch: str = "b1", got: int = 3) -> Landing:
    """A batch from before coverage listed files."""
    landing = _batch(data, batch)
    path = landing.path("coverage", batch, "coverage")
    path.unlink()
    landing.write("coverage", "other", "x", [coverage(batch, got=got)])
    path.write_bytes(landing.path("coverage", "other", "x").read_bytes())
    landing.drop_batch("other")
    line = gzip.decompress(path.read_bytes()).replace(b',"parts":[]', b"")
    path.write_bytes(gzip.compress(line))
    assert not landing.manifest(batch).is_listed
    return landing


DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-12]),
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "one bit": lambda path: path.write_bytes(path.read_bytes()[:20] + b"\x01" + path.read_bytes()[21:]),
    "another's": lambda path: path.write_bytes(gzip.compress(b"")),
}


@pytest.mark.parametrize("make", [_batch, _old], ids=["listed", "from before"])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_harmed_batch_is_not_loaded_and_the_others_are(
    tmp_path: Path, damage: object, make: object
) -> None:
    landing = make(tmp_path)  # type: ignore[operator]
    _batch(tmp_path, "b2")
    damage(landing.path("reviews", "b1", "00000"))  # type: ignore[operator]
    with pytest.raises(LandingError, match="Landing batch b1 is not whole") as caught:
        load(tmp_path)
    assert "Remedy" in str(caught.value)
    with writer(tmp_path) as w:
        assert rows(w.con, "select distinct first_batch from core.reviews") == [{"first_batch": "b2"}]
        assert rows(w.con, "select batch from core.coverage") == [{"batch": "b2"}]


def test_a_whole_batch_from_before_there_were_checksums_still_loads(tmp_path: Path) -> None:
    _old(tmp_path)
    assert load(tmp_path).rows["reviews"] == 3


def test_fewer_rows_than_coverage_says_is_told_for_old_batches_too(tmp_path: Path) -> None:
    _old(tmp_path, got=5_000)
    with pytest.raises(LandingError, match="coverage says 5,000 rows of reviews were got, its files hold 3"):
        load(tmp_path)


def test_an_erasure_leaves_a_batch_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.write("feedback", "b", "0", [feedback("f1", tester="t1"), feedback("f2", tester="t2")])
    landing.write("coverage", "b", "c", [coverage("b", asked_for="feedback", got=2)])
    assert landing.rewrite("feedback/b/0.jsonl.gz", lambda row: row["tester"] != "t1") == 1
    assert is_sound(landing, "b")
    (part,) = landing.manifest("b").parts.values()
    assert (part.rows, len(part.sha256)) == (2, 1)
    assert load(tmp_path).rows["feedback"] == 1


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_an_erasure_killed_at_any_write_leaves_a_batch_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    landing = Landing(tmp_path)
    landing.write("feedback", "b", "0", [feedback("f1", tester="t1"), feedback("f2", tester="t2")])
    landing.write("coverage", "b", "c", [coverage("b", asked_for="feedback", got=2)])
    original, writes_so_far = Path.rename, []

    def dies(self: Path, target: Path) -> Path:
        writes_so_far.append(target)
        if len(writes_so_far) == dies_at:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "rename", dies)
    with pytest.raises(KeyboardInterrupt):
        landing.rewrite("feedback/b/0.jsonl.gz", lambda row: row["tester"] != "t1")
    monkeypatch.undo()
    assert is_sound(landing, "b")
    landing.rewrite("feedback/b/0.jsonl.gz", lambda row: row["tester"] != "t1")
    assert is_sound(landing, "b")
    assert [r["tester"] for r in landing.read("feedback", "b", "0")] == ["t2"]


def test_a_loaded_file_that_has_vanished_is_noticed_and_a_check_says_so(tmp_path: Path) -> None:
    landing = _batch(tmp_path)
    assert load(tmp_path).missing == ()
    path = landing.path("reviews", "b1", "00000")
    kept = path.read_bytes()
    path.unlink()
    assert load(tmp_path).missing == ("reviews/b1/00000.jsonl.gz",)
    with writer(tmp_path) as w:
        build(w.con)
        found = [f for f in check(w.con) if f.check == "no_loaded_file_is_missing"]
    assert [(f.severity, f.count) for f in found] == [("warn", 1)]
    path.write_bytes(kept)
    assert load(tmp_path).missing == ()
    with writer(tmp_path) as w:
        build(w.con)
        assert [f for f in check(w.con) if f.check == "no_loaded_file_is_missing"] == []


def test_coverage_that_says_more_than_was_loaded_stops_the_publication(tmp_path: Path) -> None:
    """A working file from before: coverage was loaded, and the rows never were."""
    landing = _batch(tmp_path, many=5)
    load(tmp_path)
    with writer(tmp_path) as w:
        w.con.execute("delete from core.landing_files where kind = 'reviews'")
        w.con.execute("delete from core.reviews")
        build(w.con)
        found = [f for f in check(w.con) if f.check == "coverage_says_what_was_loaded"]
    assert [(f.severity, f.count) for f in found] == [("stop", 1)]
    assert harm(landing, "b1") is None
    load(tmp_path)
    with writer(tmp_path) as w:
        build(w.con)
        assert [f for f in check(w.con) if f.check == "coverage_says_what_was_loaded"] == []


# --- memory ------------------------------------------------------------------------------------


def test_many_small_files_load_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement of all files needs some half a megabyte for each."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    landing = Landing(tmp_path)
    for n in range(1_500):
        landing.write("feedback", "b", f"{n:05d}", [feedback(f"f{n}", submitted_at=day(0), seen_at=NOW)])
    landing.write("coverage", "b", "0", [coverage("b", asked_for="feedback", got=1_500)])
    with writer(tmp_path, memory_limit="200MB") as w:
        assert w.load(NOW).rows == {"feedback": 1_500, "coverage": 1}


def test_memory_is_told_from_damage_and_smaller_steps_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        _batch(tmp_path, f"b{n}")
    original, asked = writes.Writer._merge, []

    def too_much(self: writes.Writer, sql: str, paths: list[str]) -> int:
        asked.append(len(paths))
        if len(paths) > limit:
            raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block")
        return original(self, sql, paths)

    monkeypatch.setattr(writes.Writer, "_merge", too_much)
    limit = 1
    assert load(tmp_path).rows == {"reviews": 12, "coverage": 4}
    assert asked[:3] == [4, 2, 1]
    limit = 0
    _batch(tmp_path, "b9")
    with pytest.raises(OutOfMemory, match="No file is damaged"):
        load(tmp_path)
    # The remedy, to the letter: run it again.
    limit = 9
    assert load(tmp_path).rows == {"reviews": 3, "coverage": 1}
