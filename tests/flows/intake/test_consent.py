"""Consent over the API: nothing without it, everything back with one call, and the ledger tells all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.intake.ground import APP, Intake, bearer, intake
from warehouse.landing import Landing
from warehouse.records import Consent, Coverage, Erasure


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    with intake(tmp_path_factory.mktemp("intake")) as made:
        yield made


@pytest.fixture
def here(running: Intake) -> Intake:
    return running.newcomers()


def test_nothing_is_taken_in_before_consent(here: Intake) -> None:
    answer = here.say()
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert here.landed("feedback") == []


def test_nothing_is_taken_in_without_the_purpose_of_improving(here: Intake) -> None:
    assert here.agree(improve=False).status_code == 200
    assert here.say().json()["code"] == "consent_missing"


def test_feedback_carries_what_was_agreed_to_when_it_was_sent(here: Intake) -> None:
    here.agree(analyse=True, quote=False)
    here.say("一つ目")
    here.agree(analyse=False, quote=True)
    here.say("二つ目")
    said = {
        f["text"]: (f["may_analyse"], f["may_quote"], f["consent_version"]) for f in here.landed("feedback")
    }
    assert said == {"一つ目": (True, False, "2026-11"), "二つ目": (False, True, "2026-11")}


def test_every_purpose_must_be_answered(here: Intake) -> None:
    body = {"wording": "2026-11", "language": "ja", "improve": True, "analyse": True, "quote": False}
    answer = here.client.put("/v1/consent", json=body, headers=bearer(here.codes[0]))
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == ["contact"]


@pytest.mark.parametrize("value", ["true", 1, None])
def test_only_a_plain_yes_or_no_is_an_answer(here: Intake, value: object) -> None:
    assert here.agree(analyse=value).status_code == 422
    assert here.landed("consents") == []


def test_the_ledger_keeps_every_step(here: Intake) -> None:
    here.agree()
    here.agree(quote=True)
    here.agree(quote=True)
    here.withdraw()
    here.withdraw()
    assert [c["event"] for c in here.landed("consents")] == ["given", "changed", "withdrawn"]
    (erasure,) = here.landed("erasures")
    assert (erasure["tester"], erasure["app"], erasure["source"]) == (here.testers[0], APP, "intake")
    history = here.consent()["history"]
    assert [e["event"] for e in history] == ["given", "changed", "withdrawn", "erasure_ordered"]
    assert here.consent()["status"] == "withdrawn"


def test_after_withdrawal_nothing_is_taken_in_until_a_new_consent(here: Intake) -> None:
    here.agree()
    here.say("前", key="key-of-the-first-one")
    here.withdraw()
    assert here.say("前", key="key-of-the-first-one").json()["code"] == "consent_missing"
    here.agree()
    again = here.say("後", key="key-of-the-first-one")
    assert again.status_code == 201, "what was erased is not a repeat"
    erased = datetime.fromisoformat(here.landed("erasures")[0]["at"])
    times = {f["text"]: datetime.fromisoformat(f["submitted_at"]) for f in here.landed("feedback")}
    assert times["前"] <= erased < times["後"]


def test_taking_back_the_first_purpose_is_a_withdrawal(here: Intake) -> None:
    here.agree()
    answer = here.agree(improve=False)
    assert (answer.status_code, answer.json()["code"]) == (409, "withdraw_instead")
    assert here.consent()["status"] == "given"


def test_one_tester_cannot_speak_for_another(here: Intake) -> None:
    here.agree(0)
    assert here.say(number=1).json()["code"] == "consent_missing"
    here.withdraw(1)
    assert here.consent(0)["status"] == "given"


def test_the_wording_is_told_whole_in_both_languages(here: Intake) -> None:
    wordings = here.consent()["wordings"]
    assert [w["language"] for w in wordings] == ["ja", "en"]
    for wording in wordings:
        assert "くらしの手続き" in wording["text"]
        assert "架空市" in wording["text"]
        assert [p["purpose"] for p in wording["purposes"]] == ["improve", "analyse", "quote", "contact"]


def test_an_answer_to_another_wording_is_refused(here: Intake) -> None:
    assert here.agree(wording="2020-01").json()["code"] == "wording_outdated"
    assert here.landed("consents") == []


def test_after_the_cohorts_time_consent_can_be_seen_changed_and_withdrawn(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.agree(quote=True)
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        here.state.register._con.execute("update cohorts set closes_at = ?", (past,))
        assert here.say().json()["code"] == "cohort_not_open"
        assert here.agree(1).json()["code"] == "cohort_not_open"
        assert here.agree(quote=False).status_code == 200
        assert here.withdraw().json()["status"] == "withdrawn"


def test_before_the_cohorts_time_nothing_is_taken_in(tmp_path: Path) -> None:
    with intake(tmp_path, opens=timedelta(days=1)) as here:
        assert here.agree().json()["code"] == "cohort_not_open"


def _lands(data: Path, batch: str, *records: Consent | Erasure) -> None:
    """Another process lands entries of the ledger."""
    landing = Landing(data)
    for record in records:
        landing.write(record.KIND, batch, "0", [record])
    now = datetime.now(UTC)
    row = Coverage(
        batch=batch, run_id=batch, source="command", asked_for="feedback", store="google_play",
        store_app_id="x", started_at=now, finished_at=now, pages=1, got=0, outcome="complete",
        reason="end_confirmed",
    )  # fmt: skip
    landing.write("coverage", batch, "0", [row])


@pytest.mark.parametrize("app", [APP, None])
def test_an_erasure_by_another_process_ends_the_consent_at_once(here: Intake, app: str | None) -> None:
    here.agree()
    erasure = Erasure(tester=here.testers[0], app=app, at=datetime.now(UTC), source="command")
    _lands(here.data, f"erase-{here.testers[0]}", erasure)
    assert here.say().json()["code"] == "consent_missing"
    assert here.consent()["status"] == "withdrawn"
    here.agree()
    assert here.say().status_code == 201


def test_an_erasure_of_what_is_past_its_time_ends_no_consent(here: Intake) -> None:
    here.agree()
    _lands(
        here.data,
        "erase-3",
        Erasure(tester=here.testers[0], app=APP, at=datetime.now(UTC), source="retention"),
    )
    assert here.say().status_code == 201
    assert here.consent()["status"] == "given"


def test_entries_without_their_coverage_do_not_count_yet(here: Intake) -> None:
    here.agree()
    erasure = Erasure(tester=here.testers[0], app=APP, at=datetime.now(UTC), source="command")
    Landing(here.data).write("erasures", "erase-2", "0", [erasure])
    # The folder is as it was long ago, and will not change when the coverage comes.
    os.utime(here.data / "landing" / "erasures", (1_000_000_000, 1_000_000_000))
    assert here.say().status_code == 201
    _lands(here.data, "erase-2", erasure)
    assert here.say().json()["code"] == "consent_missing"


def test_a_restart_knows_consents_and_feedback(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        here.agree()
        first = here.say("同じ", key="the-key-of-a-feedback").json()
        codes, testers = here.codes, here.testers
    with intake(tmp_path, testers=0) as here:
        here.codes, here.testers = codes, testers
        again = here.say("同じ", key="the-key-of-a-feedback")
        assert (again.status_code, again.json()) == (200, first | {"is_repeat": True})
        other = here.say("別の", key="the-key-of-a-feedback")
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
        assert len(here.landed("feedback")) == 1


def test_a_new_wording_asks_testers_again(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shipped = Path(__file__).resolve().parents[3] / "flows" / "intake" / "wording"
    for language in ("ja", "en"):
        text = (shipped / f"2026-11.{language}.md").read_text("utf-8")
        (own / f"2027-01.{language}.md").write_text(text, "utf-8")
    with intake(tmp_path / "data") as here:
        here.agree()
        codes, testers = here.codes, here.testers
    with intake(tmp_path / "data", testers=0, wording="2027-01", wordings=own) as here:
        here.codes, here.testers = codes, testers
        assert here.consent()["status"] == "outdated"
        assert here.say().json()["code"] == "consent_outdated"
        assert here.agree(quote=True).json()["status"] == "outdated", "a purpose changes in the old wording"
        assert here.agree(wording="2027-01").json()["status"] == "given"
        assert here.say().status_code == 201
