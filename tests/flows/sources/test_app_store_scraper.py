"""The optional adapter: derived ids, honest endings, a clear word when the package is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from flows.sources.app_store.scraper import AdapterMissing, App, AppStoreScraper, derived_id
from flows.sources.base import FetchResult, Page, Request
from tests.builders import NOON
from warehouse.records import Review

ROW: dict[str, Any] = {
    "userName": "山田花子",
    "rating": 2,
    "date": datetime(2026, 2, 3, 4, 5, 6),
    "title": "重い",
    "review": "番号 1234-5678-9012 を入れると固まる",
    "isEdited": False,
    "developerResponse": {"id": 1, "body": "調べます", "modified": "2026-02-04T00:00:00Z"},
}


class Package(ModuleType):
    """Stands for app_store_scraper: gives `rows`, or fails as told."""

    def __init__(self, rows: list[dict[str, Any]], error: Exception | None = None) -> None:
        super().__init__("app_store_scraper")
        self.asked: dict[str, Any] = {}
        package = self

        class AppStore:
            def __init__(self, **asked: Any) -> None:
                if error:
                    raise error
                package.asked |= asked
                self.reviews: list[dict[str, Any]] = []

            def review(self, **asked: Any) -> None:
                package.asked |= asked
                self.reviews = rows

        self.AppStore = AppStore


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def put(rows: list[dict[str, Any]], error: Exception | None = None) -> Package:
        package = Package(rows, error)
        monkeypatch.setitem(sys.modules, "app_store_scraper", package)
        return package

    return put


SOURCE = AppStoreScraper([App("123", "kurashi", ("jp", "us"))])
REQUEST = Request(store="app_store", store_app_id="123", country="jp", now=NOON)


def fetched(request: Request = REQUEST) -> tuple[list[Review], FetchResult]:
    reviews: list[Review] = []
    result = None
    for item in SOURCE.fetch(request):
        if isinstance(item, Page):
            reviews += SOURCE.parse(request, item).reviews
        else:
            result = item
    assert result is not None
    return reviews, result


def test_every_country_is_asked() -> None:
    assert [a.country for a in SOURCE.requests(NOON)] == ["jp", "us"]


def test_a_row_becomes_a_review_with_a_derived_id(install: Any) -> None:
    install([ROW])
    (review,), _ = fetched()
    assert (review.rating, review.title, review.country, review.redactions) == (2, "重い", "jp", 1)
    assert review.review_id == derived_id("123", "jp", review.reviewed_at, 2, review.title, review.text)
    assert (review.reply, review.replied_at) == ("調べます", datetime(2026, 2, 4, tzinfo=UTC))


def test_its_naive_times_are_utc(install: Any) -> None:
    install([ROW])
    assert fetched()[0][0].reviewed_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_authors_never_leave_fetch(install: Any) -> None:
    install([ROW])
    assert "山田" not in repr(list(SOURCE.fetch(REQUEST)))


def test_rows_are_never_called_complete(install: Any) -> None:
    install([ROW])
    result = fetched()[1]
    assert (result.outcome, result.reason) == ("partial", "page_limit")


def test_an_empty_answer_is_a_failure_with_a_reason(install: Any) -> None:
    install([])
    reviews, result = fetched()
    assert (reviews, result.outcome, result.reason) == ([], "failed", "blocked")
    assert result.detail


def test_an_error_while_it_starts_is_a_failure_that_names_the_error(install: Any) -> None:
    install([], ConnectionError("with a secret token"))
    result = fetched()[1]
    assert result.outcome == "failed"
    assert result.detail is not None
    assert "ConnectionError" in result.detail
    assert "secret" not in result.detail


def test_since_is_handed_on_as_the_naive_utc_that_it_wants(install: Any) -> None:
    package = install([ROW])
    list(SOURCE.fetch(Request(store="app_store", store_app_id="123", country="jp", now=NOON, since=NOON)))
    assert package.asked["after"] == NOON.replace(tzinfo=None)


def test_without_the_package_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app_store_scraper", None)
    with pytest.raises(AdapterMissing, match="make adapter"):
        list(SOURCE.fetch(REQUEST))


def test_a_derived_id_names_what_a_review_says_and_nothing_else() -> None:
    one = derived_id("123", "jp", NOON, 2, "重い", None)
    assert one.startswith("derived:")
    assert len(one) == len("derived:") + 24
    assert one == derived_id("123", "jp", NOON.replace(microsecond=9), 2, "重い", "")
    others = {
        derived_id("124", "jp", NOON, 2, "重い", None),
        derived_id("123", "us", NOON, 2, "重い", None),
        derived_id("123", "jp", NOON.replace(second=1), 2, "重い", None),
        derived_id("123", "jp", NOON, 1, "重い", None),
        derived_id("123", "jp", NOON, 2, None, "重い"),
    }
    assert len(others | {one}) == 6
