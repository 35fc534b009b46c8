"""The ledger as it is landed, and the door for feedback of channels that do not ask the testers."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.privacy.consent_ledger import ConsentFilter, Ledger, withdrawal
from tests.builders import consent, day, erasure, feedback
from tests.builders import withdrawal as taken_back
from tests.warehouse.house import land, open_writer, rows
from warehouse.landing import Landing
from warehouse.records import Consent

BLANKET = {"basis": "survey of March", "source": "feedback_file:survey", "at": day(5)}


def consent_filter(data: Path, *landed: object) -> ConsentFilter:
    land(data, "b1", *landed)  # type: ignore[arg-type]
    return ConsentFilter(Landing(data))


def test_the_newest_entry_holds_and_of_two_of_one_moment_the_one_that_agrees_to_less(tmp_path: Path) -> None:
    entries = [
        consent(at=day(1), may_quote=True),
        consent(at=day(2), may_quote=True),
        consent(at=day(2), event="changed", may_quote=False),
        consent("t2", at=day(2)),
        taken_back("t2", at=day(2)),
    ]
    land(tmp_path, "b1", *entries)
    ledger = Ledger.landed(Landing(tmp_path))
    holds = {t: ledger.newest((t, "app")) for t in ("t1", "t2", "t3")}
    assert (holds["t1"] and holds["t1"].may_quote, holds["t2"] and holds["t2"].event) == (False, "withdrawn")
    assert holds["t3"] is None
    w = open_writer(tmp_path)
    w.load(day(9))
    assert rows(w.con, "select tester, may_quote, event from core.consent_now order by tester") == [
        {"tester": "t1", "may_quote": False, "event": "changed"},
        {"tester": "t2", "may_quote": False, "event": "withdrawn"},
    ]


def test_entries_of_an_unfinished_batch_are_nobodys_word_yet(tmp_path: Path) -> None:
    Landing(tmp_path).write(Consent.KIND, "b1", "0", [consent()])
    assert Ledger.landed(Landing(tmp_path)).newest(("t1", "app")) is None


def test_an_operators_word_is_taken_once_and_again_when_it_changes(tmp_path: Path) -> None:
    mine = consent(**BLANKET)
    assert consent_filter(tmp_path / "a").consents([mine, mine]) == [mine]
    again = consent_filter(tmp_path / "b", mine)
    assert again.consents([consent(**(BLANKET | {"at": day(6)}))]) == []
    (changed,) = again.consents([consent(**(BLANKET | {"at": day(6), "may_quote": False}))])
    assert (changed.event, changed.may_quote) == ("changed", False)


@pytest.mark.parametrize("own", [consent(may_quote=False), taken_back(basis="earlier import")])
def test_an_operators_word_never_replaces_what_a_tester_said(tmp_path: Path, own: Consent) -> None:
    assert consent_filter(tmp_path, own).consents([consent(**BLANKET)]) == []


def test_what_testers_say_themselves_is_always_taken(tmp_path: Path) -> None:
    own = consent(at=day(7))
    assert consent_filter(tmp_path, consent(), taken_back()).consents([own]) == [own]


def test_erased_and_withdrawn_testers_stay_outside_and_are_counted(tmp_path: Path) -> None:
    entry = consent_filter(tmp_path, erasure("t1"), consent("t2"), taken_back("t2"), consent("t3"))
    kept = entry.feedback(
        [
            feedback("f1", tester="t1", submitted_at=day(1)),
            feedback("f2", tester="t1", submitted_at=day(3)),
            feedback("f3", tester="t2", submitted_at=day(9)),
            feedback("f4", tester="t3"),
            feedback("f5", tester="t1", app="other", submitted_at=day(1)),
        ]
    )
    assert [f.feedback_id for f in kept] == ["f2", "f4", "f5"]
    assert entry.left_out == 2


def test_a_withdrawal_agrees_to_nothing_and_is_never_older_than_what_it_ends() -> None:
    end = withdrawal(consent(at=day(3)), day(1), "command")
    assert (end.event, end.at, end.may_improve, end.may_analyse, end.may_quote) == (
        "withdrawn", day(3), False, False, False,
    )  # fmt: skip
