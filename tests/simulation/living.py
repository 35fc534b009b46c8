"""Two houses that hear of the same days from stores of their own: one in peace, one by a plan of troubles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.house import Clock, House, configured
from tests.simulation.plan import ASKS_PARTIAL, Ordeal, Plan, calm_days, morning
from tests.simulation.receiver import Heard, configure, receiving
from tests.simulation.story import BEGIN, Story
from tests.store import StoreServer
from tests.store.faults import FaultPlan
from warehouse.reads import LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one house."""

    published: Path
    said: str
    """Everything its commands logged."""
    killed: dict[str, int]
    heard: tuple[Heard, ...] = ()
    refused: int = 0
    """Messages that a dead channel did not take."""
    cpu_s: float = 0.0


def both(folder: Path, story: Story, plan: Plan, *, seed: int, disk: Path | None) -> tuple[Outcome, Outcome]:
    """The calm house and the tried one, at the same time."""
    with ThreadPoolExecutor(2) as pool:
        calm = pool.submit(live_calmly, folder / "calm", story)
        tried = pool.submit(live, folder / "tried", story, plan, seed=seed, disk=disk)
        return calm.result(), tried.result()


def some_days(folder: Path, story: Story, plan: Plan) -> tuple[Outcome, Outcome]:
    """The same of a few days, with one process that forks; the calm house knows the days off beforehand."""
    with (
        _house(folder / "tried", story, folder / "tried" / "data") as (tried, clock, faults),
        receiving(clock.now) as receiver,
    ):
        configure(tried.config, receiver.port)
        ordeal = Ordeal(tried, clock, faults, plan, 1, receiver)
        for day in range(story.days):
            ordeal.live(day)
        calm = House("calm", folder / "calm-data", _in_peace(tried.config), clock, tried.log, tried.forks)
        for day in sorted({*range(story.days)} - plan.away()):
            clock.set(morning(day))
            calm.run("refresh", good=(0, ASKS_PARTIAL))
        peaceful = _kept(calm)
        return peaceful, _outcome(tried, tuple(receiver.heard), len(receiver.refused))


def _in_peace(config: Path) -> Path:
    """The same configuration without anybody who is told."""
    calm = config.with_name("calm-config")
    shutil.copytree(config, calm, ignore=shutil.ignore_patterns("alerts.toml"))
    return calm


def live_calmly(folder: Path, story: Story) -> Outcome:
    """Every day is like the other."""
    with _house(folder, story, folder / "data") as (house, clock, _):
        for _day in calm_days(house, clock, story):
            pass
        return _outcome(house)


def live(folder: Path, story: Story, plan: Plan, *, seed: int, disk: Path | None = None) -> Outcome:
    """The days of the plan. The data folder lies on `disk`, where one is given."""
    with (
        _house(folder, story, (disk or folder) / "data") as (house, clock, faults),
        receiving(clock.now) as receiver,
    ):
        configure(house.config, receiver.port)
        ordeal = Ordeal(house, clock, faults, plan, seed, receiver, disk)
        for day in range(story.days):
            ordeal.live(day)
        return _outcome(house, tuple(receiver.heard), len(receiver.refused))


@contextmanager
def _house(folder: Path, story: Story, data: Path) -> Iterator[tuple[House, Clock, FaultPlan]]:
    folder.mkdir()
    clock, faults = Clock(folder, BEGIN), FaultPlan()
    with StoreServer(story.catalogue(), faults, clock=clock.store) as store:
        house = House(folder.name, data, configured(folder / "config", store.url), clock, folder / "log")
        with house.living():
            yield house, clock, faults


def _outcome(house: House, heard: tuple[Heard, ...] = (), refused: int = 0) -> Outcome:
    house.close()
    return _kept(house, heard, refused)


def _kept(house: House, heard: tuple[Heard, ...] = (), refused: int = 0) -> Outcome:
    kept = house.config.with_name(f"{house.name}.duckdb")
    kept.write_bytes((house.data / LINK).read_bytes())
    return Outcome(
        published=kept, said=house.log.read_text("utf-8", "replace"), killed=dict(house.killed), heard=heard,
        refused=refused, cpu_s=house.cpu_s,
    )  # fmt: skip
