from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.cli.output import moment, render
from flows.errors import InputError

NAMES = ["app", "n"]
cells = st.one_of(st.none(), st.integers(), st.text(max_size=80))


def test_a_table_aligns_wide_characters() -> None:
    lines = render(NAMES, [("手続き", 1), ("abc", 22)], "table").splitlines()
    assert lines[0] == "app     n"
    assert lines[2] == "手続き  1"
    assert lines[3] == "abc     22"
    assert lines[-1] == "(2 rows)"


@given(st.text())
@example("\u2028a\u2029b\x85c\rd")
def test_a_cell_never_moves_the_cursor(text: str) -> None:
    body = render(["text"], [(text,)], "table").splitlines()[2:-1]
    assert len(body) == 1
    assert all(c >= " " and c != "\x7f" for c in body[0])


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_json_gives_back_every_value(rows: list[tuple[object, object]]) -> None:
    told = json.loads(render(NAMES, rows, "json"))
    assert [tuple(r.values()) for r in told] == rows


def test_csv_keeps_line_breaks_and_quotes() -> None:
    text = render(NAMES, [('a "b"\nc', 1)], "csv")
    assert list(csv.reader(io.StringIO(text))) == [NAMES, ['a "b"\nc', "1"]]


def test_times_are_printed_in_iso_8601() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert "2026-03-01T12:00:00+00:00" in render(["at"], [(moment,)], "json")


def test_no_rows_is_said() -> None:
    assert render(NAMES, [], "table").endswith("(0 rows)\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-20", datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-11-20T09:00+09:00", datetime(2026, 11, 20, 0, 0, tzinfo=UTC)),
        ("2026-11-20 09:00", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_day_stands_for_its_last_moment(text: str, wanted: datetime) -> None:
    assert moment(text, "--as-of") == wanted


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "20261120", "1763596800000", "2026-11-20T", "11/20/2026"]
)
def test_what_is_no_day_is_refused_with_the_option(text: str) -> None:
    with pytest.raises(InputError, match=r"--as-of .* Remedy: "):
        moment(text, "--as-of")
