"""A lake: what is wrong with it, what is told, what is done, and it is written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import review
from tests.remedies.claims import carries_out, refused
from tests.warehouse import lakes
from tests.warehouse.house import NOW, build_all, land, load
from warehouse import engines, lake
from warehouse.errors import Busy, WarehouseError
from warehouse.publish import publish

pytestmark = pytest.mark.skipif(
    not lakes.is_installed(), reason="DuckDB's extension ducklake is missing: make lake"
)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose tables lie in a lake."""
    before = engines.told_by(lambda data: lakes.migrated(data) if data == tmp_path else None)
    yield tmp_path
    engines.told_by(before)


@carries_out("is not installed. Remedy: `make lake`.")
def test_the_extensions_are_installed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lakes.migrated(data)
    with monkeypatch.context() as without:
        without.setattr(lake, "find_spec", lambda _: None)
        with refused(WarehouseError):
            load(data)
    load(data)


@carries_out("for {} s now. Remedy: wait for it to end, then run it again; to read while it writes")
def test_another_writer_is_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake, "WAIT_S", 0.3)
    with lake.turn(lakes.migrated(data)), refused(Busy) as told:
        load(data)
    assert "hoshiyomi path" in told[0]
    load(data)


@carries_out("cannot be opened: {} Remedy: see that the server runs and lets this user in")
def test_the_catalog_is_that_of_the_lake(data: Path) -> None:
    load(data)
    catalog = data / "catalog.ducklake"
    right = catalog.read_bytes()
    catalog.write_bytes(b"another file")
    with refused(WarehouseError):
        load(data)
    catalog.write_bytes(right)
    load(data)


@carries_out("was made of it. Remedy: let Hoshiyomi alone write there, and run it again.")
def test_nobody_else_writes_while_it_publishes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    land(data, "b1", review("r1"))
    build_all(data)
    with monkeypatch.context() as another:
        another.setattr(lake, "snapshot", lambda _: 7)
        with refused(WarehouseError):
            publish(data, NOW)
    assert publish(data, NOW).is_new
