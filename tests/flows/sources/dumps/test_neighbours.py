"""Small odd files of every kind that people have, each with what it must come out as
(tests/payloads/neighbours/).

A line is a file: its `content` (or `bytes` in base64), the options it is given, and the facts of its reviews
that it is
there for, the reasons of the rows put aside, or the error that it must end in. All of a kind run as one
test, which names
each that comes out otherwise.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.errors import InputError
from tests.flows.sources.dumps.test_files import PAYLOADS, read
from tests.flows.sources.dumps.test_recognised import workbook
from warehouse.records import Review

FILES = sorted((PAYLOADS / "neighbours").glob("*.jsonl"))
LATER = datetime(2026, 11, 1, tzinfo=UTC)
PLAY = {"store": "google_play", "store_app_id": "x.y"}


def _said(review: Review, fact: str, wanted: object) -> object:
    """A fact as the case writes it: a time as long as it is written there."""
    value = getattr(review, fact)
    if isinstance(value, datetime) and isinstance(wanted, str):
        return f"{value:%Y-%m-%d %H:%M:%S}"[: len(wanted)]
    return value


def _faults(case: Mapping[str, Any], path: Path) -> Iterator[str]:
    path.write_bytes(
        base64.b64decode(case["bytes"])
        if "bytes" in case
        else case["content"].encode("utf-8", "surrogatepass")
    )
    try:
        part = read(path, **({"seen_at": LATER} | case["options"]))
    except InputError as error:
        if not re.search(case.get("error", "$^"), str(error)):
            yield f"ends in: {error}"
        return
    if "error" in case:
        yield f"does not end in {case['error']!r}"
        return
    if len(part.reviews) != len(case["reviews"]):
        yield f"{len(part.reviews)} reviews"
    for number, (review, wanted) in enumerate(zip(part.reviews, case["reviews"], strict=False)):
        for fact, value in wanted.items():
            if _said(review, fact, value) != value:
                yield f"{fact} of {number}: {getattr(review, fact)!r}"
    aside = [r.reason for r in part.rejected]
    if aside != case.get("aside", []):
        yield f"put aside: {aside}"
    shown = [[s.store, s.store_app_id, s.displayed_score, s.ratings_count, s.version] for s in part.snapshots]
    if shown != case.get("snaps", []):
        yield f"scores: {shown}"
    if "days" in case and len(part.days) != case["days"]:
        yield f"{len(part.days)} days"


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_a_neighbour_comes_out_as_its_kind(file: Path, tmp_path: Path) -> None:
    wrong = []
    for line in file.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        wrong += [f"{case['name']}: {fault}" for fault in _faults(case, tmp_path / "dump")]
    assert wrong == []


def test_there_are_many_of_them() -> None:
    assert sum(len(f.read_text(encoding="utf-8").splitlines()) for f in FILES) > 700


HEADER = ["date", "rating", "text"]
ROWS = [["2024-02-01", 1, "a"], ["2024-02-02", 5, "b"], ["2024-02-03", 3, "c"]]


@pytest.mark.parametrize(
    "sheets",
    [
        [[HEADER, *ROWS]],
        # a sheet a month, each with a title
        [[["January"], [], HEADER, *ROWS[:2]], [["February"], [], HEADER, ROWS[2]]],
        [[["Report"], ["made by hand"]], [HEADER, *ROWS], [["version", "mean"], ["2", 4.1]]],
        [[HEADER, *ROWS], [["date", "rating"], ["2024-02-01", 1.5]]],
        [[["", *HEADER], ["", "", "", ""], *(["", *row] for row in ROWS)]],
        [[HEADER, ROWS[0], HEADER, *ROWS[1:]]],
    ],
)
def test_a_workbook_is_read_whole(sheets: list[list[list[Any]]], tmp_path: Path) -> None:
    part = read(workbook(tmp_path / "dump.xlsx", *sheets), **PLAY)
    assert [(r.rating, r.text, f"{r.reviewed_at:%F}") for r in part.reviews] == [
        (n, t, d) for d, n, t in ROWS
    ]
    assert part.rejected == []


PLAIN = b"date,rating,text\n2024-02-01,1,a\n2024-02-02,5,b\n2024-02-03,3,c\n"


def _tar(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members:
            told = tarfile.TarInfo(name)
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    return out.getvalue()


def _zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(gzip.compress(PLAIN)), gzip.compress(PLAIN[:40]) + gzip.compress(PLAIN[40:]),
        gzip.compress(PLAIN) + bytes(512), _tar(("reviews.csv", PLAIN)), gzip.compress(_tar(("reviews.csv",
        PLAIN))),
        _zip(("reviews", PLAIN)), _zip(("reviews.csv.gz", gzip.compress(PLAIN))),
        _zip(("README.md", b"hi"), ("data/r.csv", PLAIN)), _zip(("__MACOSX/._r.csv", b"x"), ("r.csv", PLAIN)),
    ],
    # Packing writes the time into the bytes: no name of a test.
    ids=lambda _: "",
)  # fmt: skip
def test_what_a_file_is_packed_in_is_taken_off(packed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(packed)
    part = read(path, **PLAY)
    assert [(r.rating, r.text) for r in part.reviews] == [(1, "a"), (5, "b"), (3, "c")]
    assert part.rejected == []


@pytest.mark.parametrize(
    "packed",
    [
        _tar(("a.csv", PLAIN), ("b.csv", PLAIN)),
        _tar(("a.png", b"x")),
        _zip(("a.csv", PLAIN), ("b.csv", PLAIN)),
    ],
    ids=lambda _: "",
)
def test_several_files_in_one_are_refused_and_none_is_lost(packed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(packed)
    with pytest.raises(InputError, match="Remedy: unpack it and import the files"):
        read(path, **PLAY)


def test_of_a_tar_that_was_cut_the_rows_before_the_cut_go_in(tmp_path: Path) -> None:
    rows = "".join(f"jp.example.app,gp:{n},text {n},4,2026-01-01 10:00:00\n" for n in range(3_000))
    whole = _tar(("r.csv", b"app_id,review_id,content,score,at\n" + rows.encode()))
    path = tmp_path / "dump.tar"
    path.write_bytes(whole[: len(whole) // 2])
    part = read(path, **PLAY)
    before = whole[512 : len(whole) // 2 - 512].count(b"2026-01-01")
    assert before - 2 <= len(part.reviews) < 3_000
    assert [r.reason for r in part.rejected] == ["cut_short"]


def _broken_head(packed: bytes, at: int) -> bytes:
    """A tar archive whose head at `at` has a checksum that is none."""
    return packed[: at + 148] + b"99999999" + packed[at + 156 :]


@pytest.mark.parametrize("which", ["first", "second", "cut"])
def test_a_damaged_tar_is_told_and_no_file_behind_the_damage_is_passed_over(
    which: str, tmp_path: Path
) -> None:
    packed = _tar(("a.csv", PLAIN), ("b.csv", PLAIN))
    damaged = {"first": _broken_head(packed, 0), "second": _broken_head(packed, 1_024), "cut": packed[:300]}
    path = tmp_path / "dump.tar"
    path.write_bytes(damaged[which])
    with pytest.raises(InputError, match=r"the tar archive is damaged\. Remedy: fetch it again\."):
        read(path, **PLAY)
