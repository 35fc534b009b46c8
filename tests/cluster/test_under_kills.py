"""Two collectors, two classifying workers and two readers at once, all of them killed at random moments.

Two machines collect the same two stores into a shared bucket; a third takes in what they shared, has it read
by two workers of Dask and publishes; two analysts read what is published; their Prefect stands on PostgreSQL.
`CLUSTER_KILLS` (default 16) processes are killed by kill -9, in turn and at random moments of `CLUSTER_SEED`
(default 1), and started anew; after at most sixteen of them all begins again with empty folders, so that
every stage is hit. At the end of each round every table, and every published one, is that of one undisturbed
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
from tests.flows.processes import linux_only, wait_for
from tests.soak.test_unattended import APPLE, PLAY, configured, contents
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.warehouse.killing import CLOCK, COVERAGE_CLOCK, digest
from warehouse.reads import LINK

pytestmark = [
    linux_only,
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="needs PostgreSQL's programs"),
]
KILLS = int(os.environ.get("CLUSTER_KILLS", "16"))
SEED = int(os.environ.get("CLUSTER_SEED", "1"))
PORT = int(os.environ.get("CLUSTER_PORT", "8810"))
PATIENCE_S = 900
A_ROUND = 16
HOSHIYOMI = str(BIN / "hoshiyomi")
# When a store was asked and by whom, that [scale] is part of the configuration, and the checkout's commit.
BUT = (
    CLOCK
    | COVERAGE_CLOCK
    | {
        "main.coverage": {"*"},
        "main.reviews": {"first_seen_at", "last_seen_at"},
        "main.rating_snapshots": {"observed_at"},
        "main.overview": {"as_of", "displayed_at", "last_seen_at"},
        "main.publication": {
            "revision",
            "published_at",
            "covered_until",
            "config_fingerprint",
            "code_version",
        },
    }
)


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


def _members(made: Cluster, shared: Path, number: int) -> list[Member]:
    """Two who collect, one who writes, two who read."""

    def member(name: str, words: list[str]) -> Member:
        own = f"{name}-{number}"
        return Member(name, words, made.told(own, shared), made.folder / f"{own}.log")

    data = made.folder / f"writes-{number}"
    reading = [sys.executable, "-m", "tests.cluster.reading", str(data / LINK)]
    return [
        member("collects-a", [HOSHIYOMI, "collect"]),
        member("collects-b", [HOSHIYOMI, "collect"]),
        member("writes", [sys.executable, "-m", "tests.cluster.refreshing"]),
        member("reads-a", reading),
        member("reads-b", reading),
    ]


def test_nothing_is_lost_or_double_whoever_is_killed(
    made: Cluster, catalogue: Catalogue, tmp_path: Path
) -> None:
    dice, tally = random.Random(SEED), Counter[str]()
    with StoreServer(catalogue) as store:
        embedded = _alone(tmp_path, configured(tmp_path / "alone", store.url))
        number = 0
        while tally.total() < KILLS:
            number += 1
            shared = configured(tmp_path / f"config-{number}", store.url)
            with (shared / "hoshiyomi.toml").open("a", encoding="utf-8") as out:
                out.write(f"\n{made.scale(partition=2_048, prefix=f'round-{number}')}")
            _round(made, _members(made, shared, number), dice, tally)
            print(f"round {number}: {dict(tally)}", flush=True)  # noqa: T201
            for name in ("reads-a", "reads-b"):
                said = (made.folder / f"{name}-{number}.log").read_text("utf-8").splitlines()
                assert set(said) <= {"read"}, said[-20:]
                assert said, "it never read"
            data = made.folder / f"writes-{number}"
            assert contents(data) == contents(embedded)
            assert digest(data / LINK, BUT) == digest(embedded / LINK, BUT)
    assert tally.total() == KILLS


def _round(made: Cluster, members: list[Member], dice: random.Random, tally: Counter[str]) -> None:
    try:
        _kill(made, members, dice, tally, min(KILLS, tally.total() + A_ROUND))
        _let_end(made, members)
    finally:
        for member in members:
            if member.process is not None:
                end(member.process)


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


def _kill(made: Cluster, members: list[Member], dice: random.Random, tally: Counter[str], until: int) -> None:
    """Kill one process after another, in turn and at random moments, and start it anew."""
    names = [*(m.name for m in members), "dask-0", "dask-1"]
    by_name = {m.name: m for m in members}
    while tally.total() < until:
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
    for reader in members[3:]:
        reader.look_after()
        wait_for(lambda log=reader.log: log.exists() and log.stat().st_size, 60)  # type: ignore[misc]
