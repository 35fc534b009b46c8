"""A user's statements: several, to Parquet, and nothing beside the published file within reach of any
door."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.builders import review
from tests.warehouse.house import NOW, build_all, land
from warehouse.errors import QueryError
from warehouse.publish import publish
from warehouse.questions import answers, to_parquet
from warehouse.reads import Limits, ask, connection


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("questions")
    land(data, "b1", *(review(f"r{n}", rating=1 + n % 5) for n in range(10)))
    build_all(data)
    return publish(data, NOW).path


def test_statements_share_temporary_tables_and_variables(published: Path) -> None:
    script = """
        create temp table low as from reviews where rating = 1;
        set variable wanted = 1;
        select count(*) as n from low where rating = getvariable('wanted');
        explain select 1;
    """
    made, variable, counted, plan = answers(published, script)
    assert (made.names, variable.names, counted.names, counted.rows) == ([], [], ["n"], [(2,)])
    assert plan.rows
    with pytest.raises(QueryError, match="low"):
        list(answers(published, "from low"))


def test_an_answer_becomes_parquet_with_its_types(published: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    assert to_parquet(published, "select 1; select rating, reviewed_at, text from reviews", file) == 10
    table = pq.read_table(file)
    assert table.num_rows == 10
    assert [str(f.type) for f in table.schema] == ["int8", "timestamp[us, tz=UTC]", "string"]
    with pytest.raises(QueryError, match="more than 3 rows"):
        to_parquet(published, "from reviews", file, Limits(rows=3))


def test_the_time_is_that_of_all_statements(published: Path) -> None:
    slow = "select count(*) from range(1000000000) a, range(1000000) b;"
    with pytest.raises(QueryError, match=r"stopped after 0\.5 s"):
        list(answers(published, f"select 1; {slow}", Limits(seconds=0.5)))


def _outside(tmp: Path, published: Path) -> dict[str, str]:
    other = tmp / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("create table secret as select 'geheim' as word")
    (tmp / "secret.csv").write_text("word\ngeheim\n")
    return {
        "its own log": f"copy reviews to '{published}.wal'",
        "its own log, explained": f"explain analyze copy reviews to '{published}.wal'",
        "its own log, prepared": f"prepare q as copy reviews to '{published}.wal'; execute q",
        "itself": f"copy reviews to '{published}'",
        "its own bytes": f"from read_blob('{published}')",
        "its checksum": f"from read_text('{published}.sha256')",
        "read csv": f"from read_csv('{tmp}/secret.csv')",
        "read text": f"from read_text('{tmp}/secret.csv')",
        "read blob": f"from read_blob('{tmp}/secret.csv')",
        "by name": f"from '{tmp}/secret.csv'",
        "sniff": f"from sniff_csv('{tmp}/secret.csv')",
        "list": f"from glob('{tmp}/*')",
        "attach": f"attach '{other}' as other",
        "attach memory": "attach ':memory:' as other",
        "copy to": f"copy reviews to '{tmp}/out.csv'",
        "copy from": f"create temp table t (a varchar); copy t from '{tmp}/secret.csv'",
        "export": f"export database '{tmp}/out'",
        "import": f"import database '{tmp}'",
        "install": "install fts",
        "install file": f"install '{tmp}/secret.csv'",
        "load": "load json",
        "update extensions": "update extensions",
        "log to a file": f"call enable_logging(storage = 'file', storage_config = {{'path': '{tmp}/log'}})",
        "profile to a file": f"set profiling_output = '{tmp}/profile.json'",
        "profile": "pragma enable_profiling",
        "secret": "create persistent secret s (type s3, key_id 'a', secret 'b')",
        "secrets": "from duckdb_secrets()",
        "access": "set enable_external_access = true",
        "directories": f"set allowed_directories = ['{tmp}']",
        "unlock": "set lock_configuration = false",
        "reset": "reset memory_limit",
        "memory": "set memory_limit = '64GB'",
        "threads": "set global threads = 64",
        "spill": f"set temp_directory = '{tmp}/spill'",
        "pragma": "pragma temp_directory = '/tmp'",
        "home": f"set home_directory = '{tmp}'",
        "write": "delete from reviews",
        "create": "create table t as select 1",
        "macro": "create or replace macro rating_mean(a, b, c, d, e) as 5",
        "comment": "comment on table reviews is 'x'",
        "vacuum": "vacuum",
        "checkpoint": "checkpoint",
        "detach": "detach hoshiyomi",
        "use": "use memory",
    }  # fmt: skip


def test_no_question_reaches_out_of_the_published_file(published: Path, tmp_path: Path) -> None:
    ways = _outside(tmp_path, published)
    lying = sorted(p.name for p in tmp_path.iterdir())
    before = published.read_bytes()
    for name, statement in ways.items():
        with pytest.raises(QueryError) as refused:
            list(answers(published, statement))
        assert "geheim" not in str(refused.value), name
    assert sorted(p.name for p in tmp_path.iterdir()) == lying
    assert published.read_bytes() == before
    assert len(list(published.parent.iterdir())) == 2, "the file and its checksum"


def test_the_dashboard_s_connections_are_as_closed(published: Path, tmp_path: Path) -> None:
    """Even a statement that somebody smuggled into a page; those of a kind that only `sql` refuses do
    nothing."""
    harmless = {"load", "profile", "log to a file", "vacuum", "checkpoint", "pragma"}
    ways = _outside(tmp_path, published)
    lying = sorted(p.name for p in tmp_path.iterdir())
    before = published.read_bytes()
    for name, statement in ways.items():
        with connection(published) as con:
            try:
                con.execute(statement)
            except duckdb.Error:
                continue
            assert name in harmless, name
    with connection(published) as con:
        settings = dict(
            con.execute("select name, value from duckdb_settings() where name in "
                        "('enable_external_access', 'lock_configuration', 'allowed_directories',"
                        " 'temp_directory')").fetchall()
        )  # fmt: skip
    assert settings == {
        "enable_external_access": "false", "lock_configuration": "true", "allowed_directories": "[]",
        "temp_directory": "",
    }  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == lying
    assert published.read_bytes() == before
    assert len(list(published.parent.iterdir())) == 2, "the file and its checksum"


def test_what_one_question_set_does_not_reach_the_next(published: Path) -> None:
    list(answers(published, "create temp table reviews as select 1 as a; set variable x = 1"))
    assert ask(published, "select count(*), getvariable('x') from reviews")[1] == [(10, None)]


def test_questions_at_the_same_time_do_not_see_each_other(published: Path) -> None:
    wrong: list[object] = []

    def one(n: int) -> None:
        script = f"create temp table mine as select {n} as n; select n from mine"
        found = list(answers(published, script))[-1].rows
        if found != [(n,)]:
            wrong.append(found)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
