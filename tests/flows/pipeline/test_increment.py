"""What is new is found without a look at what is old, and comes to the same, value for value."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

import flows.pipeline.analyse
import warehouse.analysis
from models.ratings.release_watch import LONGEST
from tests.builders import day
from tests.flows.pipeline.increments import APPS, World, differences, unnoticed


def _live(tmp_path: Path, seed: int, steps: int) -> None:
    world = World(tmp_path / "data", Random(seed))
    for number in range(steps):
        if number:
            world.step()
        now = day(world.today)
        assert not differences(world, now), (seed, world.steps)
        assert not unnoticed(world), (seed, world.steps)


def test_a_run_by_what_is_new_comes_to_the_same_as_one_anew(tmp_path: Path) -> None:
    _live(tmp_path, 3, 6)


def test_an_app_that_loses_one_of_its_names_is_worked_out_again(tmp_path: Path) -> None:
    world = World(tmp_path / "data", Random(3))
    for quiet in ("joined", "quiet"):
        world.names = {APPS[1]: "joined", APPS[2]: quiet}
        assert not differences(world, day(world.today))


def test_the_longest_watch_is_that_of_the_models() -> None:
    assert warehouse.analysis.LONGEST_WATCH == LONGEST


def test_what_is_over_is_not_worked_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "data", Random(3))
    world.refresh(world.data, day(world.today), anew=False)
    found: dict[str, int] = {}

    def store(w: object, fingerprint: str, tables: dict[str, pa.Table], *more: object) -> None:
        found.update({name: len(rows) for name, rows in tables.items()})
        warehouse.analysis.store(w, fingerprint, tables, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(flows.pipeline.analyse, "store", store)
    world.reviews_come()
    world.refresh(world.data, day(world.today), anew=False)
    assert found["kept_watches"] >= 2
    assert found["kept_comparisons"] > 0
    assert found["kept_anomalies"] > 0
    assert found["driver_comparisons"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_long_histories_come_to_the_same(tmp_path: Path, seed: int) -> None:
    _live(tmp_path, seed, 20)
