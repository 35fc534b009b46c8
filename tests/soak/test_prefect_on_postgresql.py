"""A standing Prefect on PostgreSQL: deployments as we print them, our worker, one refresh to its end.

Needs PostgreSQL's programs (Debian: `postgresql`). The cluster is made anew on loopback, by its own user
where the test is root, which PostgreSQL refuses to be.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cluster.machine import PROGRAMS, postgres, postgres_server, prefect_server, without_prefect
from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, started, wait_for
from tests.soak.test_unattended import APPLE, COMMAND, PLAY, configured, free_port
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from warehouse.reads import LINK

PASSWORD = "hoshiyomi:a-password-of-this-test-only"  # noqa: S105
PATIENCE_S = 900
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="needs PostgreSQL's programs"),
]


@pytest.fixture
def cluster() -> Iterator[int]:
    """A PostgreSQL of its own; its port."""
    with postgres_server(free_port()) as port:
        yield port


@pytest.fixture
def server(cluster: int, tmp_path: Path) -> Iterator[str]:
    """`prefect server start`, with the environment of deploy/container/compose.yaml; its address."""
    with prefect_server(free_port(), cluster, PASSWORD, tmp_path) as address:
        yield address


def test_a_refresh_is_run_to_its_end_by_the_worker(server: str, cluster: int, tmp_path: Path) -> None:
    catalogue = Catalogue(
        [
            play_app(PLAY, reviews=200, languages=("ja", "en"), seed=1),
            app_store_app(APPLE, reviews=40, countries=("jp",), seed=1),
        ]
    )
    with StoreServer(catalogue) as store:
        config, data = configured(tmp_path / "config", store.url), tmp_path / "data"
        told = {
            "HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(data), "NO_COLOR": "1",
            "PREFECT_API_URL": server, "PREFECT_API_AUTH_STRING": PASSWORD,
            "PREFECT_HOME": str(tmp_path / "client"),
        }  # fmt: skip
        for command in _run([COMMAND, "deployments", str(tmp_path / "deploy")], told).splitlines()[:-1]:
            _run([sys.executable, "-m", *command.split()], told)
        log = tmp_path / "worker.log"
        began = time.monotonic()
        worker = started("worker", data=data, extra=told, log=log)
        try:
            _run([sys.executable, "-m", "prefect", "deployment", "run", "refresh/hoshiyomi-all"], told)
            states = wait_for(lambda: _ended(cluster), PATIENCE_S, lambda: log.read_text()[-5000:])
        finally:
            worker.terminate()
            worker.wait(timeout=90)
    print(f"{time.monotonic() - began:.0f} s from the worker's start to the end")  # noqa: T201
    assert states == ["COMPLETED"], log.read_text()[-5000:]
    assert (data / LINK).resolve().exists()
    kept = set(_asked(cluster, "select distinct key from artifact where key is not null"))
    assert {"coverage", "movement", "summary", "progress-collected", "progress-classified"} <= kept
    # What the run logged is kept with it.
    assert int(_asked(cluster, "select count(*) from log")[0]) > 10


def _ended(cluster: int) -> list[str]:
    """The states of all flow runs that are not only planned; empty until each has ended."""
    states = _asked(cluster, "select state_type from flow_run where state_type <> 'SCHEDULED'")
    waiting = _asked(cluster, "select id from flow_run where auto_scheduled = false and end_time is null")
    return states if states and not waiting and set(states) <= ENDED else []


def _asked(cluster: int, select: str) -> list[str]:
    said = postgres(
        "psql", "--host", "127.0.0.1", "--port", str(cluster), "--username", "prefect", "--tuples-only",
        "--no-align", "--command", select, "prefect",
    )  # fmt: skip
    return said.split()


def _run(words: Sequence[str], told: dict[str, str]) -> str:
    done = subprocess.run(
        words, env=without_prefect() | told, cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
