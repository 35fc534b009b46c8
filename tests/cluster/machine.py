"""A cluster on one machine, all of it on loopback, until Ctrl-C: `make cluster`.

PostgreSQL behind Prefect's server, an S3 server, a Dask scheduler with two workers (or a Ray head with two
places), a worker that refreshes and two that collect, each with a data folder of its own. Settings and
deployments are those of real machines (docs/scale.md); only the addresses differ. `--folder` keeps the data
folders and logs; what lay in PostgreSQL and S3 goes with them.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.cluster.s3 import KEYS, REGION, s3_server
from tests.conftest import CHECKOUT
from tests.flows.processes import wait_for
from warehouse.private import write_atomically

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))
BIN = Path(sys.executable).parent
BUCKET = "reviews"
FIRST_PORT = 8800
_LATE_S = 300


def postgres(*words: str) -> str:
    """A program of PostgreSQL's, as a user that is not root, which it refuses to be."""
    owner = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(PROGRAMS / words[0]), *words[1:]], user=owner, capture_output=True, text=True, timeout=120,
        cwd="/", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def postgres_server(port: int) -> Iterator[int]:
    """A PostgreSQL of its own with a database for Prefect; its port."""
    # Its user could not come into a folder that is the owner's alone.
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        postgres("initdb", "--pgdata", data, "--username", "prefect", "--auth", "trust", "--no-sync")
        here = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -p {port}"
        postgres("pg_ctl", "start", "--pgdata", data, "--wait", "--log", f"{folder}/log", "--options", here)
        try:
            postgres(
                "createdb", "--host", "127.0.0.1", "--port", str(port), "--username", "prefect", "prefect"
            )
            yield port
        finally:
            postgres("pg_ctl", "stop", "--pgdata", data, "--wait", "--mode", "fast")


def without_prefect() -> dict[str, str]:
    """This process's environment without what it says of Prefect, Hoshiyomi or S3."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "HOSHIYOMI_", "AWS_"))}


@contextmanager
def prefect_server(port: int, database: int, password: str, folder: Path) -> Iterator[str]:
    """`prefect server start`, with the environment of deploy/container/compose.yaml; its address."""
    environment = without_prefect() | {
        "PREFECT_HOME": str(folder / "server"),
        "PREFECT_SERVER_DATABASE_DRIVER": "postgresql+asyncpg",
        "PREFECT_SERVER_DATABASE_HOST": "127.0.0.1",
        "PREFECT_SERVER_DATABASE_PORT": str(database),
        "PREFECT_SERVER_DATABASE_USER": "prefect",
        "PREFECT_SERVER_DATABASE_NAME": "prefect",
        "PREFECT_SERVER_DATABASE_PASSWORD": "trusted",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "DO_NOT_TRACK": "1",
    }
    log = folder / "server.log"
    words = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running(words, environment, log):
        address = f"http://127.0.0.1:{port}/api"
        wait_for(lambda: _answers(address), _LATE_S, lambda: log.read_text("utf-8")[-3000:])
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def running(
    words: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process until the end of the block, however that ends."""
    process = start(words, environment, log)
    try:
        yield process
    finally:
        end(process)


def start(words: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that Ctrl-C reaches it through us alone."""
    with log.open("ab") as out:
        return subprocess.Popen(
            list(words), env=dict(environment), stdout=out, stderr=out, cwd=CHECKOUT, start_new_session=True
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)


@dataclass(slots=True)
class Cluster:
    """What runs, and what each command is told of it."""

    folder: Path
    api: str
    password: str
    scheduler: str
    dask: list[subprocess.Popen[bytes]]
    s3: str
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def told(self, name: str, config: Path) -> dict[str, str]:
        """The environment of one machine: its own data folder, everybody's servers."""
        return self.environment | {
            "HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(self.folder / name), "NO_COLOR": "1",
            "PREFECT_HOME": str(self.folder / f"prefect-{name}"),
        }  # fmt: skip

    def scale(self, engine: str = "dask", partition: int = 200_000, prefix: str = "hoshiyomi") -> str:
        """`[scale]` of hoshiyomi.toml."""
        address = self.scheduler if engine == "dask" else "auto"
        return (
            f'[scale]\nwork = "{engine}"\nwork_address = "{address}"\nwork_partition = {partition}\n'
            f'workers = 2\nlanding = "s3://{BUCKET}/{prefix}"\nlanding_endpoint = "{self.s3}"\n'
            f'landing_region = "{REGION}"\n'
        )

    def dask_worker(self, number: int) -> subprocess.Popen[bytes]:
        """A worker of Dask's with one thread, as `deploy/container/compose.cluster.yaml` starts it."""
        words = [
            str(BIN / "dask"), "worker", self.scheduler, "--host", "127.0.0.1", "--nthreads", "1",
            "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder / f"dask-{number}"),
        ]  # fmt: skip
        return start(words, self.environment | UNSPILT, self.folder / "dask.log")


UNSPILT = {
    "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "false",
    "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "false",
    "OMP_NUM_THREADS": "1",
}
"""What people wrote is not written to a worker's disk; one core a worker."""


@contextmanager
def cluster(folder: Path, port: int = FIRST_PORT) -> Iterator[Cluster]:
    """PostgreSQL, Prefect, S3, and Dask with two workers, on `port` and those that follow."""
    folder.mkdir(parents=True, exist_ok=True)
    password = f"hoshiyomi:{secrets.token_urlsafe(24)}"
    with ExitStack() as up:
        database = up.enter_context(postgres_server(port))
        api = up.enter_context(prefect_server(port + 1, database, password, folder))
        s3 = up.enter_context(s3_server(port + 2, folder / "s3.log"))
        s3.make_bucket(BUCKET)
        environment = without_prefect() | KEYS
        environment |= {"PREFECT_API_URL": api, "PREFECT_API_AUTH_STRING": password, "DO_NOT_TRACK": "1"}
        scheduler = f"tcp://127.0.0.1:{port + 3}"
        words = [
            str(BIN / "dask"),
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            str(port + 3),
            "--no-dashboard",
        ]
        up.enter_context(running(words, environment, folder / "dask.log"))
        made = Cluster(folder, api, password, scheduler, [], s3.endpoint, port, environment)
        made.dask += [made.dask_worker(number) for number in range(2)]
        try:
            yield made
        finally:
            for worker in made.dask:
                end(worker)


@contextmanager
def ray_head(folder: Path, port: int) -> Iterator[dict[str, str]]:
    """A Ray head with two places; what its clients are told. Ray answers only whoever has its token."""
    told = {
        "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "120", "RAY_worker_niceness": "0", "RAY_ADDRESS": f"127.0.0.1:{port}",
    }  # fmt: skip
    environment = without_prefect() | told
    words = [
        str(BIN / "ray"), "start", "--head", "--port", str(port), "--node-ip-address", "127.0.0.1",
        "--num-cpus", "2", "--include-dashboard", "false", "--block",
    ]  # fmt: skip
    with running(words, {k: v for k, v in environment.items() if k != "RAY_ADDRESS"}, folder / "ray.log"):
        yield told


def configured(folder: Path, scale: str) -> Path:
    """The configuration that the cluster works by: the person's own, with `[scale]`."""
    given = Path(os.environ.get("HOSHIYOMI_CONFIG") or CHECKOUT / "config")
    config = folder / "config"
    config.mkdir(exist_ok=True)
    for path in given.glob("*.toml"):
        shutil.copy(path, config)
    settings = config / "hoshiyomi.toml"
    text = settings.read_text("utf-8") if settings.exists() else ""
    assert "\n[scale]" not in f"\n{text}", f"{given} has a [scale] of its own"
    settings.write_text(f"{text}\n{scale}", "utf-8")
    return config


def main() -> None:
    """Start everything, hand the deployments to Prefect, and wait."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--folder", type=Path, help="data folders and logs; without it a temporary one")
    asked.add_argument("--port", type=int, default=FIRST_PORT, help="the first of five ports (default 8800)")
    asked.add_argument("--work", choices=("dask", "ray"), default="dask")
    given = asked.parse_args()
    if not (PROGRAMS / "initdb").exists():
        sys.exit("make cluster needs PostgreSQL's programs (Debian: apt install postgresql)")
    # A service manager's stop ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as up:
        folder = given.folder or Path(up.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        try:
            made = up.enter_context(cluster(folder.absolute(), given.port))
            if given.work == "ray":
                made.environment |= up.enter_context(ray_head(made.folder, given.port + 4))
            _work(up, made, given.work)
        except KeyboardInterrupt:
            print("\nthe cluster ends", flush=True)  # noqa: T201


def _work(up: ExitStack, made: Cluster, engine: str) -> None:
    config = configured(made.folder, made.scale(engine))
    told = made.told("writes", config)
    words = [str(BIN / "hoshiyomi"), "deployments", str(made.folder / "deploy")]
    said = subprocess.run(words, env=told, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    for command in said.splitlines():
        if command.startswith("prefect "):
            subprocess.run(
                [sys.executable, "-m", *command.split()],
                env=told,
                cwd=CHECKOUT,
                check=True,
                capture_output=True,
            )
    for name, words in (
        ("writes", ["worker", "--name", "writes"]),
        ("collects-1", ["worker", "--name", "collects-1", "--collect"]),
        ("collects-2", ["worker", "--name", "collects-2", "--collect"]),
    ):
        process = [str(BIN / "hoshiyomi"), *words]
        up.enter_context(running(process, made.told(name, config), made.folder / f"{name}.log"))
    kept = made.folder / "password"
    write_atomically(kept, f"{made.password}\n".encode())
    print(  # noqa: T201
        f"Prefect: {made.api.removesuffix('/api')}, whose user and password stand in {kept}\n"
        f"S3: {made.s3}, bucket {BUCKET}\nDask: {made.scheduler}\nlogs and data: {made.folder}\n"
        "Ctrl-C ends all of it. A run now: Prefect's screen, Deployments; or wait for [[schedule]].",
        flush=True,
    )
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
