"""Building, checking and publishing what was touched gives what all of it gives; no word stays behind."""

from __future__ import annotations

import os
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.builders import consent, day, feedback, review, withdrawal
from tests.warehouse import lakes
from tests.warehouse.house import NOW, land
from tests.warehouse.sequences import Sequence
from warehouse import increments, touched
from warehouse.differences import from_published
from warehouse.errors import WarehouseError
from warehouse.publish import Publication, publish
from warehouse.reads import ask, current
from warehouse.schema import Finding
from warehouse.upkeep import Built, bring_up_to_date, look
from warehouse.writes import writer

_SEQUENCES = int(os.environ.get("SEQUENCES", "2000"))
_LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _small_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test has few reviews, and each step touches many of them."""
    monkeypatch.setattr(touched, "MOST", 2.0)
    monkeypatch.setattr(increments, "MOST_CHANGED", 2.0)


def _begin(data: Path) -> Path:
    """A published folder with two reviews, each on a day of its own."""
    land(data, "b1", review("r1"), review("r2", reviewed_at=day(5), seen_at=day(5)))
    assert _refresh(data)[0].whole == "the marts are made otherwise"
    return data


@pytest.fixture(scope="module")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a folder, to which nobody writes."""
    return _begin(tmp_path_factory.mktemp("begun"))


@pytest.fixture
def data(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of it."""
    if lakes.on_lake():  # its catalog names the folder in which it was made
        return _begin(tmp_path / "data")
    return shutil.copytree(request.getfixturevalue("_begun"), tmp_path / "data", symlinks=True)


def _refresh(data: Path, now: datetime = NOW) -> tuple[Built, list[Finding], Publication]:
    with writer(data) as w:
        w.load(now)
        built = bring_up_to_date(w.con, now)
        found = look(w.con)
    return built, found, publish(data, now)


def _increments(data: Path) -> int:
    with writer(data) as w:
        ((n,),) = w.con.execute("select increments from core.published_file").fetchall()
    return int(n)


def test_what_was_touched_gives_the_same_as_everything(tmp_path: Path) -> None:
    one = Sequence(tmp_path, random.Random(7))
    one.run(("classify", "load_reviews"))
    assert one.done["published a part"] == one.done["built a part"] == 1


@pytest.mark.soak
@pytest.mark.parametrize("number", range(_SEQUENCES))
def test_so_it_does_in_many_sequences(tmp_path: Path, number: int) -> None:
    one = Sequence(tmp_path, random.Random(1_000 + number))
    one.run(one.random_steps(8))


def test_words_that_are_taken_back_are_in_no_byte_of_an_increment(data: Path) -> None:
    secret = "onlyaslongasiagree" * 20
    testers = [f"t{n}" for n in range(1, 6)]
    said = [feedback(f"f{t}", tester=t, text=secret, may_quote=True) for t in testers]
    land(data, "b2", *said, *(consent(t) for t in testers))
    shown = _refresh(data)[2].path
    assert _increments(data) == 1
    assert b"onlyaslongas" in shown.read_bytes()
    land(data, "b3", *(withdrawal(t) for t in testers))
    hidden = _refresh(data)[2].path
    assert hidden != shown
    assert b"onlyaslongas" not in hidden.read_bytes()
    assert _increments(data) == 0


def test_a_reply_of_which_more_is_redacted_is_in_no_byte_of_the_next_file(data: Path) -> None:
    said = {"reply": "call usatthisnumber", "replied_at": day(1), "redactions": 0, "redactions_reply": 0}
    land(data, "b2", review("r3", **said))
    _refresh(data)
    again = {"reply": "call us", "replied_at": day(1), "redactions": 1, "redactions_reply": 1}
    land(data, "b3", review("r3", seen_at=day(3), **again))
    path = _refresh(data)[2].path
    assert ask(path, "select reply from reviews where reply is not null")[1] == [("call us",)]
    assert b"usatthisnumber" not in path.read_bytes()


def test_what_nobody_noted_is_found_and_built_all_the_same(data: Path) -> None:
    with writer(data) as w:
        w.con.execute("delete from core.reviews where review_id = 'r2'")
        built = bring_up_to_date(w.con, NOW)
    assert built.whole == "the days do not add up"
    publish(data, NOW)
    assert ask(current(data), "select count(*) from reviews")[1] == [(1,)]


def test_everything_is_looked_at_once_a_week(data: Path) -> None:
    with writer(data) as w:
        assert touched.why_whole(w.con, NOW + touched.WHOLE_EVERY - _LATER) is None
        assert touched.why_whole(w.con, NOW + touched.WHOLE_EVERY) == "it is time for it"


def test_what_a_check_found_elsewhere_is_still_told_when_other_days_are_touched(data: Path) -> None:
    with writer(data) as w:
        assert {f.check: f.count for f in look(w.con)} == {"everything_classified": 2}
    land(data, "b2", review("r3", rating=2, text=None, reviewed_at=day(9), seen_at=day(10)))
    with writer(data) as w:
        w.load(NOW)
        assert bring_up_to_date(w.con, NOW).whole is None
        assert {f.check: f.count for f in look(w.con)} == {"everything_classified": 2}


def test_a_review_that_is_there_twice_stops_the_publication_of_any_day(data: Path) -> None:
    with writer(data) as w:
        w.con.execute(
            "insert into core.reviews by name select * replace (reviewed_at + interval 9 day as reviewed_at)"
            " from core.reviews where review_id = 'r2'"
        )
        w.con.execute("insert into core.touched_days values ('google_play', 'jp.example.app', '2026-03-06'),"
            "('google_play', 'jp.example.app', '2026-03-15')")  # fmt: skip
        bring_up_to_date(w.con, NOW)
        assert "grain_of_reviews" in {f.check for f in look(w.con) if f.severity == "stop"}


def test_an_increment_of_other_rows_is_not_published(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    first = current(data)
    land(data, "b2", review("r3", rating=2))
    write = increments.write

    def write_less(con: duckdb.DuckDBPyConnection, base: Path, file: Path) -> increments.Increment:
        done = write(con, base, file)
        with duckdb.connect(str(file)) as other:
            other.execute("update reviews set rating = 1 where review_id = 'r3'")
        return done

    monkeypatch.setattr(increments, "write", write_less)
    with pytest.raises(WarehouseError, match="does not hold what was written: reviews"):
        _refresh(data)
    assert current(data) == first
    monkeypatch.undo()
    assert _refresh(data)[2].is_new
    assert ask(current(data), "select count(*) from reviews")[1] == [(3,)]


def test_what_a_build_of_everything_says_otherwise_is_named(data: Path) -> None:
    before = current(data)
    assert from_published(data, before, NOW) == []
    with writer(data) as w:
        w.con.execute("update core.reviews set rating = 1 where review_id = 'r2'")
        w.con.execute("delete from core.marts_built")
    differ = from_published(data, before, NOW)
    assert "reviews.rating: 1 of 2 values differ" in differ
    assert not [line for line in differ if line.startswith(("coverage", "predictions"))]
