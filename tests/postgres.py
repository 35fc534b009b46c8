"""A PostgreSQL server of a test's own on loopback, from the system's package."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "hoshiyomi"
_SETTINGS = (
    "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nshared_buffers = 32MB\n"
)


def binaries() -> Path | None:
    """Where initdb lies; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        """How libpq connects, but for the database."""
        return f"host=127.0.0.1 port={self.port} user={USER}"

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Run one statement; its answer."""
        words = ["psql", "-XAtq", f"{self.address} dbname={database}", "-c", sql]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    def files(self, database: str) -> list[Path]:
        """The files of a database, with everything of it written to them."""
        self.ask("checkpoint")
        number = self.ask(f"select oid from pg_database where datname = '{database}'")
        return [p for p in (self.folder / "base" / number).iterdir() if p.is_file()]


@contextmanager
def server() -> Iterator[Server]:
    """Start a server and stop it. Only where `binaries` finds one."""
    folder = Path(tempfile.mkdtemp(prefix="hoshiyomi-postgres-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    data = folder / "data"
    words: dict[str, str | int] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        words = {"user": owner.pw_uid, "group": owner.pw_gid}
    bin_ = binaries()
    assert bin_ is not None

    def run(*command: str) -> None:
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, stdout=quiet, stderr=quiet, cwd=folder, **words)  # type: ignore[call-overload]

    run(str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "-U", USER, "--no-sync", "-E", "UTF8")
    with (data / "postgresql.conf").open("a", encoding="ascii") as file:
        file.write(f"{_SETTINGS}port = {port}\n")
    control = (str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-t", "120")
    run(*control, "-l", str(folder / "log"), "start")
    try:
        yield Server(data, port)
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
