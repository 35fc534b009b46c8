"""Personal texts through every real path into a data folder: none of it can be read anywhere afterwards.

A few hundred here; `tests/soak` sends five thousand.
"""

from __future__ import annotations

import sqlite3

import pytest

from flows.health.runs import latest
from tests.personal.flood import PATHS, WITHOUT_WORDS, Flooded, flood
from tests.personal.texts import generate
from tests.personal.traces import Found, search

_COUNT, _SEED = 400, 20261125


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Flooded:
    return flood(tmp_path_factory.mktemp("flood"), generate(_COUNT, _SEED))


@pytest.fixture(scope="module")
def found(flooded: Flooded) -> Found:
    secrets = [s for sent in flooded.sent.values() for s in sent]
    return search([flooded.data, flooded.logs], secrets)


def test_every_path_was_taken_and_the_run_came_to_its_end(flooded: Flooded) -> None:
    assert all(flooded.sent[path] for path in PATHS)
    # Two lists come in an unknown layout, so requests failed; everything else was published.
    assert flooded.codes["refresh"] == 12
    assert (flooded.data / "current.duckdb").exists()
    (last,) = latest(flooded.data, 1)
    assert (last.kind, last.outcome, last.revision) == ("refresh", "degraded", 1)
    assert {f["reason"] for f in last.failed} == {"shape_changed"}
    with sqlite3.connect(f"file:{flooded.data}/prefect/prefect.db?mode=ro", uri=True) as history:
        (state,) = history.execute("select state_type, state_name from flow_run where name like 'refresh%'")
    assert state == ("COMPLETED", "Degraded")


def test_no_personal_number_or_address_is_anywhere(found: Found) -> None:
    assert found.leaks == []


def test_the_texts_themselves_arrived_so_that_the_search_had_something_to_find(
    flooded: Flooded, found: Found
) -> None:
    for path, sent in flooded.sent.items():
        if path not in WITHOUT_WORDS:
            # Excerpts that are cut and testers' rows that are put aside without words have no marker.
            arrived = {s.marker for s in sent} & found.markers["landing"]
            assert len(arrived) > 0.6 * len(sent), path
    assert found.markers["warehouse"]
    assert found.markers["published"]
