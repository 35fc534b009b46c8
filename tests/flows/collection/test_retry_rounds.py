"""What is asked again at the end of a run, and after which pause."""

from __future__ import annotations

from flows.collection.attempts import next_round
from flows.collection.collector import Collected
from flows.config.settings import RetryChoice

CHOICE = RetryChoice(rounds=2, wait_s=60, patience_s=600)


def _failed(wait: float | None = None, *, passing: bool = True) -> Collected:
    return Collected("b", 0, "failed", False, "blocked", None, is_passing=passing, wait=wait)


def test_only_what_may_pass_is_asked_again() -> None:
    ended = {
        "refused": _failed(), "moved": _failed(passing=False),
        "fine": Collected("b", 3, "complete"), "short": Collected("b", 3, "partial", is_passing=True),
    }  # fmt: skip
    again = next_round(ended, 0, 0, CHOICE)
    assert again is not None
    assert (again.wait, again.requests) == (60, ("refused",))


def test_the_pause_doubles_until_rounds_or_patience_end() -> None:
    ended = {"a": _failed()}
    second = next_round(ended, 1, 60, CHOICE)
    assert second is not None
    assert second.wait == 120
    assert next_round(ended, 2, 180, CHOICE) is None
    assert next_round(ended, 1, 600, CHOICE) is None
    last = next_round(ended, 1, 550, CHOICE)
    assert last is not None
    assert last.wait == 50


def test_a_longer_retry_after_is_kept_to_and_one_beyond_patience_is_left_to_a_later_run() -> None:
    again = next_round({"a": _failed(300), "b": _failed(), "c": _failed(3_600)}, 0, 0, CHOICE)
    assert again is not None
    assert (again.wait, again.requests) == (300, ("a", "b"))
    assert next_round({"c": _failed(3_600)}, 0, 0, CHOICE) is None


def test_without_rounds_nothing_is_asked_again() -> None:
    assert next_round({"a": _failed()}, 0, 0, RetryChoice(rounds=0)) is None
