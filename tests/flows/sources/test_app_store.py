"""Apple's feed and lookup become records, with the quirks that the feed has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.sources.app_store.parse import FeedProblem, parse_feed, parse_lookup
from flows.sources.payload import ShapeError
from tests.builders import day
from warehouse.records import RatingSnapshot, Release, Review

PAYLOADS = Path(__file__).parents[2] / "payloads"
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "payloads"
GIVEN = {"store_app_id": "1", "country": "jp", "seen_at": day(1), "source": "app_store_feed"}


def feed(name: str) -> tuple[list[Review], list[FeedProblem]]:
    return parse_feed((PAYLOADS / f"app_store_feed_{name}.json").read_bytes(), **GIVEN)


def lookup(name: str, **changes: object) -> tuple[RatingSnapshot, Release]:
    answer = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    answer["results"][0].update(changes)
    return parse_lookup(json.dumps(answer), **GIVEN)


def test_a_review_keeps_the_stores_id_stars_title_words_version_and_votes() -> None:
    reviews, problems = feed("page")
    first = reviews[0]
    assert (first.review_id, first.rating, first.title, first.text) == (
        "11001",
        5,
        "便利",
        "引っ越しの手続きが十分で終わりました。",
    )
    assert (first.version, first.thumbs_up, first.country, first.language) == ("2.4.0", 3, "jp", None)
    assert problems == []


def test_the_offset_of_a_date_is_taken_off() -> None:
    reviews, _ = feed("page")
    assert reviews[0].reviewed_at == datetime(2026, 11, 1, 5, 15, 4, tzinfo=UTC)
    assert reviews[1].reviewed_at == datetime(2026, 10, 29, 15, tzinfo=UTC)


def test_a_missing_version_stays_missing_and_a_number_is_redacted() -> None:
    second = feed("page")[0][1]
    assert second.version is None
    assert second.redactions == 1
    assert second.text is not None
    assert "0000" not in second.text


def test_authors_never_leave_the_parser() -> None:
    assert "山田" in (PAYLOADS / "app_store_feed_page.json").read_text(encoding="utf-8")
    assert "山田" not in repr(feed("page"))
    assert "itunes.apple.com" not in repr(feed("page"))


def test_one_entry_comes_as_an_object() -> None:
    reviews, problems = feed("one_entry")
    assert ([r.review_id for r in reviews], problems) == (["12001"], [])


def test_a_page_without_entries_is_empty_and_no_error() -> None:
    assert feed("empty") == ([], [])


def test_the_app_itself_is_no_review_and_a_date_is_never_invented() -> None:
    reviews, problems = feed("2015")
    assert reviews == []
    assert [(p.entry, p.field, p.reason) for p in problems] == [
        (2, "updated", "unreadable_date"),
        (3, "updated", "unreadable_date"),
    ]


def test_a_bad_entry_is_put_aside_with_its_reason_and_the_rest_goes_in() -> None:
    reviews, problems = feed("bad_entries")
    assert [r.review_id for r in reviews] == ["14001"]
    assert [(p.entry, p.reason) for p in problems] == [
        (2, "rating_out_of_range"),
        (3, "unreadable_date"),
        (4, "unreadable_date"),
        (5, "missing_field"),
        (6, "missing_field"),
    ]
    assert all(p.remedy in str(p) for p in problems)


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"feed": []}', '{"feed": {"entry": "x"}}', b"\xff\xfe\x00"]
)
def test_what_is_no_feed_is_a_shape_error(body: str | bytes) -> None:
    with pytest.raises(ShapeError):
        parse_feed(body, **GIVEN)


def test_a_byte_order_mark_does_no_harm() -> None:
    body = (PAYLOADS / "app_store_feed_page.json").read_bytes()
    assert len(parse_feed(b"\xef\xbb\xbf" + body, **GIVEN)[0]) == 3


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real feed of 2015 is not beside this checkout")
def test_the_real_feed_of_2015_gives_fifty_undated_entries() -> None:
    reviews, problems = parse_feed((SHARED / "app_store_rss_page.json").read_bytes(), **GIVEN)
    assert (len(reviews), {p.reason for p in problems}, len(problems)) == (0, {"unreadable_date"}, 50)
    assert parse_feed((SHARED / "app_store_rss_empty.json").read_bytes(), **GIVEN) == ([], [])


def test_the_lookup_gives_what_the_store_displays_in_a_country() -> None:
    snapshot, _ = lookup("app_store_lookup")
    assert (snapshot.displayed_score, snapshot.ratings_count, snapshot.country) == (4.19624, 18_234, "jp")
    assert (snapshot.stars_1, snapshot.histogram_is_reweighted) == (None, False)
    assert (snapshot.category, snapshot.developer) == ("Utilities", "架空のデジタル室")


def test_the_lookup_gives_the_release() -> None:
    _, release = lookup("app_store_lookup")
    assert (release.version, release.notes, release.notes_language) == (
        "2.5.0",
        "・英語に対応しました。",
        "ja",
    )
    assert release.released_at == datetime(2026, 10, 2, 11, 0, 12, tzinfo=UTC)


def test_an_app_without_ratings_has_no_score_rather_than_zero() -> None:
    snapshot, _ = lookup("app_store_lookup_no_ratings")
    assert (snapshot.displayed_score, snapshot.ratings_count) == (None, 0)


def test_an_app_that_is_not_sold_in_a_country_is_an_error_that_says_so() -> None:
    with pytest.raises(ShapeError, match="in this country"):
        parse_lookup((PAYLOADS / "app_store_lookup_not_sold.json").read_text(), **GIVEN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("averageUserRating", None),
        ("averageUserRating", 6.0),
        ("userRatingCount", "18234"),
        ("version", None),
        ("trackName", ""),
        ("currentVersionReleaseDate", "2026-10-02"),
        ("currentVersionReleaseDate", "soon"),
    ],
)
def test_a_moved_lookup_is_an_error_that_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ShapeError) as caught:
        lookup("app_store_lookup", **{field: value})
    assert caught.value.field == field
