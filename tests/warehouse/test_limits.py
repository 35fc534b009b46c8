"""One question may take so many seconds, so much memory and so many rows, and the message says what to do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.builders import review
from tests.warehouse.house import NOW, build_all, land
from warehouse import reads
from warehouse.errors import QueryError
from warehouse.publish import publish
from warehouse.reads import Limits, weight


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1"))
    build_all(data)
    return publish(data, NOW).path


ENDLESS = (
    "select count(*) from range(1000000000000)",
    "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
    "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
    # Nothing comes out of it, and something must stop it all the same.
    "select a.range from range(1000000000000) a where a.range < 0",
)


@pytest.mark.parametrize("statement", ENDLESS)
def test_an_endless_question_is_stopped_in_time(published: Path, statement: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 0\.3 s. Remedy: .*--timeout"):
        reads.ask(published, statement, limits=Limits(seconds=0.3))
    assert time.monotonic() - begun < 5
    assert reads.ask(published, "select 1")[1] == [(1,)], "the next question is answered"


def test_an_answer_that_never_ends_is_stopped_in_time_while_it_is_handed_out(published: Path) -> None:
    plenty = Limits(seconds=0.3, rows=10**12, memory_mb=2_000)
    with pytest.raises(QueryError, match="stopped after"):
        reads.ask(published, "select * from range(1000000000000)", limits=plenty)


@pytest.mark.parametrize(
    "statement",
    [
        "select a.range, b.range from range(100000) a, range(100000) b",
        "select * from range(100001)",
    ],
)
def test_an_answer_of_too_many_rows_is_stopped(published: Path, statement: str) -> None:
    with pytest.raises(QueryError, match=r"more than 100000 rows. Remedy: .*--rows"):
        reads.ask(published, statement)


def test_as_many_rows_as_allowed_are_answered(published: Path) -> None:
    assert len(reads.ask(published, "select * from range(2500)", limits=Limits(rows=2_500))[1]) == 2_500


@pytest.mark.parametrize(
    "statement",
    [
        # DuckDB's own work
        "select count(distinct r) from (select hash(range) || repeat('x', 100) r from range(3000000))",
        # what Python would hold
        "select range, repeat('x', 50000) from range(2000)",
    ],
)
def test_what_needs_too_much_memory_is_stopped(published: Path, statement: str) -> None:
    with pytest.raises(QueryError, match=r"more than 60 MB. Remedy: .*--memory"):
        reads.ask(published, statement, limits=Limits(memory_mb=60))


def test_the_weight_of_a_value_counts_what_it_holds() -> None:
    long = "x" * 10_000
    for held in (long, [long], (long,), {"a": [long]}, {long: None}):
        assert 10_000 < weight(held) < 11_000
