"""What stays of older publications, and the file of another day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import consent, feedback, review
from tests.warehouse.house import NOW, land, rows
from warehouse.errors import NothingPublished
from warehouse.publish import MadeBy, older, publish, retire_older
from warehouse.reads import ask, current
from warehouse.rebuild import restore, set_aside
from warehouse.schema import build, marts
from warehouse.snapshots import Keep, Published, as_of, drop_since, published, snapshot, wanted
from warehouse.writes import writer

TODAY = date(2026, 11, 28)
WORDS = "架空の一言、だれにも見せない"
ONE = Keep(files=1, days=14, weeks=52)


def _at(*moments: datetime) -> list[Published]:
    return [Published(n, at, Path(f"r{n}"), is_snapshot=False) for n, at in enumerate(moments, start=1)]


def _kept(there: Sequence[Published], **keep: int) -> list[int]:
    return [one.revision for one in wanted(there, TODAY, Keep(**keep))]


def _moment(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_the_newest_of_a_day_stays() -> None:
    there = _at(*(_moment(TODAY - timedelta(days=n), h) for n in (2, 1, 0) for h in (3, 9)))
    assert _kept(there, days=2, weeks=0) == [6, 4]
    assert _kept(there, days=0, weeks=0) == []


def test_of_older_weeks_the_newest_stays() -> None:
    # 2026-11-28 is a Saturday: its week began on the 23rd
    days = [date(2026, 11, d) for d in (2, 8, 9, 15, 16, 22, 23, 28)]
    there = _at(*map(_moment, days))
    assert _kept(there, days=0, weeks=3) == [8, 6, 4]
    assert _kept(there, days=7, weeks=3) == [8, 7, 6, 4]


@given(
    st.lists(st.integers(0, 24 * 500), min_size=1, max_size=40, unique=True),
    st.integers(0, 20), st.integers(0, 60),
)  # fmt: skip
def test_what_stays_today_also_stayed_yesterday(hours: list[int], days: int, weeks: int) -> None:
    # Otherwise a day that is asked for could come back, or a file would be needed that is gone.
    there = _at(*sorted(_moment(TODAY, 0) - timedelta(hours=h) for h in hours))
    keep = Keep(days=days, weeks=weeks)
    before = {p.revision for p in wanted(there, TODAY - timedelta(days=1), keep)}
    now = wanted(there, TODAY, keep)
    # A file of today alone is new; every other that stays now stayed before, by the day or by the week.
    assert {p.revision for p in now if p.day < TODAY} <= before
    assert len(now) <= days + weeks


def _publish(data: Path, day: date, text: str, keep: Keep = ONE, **more: object) -> Path:
    at = _moment(day)
    land(data, f"b{day}", review(f"r{day}", text=text), **more)
    with writer(data) as w:
        w.load(at)
        build(w.con)
    return publish(data, at, keep).path


def test_the_file_of_another_day_is_found(tmp_path: Path) -> None:
    days = [TODAY - timedelta(days=n) for n in (9, 3, 0)]
    paths = [_publish(tmp_path, day, str(day)) for day in days]
    assert paths[-1] == current(tmp_path)
    assert as_of(tmp_path, _moment(TODAY, 23)) == paths[-1]
    for n, day in enumerate(days[:-1]):
        path = as_of(tmp_path, _moment(day + timedelta(days=1)))
        assert path.name.endswith(f"-r{n + 1}.snapshot.duckdb")
        assert len(ask(path, "from reviews")[1]) == n + 1
    with pytest.raises(NothingPublished, match="The oldest that is kept is of 2026-11-19 12:00 UTC"):
        as_of(tmp_path, _moment(days[0], 11))


def test_a_snapshot_holds_nothing_of_testers_and_all_the_rest(tmp_path: Path) -> None:
    said = [feedback(f"f{n}", tester=f"t{n}", text=WORDS, may_quote=True) for n in range(6)]
    agreed = [consent(tester=f"t{n}", may_quote=True) for n in range(6)]
    land(tmp_path, "alpha", *said, *agreed)
    whole = _publish(tmp_path, TODAY - timedelta(days=1), "words of a review")
    assert ask(whole, f"select count(*) from feedback where text = '{WORDS}'")[1] == [(6,)]
    assert WORDS.encode() in whole.read_bytes()
    wanted = {m.name: m.snapshot for m in marts()}
    with duckdb.connect(str(whole), read_only=True) as con:
        rest = {
            name: rows(con, f"from {name} where {kept or 'true'} order by all")
            for name, kept in wanted.items()
        }
        told = con.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns()"
        ).fetchall()
    _publish(tmp_path, TODAY, "more")
    path = as_of(tmp_path, _moment(TODAY - timedelta(days=1), 23))
    assert not whole.exists()
    assert WORDS.encode() not in path.read_bytes()
    with duckdb.connect(str(path), read_only=True) as con:
        assert {name: rows(con, f"from {name} order by all") for name in wanted} == rest
        assert (
            con.execute("select table_name, column_name, data_type, comment from duckdb_columns()").fetchall()
            == told
        )
    assert {name for name, kept in rest.items() if wanted[name] == "false"} >= {"feedback", "consents"}
    assert rest["reviews"] and not rest["feedback"]
    assert path.stat().st_mode & 0o777 == 0o400


def test_every_mart_about_testers_says_what_a_snapshot_keeps(tmp_path: Path) -> None:
    with writer(tmp_path) as w:
        build(w.con)
        columns = w.con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal"
        ).fetchall()
    theirs = {table for table, column in columns if column in {"feedback_id", "cohort", "n_alpha", "purpose"}}
    assert {"feedback", "alpha_topics"} <= theirs
    missing = [m.name for m in marts() if m.name in theirs and m.snapshot != "false"]
    assert not missing, f"{missing}: write `-- snapshot: none` into the mart, or it is kept for a year."


def test_an_erasure_leaves_snapshots_and_takes_what_may_hold_something(tmp_path: Path) -> None:
    keep = Keep(files=2)
    paths = [_publish(tmp_path, TODAY - timedelta(days=n), str(n), keep) for n in (3, 2, 1, 0)]
    assert older(tmp_path) == sorted([paths[2], paths[2].with_name(f"{paths[2].name}.sha256")])
    retire_older(tmp_path)
    assert [(p.revision, p.is_snapshot) for p in published(tmp_path)] == [(4, False), (2, True), (1, True)]
    assert older(tmp_path) == []


def test_an_import_that_is_taken_back_takes_the_snapshots_since_it(tmp_path: Path) -> None:
    for n in (3, 2, 1, 0):
        _publish(tmp_path, TODAY - timedelta(days=n), str(n))
    assert drop_since(tmp_path, _moment(TODAY - timedelta(days=2), 0)) == 2
    assert [p.revision for p in published(tmp_path)] == [4, 1]
    assert len(list(published(tmp_path)[0].path.parent.iterdir())) == 4


def test_snapshots_beyond_their_sum_go_the_oldest_first(tmp_path: Path) -> None:
    for n in (3, 2, 1):
        _publish(tmp_path, TODAY - timedelta(days=n), str(n))
    _publish(tmp_path, TODAY, "0", Keep(files=1, gigabytes=0))
    assert [p.revision for p in published(tmp_path)] == [4]


def test_a_snapshot_that_was_begun_and_killed_is_made_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warehouse.snapshots as module

    _publish(tmp_path, TODAY - timedelta(days=1), "a")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "sync", dies)
    with pytest.raises(KeyboardInterrupt):
        snapshot(published(tmp_path)[0])
    monkeypatch.undo()
    assert [p.is_snapshot for p in published(tmp_path)] == [False]
    _publish(tmp_path, TODAY, "b")
    assert [p.is_snapshot for p in published(tmp_path)] == [False, True]
    assert not list((tmp_path / "published").glob(".*"))


def test_a_publication_says_what_it_was_made_of_and_which_there_were(tmp_path: Path) -> None:
    land(tmp_path, "b1", review("a"), review("b", store_app_id="other"))
    for n, version in enumerate(("0.1.0+aaa", "0.1.0+bbb")):
        land(tmp_path, f"more{n}", review(f"m{n}"))
        with writer(tmp_path) as w:
            w.load(NOW)
            build(w.con)
        made = MadeBy(code_version=version, config_fingerprint="c")
        path = publish(tmp_path, NOW + timedelta(days=n), made_by=made).path
    with duckdb.connect(str(path), read_only=True) as con:
        (told,) = rows(con, "from publication")
        assert told["code_version"] == "0.1.0+bbb" and told["schema_version"] == "1.3"
        assert (told["n_reviews"], told["n_batches"], told["n_apps"]) == (4, 3, 2)
        assert told["n_requests_complete"] <= told["n_requests"]
        history = rows(con, "from publications order by revision")
        assert [(h["revision"], h["code_version"]) for h in history] == [(1, "0.1.0+aaa"), (2, "0.1.0+bbb")]
        assert history[-1] == told
    set_aside(tmp_path, NOW)
    restore(tmp_path, [])
    with writer(tmp_path) as w:
        assert rows(w.con, "select revision, code_version from inferred.publications order by 1") == [
            {"revision": 1, "code_version": "0.1.0+aaa"}, {"revision": 2, "code_version": "0.1.0+bbb"}
        ]  # fmt: skip


def test_a_publication_that_was_killed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import warehouse.publish as module

    _publish(tmp_path, TODAY - timedelta(days=2), "a")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_verify", dies)
    with pytest.raises(KeyboardInterrupt):
        _publish(tmp_path, TODAY - timedelta(days=1), "b")
    monkeypatch.undo()
    path = _publish(tmp_path, TODAY, "c")
    assert ask(path, "select revision, published_at::date from publications order by 1")[1] == [
        (1, TODAY - timedelta(days=2)), (2, TODAY)
    ]  # fmt: skip
