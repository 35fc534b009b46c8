"""When a source needs a person, and when it only wants watching."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from flows.collection import attempts
from flows.health.findings import needs_a_person
from flows.health.sources import REMEDIES, Request, by_source, findings, worst
from tests.builders import day

DAY = timedelta(days=1)


def _request(attempt: attempts.Attempt | None, place: str = "ja", **wanted: Any) -> Request:
    given = {
        "app": "procedures", "source": "google_play", "store": "google_play", "store_app_id": "jp.x",
        "asked_for": "reviews", "every": DAY,
    } | wanted  # fmt: skip
    return Request(place=place, attempt=attempt, **given)


def _well(on: float, outcome: str = "complete") -> attempts.Attempt:
    return attempts.after(None, "r0", day(0) + on * DAY, outcome=outcome, reason="end_confirmed", detail=None)


def _failed(
    before: attempts.Attempt | None, *days: float, reason: str = "blocked", passing: bool = True
) -> attempts.Attempt:
    for on in days:
        before = attempts.after(
            before, f"r{on}", day(0) + on * DAY, outcome="failed", reason=reason, detail="HTTP 429",
            is_passing=passing,
        )  # fmt: skip
    assert before is not None
    return before


def test_a_source_that_works_has_no_finding() -> None:
    requests = [_request(_well(3)), _request(_well(3, "partial"), "en")]
    assert findings(requests, day(4), UTC) == []
    assert worst(requests, day(4)) == "partial"


def test_a_passing_refusal_is_watched_until_it_lasts_then_needs_a_person() -> None:
    (once,) = findings([_request(_failed(_well(1), 2))], day(2), UTC)
    assert (once.severity, once.about) == ("watch", "source_failing")
    (lasting,) = findings([_request(_failed(_well(1), 2, 3, 4))], day(4), UTC)
    assert lasting.severity == "act"
    assert lasting.what == (
        "procedures, google_play (ja): blocked, HTTP 429, 3 runs in a row; "
        "last success 2026-03-02 12:00 UTC, 3 days ago"
    )
    assert "hoshiyomi collect --app procedures" in lasting.remedy


def test_what_never_succeeded_needs_a_person_at_once() -> None:
    (found,) = findings([_request(_failed(None, 1))], day(1), UTC)
    assert found.severity == "act"
    assert "never succeeded" in found.what


@pytest.mark.parametrize("reason", ["not_found", "shape_changed", "gone_silent", "error"])
def test_what_does_not_pass_needs_a_person_at_once(reason: str) -> None:
    (found,) = findings([_request(_failed(_well(1), 2, reason=reason, passing=False))], day(2), UTC)
    assert (found.severity, found.remedy) == ("act", REMEDIES[reason].format(app="procedures"))


def test_a_key_that_is_refused_is_told_from_a_store_that_refuses() -> None:
    (found,) = findings([_request(_failed(_well(1), 2, passing=False))], day(2), UTC)
    assert (found.severity, found.remedy) == ("act", REMEDIES["key"])


@pytest.mark.parametrize(("every", "late"), [(DAY, False), (timedelta(hours=6), True)])
def test_an_ask_that_nobody_makes_is_late_by_its_own_interval(every: timedelta, late: bool) -> None:
    found = findings([_request(_well(1), every=every)], day(2), UTC)
    assert needs_a_person(found) is late
    assert [f.about for f in found] == ["source_late"] * late


def test_what_the_disk_did_not_take_is_one_finding_and_no_sources_fault() -> None:
    requests = [
        _request(_failed(_well(1), 2, reason="disk", passing=False), place, app=app)
        for place, app in (("ja", "procedures"), ("en", "procedures"), ("ja", "library"))
    ]
    (found,) = findings([*requests, _request(_well(2), "fr")], day(2), UTC)
    assert (found.severity, found.about, found.subject) == ("act", "disk_refused", None)
    assert found.what == "the disk did not take what came by 3 requests of 2 apps"
    assert found.remedy == REMEDIES["disk"]


def test_places_that_suffer_alike_make_one_finding() -> None:
    requests = [_request(_failed(None, 1), place) for place in ("ja", "en")]
    requests.append(_request(_failed(None, 1), "jp", asked_for="snapshots"))
    (found,) = findings(requests, day(1), UTC)
    assert "(ja, en, jp score)" in found.what


def test_what_was_never_asked_is_watched() -> None:
    (found,) = findings([_request(None)], day(1), UTC)
    assert (found.severity, found.about) == ("watch", "source_never_asked")
    assert list(by_source([_request(None)])) == [("procedures", "google_play")]
