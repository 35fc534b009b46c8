"""`hoshiyomi sql` is held to its limits also by work that heeds no interruption and counts no memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from flows.answers.limits import held_to
from tests.builders import review
from tests.conftest import hoshiyomi
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    return data


def test_one_call_that_heeds_no_interruption_ends_with_the_process(data: Path) -> None:
    slow = "select levenshtein(repeat('a', 300000), repeat('b', 300000))"
    begun = time.monotonic()
    done = hoshiyomi("sql", slow, "--timeout", "0.5", data=data, code=7)
    assert time.monotonic() - begun < 30
    assert "stopped after 0.5 s. Remedy:" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_one_value_that_counts_no_memory_is_refused_by_the_system(data: Path) -> None:
    done = hoshiyomi("sql", "select repeat('a', 3000000000)", "--memory", "60", data=data, code=7)
    assert "more than 60 MB. Remedy:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_cross_join_prints_nothing_of_itself(data: Path, form: str) -> None:
    asked = "select a.range, b.range from range(100000) a, range(100000) b"
    done = hoshiyomi("sql", asked, "--format", form, "--rows", "5000", data=data, code=7)
    assert done.stdout == ""
    assert "more than 5000 rows" in done.stderr
    assert "--rows" in done.stderr


def test_the_bound_on_memory_is_lifted_afterwards() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with held_to(seconds=60, memory_bytes=1, last_word="", exit_code=7), pytest.raises(MemoryError):
        bytearray(2_000_000_000)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
