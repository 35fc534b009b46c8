"""Every listed client reads while publications follow each other, without an error and without a half
state."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.builders import review
from tests.conftest import hoshiyomi
from tests.warehouse.clients import WAYS, command_line
from tests.warehouse.house import land
from warehouse.publish import publish
from warehouse.reads import current
from warehouse.schema import build
from warehouse.snapshots import revision_of
from warehouse.writes import writer

SCRIPT = Path(__file__).with_name("clients.py")
PACKAGES = {"polars": "polars", "ibis": "ibis", "mcp": "mcp"}
SLOW = {"csv", "export", "driver", "mcp"}
"""Each look of these takes a second or more; the soak has them."""


def present() -> list[str]:
    """The clients that are installed."""
    known = {way for way in (*WAYS, "mcp") if way not in PACKAGES or importlib.util.find_spec(PACKAGES[way])}
    return sorted(known - (set() if command_line() else {"command_line"}))


def publish_next(data: Path, n: int, *, by_command: bool = False) -> None:
    """Publication number n, of n reviews; by `hoshiyomi refresh` itself, which takes seconds, or by its last
    steps."""
    land(data, f"b{n}", review(f"r{n}", text=f"レビュー {n}"))
    if by_command:
        assert hoshiyomi("refresh", data=data).returncode == 0
        assert revision_of(current(data)) == n
        return
    now = datetime.now(UTC)
    with writer(data) as w:
        w.load(now)
        build(w.con)
    assert publish(data, now).revision == n


def read_while_publishing(
    data: Path, seconds: float, least: int, ways: Collection[str], *, refreshes: bool = False
) -> dict[str, tuple[int, int]]:
    """What each client saw, (looks, newest revision), while there was a new publication as soon as could be;
    with `refreshes` every tenth by the whole command."""
    publish_next(data, 1)
    stop = data.parent / "stop"
    environment = os.environ | {"HOSHIYOMI_DATA": str(data)}
    clients = {
        way: subprocess.Popen(
            [sys.executable, str(SCRIPT), way, str(data), str(stop)], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for way in ways
    }  # fmt: skip
    try:
        until, n = time.monotonic() + seconds, 1
        while time.monotonic() < until or n < least:
            n += 1
            publish_next(data, n, by_command=refreshes and n % 10 == 0)
    finally:
        stop.touch()
        ends = {way: (client.communicate(timeout=120), client.returncode) for way, client in clients.items()}
    assert [(way, err) for way, ((_, err), code) in ends.items() if code] == []
    seen = {way: tuple(map(int, out.split())) for way, ((out, _), _) in ends.items()}
    assert all(looks >= 1 for looks, _ in seen.values())
    return {way: (looks, newest) for way, (looks, newest) in seen.items()}


def test_clients_read_while_publications_follow_each_other(tmp_path: Path) -> None:
    seen = read_while_publishing(tmp_path / "data", seconds=3, least=4, ways=sorted({*present()} - SLOW))
    assert {"duckdb", "pandas", "sql"} <= set(seen)
    assert max(newest for _, newest in seen.values()) >= 3


@pytest.mark.soak
def test_clients_read_for_long_while_publications_follow_each_other(tmp_path: Path) -> None:
    """Ways in ten: those of docs/analysts.md that can be had from a registry, and a driver's way to open."""
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seen = read_while_publishing(
        tmp_path / "data", seconds=60 * minutes, least=20, ways=present(), refreshes=True
    )
    (tmp_path / "seen.json").write_text(json.dumps(seen), "utf-8")
    assert seen.keys() == {*WAYS, "mcp"}
    assert all(looks >= 3 for looks, _ in seen.values())
