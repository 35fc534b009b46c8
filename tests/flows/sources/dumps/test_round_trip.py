"""One set of reviews, written in every known format, encoding, date and star style, reads back the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.flows.sources.dumps.test_files import read
from warehouse.records import Review

SEEN = datetime(2026, 6, 1, tzinfo=UTC)
APP = {"google_play": "jp.example.forms", "app_store": "1500000001"}


@dataclass(frozen=True)
class Said:
    """What a review says, before it is written anywhere."""

    number: int
    stars: int
    text: str
    at: datetime

    @property
    def id(self) -> str:
        return f"00000000-0000-4000-8000-{self.number:012}"

    @property
    def apple_id(self) -> str:
        return f"{11_000_000_000 + self.number}"


DATES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "iso with zone": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z",
    "epoch in seconds": lambda at: str(int(at.timestamp())),
    "epoch in milliseconds": lambda at: str(int(at.timestamp() * 1000)),
    "epoch in microseconds": lambda at: str(int(at.timestamp() * 1_000_000)),
    "spreadsheet": lambda at: repr((at - datetime(1899, 12, 30, tzinfo=UTC)).total_seconds() / 86_400),
    "japanese": lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}",
    "reiwa": lambda at: f"令和{at.year - 2018}年{at.month}月{at.day}日 {at:%H:%M:%S}",
    "english": lambda at: f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S %p}",
    "javascript": lambda at: f"{at:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)",
    "mail": lambda at: f"{at:%a, %d %b %Y %H:%M:%S} GMT",
    "german": lambda at: f"{at.day}.{at.month}.{at.year} {at:%H:%M:%S}",
    "korean": lambda at: (
        f"{at.year}. {at.month}. {at.day}. {'오전' if at.hour < 12 else '오후'} "
        f"{at.hour % 12 or 12}:{at:%M:%S}"
    ),
}
STARS: dict[str, Callable[[int], str]] = {
    "digit": str,
    "decimal": lambda n: f"{n}.0",
    "full width": lambda n: "０１２３４５"[n],
    "fraction": lambda n: f"{n}/5",
    "symbols": lambda n: "★" * n + "☆" * (5 - n),
    "emoji": lambda n: "⭐️" * n,
    "english": lambda n: f"{n} star{'s' * (n > 1)}",
    "words": lambda n: ("one", "two", "three", "four", "five")[n - 1],
    "japanese": lambda n: f"星{n}つ",
    "amazon": lambda n: f"5つ星のうち{n}.0",
}
WRITABLE = {
    "utf-8": "申請が止まる, 困る", "utf-8-sig": "申請が止まる, 困る", "utf-16": "申請が止まる, 困る",
    "utf-16-le": "申請が止まる, 困る", "cp932": "申請が止まる, 困る", "euc_jp": "申請が止まる, 困る",
    "iso2022_jp": "申請が止まる, 困る", "euc_kr": "업데이트 후 계속 꺼집니다",
    "gb18030": "更新后一直闪退，登录不了",
    "cp1251": "Не работает вход после обновления", "cp1252": "Die App stürzt ständig ab, schön",
}  # fmt: skip


def table(header: list[str], rows: list[list[Any]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header, *rows])
    return out.getvalue()


def scraped(s: Said) -> dict[str, Any]:
    return {
        "reviewId": s.id, "userName": "A", "content": s.text, "score": s.stars, "thumbsUpCount": 0,
        "reviewCreatedVersion": "2.0", "at": f"{s.at:%Y-%m-%d %H:%M:%S}", "replyContent": None,
        "repliedAt": None, "appId": APP["google_play"],
    }  # fmt: skip


def feed_entry(s: Said) -> dict[str, Any]:
    return {
        "id": {"label": s.apple_id}, "updated": {"label": s.at.isoformat()}, "title": {"label": ""},
        "content": {"label": s.text, "attributes": {"type": "text"}}, "im:rating": {"label": str(s.stars)},
        "im:version": {"label": "2.0"}, "author": {"name": {"label": "A"}},
    }  # fmt: skip


SELF = "https://itunes.apple.com/jp/rss/customerreviews/page=1/id=1500000001/sortby=mostrecent/json"


def feed_xml(said: list[Said]) -> str:
    entries = "".join(
        f"<entry><updated>{s.at.isoformat()}</updated><id>{s.apple_id}</id>"
        f'<content type="text">{escape(s.text)}</content><im:rating>{s.stars}</im:rating>'
        f'<im:version>2.0</im:version><author><name>A</name></author><content type="html">x</content></entry>'
        for s in said
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss" '
        f'xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="{SELF}"/>{entries}</feed>'
    )


def publisher(s: Said) -> dict[str, Any]:
    said = {
        "text": f"\t{s.text}", "lastModified": {"seconds": str(int(s.at.timestamp()))}, "starRating": s.stars,
        "reviewerLanguage": "ja", "appVersionName": "2.0",
    }  # fmt: skip
    return {"reviewId": s.id, "authorName": "A", "comments": [{"userComment": said}]}


def connect(s: Said) -> dict[str, Any]:
    said = {
        "rating": s.stars,
        "title": None,
        "body": s.text,
        "createdDate": s.at.isoformat(),
        "territory": "JPN",
    }
    return {"type": "customerReviews", "id": s.id, "attributes": said}


def columns(said: list[Said]) -> dict[str, dict[str, Any]]:
    rows = [scraped(s) for s in said]
    return {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]}


def split(said: list[Said]) -> dict[str, Any]:
    rows = [scraped(s) for s in said]
    return {"columns": list(rows[0]), "index": [*range(len(rows))], "data": [list(r.values()) for r in rows]}


def mongo(s: Said) -> dict[str, Any]:
    return scraped(s) | {"_id": {"$oid": "65b0"}, "at": {"$date": s.at.isoformat()},
                         "score": {"$numberInt": str(s.stars)}}  # fmt: skip


def dumps(value: Any, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **more)


FORMATS: dict[str, Callable[[list[Said]], str]] = {
    "json lines": lambda said: "\n".join(dumps(scraped(s)) for s in said),
    "array": lambda said: dumps([scraped(s) for s in said]),
    "pretty array": lambda said: dumps([scraped(s) for s in said], indent=2),
    "one after another": lambda said: "\n".join(dumps(scraped(s), indent=1) for s in said),
    "document": lambda said: dumps({"data": [scraped(s) for s in said], "nextPaginationToken": "t"}),
    "by app": lambda said: dumps({APP["google_play"]: [scraped(s) for s in said]}),
    "apps with reviews": lambda said: dumps([{"appId": APP["google_play"], "score": 4.1, "title": "App",
                                              "reviews": [scraped(s) for s in said]}]),
    "a page a line": lambda said: "\n".join(dumps({"reviews": [scraped(s)]}) for s in said),
    "with a token": lambda said: dumps([[scraped(s) for s in said], {"token": "t"}]),
    "pandas columns": lambda said: dumps(columns(said)),
    "pandas split": lambda said: dumps(split(said)),
    "pandas index": lambda said: dumps({str(n): scraped(s) for n, s in enumerate(said)}),
    "mongo": lambda said: "\n".join(dumps(mongo(s)) for s in said),
    "python": lambda said: "\n".join(repr(scraped(s)) for s in said),
    "csv": lambda said: table(list(scraped(said[0])), [list(scraped(s).values()) for s in said]),
    "androidpublisher": lambda said: dumps({"reviews": [publisher(s) for s in said]}),
    "app store connect": lambda said: dumps({"data": [connect(s) for s in said], "links": {
        "self": "https://api.appstoreconnect.apple.com/v1/apps/1500000001/customerReviews"}}),
    "feed": lambda said: dumps({"feed": {"entry": [feed_entry(s) for s in said], "link": [
        {"attributes": {"rel": "self", "href": SELF}}]}}),
    "feed in xml": feed_xml,
    "node, google play": lambda said: dumps([
        {"id": s.id, "userName": "A", "date": f"{s.at:%Y-%m-%dT%H:%M:%S}.000Z", "score": s.stars,
         "scoreText": str(s.stars), "title": None, "text": s.text, "replyDate": None, "replyText": None,
         "version": "2.0", "thumbsUp": 0, "criterias": []} for s in said]),
    "node, app store": lambda said: dumps([
        {"id": s.apple_id, "userName": "A", "userUrl": "u", "version": "2.0", "score": s.stars, "title": "",
         "text": s.text, "url": "u", "updated": s.at.isoformat()} for s in said]),
    "serpapi": lambda said: dumps({"search_parameters": {"product_id": "1500000001", "country": "jp"},
        "reviews": [
        {"position": 1, "id": s.apple_id, "text": s.text, "rating": s.stars,
         "review_date": f"{s.at:%Y-%m-%d %H:%M:%S} UTC", "reviewed_version": "2.0",
         "author": {"name": "A", "author_id": "1"}} for s in said]}),
    "serpapi, google play": lambda said: dumps({"search_parameters": {"engine": "google_play_product",
        "product_id": APP["google_play"]}, "reviews": [
        {"id": s.id, "title": "A. Name", "avatar": "u", "rating": s.stars, "snippet": s.text, "likes": 0,
         "date": "x", "iso_date": f"{s.at:%Y-%m-%dT%H:%M:%S}Z"} for s in said]}),
    "apify": lambda said: dumps([
        {"store": "google_play", "appId": APP["google_play"], "reviewId": s.id, "rating": s.stars,
         "title": "", "body": s.text, "author": "A", "version": "2.0", "date": s.at.isoformat(),
         "helpfulCount": 0}
        for s in said]),
    "app-reviews": lambda said: table(
        ["id", "store", "app_id", "country", "rating", "title", "body", "author_name", "app_version",
         "created_at"],
        [[s.apple_id, "appstore", APP["app_store"], "jp", s.stars, "", s.text, "A", "2.0", s.at.isoformat()]
         for s in said]),
    "appfollow": lambda said: table(
        ["ext_id", "store", "app_id", "date", "rating", "title", "content", "author", "app_version",
         "answer_text"],
        [[s.apple_id, "as", APP["app_store"], s.at.isoformat(), s.stars, "", s.text, "A", "2.0", ""]
         for s in said]),
    "appbot": lambda said: table(
        ["Review Id", "App Store", "Store", "Date", "Author", "Rating", "Subject", "Body", "Sentiment",
         "Version"],
        [[s.id, "", "Google Play", s.at.isoformat(), "A", s.stars, "", s.text, "negative", "2.0"]
         for s in said]),
    "japanese header": lambda said: table(
        ["レビューID", "投稿日時", "評価", "レビュー", "バージョン", "ストア"],
        [[s.id, f"{s.at:%Y/%m/%d %H:%M:%S}", s.stars, s.text, "2.0", "Google Play"] for s in said], "\t"),
}  # fmt: skip

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=60)
SAID = st.lists(
    st.builds(
        Said,
        number=st.integers(1, 10**6),
        stars=st.integers(1, 5),
        # What the gate changes, and words for nothing, are tests of their own.
        text=WORDS.map(lambda w: "so " + "".join(c for c in w if not c.isdigit() and c not in "&<@")),
        at=st.datetimes(datetime(2019, 6, 1), datetime(2026, 5, 1), timezones=st.just(UTC)).map(
            lambda at: at.replace(microsecond=0)
        ),
    ),
    min_size=1, max_size=5, unique_by=lambda s: s.number,
)  # fmt: skip
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def core(reviews: list[Review]) -> list[tuple[Any, ...]]:
    return sorted((r.store, r.store_app_id, r.review_id, r.rating, r.text, r.reviewed_at) for r in reviews)


def expected(said: list[Said], store: str) -> list[tuple[Any, ...]]:
    ids = [s.apple_id if store == "app_store" else s.id for s in said]
    return sorted((store, APP[store], i, s.stars, s.text, s.at) for i, s in zip(ids, said, strict=True))


def back(path: Path, content: bytes, **options: Any) -> list[Review]:
    path.write_bytes(content)
    part = read(path, seen_at=SEEN, **options)
    assert part.rejected == []
    return part.reviews


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(said=SAID)
def test_every_format_reads_back_the_same_reviews(name: str, said: list[Said], tmp_path: Path) -> None:
    apple = name in {"app store connect", "feed", "feed in xml", "node, app store", "serpapi", "app-reviews",
                     "appfollow"}  # fmt: skip
    store = "app_store" if apple else "google_play"
    reviews = back(tmp_path / "dump", FORMATS[name](said).encode(), store_app_id=APP[store])
    found = [(s, a, i, n, (t or "").strip(), at) for s, a, i, n, t, at in core(reviews)]
    wanted = [(s, a, i, n, t.strip(), at) for s, a, i, n, t, at in expected(said, store)]
    if name == "app store connect":
        wanted = sorted((s, a, x.id, n, t, at) for (s, a, _, n, t, at), x in zip(
            [expected([x], store)[0] for x in said], said, strict=True))  # fmt: skip
        wanted = [(s, a, i, n, t.strip(), at) for s, a, i, n, t, at in wanted]
    assert found == wanted


@pytest.mark.parametrize("stars", STARS)
@pytest.mark.parametrize("dates", DATES)
def test_every_way_to_write_dates_and_stars_reads_back_the_same(
    dates: str, stars: str, tmp_path: Path
) -> None:
    times = [datetime(2024, n + 1, n + 1, n * 2 + 1, 5, 7, tzinfo=UTC) for n in range(10)]
    said = [Said(n, n % 5 + 1, f"word {'abcdefghij'[n]}", at) for n, at in enumerate(times)]
    rows = [[s.id, DATES[dates](s.at), STARS[stars](s.stars), s.text] for s in said]
    content = table(["review_id", "date", "rating", "text"], rows, ";").encode()
    reviews = back(tmp_path / "dump.csv", content, store="google_play", store_app_id=APP["google_play"])
    assert core(reviews) == expected(said, "google_play")


@pytest.mark.parametrize("encoding", WRITABLE)
@pytest.mark.parametrize("container", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("rows", [2, 40])
def test_every_encoding_is_told_by_its_letters(
    encoding: str, container: str, rows: int, tmp_path: Path
) -> None:
    text = WRITABLE[encoding]
    lines = [[f"{n + 1:02}", "5", f"{text} {'abcdefghij'[n % 10]}"] for n in range(rows)]
    raw = table(["date", "rating", "text"], [[f"2024-02-{d if n < 28 else 28}", *r] for n, (d, *r) in
                                             enumerate(lines)], ";").encode(encoding)  # fmt: skip
    if container == "gzip":
        raw = gzip.compress(raw)
    elif container == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("reviews.csv", raw)
        raw = out.getvalue()
    reviews = back(tmp_path / "dump", raw, store="google_play", store_app_id="x.y")
    assert {r.text for r in reviews} == {f"{text} {'abcdefghij'[n % 10]}" for n in range(rows)}


@pytest.mark.parametrize(
    ("lines", "options", "days"),
    [
        (["3/12/2023", "3/25/2023"], {}, ["2023-03-12", "2023-03-25"]),
        (["3/12/2023", "25/12/2023"], {}, ["2023-12-03", "2023-12-25"]),
        (["3/12/2023, 4:05 PM", "4/11/2023, 5:00 AM"], {}, ["2023-03-12", "2023-04-11"]),
        # The third of December had not come when the dump was made.
        (
            ["3/12/2023", "2/3/2023"],
            {"seen_at": datetime(2023, 4, 1, tzinfo=UTC)},
            ["2023-03-12", "2023-02-03"],
        ),
        (["3/12/2023", "4/11/2023"], {}, []),
        (["3/12/2023", "4/11/2023"], {"dates": "mdy"}, ["2023-03-12", "2023-04-11"]),
        (["3/12/2023", "4/11/2023"], {"dates": "dmy"}, ["2023-12-03", "2023-11-04"]),
        (["3/12/2023", "25/12/2023", "3/25/2023"], {}, ["2023-12-25", "2023-03-25"]),
        (["7/7/2023", "3/12/2023"], {}, ["2023-07-07"]),
    ],
)
def test_the_order_of_day_and_month_is_the_whole_files(
    lines: list[str], options: Mapping[str, Any], days: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(table(["date", "rating", "text"], [[d, 5, f"word {n}"] for n, d in enumerate(lines)]))
    part = read(path, **({"seen_at": SEEN, "store": "google_play", "store_app_id": "x.y"} | options))
    assert [f"{r.reviewed_at:%Y-%m-%d}" for r in part.reviews] == days
    assert {r.reason for r in part.rejected} <= {"ambiguous_date"}
    assert len(part.reviews) + len(part.rejected) == len(lines)
