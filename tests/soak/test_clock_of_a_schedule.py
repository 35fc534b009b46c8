"""A scheduled run under a wrong clock is a failed run on Prefect's own record, and takes nothing away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flows.privacy.clock import believe, utc_now
from tests.builders import feedback
from tests.flows.privacy.test_clock import disk
from tests.warehouse.house import land

pytestmark = pytest.mark.soak


def test_a_scheduled_run_under_a_wrong_clock_ends_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.pipeline.refresh import refresh

    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    believe(tmp_path, utc_now() - timedelta(days=800), 60, confirmed=False)
    land(tmp_path, "b1", feedback("f1", submitted_at=utc_now() - timedelta(days=3)))
    before = disk(tmp_path)
    state = refresh(return_state=True)  # type: ignore[call-overload]
    assert state.is_failed()
    assert "800 days after the last run" in str(state.message)
    assert {k: v for k, v in disk(tmp_path).items() if k != ".refresh.lock"} == before
