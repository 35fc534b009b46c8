"""A standing Prefect on PostgreSQL: deployments as we print them, our worker, one refresh to its end.

Needs PostgreSQL's programs (Debian: `postgresql`). The cluster is made anew on loopback, by its own user
where the test is root, which PostgreSQL refuses to be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, started, wait_for
from tests.soak.test_unattended import APPLE, COMMAND, PLAY, configured, free_port
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from warehouse.reads import LINK

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))
PASSWORD = "hoshiyomi:a-password-of-this-test-only"  # noqa: S105
PATIENCE_S = 900
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="needs PostgreSQL's programs"),
]


def _postgres(*words: str) -> str:
    owner = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(PROGRAMS / words[0]), *words[1:]], user=owner, capture_output=True, text=True, timeout=120,
        cwd="/", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def cluster() -> Iterator[int]:
    """A PostgreSQL of its own; its port."""
    port = free_port()
    # Its user could not come into pytest's folder, which is the owner's alone.
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        _postgres("initdb", "--pgdata", data, "--username", "prefect", "--auth", "trust", "--no-sync")
        here = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -p {port}"
        _postgres("pg_ctl", "start", "--pgdata", data, "--wait", "--log", f"{folder}/log", "--options", here)
        try:
            _postgres(
                "createdb", "--host", "127.0.0.1", "--port", str(port), "--username", "prefect", "prefect"
            )
            yield port
        finally:
            _postgres("pg_ctl", "stop", "--pgdata", data, "--wait", "--mode", "fast")


@pytest.fixture
def server(cluster: int, tmp_path: Path) -> Iterator[str]:
    """`prefect server start`, with the environment of deploy/container/compose.yaml; its address."""
    port = free_port()
    environment = _without_prefect() | {
        "PREFECT_HOME": str(tmp_path / "server"),
        "PREFECT_SERVER_DATABASE_DRIVER": "postgresql+asyncpg",
        "PREFECT_SERVER_DATABASE_HOST": "127.0.0.1",
        "PREFECT_SERVER_DATABASE_PORT": str(cluster),
        "PREFECT_SERVER_DATABASE_USER": "prefect",
        "PREFECT_SERVER_DATABASE_NAME": "prefect",
        "PREFECT_SERVER_DATABASE_PASSWORD": "trusted",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
    }
    with (tmp_path / "server.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            env=environment, stdout=out, stderr=out, cwd=CHECKOUT,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}/api"
    try:
        wait_for(lambda: _answers(address), 300, lambda: (tmp_path / "server.log").read_text()[-3000:])
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


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
    said = _postgres(
        "psql", "--host", "127.0.0.1", "--port", str(cluster), "--username", "prefect", "--tuples-only",
        "--no-align", "--command", select, "prefect",
    )  # fmt: skip
    return said.split()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _run(words: Sequence[str], told: dict[str, str]) -> str:
    done = subprocess.run(
        words, env=_without_prefect() | told, cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _without_prefect() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "HOSHIYOMI_"))}
