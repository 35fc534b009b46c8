"""Testers' feedback becomes records; consent is never assumed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.sources.payload import ShapeError
from flows.sources.sample_store.testers import parse_consents, parse_feedback
from tests.builders import day
from warehouse.records import Feedback

BODY = (Path(__file__).parents[2] / "payloads" / "feedback_two_testers.json").read_text(encoding="utf-8")


def feedback(body: str = BODY) -> list[Feedback]:
    return parse_feedback(body, seen_at=day(1), source="alpha")


def changed(**first: Any) -> str:
    document = json.loads(BODY)
    document["items"][0].update(first)
    return json.dumps(document)


def test_an_entry_keeps_who_where_when_and_what_was_agreed() -> None:
    first = feedback()[0]
    assert (first.app, first.cohort, first.tester, first.screen) == (
        "procedures",
        "alpha-1",
        "tester-07",
        "card",
    )
    assert (first.consent_version, first.may_analyse, first.may_quote) == ("2", True, False)
    assert first.submitted_at == datetime(2025, 9, 3, 12, 10, tzinfo=UTC)


def test_personal_numbers_are_redacted_and_counted() -> None:
    first = feedback()[0]
    assert first.text is not None
    assert "9012" not in first.text
    assert first.redactions == 1


def test_what_a_tester_left_out_stays_out() -> None:
    second = feedback()[1]
    assert (second.rating, second.text, second.version, second.language) == (None, None, None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", "feedback"),
        ("{}", "format"),
        (changed(consent={"version": "2", "analyse": True}), "consent.quote"),
        (changed(consent={"version": "2", "analyse": "yes", "quote": False}), "consent.analyse"),
        (changed(consent=None), "consent.version"),
        (changed(rating=9), "rating"),
        (changed(submitted_at="2025-09-03T21:10:00"), "submitted_at"),
        (changed(id=None), "id"),
    ],
)
def test_anything_else_is_an_error_that_names_the_field(body: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        feedback(body)
    assert caught.value.field == field


def ledger(**wanted: object) -> str:
    entry = {
        "tester": "t1", "cohort": "alpha", "event": "given", "wording": "w1", "language": "ja",
        "purposes": {"improve": True, "analyse": True, "quote": False, "contact": False},
        "at": "2026-03-01T09:00:00+09:00",
    }  # fmt: skip
    return json.dumps({"format": "hoshiyomi-consent/1", "app": "app", "entries": [entry | wanted]})


def test_a_ledger_entry_is_read_as_it_was_ticked() -> None:
    (entry,) = parse_consents(ledger(), source="alpha")
    assert (entry.app, entry.event, entry.may_analyse, entry.may_quote) == ("app", "given", True, False)
    assert entry.at == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"event": "maybe"}, "event"),
        ({"purposes": {"improve": True}}, "purposes.analyse"),
        ({"at": "2026-03-01"}, "at"),
        ({"tester": None}, "tester"),
    ],
)
def test_nothing_of_a_ledger_entry_may_be_missing(wanted: dict[str, object], field: str) -> None:
    with pytest.raises(ShapeError) as problem:
        parse_consents(ledger(**wanted), source="alpha")
    assert problem.value.field == field
