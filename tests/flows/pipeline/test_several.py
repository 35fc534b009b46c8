"""A disk, a store and a channel that fail in one run are all named, each with its remedy."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from flows.collection.collector import Collected, not_the_stores
from flows.config.load import Config
from flows.errors import mendable
from flows.health import runs
from flows.health.runs import latest, recorded
from flows.lock import RefreshRunning
from flows.pipeline import several
from flows.pipeline.several import Fault, SeveralFailed, of_sources, told_together
from flows.pipeline.states import Answer
from models.text.scorers import ModelChoice

FULL = OSError(errno.ENOSPC, "No space left on device", "landing/reviews/b/0.jsonl.gz")
REFUSED = Collected("b", 0, "failed", False, "blocked", "HTTP 429", is_passing=True)
GONE = Collected("b", 0, "failed", False, "not_found", "no such app")
FINE = Collected("b", 3, "complete")


def _answer(result: Collected, place: str = "ja", app: str = "procedures") -> Answer:
    return Answer(
        app=app, source="google_play", store="google_play", store_app_id="jp.example.app",
        asked_for="reviews", place=place, result=result,
    )  # fmt: skip


def _config(data: Path) -> Config:
    return Config(data=data, apps=(), topics=(), model=ModelChoice())


def test_disk_store_and_channel_are_named_with_their_remedies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = Fault(what="mail to ops@example.jp: connection refused", remedy="start the mail server.")
    monkeypatch.setattr(several, "CHANNELS", [lambda _config: [mail]])
    answers = [_answer(FINE), _answer(REFUSED), _answer(REFUSED, "en")]
    with pytest.raises(SeveralFailed) as caught, told_together(_config(tmp_path), answers):
        raise FULL
    told = str(caught.value)
    assert told.startswith("3 things failed. (1) The disk is full: landing/reviews/b/0.jsonl.gz")
    assert "Remedy: free space and run the same command again" in told
    assert "(2) procedures google_play ja (reviews): blocked, HTTP 429 (and 1 more of its requests)." in told
    assert "Remedy: open the store from this machine's network" in told
    assert "(3) mail to ops@example.jp: connection refused. Remedy: start the mail server." in told
    assert told.count("Remedy:") == 3
    # The command ends as for what ended the run, in one sentence.
    assert caught.value.exit_code == 15
    assert mendable(caught.value) is caught.value


def test_what_the_disk_did_not_take_is_not_a_fault_of_the_stores(tmp_path: Path) -> None:
    refused = _answer(not_the_stores(FULL))
    assert refused.result.reason == "disk"
    with pytest.raises(OSError, match="No space"), told_together(_config(tmp_path), [refused, _answer(FINE)]):
        raise FULL
    # An error of the network is an OSError, too, and a bug is none of the disk's.
    for other in (ConnectionResetError(errno.ECONNRESET, "reset"), ValueError("x")):
        assert not_the_stores(other).reason == "error"


def test_one_fault_alone_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"), told_together(_config(tmp_path), [_answer(FINE)]):
        raise FULL


@pytest.mark.parametrize("error", [RefreshRunning("busy"), ZeroDivisionError("a fault of ours")])
def test_what_is_no_fault_of_the_machine_is_left_alone(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, told_together(_config(tmp_path), [_answer(REFUSED)]):
        raise error
    assert caught.value is error


def test_the_record_of_the_run_holds_all_of_it(tmp_path: Path) -> None:
    with (
        pytest.raises(SeveralFailed),
        recorded(tmp_path, "r", "refresh"),
        told_together(_config(tmp_path), [_answer(GONE, app="pay")]),
    ):
        raise FULL
    (run,) = latest(tmp_path, 1)
    assert run.message is not None
    assert "2 things failed" in run.message
    assert "not_found" in run.message


def test_sources_that_fail_alike_are_one_fault() -> None:
    found = of_sources([_answer(REFUSED), _answer(GONE, "en"), _answer(REFUSED, "fr"), _answer(FINE, "de")])
    assert len(found) == 2
    assert "correct the id or the place in apps.toml" in found[1].remedy


def test_a_record_that_a_full_disk_refuses_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = runs._write

    def full(folder: Path, run: runs.Run) -> None:
        if run.ended_at is not None:
            raise OSError(errno.ENOSPC, "No space left on device", "runs/r.json")
        plain(folder, run)

    monkeypatch.setattr(runs, "_write", full)
    with (
        pytest.raises(SeveralFailed, match="2 things failed"),
        recorded(tmp_path, "r", "refresh"),
        told_together(_config(tmp_path), [_answer(REFUSED)]),
    ):
        raise FULL
    with pytest.raises(OSError, match="No space"), recorded(tmp_path, "r2", "refresh"):
        pass
