"""Landing files are whole, immutable and the same bytes for the same records."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.builders import coverage, day, review
from warehouse.errors import LandingError
from warehouse.landing import Landing


def test_a_record_comes_back_as_it_was_landed(tmp_path: Path) -> None:
    tokyo = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    Landing(tmp_path).write("reviews", "b", "0", [review("r1", text="星が\u2028消えた\n", reviewed_at=tokyo)])
    (record,) = Landing(tmp_path).read("reviews", "b", "0")
    assert record["text"] == "星が\u2028消えた\n"
    assert datetime.fromisoformat(str(record["reviewed_at"])) == tokyo


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Landing(tmp_path / name).write("reviews", "b", "0", [review("r1"), review("r2")])
    one, two = (tmp_path / n / "landing/reviews/b/0.jsonl.gz" for n in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_an_existing_part_is_left_as_it_is(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.write("reviews", "b", "0", [review("r1")])
    landing.write("reviews", "b", "0", [review("other")])
    assert [r["review_id"] for r in landing.read("reviews", "b", "0")] == ["r1"]


def test_an_empty_part_is_not_written(tmp_path: Path) -> None:
    assert Landing(tmp_path).write("reviews", "b", "0", []) == 0
    assert not Landing(tmp_path).has("reviews", "b", "0")


@pytest.mark.parametrize("name", ["../b", "B", "", ".hidden", "a/b", "a" * 121, "b\n"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LandingError, match="is not made of"):
        Landing(tmp_path).path("reviews", name, "0")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="unknown; known are reviews"):
        Landing(tmp_path).path("rumours", "b", "0")


def test_a_batch_is_whole_when_its_coverage_is_landed(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.write("reviews", "b", "0", [review("r1")])
    assert landing.whole_batches() == set()
    landing.write("coverage", "b", "0", [coverage("b")])
    assert landing.whole_batches() == {"b"}


def _killed_writer(folder: Path) -> Path:
    """A temporary file of a process that is no more."""
    code = (
        "import os, sys; from pathlib import Path; from warehouse import private as l\n"
        "p = Path(sys.argv[1]) / f'.0.jsonl.gz.{l._HOST}.{os.getpid()}-0.tmp'\n"
        "p.write_bytes(b'half'); print(p)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip())


def test_the_sweep_takes_what_dead_writers_left_and_nothing_else(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.write("reviews", "b", "0", [review("r1")])
    folder = landing.path("reviews", "b", "0").parent
    dead = _killed_writer(folder)
    elsewhere = folder / ".0.jsonl.gz.00000000.1-0.tmp"
    elsewhere.write_bytes(b"another machine is still writing")
    assert landing.sweep() == 1
    assert not dead.exists()
    assert elsewhere.exists()
    assert landing.has("reviews", "b", "0")


def test_a_temporary_file_of_a_running_process_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(tmp_path)

    def sweeps_in_mid_write(self: Path, target: Path) -> Path:
        assert landing.sweep() == 0
        return original(self, target)

    original = Path.rename
    monkeypatch.setattr(Path, "rename", sweeps_in_mid_write)
    assert landing.write("reviews", "b", "0", [review("r1")]) == 1
    assert landing.has("reviews", "b", "0")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda b: b[:-9], "line"),
        (lambda b: b"not gzip at all", "line 1"),
        (lambda b: gzip.compress(gzip.decompress(b) + b'{"text": "secret words"\n'), "line 2 \\(not JSON\\)"),
        (lambda b: gzip.compress(gzip.decompress(b) + b"[1]\n"), "line 2 \\(not an object\\)"),
    ],
    ids=["cut", "not gzip", "not json", "not an object"],
)
def test_a_damaged_file_is_named_but_its_words_are_not(tmp_path: Path, damage: object, says: str) -> None:
    landing = Landing(tmp_path)
    landing.write("reviews", "b", "0", [review("r1")])
    path = landing.path("reviews", "b", "0")
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(LandingError, match=f"reviews/b/0.jsonl.gz is damaged in {says}") as caught:
        list(landing.read("reviews", "b", "0"))
    assert "secret" not in str(caught.value) + repr(caught.value.__cause__) + str(
        caught.value.__suppress_context__
    )


def test_files_are_listed_in_order_of_name_and_without_temporary_ones(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for batch in ("b2", "b1"):
        landing.write("reviews", batch, "0", [review("r1", seen_at=day(1).astimezone(UTC))])
    (landing.folder / "reviews/b1/.x.jsonl.gz.0.1-0.tmp").write_bytes(b"")
    assert landing.files("reviews") == ["reviews/b1/0.jsonl.gz", "reviews/b2/0.jsonl.gz"]
