"""Two collectors, two classifying workers and two readers at once, all of them killed at random moments.

Two machines collect the same two stores into a shared bucket; a third takes in what they shared, has it read
by two workers of Dask and publishes; two analysts read what is published; their Prefect stands on PostgreSQL.
`CLUSTER_KILLS` (default 24) processes are killed by kill -9, in turn and at random moments of `CLUSTER_SEED`
(default 1), and started anew. At the end every table, and every published one, is that of one undisturbed
machine that did all of it alone.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cluster.machine import BIN, PROGRAMS, Cluster, cluster, end, start
from tests.flows.processes import linux_only
from tests.soak.test_unattended import APPLE, PLAY, configured, contents
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.warehouse.killing import CLOCK, COVERAGE_CLOCK, digest
from warehouse.reads import LINK

pytestmark = [
    linux_only,
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="needs PostgreSQL's programs"),
]
KILLS = int(os.environ.get("CLUSTER_KILLS", "24"))
SEED = int(os.environ.get("CLUSTER_SEED", "1"))
PORT = int(os.environ.get("CLUSTER_PORT", "8810"))
PATIENCE_S = 900
HOSHIYOMI = str(BIN / "hoshiyomi")


@dataclass(slots=True)
class Member:
    """One process that is started again whenever it has ended."""

    name: str
    words: list[str]
    told: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    codes: Counter[int] = field(default_factory=Counter)

    def look_after(self) -> None:
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self.codes[code] += 1
        self.process = start(self.words, self.told, self.log)

    def kill(self) -> bool:
        """By kill -9, with what it started; whether it lived."""
        if self.process is None or self.process.poll() is not None:
            return False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)
        self.process = None
        return True


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        [
            play_app(PLAY, reviews=2_500, languages=("ja", "en"), seed=SEED),
            app_store_app(APPLE, reviews=190, countries=("jp",), seed=SEED),
        ]
    )


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path / "cluster", PORT) as running:
        yield running


def _members(made: Cluster, shared: Path) -> list[Member]:
    """Two who collect, one who writes, two who read."""
    collects = [
        Member(name, [HOSHIYOMI, "collect"], made.told(name, shared), made.folder / f"{name}.log")
        for name in ("collects-1", "collects-2")
    ]
    refreshing = [sys.executable, "-m", "tests.cluster.refreshing"]
    writes = Member("writes", refreshing, made.told("writes", shared), made.folder / "writes.log")
    reading = [sys.executable, "-m", "tests.cluster.reading", str(made.folder / "writes" / LINK)]
    reads = [
        Member(name, reading, made.environment, made.folder / f"{name}.log")
        for name in ("reads-1", "reads-2")
    ]
    return [*collects, writes, *reads]


def test_nothing_is_lost_or_double_whoever_is_killed(
    made: Cluster, catalogue: Catalogue, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    with StoreServer(catalogue) as store:
        alone, shared = configured(tmp_path / "alone", store.url), configured(tmp_path / "config", store.url)
        with (shared / "hoshiyomi.toml").open("a", encoding="utf-8") as out:
            out.write(f"\n{made.scale(partition=1_000)}")
        embedded = _alone(tmp_path, alone)
        members = _members(made, shared)
        tally = _kill(made, members, dice)
        _let_end(made, members)
        for member in members:
            if member.process is not None:
                end(member.process)
    print({"killed": dict(tally), "ended": {m.name: dict(m.codes) for m in members}})  # noqa: T201
    assert tally.total() == KILLS
    for number in (1, 2):
        said = (made.folder / f"reads-{number}.log").read_text("utf-8").split()
        assert set(said) == {"read"}, said[-50:]
    data = made.folder / "writes"
    assert contents(data) == contents(embedded)
    but = CLOCK | COVERAGE_CLOCK
    assert digest(data / LINK, _where(but)) == digest(embedded / LINK, _where(but))


def _alone(tmp_path: Path, config: Path) -> Path:
    """The data folder of one machine that collects and refreshes with nobody's help."""
    data = tmp_path / "embedded"
    told = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "AWS_"))}
    told |= {"HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(data), "NO_COLOR": "1"}
    done = subprocess.run(
        [HOSHIYOMI, "refresh"], env=told, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    return data


def _kill(made: Cluster, members: list[Member], dice: random.Random) -> Counter[str]:
    """Kill one process after another, in turn and at random moments, and start it anew."""
    tally = Counter[str]()
    names = [*(m.name for m in members), "dask-0", "dask-1"]
    by_name = {m.name: m for m in members}
    while tally.total() < KILLS:
        for member in members:
            member.look_after()
        _dask(made)
        time.sleep(dice.uniform(0.2, 6.0))
        name = min(dice.sample(names, len(names)), key=lambda n: tally[n])
        if name.startswith("dask-"):
            number = int(name[-1])
            os.killpg(made.dask[number].pid, signal.SIGKILL)
            made.dask[number].wait(timeout=30)
            made.dask[number] = made.dask_worker(number)
            tally[name] += 1
        elif by_name[name].kill():
            tally[name] += 1
    return tally


def _dask(made: Cluster) -> None:
    for number, worker in enumerate(made.dask):
        if worker.poll() is not None:
            made.dask[number] = made.dask_worker(number)


def _let_end(made: Cluster, members: list[Member]) -> None:
    """Undisturbed: what was begun comes to its end, first the collectors, then who writes."""
    until = datetime.now(UTC) + timedelta(seconds=PATIENCE_S)
    for member in members[:3]:
        if member.process is not None:
            with suppress(subprocess.TimeoutExpired):
                member.process.wait(timeout=PATIENCE_S)
        code = -1
        while code != 0 and datetime.now(UTC) < until:
            _dask(made)
            member.process = start(member.words, member.told, member.log)
            code = member.process.wait(timeout=PATIENCE_S)
        assert code == 0, f"{member.name}: {member.log.read_text('utf-8')[-4000:]}"


def _where(but: dict[str, set[str]]) -> dict[str, set[str]]:
    """Where a review was landed depends on who collected it, and how often a crawl was begun."""
    return but | {"main.coverage": {"*"}, "core.coverage": {"*"}}
