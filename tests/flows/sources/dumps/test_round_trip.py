"""One set of reviews, written in every known format, encoding, date and star style, reads back the same."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.sources.dumps import formats
from flows.sources.dumps.files import Options, open_dump
from flows.sources.dumps.reading.encodings import reading_of
from tests.flows.sources.dumps.test_files import read
from tests.flows.sources.dumps.writers import (
    APP,
    AUTHOR,
    DATES,
    FIXED,
    FORMATS,
    PLAIN,
    SCORES,
    SEEN,
    STARS,
    WRITABLE,
    Said,
    Style,
    store_of,
    table,
)
from warehouse.records import Review

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
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be", "cp932", "euc_jp", "gb18030")
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


def read_back(name: str, said: list[Said], style: Style, encoding: str, path: Path) -> None:
    """Write reviews in a format and hold what is read against what was said."""
    store = store_of(name)
    options = {"encoding": encoding} if encoding in ("cp932", "euc_jp", "gb18030", "utf-16-be") else {}
    content = FORMATS[name](said, style).encode(encoding)
    reviews = back(path, content, store_app_id=APP[store], **options)
    found = sorted(
        (r.store, r.store_app_id, r.rating, (r.text or "").strip(), r.reviewed_at) for r in reviews
    )
    assert found == sorted((store, APP[store], s.stars, s.text.strip(), s.at) for s in said)
    # app-store-scraper throws ids away; App Store Connect has its own.
    ids = {s.id if store == "google_play" or name == "app store connect" else s.apple_id for s in said}
    assert {r.review_id for r in reviews} == ids or name == "app-store-scraper"
    assert AUTHOR not in repr(reviews)


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(
    said=SAID, dates=st.sampled_from(sorted(DATES)), stars=st.sampled_from(sorted(STARS)),
    encoding=st.sampled_from(ENCODINGS),
)  # fmt: skip
def test_every_format_reads_back_the_same_reviews(
    name: str, said: list[Said], dates: str, stars: str, encoding: str, tmp_path: Path
) -> None:
    style = PLAIN if name in FIXED else Style(DATES[dates], STARS[stars])
    try:
        FORMATS[name](said, style).encode(encoding)
    except UnicodeEncodeError:
        encoding = "utf-8"
    read_back(name, said, style, encoding, tmp_path / "dump")


@pytest.mark.parametrize("name", SCORES)
@FEW
@given(said=SAID)
def test_every_format_of_scores_reads_back_the_same_scores(
    name: str, said: list[Said], tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    path.write_text(SCORES[name](said), encoding="utf-8")
    part = read(path, seen_at=SEEN)
    assert part.rejected == []
    if name == "play_console_ratings":
        assert [(d.day, d.daily_average) for d in part.days] == [(s.at.date(), s.stars) for s in said]
        return
    assert [(s.displayed_score, s.ratings_count, s.version) for s in part.snapshots] == [
        (s.stars, s.number, f"2.{s.number}") for s in said
    ]
    assert [(r.version, r.released_at) for r in part.releases] == [(f"2.{s.number}", s.at) for s in said]
    if name != "displayed_series":
        assert {(s.category, s.developer) for s in part.snapshots} <= {
            ("TOOLS", "Example Office"), ("Utilities", "Example Office"),
        }  # fmt: skip


def test_every_format_of_the_registry_has_a_writer(tmp_path: Path) -> None:
    """A format that nobody writes here is not known to read back what was said."""
    said = [Said(7, 4, "so it is", datetime(2024, 3, 12, 9, 5, 7, tzinfo=UTC))]
    written = dict(SCORES) | {name: lambda s, n=name: FORMATS[n](s, PLAIN) for name in FORMATS}
    told = set()
    for name, write in written.items():
        path = tmp_path / "dump"
        path.write_text(write(said), encoding="utf-8")
        told.add(open_dump(path, Options(store_app_id=APP[store_of(name)], seen_at=SEEN)).format)
    assert told == {known.name for known in formats.FORMATS}


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


@pytest.mark.parametrize("words", [["Non funziona più", "È molto utile, così va bene", "Perché è lenta"]])
def test_a_letter_that_is_no_word_by_itself_tells_one_encoding_from_another(words: list[str]) -> None:
    """In cp1250 the Italian "è" would be a "č", which stands alone in no language that has it."""
    assert reading_of([f"2024-02-01,5,{w}".encode("cp1252") for w in words * 2]).encoding == "cp1252"


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


@pytest.mark.parametrize(
    ("words", "encoding"),
    [("Плохо", "cp1251"), ("мам", "cp1251"), ("да", "koi8_r"), ("ναι", "cp1253"), ("לא", "cp1255")],
)
def test_few_letters_are_never_taken_for_those_of_another_alphabet(words: str, encoding: str) -> None:
    """They are asked for, their own encoding among what may be meant, or put aside as no UTF-8."""
    told = reading_of([f"2024-02-01,5,{words} {n}".encode(encoding) for n in range(4)])
    assert told.encoding in ("utf-8", encoding, None)
    assert told.encoding is not None or encoding in told.doubtful
