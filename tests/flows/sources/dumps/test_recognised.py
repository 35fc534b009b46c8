"""What people really have: workbooks, lines before a header, ids that are none, both stores in one file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from flows.errors import InputError
from flows.sources.app_store.parse import parse_feed
from flows.sources.dumps import places, values
from flows.sources.dumps.dates import Dates
from flows.sources.dumps.formats import FORMATS, plain_name
from flows.sources.dumps.problems import BadRow
from tests.flows.sources.dumps.test_files import PAYLOADS, SEEN, read

PLAY = {"store": "google_play", "store_app_id": "x.y"}
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
_BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships"><sheets>{}</sheets></workbook>'
)
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def workbook(path: Path, *sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook as offices have it, as small as it can be: texts inline, numbers as they are."""

    def cell(value: Any) -> str:
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    names = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in names)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATED}" Target="worksheets/sheet{n}.xml"/>' for n in names
    )
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = _RELATED.replace("worksheet", "officeDocument")
    root = f'<Relationship Id="r0" Type="{kind}" Target="xl/workbook.xml"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{packages}">{root}</Relationships>')
        archive.writestr("xl/workbook.xml", _BOOK.format(listed))
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}">{related}</Relationships>',
        )
        for n, rows in zip(names, sheets, strict=True):
            table = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _SHEET.format(table))
    return path


def test_a_workbook_is_read_as_its_first_table_of_reviews(tmp_path: Path) -> None:
    notes = [["About this export"], ["made by hand"]]
    table = [
        ["レビュー一覧"], [], ["投稿日", "評価", "レビュー", "バージョン"],
        [45_337.5, 1, "住民票が取れない", "2.1.0"],
        ["2024年2月16日", "★★★★☆", "早くなった", 3], ["", "", "", ""],
        ["2024-02-17", 9, "六つ星より多い", ""],
    ]  # fmt: skip
    part = read(workbook(tmp_path / "reviews.bin", notes, table), **PLAY)
    assert [(r.rating, r.text, r.version, f"{r.reviewed_at:%F %H}") for r in part.reviews] == [
        (1, "住民票が取れない", "2.1.0", "2024-02-15 12"),
        (4, "早くなった", "3", "2024-02-16 00"),
    ]  # fmt: skip
    assert [(r.row_number, r.reason) for r in part.rejected] == [(7, "rating_out_of_range")]


def test_a_damaged_workbook_says_what_to_do(tmp_path: Path) -> None:
    path = workbook(tmp_path / "reviews.xlsx", [["date", "rating"], ["2024-01-01", 5]])
    path.write_bytes(path.read_bytes().replace(b"<sheetData>", b"<sheetDaaa>"))
    with pytest.raises(InputError, match="save the sheet as CSV"):
        read(path, **PLAY)


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nDate;Stars;Comment\n2024-02-01;1;crashes\n",
        '"sep=\t"\nDate\tStars\tComment\n2024-02-01\t1\tcrashes\n',
        "Reviews report\nExported 2024-03-01, by hand\n\n\nDate,Rating,Review\n2024-02-01,1,crashes\n",
        '"a title, over\ntwo lines"\nDate,Rating,Review\n2024-02-01,1,crashes\n',
    ],
)
def test_what_stands_before_a_header_is_passed_over(content: str, tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(content)
    part = read(path, **PLAY)
    assert [(r.rating, r.text) for r in part.reviews] == [(1, "crashes")]
    assert part.rejected == []


@pytest.mark.parametrize(
    ("header", "ids", "are_kept"),
    [
        ("id", ["1", "2", "3"], False),
        ("id", ["0.0", "1.0", "2.0"], False),
        ("id", ["100001", "100002", "100003"], False),
        ("review_id", ["7", "8", "9"], False),
        ("id", ["11000000001", "11000000002", "11000000003"], True),
        ("id", ["gp:AOqpTOE1", "gp:AOqpTOE2", "gp:AOqpTOE3"], True),
        ("review_id", ["r-1", "r-2", "r-3"], True),
    ],
)
def test_a_column_that_counts_rows_holds_no_ids(
    header: str, ids: list[str], are_kept: bool, tmp_path: Path
) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(f"{header},date,rating,text\n" + "".join(f"{i},2024-02-01,5,good\n" for i in ids))
    part = read(path, **PLAY)
    found = [r.review_id for r in part.reviews]
    assert (found == ids) is are_kept and len(set(found)) == 3
    if not are_kept:
        assert part.notes["id_counts_rows"] == 3
        assert [r.review_id for r in read(path, mapping={"review_id": header}, **PLAY).reviews] != found


def test_equal_rows_with_times_are_one_review_and_with_days_those_of_many(tmp_path: Path) -> None:
    for date, n in (("2024-02-01 10:05:07", 1), ("2024-02-01", 3)):
        path = tmp_path / f"{n}.csv"
        path.write_text("date,rating,text\n" + f"{date},5,good\n" * 3)
        assert len({r.review_id for r in read(path, **PLAY).reviews}) == n


SAID = {"date": "2024-02-01", "rating": 1, "text": "a"}
CONNECT = {
    "data": [{
        "type": "customerReviews", "id": "a-b",
        "attributes": {"rating": 1, "title": "t", "body": "a", "createdDate": "2024-02-01T08:10:55-07:00"},
        "relationships": {"response": {"data": {"type": "customerReviewResponses", "id": "r"}}},
    }],
    "included": [{
        "type": "customerReviewResponses", "id": "r",
        "attributes": {"responseBody": "Sorry", "lastModifiedDate": "2024-02-03T00:00:00Z"},
    }],
}  # fmt: skip
ANSWERED = [
    json.dumps([SAID | {"response": {"body": "Sorry", "modified": "2024-02-03"}}]),
    json.dumps([SAID | {"reply": {"text": "Sorry", "date": "2024-02-03"}}]),
    json.dumps(CONNECT),
    "date,rating,text,返信,返信日\n2024-02-01,1,a,Sorry,2024年2月3日\n",
    "date,rating,text,Developer Response,Developer Response Date\n2024-02-01,1,a,Sorry,3 Feb 2024\n",
]


@pytest.mark.parametrize("content", ANSWERED, ids=range(len(ANSWERED)))
def test_answers_of_developers_are_kept_in_every_clothes(content: str, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(content)
    (only,) = read(
        path, **(PLAY if "customerReviews" not in content else {"store_app_id": "1500000001"})
    ).reviews
    assert (only.reply, only.replied_at) == ("Sorry", datetime(2024, 2, 3, tzinfo=UTC))


def test_a_feed_that_was_saved_gives_what_the_collectors_parser_gives() -> None:
    body = (PAYLOADS / "app_store_feed_page.json").read_text(encoding="utf-8")
    ours, _ = parse_feed(
        body,
        store_app_id="1",
        country="jp",
        seen_at=datetime(2026, 11, 1, tzinfo=UTC),
        source="file:app_store_feed",
    )
    part = read(
        PAYLOADS / "app_store_feed_page.json", store_app_id="1", country="jp", seen_at=ours[0].seen_at
    )
    told = [(r.review_id, r.rating, r.title, r.text, r.reviewed_at, r.version, r.thumbs_up) for r in ours]
    assert [
        (r.review_id, r.rating, r.title, r.text, r.reviewed_at, r.version, r.thumbs_up) for r in part.reviews
    ] == told


def test_another_stores_rows_are_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    rows = [("Google Play", "a"), ("AppGallery", "b"), ("iOS", "c"), ("", "d")]
    path.write_text("platform,date,rating,text\n" + "".join(f"{s},2024-02-01,5,{t}\n" for s, t in rows))
    part = read(path, **PLAY)
    stores = [("google_play", "a"), ("app_store", "c"), ("google_play", "d")]
    assert [(r.store, r.text) for r in part.reviews] == stores
    assert [(r.row_number, r.reason) for r in part.rejected] == [(3, "unknown_store")]


def test_who_wrote_it_is_not_taken_for_a_title(tmp_path: Path) -> None:
    path = tmp_path / "serpapi.json"
    path.write_text(
        '{"search_parameters": {"engine": "google_play_product", "product_id": "x.y"}, '
        '"reviews": [{"id": "gp:AOqpT", '
        '"title": "Taro Example", "rating": 5, "snippet": "fine", "likes": 1, "date": "March 1, 2024"}]}'
    )
    assert "Taro" not in repr(read(path))


@pytest.mark.parametrize(
    ("said", "rating"),
    [("５", 5), ("4,0", 4), ("4 / 5", 4), ("Rated 3 out of 5 stars", 3), ("★★☆☆☆", 2), ("⭐⭐⭐", 3),
     ("FIVE", 5),
     ("星3つ", 3), ("三つ星", 3), ("5つ星のうち2.0", 2), ("4 Sterne", 4), ("5점", 5), (4.0, 4)],
)  # fmt: skip
def test_stars_are_read_in_every_clothes(said: object, rating: int) -> None:
    assert values.stars(said) == rating


@pytest.mark.parametrize("said", ["☆☆☆☆☆", "★★★★★★", "4.5", "8/10", "0", "6", "good", "55", "1-5", True])
def test_what_may_be_other_stars_is_none(said: object) -> None:
    with pytest.raises(BadRow):
        values.stars(said)


@pytest.mark.parametrize(
    "written",
    ["12 Mart 2023", "12 marca 2023", "12. března 2023", "١٢ مارس ٢٠٢٣", "12 มี.ค. 2566", "12 tháng 3, 2023",
     "2023. 3. 12.", "R5.3.12", "令和五年三月十二日", "Sun Mar 12 00:00:00 UTC 2023", "20230312000000",
     "44997",
     "１２ mars ２０２３", "2023年3月12日(日)", "12-Mar-2023", "12/Mar/2023", "March 12th, 2023",
     "1678579200000000000",
     "2023-03-12T09:00:00+09:00[Asia/Tokyo]", "2023-03-12 00:00:00 +0000 UTC"],
)  # fmt: skip
def test_dates_of_all_the_stores_languages(written: str) -> None:
    assert Dates(UTC, SEEN)(written) == datetime(2023, 3, 12, tzinfo=UTC)


def test_no_column_name_is_written_as_it_is_never_compared() -> None:
    for known in FORMATS:
        for names in [*known.marks, *known.columns.values()]:
            for name in names:
                assert plain_name(name) == name, (known.name, name)


def test_names_of_places() -> None:
    assert [places.country(c) for c in ("ドイツ", "South Korea", "TWN", "ja_JP", "Atlantis", "zz")] == [
        "de", "kr", "tw", "jp", None, None,
    ]  # fmt: skip
    assert [places.language(x) for x in ("français", "英語", "pt-BR", "kor", "xx", "klingonese")] == [
        "fr", "en", "pt", "ko", None, None,
    ]  # fmt: skip
