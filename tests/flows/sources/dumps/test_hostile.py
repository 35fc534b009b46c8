"""Files that mean harm, or are harmed: bounded memory, no traceback, no row without a reason."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import InputError
from flows.sources.dumps import problems, values
from flows.sources.dumps.dates import Dates
from flows.sources.dumps.files import Options, open_dump
from flows.sources.dumps.problems import REMEDIES, BadRow
from flows.sources.dumps.reading import json_rows, streams
from tests.flows.sources.dumps.test_files import read
from tests.flows.sources.dumps.writers import FORMATS, PLAIN, SEEN, Said, table

CHECKOUT = Path(__file__).resolve().parents[4]
_SOAK = int(os.environ.get("HOSHIYOMI_FUZZ", "0"))
FUZZ = settings(
    max_examples=_SOAK or 60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
OPTIONS = {"store": "google_play", "store_app_id": "x.y", "seen_at": SEEN}
SAID = [
    Said(n, n % 5 + 1, f'words number {n}, "quoted" and 日本語', SEEN.replace(year=2024)) for n in range(6)
]
WHOLE = {name: write(SAID, PLAIN).encode() for name, write in FORMATS.items()}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record may be as long as 10,000 characters."""
    monkeypatch.setattr(problems, "LONGEST_RECORD", 10_000)
    monkeypatch.setattr(json_rows, "_CHUNK", 1_000)
    plain = streams.bounded_lines
    for module in ("csv_rows", "json_rows"):
        monkeypatch.setattr(
            f"flows.sources.dumps.reading.{module}.bounded_lines", lambda stream: plain(stream, 10_000)
        )


GOOD = (
    '{"reviewId": "00000000-0000-4000-8000-00000000000%d", "content": "ok", "score": 5, "at": "2024-01-01"}'
)
LONG = "a" * 50_000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "content",
    [
        "\n".join([GOOD % 1, '{"reviewId": "x2", "content": "' + LONG + '"}', GOOD % 3]),
        f'reviewId,content,score,at\na1,ok,5,2024-01-01\nx2,"{LONG}",1,2024-01-02\na3,ok,5,2024-01-01\n',
    ],
)  # fmt: skip
def test_an_endless_line_is_put_aside_and_the_next_goes_in(content: str, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(content)
    part = read(path, **OPTIONS)
    assert len(part.reviews) == 2
    assert part.rejected[0].reason == "field_too_large"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "around",
    [
        '{"reviews": [%s], "token": "x"}',
        '{"meta": {"n": 1}, "data": {"app": {"reviews": [%s]}}}',
        "[%s]",
        "[[%s], {}]",
    ],
)
def test_a_document_that_cannot_be_held_is_walked(around: str, tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    rows = [json.dumps({"reviewId": f"id-{n:06}", "content": f"words {n}", "score": 5, "at": "2024-01-01"})
            for n in range(2_000)]  # fmt: skip
    path.write_text(around % ", ".join(rows))
    part = read(path, **OPTIONS)
    assert [r.review_id for r in part.reviews] == [f"id-{n:06}" for n in range(2_000)]
    assert part.rejected == []


@pytest.mark.usefixtures("small")
def test_an_endless_text_within_a_document_costs_its_review(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text('{"reviews": [' + GOOD % 1 + ', {"content": "' + LONG + '\\\\"}, ' + GOOD % 3 + "]}")
    part = read(path, **OPTIONS)
    assert [r.review_id[-1] for r in part.reviews] == ["1", "3"]
    assert "field_too_large" in {r.reason for r in part.rejected}


@pytest.mark.usefixtures("small")
def test_columns_that_cannot_be_held_are_named_for_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    columns = {
        "content": {str(n): "words" for n in range(9_000)},
        "score": {"0": 5},
        "at": {"0": "2024-01-01"},
    }
    path.write_text(json.dumps(columns))
    with pytest.raises(InputError, match="orient='records', lines=True"):
        read(path, **OPTIONS)


@pytest.mark.parametrize(
    "entities", ['<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">', '<!ENTITY a SYSTEM "file:///etc/passwd">']
)
def test_entities_of_xml_are_refused(entities: str, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE feed [{entities}]><feed><entry><title>&a;</title></entry></feed>'
    )
    part = read(path, **OPTIONS)
    assert [r.reason for r in part.rejected] == ["unreadable_xml"]


def test_a_workbook_that_unpacks_beyond_bounds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.sources.dumps.reading.sheets._LARGEST", 100_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", "a" * 1_000_000)
    with pytest.raises(InputError, match="save the sheet as CSV"):
        read(tmp_path / "bomb.xlsx", **OPTIONS)


ROW = json.dumps({"reviewId": "id-%09d", "content": "words " * 40, "score": 5, "at": "2024-01-01 10:00:00"})


def _write(name: str, path: Path) -> None:
    """A file of 200 MB and more as it is read, and of some kilobytes or megabytes as it lies there."""
    if name in ("zip", "workbook"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            if name == "workbook":
                archive.writestr("xl/workbook.xml", "<workbook/>")
            with archive.open(
                "xl/worksheets/sheet1.xml" if name == "workbook" else "reviews.csv", "w"
            ) as out:
                out.write(b"reviewId,content,score,at\nx1,ok,5,2024-01-01\nx2,")
                for _ in range(1_000):
                    out.write(b"a" * 1_000_000)
        return
    with gzip.open(path, "wt", compresslevel=1) as out:
        if name == "line":
            out.write('reviewId,content,score,at\nx1,ok,5,2024-01-01\nx2,"')
            out.writelines("a" * 1_000_000 for _ in range(600))
        elif name == "quote":
            out.write('reviewId,content,score,at\nx1,ok,5,2024-01-01\nx2,"')
            out.writelines("a\n" * 1_000_000 for _ in range(100))
        elif name in ("columns", "columns of lists"):
            start, one, end = ("{", '"%d": "%s"', "}") if name == "columns" else ("[", '"%.0s%s"', "]")
            cell = "words " * 30
            out.write('{"userName": ' + start)
            for column in ("content", "score", ""):
                out.writelines((", " if n else "") + one % (n, cell) for n in range(400_000))
                out.write(end + (f', "{column}": {start}' if column else "}"))
        elif name == "xml":
            out.write("<feed><entry><title>t</title><content type='text'>")
            out.writelines("a" * 1_000_000 for _ in range(300))
        else:
            out.write('{"reviews": [' if name == "document" else "")
            out.writelines((ROW % n) + (",\n" if name == "document" else "\n") for n in range(600_000))
            out.write((ROW % 600_000) + ("]}" if name == "document" else "\n"))


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "told"),
    [("lines", None), ("document", None), ("line", None), ("quote", None), ("columns",
    "a document of columns"),
     ("columns of lists", "a document of columns"), ("xml", None), ("zip", None), ("workbook",
     "has more than"),
     ("bomb in bomb", "fetch it again")],
)  # fmt: skip
def test_memory_stays_below_500_mb(
    name: str, told: str | None, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    path = tmp_path / "dump"
    if name == "bomb in bomb":
        head = gzip.compress(b"date,rating,text\n2024-01-01,5,ok\n2024-01-01,5,")
        path.write_bytes(gzip.compress(head + gzip.compress(bytes(1_000_000_000), compresslevel=1)))
    else:
        _write(name, path)
    script = (
        "import sys; from pathlib import Path; from flows.sources.dumps.files import Options, open_dump\n"
        "from flows.errors import InputError\n"
        "try: print(sum(p.rows() for p in open_dump(Path(sys.argv[1]), Options(store='google_play', "
        "store_app_id='x.y')).batches()))\n"
        "except InputError as error: print(error)\n"
        "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    began = os.times()
    out_ = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    ended = os.times()
    *said, megabytes = out_.stdout.splitlines()
    seconds = ended.children_user + ended.children_system - began.children_user - began.children_system
    record_property("megabytes", megabytes)
    record_property("processor_seconds", round(seconds))
    assert int(megabytes) < 500
    assert told in said[0] if told else int(said[0]) >= 1


def harmed(raw: bytes, at: list[tuple[int, bytes]]) -> bytes:
    """Bytes with others put into them at some places."""
    out = bytearray(raw)
    for place, more in at:
        place %= len(out) + 1
        out[place : place + len(more) // 2] = more
    return bytes(out)


SIGNS = [*(bytes([c]) for c in b'\0"{}[],\n\r\\<&'), b"\xff\xfe", b"]]>", b"NaN", b"9" * 30]
NAMES = [
    "reviews", "data", "columns", "index", "feed", "entry", "included", "id", "content", "score", "at",
    "reviewId", "label", "$date", "seconds", "comments", "userComment", "attributes", "relationships", "link",
    "0", "1", "x.y",
]  # fmt: skip
WORDS = ["2024", "Mar", "PM", "午後", "令和", "+09:00", "GMT", "e9", "of", "id", "&#"]
WRITTEN = [*"0123456789/-.:, TZ年月日★☆5;", *WORDS]
HARM = st.lists(
    st.tuples(
        st.integers(0, 5_000),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(SIGNS),
        ),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def told(path: Path, content: bytes) -> None:
    """Whatever the bytes: rows with reasons, or an error of ours."""
    path.write_bytes(content)
    try:
        dump = open_dump(path, Options(**OPTIONS))  # type: ignore[arg-type]
        for part in dump.batches():
            assert all(r.reason in REMEDIES for r in part.rejected)
    except InputError:
        pass


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(harm=HARM)
def test_no_harm_to_a_file_gives_a_traceback(
    name: str, harm: list[tuple[int, bytes]], tmp_path: Path
) -> None:
    told(tmp_path / "dump", harmed(WHOLE[name], harm))


@pytest.mark.parametrize(
    "start", [b"", b"\x1f\x8b", b"PK\x03\x04", b"<feed", b"{", b"[", b"date,rating,text\n", b"\xff\xfe"]
)
@FUZZ
@given(junk=st.binary(max_size=400))
def test_no_bytes_whatever_give_a_traceback(start: bytes, junk: bytes, tmp_path: Path) -> None:
    told(tmp_path / "dump", start + junk)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(NAMES),
        inner, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@FUZZ
@given(value=JSON)
def test_no_shape_of_json_gives_a_traceback(value: object, tmp_path: Path) -> None:
    told(tmp_path / "dump", json.dumps(value).encode())


READERS: dict[str, Callable[[object], object]] = {
    "date": Dates(SEEN.tzinfo, SEEN, "mdy"),  # type: ignore[arg-type, dict-item]
    "stars": values.stars, "app": values.app_id, "version": lambda v: values.version(str(v)),
    "text": values.shown_text, "votes": values.votes, "id": lambda v: values.review_id(v, shortest=5),
}  # fmt: skip
PIECES = st.lists(
    st.sampled_from(WRITTEN)
    | st.characters(),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@FUZZ
@given(value=PIECES | st.floats() | st.integers() | st.none() | st.booleans())
def test_no_value_gives_anything_but_a_value_or_a_reason(name: str, value: object) -> None:
    try:
        READERS[name](value)
    except BadRow as bad:
        assert bad.reason in REMEDIES


def test_a_csv_loses_no_row_without_a_reason(tmp_path: Path) -> None:
    rows = [[f"id-{n:06}", f"2024-02-{n % 40:02}", n % 8, f"words {n}"] for n in range(500)]
    path = tmp_path / "dump.csv"
    path.write_text(table(["review_id", "date", "rating", "text"], rows))
    part = read(path, **OPTIONS)
    assert len(part.reviews) + len(part.rejected) == 500


@pytest.mark.parametrize(
    "odd", ["{7: 'x', 'text': 'a'}", "{('a',): {1, 2}, 'text': b'a', 'z': 3j}", "{None: [{5: {6: 7}}]}"]
)
def test_what_python_prints_and_json_cannot_say_is_a_row_or_a_reason(odd: str, tmp_path: Path) -> None:
    told(tmp_path / "dump", f"{odd}\n{odd}\n".encode())
