"""Work pools of a Prefect on PostgreSQL: whichever machine takes it collects, one writes what they shared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from tests.cluster.machine import BIN, PROGRAMS, Cluster, cluster, postgres, running
from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, wait_for
from tests.soak.test_unattended import APPLE, PLAY, configured
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from warehouse.reads import LINK

pytestmark = [
    linux_only,
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="needs PostgreSQL's programs"),
]
PORT = int(os.environ.get("CLUSTER_PORT", "8810")) + 10
PATIENCE_S = 600


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path / "cluster", PORT) as here:
        yield here


def test_who_collects_is_any_worker_of_the_pool_and_one_writes(made: Cluster, tmp_path: Path) -> None:
    catalogue = Catalogue(
        [
            play_app(PLAY, reviews=150, languages=("ja", "en"), seed=1),
            app_store_app(APPLE, reviews=40, countries=("jp",), seed=1),
        ]
    )
    with StoreServer(catalogue) as store, ExitStack() as up:
        config = configured(tmp_path / "config", store.url)
        with (config / "hoshiyomi.toml").open("a", encoding="utf-8") as out:
            out.write(f"\n{made.scale()}")
        told = made.told("writes", config)
        printed = _run([str(BIN / "hoshiyomi"), "deployments", str(tmp_path / "deploy")], told)
        for command in printed.splitlines():
            if command.startswith("prefect "):
                _run([sys.executable, "-m", *command.split()], told)
        for name, words in (("writes", []), ("collects-1", ["--collect"]), ("collects-2", ["--collect"])):
            process = [str(BIN / "hoshiyomi"), "worker", "--name", name, *words]
            up.enter_context(running(process, made.told(name, config), made.folder / f"{name}.log"))
        for deployment in ("collect-apart/hoshiyomi-collect-all", "refresh/hoshiyomi-all"):
            _run([sys.executable, "-m", "prefect", "deployment", "run", deployment], told)
            flow = deployment.split("/")[0]
            ended = wait_for(lambda flow=flow: _ended(made, flow), PATIENCE_S, lambda: _logs(made))  # type: ignore[misc]
            assert ended == ["COMPLETED"], _logs(made)
    assert not _landed(made, "writes", "attempts"), "who writes asks no store"
    assert _landed(made, "collects-1", "landing") or _landed(made, "collects-2", "landing")
    with duckdb.connect(str((made.folder / "writes" / LINK).resolve()), read_only=True) as con:
        assert con.execute("select count(*) from reviews").fetchone() == (340,)
        assert con.execute("select count(*) from predictions where sentiment is null").fetchone() == (0,)


def _landed(made: Cluster, name: str, what: str) -> list[Path]:
    return list((made.folder / name / what).glob("**/*.*"))


def _ended(made: Cluster, flow: str) -> list[str]:
    """The states of the flow's runs that were asked for; empty until each has ended."""
    states = postgres(
        "psql", "--host", "127.0.0.1", "--port", str(made.port), "--username", "prefect", "--tuples-only",
        "--no-align", "--command",
        "select coalesce(r.state_type::varchar, 'NONE') from flow_run r join flow f on f.id = r.flow_id "
        f"where f.name = '{flow}' and not r.auto_scheduled",
        "prefect",
    ).split()  # fmt: skip
    return states if states and set(states) <= {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else []


def _logs(made: Cluster) -> str:
    return "\n".join(p.read_text("utf-8")[-3000:] for p in sorted(made.folder.glob("*.log")))


def _run(words: list[str], told: dict[str, str]) -> str:
    done = subprocess.run(
        words, env=told, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
