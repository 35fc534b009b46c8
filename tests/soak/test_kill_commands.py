"""kill -9 of the real commands, many times: `hoshiyomi import` and `hoshiyomi refresh`. Minutes long.

Two dumps of one app, the second with edits, are imported and refreshed. Once undisturbed, once with every
command killed several times at random moments before it may end. Both houses must be equal, but for
clocks, run names and the number of publications.
"""

from __future__ import annotations

import csv
import gzip
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.killing import CLOCK, COVERAGE_CLOCK, Command, house, kill_at_random, watching
from tests.warehouse.test_kill import worker

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
HOSHIYOMI = str(Path(sys.executable).with_name("hoshiyomi"))
WORDS = ("ログイン", "できない", "遅い", "便利", "crash", "after", "update", "thanks", "星", "easy")
BUT = CLOCK | COVERAGE_CLOCK
REJECTED_ROWS = 9


def _dump(path: Path, rows: int, edited: int, seed: int) -> Path:
    """A dump in google-play-scraper's columns: `rows` reviews, the first `edited` with other words."""
    chance = random.Random(seed)
    texts = [" ".join(chance.choice(WORDS) for _ in range(5)) for _ in range(300)]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(
            ["appId", "reviewId", "content", "score", "thumbsUpCount", "reviewCreatedVersion", "at"]
        )
        for n in range(rows):
            at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
            text = f"{texts[n % 300]} again" if n < edited else texts[n % 300]
            table.writerow(
                ["jp.example.soak", f"r{n}", text, n % 5 + 1, n % 3, f"1.{n // 9000}", at.isoformat()]
            )
        table.writerow(
            ["jp.example.soak", "bad", "stars out of range", 9, 0, "", "2025-01-01T00:00:00+00:00"]
        )
    return path


def _commands(data: Path, dumps: list[Path]) -> list[Command]:
    environment = {"HOSHIYOMI_DATA": str(data)}
    commands = []
    for number, dump in enumerate(dumps, start=1):
        seen_at = f"2026-03-0{number}T00:00:00"
        words = [HOSHIYOMI, "import", str(dump), "--seen-at", seen_at]
        commands.append(Command(words, ROOT, environment, allowed=(0, REJECTED_ROWS)))
        commands.append(Command([HOSHIYOMI, "refresh"], ROOT, environment))
    return commands


def test_killed_commands_end_in_the_house_of_undisturbed_ones(tmp_path: Path) -> None:
    dumps = [_dump(tmp_path / "one.csv.gz", 45_000, 0, 1), _dump(tmp_path / "two.csv.gz", 50_000, 700, 1)]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    took = [command.finish() for command in _commands(whole, dumps)]
    chance = random.Random(2)
    hits = []
    with watching(broken) as watch:
        for command, seconds in zip(_commands(broken, dumps), took, strict=True):
            hits.append(
                kill_at_random(command, kills=6, longest=seconds, shortest=0.1 * seconds, chance=chance)
            )
            command.finish()
    # A command that ended before its kill is no failure, but most must have been hit.
    assert sum(hits) >= 6 * len(took) // 3, hits
    assert watch.errors == []
    assert house(broken, BUT) == house(whole, BUT)


@pytest.mark.parametrize("seed", range(3))
def test_the_run_in_miniature_survives_many_kills(tmp_path: Path, seed: int) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    took = worker(whole, stages=3, rows=4_000).finish()
    with watching(broken) as watch:
        hit = kill_at_random(
            worker(broken, stages=3, rows=4_000),
            kills=15,
            longest=took,
            shortest=0.3,
            chance=random.Random(seed),
        )
        worker(broken, stages=3, rows=4_000).finish()
    assert hit > 0
    assert watch.errors == []
    assert house(broken) == house(whole)
