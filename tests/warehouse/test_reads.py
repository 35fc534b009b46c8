"""Reading: hardened, short-lived, from many threads, in UTC."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.builders import review
from tests.warehouse.house import NOW, build_all, land
from warehouse import reads
from warehouse.errors import NothingPublished, QueryError
from warehouse.publish import publish


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1", text="星"), review("r2", rating=5))
    build_all(data)
    return publish(data, NOW).path


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from glob('/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from read_json('http://127.0.0.1:9/x')",
        "attach '/tmp/other.duckdb'",
        "copy reviews to '/tmp/reviews.csv'",
        "copy (select 1) to '/dev/stdout'",
        "export database '/tmp/export'",
        "import database '/tmp/export'",
        "install httpfs",
        "load httpfs",
        "load '/tmp/evil.duckdb_extension'",
        "set memory_limit = '100GB'",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset memory_limit",
        "pragma memory_limit = '100GB'",
        "create secret s (type s3)",
        "select * from duckdb_secrets()",
        "create table mine as select 1",
        "delete from reviews",
        "update reviews set rating = 5",
        "drop table reviews",
        "insert into apps select * from apps",
        "select * from enable_logging(storage = 'stdout', level = 'trace')",
        "select * from system.main.\"Enable_Logging\" (storage = 'stdout')",
        "select * from enable_profiling(save_location = '/tmp/profile.json')",
        "select * from query('select * from enable' || '_logging()')",
        "select * from json_execute_serialized_sql(json_serialize_sql('from read_text(''/etc/passwd'')'))",
        "pragma json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "create temp macro m() as table select * from enable_logging()",
        "prepare p as select * from disable_logging()",
        "explain copy (select 1) to '/tmp/x.csv'",
        "select * from parquet_metadata('/etc/passwd')",
        "call enable_logging()",
        "pragma profiling_output = '/tmp/profile.json'",
        "set profiling_output = '/tmp/profile.json'",
        "checkpoint",
        "vacuum",
        "alter table reviews add column x integer",
        "comment on table reviews is 'x'",
        "update extensions",
        ".shell ls",
    ],
)
def test_what_could_reach_past_the_file_or_change_it_is_refused(published: Path, statement: str) -> None:
    with pytest.raises(QueryError, match=r"The query does not run|is not to be had here"):
        reads.ask(published, statement)


def test_a_variable_of_this_process_is_no_table(published: Path) -> None:
    import pandas as pd

    secret = pd.DataFrame({"a": [1]})
    with pytest.raises(QueryError, match="secret does not exist"):
        reads.ask(published, "select * from secret")
    assert len(secret) == 1


@pytest.mark.parametrize(("statement", "count"), [("", 0), ("-- nothing", 0), ("select 1; select 2", 2)])
def test_exactly_one_statement_is_wanted(published: Path, statement: str, count: int) -> None:
    with pytest.raises(QueryError, match=f"One statement is wanted, {count} were given"):
        reads.ask(published, statement)


def test_a_wrong_query_is_told_in_duckdbs_words(published: Path) -> None:
    with pytest.raises(QueryError, match='Candidate bindings: "rating"'):
        reads.ask(published, "select ratings from reviews")


def test_names_and_rows_come_back(published: Path) -> None:
    names, rows = reads.ask(published, "select review_id, text from reviews where rating < $n", {"n": 4})
    assert (names, rows) == (["review_id", "text"], [("r1", "星")])


def test_times_are_utc_whatever_the_machines_zone(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    (((moment, shown),)) = reads.ask(
        published, "select reviewed_at, reviewed_at::varchar from reviews limit 1"
    )[1]
    assert moment == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert shown == "2026-03-01 12:00:00+00"


def test_many_threads_read_one_file(published: Path) -> None:
    def read(_: int) -> tuple[object, object]:
        ((count, zone),) = reads.ask(
            published, "select (select count(*) from reviews), current_setting('TimeZone')"
        )[1]
        with pytest.raises(QueryError):
            reads.ask(published, "select * from read_text('/etc/passwd')")
        return count, zone

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(80))) == {(2, "UTC")}


def test_named_queries_give_dictionaries(published: Path) -> None:
    (row,) = reads.rows(published, "status")
    assert (row["reviews"], row["apps"], row["revision"]) == (2, 1, 1)


def test_a_retired_file_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match=r"gone\.duckdb was replaced by newer publications"):
        reads.ask(tmp_path / "gone.duckdb", "select 1")


def test_every_named_query_binds_on_a_published_file(published: Path) -> None:
    """Parameters are given no value here: only tables, columns and functions are looked up."""
    for path in sorted(reads.QUERIES.glob("*.sql")):
        with reads.connection(published) as con:
            (statement,) = con.extract_statements(path.read_text(encoding="utf-8"))
            con.execute(f"prepare {path.stem} as {statement.query}")


def test_a_publication_of_an_older_version_is_read_with_the_macros_of_now(
    published: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copy(published, tmp_path / "old.duckdb"))
    old.chmod(0o644)
    with duckdb.connect(str(old)) as con:
        for name in ("mean_interval", "stars_interval", "star_sums", "day_sums"):
            con.execute(f"drop macro {name}")
    scope = {"stores": None, "places": None, "versions": None}
    days = {"first": datetime(2020, 1, 1, tzinfo=UTC).date(), "last": datetime(2030, 1, 1, tzinfo=UTC).date()}
    (app,) = {r["app"] for r in reads.rows(published, "overview")}
    then, now = (reads.rows(path, "rating_span", app=app, **scope, **days) for path in (old, published))
    assert then == now
    assert now[0]["low"] < now[0]["mean"]


OF_1_0 = """
drop table alarms;
create table alarms as
select 'ours' as app, 'google_play' as store, date '2026-03-08' as raised, 'worse' as kind,
    'mean_stars' as measure, date '2026-03-05' as began, date '2026-03-03' as began_low,
    date '2026-03-07' as began_high, null::date as confirmed, null::date as ended, null::date as withdrawn,
    null::varchar as why, 3.5 as value_before, 2.5 as value_after, -1.0 as change, -1.4 as low, -0.6 as high,
    50 as n_before, 40 as n_after;
drop table change_points;
create table change_points as
select 'ours' as app, 'google_play' as store, 'B' as series, date '2026-03-08' as changed_on,
    date '2026-03-08' as low_on, date '2026-03-08' as high_on, 1.0 as size, 0.5 as low, 1.5 as high,
    2.0 as value_before, 3.0 as value_after, 50 as n_before, 40 as n_after, 0.001 as p_value,
    '2.0' as nearest_release, 0 as release_distance_days, 'release' as owner_kind, '2.0' as owner,
    0.8::double as owner_chance;
"""
"""Two tables as 1.0 had them: under their former names, and without what came later."""


def test_columns_of_now_are_read_of_a_publication_with_their_former_names(
    published: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copy(published, tmp_path / "old.duckdb"))
    old.chmod(0o644)
    with duckdb.connect(str(old)) as con:
        con.execute(OF_1_0)
    (alarm,) = reads.rows(old, "star_alarms", app="ours", stores=None)
    days = ("began_low_on", "began_on", "began_high_on", "raised_on")
    assert [alarm[k].day for k in days] == [3, 5, 7, 8]
    assert (alarm["topic"], alarm["ended_on"]) == ("all", None)
    span = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    (change,) = reads.rows(old, "change_points", app="ours", stores=None, **span)
    assert (change["due_to_kind"], change["due_to"], change["due_to_chance"]) == ("release", "2.0", 0.8)
    assert change["hole_from"] is None
