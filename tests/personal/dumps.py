"""Files such as people import, with invented personal texts in every column that takes words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.personal.texts import Personal

APP = "jp.example.personal"
_DAY = "2026-03-{:02} 12:00:00"


def whole(secret: Personal) -> str:
    """Title and text as one, for a field that takes only a text."""
    return f"{secret.title}\n{secret.text}" if secret.title else secret.text


def _csv(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[object]], encoding: str = "utf-8"
) -> Path:
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(header)
    table.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def play_dump(folder: Path, secrets: Sequence[Personal]) -> Path:
    """google-play-scraper: the text, the answer or the version is somebody's number, by turns."""
    rows = []
    for n, s in enumerate(secrets):
        said = ["fine", "thanks", "1.0"]
        said[n % 3] = whole(s)
        rows.append(
            [APP, f"gp:AOqp{n:030}x", said[0], n % 5 + 1, said[2], _DAY.format(n % 27 + 1), said[1], s.marker]
        )
    header = [
        "appId",
        "reviewId",
        "content",
        "score",
        "reviewCreatedVersion",
        "at",
        "replyContent",
        "userName",
    ]
    return _csv(folder / "play.csv", header, rows)


def bad_rows(folder: Path, secrets: Sequence[Personal]) -> Path:
    """Rows that are put aside, each for another reason; what of them may be shown is shown."""
    rows = []
    for n, s in enumerate(secrets):
        row: list[object] = [APP, f"gp:BOqp{n:030}x", whole(s), n % 5 + 1, _DAY.format(n % 27 + 1), "1.0"]
        match n % 5:
            case 0:
                row[3] = 9
            case 1:
                row[4] = "some day"
            case 2:
                # Such a record is read line by line; docs/gate.md says what may stay of it.
                row[2] = f"{s.title}{s.text}" if s.form.startswith("split") else row[2]
                row.append("one column too many")
            case 3:
                # The excerpt is cut at 500 characters: the number may stand astride the cut.
                row[2], row[3] = "あ" * (470 + n % 40) + whole(s), 0
            case 4:
                row[0], row[3] = f"{whole(s)}", 9
        rows.append(row)
    return _csv(
        folder / "bad.csv", ["appId", "reviewId", "content", "score", "at", "reviewCreatedVersion"], rows
    )


def app_store_dump(folder: Path, secrets: Sequence[Personal]) -> Path:
    """app-store-scraper: title and text, or the developer's answer."""
    rows = []
    for n, s in enumerate(secrets):
        row: dict[str, Any] = {
            "date": _DAY.format(n % 27 + 1),
            "rating": 9 if n % 7 == 6 else n % 5 + 1,
            "isEdited": False,
            "userName": s.marker,
            "title": s.title or "",
            "review": s.text,
        }
        if n % 3 == 2:
            row |= {"title": "ok", "review": f"ok {n}"}
            row["developerResponse"] = {"id": n, "body": whole(s), "modified": "2026-03-30T00:00:00Z"}
        rows.append(row)
    path = folder / "apple.json"
    path.write_text(json.dumps(rows, ensure_ascii=len(rows) % 2 == 0), "utf-8")
    return path


def broken_lines(folder: Path, secrets: Sequence[Personal]) -> Path:
    """JSON lines cut off, with a NUL or with bytes of another encoding; every other one escaped."""
    lines = []
    for n, s in enumerate(secrets):
        row = {
            "reviewId": f"gp:COqp{n:030}x",
            "at": _DAY.format(1),
            "score": 1,
            "appId": APP,
            "content": whole(s),
        }
        line = json.dumps(row, ensure_ascii=n % 2 == 0).encode()
        match n % 8:
            case 2 | 6:
                line = line[:-2] + b'\0"}'
            case 3:
                line = line[:-2] + "ｱ".encode("cp932") + b'"}'
            case _:
                line = line[:-2]
        lines.append(line)
    good = json.dumps(
        {"reviewId": "gp:good", "at": _DAY.format(1), "score": 5, "appId": APP, "content": "good"}
    )
    path = folder / "broken.jsonl"
    path.write_bytes(b"\n".join([good.encode()] * 30 + lines) + b"\n")
    return path


def feed(folder: Path, secrets: Sequence[Personal]) -> Path:
    """A saved page of the App Store's feed: title, text, version; every fifth entry without stars."""
    entries = []
    for n, s in enumerate(secrets):
        said = {"title": s.title or "x", "content": s.text, "im:version": "1.0"}
        if n % 4 == 3:
            said = {"title": "x", "content": f"x {n}", "im:version": whole(s)}
        entry: dict[str, Any] = {k: {"label": v} for k, v in said.items()}
        entry |= {"id": {"label": str(11_100_000_000 + n)}, "updated": {"label": "2026-03-01T01:00:00-07:00"}}
        entry |= {"im:rating": {"label": "7" if n % 5 == 4 else "3"}, "author": {"name": {"label": s.marker}}}
        entries.append(entry)
    path = folder / "feed.json"
    path.write_text(json.dumps({"feed": {"entry": entries}}, ensure_ascii=False), "utf-8")
    return path


def console(folder: Path, secrets: Sequence[Personal]) -> Path:
    """Play Console's monthly file, in UTF-16."""
    header = [
        "Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device",
        "Review Submit Date and Time", "Review Submit Millis Since Epoch",
        "Review Last Update Date and Time", "Review Last Update Millis Since Epoch", "Star Rating",
        "Review Title", "Review Text", "Developer Reply Date and Time",
        "Developer Reply Millis Since Epoch", "Developer Reply Text", "Review Link",
    ]  # fmt: skip
    rows = []
    for n, s in enumerate(secrets):
        at, millis = "2026-03-03T21:40:00Z", 1772574000000 + n
        reply = whole(s) if n % 2 else ""
        title, text = ("", f"ok {n}") if n % 2 else (s.title or "", s.text)
        version = whole(s) if n % 7 == 6 else "3.0"
        link = f"https://play.google.com/console/reviews?reviewId=gp%3ADOqp{n:030}x&hl=ja"
        rows.append(
            [
                APP,
                301,
                version,
                "ja",
                s.marker,
                at,
                millis,
                at,
                millis,
                n % 5 + 1,
                title,
                text,
                at,
                millis,
                reply,
                link,
            ]
        )
    return _csv(folder / "console.csv", header, rows, "utf-16")


def own_columns(folder: Path, secrets: Sequence[Personal]) -> Path:
    """Columns of one's own; the ids are the numbers themselves, where a number tells by itself what it is.

    Seven to eleven digits that begin with no zero may be any store's id: docs/gate.md says so.
    """
    rows = [
        [_id(n, s), n % 5 + 1, s.title or "", s.text, _DAY.format(n % 27 + 1), "1.0"]
        for n, s in enumerate(secrets)
    ]
    return _csv(folder / "own.csv", ["id", "stars", "headline", "body", "date", "version"], rows)


def _id(n: int, s: Personal) -> str:
    tells = len(s.digits) in (12, 13) or (len(s.digits) in (10, 11) and s.digits[0] == "0")
    return s.digits if tells else f"own-{n}"


def versions(folder: Path, secrets: Sequence[Personal]) -> Path:
    """Displayed scores with titles, versions and release notes."""
    header = [
        "app_id", "title", "version", "updated", "score", "ratings", "reviews", "s1", "s2", "s3", "s4", "s5",
        "installs", "url", "recent_changes",
    ]  # fmt: skip
    rows = []
    for n, s in enumerate(secrets):
        said = ["A title", f"1.{n}", "Notes"]
        said[n % 3] = whole(s)
        score = "six" if n % 5 == 4 else "2.2"
        rows.append(
            [f"{APP}.v{n}", said[0], said[1], 1772574000 + n, score, 10, 4, 1, 1, 1, 1, 6, 100, "", said[2]]
        )
    return _csv(folder / "versions.csv", header, rows)


def named_files(folder: Path, secrets: Sequence[Personal]) -> Iterator[Path]:
    """Small dumps named by a number: some whole, some with bad rows, some of no known format."""
    for n, s in enumerate(secrets):
        name = "".join(c for c in whole(s) if c not in "/\0")[:200]
        while len(name.encode()) > 200:
            name = name[:-1]
        stars = 9 if n % 3 == 1 else 3
        row = f"{APP},gp:EOqp{n:030}x,named,{stars},2026-03-01"
        body = f"appId,reviewId,content,score,at\n{row}\n"
        if n % 3 == 2:
            body = f"nothing known\n{n}\n"
        path = folder / f"{name}.csv"
        path.write_text(body, "utf-8")
        yield path


def headless(folder: Path, secrets: Sequence[Personal]) -> Iterator[Path]:
    """Files without a header: their first row is a person's, and the message is about columns."""
    for n, s in enumerate(secrets):
        path = folder / f"headless{n}.csv"
        _csv(path, [f"gp:{n}", whole(s), "3", "2026-03-01"], [["a", "b", "c", "d"]])
        yield path


def survey(folder: Path, secrets: Sequence[Personal]) -> Path:
    """A survey tool's export of testers' feedback."""
    rows = []
    for n, s in enumerate(secrets):
        said = ["ok", "2.0", "home", "a phone"]
        said[n % 4] = whole(s)
        stars = "many" if n % 6 == 5 else n % 5 + 1
        rows.append(
            [
                f"r{n}",
                f"tester{n}@example.invalid",
                said[0],
                stars,
                "2026-03-01",
                said[1],
                said[2],
                said[3],
                s.marker,
            ]
        )
    header = [
        "response_id",
        "email",
        "comment",
        "rating",
        "submitted_at",
        "version",
        "screen",
        "device",
        "name",
    ]
    return _csv(folder / "survey.csv", header, rows)
