"""Loading: any order and any repeat of landing files gives the same tables."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import warehouse.writes as module
from tests.builders import consent, correction, coverage, day, erasure, feedback, release, review, snapshot
from tests.warehouse.house import CORE, NOW, land, load, open_writer, rows, tables
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.records import Coverage, Record, RejectedRow, Review
from warehouse.schema import build
from warehouse.writes import FILE, AppRow, TopicRow, writer

# --- one thing at a time -------------------------------------------------------------------------


def _current(data: Path, select: str = "from core.reviews") -> list[dict[str, Any]]:
    with writer(data) as w:
        return rows(w.con, select)


def test_loading_counts_and_a_second_load_finds_nothing(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("r1"), review("r2"), release())
    first, second = load(tmp_path), load(tmp_path)
    assert (first.files, first.rows) == (
        {"reviews": 1, "releases": 1, "coverage": 1},
        {"reviews": 2, "releases": 1, "coverage": 1},
    )
    assert (second.files, second.rows) == ({}, {})


def test_loading_an_empty_house_is_fine(tmp_path: Path) -> None:
    assert load(tmp_path).files == {}


def test_a_batch_without_coverage_waits_for_its_writer(tmp_path: Path) -> None:
    Landing(tmp_path).write("reviews", "b1", "0", [review("r1")])
    waiting = load(tmp_path)
    assert (waiting.files, waiting.unfinished) == ({}, ("b1",))
    Landing(tmp_path).write("coverage", "b1", "0", [coverage("b1")])
    assert load(tmp_path).rows["reviews"] == 1


def test_an_edit_becomes_history_and_the_newest_sighting_wins(tmp_path: Path) -> None:
    land(tmp_path, "b1", review(rating=1, text="cannot log in", seen_at=day(1)))
    load(tmp_path)
    land(tmp_path, "b2", review(rating=5, text="works now", seen_at=day(2)))
    load(tmp_path)
    (now,) = _current(tmp_path)
    (before,) = _current(tmp_path, "from core.review_history")
    assert (now["rating"], now["text"], now["first_batch"]) == (5, "works now", "b2")
    assert (before["rating"], before["text"], before["first_batch"]) == (1, "cannot log in", "b1")


def test_an_older_dump_that_arrives_late_does_not_win(tmp_path: Path) -> None:
    land(tmp_path, "b2", review(text="new", seen_at=day(9)))
    load(tmp_path)
    land(tmp_path, "b1", review(text="old", seen_at=day(2)))
    load(tmp_path)
    assert [r["text"] for r in _current(tmp_path)] == ["new"]
    assert [r["text"] for r in _current(tmp_path, "from core.review_history")] == ["old"]


def test_the_stores_own_time_of_the_last_edit_goes_before_the_time_of_a_file(tmp_path: Path) -> None:
    said = [(5, "mended", 20), (1, "it stops", 1), (3, "a little better", 9)]
    # A scrape that appends to one file meets the review three times; and an older export is imported last.
    states = [review(rating=n, text=t, reviewed_at=day(at), seen_at=day(25)) for n, t, at in said]
    land(tmp_path, "b1", *states)
    load(tmp_path)
    land(tmp_path, "b2", replace(states[1], seen_at=day(28)))
    load(tmp_path)
    assert [(r["rating"], r["reviewed_at"]) for r in _current(tmp_path)] == [(5, day(20))]
    with writer(tmp_path) as w:
        app = AppRow(app="a", name="A", owner=None, store="google_play", store_app_id="jp.example.app")
        w.set_apps([app])
        build(w.con)
        history = rows(w.con, "select rating, is_current from review_history order by state")
        (seen,) = rows(w.con, "select last_seen_at from reviews")
    assert [(h["rating"], h["is_current"]) for h in history] == [(1, False), (3, False), (5, True)]
    assert seen["last_seen_at"] == day(28)


SECOND = day(3) + timedelta(seconds=7)
TWINS: dict[str, tuple[Review, Review, int]] = {
    "one review under two ids": (
        review("gp:AAA", text="good", reviewed_at=SECOND), review("anon:1", text="good",
        reviewed_at=SECOND), 1,
    ),
    "other stars": (
        review("gp:AAA", text="good", reviewed_at=SECOND),
        review("anon:1", text="good", reviewed_at=SECOND, rating=1), 2,
    ),
    "another second": (
        review("gp:AAA", text="good", reviewed_at=SECOND),
        review("anon:1", text="good", reviewed_at=SECOND + timedelta(seconds=1)), 2,
    ),
    "a day is shared by many": (
        review("gp:AAA", text="good", reviewed_at=day(3)), review("gp:BBB", text="good",
        reviewed_at=day(3)), 2,
    ),
    "but nobody writes so much by chance": (
        review("gp:AAA", text="words " * 20, reviewed_at=day(3)),
        review("gp:BBB", text="words " * 20, reviewed_at=day(3)), 1,
    ),
    "stars alone say too little": (
        review("gp:AAA", text=None, reviewed_at=SECOND), review("gp:BBB", text=None, reviewed_at=SECOND), 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("turned", [False, True])
def test_one_review_under_two_ids_counts_once_and_nothing_is_lost(
    name: str, turned: bool, tmp_path: Path
) -> None:
    one, two, n = TWINS[name]
    for number, found in enumerate((two, one) if turned else (one, two)):
        land(tmp_path, f"b{number}", found)
        load(tmp_path)
    current = _current(tmp_path)
    assert len(current) == n and len(_current(tmp_path, "from core.review_duplicates")) == 2 - n
    assert "gp:AAA" in {r["review_id"] for r in current}


def test_a_review_that_was_edited_still_has_its_twin(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("gp:AAA", text="bad", reviewed_at=SECOND))
    land(
        tmp_path, "b2", review("gp:AAA", text="good", reviewed_at=SECOND + timedelta(days=1), seen_at=day(9))
    )
    land(tmp_path, "b3", review("anon:1", text="bad", reviewed_at=SECOND))
    load(tmp_path)
    assert [(r["review_id"], r["text"]) for r in _current(tmp_path)] == [("gp:AAA", "good")]


def test_of_two_ids_the_one_that_is_edited_later_stays(tmp_path: Path) -> None:
    both = [review(name, text="good", reviewed_at=SECOND) for name in ("gp:AAA", "gp:BBB")]
    land(tmp_path, "b1", *both)
    load(tmp_path)
    assert len(_current(tmp_path)) == 1
    land(
        tmp_path, "b2", review("gp:BBB", text="worse", reviewed_at=SECOND + timedelta(days=2), seen_at=day(9))
    )
    load(tmp_path)
    # The one that went on is the review; what stayed behind is what it said before.
    assert [(r["review_id"], r["text"]) for r in _current(tmp_path)] == [("gp:BBB", "worse")]
    assert [r["review_id"] for r in _current(tmp_path, "from core.review_duplicates")] == ["gp:AAA"]


def test_what_is_not_content_is_no_edit_but_the_newest_is_kept(tmp_path: Path) -> None:
    land(tmp_path, "b1", review(thumbs_up=1, seen_at=day(1)))
    land(tmp_path, "b2", review(thumbs_up=7, reply="We are on it.", title="", seen_at=day(2)))
    load(tmp_path)
    (now,) = _current(tmp_path)
    assert (now["thumbs_up"], now["reply"], now["first_batch"]) == (7, "We are on it.", "b1")
    assert (now["first_seen_at"], now["last_seen_at"]) == (day(1), day(2))
    assert _current(tmp_path, "from core.review_history") == []


def test_an_edit_that_is_taken_back_is_two_states(tmp_path: Path) -> None:
    for number, text in enumerate(["a", "b", "a"]):
        land(tmp_path, f"b{number}", review(text=text, seen_at=day(number)))
        load(tmp_path)
    (now,) = _current(tmp_path)
    (between,) = _current(tmp_path, "from core.review_history")
    assert (now["text"], now["first_seen_at"], now["last_seen_at"]) == ("a", day(0), day(2))
    assert (between["text"], between["first_seen_at"]) == ("b", day(1))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0), (0, 2, 1), (1, 2, 0)])
def test_an_erasure_between_two_readings_of_one_feedback_knows_no_order(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    # The reading that was seen last was sent first: were it to win, the erasure would take both or one.
    landed = [
        feedback("f1", tester="t1", text="before", submitted_at=day(1), seen_at=day(9)),
        feedback("f1", tester="t1", text="after", submitted_at=day(5), seen_at=day(6)),
        erasure("t1", at=day(3)),
    ]
    for n in order:
        land(tmp_path, f"b{n}", landed[n])
        load(tmp_path)
    assert [r["text"] for r in _current(tmp_path, "from core.feedback")] == ["after"]


def test_one_review_id_in_two_stores_is_two_reviews(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("1"), review("1", store="app_store", country="jp", language=None))
    load(tmp_path)
    assert len(_current(tmp_path)) == 2


def test_a_time_is_the_same_moment_whatever_its_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    tokyo = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    land(tmp_path, "b1", review(reviewed_at=tokyo))
    load(tmp_path)
    (row,) = _current(tmp_path, "select reviewed_at, reviewed_at::varchar as shown from core.reviews")
    assert row["reviewed_at"] == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert row["shown"] == "2026-03-01 23:30:00+00"


@pytest.mark.parametrize("text", ["\n", " \t", "\u3000", "", None])
def test_blanks_are_nothing_to_read(tmp_path: Path, text: str | None) -> None:
    land(tmp_path, "b1", review(text=text))
    load(tmp_path)
    assert [r["text_hash"] for r in _current(tmp_path)] == [None]


def test_a_text_of_nine_million_characters_is_loaded(tmp_path: Path) -> None:
    land(tmp_path, "b1", review(text="星" * 3_000_000), review("r2"))
    load(tmp_path)
    assert len(_current(tmp_path)) == 2


@pytest.mark.parametrize("text", ["a\u001fb", "quote ' \" \\", "\u2028 \u0085", "👩‍👩‍👧 ｶﾞ", "{}[],:"])
def test_strange_characters_survive(tmp_path: Path, text: str) -> None:
    land(tmp_path, "b1", review(text=text))
    load(tmp_path)
    assert [r["text"] for r in _current(tmp_path)] == [text]


# --- damage --------------------------------------------------------------------------------------


def test_a_damaged_file_stops_the_load_and_names_itself_without_its_words(tmp_path: Path) -> None:
    land(tmp_path, "a1", review("r1", text="a person's words"))
    land(tmp_path, "b1", review("r2"))
    path = Landing(tmp_path).path("reviews", "a1", "0")
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(LandingError, match=r"reviews/a1/0\.jsonl\.gz is damaged") as caught:
        load(tmp_path)
    assert "person" not in str(caught.value)
    # The other batches are not kept waiting.
    assert [r["review_id"] for r in _current(tmp_path)] == ["r2"]


def test_a_field_of_another_type_stops_the_load_without_its_words(tmp_path: Path) -> None:
    land(tmp_path, "b1", replace(review("r1"), rating="a person's words"))  # type: ignore[arg-type]
    with pytest.raises(LandingError, match=r"reviews/b1/0\.jsonl\.gz") as caught:
        load(tmp_path)
    assert "person" not in str(caught.value)


@pytest.mark.parametrize("step", ["reviews", "landing_files"])
def test_a_load_that_dies_in_its_middle_did_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Here an edit: its old state is deleted before the new one and the ledger's row are written."""
    land(tmp_path, "b1", review(text="old", seen_at=day(1)))
    load(tmp_path)
    land(tmp_path, "b2", review(text="new", seen_at=day(2)))
    sql = module.load_sql

    def dies(name: str) -> str:
        if name != step:
            return sql(name)
        if name == "landing_files":
            return "select error('died') from (select $files, $kind, $now)"
        return sql(name).split("insert into core.review_history")[0] + "select error('died');"

    monkeypatch.setattr(module, "load_sql", dies)
    with pytest.raises((LandingError, duckdb.Error)):
        load(tmp_path)
    monkeypatch.undo()
    assert [r["text"] for r in _current(tmp_path)] == ["old"]
    assert load(tmp_path).rows["reviews"] == 1
    assert [r["text"] for r in _current(tmp_path)] == ["new"]


def test_a_second_process_is_told_that_the_first_writes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from warehouse.writes import writer; from warehouse.errors import Busy\n"
        "try:\n  writer(Path(sys.argv[1])).__enter__()\nexcept Busy as e: print(e)"
    )
    with writer(tmp_path):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert "Another process is writing" in done.stdout, done.stderr
    assert FILE in done.stdout


# --- configuration -------------------------------------------------------------------------------


def test_the_configuration_is_replaced(tmp_path: Path) -> None:
    apps = [AppRow(app="a", name="A", owner=None, store="google_play", store_app_id="x")]
    topics = [
        TopicRow(
            position=0, topic="bug", label_en="Faults", label_ja="不具合", lens="reliability", owner=None
        )
    ]
    with writer(tmp_path) as w:
        w.set_apps(apps * 2)
        w.set_apps(apps)
        w.set_topics(topics)
        assert rows(w.con, "select app from core.app_config") == [{"app": "a"}]
        w.set_apps([])
        w.set_topics([])
        assert rows(w.con, "from core.app_config") == rows(w.con, "from core.topic_config") == []


# --- any order, any repeat -----------------------------------------------------------------------

# Few values, so that most examples hold what is hard: one key, one moment, several contents.
_days = st.integers(0, 2).map(day)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "reviews": st.builds(
        review,
        st.sampled_from(["r1", "r1", "r2"]),
        rating=st.sampled_from([None, 1, 5]),
        title=st.sampled_from([None, "", "t"]),
        text=st.sampled_from([None, "", "a", "b"]),
        seen_at=_days,
        thumbs_up=st.sampled_from([None, 0, 3]),
        source=st.sampled_from(["google_play", "file:csv"]),
        version=st.sampled_from([None, "1.0"]),
    ),
    "rating_snapshots": st.builds(
        snapshot,
        observed_at=st.just(day(0)),
        seen_at=_days,
        country=st.sampled_from([None, "jp"]),
        displayed_score=st.sampled_from([None, 2.2, 4.2]),
        ratings_count=st.sampled_from([None, 7, 8]),
    ),
    "releases": st.builds(
        release, released_at=_days, seen_at=_days, notes=st.sampled_from([None, "fixes", "more fixes"])
    ),
    "feedback": st.builds(
        feedback,
        seen_at=_days,
        text=st.sampled_from([None, "a", "b"]),
        may_analyse=st.booleans(),
        may_quote=st.booleans(),
    ),
    "consents": st.builds(
        consent,
        at=_days,
        event=st.sampled_from(["given", "changed", "withdrawn"]),
        wording=st.sampled_from(["w1", "w2"]),
        may_improve=st.booleans(),
        may_analyse=st.booleans(),
        may_quote=st.booleans(),
    ),
    "erasures": st.builds(
        erasure, at=_days, app=st.sampled_from([None, "app"]), source=st.sampled_from(["intake", "command"])
    ),
    "coverage": st.builds(
        coverage,
        st.just("b"),
        finished_at=_days,
        pages=st.integers(0, 2),
        language=st.sampled_from([None, "ja"]),
        detail=st.sampled_from([None, "x", "y"]),
        is_sample=st.booleans(),
    ),
    "corrections": st.builds(
        correction,
        text=st.sampled_from(["a", "b"]),
        sentiment=st.sampled_from(["negative", "neutral"]),
        topics=st.sampled_from([(), ("crash",), ("crash", "login")]),
        corrected_at=_days,
    ),
    "rejected_rows": st.builds(
        RejectedRow,
        batch=st.just("b"),
        source=st.just("file:csv"),
        file=st.sampled_from(["a.csv", "b.csv"]),
        row_number=st.just(1),
        field=st.sampled_from([None, "rating"]),
        reason=st.just("rating_out_of_range"),
        remedy=st.sampled_from(["this", "that"]),
        excerpt=st.sampled_from([None, "x"]),
    ),
}
_testers = st.sampled_from(["t1", "t2"])
# What a tester says, agrees to and takes back, in any order: a later part may forbid what an earlier
# one brought. An id is one tester's, as where ids are made (`feedback_files`).
KINDS["alpha"] = st.one_of(
    st.builds(
        lambda number, tester, **fields: feedback(f"{tester}-f{number}", tester=tester, **fields),
        st.sampled_from([1, 2]),
        _testers,
        submitted_at=_days,
        seen_at=_days,
        text=st.sampled_from(["a", "b"]),
        may_quote=st.booleans(),
    ),
    st.builds(consent, _testers, at=_days, event=st.sampled_from(["given", "withdrawn"])),
    st.builds(erasure, _testers, at=_days),
)
Files = list[tuple[int, list[Record]]]
_house = open_writer(Path("unused"))


def _files_of(kind: str) -> st.SearchStrategy[Files]:
    files = st.lists(st.lists(KINDS[kind], min_size=1, max_size=3), min_size=2, max_size=4)
    return files.map(lambda found: list(enumerate(found)))


def _tables_after(*loads: Files) -> dict[str, list[tuple[Any, ...]]]:
    """The tables after loading the files of each load in turn, into an empty house."""
    for table in (*CORE, "landing_files"):
        _house.con.execute(f"delete from core.{table}")
    # That a file is on disk is not the question here, and asking costs milliseconds.
    with tempfile.TemporaryDirectory() as folder, patch("os.fsync"):
        _house.landing = Landing(Path(folder))
        for files in loads:
            for number, records in files:
                own = [] if any(isinstance(r, Coverage) for r in records) else [coverage(f"b{number}")]
                land(Path(folder), f"b{number}", *records, *own)
            _house.load(NOW)
    return tables(_house.con)


TIES: dict[str, tuple[Record, Record]] = {
    "stars": (review(rating=1), review(rating=5)),
    "text": (review(text="a"), review(text="b")),
    "no content": (review(thumbs_up=1), review(thumbs_up=2)),
    "device": (review(device="a"), review(device="b")),
    "redactions": (review(redactions=2, redactions_reply=1), review(redactions=2, redactions_reply=2)),
    "category": (snapshot(category="A"), snapshot(category="B")),
    "developer": (snapshot(developer="A"), snapshot(developer="B")),
    "snapshots": (snapshot(displayed_score=2.2), snapshot(displayed_score=4.2)),
    "releases": (release(notes="a"), release(notes="b")),
    "feedback": (feedback(text="a"), feedback(text="b")),
    "consent": (feedback(may_analyse=True), feedback(may_analyse=False)),
    "corrections": (correction(sentiment="neutral"), correction(sentiment="positive")),
    "ledger": (consent(may_quote=True), consent(may_quote=False)),
    "tombstones": (erasure(source="intake"), erasure(source="retention")),
    "coverage": (coverage("b", pages=1), coverage("b", pages=2)),
}


@pytest.mark.parametrize("tie", TIES)
def test_of_two_sightings_of_one_moment_the_same_wins_in_either_order(tie: str) -> None:
    one, two = TIES[tie]
    first: Files = [(0, [one])]
    second: Files = [(1, [two])]
    assert _tables_after(first, second) == _tables_after(second, first)
    assert _tables_after([(0, [one, two])]) == _tables_after([(0, [two, one])])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_order_and_any_repeat_in_any_number_of_loads_gives_the_same_tables(
    kind: str, data: st.DataObject
) -> None:
    files = data.draw(_files_of(kind))
    shuffled = data.draw(st.permutations(files))
    cut = data.draw(st.integers(0, len(files)))
    assert _tables_after(shuffled[:cut], shuffled[cut:], shuffled[:1]) == _tables_after(files)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "coverage"])
@settings(max_examples=4, deadline=None)
@given(st.data())
def test_a_repeat_under_another_name_adds_nothing(kind: str, data: st.DataObject) -> None:
    files = data.draw(_files_of(kind))
    again = [(number + 10, records) for number, records in files]
    once, twice = _tables_after(files), _tables_after(files, again)
    # "b10" sorts before "b2", so the batch that was first may be another.
    batch = [c for c, *_ in _columns()].index("first_batch")
    for name in set(CORE) - {"coverage"}:
        cut = batch if name in ("reviews", "review_history") else None
        assert _without(cut, once[name]) == _without(cut, twice[name]), name


def _without(column: int | None, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(value for place, value in enumerate(row) if place != column) for row in found]


@settings(max_examples=15, deadline=None)
@given(_files_of("reviews"))
def test_states_are_what_was_seen_and_nothing_else(files: Files) -> None:
    found = _tables_after(files[::2], files[1::2])
    columns = [c for c, *_ in _columns()]
    current = [dict(zip(columns, row, strict=True)) for row in found["reviews"]]
    states = current + [dict(zip(columns, row, strict=True)) for row in found["review_history"]]
    seen: dict[tuple[Any, ...], list[datetime]] = {}
    for _, sightings in files:
        for s in cast(list[Review], sightings):
            seen.setdefault((s.review_id, s.rating, s.title or "", s.text or ""), []).append(s.seen_at)

    def content(r: dict[str, Any]) -> tuple[Any, ...]:
        return (r["review_id"], r["rating"], r["title"] or "", r["text"] or "")

    assert {content(r): (r["first_seen_at"], r["last_seen_at"]) for r in states} == {
        c: (min(times), max(times)) for c, times in seen.items()
    }
    assert len(states) == len(seen)
    newest: dict[str, datetime] = {}
    for (review_id, *_), times in seen.items():
        newest[review_id] = max(newest.get(review_id, day(0)), *times)
    assert {r["review_id"]: r["last_seen_at"] for r in current} == newest
    assert len(current) == len(newest)


def _columns() -> list[tuple[Any, ...]]:
    con = open_writer(Path("unused")).con
    return con.execute("describe core.reviews").fetchall()


def test_the_tables_of_states_have_the_same_columns() -> None:
    con: duckdb.DuckDBPyConnection = open_writer(Path("unused")).con
    names = [
        [c for c, *_ in con.execute(f"describe core.{t}").fetchall()] for t in ("reviews", "review_history")
    ]
    assert names[0] == names[1]


def test_a_kill_between_two_kinds_is_mended_by_the_next_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, "b1", review("r1"))
    for stop in range(1, len(module._KINDS)):
        monkeypatch.setattr(module, "_KINDS", module._KINDS[:stop])
        load(tmp_path)
        monkeypatch.undo()
    load(tmp_path)
    assert _current(tmp_path, "select store_app_id from core.app_stores") == [
        {"store_app_id": "jp.example.app"}
    ]


# --- facts that not every source gives -------------------------------------------------------------


def _sightings() -> list[Review]:
    said: dict[str, Any] = {"text": "it stops", "rating": 1, "store": "app_store", "reviewed_at": day(1)}
    bare = {
        "version": None,
        "language": None,
        "country": None,
        "thumbs_up": None,
        "reply": None,
        "device": None,
    }
    full = {
        "version": "2.1", "country": "jp", "thumbs_up": 3, "reply": "We look into it", "replied_at": day(2),
        "device": "iPhone", "title": "Stops", "redactions": 2, "redactions_reply": 1,
    }  # fmt: skip
    return [
        review(**said, **full, seen_at=day(3)),
        # Other programs: one without titles and answers, one that names a later version.
        review(**said, **bare, title=None, lacks="title reply", seen_at=day(5)),
        review(**said, **(bare | {"version": "2.2"}), title="Stops", lacks="reply", seen_at=day(4)),
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_source_without_a_fact_takes_none_back(tmp_path: Path, order: tuple[int, ...]) -> None:
    for number in order:
        land(tmp_path, f"b{number}", _sightings()[number])
        load(tmp_path)
    (now,) = _current(tmp_path)
    facts = ("title", "version", "country", "thumbs_up", "reply", "replied_at", "device", "redactions_reply")
    assert tuple(now[f] for f in facts) == (
        "Stops", "2.2", "jp", 3, "We look into it", day(2), "iPhone", 1,
    )  # fmt: skip
    assert (now["first_seen_at"], now["last_seen_at"]) == (day(3), day(5))
    assert _current(tmp_path, "from core.review_history") == []


def test_an_answer_that_was_taken_back_is_gone(tmp_path: Path) -> None:
    land(tmp_path, "b1", review(reply="Sorry", seen_at=day(1)), review("r2", reply="Sorry", seen_at=day(1)))
    land(
        tmp_path,
        "b2",
        review(reply=None, seen_at=day(2)),
        review("r2", reply=None, lacks="reply", seen_at=day(2)),
    )
    load(tmp_path)
    assert [r["reply"] for r in _current(tmp_path, "from core.reviews order by review_id")] == [None, "Sorry"]


def test_a_review_of_a_source_without_answers_is_the_same_however_often_it_is_seen(tmp_path: Path) -> None:
    for times in (1, 2):
        data = tmp_path / f"{times}"
        for n in range(times):
            land(data, f"b{n}", review("r1", reply=None, lacks="reply", seen_at=day(n)))
            load(data)
        with writer(data) as w:
            found = w.con.execute("select redactions, redactions_reply from core.reviews").fetchall()
        assert found == [(0, 0)]
