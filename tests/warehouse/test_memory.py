"""Finding what waits to be read takes little memory, however much waits: another model, other rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import generated
from warehouse.writes import writer

REVIEWS = 150_000
LITTLE = "56MB"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("much")
    with writer(folder) as w:
        generated.fill(w, apps=3, reviews=REVIEWS)
    return folder


def test_all_texts_wait_for_another_model(data: Path) -> None:
    with writer(data, memory_limit=LITTLE) as w:
        assert len(w.unclassified("another", 1_000)) == 1_000
        assert w.count_unclassified("another") >= REVIEWS


def test_all_texts_wait_for_other_rules(data: Path) -> None:
    with writer(data, memory_limit=LITTLE) as w:
        assert len(w.undetected(99, 1_000)) == 1_000
