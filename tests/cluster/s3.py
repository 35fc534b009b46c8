"""A real S3 server on loopback: moto in server mode, a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.flows.processes import wait_for

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDOFTHISTESTONLY", "AWS_SECRET_ACCESS_KEY": "a-secret-of-this-test-only"}
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class S3:
    """A running server."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def make_bucket(self, name: str) -> None:
        """As an administrator does once."""
        httpx.put(f"{self.endpoint}/{name}", timeout=10).raise_for_status()


@contextmanager
def s3_server(port: int, log: Path) -> Iterator[S3]:
    """The server until the end of the block."""
    # What is in it goes with it; moto tells nobody of itself.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env=environment, stdout=out, stderr=out,
        )  # fmt: skip
    server = S3(f"http://127.0.0.1:{port}", process)
    try:
        wait_for(lambda: _answers(server.endpoint), 120, lambda: log.read_text("utf-8")[-2000:])
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(endpoint: str) -> bool:
    try:
        return httpx.get(f"{endpoint}/moto-api/", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
