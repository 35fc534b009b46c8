"""Every listed client reads while publications follow each other, without an error and without a half
state."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import review
from tests.warehouse.clients import WAYS, command_line
from tests.warehouse.house import NOW, land
from warehouse.publish import publish
from warehouse.schema import build
from warehouse.writes import writer

SCRIPT = Path(__file__).with_name("clients.py")
PACKAGES = {"polars": "polars", "ibis": "ibis"}


def present() -> list[str]:
    """The clients that are installed."""
    known = {way for way in WAYS if way not in PACKAGES or importlib.util.find_spec(PACKAGES[way])}
    return sorted(known - (set() if command_line() else {"command_line"}))


def publish_next(data: Path, n: int) -> None:
    """Publication number n, of n reviews."""
    land(data, f"b{n}", review(f"r{n}", text=f"レビュー {n}"))
    with writer(data) as w:
        w.load(NOW)
        build(w.con)
    assert publish(data, NOW).revision == n


def read_while_publishing(data: Path, seconds: float, least: int) -> dict[str, tuple[int, int]]:
    """What each client saw, (looks, newest revision), while there was a new publication as soon as could
    be."""
    publish_next(data, 1)
    stop = data.parent / "stop"
    environment = os.environ | {"HOSHIYOMI_DATA": str(data)}
    clients = {
        way: subprocess.Popen(
            [sys.executable, str(SCRIPT), way, str(data), str(stop)], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for way in present()
    }  # fmt: skip
    try:
        until, n = time.monotonic() + seconds, 1
        while time.monotonic() < until or n < least:
            n += 1
            publish_next(data, n)
    finally:
        stop.touch()
        ends = {way: (client.communicate(timeout=120), client.returncode) for way, client in clients.items()}
    assert [(way, err) for way, ((_, err), code) in ends.items() if code] == []
    seen = {way: tuple(map(int, out.split())) for way, ((out, _), _) in ends.items()}
    assert all(looks >= 1 for looks, _ in seen.values())
    return {way: (looks, newest) for way, (looks, newest) in seen.items()}


def test_clients_read_while_publications_follow_each_other(tmp_path: Path) -> None:
    seen = read_while_publishing(tmp_path / "data", seconds=3, least=4)
    assert {"duckdb", "pandas", "sql"} <= set(seen)
    assert max(newest for _, newest in seen.values()) >= 3


@pytest.mark.soak
def test_clients_read_for_long_while_publications_follow_each_other(tmp_path: Path) -> None:
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seen = read_while_publishing(tmp_path / "data", seconds=60 * minutes, least=20)
    assert all(looks >= 20 for looks, _ in seen.values())
