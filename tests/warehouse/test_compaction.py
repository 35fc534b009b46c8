"""Merging the intake's batches: the same tables, whatever is killed; erasures reach what was merged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.intake.consent_state import LandedConsents
from flows.intake.group_commit import sweep as intake_sweep
from flows.privacy.erasure import request
from flows.repair import mend
from tests.builders import consent, coverage, feedback
from tests.flows.privacy.erasing import execute
from tests.searching import found
from tests.warehouse.house import NOW, load, tables
from warehouse.compaction import compact, tidy
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.records import Erasure
from warehouse.soundness import is_sound
from warehouse.tombstones import Tombstones
from warehouse.writes import FILE, writer

FEWEST, MANY = 5, 6


def _text(n: int) -> str:
    return f"words of tester {n * 7919:06d}"


def _intake(data: Path, first: int = 0, many: int = MANY) -> Landing:
    """Group commits, each of one tester: consent and feedback."""
    landing = Landing(data)
    for n in range(first, first + many):
        batch = f"intake-20261001t101112.{n:06d}z-{n:06d}"
        landing.write("consents", batch, "00000", [consent(f"t{n}")])
        landing.write("feedback", batch, "00000", [feedback(f"f{n}", tester=f"t{n}", text=_text(n))])
        row = coverage(batch, asked_for="feedback", got=1)
        landing.write("coverage", batch, "coverage", [row])
    return landing


def _state(data: Path) -> tuple[dict[str, Any], list[Any]]:
    """The core tables, and what a publication's fingerprint takes of the files."""
    with writer(data) as w:
        files = w.con.execute(
            "select kind, sum(stands_for) from core.landing_files group by all order by all"
        )
        return tables(w.con), files.fetchall()


def _compact(data: Path, **wanted: Any) -> int:
    with writer(data) as w:
        return compact(w, NOW, settled_s=0, fewest=FEWEST, **wanted).batches


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)


def test_merged_or_not_loaded_or_rebuilt_the_tables_are_the_same(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    before = _state(tmp_path)
    assert _compact(tmp_path) == MANY
    assert [len(landing.files(k)) for k in ("consents", "feedback", "coverage")] == [1, 1, 1]
    (batch,) = landing.whole_batches()
    assert is_sound(landing, batch)
    assert _state(tmp_path) == before
    again = load(tmp_path)
    assert (again.files, again.missing, again.unfinished) == ({}, (), ())
    assert _compact(tmp_path) == 0
    (tmp_path / FILE).unlink()
    load(tmp_path)
    assert _state(tmp_path) == before


def test_merged_batches_are_merged_again_and_nothing_is_done_for_few(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    _compact(tmp_path)
    _intake(tmp_path, MANY, FEWEST - 2)
    load(tmp_path)
    assert _compact(tmp_path) == 0
    _intake(tmp_path, 2 * MANY, 2)
    load(tmp_path)
    before = _state(tmp_path)
    assert _compact(tmp_path) == FEWEST + 1
    assert len(landing.files("feedback")) == 1
    (tmp_path / FILE).unlink()
    load(tmp_path)
    assert _state(tmp_path) == before


def test_what_was_not_loaded_is_young_or_is_harmed_is_left_alone(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    assert _compact(tmp_path) == 0
    load(tmp_path)
    with writer(tmp_path) as w:
        assert compact(w, NOW, fewest=FEWEST).batches == 0
    harmed = landing.path("feedback", "intake-20261001t101112.000003z-000003", "00000")
    harmed.write_bytes(harmed.read_bytes()[:-9])
    _compact(tmp_path)
    assert harmed.exists()
    assert len(landing.files("feedback")) == 2


# Three files are landed, eighteen removed.
STEPS = (1, 2, 3, 4, 5, 13, 21)


@pytest.mark.parametrize("dies_at", STEPS)
@pytest.mark.parametrize("then", ["load", "rebuild", "intake"])
def test_killed_at_any_step_the_old_or_the_new_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int, then: str
) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    before = _state(tmp_path)
    steps: list[str] = []

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Path, *words: object, **more: object) -> object:
            steps.append(self.name)
            if len(steps) == dies_at:
                raise KeyboardInterrupt
            return original(self, *words, **more)

        return step

    with monkeypatch.context() as dies:
        for name in ("rename", "unlink"):
            dies.setattr(Path, name, dying(getattr(Path, name)))
        with pytest.raises(KeyboardInterrupt):
            _compact(tmp_path)
    if then == "intake":
        intake_sweep(landing)
    if then == "rebuild":
        (tmp_path / FILE).unlink()
    load(tmp_path)
    assert _state(tmp_path) == before
    tidy(landing)
    _compact(tmp_path)
    assert _state(tmp_path) == before
    assert [len(landing.files(k)) for k in ("consents", "feedback", "coverage")] == [1, 1, 1]
    assert [p for p in (tmp_path / "landing").rglob("intake-*") if list(p.iterdir())] == []


def test_killed_before_the_ledger_knew_it_nothing_is_loaded_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _intake(tmp_path)
    load(tmp_path)
    before = _state(tmp_path)

    def dies(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("warehouse.compaction.adopt", dies)
        _compact(tmp_path)
    assert load(tmp_path).files == {}
    assert _state(tmp_path) == before


def test_an_erasure_reaches_merged_files_and_a_search_finds_nothing(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    _compact(tmp_path)
    load(tmp_path)
    assert found(tmp_path / "landing", [_text(3)])
    request(
        tmp_path, [Erasure(tester="t3", app="app", at=NOW + timedelta(days=99), source="intake")], (), NOW
    )
    (receipt,) = execute(tmp_path)
    assert '"compact-intake-' in receipt.read_text().replace("feedback/", '"')
    assert found(tmp_path, [_text(3)]) == []
    assert found(tmp_path / "landing", [_text(4)])
    (batch,) = (b for b in landing.whole_batches() if b.startswith("compact-"))
    assert is_sound(landing, batch)
    (tmp_path / FILE).unlink()
    load(tmp_path)
    with writer(tmp_path) as w:
        assert w.con.execute("select count(*) from core.feedback").fetchone() == (MANY - 1,)


def test_an_erasure_asked_for_between_merging_and_tidying_leaves_no_second_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _intake(tmp_path)
    load(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("warehouse.compaction.tidy", lambda _landing: 0)
        with writer(tmp_path) as w:
            compact(w, NOW, settled_s=0, fewest=FEWEST)
    assert len(Landing(tmp_path).files("feedback")) == MANY + 1
    request(
        tmp_path, [Erasure(tester="t3", app="app", at=NOW + timedelta(days=99), source="intake")], (), NOW
    )
    execute(tmp_path)
    assert found(tmp_path, [_text(3)]) == []


def test_the_intake_knows_after_a_restart_what_was_merged(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    alone = LandedConsents(landing)
    alone.replay()
    _compact(tmp_path)
    running = alone
    running.notice()
    fresh = LandedConsents(landing)
    fresh.replay()
    for n in (0, MANY - 1):
        assert fresh.taken(f"f{n}") == alone.taken(f"f{n}") is not None
        assert fresh.of((f"t{n}", "app")) == running.of((f"t{n}", "app"))
        assert len(fresh.of((f"t{n}", "app")).entries) == 1
    assert len(Tombstones.landed(landing)) == 0


def test_a_damaged_merged_file_is_told_with_a_remedy(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    _compact(tmp_path)
    (name,) = landing.files("feedback")
    path = landing.folder / name
    backup = path.read_bytes()
    path.write_bytes(backup[:-20])
    (tmp_path / FILE).unlink()
    with pytest.raises(LandingError, match="put the file back from a backup"):
        load(tmp_path)
    path.write_bytes(backup)
    load(tmp_path)


def test_damaged_coverage_of_a_merged_batch_is_told_and_mended(tmp_path: Path) -> None:
    landing = _intake(tmp_path)
    load(tmp_path)
    _compact(tmp_path)
    (name,) = landing.files("coverage")
    (landing.folder / name).write_bytes(b"no gzip")
    (tmp_path / FILE).unlink()
    with pytest.raises(LandingError, match="`hoshiyomi mend`"):
        load(tmp_path)
    mend(tmp_path, NOW)
    assert load(tmp_path).rows["feedback"] == MANY
