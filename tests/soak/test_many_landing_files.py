"""A rebuild from 50,000 landing files: the tables of loading day by day, within 1 GB; and merging, killed."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path

import pytest

from tests.builders import consent, coverage, day, feedback, review
from tests.soak.rebuilding import run
from tests.warehouse.killing import CLOCK, Command, digest, kill_at_random
from warehouse.compaction import FEWEST
from warehouse.landing import Landing
from warehouse.records import KINDS
from warehouse.writes import FILE

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
FILES = int(os.environ.get("SOAK_LANDING_FILES", "50000"))
DAYS = 5
MOST_MB = 1_000
# Which files lie there is what differs.
BUT = CLOCK | {"core.publication": {"revision", "published_at", "fingerprint", "n_batches"}}


def _land_day(data: Path, number: int, batches: int) -> None:
    """Group commits of one day, and one crawl of a hundred reviews in parts of one."""
    landing = Landing(data)
    for n in range(number * batches, (number + 1) * batches):
        batch = f"intake-202610{number + 1:02d}t101112.{n:06d}z-{n:06d}"
        tester = f"t{n % 5_000}"
        landing.write("consents", batch, "00000", [consent(tester, at=day(-9))])
        said = [feedback(f"f{n}-{k}", tester=tester, text=f"words {n} {k}", seen_at=day(1)) for k in range(4)]
        landing.write("feedback", batch, "00000", said)
        landing.write("coverage", batch, "coverage", [coverage(batch, asked_for="feedback", got=4)])
    crawl = f"google_play-google_play-app-ja-0123ab-202610{number + 1:02d}"
    for part in range(100):
        landing.write("reviews", crawl, f"{part:05d}", [review(f"r{number}-{part}")])
    landing.write("coverage", crawl, "00000", [coverage(crawl, got=100)])


def _rebuild(data: Path) -> int:
    """Throw the working and the published files away and load everything; the process's memory in MB."""
    for path in [*data.glob(f"{FILE}*"), data / "current.duckdb"]:
        path.unlink(missing_ok=True)
    shutil.rmtree(data / "published", ignore_errors=True)
    process = Command([sys.executable, "-m", "tests.soak.rebuilding", str(data)], ROOT).start()
    out, err = process.communicate(timeout=3_000)
    assert process.returncode == 0, err
    return int(out.split()[-1])


def _tables(data: Path) -> dict[str, tuple[int, int]]:
    tables = digest(data / FILE, BUT)
    tables.pop("core.landing_files")
    tables.pop("core.marts_built", None)
    return tables


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)


def test_a_rebuild_gives_the_tables_of_day_by_day_loading_within_a_gigabyte(tmp_path: Path) -> None:
    batches = FILES // (3 * DAYS)
    plain, merged = tmp_path / "plain", tmp_path / "merged"
    for data, merging in ((plain, False), (merged, True)):
        for number in range(DAYS):
            _land_day(data, number, batches)
            run(data, merging=merging)
    by_day = _tables(plain)
    landed = {d.name: sum(len(Landing(d).files(k)) for k in KINDS) for d in (plain, merged)}
    assert landed["plain"] >= FILES
    assert sum(f.split("/")[1].startswith("intake-") for f in Landing(merged).files("feedback")) < FEWEST
    assert _tables(merged) == by_day
    took = {data.name: _rebuild(data) for data in (plain, merged)}
    sys.stderr.write(f"{landed} files, {took} MB\n")
    assert _tables(plain) == _tables(merged) == by_day
    assert max(took.values()) < MOST_MB


@pytest.mark.parametrize("seed", range(3))
def test_merging_killed_at_random_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for data in (whole, broken):
        _land_day(data, 0, 800)
    words = [sys.executable, "-m", "tests.soak.rebuilding"]
    took = Command([*words, str(whole), "compact"], ROOT).finish()
    command = Command([*words, str(broken), "compact"], ROOT)
    assert kill_at_random(command, kills=12, longest=took, shortest=0.3, chance=random.Random(seed)) > 0
    command.finish()
    assert _tables(broken) == _tables(whole)
    for data in (whole, broken):
        _rebuild(data)
    assert _tables(broken) == _tables(whole)
