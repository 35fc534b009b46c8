"""Dumps: the file as it came, what the import says, the file or the options as it says, and it is in."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import shlex
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.collection import dump_import
from flows.collection.play_console import take
from flows.errors import InputError
from flows.sources.dumps import files
from flows.sources.dumps.reading import json_rows
from tests.remedies.claims import as_somebody_else, carries_out, command, hear
from tests.warehouse.house import NOW as LATER
from tests.warehouse.house import memory_writer, rows
from warehouse.landing import Landing

HEAD = "app_id,review_id,content,score,at\n"
ROW = "jp.example.app,{n},text {n},4,2026-01-0{n} 10:00:00\n"
GOOD = HEAD + "".join(ROW.format(n=n) for n in range(1, 4))
PUT_ASIDE = 9
PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _reviews(data: Path) -> list[tuple[object, ...]]:
    writer = memory_writer(data)
    writer.load(LATER)
    found = rows(writer.con, "select review_id, text, rating from core.reviews order by all")
    return [tuple(row.values()) for row in found]


WHOLE = [(str(n), f"text {n}", 4) for n in range(1, 4)]


def _text(text: str) -> Callable[[Path], None]:
    return lambda path: _put(path, text.encode())


def _put(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("dump.csv", GOOD)
        packed.writestr("more.csv", GOOD)


def _locked(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("dump.csv", GOOD)
    raw = bytearray(path.read_bytes())
    # The bit that says that a member is encrypted, where it lies and in the directory.
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)


def _workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "none")


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("create table reviews (content)")


def _unpacked(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        _put(path, packed.read("dump.csv"))


def _case(remedy: str, wrong: Callable[[Path], None], mended: Callable[[Path], None]) -> object:
    return pytest.param(wrong, mended, marks=carries_out(remedy), id=remedy[-50:])


_again = _text(GOOD)
_lines = _text("".join(json.dumps({"app_id": "jp.example.app", "review_id": str(n), "content": f"text {n}",
               "score": 4, "at": f"2026-01-0{n} 10:00:00"}) + "\n" for n in range(1, 4)))  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        _case("CSV, JSON or XML. Remedy: unpack it and import the files.", _zip, _unpacked),
        _case("the ZIP archive is damaged. Remedy: fetch it again.", lambda p: _put(p,
            b"PK\x03\x04 ..."), _again),
        _case("the ZIP archive cannot be unpacked ({}). Remedy: unpack it.", _locked, _again),
        _case("the workbook {}. Remedy: save the sheet as CSV (UTF-8).", _workbook, _again),
        _case("Remedy: save the reviews as CSV or JSON; of XML", _text("<html><body>reviews"), _again),
        _case("write it as CSV or JSON lines", lambda p: _put(p, b"PAR1" + b"\0" * 40), _lines),
        _case("export the reviews as CSV", lambda p: _put(p, b"%PDF-1.7 ..."), _again),
        _case("export the table as CSV", _sqlite, _again),
        _case(
            "unpack it, or compress it with gzip", lambda p: _put(p, bz2.compress(GOOD.encode())),
            lambda p: _put(p, gzip.compress(bz2.decompress(p.read_bytes()))),
        ),
        _case(
            "the gzip file is damaged. Remedy: fetch it again.",
            lambda p: _put(p, b"\x1f\x8b" + b"\xff" * 90),
            lambda p: _put(p, gzip.compress(GOOD.encode())),
        ),
        _case(
            "the file ends in its first line. Remedy: fetch it again.",
            lambda p: _put(p, gzip.compress(os.urandom(200).hex().encode())[:100]),
            lambda p: _put(p, gzip.compress(GOOD.encode())),
        ),
        _case("{}: the file is empty. Remedy: make the dump again.", _text(" \n"), _again),
        _case(
            "JSON without objects. Remedy: write a list of objects or one object a line", _text("[1, 2, 3]"),
            _lines,
        ),
    ],
)  # fmt: skip
def test_a_file_made_as_the_import_says_goes_in_whole(
    tmp_path: Path, data: Path, wrong: Callable[[Path], None], mended: Callable[[Path], None]
) -> None:
    path = tmp_path / "dump"
    wrong(path)
    assert command("import", str(path)).code == InputError.exit_code
    assert not (data / "landing").exists() or not any((data / "landing").glob("reviews/*/*"))
    mended(path)
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE


def _option(remedy: str, text: str, *options: str, encoding: str = "utf-8") -> object:
    return pytest.param(text.encode(encoding), options, marks=carries_out(remedy), id=remedy[-50:])


OWN = GOOD.replace(HEAD, "parcel,number,content,points,moment\n")
BARE = GOOD.replace("app_id,", "").replace("jp.example.app,", "")


@pytest.mark.parametrize(
    ("raw", "options"),
    [
        _option("may be meant. Remedy: --encoding {}, looking at the result with --dry-run, or",
                GOOD.replace("text", "после обновления вылетает"), "--encoding koi8-r", encoding="koi8_r"),
        _option("a column says of which store the rows are. Remedy: --store {}.",
            "app_id,text,date\na,fine,2026-01-01\n",
                "--store google_play"),
        _option("Remedy: --app ID, the app's id in the store, or --map app_id=COLUMN.", BARE,
                "--app jp.example.app"),
        _option("Remedy: --app ID, the app's id in the store, or --map app_id=COLUMN.",
                GOOD.replace("app_id", "which"), "--map app_id=which"),
        _option("there is no column for {}. Columns: {}. Remedy: --map {}=COLUMN, or another --format.",
                GOOD.replace(",at\n", ",when\n"), "--format google_play_scraper --map date=when"),
        _option("never dated by guess. Columns: {} ({} would be read). Remedy: --map date=COLUMN, or make",
                OWN.replace("content", "text").replace("points", "stars"),
                "--store google_play --map date=moment --app x"),
        _option("or name the columns with --map date=COLUMN --map rating=COLUMN --map text=COLUMN",
                OWN.replace("content", "words"),
                "--store google_play --map date=moment --map rating=points --map text=words --app x"),
    ],
)  # fmt: skip
def test_the_option_that_is_named_takes_the_file_in(
    tmp_path: Path, raw: bytes, options: tuple[str, ...]
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(raw)
    words = shlex.split(" ".join(options))
    without = words[:2] if "--format" in words else words[:2] if len(words) > 4 else []
    assert command("import", str(path), *without).code == InputError.exit_code
    done = command("import", str(path), *words)
    assert done.code == 0, done.text
    assert "put aside" not in done.text


@carries_out("no known format has these columns: {}.{} Remedy: --format {}")
def test_a_header_in_the_first_line_makes_a_file_known(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD.replace(HEAD, ""), encoding="utf-8")
    assert command("import", str(path)).code == InputError.exit_code
    path.write_text(GOOD, encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE


@carries_out("--encoding {} is unknown. Remedy: a name such as utf-8, cp932, utf-16, cp1252.")
@pytest.mark.parametrize("name", ["utf-8", "cp932", "utf-16", "cp1252"])
def test_each_encoding_that_is_named_is_known(tmp_path: Path, data: Path, name: str) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(GOOD.encode(name))
    assert command("import", str(path), "--encoding", "utf-eight").code == InputError.exit_code
    assert command("import", str(path), "--encoding", name).code == 0
    assert _reviews(data) == WHOLE


CONSOLE = (
    "Package Name,App Version Name,Reviewer Language,Star Rating,Review Submit Date and Time,Review Text,"
    "Review Link\njp.example.app,1.0,ja,4,2026-01-01T10:00:00Z,fine,https://play.google.com/x?reviewId=gp:1\n"
)


@carries_out("{}: may not be read. Remedy: give yourself the right to read it.")
def test_an_export_that_may_be_read_again_goes_in() -> None:
    with as_somebody_else() as folder:
        path = folder / "exports" / "reviews_jp.example.app_202601.csv"
        path.parent.mkdir()
        path.write_text(CONSOLE, encoding="utf-16")
        path.chmod(0)
        (failed,) = take(path.parent, "jp.example.app", Landing(folder / "data"), run_id="run")
        assert failed.outcome == "failed"
        hear(failed.detail or "")
        path.chmod(0o600)
        (done,) = take(path.parent, "jp.example.app", Landing(folder / "data"), run_id="run")
        assert (done.outcome, done.got) == ("complete", 1)


def test_a_feed_is_taken_in_with_its_apps_id(tmp_path: Path, data: Path) -> None:
    page = json.loads((PAYLOADS / "app_store_feed_page.json").read_text(encoding="utf-8"))
    page["feed"].pop("link", None)
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(page), encoding="utf-8")
    assert command("import", str(path)).code == InputError.exit_code
    assert command("import", str(path), "--app", "1234567890").code == 0
    assert _reviews(data)


# --- rows that are put aside -----------------------------------------------------------------------

DATES = "Write dates as 2026-03-01 or 2026-03-01 12:30:00, from 2008 to the day after the dump was made"
BAD = "jp.example.app,9,text 9,4,2026-01-09 10:00:00\n"
LONG = "x" * 100_001


def _row(remedy: str, wrong: str | bytes, mended: str | None, *options: str) -> object:
    raw = wrong.encode() if isinstance(wrong, str) else wrong
    return pytest.param(raw, mended, options, marks=carries_out(remedy), id=remedy[:50])


@pytest.mark.parametrize(
    ("wrong", "mended", "options"),
    [
        _row("A review needs a text or stars; nothing is lost by leaving the row out.",
             BAD.replace("text 9,4", ","), None),
        _row("Stars are whole numbers from 1 to 5; mend the value at its source.",
             BAD.replace(",4,", ",6,"), BAD),
        _row(DATES,
             BAD.replace("2026-01-09 10:00:00", "yesterday"), BAD),
        _row(DATES,
             BAD.replace("2026-01-09 10:00:00", "9.1."), BAD.replace("2026-01-09 10:00:00", "2026-01-09")),
        _row(DATES,
             BAD.replace("2026-01-09 10:00:00", "9.1."), BAD.replace("2026-01-09 10:00:00", "1767952800")),
        _row("The day may be the month: say --dates mdy (US) or --dates dmy for the whole file.",
             BAD.replace("2026-01-09 10:00:00", "3/4/2025"), BAD.replace("2026-01-09", "2025-03-04")),
        _row("The value is no app's id in a store; mend it, or name another column with --map.",
             BAD.replace("jp.example.app", "My App"), BAD),
        _row("The bytes do not fit the file's encoding; save it as UTF-8 or name --encoding.",
             "jp.example.app,9,良い,4,2026-01-09\n".encode("cp932"), "jp.example.app,9,良い,4,2026-01-09\n"),
        _row("Remove the NUL bytes; they come from a damaged or binary file.",
             BAD.replace("text", "te\0xt"), BAD),
        _row("No field may be longer than {} characters; cut or remove it.",
             BAD.replace("text 9", LONG), BAD),
        _row("Give the row as many columns as the header has, and close its quotes.",
             BAD.replace("text 9", "text, 9, and more"), BAD.replace("text 9", '"text, 9, and more"')),
        _row("Give the row as many columns as the header has, and close its quotes.",
             BAD.replace("text 9", '"text 9'), BAD.replace("text 9", '"text 9"')),
    ],
)  # fmt: skip
def test_a_row_mended_as_it_was_told_goes_in(
    tmp_path: Path, data: Path, wrong: bytes, mended: str | None, options: tuple[str, ...]
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(GOOD.encode() + wrong)
    assert command("import", str(path), *options).code == PUT_ASIDE
    assert _reviews(data) == WHOLE
    path.write_text(GOOD + (mended or ""), encoding="utf-8")
    done = command("import", str(path), *options)
    assert done.code == 0, done.text
    assert len(_reviews(data)) == len(WHOLE) + (mended is not None)


OBJECT = {"app_id": "jp.example.app", "review_id": "9", "content": "text 9", "score": 4, "at": "2026-01-09"}


@pytest.mark.parametrize(
    ("wrong", "mended", "options"),
    [
        _row("Every line or element must be a JSON object with named fields.", '["text 9", 4]',
             json.dumps(OBJECT)),
        _row("The line or element is not JSON; write the dump again.", '{"app_id": "jp.example.app", oops}',
             json.dumps(OBJECT)),
        _row("Fill the field, or give it for the whole file with an option.",
             json.dumps({k: v for k, v in OBJECT.items() if k != "app_id"}), json.dumps(OBJECT)),
    ],
)  # fmt: skip
def test_a_line_mended_as_it_was_told_goes_in(
    tmp_path: Path, data: Path, wrong: bytes, mended: str, options: tuple[str, ...]
) -> None:
    path = tmp_path / "dump.jsonl"
    first = json.dumps(OBJECT | {"review_id": "1"})
    path.write_bytes(first.encode() + b"\n" + wrong + b"\n")
    assert command("import", str(path)).code == PUT_ASIDE
    path.write_text(f"{first}\n{mended}\n", encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert [r[0] for r in _reviews(data)] == ["1", "9"]


@carries_out("Fill the field, or give it for the whole file with an option.")
def test_a_field_is_given_for_the_whole_file(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD + BAD.replace("jp.example.app", ""), encoding="utf-8")
    assert command("import", str(path)).code == PUT_ASIDE
    assert command("import", str(path), "--app", "jp.example.app").code == 0
    assert len(_reviews(data)) == 4


@carries_out("The day may be the month: say --dates mdy (US) or --dates dmy for the whole file.")
def test_the_order_that_is_said_takes_the_row_in(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD + BAD.replace("2026-01-09 10:00:00", "3/4/2025"), encoding="utf-8")
    assert command("import", str(path)).code == PUT_ASIDE
    for order in ("mdy", "dmy"):
        assert command("import", str(path), "--dates", order).code == 0
    assert len(_reviews(data)) == 4


@carries_out("The store must be Google Play or the App Store; other stores' reviews are not kept.")
def test_a_row_of_a_store_that_is_known_goes_in(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    rows_ = (
        "store,app_id,date,rating,text\nGoogle Play,a.b,2026-01-01,4,x\nAppStore,1500000001,2026-01-01,4,y\n"
    )
    path.write_text(rows_.replace("AppStore", "AppGallery"), encoding="utf-8")
    assert command("import", str(path)).code == PUT_ASIDE
    path.write_text(rows_, encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert len(_reviews(data)) == 2


FEED = (
    '<feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom"><entry><id>11000000001</id>'
    "<updated>2026-01-04T20:00:00-07:00</updated><im:rating>5</im:rating>"
    "<content type='text'>fine</content></entry>"
    "</feed>"
)


@carries_out("The XML is damaged from here on; fetch the feed again. The entries before it went in.")
def test_a_feed_that_was_cut_is_fetched_again(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED.removesuffix("</feed>") + "<entry><id>1", encoding="utf-8")
    assert command("import", str(path), "--app", "1500000001").code == PUT_ASIDE
    path.write_text(FEED, encoding="utf-8")
    assert command("import", str(path), "--app", "1500000001").code == 0
    assert len(_reviews(data)) == 1


@carries_out("Remedy: the file that ends in _overview.csv.")
def test_the_overview_of_ratings_goes_in(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    overview = "Date,Package Name,Daily Average Rating,Total Average Rating\n2026-01-01,a.b,4.0,3.5\n"
    path.write_text(overview.replace("Name,", "Name,Country,").replace("a.b,", "a.b,jp,"), encoding="utf-8")
    assert command("import", str(path)).code == InputError.exit_code
    path.write_text(overview, encoding="utf-8")
    assert command("import", str(path)).code == 0


@carries_out("a document of columns is too large to be held.")
def test_columns_are_written_as_lines(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "LONGEST_RECORD", 10_000)
    monkeypatch.setattr(json_rows, "_CHUNK", 1_000)
    path = tmp_path / "dump.json"
    columns = {
        "content": {str(n): "words" for n in range(9_000)},
        "score": {"0": 4},
        "at": {"0": "2026-01-01"},
    }
    path.write_text(json.dumps(columns), encoding="utf-8")
    assert command("import", str(path), "--app", "jp.example.app").code == InputError.exit_code
    _lines(path)
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE


def _dies(rows: object) -> None:
    os._exit(1)


@carries_out(
    "A process that helped to read the file ended before its work. Remedy: see that there is memory left"
)
def test_an_import_whose_helper_died_is_run_again(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(files, "_ROWS_A_PART", 1)
    with monkeypatch.context() as broken:
        broken.setattr(dump_import, "_by_helper", _dies)
        broken.setattr(dump_import, "active_count", lambda: 1)
        assert command("import", str(path)).code == 1
    monkeypatch.setattr(files, "_ROWS_A_PART", 20_000)
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE


@carries_out("The file ends in the middle; fetch it again. The rows before the end went in.")
def test_a_file_that_was_cut_is_fetched_again(tmp_path: Path, data: Path) -> None:
    many = HEAD + "".join(f"jp.example.app,{n},text {os.urandom(8).hex()},4,2026-01-01\n" for n in range(400))
    path, whole = tmp_path / "dump.csv.gz", gzip.compress(many.encode())
    path.write_bytes(whole[: len(whole) // 2])
    assert command("import", str(path)).code == PUT_ASIDE
    assert 0 < len(_reviews(data)) < 400
    path.write_bytes(whole)
    assert command("import", str(path)).code == 0
    assert len(_reviews(data)) == 400


@carries_out("Write counts and scores as plain numbers.")
def test_counts_are_written_as_numbers(tmp_path: Path, data: Path) -> None:
    head = "app_id,version,updated,score,ratings\n"
    path = tmp_path / "versions.csv"
    path.write_text(head + "jp.example.app,1.0,2026-01-01,4.1,many\n", encoding="utf-8")
    assert command("import", str(path)).code == PUT_ASIDE
    path.write_text(head + "jp.example.app,1.0,2026-01-01,4.1,120\n", encoding="utf-8")
    assert command("import", str(path)).code == 0
    writer = memory_writer(data)
    writer.load(LATER)
    assert rows(writer.con, "select ratings_count from core.rating_snapshots") == [{"ratings_count": 120}]
