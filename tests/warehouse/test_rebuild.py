"""What lives in no landing file is put back from the publication when the working file is made anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import coverage, review
from tests.warehouse.analysed import put
from tests.warehouse.house import NOW, land, rows
from warehouse.publish import publish
from warehouse.rebuild import GROWN, PUBLICATIONS, restore, set_aside
from warehouse.schema import build
from warehouse.writes import writer


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A published folder with an alarm, a verdict and an audit, whose working file was set aside."""
    land(tmp_path, "b1", review("r1"), coverage("b1"))
    with writer(tmp_path) as w:
        w.load(NOW)
        for name in GROWN:
            if name != PUBLICATIONS:
                put(w, name)
        build(w.con)
    publish(tmp_path, NOW)
    set_aside(tmp_path, NOW)
    return tmp_path


def _left(data: Path) -> dict[str, int]:
    with writer(data) as w:
        return {name: len(rows(w.con, f"from inferred.{name}")) for name in GROWN}


def test_when_an_alarm_was_told_and_what_was_said_survive_a_rebuild(data: Path) -> None:
    assert restore(data, []) == dict.fromkeys(GROWN, 1)
    with writer(data) as w:
        (alarm,) = rows(w.con, "from inferred.alarms")
        (said,) = rows(w.con, "from inferred.verdict_history")
    assert alarm["first_told_at"] == said["said_at"] == datetime.fromisoformat("2026-03-09T02:00:00+00:00")
    assert restore(data, []) == dict.fromkeys(GROWN, 1)
    assert _left(data) == dict.fromkeys(GROWN, 1)


def test_what_may_rest_on_an_import_that_was_taken_back_does_not_come_back(data: Path) -> None:
    assert restore(data, [], NOW + timedelta(hours=1)) == {"audit": 1, "publications": 1}
    assert _left(data) == {"audit": 1, "publications": 1, "alarms": 0, "verdict_history": 0}
    assert restore(data, [], NOW - timedelta(hours=1)) == dict.fromkeys(GROWN, 1)


def test_without_a_publication_nothing_is_put_back(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"), coverage("b1"))
    assert restore(tmp_path, []) == {}
