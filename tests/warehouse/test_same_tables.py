"""The comparison of two published files names what differs, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.differences import compare

_TABLES = """
create table overview as
    select 'a' as app, 'google_play' as store, 'x' as store_app_id, 4.0::double as mean_30d,
        now() as last_seen_at, 7 as n
    union all select 'b', 'google_play', 'y', null, now(), 8;
create table publication as select 1 as revision, now() as published_at;
"""


def _told(tmp_path: Path, change: str, relative: float = 1e-9) -> list[str]:
    with duckdb.connect() as con:
        for side in ("old", "new"):
            con.execute(f"attach '{tmp_path / side}.duckdb' as {side}")
            con.execute(f"use {side}")
            con.execute(_TABLES)
        con.execute(change)
        return list(compare(con, relative))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("select 1", []),
        ("update overview set mean_30d = 4.1 where app = 'a'", ["overview.mean_30d: 1 of 2 values differ"]),
        ("update overview set mean_30d = 4.1", ["overview.mean_30d: 2 of 2 values differ"]),
        ("update overview set mean_30d = 4 + 1e-12 where app = 'a'", []),
        ("update overview set n = null where app = 'b'", ["overview.n: 1 of 2 values differ"]),
        ("delete from overview where app = 'b'", ["overview: of 2 rows 1 only in old, 0 only in new"]),
        (
            "alter table overview rename n to count",
            ["overview.n: only in old", "overview.count: only in new"],
        ),
        ("create table more as select 1 as x", ["more: only in new"]),
    ],
)
def test_what_differs_is_named(tmp_path: Path, change: str, told: list[str]) -> None:
    assert _told(tmp_path, change) == told


def test_no_tolerance_may_be_asked_for(tmp_path: Path) -> None:
    change = "update overview set mean_30d = 4 + 1e-12 where app = 'a'"
    assert _told(tmp_path, change, relative=0) == ["overview.mean_30d: 1 of 2 values differ"]
