"""Days on screen are those of the team's time zone; older publications know UTC days only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard import days, i18n, queries
from dashboard.components.tables import table
from dashboard.queries import Published, Scope
from dashboard.rows.reviews import DisplayedScore
from dashboard.sanitize import csv_bytes
from tests.dashboard.conftest import Screen, words
from warehouse import local_days, reads

EVENING = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)
TOKYO = i18n.of("ja", "Asia/Tokyo")


def test_a_moment_is_told_by_the_clock_of_the_zone() -> None:
    assert TOKYO.moment(EVENING) == "2026年11月29日 00:30 UTC+9"
    assert TOKYO.day(EVENING) == "2026年11月29日"
    assert i18n.of("en", "America/St_Johns").moment(EVENING) == "28 Nov 2026, 12:00 UTC−3:30"
    assert i18n.of("en").moment(EVENING) == "28 Nov 2026, 15:30 UTC"
    # In summer the same zone is another hour from UTC.
    berlin = i18n.of("en", "Europe/Berlin")
    told = [berlin.moment(EVENING.replace(month=m)) for m in (7, 11)]
    assert told == ["28 Jul 2026, 17:30 UTC+2", "28 Nov 2026, 16:30 UTC+1"]


def test_a_date_without_a_time_is_that_date_everywhere() -> None:
    midnight = datetime(2026, 11, 28, tzinfo=UTC)
    for zone in ("America/St_Johns", "Asia/Tokyo", "Pacific/Apia", "UTC"):
        assert days.day_of(midnight, zone) == date(2026, 11, 28)
        assert days.wall_clock(midnight, zone) == datetime(2026, 11, 28)
    assert days.day_of(date(2026, 11, 28), "Asia/Tokyo") == date(2026, 11, 28)


def test_whose_days_they_are_is_told_once() -> None:
    assert TOKYO.whose_days() == "日付は東京の時刻によります。"
    assert i18n.of("en", "America/St_Johns").whose_days() == "Days begin at midnight in St John’s."
    assert i18n.of("en").whose_days() == "Days are UTC days."


def test_a_file_of_values_has_moments_with_their_offset() -> None:
    score = DisplayedScore(
        store="app_store", country="jp", language=None, observed_at=EVENING, observed_at_basis="observed",
        displayed_score=4.2, ratings_count=10, version="1.0",
    )  # fmt: skip
    made = table(TOKYO, [score], "observed_at displayed_score")
    assert b"2026-11-29T00:30:00+09:00,4.2" in csv_bytes(made.columns, made.rows)
    assert made.cells == [["2026年11月29日", "4.20"]]


@pytest.mark.parametrize("world", ["analysed", "many", "full"])
def test_thirty_days_by_a_zone_are_in_utc_those_of_the_marts(
    worlds: Callable[[str], Path], world: str
) -> None:
    path = reads.current(worlds(world))
    with reads.connection(path) as con:
        for name in ("overview", "negative_recent"):
            usual, own = reads.named_sql(name), local_days.asked_by(name, "", "Asia/Tokyo")
            assert own != usual
            ours, theirs = (con.execute(sql).fetchall() for sql in (own, usual))
            assert len(ours) == len(theirs)
            for row, expected in zip(ours, theirs, strict=True):
                told = zip(row, expected, strict=True)
                assert all(a == (pytest.approx(b) if isinstance(b, float) else b) for a, b in told)


def test_another_zone_gives_other_days_and_the_same_reviews(worlds: Callable[[str], Path]) -> None:
    path = reads.current(worlds("analysed"))
    asked = {z: queries.Once(path, z) for z in ("UTC", "Asia/Tokyo", "America/St_Johns")}
    app = asked["UTC"].overview()[0].app
    scopes = {z: Scope(app=app, first=date(2000, 1, 1), last=date(2030, 1, 1)) for z in asked}
    assert len({o.span(scopes[z]).n for z, o in asked.items()}) == 1
    by_day = {z: [(p.first_day, p.n) for p in o.periods(scopes[z], "day") if p.n] for z, o in asked.items()}
    assert by_day["UTC"] != by_day["Asia/Tokyo"] or by_day["UTC"] != by_day["America/St_Johns"]


def test_the_page_says_whose_days_it_shows(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(days.TEAM, "Asia/Kathmandu")
    assert "Days begin at midnight in Kathmandu." in words(screen("rating", "full"))
    monkeypatch.setenv(days.TEAM, "")
    assert "Days are UTC days." in words(screen("rating", "full"))


def test_a_zone_that_a_browser_makes_up_is_utc(
    worlds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = reads.current(worlds("full"))
    for name, zone in {"Etc/Unknown": "UTC", "../../etc": "UTC", "Asia/Tokyo": "Asia/Tokyo"}.items():
        monkeypatch.setenv(days.TEAM, name)
        assert days.zone_of(path) == zone


def test_an_older_publication_speaks_of_utc_days(
    worlds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(days.TEAM, "Asia/Tokyo")
    path = reads.current(worlds("old"))
    assert days.zone_of(path) == "UTC"
    assert Published(path, days.zone_of(path)).overview()
