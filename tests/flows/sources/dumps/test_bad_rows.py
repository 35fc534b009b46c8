"""A bad row is put aside with its reason; whatever it is, the rows around it go in."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.sources.dumps.files import Part
from flows.sources.dumps.problems import MOST_SHOWN, REMEDIES
from tests.flows.sources.dumps.test_files import read

HEADER = b"app_id,review_id,content,score,at\n"
GOOD_1 = b"a,gp:1,first,5,2026-01-01 10:00:00\n"
GOOD_2 = b"a,gp:2,second,1,2026-01-02 10:00:00\n"
MEGABYTES = b"x" * (10 << 20)

BAD_LINES = [
    (b"a,gp:9,,,2026-01-01 10:00:00\n", "no_text_and_no_rating", "text"),
    (b"a,gp:9,text,0,2026-01-01 10:00:00\n", "rating_out_of_range", "rating"),
    (b"a,gp:9,text,6,2026-01-01 10:00:00\n", "rating_out_of_range", "rating"),
    (b"a,gp:9,text,4.5,2026-01-01 10:00:00\n", "rating_out_of_range", "rating"),
    (b"a,gp:9,text,good,2026-01-01 10:00:00\n", "rating_out_of_range", "rating"),
    (b"a,gp:9,text,5,yesterday\n", "unreadable_date", "date"),
    (b"a,gp:9,text,5,\n", "unreadable_date", "date"),
    (b"a,gp:9,text,5,03/04/2025\n", "ambiguous_date", "date"),
    (b"a,gp:9,text,5,2026-13-01 10:00:00\n", "unreadable_date", "date"),
    (b"a,gp:9,text,5,0\n", "unreadable_date", "date"),
    (b",gp:9,text,5,2026-01-01 10:00:00\n", "missing_field", "app_id"),
    (b"a,gp:9,te\x82\xa0xt,5,2026-01-01 10:00:00\n", "wrong_encoding", "text"),
    (b"a,gp:9,te\x00xt,5,2026-01-01 10:00:00\n", "nul_byte", "text"),
    (b"a,gp:9," + MEGABYTES + b",5,2026-01-01 10:00:00\n", "field_too_large", "text"),
    (b'a,gp:9,"' + b"line\n" * 50_000 + b'",5,2026-01-01 10:00:00\n', "field_too_large", "text"),
    (b"a,gp:9,text,5\n", "bad_csv", None),
    (b"a,gp:9,text,5,2026-01-01 10:00:00,more,still more\n", "bad_csv", None),
    (b'a,gp:9,"never closed,5,2026-01-01 10:00:00\n', "bad_csv", None),
    (b'a,gp:9,"closed" too early,5,2026-01-01 10:00:00\n', "bad_csv", None),
]

BAD_OBJECTS = [
    ('{"app_id": "a", "reviewId": "g", "score": 7, "at": "2026-01-01"}', "rating_out_of_range", "rating"),
    ('{"app_id": "a", "reviewId": "g", "score": true, "at": "2026-01-01"}', "rating_out_of_range", "rating"),
    ('{"app_id": "a", "reviewId": "g", "score": [5], "at": "2026-01-01"}', "unreadable_json", "rating"),
    ('{"app_id": "a", "reviewId": "g", "score": NaN, "at": "2026-01-01"}', "no_text_and_no_rating", "text"),
    ('{"app_id": "a", "reviewId": "g", "score": 5, "at": null}', "unreadable_date", "date"),
    ('{"app_id": "a", "reviewId": "g", "score": 5, "at": true}', "unreadable_date", "date"),
    ('{"app_id": "a", "content": "a\\u0000b", "score": 5, "at": "2026-01-01"}', "nul_byte", "text"),
    ("[1, 2]", "not_an_object", None),
    ('"words"', "not_an_object", None),
    ('{"app_id": "a", "score": , "at": "2026-01-01"}', "unreadable_json", None),
]  # fmt: skip


def of(tmp_path: Path, content: bytes, **options: object) -> Part:
    path = tmp_path / "dump.csv"
    path.write_bytes(content)
    return read(path, **options)


def ids(part: Part) -> list[str]:
    return [r.review_id for r in part.reviews]


@pytest.mark.parametrize(("line", "reason", "field"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_put_aside_and_its_neighbours_go_in(
    line: bytes, reason: str, field: str | None, tmp_path: Path
) -> None:
    part = of(tmp_path, HEADER + GOOD_1 + line + GOOD_2)
    assert ids(part) == ["gp:1", "gp:2"]
    (bad,) = part.rejected
    assert (bad.reason, bad.field, bad.row_number) == (reason, field, 3)
    assert bad.remedy == REMEDIES[reason]


@pytest.mark.parametrize(("line", "reason", "field"), BAD_OBJECTS, ids=range(len(BAD_OBJECTS)))
@pytest.mark.parametrize("is_array", [False, True], ids=["lines", "array"])
def test_a_bad_object_is_put_aside_and_its_neighbours_go_in(
    line: str, reason: str, field: str | None, is_array: bool, tmp_path: Path
) -> None:
    good = [
        json.dumps({"app_id": "a", "reviewId": f"gp:{n}", "score": 5, "at": "2026-01-01"}) for n in (1, 2)
    ]
    lines = [good[0], line, good[1]]
    text = "[" + ",\n".join(lines) + "]" if is_array else "\n".join(lines)
    part = of(tmp_path, text.encode())
    (bad,) = part.rejected
    assert (bad.reason, bad.field, bad.row_number) == (reason, field, 2)
    assert ids(part) == ["gp:1", "gp:2"]


def test_a_stray_quote_costs_only_the_line_it_stands_in(tmp_path: Path) -> None:
    rows = b"".join(b"a,gp:%d,text,5,2026-01-01 10:00:00\n" % n for n in range(3000))
    part = of(tmp_path, HEADER + GOOD_1 + b'a,gp:x,"open,5,2026-01-01 10:00:00\n' + rows)
    assert len(part.reviews) == 3001
    assert [r.reason for r in part.rejected] == ["bad_csv"]


def test_undecodable_bytes_in_a_json_array_concern_their_element_only(tmp_path: Path) -> None:
    one = b'{"app_id": "a", "reviewId": "gp:%d", "content": "%b", "score": 5, "at": "2026-01-01"}'
    part = of(tmp_path, b"[" + b",".join([one % (1, b"ok"), one % (2, b"\xff\xfe"), one % (3, b"ok")]) + b"]")
    assert ids(part) == ["gp:1", "gp:3"]
    assert [(r.reason, r.row_number) for r in part.rejected] == [("wrong_encoding", 2)]


def test_half_a_surrogate_pair_in_an_escape_is_mended_not_refused(tmp_path: Path) -> None:
    line = '{"app_id": "a", "reviewId": "gp:1", "content": "x\\ud83d", "score": 5, "at": "2026-01-01"}'
    assert of(tmp_path, line.encode()).reviews[0].text == "x\ufffd"


def test_a_file_cut_short_gives_what_stands_before_the_cut(tmp_path: Path) -> None:
    rows = random.Random(1).randbytes(60_000).hex()
    lines = "".join(f"a,gp:{n},{rows[n * 40 : n * 40 + 40]},5,2026-01-01 10:00:00\n" for n in range(3000))
    part = of(tmp_path, gzip.compress(HEADER + lines.encode())[:-10_000])
    assert ids(part) == [f"gp:{n}" for n in range(len(part.reviews))]
    assert 2000 < len(part.reviews) < 3000
    assert part.rejected[-1].reason == "cut_short"


def test_what_is_shown_of_a_bad_row_went_through_the_gate_and_names_nobody(tmp_path: Path) -> None:
    content = (
        "reviewId,userName,userImage,content,score,at\n"
        "gp:1,Taro Example,http://x/y.png,my number is １２３４－５６７８－９０１２,9,2026-01-01\n"
        "gp:2,Taro Example,http://x/y.png,too few\n"
    )
    first, second = of(tmp_path, content.encode(), store_app_id="a").rejected
    assert first.excerpt == "review_id: gp:1; rating: 9; text: my number is [MY_NUMBER]; date: 2026-01-01"
    assert second.excerpt is None


def test_an_excerpt_is_short_and_never_ends_in_half_a_number(tmp_path: Path) -> None:
    for length in range(1900, 2000, 7):
        part = of(tmp_path, HEADER + b"a,gp:1," + b"w" * length + b" 1234-5678-9012,9,x\n")
        shown = part.rejected[0].excerpt or ""
        assert len(shown) <= 500
        assert "1234" not in shown


def test_undecodable_text_is_not_shown_because_its_numbers_cannot_be_seen(tmp_path: Path) -> None:
    number = "番号は１２３４５６７８９０１２".encode("cp932")
    (bad,) = of(tmp_path, HEADER + GOOD_1 + b"a,gp:9," + number + b",5,2026-01-01 10:00:00\n").rejected
    assert bad.excerpt == "app_id: a; review_id: gp:9; rating: 5; date: 2026-01-01 10:00:00"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
TEXTS = "app_id,review_id,content,score,at\na,gp:1,とても良い,5,2026-01-01\na,gp:2,schön ★,1,2026-01-02\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_are_recognised(encoding: str, line_end: str, tmp_path: Path) -> None:
    part = of(tmp_path, TEXTS.replace("\n", line_end).encode(encoding))
    assert [r.text for r in part.reviews] == ["とても良い", "schön ★"]
    assert part.rejected == []


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_a_named_encoding_is_used(encoding: str, tmp_path: Path) -> None:
    rows = "a,gp:1,カードが読めない,5,2026-01-01\n" * 5
    part = of(tmp_path, HEADER + rows.encode(encoding), encoding=encoding)
    assert {r.text for r in part.reviews} == {"カードが読めない"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(delimiter: str, tmp_path: Path) -> None:
    part = of(tmp_path, TEXTS.replace(",", delimiter).encode())
    assert ids(part) == ["gp:1", "gp:2"]


def test_a_lone_return_inside_a_text_is_a_line_end_of_the_text(tmp_path: Path) -> None:
    part = of(tmp_path, HEADER + b"a,gp:1,one\rtwo,5,2026-01-01\n" + GOOD_2)
    assert part.reviews[0].text == "one\ntwo"
    assert len(part.reviews) == 2


def test_a_nul_in_utf16_is_seen_too(tmp_path: Path) -> None:
    content = (HEADER + GOOD_1).decode() + "a,gp:9,te\0xt,5,2026-01-01\n"
    part = of(tmp_path, content.encode("utf-16"))
    assert [r.reason for r in part.rejected] == ["nul_byte"]


@pytest.mark.parametrize(
    "date",
    ["2025-03-01", "2025-03-01T00:00:00Z", "2025-03-01 00:00:00", "2025/03/01", "2025年3月1日",
     "Mar 01, 2025", "March 1, 2025", "1 March 2025", "01.03.2025", "1740787200", "1740787200000",
     "2025-03-01T09:00:00+09:00", "2025-03-01 00:00:00.000000", "20250301", "Sat, 01 Mar 2025 00:00:00 GMT"],
)  # fmt: skip
def test_dates_are_read_in_every_unambiguous_form(date: str, tmp_path: Path) -> None:
    (only,) = of(tmp_path, f'app_id;review_id;content;score;at\na;gp:1;text;5;"{date}"\n'.encode()).reviews
    assert only.reviewed_at.isoformat() == "2025-03-01T00:00:00+00:00"


@pytest.mark.parametrize(("stars", "rating"), [("5", 5), ("5.0", 5), (" 3 ", 3), ("", None), ("nan", None)])
def test_stars_are_whole_numbers_or_missing(stars: str, rating: int | None, tmp_path: Path) -> None:
    (only,) = of(tmp_path, HEADER + f"a,gp:1,text,{stars},2026-01-01\n".encode()).reviews
    assert only.rating == rating


lines = st.lists(
    st.tuples(st.sampled_from([line for line, _, _ in BAD_LINES if len(line) < 1000]), st.booleans()),
    max_size=30,
)


@given(chosen=lines)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mixture_of_good_and_bad_rows_loses_nothing(
    chosen: list[tuple[bytes, bool]], tmp_path: Path
) -> None:
    # Enough umlauts to show that the file as a whole is UTF-8.
    umlauts = "a,gp:3,schön,4,2026-01-03 10:00:00\n".encode() * 40
    rows = [GOOD_1 if is_good else line for line, is_good in chosen]
    part = of(tmp_path, HEADER + umlauts + b"".join(rows))
    assert len(part.reviews) + len(part.rejected) == len(rows) + 40
    assert len(part.reviews) == sum(is_good for _, is_good in chosen) + 40


@given(chance=st.randoms(use_true_random=False), repeats=st.integers(1, 3))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_repeat_of_rows_give_the_same_reviews(
    chance: random.Random, repeats: int, tmp_path: Path
) -> None:
    rows = [f"4,text {n} with 090-1234-567{n},title,2026-01-0{n + 1} 10:00:00,a".encode() for n in range(8)]
    header = b"rating,text,title,date,app_id\n"
    plain = of(tmp_path, header + b"\n".join(rows), store="app_store").reviews
    mixed = rows * repeats
    chance.shuffle(mixed)
    again = of(tmp_path, header + b"\n".join(mixed), store="app_store").reviews
    assert {repr(r) for r in again} == {repr(r) for r in plain}


@given(junk=st.binary(max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_stop_the_reader(junk: bytes, tmp_path: Path) -> None:
    part = of(tmp_path, HEADER + GOOD_1 + junk + b"\n")
    assert part.reviews[0].review_id == "gp:1"


def test_of_many_rows_put_aside_the_first_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    rows = b"".join(b"a,gp:%d,text,9,2026-01-01 10:00:00\n" % n for n in range(1_000))
    rejected = of(tmp_path, HEADER + rows + b"too,few\n" * 1_000).rejected
    assert [r.row_number for r in rejected] == [*range(2, 2_002)]
    for reason in ("rating_out_of_range", "bad_csv"):
        shown = [r.excerpt is not None for r in rejected if r.reason == reason]
        assert shown == [True] * MOST_SHOWN + [False] * (1_000 - MOST_SHOWN)
