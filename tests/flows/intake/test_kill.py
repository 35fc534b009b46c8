"""kill -9 of the real server under a hundred testers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.intake.ground import server
from tests.flows.intake.storm import repeat_all, storm


def _check(tmp_path: Path, *, seconds: float, kills: int) -> None:
    with server(tmp_path) as running:
        seen = storm(running, testers=100, seconds=seconds, kills=kills)
        assert seen.kills == kills
        assert set(seen.answers) <= {200, 201}, seen.answers
        assert len(seen.acknowledged) > 100
        assert seen.faults(running) == []
        running.kill()
        running.start()
        assert repeat_all(running, seen) == {"known": len(seen.acknowledged)}
        assert seen.faults(running) == []
        assert running.stop() == 0


def test_what_was_acknowledged_is_there_once_after_a_kill(tmp_path: Path) -> None:
    _check(tmp_path, seconds=4, kills=1)


@pytest.mark.soak
def test_thirty_seconds_and_eight_kills(tmp_path: Path) -> None:
    _check(tmp_path, seconds=30, kills=8)
