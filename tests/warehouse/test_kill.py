"""kill -9 at any moment, then the same command again: the house of an undisturbed run.

The long form, with the real commands, is `make soak`.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.warehouse.killing import Command, house, kill_at_random, watching

ROOT = Path(__file__).resolve().parents[2]
STAGES, ROWS = 2, 1_000


def worker(data: Path, stages: int = STAGES, rows: int = ROWS) -> Command:
    return Command([sys.executable, "-m", "tests.warehouse.worker", str(data), str(stages), str(rows)], ROOT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The house of an undisturbed run, and how many seconds it took."""
    data = tmp_path_factory.mktemp("whole")
    return data, worker(data).finish()


def test_killed_runs_end_in_the_house_of_an_undisturbed_one(
    whole: tuple[Path, float], tmp_path: Path
) -> None:
    undisturbed, took = whole
    with watching(tmp_path) as watch:
        hit = kill_at_random(worker(tmp_path), kills=2, longest=took, shortest=0.3, chance=random.Random(1))
        worker(tmp_path).finish()
    assert hit > 0
    assert watch.errors == []
    assert watch.reads > 0
    assert house(tmp_path) == house(undisturbed)


def test_a_second_undisturbed_run_changes_nothing(whole: tuple[Path, float]) -> None:
    undisturbed, _ = whole
    before = house(undisturbed, but={})
    worker(undisturbed).finish()
    assert house(undisturbed, but={}) == before
