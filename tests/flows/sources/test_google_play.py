"""Google Play's payloads become records; google-play-scraper's faults stay outside."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.sources.google_play.parse import parse_details, parse_reviews, review_items
from flows.sources.payload import ShapeError
from tests.builders import day
from warehouse.records import RatingSnapshot, Release, Review

PAYLOADS = Path(__file__).parents[2] / "payloads"
GIVEN = {"store_app_id": "jp.example.app", "language": "ja", "seen_at": day(1), "source": "google_play"}


def payload(name: str) -> str:
    return (PAYLOADS / name).read_text(encoding="utf-8")


def reviews(name: str = "play_reviews.txt") -> list[Review]:
    return parse_reviews(payload(name), **GIVEN)


def answer(items: object) -> str:
    """A batchexecute answer around some review arrays."""
    inner = json.dumps([items, None])
    return ")]}'\n\n" + json.dumps([["wrb.fr", "oCPfdb", inner]])


def details(**changes: object) -> tuple[RatingSnapshot, Release | None]:
    """The details page with what lies at some index of the app's array put otherwise."""
    body = payload("play_details.html")
    start = body.index("data:[null") + len("data:")
    end = body.index(", sideChannel", start)
    root = json.loads(body[start:end])
    for index, value in changes.items():
        root[1][2][int(index.strip("_"))] = value
    return parse_details(body[:start] + json.dumps(root) + body[end:], **GIVEN)


def test_a_review_keeps_the_stores_id_stars_words_votes_and_version() -> None:
    first = reviews()[0]
    assert (first.review_id, first.rating, first.text) == (
        "0a1b2c3d-0000-4000-8000-000000000001",
        5,
        "住民票がすぐ取れました。",
    )
    assert (first.thumbs_up, first.version, first.language, first.country) == (12, "2.4.0", "ja", None)


def test_epoch_seconds_become_utc_in_any_zone_of_the_machine() -> None:
    script = "from tests.flows.sources.test_google_play import reviews; print(reviews()[0].reviewed_at)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"TZ": "Pacific/Kiritimati", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "2025-11-01 00:00:00+00:00"


def test_authors_never_leave_the_parser() -> None:
    assert "佐藤" in payload("play_reviews.txt")
    assert not any(name in repr(reviews()) for name in ("佐藤", "Jane", "play-lh"))


def test_a_telephone_number_is_redacted_and_counted() -> None:
    second = reviews()[1]
    assert second.text is not None
    assert "555" not in second.text
    assert second.redactions == 1


def test_the_developers_answer_comes_with_its_time_and_a_missing_version_stays_missing() -> None:
    second = reviews()[1]
    assert second.reply == "ご不便をおかけしております。"
    assert second.replied_at == datetime(2025, 11, 1, 0, 1, 40, tzinfo=UTC)
    assert second.version is None


def test_the_token_of_the_next_page_is_found_and_the_last_page_has_none() -> None:
    assert review_items(payload("play_reviews.txt"))[1] == "CtwBCtkBKicKJWh0dHBz"
    assert review_items(payload("play_reviews_empty.txt")) == ([], None)
    assert review_items(answer([["id", [], 5]]))[1] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("<html>Sorry, unusual traffic</html>", "batchexecute"),
        (payload("play_reviews_refused.txt"), "batchexecute"),
        (")]}'\n\nnot json", "batchexecute"),
        (answer({"moved": []}), "reviews"),
        (answer([["id", ["n"], 6, None, "t", [1, 0], 0]]), "score"),
        (answer([["id", ["n"], None, None, "t", [1, 0], 0]]), "score"),
        (answer([["id", ["n"], 5, None, ["t"], [1, 0], 0]]), "content"),
        (answer([[None, ["n"], 5, None, "t", [1, 0], 0]]), "reviewId"),
        (answer([["id", ["n"], 5, None, "t", None, 0]]), "at"),
        (answer([["id", ["n"], 5, None, "t", [10**18, 0], 0]]), "at"),
    ],
)
def test_a_moved_layout_or_a_refusal_is_an_error_that_names_the_field(body: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_reviews(body, **GIVEN)
    assert caught.value.field == field


def test_an_error_tells_nothing_of_what_was_written() -> None:
    with pytest.raises(ShapeError) as caught:
        parse_reviews(answer([["id", ["n"], "私の秘密", None, "t", [1, 0], 0]]), **GIVEN)
    assert "秘密" not in str(caught.value)


def test_redactions_of_text_and_reply_are_counted_apart() -> None:
    said = ["id", ["n"], 5, None, "call 090-1234-5678", [1, 0], 0, ["dev", "or 090-8765-4321", [2, 0]]]
    (read,) = parse_reviews(answer([said]), **GIVEN)
    assert (read.redactions, read.redactions_reply) == (2, 1)


def test_details_give_what_the_store_displays() -> None:
    snapshot, _ = details()
    assert snapshot.displayed_score == 4.1983
    assert (snapshot.ratings_count, snapshot.reviews_count, snapshot.installs) == (23_000, 812, 143_210)
    assert (snapshot.stars_1, snapshot.stars_5) == (2100, 14_000)
    assert snapshot.histogram_is_reweighted
    assert (snapshot.title, snapshot.version) == ("くらしの手続き", "2.5.0")


def test_details_give_category_and_developer_and_are_whole_without() -> None:
    said, _ = details(_79=[[["Tools", None, "TOOLS"]]], _68=["架空のデジタル室 090-1234-5678"])
    assert (said.category, said.developer) == ("TOOLS", "架空のデジタル室 [PHONE]")
    without, _ = details(_79=None, _68=None)
    assert (without.category, without.developer) == (None, None)


def test_details_give_the_release_with_its_notes() -> None:
    _, release = details()
    assert release is not None
    assert release.released_at == datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
    assert release.notes == "・英語に対応しました。\n・Q&A を増やしました。"


@pytest.mark.parametrize("varies", ["Varies with device", "端末により異なります", "Зависит от устройства"])
def test_a_version_that_varies_gives_no_release(varies: str) -> None:
    snapshot, release = details(_140=[[[varies]]])
    assert (snapshot.version, release) == (None, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"_51": None}, "score"),
        ({"_51": [["4.2", "4.2"]]}, "score"),
        ({"_51": [["0.0", 0.0]]}, "score"),
        ({"_51": [["4.2", 4.2], None, ["1", 1], ["1", 1]]}, "histogram"),
        ({"_51": [["4.2", 4.2], [None, *[["s", 1]] * 5], None, ["1", 1]]}, "ratings"),
        ({"_0": [7]}, "title"),
        ({"_145": None}, "updated"),
    ],
)
def test_a_moved_details_page_never_becomes_an_empty_rating(change: dict[str, object], field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        details(**change)
    assert caught.value.field == field


def test_a_page_without_data_is_an_error() -> None:
    with pytest.raises(ShapeError, match="ds:5"):
        parse_details("<html></html>", **GIVEN)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5) | st.floats(), st.lists, max_leaves=12))
def test_whatever_arrives_is_either_reviews_or_a_shape_error(items: object) -> None:
    try:
        found = parse_reviews(answer(items), **GIVEN)
    except ShapeError:
        return
    assert all(r.rating in range(1, 6) and r.review_id for r in found)


def test_tls_is_verified_after_the_import_whoever_imported_first() -> None:
    after = "import ssl; assert ssl._create_default_https_context is ssl.create_default_context"
    for before in ("", "import google_play_scraper; "):
        subprocess.run(
            [sys.executable, "-c", f"{before}import flows.sources.google_play.parse; {after}"], check=True
        )
    assert ssl._create_default_https_context is ssl.create_default_context
