"""What is remembered of each request."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flows.collection import attempts
from tests.builders import coverage, day
from warehouse.landing import Landing


def _failed(before: attempts.Attempt | None, run: str, on: int) -> attempts.Attempt:
    return attempts.after(before, run, day(on), outcome="failed", reason="blocked", detail="429")


def _well(before: attempts.Attempt | None, run: str, on: int) -> attempts.Attempt:
    return attempts.after(before, run, day(on), outcome="complete", reason="end_confirmed", detail=None)


def test_failures_are_counted_by_run_until_a_success() -> None:
    known = _failed(_failed(_failed(_well(None, "r1", 1), "r2", 2), "r2", 2), "r3", 3)
    assert (known.failed_in_a_row, known.first_at, known.last_success_at) == (2, day(1), day(1))
    assert _well(known, "r4", 4).failed_in_a_row == 0


def test_what_is_written_is_read_again_and_rubbish_is_nothing(tmp_path: Path) -> None:
    known = _failed(_well(None, "r1", 1), "r2", 2)
    attempts.write(tmp_path, "key", known)
    assert attempts.read(tmp_path, "key") == known
    assert attempts.read(tmp_path, "other") is None
    for held in (b"", b"{", b"[]", b'{"version": 99}'):
        (tmp_path / attempts.FOLDER / "key.json").write_bytes(held)
        assert attempts.read(tmp_path, "key") is None


def test_a_wait_is_kept_to_and_an_unbelievable_one_is_not() -> None:
    wait = day(2) + timedelta(hours=1)
    known = attempts.after(
        None, "r", day(2), outcome="failed", reason="blocked", detail=None, not_before=wait
    )
    assert known.wait_from(day(2)) == 3_600
    assert known.wait_from(day(3)) is None
    assert known.wait_from(day(-30)) is None


def test_the_landed_coverage_tells_of_older_data_folders(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for on, outcome in ((1, "complete"), (2, "failed"), (3, "failed")):
        reason = "end_confirmed" if outcome == "complete" else "blocked"
        row = coverage(
            f"key-2026030{on}", outcome=outcome, reason=reason, finished_at=day(on), run_id=f"r{on}"
        )
        landing.write("coverage", row.batch, "00000", [row])
    known = attempts.from_coverage(landing, "key")
    assert known is not None
    assert (known.last_success_at, known.failed_in_a_row, known.is_passing) == (day(1), 2, True)
    assert attempts.from_coverage(landing, "other") is None
