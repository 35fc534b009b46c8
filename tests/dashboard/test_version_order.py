"""Versions stand in the order in which they came out, which is neither that of their letters nor that of
the first review that names them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dashboard.queries import Once, Scope
from tests.builders import coverage, day, release, review
from tests.dashboard.published import World, publish
from warehouse.records import Review


def _order(data: Path, reviews: list[Review], **released: int) -> list[str]:
    """The versions as the page has them; `released` gives the days of releases, `v1_9` for 1.9."""
    releases = [
        release(name[1:].replace("_", "."), released_at=day(on), seen_at=day(400))
        for name, on in released.items()
    ]
    covered = coverage("b0", started_at=day(400), finished_at=day(400), covered_until=day(400))
    path = publish(data, World(reviews=reviews, releases=releases, coverage=[covered]), day(401))
    asked = Once(path)
    app = asked.overview()[0].app
    scope = Scope(app=app, first=date(2026, 1, 1), last=date(2027, 12, 31))
    return [v.version for v in asked.versions(scope)]


def _of(version: str | None, on: int) -> Review:
    return review(f"{version}-{on}", version=version, reviewed_at=day(on), seen_at=day(400))


def test_released_versions_stand_by_their_dates(tmp_path: Path) -> None:
    # 9.9.1 mends the old line after 10.0 came out.
    reviews = [_of("10.0", 40), _of("9.9", 30), _of("9.9.1", 60), _of(None, 1)]
    assert _order(tmp_path, reviews, v9_9=0, v10_0=31, v9_9_1=50) == ["9.9", "10.0", "9.9.1", "unknown"]


def test_versions_without_a_date_stand_by_their_numbers_not_by_their_letters(tmp_path: Path) -> None:
    reviews = [_of(v, 5) for v in ("1.10", "1.9", "1.100", "1.2")]
    assert _order(tmp_path, reviews) == ["1.2", "1.9", "1.10", "1.100"]


def test_a_version_that_is_named_late_stands_before_its_successors(tmp_path: Path) -> None:
    reviews = [_of("1.9", 0), _of("1.11", 20), _of("1.10", 300)]
    assert _order(tmp_path / "undated", reviews) == ["1.9", "1.10", "1.11"]
    assert _order(tmp_path / "dated", reviews, v1_11=15) == ["1.9", "1.10", "1.11"]
