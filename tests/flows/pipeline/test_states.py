"""How a run went as a whole."""

from __future__ import annotations

from flows.collection.collector import ELSEWHERE, Collected
from flows.pipeline.states import Answer, verdict


def _answer(store: str, place: str, outcome: str, app: str = "a") -> Answer:
    failed = outcome == "failed"
    result = Collected("b", 0, outcome, False, "blocked" if failed else None, "HTTP 429" if failed else None)
    return Answer(
        app=app, source="s", store=store, store_app_id="id", asked_for="reviews", place=place, result=result
    )


def test_a_run_without_failures_is_complete_and_says_what_is_partial() -> None:
    judged = verdict([_answer("x", "ja", "complete"), _answer("x", "en", "partial")])
    assert (judged.went, judged.message) == ("complete", "2 requests, 1 of them partial")
    assert verdict([]).went == "complete"


def test_a_failure_beside_successes_of_the_store_degrades_and_is_named() -> None:
    judged = verdict([_answer("x", "ja", "complete"), _answer("x", "en", "failed")])
    assert judged.went == "degraded"
    assert judged.message == "1 of 2 requests failed: a s en (reviews): blocked, HTTP 429"


def test_a_store_of_which_every_ask_failed_fails_the_run_whatever_else_came() -> None:
    judged = verdict([_answer("x", "ja", "complete"), _answer("y", "en", "failed")])
    assert judged.went == "failed"
    assert "every request of a in y" in judged.message
    # The same store's requests of another app do not excuse this one's.
    answers = [_answer("x", "ja", "complete", "b"), _answer("x", "ja", "failed", "a")]
    assert verdict(answers).went == "failed"


def test_an_ask_of_another_process_is_not_ours_to_judge() -> None:
    judged = verdict([_answer("x", "ja", ELSEWHERE), _answer("x", "en", "failed")])
    assert judged.went == "failed"
    assert judged.message.startswith("1 of 1 requests failed")


def test_a_hundred_failures_make_no_endless_message() -> None:
    judged = verdict([_answer("x", f"p{n}", "failed") for n in range(100)])
    assert judged.message.endswith("; and 92 more")
