"""Taking a batch back: the tables are those of a data folder in which it never was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import consent as agreed
from tests.builders import coverage, daily_rating, day, feedback, release, review, snapshot
from tests.warehouse.house import CORE, NOW, classify, land, open_writer, rows, tables
from tests.warehouse.test_damage import rot
from warehouse.errors import LandingError
from warehouse.forget import take_back
from warehouse.landing import Landing
from warehouse.records import Record, RejectedRow
from warehouse.schema import fingerprint
from warehouse.writes import Writer

BATCH = "import-000000000000-000000000001"


def world(data: Path, batches: dict[str, Sequence[Record]], order: Sequence[str]) -> Writer:
    """A working file into which batches were loaded one by one."""
    w = open_writer(data)
    for name in order:
        land(data, name, *batches[name])
        w.load(NOW)
    return w


def forget(w: Writer, batch: str = BATCH) -> Any:
    with w.transaction():
        taken = take_back(w, batch)
    w.landing.drop_batch(batch)
    return taken


def state(w: Writer) -> dict[str, Any]:
    found: dict[str, Any] = tables(w.con)
    found["files"] = rows(w.con, "select path, kind, rows, stands_for from core.landing_files order by all")
    return found


def rejected(batch: str) -> RejectedRow:
    return RejectedRow(
        batch=batch, source="file", file="dump.csv", row_number=2, field="rating",
        reason="rating_out_of_range", remedy="mend it", excerpt=None,
    )  # fmt: skip


APPLE: dict[str, Any] = {"store": "app_store", "store_app_id": "123456789", "country": "jp", "language": None}
SECOND = day(3) + timedelta(seconds=7)
BATCHES: dict[str, Sequence[Record]] = {
    "gp-old": [
        review("edited", rating=1, text="it stops", seen_at=day(1)),
        review("both", seen_at=day(2)),
        review("only-here", seen_at=day(2)),
        review("anon:1", text="one of two", reviewed_at=SECOND),
        review("gp:other-twin", text="two of two", reviewed_at=SECOND),
        review("anon:3", rating=1, text="before", reviewed_at=SECOND),
        snapshot(displayed_score=3.1, seen_at=day(1)),
        release("1.0", released_at=day(0), notes="first"),
        daily_rating(day="2026-03-01", daily_average=3.0, seen_at=day(1)),
    ],
    BATCH: [
        # between an older and a newer state of the same review, an older sighting, a newer one, new ones
        review("edited", rating=2, text="it stops less", seen_at=day(5)),
        review("both", seen_at=day(1), thumbs_up=9),
        review("both", seen_at=day(9), thumbs_up=9, text="another state of both"),
        review("new", text="only the import"),
        review("new", text="only the import, Apple", **APPLE),
        review("apple", text="said by Apple, too", seen_at=day(1), **APPLE),
        # the same reviews as others', under the store's own id and under one that a scrape made up
        review("gp:twin", text="one of two", reviewed_at=SECOND),
        review("anon:2", text="two of two", reviewed_at=SECOND),
        review("gp:said-before", rating=1, text="before", reviewed_at=SECOND),
        review("gp:said-before", rating=5, text="after", reviewed_at=day(6), seen_at=day(7)),
        snapshot(displayed_score=4.9, seen_at=day(7)),
        snapshot(displayed_score=2.2, observed_at=day(3)),
        release("1.0", released_at=day(-9), notes="told later", seen_at=day(8)),
        release("0.9", released_at=day(-20)),
        daily_rating(day="2026-03-01", daily_average=5.0, seen_at=day(9)),
        daily_rating(day="2026-03-02", daily_average=5.0, seen_at=day(9)),
        rejected(BATCH),
    ],
    "gp-new": [
        review("edited", rating=5, text="mended", seen_at=day(9)),
        snapshot(displayed_score=3.4, seen_at=day(3)),
        release("1.0", released_at=day(-1), seen_at=day(2)),
    ],
    "apple": [review("apple", text="said by Apple, too", seen_at=day(4), **APPLE)],
    "import-000000000000-000000000002": [
        review("both", seen_at=day(4)),
        review("new", text="another app's import", store_app_id="jp.example.other"),
        rejected("import-000000000000-000000000002"),
    ],
}  # fmt: skip
OTHERS = {name: found for name, found in BATCHES.items() if name != BATCH}


@pytest.mark.parametrize("place", range(len(BATCHES)))
def test_the_tables_are_those_of_a_world_without_it(place: int, tmp_path: Path) -> None:
    order = list(OTHERS)
    order.insert(place, BATCH)
    w = world(tmp_path / "with", BATCHES, order)
    assert state(w) != state(world(tmp_path / "without", OTHERS, list(OTHERS)))
    taken = forget(w)
    assert state(w) == state(world(tmp_path / "without-again", OTHERS, list(OTHERS)))
    assert taken.rows["review_duplicates"] == 3 and taken.rows["releases"] == 1
    assert taken.rows["rejected_rows"] == 1 and taken.stay["reviews"] == 5
    google, apple = sorted(taken.apps, key=lambda a: -a.reviews)
    assert (google.reviews, google.days, apple.store_app_id) == (6, 3, "123456789")


def test_the_only_batch_leaves_nothing_and_the_rest_of_its_apps_goes(tmp_path: Path) -> None:
    w = world(tmp_path, BATCHES, [BATCH])
    forget(w)
    assert all(not found for found in state(w).values())


def test_taking_back_twice_is_taking_back_once_and_it_can_come_again(tmp_path: Path) -> None:
    w = world(tmp_path / "a", BATCHES, list(BATCHES))
    full = state(w)
    for _ in range(2):
        with w.transaction():
            take_back(w, BATCH)
    without = state(w)
    assert without == state(world(tmp_path / "b", OTHERS, list(OTHERS)))
    w.landing.drop_batch(BATCH)
    land(tmp_path / "a", BATCH, *BATCHES[BATCH])
    w.load(NOW)
    assert state(w) == full


_SIGHTINGS = st.lists(
    st.builds(
        lambda i, n, at, wrote: review(
            f"r{i}", rating=n, text=f"text {n}", seen_at=day(at),
            reviewed_at=SECOND + timedelta(days=wrote), thumbs_up=at,
        ),
        st.integers(0, 3), st.integers(1, 3), st.integers(1, 6), st.integers(0, 1),
    ),
    max_size=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def emptied() -> Callable[[Path], Writer]:
    """A working file with nothing in it, which takes a third of a second to make."""
    w = open_writer(Path())

    def on(data: Path) -> Writer:
        for table in (*CORE, "landing_files"):
            w.con.execute(f"delete from core.{table}")
        w.landing = Landing(data)
        return w

    return on


@settings(max_examples=10, deadline=None)
@given(st.lists(_SIGHTINGS, min_size=2, max_size=4), st.integers(0, 3))
def test_whatever_batches_say_one_can_be_taken_back(
    emptied: Callable[[Path], Writer],
    tmp_path_factory: pytest.TempPathFactory,
    said: list[list[Record]],
    which: int,
) -> None:
    base = tmp_path_factory.mktemp("worlds")
    gone = f"b{which % len(said)}"
    found = []
    for name, left_out in (("with", ""), ("without", gone)):
        w = emptied(base / name)
        for n, records in enumerate(said):
            if f"b{n}" != left_out:
                land(base / name, f"b{n}", *records)
        w.load(NOW)
        if not left_out:
            forget(w, gone)
        found.append(state(w))
    assert found[0] == found[1]


def test_what_was_inferred_of_texts_that_are_gone_goes_and_the_rest_stays(tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    land(tmp_path, "gp-1", review("a", text="shared"), review("b", text="kept"))
    land(tmp_path, "intake-1", agreed(), feedback("f", text="said by a tester, too"))
    mine = [
        review("x", text="shared"),
        review("y", text="mine"),
        review("z", text="said by a tester, too"),
    ]
    land(tmp_path, BATCH, *mine)
    w.load(NOW)
    classify(w, {"mine": ("negative", ["crash"]), "kept": ("positive", ["praise"])})
    w.con.execute("insert into inferred.languages select distinct text_hash, 'en', 1 from core.reviews")
    forget(w)
    texts = rows(
        w.con,
        "select distinct coalesce(r.text, f.text) as text from inferred.predictions p"
        " left join core.reviews r using (text_hash) left join core.feedback f using (text_hash)"
        " order by all",
    )
    assert [t["text"] for t in texts] == ["kept", "said by a tester, too", "shared"]
    told = (
        "select distinct r.text from inferred.languages l left join core.reviews r using (text_hash)"
        " order by all"
    )
    assert [t["text"] for t in rows(w.con, told)] == ["kept", "shared"]
    assert rows(w.con, "select distinct topic from inferred.topics") == [{"topic": "praise"}]


_ALARM = (
    "insert into inferred.alarms by name select 'jp.example.app' as app, 'google_play' as store, ? as kind,"
    " 'mean_stars' as measure, date '2026-03-01' as raised, raised as began, raised as began_low,"
    " raised as began_high, 4 as value_before, 3 as value_after, -1 as change, -2 as low, 0 as high,"
    " 9 as n_before, 9 as n_after, 9 as evidence, 5 as bound, ?::timestamptz as first_told_at"
)


def test_an_alarm_that_may_rest_on_it_goes_and_one_that_was_told_before_stays(tmp_path: Path) -> None:
    w = world(tmp_path, BATCHES, list(BATCHES))
    for kind, told in (("worse", NOW - timedelta(days=1)), ("better", NOW + timedelta(days=1))):
        w.con.execute(_ALARM, [kind, told])
    forget(w)
    assert rows(w.con, "select kind from inferred.alarms") == [{"kind": "worse"}]


def test_what_was_said_of_releases_since_it_was_loaded_goes(tmp_path: Path) -> None:
    w = world(tmp_path, BATCHES, list(BATCHES))
    said = (
        "insert into inferred.verdict_history by name select 'jp.example.app' as app, 'google_play' as store,"
        " '1.0' as release_version, 'mean_stars' as measure, ? as verdict, ?::timestamptz as said_at"
    )
    for verdict, at in (("worse", NOW - timedelta(days=1)), ("better", NOW + timedelta(days=1))):
        w.con.execute(said, [verdict, at])
    forget(w)
    assert rows(w.con, "select verdict from inferred.verdict_history") == [{"verdict": "worse"}]


def test_what_is_in_the_tables_only_is_kept(tmp_path: Path) -> None:
    # A crawl's file is gone and was forgotten by `mend`; the import edited the same review.
    w = world(tmp_path, BATCHES, ["gp-old", BATCH])
    w.landing.drop_batch("gp-old")
    with pytest.raises(LandingError, match="mend"), w.transaction():
        take_back(w, BATCH)
    w.con.execute("delete from core.landing_files where path like '%/gp-old/%'")
    forget(w)
    left = rows(w.con, "select review_id, text from core.reviews order by all")
    # The import saw `both` first: nothing but the file that is gone could say that the crawl saw it, too.
    texts = {r["review_id"]: r["text"] for r in left}
    assert set(texts) == {"anon:1", "anon:3", "gp:other-twin", "edited", "only-here"}
    assert texts["edited"] == "it stops"


def test_a_damaged_file_of_another_batch_changes_nothing_and_is_named(tmp_path: Path) -> None:
    w = world(tmp_path, BATCHES, list(BATCHES))
    before = tables(w.con, CORE)
    rot(Landing(tmp_path).path("reviews", "gp-old", "0"), 10, 20)
    with pytest.raises(LandingError, match="gp-old"), w.transaction():
        take_back(w, BATCH)
    assert tables(w.con, CORE) == before


def test_another_import_in_its_place_is_another_fingerprint(tmp_path: Path) -> None:
    w = world(tmp_path, BATCHES, list(BATCHES))
    before = fingerprint(w.con)
    forget(w)
    other = "import-000000000000-000000000003"
    land(tmp_path, other, *[r for r in BATCHES[BATCH] if not isinstance(r, RejectedRow)], rejected(other))
    w.load(NOW)
    assert len(rows(w.con, "from core.landing_files")) > 0
    assert fingerprint(w.con) != before


def test_many_files_are_read_in_portions(tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    for batch in ("gp-1", BATCH):
        landing = Landing(tmp_path)
        for n in range(70):
            landing.write("reviews", batch, f"{n:05d}", [review(f"{batch}{n}"), review(f"both{n}")])
        landing.write("coverage", batch, "0", [coverage(batch)])
    w.load(NOW)
    forget(w)
    assert rows(w.con, "select count(*) as n from core.reviews") == [{"n": 140}]
