"""Every mart on a small case: `cases/<mart>/<case>/given.json` in, `expected.json` out.

`given.json` names records by kind, each with only what matters (tests/builders.py has the rest), apps as
apps.toml would name them, what the model said of texts and takes for what, in which languages texts are, and
what the analysis found. `expected.json` holds the mart's rows in the order of its grain, with the columns
that the case is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import builders
from tests.warehouse.analysed import put
from tests.warehouse.house import NOW, classify, land, open_writer, rows
from warehouse.errors import WarehouseError
from warehouse.records import KINDS, Record
from warehouse.schema import build, check, marts
from warehouse.writes import AppRow, TopicRow, Writer

CASES = Path(__file__).parent / "cases"
_FOLDERS = sorted(p.parent for p in CASES.glob("*/*/given.json"))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")
_BUILD: dict[str, Callable[..., Record]] = {
    "reviews": builders.review,
    "rating_snapshots": builders.snapshot,
    "releases": builders.release,
    "feedback": builders.feedback,
    "consents": builders.consent,
    "erasures": builders.erasure,
    "coverage": builders.coverage,
    "rejected_rows": KINDS["rejected_rows"],
    "daily_ratings": builders.daily_rating,
    "corrections": builders.correction,
}


def _with_times(record: dict[str, Any]) -> dict[str, Any]:
    return {
        k: datetime.fromisoformat(v) if isinstance(v, str) and _TIME.fullmatch(v) else v
        for k, v in record.items()
    }


def _given(w: Writer, case: dict[str, Any]) -> None:
    for batch, kinds in case.get("batches", {}).items():
        built = [_BUILD[kind](**_with_times(r)) for kind, records in kinds.items() for r in records]
        land(w.landing.folder.parent, batch, *built)
    w.load(NOW)
    w.set_apps([AppRow(**a) for a in case.get("apps", [])])
    w.set_topics([TopicRow(**t) for t in case.get("topics", [])])
    if "spoken" in case:
        spoken = [(text_hash, case["spoken"][text]) for text_hash, text in w.undetected(1, 1_000)]
        w.add_languages(1, spoken)
    if "said" in case or "confusion" in case:
        said = {text: (tone, topics) for text, (tone, *topics) in case.get("said", {}).items()}
        classify(w, said, confusion=json.dumps(case.get("confusion", {})))
    for table, inferred in case.get("inferred", {}).items():
        for row in inferred:
            put(w, table, **row)
    build(w.con)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%MZ")
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda f: f"{f.parent.name}-{f.name}")
def test_a_mart_gives_the_expected_rows(folder: Path, tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    _given(w, json.loads((folder / "given.json").read_text(encoding="utf-8")))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    (mart,) = (m for m in marts() if m.name == folder.parent.name)
    found = rows(w.con, f"from {mart.name} order by {', '.join(mart.grain)}")
    columns = list(expected[0]) if expected else []
    assert [{c: _plain(row[c]) for c in columns} for row in found] == expected
    assert [f for f in check(w.con) if f.severity == "stop"] == []


def test_every_mart_has_a_case() -> None:
    assert {m.name for m in marts()} - {f.parent.name for f in _FOLDERS} == set()


def test_every_mart_says_its_question_and_is_numbered_in_order() -> None:
    for mart in marts():
        first, *_ = mart.question.split()
        assert first in {"What", "Which", "How", "When", "Did", "Every", "Series"}, mart.name
        assert mart.grain


def test_building_twice_changes_nothing(tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    land(tmp_path, "b1", builders.review(), builders.snapshot(), builders.release(), builders.feedback())
    w.load(NOW)
    build(w.con)
    first = {m.name: rows(w.con, f"from {m.name} order by all") for m in marts()}
    build(w.con)
    assert {m.name: rows(w.con, f"from {m.name} order by all") for m in marts()} == first


def test_a_build_that_fails_leaves_the_marts_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warehouse.schema as module

    w = open_writer(tmp_path)
    land(tmp_path, "b1", builders.review())
    w.load(NOW)
    build(w.con)
    broken = (module.Mart("apps", "?", ("app",), (), (), "create or replace table apps as select 1 as app"),
              module.Mart("bad", "?", ("x",), (), (), "select * from nowhere"))  # fmt: skip
    monkeypatch.setattr(module, "marts", lambda: broken)
    with pytest.raises(duckdb.CatalogException):
        build(w.con)
    assert rows(w.con, "select store_app_id from apps") == [{"store_app_id": "jp.example.app"}]


def test_a_mart_that_was_a_view_may_become_a_table_and_the_other_way(tmp_path: Path) -> None:
    # An older version left them so in its working file, and DuckDB replaces neither by the other.
    w = open_writer(tmp_path)
    build(w.con)
    first = w.con.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
    for mart in marts():
        if (mart.name,) in first:
            w.con.execute(f"drop view {mart.name}; create table {mart.name} as select 1 as old")
        else:
            w.con.execute(f"drop table {mart.name}; create view {mart.name} as select 1 as old")
    build(w.con)
    assert (
        w.con.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
        == first
    )


def test_a_mart_without_a_grain_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import warehouse.schema as module

    (tmp_path / "010_apps.sql").write_text("-- What?\nselect 1;")
    monkeypatch.setattr(module, "MARTS", tmp_path)
    with pytest.raises(WarehouseError, match=r"010_apps\.sql declares no `-- grain:`"):
        module.marts.__wrapped__()
    (tmp_path / "010_apps.sql").write_text("-- What?\n-- grain: a, b; drop\nselect 1;")
    with pytest.raises(WarehouseError, match="is not a list of columns"):
        module.marts.__wrapped__()


def test_a_grain_that_lies_is_found(tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    build(w.con)
    w.con.execute(
        "insert into topics_daily (store, store_app_id, topic) values ('s', 'a', 'bug'), ('s', 'a', 'bug')"
    )
    (finding,) = [f for f in check(w.con) if f.check.startswith("grain_of_")]
    assert (finding.check, finding.severity, finding.count) == ("grain_of_topics_daily", "stop", 1)


def test_a_null_where_the_mart_declares_none_is_found(tmp_path: Path) -> None:
    w = open_writer(tmp_path)
    land(tmp_path, "b1", builders.review(), builders.snapshot())
    w.load(NOW)
    build(w.con)
    assert [f for f in check(w.con) if f.check.startswith("nulls_of_")] == []
    w.con.execute("update overview set n_30d = null")
    (finding,) = [f for f in check(w.con) if f.check.startswith("nulls_of_")]
    assert (finding.check, finding.severity, finding.count) == ("nulls_of_overview", "stop", 1)


def test_every_mart_declares_columns_that_it_has(tmp_path: Path) -> None:
    con = open_writer(tmp_path).con
    build(con)
    for mart in marts():
        assert set(mart.nullable) <= {name for name, *_ in con.execute(f"describe {mart.name}").fetchall()}
