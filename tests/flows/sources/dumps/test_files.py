"""Dumps become records: every known format, from its payload to the record it must become."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.errors import InputError
from flows.sources.dumps.files import Options, Part, open_dump
from flows.sources.dumps.formats import FORMATS
from flows.sources.dumps.problems import REMEDIES
from warehouse.records import RatingSnapshot, Release, Review

PAYLOADS = Path(__file__).resolve().parents[3] / "payloads"
SEEN = datetime(2026, 2, 10, tzinfo=UTC)


def read(path: Path, **options: object) -> Part:
    """All parts of a dump as one."""
    whole = Part()
    for part in open_dump(path, Options(**({"seen_at": SEEN} | options))).batches():  # type: ignore[arg-type]
        whole.reviews += part.reviews
        whole.snapshots += part.snapshots
        whole.releases += part.releases
        whole.days += part.days
        whole.rejected += part.rejected
        whole.notes += part.notes
    return whole


def payload(name: str, **options: object) -> Part:
    return read(PAYLOADS / f"dump_{name}", **options)


def play(review_id: str, **fields: object) -> Review:
    plain: Mapping[str, object] = {
        "store": "google_play", "store_app_id": "jp.example.app", "source": "file:google_play_scraper",
        "seen_at": SEEN, "title": None, "text": None, "redactions_reply": 0, "lacks": "title",
    }  # fmt: skip
    return Review(review_id=review_id, **(plain | fields))  # type: ignore[arg-type]


def test_google_play_scraper_in_json_lines() -> None:
    first, second, third = payload("google_play_scraper.jsonl", store_app_id="jp.example.app").reviews
    assert first == play(
        "gp:AOqpTOEexample01", rating=5, text="The new home screen shows my documents at once. Thank you!",
        reviewed_at=datetime(2026, 2, 1, 9, 15, 30, tzinfo=UTC), version="3.0.1", thumbs_up=12,
        reply="Thank you for writing.", replied_at=datetime(2026, 2, 2, 10, tzinfo=UTC),
    )  # fmt: skip
    assert second == play(
        "gp:AOqpTOEexample02", rating=1, redactions=1, thumbs_up=0,
        text="カードの読み取りに三回失敗しました。番号[MY_NUMBER]を入れても進めません。",
        reviewed_at=datetime(2026, 2, 3, 21, 40, tzinfo=UTC),
    )  # fmt: skip
    assert (third.rating, third.text) == (4, None)


def test_google_play_scraper_in_snake_case_names_its_app_itself() -> None:
    first, second = payload("google_play_scraper_snake.csv", language="en").reviews
    assert first.text == 'Two lines,\nwith a comma and a "quote".'
    assert second == play(
        "gp:AOqpTOEexample02", rating=1, text="ログインできません", thumbs_up=0, language="en",
        reviewed_at=datetime(2026, 2, 3, 21, 40, tzinfo=UTC),
    )  # fmt: skip


def test_app_store_scraper_gets_ids_derived_from_what_the_review_says() -> None:
    first, second = payload("app_store_scraper.json", store_app_id="1234567890", country="jp").reviews
    assert (first.store, first.country, first.language, first.rating) == ("app_store", "jp", None, 5)
    assert first.review_id.startswith("derived:") and len(first.review_id) == len("derived:") + 24
    assert (first.title, first.reply) == ("Much better", "We are glad to hear it.")
    assert first.replied_at == datetime(2026, 2, 4, 8, tzinfo=UTC)
    assert second.text == "毎回ログアウトされます。電話は[PHONE]です。"
    assert first.review_id != second.review_id


def test_app_store_scraper_in_csv_carries_the_developers_answer_as_python_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(
        "date,review,rating,isEdited,userName,title,developerResponse\n"
        "2026-02-01 09:15:30,Good,5,False,somebody,Fine,\"{'id': 9, 'body': 'Thanks', 'modified': "
        "'2026-02-04T08:00:00Z'}\"\n"
    )
    (only,) = read(path, store_app_id="1").reviews
    assert (only.reply, only.replied_at) == ("Thanks", datetime(2026, 2, 4, 8, tzinfo=UTC))


def test_play_console_joins_with_scraped_reviews_by_the_id_in_its_link() -> None:
    first, second = payload("play_console.csv").reviews
    assert first == play(
        "gp:AOqpTOEexample02", source="file:play_console", rating=2, language="ja", version="3.0.1",
        device="tangorpro", lacks=None,
        text="通知が来ない。更新したら直りますか", reviewed_at=datetime(2026, 2, 5, 6, tzinfo=UTC),
        reply="次の版で直します。", replied_at=datetime(2026, 2, 5, 9, tzinfo=UTC),
    )  # fmt: skip
    assert (second.rating, second.text, second.language) == (5, None, "en")


def test_a_saved_feed_page_names_its_app_and_country_itself() -> None:
    part = payload("app_store_feed.json")
    (only,) = part.reviews
    assert (only.store_app_id, only.country, only.review_id) == ("1234567890", "jp", "11000000001")
    (bad,) = part.rejected
    assert (bad.row_number, bad.reason) == (2, "rating_out_of_range")
    assert "nickname" not in str(bad)


def test_a_versions_dump_gives_displayed_scores_and_releases() -> None:
    part = payload("versions.csv")
    assert part.snapshots[1] == RatingSnapshot(
        store="google_play", store_app_id="jp.example.app", source="file:versions", seen_at=SEEN,
        observed_at=datetime(2026, 2, 1, tzinfo=UTC), observed_at_basis="version_updated",
        displayed_score=4.2, ratings_count=2600, reviews_count=700, stars_1=200, stars_2=120, stars_3=180,
        stars_4=560, stars_5=1540, histogram_is_reweighted=True, installs=50000, version="3.0.1",
        title="Example Pocket", category="TOOLS", developer="Example Office",
    )  # fmt: skip
    assert part.releases[0] == Release(
        store="google_play", store_app_id="jp.example.app", version="2.9.0", source="file:versions",
        released_at=datetime(2026, 1, 1, tzinfo=UTC), seen_at=SEEN, notes="不具合を直しました。",
        notes_language="ja",
    )  # fmt: skip


def test_an_app_without_ratings_has_no_displayed_score() -> None:
    new = payload("versions.csv").snapshots[2]
    assert (new.displayed_score, new.ratings_count) == (None, 0)


def test_a_displayed_series_rises() -> None:
    part = payload("displayed_series.csv")
    assert [s.displayed_score for s in part.snapshots] == [2.2, 4.2]
    assert [r.version for r in part.releases] == ["2.9.0", "3.0.1"]


def test_plain_columns_are_read_with_the_store_and_app_given() -> None:
    first, second = payload("generic.csv", store="app_store", store_app_id="1").reviews
    assert (first.rating, first.title, first.text, first.country) == (5, "Good", "Easy to use", "jp")
    assert first.reviewed_at == datetime(2025, 4, 1, tzinfo=UTC)
    assert second.reviewed_at == datetime(2025, 3, 31, tzinfo=UTC)


def test_mapped_columns_win_over_known_names(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("when,points,remark,text\n2026-01-02,4,what was said,not this\n")
    mapping = {"date": "when", "rating": "Points", "text": "remark"}
    (only,) = read(path, store="google_play", store_app_id="a", mapping=mapping).reviews
    assert (only.rating, only.text) == (4, "what was said")


def test_naive_times_are_read_in_the_named_zone() -> None:
    options = {"store_app_id": "jp.example.app", "zone": ZoneInfo("Asia/Tokyo")}
    first = payload("google_play_scraper.jsonl", **options).reviews[0]
    assert first.reviewed_at == datetime(2026, 2, 1, 0, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["google_play_scraper.jsonl", "app_store_scraper.json", "play_console.csv", "app_store_feed.json"]
)
def test_nobody_who_wrote_a_review_is_named_in_its_record(name: str) -> None:
    part = payload(name, store_app_id="1")
    text = repr(part)
    for author in ("A. Example", "ある利用者", "play-lh", "nickname"):
        assert author not in text


def test_gzip_is_told_by_its_first_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    packed = tmp_path / "reviews.csv"
    packed.write_bytes(gzip.compress((PAYLOADS / "dump_google_play_scraper_snake.csv").read_bytes()))
    assert read(packed).reviews == payload("google_play_scraper_snake.csv").reviews


def test_a_copy_of_a_file_has_the_same_digest(tmp_path: Path) -> None:
    path = PAYLOADS / "dump_versions.csv"
    copy = tmp_path / "another name.csv"
    shutil.copyfile(path, copy)
    assert open_dump(copy, Options()).digest == open_dump(path, Options()).digest


@pytest.mark.parametrize(
    "options",
    [{"language": "ja"}, {"zone": ZoneInfo("Asia/Tokyo")}, {"store_app_id": "x"}, {"seen_at": SEEN},
     {"mapping": {"title": "text"}}],
)  # fmt: skip
def test_other_options_give_another_digest(options: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("rating,text,date,app_id\n5,good,2026-01-01,a\n")
    plain = open_dump(path, Options(store="google_play")).digest
    assert open_dump(path, Options(store="google_play", **options)).digest != plain  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (b"", {}, ["empty"]),
        (b"colour,shape\nred,round\n", {}, ["'colour', 'shape'", "--map"]),
        (b"reviewsid,scor,contnt,att\n1,2,3,4\n", {}, ["near the known column"]),
        (b"rating,text,date\n5,x,2026-01-01\n", {}, ["--store"]),
        (b"rating,text,date\n5,x,2026-01-01\n", {"store": "app_store"}, ["--app"]),
        (b"rating,text,date\n5,x,2026-01-01\n", {"store": "windows"}, ["windows", "google_play"]),
        (b"rating,text,date\n5,x,2026-01-01\n", {"format": "play_consol"}, ["did you mean 'play_console'"]),
        (b"rating,text,date\n5,x,2026-01-01\n", {"format": "play_console"}, ["no column for date"]),
        (b"rating,text,date\n", {"mapping": {"stars": "rating"}}, ["unknown field"]),
        (b"rating,text,date\n", {"mapping": {"title": "txt"}}, ["no such column", "'text'"]),
        (b"rating,text,date\n", {"language": "klingonese"}, ["--language"]),
        (b"rating,text,date\n", {"country": "atlantis"}, ["--country"]),
        (b"rating,text,date\n", {"encoding": "latin-9000"}, ["--encoding"]),
        (b"rating,text,date\n", {"encoding": "base64"}, ["--encoding"]),
        (gzip.compress(b"rating,text,date\n", mtime=0)[:14], {}, ["ends in its first line"]),
        (b"[1, 2, 3]", {}, ["without objects"]),
        (b'{"feed": {"entry": []}}', {}, ["--app"]),
        (b"PK\x03\x04 and so on", {}, ["ZIP", "damaged"]),
        (b"\x1f\x8b\x08 broken", {}, ["gzip file is damaged"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_whole_says_why_and_what_to_do(
    content: bytes, options: dict[str, object], expected: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read(path, **options)
    for words in expected:
        assert words in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        read(tmp_path / "nowhere.csv")


def test_a_first_line_that_is_somebodys_text_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "headless.csv"
    path.write_text("5,My name is Taro and I live in the third street!,2026-01-01\n")
    with pytest.raises(InputError) as error:
        read(path)
    assert "Taro" not in str(error.value)


def test_every_format_and_every_reason_is_documented_with_its_remedy() -> None:
    text = (PAYLOADS.parents[1] / "docs" / "import.md").read_text(encoding="utf-8")
    for known in FORMATS:
        assert f"| `{known.name}` |" in text
    for reason, remedy in REMEDIES.items():
        assert f"| `{reason}` | {remedy} |" in text
