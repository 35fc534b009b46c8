"""One set of reviews in every format that is known, as the programs write them, with the style of what they
leave open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

SEEN = datetime(2026, 6, 1, tzinfo=UTC)
APP = {"google_play": "jp.example.forms", "app_store": "1500000001"}


AUTHOR = "Taro Example"


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
    "koi8_r": "Не работает вход после обновления", "cp1253": "Η εφαρμογή δεν λειτουργεί καθόλου",
    "cp1255": "האפליקציה לא עובדת מאז העדכון", "cp1250": "Aplikacja ciągle się wyłącza, źle działa",
    "cp1254": "Uygulama sürekli kapanıyor, çok kötü", "big5": "更新後一直閃退，無法登入，請修正",
    "cp1251": "Не работает вход после обновления", "cp1252": "Die App stürzt ständig ab, schön",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a file writes moments and stars where its format does not say how."""

    date: Callable[[datetime], str]
    star: Callable[[int], Any]


PLAIN = Style(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z", int)
# Whose times and stars are numbers or ISO 8601, whoever writes them: the collectors' parsers read nothing
# else.
FIXED = frozenset({"androidpublisher", "app store connect"})


def store_of(name: str) -> str:
    """The store that a writer's reviews are of."""
    return "app_store" if name in APPLE else "google_play"


def table(header: list[str], rows: list[list[Any]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header, *rows])
    return out.getvalue()


def scraped(s: Said, y: Style = PLAIN) -> dict[str, Any]:
    return {
        "reviewId": s.id, "userName": AUTHOR, "content": s.text, "score": y.star(s.stars), "thumbsUpCount": 0,
        "reviewCreatedVersion": "2.0", "at": y.date(s.at), "replyContent": None,
        "repliedAt": None, "appId": APP["google_play"],
    }  # fmt: skip


def feed_entry(s: Said, y: Style = PLAIN) -> dict[str, Any]:
    return {
        "id": {"label": s.apple_id}, "updated": {"label": y.date(s.at)}, "title": {"label": ""},
        "content": {"label": s.text, "attributes": {"type": "text"}},
        "im:rating": {"label": str(y.star(s.stars))},
        "im:version": {"label": "2.0"}, "author": {"name": {"label": AUTHOR}},
    }  # fmt: skip


SELF = "https://itunes.apple.com/jp/rss/customerreviews/page=1/id=1500000001/sortby=mostrecent/json"


def feed_xml(said: list[Said], y: Style = PLAIN) -> str:
    entries = "".join(
        f"<entry><updated>{escape(y.date(s.at))}</updated><id>{s.apple_id}</id>"
        f'<content type="text">{escape(s.text)}</content><im:rating>{y.star(s.stars)}</im:rating>'
        f"<im:version>2.0</im:version><author><name>Taro Example</name></author><content "
        f'type="html">x</content></entry>'
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
    return {"reviewId": s.id, "authorName": AUTHOR, "comments": [{"userComment": said}]}


def connect(s: Said) -> dict[str, Any]:
    said = {
        "rating": s.stars,
        "title": None,
        "body": s.text,
        "createdDate": s.at.isoformat(),
        "territory": "JPN",
    }
    return {"type": "customerReviews", "id": s.id, "attributes": said}


def columns(said: list[Said], y: Style = PLAIN) -> dict[str, dict[str, Any]]:
    rows = [scraped(s, y) for s in said]
    return {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]}


def split(said: list[Said], y: Style = PLAIN) -> dict[str, Any]:
    rows = [scraped(s, y) for s in said]
    return {"columns": list(rows[0]), "index": [*range(len(rows))], "data": [list(r.values()) for r in rows]}


def mongo(s: Said, y: Style = PLAIN) -> dict[str, Any]:
    return scraped(s) | {"_id": {"$oid": "65b0"}, "at": {"$date": y.date(s.at)},
                         "score": {"$numberInt": str(y.star(s.stars))}}  # fmt: skip


def dumps(value: Any, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **more)


FORMATS: dict[str, Callable[[list[Said], Style], str]] = {
    "json lines": lambda said, y: "\n".join(dumps(scraped(s, y)) for s in said),
    "array": lambda said, y: dumps([scraped(s, y) for s in said]),
    "pretty array": lambda said, y: dumps([scraped(s, y) for s in said], indent=2),
    "one after another": lambda said, y: "\n".join(dumps(scraped(s, y), indent=1) for s in said),
    "document": lambda said, y: dumps({"data": [scraped(s, y) for s in said], "nextPaginationToken": "t"}),
    "by app": lambda said, y: dumps({APP["google_play"]: [scraped(s, y) for s in said]}),
    "apps with reviews": lambda said, y: dumps([{"appId": APP["google_play"], "score": 4.1, "title": "App",
                                              "reviews": [scraped(s, y) for s in said]}]),
    "a page a line": lambda said, y: "\n".join(dumps({"reviews": [scraped(s, y)]}) for s in said),
    "with a token": lambda said, y: dumps([[scraped(s, y) for s in said], {"token": "t"}]),
    "pandas columns": lambda said, y: dumps(columns(said, y)),
    "pandas split": lambda said, y: dumps(split(said, y)),
    "pandas index": lambda said, y: dumps({str(n): scraped(s, y) for n, s in enumerate(said)}),
    "mongo": lambda said, y: "\n".join(dumps(mongo(s, y)) for s in said),
    "python": lambda said, y: "\n".join(repr(scraped(s, y)) for s in said),
    "csv": lambda said, y: table(list(scraped(said[0], y)), [list(scraped(s, y).values()) for s in said]),
    "androidpublisher": lambda said, y: dumps({"reviews": [publisher(s) for s in said]}),
    "app store connect": lambda said, y: dumps({"data": [connect(s) for s in said], "links": {
        "self": "https://api.appstoreconnect.apple.com/v1/apps/1500000001/customerReviews"}}),
    "feed": lambda said, y: dumps({"feed": {"entry": [feed_entry(s, y) for s in said], "link": [
        {"attributes": {"rel": "self", "href": SELF}}]}}),
    "feed in xml": feed_xml,
    "node, google play": lambda said, y: dumps([
        {"id": s.id, "userName": AUTHOR, "date": y.date(s.at), "score": y.star(s.stars),
         "scoreText": str(s.stars), "title": None, "text": s.text, "replyDate": None, "replyText": None,
         "version": "2.0", "thumbsUp": 0, "criterias": []} for s in said]),
    "node, app store": lambda said, y: dumps([
        {"id": s.apple_id, "userName": AUTHOR, "userUrl": "u", "version": "2.0", "score": y.star(s.stars),
        "title": "",
         "text": s.text, "url": "u", "updated": y.date(s.at)} for s in said]),
    "serpapi": lambda said, y: dumps({"search_parameters": {"product_id": "1500000001", "country": "jp"},
        "reviews": [
        {"position": 1, "id": s.apple_id, "text": s.text, "rating": y.star(s.stars),
         "review_date": y.date(s.at), "reviewed_version": "2.0",
         "author": {"name": AUTHOR, "author_id": "1"}} for s in said]}),
    "serpapi, google play": lambda said, y: dumps({"search_parameters": {"engine": "google_play_product",
        "product_id": APP["google_play"]}, "reviews": [
        {"id": s.id, "title": AUTHOR, "avatar": "u", "rating": y.star(s.stars), "snippet": s.text, "likes": 0,
         "date": "x", "iso_date": y.date(s.at)} for s in said]}),
    "apify": lambda said, y: dumps([
        {"store": "google_play", "appId": APP["google_play"], "reviewId": s.id, "rating": y.star(s.stars),
         "title": "", "body": s.text, "author": AUTHOR, "version": "2.0", "date": y.date(s.at),
         "helpfulCount": 0}
        for s in said]),
    "app-reviews": lambda said, y: table(
        ["id", "store", "app_id", "country", "rating", "title", "body", "author_name", "app_version",
         "created_at"],
        [[s.apple_id, "appstore", APP["app_store"], "jp", y.star(s.stars), "", s.text, AUTHOR, "2.0",
        y.date(s.at)]
         for s in said]),
    "appfollow": lambda said, y: table(
        ["ext_id", "store", "app_id", "date", "rating", "title", "content", "author", "app_version",
         "answer_text"],
        [[s.apple_id, "as", APP["app_store"], y.date(s.at), y.star(s.stars), "", s.text, AUTHOR, "2.0", ""]
         for s in said]),
    "appbot": lambda said, y: table(
        ["Review Id", "App Store", "Store", "Date", "Author", "Rating", "Subject", "Body", "Sentiment",
         "Version"],
        [[s.id, "", "Google Play", y.date(s.at), AUTHOR, y.star(s.stars), "", s.text, "negative", "2.0"]
         for s in said]),
    "japanese header": lambda said, y: table(
        ["レビューID", "投稿日時", "評価", "レビュー", "バージョン", "ストア"],
        [[s.id, y.date(s.at), y.star(s.stars), s.text, "2.0", "Google Play"] for s in said], "\t"),
    "play console": lambda said, y: table(
        ["Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device",
         "Review Last Update Date and Time", "Star Rating", "Review Title", "Review Text", "Review Link"],
        [[APP["google_play"], "20", "2.0", "ja", "husky", y.date(s.at), y.star(s.stars), "", s.text,
          f"http://play.google.com/console/developers/1/app/2/user-feedback/review-details?reviewId={s.id}"]
         for s in said]),
    "app-store-scraper": lambda said, y: dumps([
        {"date": y.date(s.at), "review": s.text, "rating": y.star(s.stars), "isEdited": False,
        "userName": AUTHOR,
         "title": ""} for s in said]),
    "app-store-web-scraper": lambda said, y: dumps([
        {"id": int(s.apple_id), "date": y.date(s.at), "user_name": AUTHOR, "title": "", "content": s.text,
         "rating": y.star(s.stars), "developer_response": None} for s in said]),
    "generic": lambda said, y: table(
        ["review_id", "date", "rating", "text", "author", "store"],
        [[s.id, y.date(s.at), y.star(s.stars), s.text, AUTHOR, "android"] for s in said], "|"),
    "appfigures": lambda said, y: dumps({"total": len(said), "reviews": [
        {"author": AUTHOR, "title": "", "review": s.text, "stars": y.star(s.stars), "iso": "JP",
        "version": "2.0",
         "date": y.date(s.at), "product": 5368, "product_id": 5368, "vendor_id": APP["app_store"],
         "store": "apple",
         "id": s.apple_id} for s in said]}),
    "data.ai": lambda said, y: dumps({"code": 200, "market": "ios", "product_id": int(APP["app_store"]),
    "reviews": [
        {"date": y.date(s.at), "rating": y.star(s.stars), "title": "", "text": s.text, "version": "2.0",
         "reviewer": AUTHOR, "country": "JP", "review_id": int(s.apple_id)} for s in said]}),
    "columns of lists": lambda said, y: dumps(
        {name: [scraped(s, y)[name] for s in said] for name in scraped(said[0], y)}),
    "rows below their header": lambda said, y: dumps(
        [list(scraped(said[0], y)), *([*scraped(s, y).values()] for s in said)]),
    "javascript": lambda said, y: f"var reviews = {dumps([scraped(s, y) for s in said])};",
    "json within json": lambda said, y: dumps(dumps([scraped(s, y) for s in said])),
    "elasticsearch": lambda said, y: dumps({"hits": {"hits": [
        {"_id": str(s.number), "_source": scraped(s, y)} for s in said]}}),
    "graphql": lambda said, y: dumps({"data": {"reviews": {"edges": [{"node": scraped(s,
    y)} for s in said]}}}),
}  # fmt: skip
APPLE = frozenset({
    "app store connect", "feed", "feed in xml", "node, app store", "serpapi", "app-reviews", "appfollow",
    "app-store-scraper", "app-store-web-scraper", "appfigures", "data.ai",
})  # fmt: skip


def lookup(s: Said) -> dict[str, Any]:
    return {
        "trackId": int(APP["app_store"]), "trackName": "Forms", "version": f"2.{s.number}",
        "currentVersionReleaseDate": f"{s.at:%Y-%m-%dT%H:%M:%S}Z", "averageUserRating": s.stars,
        "userRatingCount": s.number, "primaryGenreName": "Utilities", "sellerName": "Example Office",
    }  # fmt: skip


def play_app(s: Said) -> dict[str, Any]:
    return {
        "appId": APP["google_play"], "title": "Forms", "version": f"2.{s.number}", "score": s.stars,
        "ratings": s.number, "updated": int(s.at.timestamp()), "realInstalls": 10, "genreId": "TOOLS",
        "developer": "Example Office",
    }  # fmt: skip


SCORES: dict[str, Callable[[list[Said]], str]] = {
    "itunes_lookup": lambda said: "\n".join(dumps({"resultCount": 1, "results": [lookup(s)]}) for s in said),
    "google_play_app": lambda said: "\n".join(dumps(play_app(s)) for s in said),
    "app_store_app": lambda said: dumps([
        {"id": int(APP["app_store"]), "appId": "jp.example.forms", "title": "Forms",
        "version": f"2.{s.number}",
         "score": s.stars, "reviews": s.number, "currentVersionScore": s.stars, "updated": s.at.isoformat(),
         "primaryGenre": "Utilities", "developer": "Example Office"} for s in said]),
    "versions": lambda said: table(
        ["app_id", "version", "updated", "score", "ratings", "genre", "developer"],
        [[APP["google_play"], f"2.{s.number}", int(s.at.timestamp()), s.stars, s.number, "TOOLS",
        "Example Office"]
         for s in said]),
    "displayed_series": lambda said: table(
        ["app_id", "title", "version", "version_updated_utc", "score_displayed", "ratings"],
        [[APP["google_play"], "Forms", f"2.{s.number}", f"{s.at:%Y-%m-%d %H:%M:%S}", s.stars, s.number]
         for s in said]),
    "play_console_ratings": lambda said: table(
        ["Date", "Package Name", "Daily Average Rating", "Total Average Rating"],
        [[f"{s.at:%Y-%m-%d}", APP["google_play"], f"{s.stars}.00", "4.10"] for s in said]),
}  # fmt: skip
"""Displayed scores, by the name of their format: the score, as many ratings as the number, at the moment."""
