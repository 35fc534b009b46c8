"""Dumps: the file as it came, what the import says, the file or the options as it says, and it is in."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import re
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from flows import processes
from flows.collection.play_console import take
from flows.errors import InputError
from flows.sources.dumps import files
from tests.flows.sources.dumps.test_hostile import small
from tests.flows.sources.dumps.test_recognised import workbook
from tests.remedies.claims import as_somebody_else, carries_out, command, hear
from tests.warehouse.house import NOW as LATER
from tests.warehouse.house import open_writer, rows
from warehouse.landing import Landing

__all__ = ["small"]  # a fixture

LETTERS = str.maketrans("0123456789", "ghijklmnop")
HEAD = "app_id,review_id,content,score,at\n"
ROW = "jp.example.app,gp:{n},text {n},4,2026-01-0{n} 10:00:00\n"
GOOD = HEAD + "".join(ROW.format(n=n) for n in range(1, 4))
PUT_ASIDE = 9
PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def _reviews(data: Path) -> list[tuple[object, ...]]:
    """What was landed, the latest of each; loading it is not the import's work."""
    landing = data / "landing"
    files = sorted(landing.glob("reviews/*/*.jsonl.gz"), key=lambda p: p.stat().st_mtime_ns)
    lines = (json.loads(line) for p in files for line in gzip.decompress(p.read_bytes()).splitlines())
    found = {r["review_id"]: (r["review_id"], r["text"], r["rating"]) for r in lines}
    return sorted(found.values())


WHOLE = [(f"gp:{n}", f"text {n}", 4) for n in range(1, 4)]


def _text(text: str) -> Callable[[Path], None]:
    return lambda path: _put(path, text.encode())


def _put(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def _zip(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name in names or ("dump.csv",):
            packed.writestr(name, GOOD)


def _tar(path: Path, *names: str) -> None:
    with tarfile.open(path, "w") as packed:
        for name in names:
            told = tarfile.TarInfo(name)
            told.size = len(GOOD.encode())
            packed.addfile(told, io.BytesIO(GOOD.encode()))


def _cut_zip(path: Path) -> None:
    _zip(path)
    _put(path, path.read_bytes()[:-30])


def _locked(path: Path) -> None:
    """A ZIP archive whose members ask for a password."""
    if not path.exists():
        _zip(path)
    raw = bytearray(path.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(sign), bytes(raw)):
            raw[found.start() + flags] |= 1
    _put(path, bytes(raw))


def _book(path: Path, rows: Sequence[Sequence[str]] | None = None) -> Path:
    table = [line.split(",") for line in GOOD.splitlines()] if rows is None else rows
    return workbook(path, [list(map(_cell, row)) for row in table])


def _cell(value: str) -> int | str:
    return int(value) if value.isdigit() else value


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("create table reviews (content)")


def _unpacked(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        _put(path, packed.read("dump.csv"))


def _case(remedy: str, wrong: Callable[[Path], None], mended: Callable[[Path], None]) -> object:
    return pytest.param(wrong, mended, marks=carries_out(remedy), id=remedy[-50:])


SAVE = "the workbook {}. Remedy: save the sheet as CSV (UTF-8)."
_again = _text(GOOD)
_lines = _text("".join(json.dumps({"app_id": "jp.example.app", "review_id": f"gp:{n}", "content": f"text {n}",
               "score": 4, "at": f"2026-01-0{n} 10:00:00"}) + "\n" for n in range(1, 4)))  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        _case("unpack it, or compress it with gzip", lambda p: _put(p, b"7z\xbc\xaf" + b"\0" * 40), _again),
        _case("cannot be unpacked ({}). Remedy: unpack it.", _locked, _again),
        _case("{} of them CSV, JSON or XML. Remedy: unpack it and import the files.",
              lambda p: _zip(p, "dump.csv", "other.csv"), _unpacked),
        _case("a tar archive of several files. Remedy: unpack it and import the files.",
              lambda p: _tar(p, "dump.csv", "other.csv"), _again),
        _case("a tar archive without CSV, JSON or XML. Remedy: unpack it and import the files.",
              lambda p: _tar(p, "dump.bin"), _again),
        _case("the ZIP archive is damaged. Remedy: fetch it again.", _cut_zip, _zip),
        _case("the tar archive is damaged. Remedy: fetch it again.",
              lambda p: (_tar(p, "dump.csv"), _put(p, p.read_bytes()[:300])), lambda p: _tar(p, "dump.csv")),
        _case(SAVE,
              lambda p: _put(p, b"\xd0\xcf\x11\xe0" + b"\0" * 600), _again),
        _case(SAVE,
              lambda p: _locked(_book(p)), _again),
        _case("the workbook is empty. Remedy: make it again.", lambda p: _book(p, []), _book),
        _case("XML or HTML without the entries of a feed. Remedy: save the reviews as CSV or JSON",
              _text("<html><p>text 1</p></html>"), _again),
        _case("XML or HTML without the entries of a feed. Remedy: save the reviews as CSV or JSON",
              _text("<html><p>text 1</p></html>"), _lines),
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
            "JSON without objects, or with nothing in its lists. Remedy: write a list of objects or one "
            "object a line",
            _text("[1, 2, 3]"),
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


def _option(remedy: str, text: str, options: str, *, before: str = "", encoding: str = "utf-8") -> object:
    return pytest.param(
        text.encode(encoding), options, before, marks=carries_out(remedy), id=f"{remedy[:40]} {options}"
    )


OWN = GOOD.replace(HEAD, "package,number,words,points,moment\n")
BARE = GOOD.replace("app_id,", "").replace("jp.example.app,", "")
RUSSIAN = GOOD.replace("text", "Плохо")
FEW = "app_id,text,rating,{}\njp.example.app,fine,4,2026-01-01\n"
CONNECT = json.dumps({"data": [{"type": "customerReviews", "id": "a-1", "attributes": {
    "rating": 4, "body": "fine", "createdDate": "2026-01-01T00:00:00Z", "territory": "JPN"}}]})  # fmt: skip
APP = "Remedy: --app ID, the app's id in the store, or --map app_id=COLUMN."
STORE = "neither the format nor a column says of which store the rows are. Remedy: --store {}."
DOUBT = "and {} may be meant. Remedy: --encoding {}, looking at the result with --dry-run, or save the file"


@pytest.mark.parametrize(
    ("raw", "options", "before"),
    [
        _option(DOUBT, RUSSIAN, "--encoding cp1251", encoding="cp1251"),
        _option(STORE, FEW.format("date"), "--store google_play"),
        _option(STORE, FEW.format("date"), "--store app_store"),
        _option("contradicts it. Remedy: leave --store out, or name another --format.", CONNECT,
                "--app 1234567890", before="--store google_play --app 1234567890"),
        _option(APP, BARE, "--app jp.example.app"),
        _option(APP, GOOD.replace("app_id", "which"), "--map app_id=which"),
        _option("there is no column for {}. Columns: {}. Remedy: --map {}=COLUMN, or another --format.",
                GOOD.replace(",at\n", ",weekday\n"), "--map date=weekday"),
        _option("there is no column for {}. Columns: {}. Remedy: --map {}=COLUMN, or another --format.",
                GOOD, "--format google_play_scraper", before="--format appbot"),
        _option("a review without one is never dated by guess. Columns: {} ({} would be read). Remedy: --map",
                FEW.format("weekday"), "--map date=weekday --store google_play",
                before="--store google_play"),
        _option("or name the columns with --map date=COLUMN --map rating=COLUMN --map text=COLUMN", OWN,
                "--store google_play --map date=moment --map rating=points --map text=words",
                before="--store google_play"),
    ],
)  # fmt: skip
def test_the_option_that_is_named_takes_the_file_in(
    tmp_path: Path, data: Path, raw: bytes, options: str, before: str
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(raw)
    told = command("import", str(path), *before.split())
    assert told.code == InputError.exit_code, told.text
    assert all(word in told.text for word in options.split() if word.startswith("--") and word not in before)
    done = command("import", str(path), *options.split())
    assert done.code == 0, done.text
    assert "put aside" not in done.text
    assert _reviews(data)


@carries_out(DOUBT)
def test_of_two_encodings_the_dry_run_shows_which_it_is_or_the_file_is_saved(
    tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(RUSSIAN.encode("cp1251"))
    told = command("import", str(path)).text
    named = re.search(r"--encoding (\S+),", told)
    assert named is not None
    shown = {
        name: "Плохо" in command("import", str(path), "--encoding", name, "--dry-run").text
        for name in named[1].split("|")
    }
    assert [name for name, is_right in shown.items() if is_right] == ["cp1251"]
    assert not (data / "landing").exists()
    path.write_text(RUSSIAN, encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert _reviews(data)[0][1] == "Плохо 1"


@carries_out("Remedy: --map date=COLUMN, or make the dump again with its dates.")
def test_a_dump_is_made_again_with_its_dates(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    for head, code in (("weekday", InputError.exit_code), ("date", 0)):
        path.write_text(FEW.format(head), encoding="utf-8")
        assert command("import", str(path), "--store", "google_play").code == code
    assert len(_reviews(data)) == 1


@carries_out("which add up to the overview. Remedy: the file that ends in _overview.csv.")
def test_the_overview_of_ratings_is_taken_in(tmp_path: Path, data: Path) -> None:
    head, row = "Date,Package Name,{}Daily Average Rating\n", "2026-03-01,jp.example.app,{}4.0\n"
    parts, overview = (tmp_path / f"ratings_jp.example.app_202603_{w}.csv" for w in ("country", "overview"))
    parts.write_text(head.format("Country,") + row.format("JP,"), encoding="utf-16")
    overview.write_text(head.format("") + row.format(""), encoding="utf-16")
    assert command("import", str(parts)).code == InputError.exit_code
    assert command("import", str(overview)).code == 0
    writer = open_writer(data)
    writer.load(LATER)
    assert len(rows(writer.con, "from core.daily_ratings")) == 1


@carries_out(SAVE)
def test_a_workbook_that_is_too_large_is_saved_as_csv(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump"
    with zipfile.ZipFile(_book(tmp_path / "plain")) as book, zipfile.ZipFile(path, "w") as packed:
        for name in book.namelist():
            packed.writestr(name, book.read(name), zipfile.ZIP_DEFLATED)
    for bound in (100, path.stat().st_size):
        monkeypatch.setattr("flows.sources.dumps.reading.sheets._LARGEST", bound)
        assert "the workbook has more than" in command("import", str(path)).text
    _again(path)
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE


@pytest.mark.usefixtures("small")
@carries_out("a document of columns is too large to be held. Remedy: write one object a line")
def test_a_document_of_columns_is_written_as_one_object_a_line(tmp_path: Path, data: Path) -> None:
    made = [OBJECT | {"review_id": f"gp:{n}"} for n in range(300)]
    path = tmp_path / "dump.json"
    columns = {name: {str(n): row[name] for n, row in enumerate(made)} for name in OBJECT}
    path.write_text(json.dumps(columns, indent=1), encoding="utf-8")
    assert command("import", str(path)).code == InputError.exit_code
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert len(_reviews(data)) == 300


class _ShortOfMemory:
    """A pool of processes of which the system ends one after its first work."""

    def __init__(self, *_given: object, initargs: tuple[Callable[[object], object]], **_more: object) -> None:
        self._work, self._is_alive = initargs[0], True

    def __enter__(self) -> _ShortOfMemory:
        return self

    def __exit__(self, *_given: object) -> None:
        pass

    def submit(self, _helper: object, rows: object) -> Future[object]:
        future = Future[object]()
        if self._is_alive:
            future.set_result(self._work(rows))
        else:
            future.set_exception(BrokenProcessPool("one was ended abruptly"))
        self._is_alive = False
        return future


@carries_out("see that there is memory left, and run it again; what was landed is kept.")
def test_an_import_whose_helper_was_ended_is_run_again(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(files, "_ROWS_A_PART", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    with monkeypatch.context() as patch:
        patch.setattr(processes, "ProcessPoolExecutor", _ShortOfMemory)
        assert command("import", str(path)).code == 1
    kept = {p: p.read_bytes() for p in (data / "landing" / "reviews").rglob("*.gz")}
    assert len(kept) == 1
    # One process does what two could not.
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert command("import", str(path)).code == 0
    assert _reviews(data) == WHOLE
    assert {p: p.read_bytes() for p in kept} == kept


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


@carries_out(APP)
def test_a_feed_is_taken_in_with_its_apps_id(tmp_path: Path, data: Path) -> None:
    page = json.loads((PAYLOADS / "app_store_feed_page.json").read_text(encoding="utf-8"))
    page["feed"].pop("link", None)
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(page), encoding="utf-8")
    assert command("import", str(path)).code == InputError.exit_code
    assert command("import", str(path), "--app", "1234567890").code == 0
    assert _reviews(data)


# --- rows that are put aside -----------------------------------------------------------------------

DAY = "2026-01-09 10:00:00"
DATES = "Write dates as 2026-03-01 or 2026-03-01 12:30:00, from 2008 to the day after the dump was made"
BAD = "jp.example.app,gp:9,text 9,4,2026-01-09 10:00:00\n"
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
        _row(DATES, BAD.replace(DAY, "yesterday"), BAD),
        _row(DATES, BAD.replace(DAY, "9.1."), BAD.replace(DAY, "2026-01-09")),
        _row(DATES, BAD.replace(DAY, "2007-12-31"), BAD.replace(DAY, "2008-07-12")),
        _row(DATES, BAD.replace(DAY, "2099-01-01"), BAD.replace(DAY, "2099-01-01"),
             "--seen-at", "2099-01-02"),
        _row("The day may be the month or the year: say --dates mdy (US), dmy or ymd for the whole file.",
             BAD.replace(DAY, "03/04/2026"), BAD.replace(DAY, "03/04/2026"), "--dates", "mdy"),
        _row("The day may be the month or the year: say --dates mdy (US), dmy or ymd for the whole file.",
             BAD.replace(DAY, "03/04/2026"), BAD.replace(DAY, "03/04/2026"), "--dates", "dmy"),
        _row("The value is no app's id in a store; mend it, or name another column with --map.",
             BAD.replace("jp.example.app", "My example"), BAD),
        _row("The bytes do not fit the file's encoding; save it as UTF-8 or name --encoding.",
             "jp.example.app,gp:9,良い,4,2026-01-09\n".encode("cp932"),
             "jp.example.app,gp:9,良い,4,2026-01-09\n"),
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
    assert command("import", str(path)).code == PUT_ASIDE
    assert _reviews(data) == WHOLE
    path.write_text(GOOD + (mended or ""), encoding="utf-8")
    done = command("import", str(path), *options)
    assert done.code == 0, done.text
    assert len(_reviews(data)) == len(WHOLE) + (mended is not None)


OBJECT = {
    "app_id": "jp.example.app",
    "review_id": "gp:9",
    "content": "text 9",
    "score": 4,
    "at": "2026-01-09",
}


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
    first = json.dumps(OBJECT | {"review_id": "gp:1"})
    path.write_bytes(first.encode() + b"\n" + wrong + b"\n")
    assert command("import", str(path)).code == PUT_ASIDE
    path.write_text(f"{first}\n{mended}\n", encoding="utf-8")
    assert command("import", str(path)).code == 0
    assert [r[0] for r in _reviews(data)] == ["gp:1", "gp:9"]


@carries_out("Fill the field, or give it for the whole file with an option.")
def test_a_field_is_given_for_the_whole_file(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(GOOD + BAD.replace("jp.example.app", ""), encoding="utf-8")
    assert command("import", str(path)).code == PUT_ASIDE
    assert command("import", str(path), "--app", "jp.example.app").code == 0
    assert len(_reviews(data)) == 4


@carries_out("The value is no app's id in a store; mend it, or name another column with --map.")
def test_another_column_has_the_apps_id(tmp_path: Path, data: Path) -> None:
    head, *lines = GOOD.splitlines()
    told = [head + ",which", *(f"{line},jp.example.app" for line in lines)]
    path = tmp_path / "dump.csv"
    path.write_text("\n".join(told).replace("\njp.example.app,gp:2", "\nMy example,gp:2") + "\n")
    assert command("import", str(path)).code == PUT_ASIDE
    assert command("import", str(path), "--map", "app_id=which").code == 0
    assert _reviews(data) == WHOLE


@carries_out("The store must be Google Play or the App Store; other stores' reviews are not kept.")
@pytest.mark.parametrize("mended", ["Google Play,jp.example.app", "App Store,1234567890", None])
def test_a_row_is_of_one_of_both_stores_or_left_out(tmp_path: Path, data: Path, mended: str | None) -> None:
    head, row = "store,app_id,text,rating,date\n", "{},{},4,2026-01-01\n"
    good = head + "".join(row.format("Google Play,jp.example.app", f"text {n}") for n in range(3))
    path = tmp_path / "dump.csv"
    path.write_text(good + row.format("Galaxy Store,jp.example.app", "text 9"))
    assert command("import", str(path)).code == PUT_ASIDE
    path.write_text(good + (row.format(mended, "text 9") if mended else ""))
    assert command("import", str(path)).code == 0
    assert len(_reviews(data)) == 3 + (mended is not None)


FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:im="http://itunes.apple.com/rss"><link rel="self" '
    'href="https://itunes.apple.com/jp/rss/customerreviews/id=1234567890/xml"/>{}</feed>'
)
ENTRY = (
    "<entry><id>1234567{n}</id><updated>2026-01-0{n}T10:00:00-07:00</updated><title>t</title>"
    '<content type="text">text {n}</content><im:rating>4</im:rating></entry>'
)


@carries_out("The XML is damaged from here on; fetch the feed again. The entries before it went in.")
def test_a_damaged_feed_is_fetched_again(tmp_path: Path, data: Path) -> None:
    whole = FEED.format("".join(ENTRY.format(n=n) for n in range(1, 4)))
    path = tmp_path / "feed.xml"
    path.write_text(whole[:-20])
    assert command("import", str(path)).code == PUT_ASIDE
    assert len(_reviews(data)) == 2
    path.write_text(whole)
    assert command("import", str(path)).code == 0
    assert len(_reviews(data)) == 3


@carries_out("The file ends in the middle; fetch it again. The rows before the end went in.")
def test_a_file_that_was_cut_is_fetched_again(tmp_path: Path, data: Path) -> None:
    many = HEAD + "".join(
        # Letters: of digits some would be a personal number, and texts without theirs alike.
        f"jp.example.app,{n},text {n} {os.urandom(8).hex().translate(LETTERS)},4,2026-01-01\n"
        for n in range(400)
    )
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
    writer = open_writer(data)
    writer.load(LATER)
    assert rows(writer.con, "select ratings_count from core.rating_snapshots") == [{"ratings_count": 120}]
