"""Group commit: on disk before the answer, whole or not at all, and judged in one order."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.intake.commands import Agreement, Answer, Refusal, Said, agree, give_feedback, withdraw
from flows.intake.consent_state import LandedConsents
from flows.intake.group_commit import Committer, IntakeRunning, Unavailable, only_server, prepare, sweep
from flows.intake.invitations import Invitation
from tests.builders import feedback
from tests.flows.intake.ground import landed
from warehouse.landing import Landing

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ALL = Agreement(wording="w", language="ja", improve=True, analyse=True, quote=True, contact=True)


def _tester(name: str = "t-1") -> Invitation:
    return Invitation(
        tester=name, app="app", cohort="c", opens_at=NOW, closes_at=NOW + timedelta(9), is_revoked=False
    )


def _said(text: str) -> Said:
    return Said(rating=3, text=text, language="ja", version=None, screen=None, device=None, redactions=0)


@pytest.fixture
def committer(tmp_path: Path) -> Iterator[Committer]:
    made = _committer(tmp_path)
    made.start()
    yield made
    made.stop()


def _committer(data: Path, **wanted: Any) -> Committer:
    landing = Landing(data)
    prepare(landing)
    return Committer(landing, LandedConsents(landing), lambda app: ("google_play", app), **wanted)


def test_what_comes_together_is_one_batch(committer: Committer, tmp_path: Path) -> None:
    asked = [committer.submit(agree(_tester(f"t-{n}"), ALL)) for n in range(40)]
    assert not wait(asked, 5).not_done
    assert len(landed(tmp_path, "consents")) == 40
    assert len(landed(tmp_path, "coverage")) <= 3


def test_an_answer_comes_after_its_coverage(committer: Committer, tmp_path: Path) -> None:
    seen: queue.Queue[int] = queue.Queue()
    asked = committer.submit(agree(_tester(), ALL))
    asked.add_done_callback(lambda _: seen.put(len(landed(tmp_path, "coverage"))))
    assert seen.get(timeout=5) == 1


def test_feedback_behind_a_withdrawal_is_judged_after_it(committer: Committer, tmp_path: Path) -> None:
    asked = [
        committer.submit(d)
        for d in (
            agree(_tester(), ALL),
            give_feedback(_tester(), _said("before"), "f-1", "w"),
            withdraw(_tester()),
            give_feedback(_tester(), _said("after"), "f-2", "w"),
        )
    ]
    with pytest.raises(Refusal, match="consent_missing"):
        asked[3].result(5)
    (erasure,) = landed(tmp_path, "erasures")
    (said,) = landed(tmp_path, "feedback")
    assert said["submitted_at"] < erasure["at"]


def test_a_repeat_in_the_same_batch_lands_once(committer: Committer, tmp_path: Path) -> None:
    committer.submit(agree(_tester(), ALL))
    asked = [committer.submit(give_feedback(_tester(), _said("x"), "f-1", "w")) for _ in range(5)]
    assert [a.result(5).is_repeat for a in asked] == [False, True, True, True, True]
    assert len(landed(tmp_path, "feedback")) == 1


def test_a_clock_that_was_set_back_cannot_turn_the_order(tmp_path: Path) -> None:
    times = iter([NOW - timedelta(minutes=n) for n in range(60)])
    committer = _committer(tmp_path, clock=lambda: next(times))
    committer.start()
    for decide in (agree(_tester(), ALL), withdraw(_tester()), agree(_tester(), ALL)):
        committer.submit(decide).result(5)
    taken = committer.submit(give_feedback(_tester(), _said("x"), "f-1", "w")).result(5).taken
    committer.stop()
    (erasure,) = landed(tmp_path, "erasures")
    assert taken is not None
    assert taken.at > datetime.fromisoformat(erasure["at"])


def test_a_disk_that_refuses_is_told_to_everybody_and_nothing_counts(
    committer: Committer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    committer.submit(agree(_tester(), ALL)).result(5)
    write = Landing.write

    def full(self: Landing, kind: str, *words: Any) -> int:
        if kind == "coverage":
            raise OSError(28, "No space left on device")
        return write(self, kind, *words)

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, "flows.intake"):
        broken.setattr(Landing, "write", full)
        with pytest.raises(Unavailable):
            committer.submit(give_feedback(_tester(), _said("私の言葉"), "f-1", "w")).result(5)
        assert not committer.is_well
    assert "No space left" in caplog.text
    assert "私の言葉" not in caplog.text
    assert list((tmp_path / "landing" / "feedback").iterdir()) == []
    again = committer.submit(give_feedback(_tester(), _said("私の言葉"), "f-1", "w")).result(5)
    assert not again.is_repeat
    assert committer.is_well


def test_too_many_at_once_are_refused_at_once(tmp_path: Path) -> None:
    committer = _committer(tmp_path)
    for _ in range(2_000):
        committer.submit(agree(_tester(), ALL))
    with pytest.raises(Unavailable):
        committer.submit(agree(_tester(), ALL))


def test_what_a_killed_server_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for batch in ("intake-20261101t000000.000000z-000001", "import-dump"):
        landing.write("feedback", batch, "00000", [feedback()])
    assert sweep(landing) == 1
    assert [p.name for p in (tmp_path / "landing" / "feedback").iterdir()] == ["import-dump"]


def test_one_data_folder_has_one_server(tmp_path: Path) -> None:
    with only_server(tmp_path), pytest.raises(IntakeRunning, match="Remedy"), only_server(tmp_path):
        pass
    with only_server(tmp_path):
        pass


STEPS = st.lists(
    st.tuples(st.sampled_from(["agree", "withdraw", "say"]), st.integers(0, 2), st.integers(0, 3)),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_comes_at_once_a_replay_stands_as_the_server_did(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """And no text that was taken in lies behind its tester's withdrawal."""
    data = tmp_path_factory.mktemp("steps")
    committer = _committer(data, window_s=0.002)
    committer.start()
    asked: list[Future[Answer]] = []
    for what, who, number in steps:
        tester = _tester(f"t-{who}")
        decide = {
            "agree": agree(tester, ALL),
            "withdraw": withdraw(tester),
            "say": give_feedback(tester, _said(f"{number}"), f"f-{who}-{number}", "w"),
        }[what]
        asked.append(committer.submit(decide))
    committer.stop()
    assert all(a.done() for a in asked)
    replayed = LandedConsents(Landing(data))
    replayed.replay()
    for who in range(3):
        mine = [(a, s) for a, s in zip(asked, steps, strict=True) if s[1] == who]
        stands = False
        for answer, (what, _, _) in mine:
            refused = isinstance(answer.exception(), Refusal)
            assert refused == (what == "say" and not stands)
            stands = what == "agree" or (stands and what != "withdraw")
        assert (replayed.of((f"t-{who}", "app")).holds is not None) == stands
        kept = [f for f in landed(data, "feedback") if f["tester"] == f"t-{who}"]
        erased = [e["at"] for e in landed(data, "erasures") if e["tester"] == f"t-{who}"]
        alive = [f["feedback_id"] for f in kept if all(f["submitted_at"] > at for at in erased)]
        assert len(alive) == len(set(alive))


def test_many_threads_may_submit(committer: Committer, tmp_path: Path) -> None:
    committer.submit(agree(_tester(), ALL)).result(5)
    asked: list[Future[Answer]] = []

    def ask(thread: int) -> None:
        for n in range(20):
            asked.append(committer.submit(give_feedback(_tester(), _said("x"), f"f-{thread}-{n}", "w")))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wait(asked, 10).not_done
    assert len({f["feedback_id"] for f in landed(tmp_path, "feedback")}) == 160
