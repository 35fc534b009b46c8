from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from flows.collection.collector import batch_name, collect
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.payload import ShapeError
from tests.builders import day, review, snapshot
from warehouse.landing import Landing

REQUEST = Request(store="google_play", store_app_id="jp.example.App", language="ja", now=day(3))
COMPLETE = FetchResult(outcome="complete", reason="end_confirmed")
BLOCKED = FetchResult(outcome="failed", reason="blocked", detail="429")


@dataclass
class Scripted:
    """A source that yields what the test wrote down, one review a page."""

    script: list[Page | FetchResult]
    name: str = "scripted"
    fetches: int = field(default=0)

    def requests(self, now: object) -> list[Request]:
        return [REQUEST]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        self.fetches += 1
        yield from self.script

    def parse(self, request: Request, page: Page) -> Parsed:
        if page.body == "moved":
            raise ShapeError("score", "is not where it was")
        return Parsed(reviews=[review(page.body)], snapshots=[snapshot()])


def _page(review_id: str) -> Page:
    return Page(shape="google_play_reviews", body=review_id, fetched_at=day(3))


def _run(source: Scripted, data: Path, request: Request = REQUEST) -> str:
    return collect(source, request, Landing(data), run_id="run", is_sample=False).batch


def _coverage(data: Path, batch: str) -> dict[str, dict[str, object]]:
    return {str(r["asked_for"]): r for r in Landing(data).read("coverage", batch, "00000")}


def test_what_came_is_landed_with_the_reason_it_ended(tmp_path: Path) -> None:
    batch = _run(Scripted([_page("a"), _page("b"), COMPLETE]), tmp_path)
    assert [r["review_id"] for r in Landing(tmp_path).read("reviews", batch, "00000")] == ["a", "b"]
    row = _coverage(tmp_path, batch)["reviews"]
    assert (row["pages"], row["got"], row["outcome"], row["reason"]) == (2, 2, "complete", "end_confirmed")


def test_zero_reviews_and_a_failure_are_different_states(tmp_path: Path) -> None:
    nothing = _coverage(tmp_path / "a", _run(Scripted([COMPLETE]), tmp_path / "a"))["reviews"]
    failed = _coverage(tmp_path / "b", _run(Scripted([BLOCKED]), tmp_path / "b"))["reviews"]
    assert (nothing["got"], nothing["outcome"]) == (0, "complete")
    assert (failed["got"], failed["outcome"], failed["detail"]) == (0, "failed", "429")


def test_a_source_that_stops_without_saying_why_has_failed(tmp_path: Path) -> None:
    row = _coverage(tmp_path, _run(Scripted([_page("a")]), tmp_path))["reviews"]
    assert (row["got"], row["outcome"]) == (1, "failed")


def test_a_moved_page_is_a_failure_that_names_the_field(tmp_path: Path) -> None:
    row = _coverage(tmp_path, _run(Scripted([_page("a"), _page("moved"), COMPLETE]), tmp_path))["reviews"]
    assert (row["got"], row["outcome"], row["reason"]) == (1, "failed", "shape_changed")
    assert "score" in str(row["detail"])


def test_asking_twice_on_a_day_is_asking_once(tmp_path: Path) -> None:
    source = Scripted([_page("a"), COMPLETE])
    assert _run(source, tmp_path) == _run(source, tmp_path)
    assert source.fetches == 1


def test_a_failed_ask_is_tried_again_on_the_same_day(tmp_path: Path) -> None:
    first = _run(Scripted([BLOCKED]), tmp_path)
    again = _run(Scripted([_page("a"), COMPLETE]), tmp_path)
    assert again != first
    assert _coverage(tmp_path, again)["reviews"]["outcome"] == "complete"
    assert _run(Scripted([]), tmp_path) == again


def test_the_next_day_and_the_next_place_are_asked_anew() -> None:
    names = {
        batch_name("s", request)
        for request in (
            REQUEST,
            replace(REQUEST, now=day(4)),
            replace(REQUEST, language="en"),
            replace(REQUEST, language=None, country="jp"),
            replace(REQUEST, store_app_id="jp.example.app2"),
        )
    }
    assert len(names) == 5


def test_a_batch_that_was_killed_before_its_coverage_row_is_landed_anew(tmp_path: Path) -> None:
    batch = batch_name("scripted", REQUEST)
    Landing(tmp_path).write("reviews", batch, "00000", [review("half")])
    assert _run(Scripted([_page("a"), _page("b"), COMPLETE]), tmp_path) == batch
    assert [r["review_id"] for r in Landing(tmp_path).read("reviews", batch, "00000")] == ["a", "b"]
