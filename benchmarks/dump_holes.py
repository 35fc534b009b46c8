"""How often is silence in a dump called a hole where there is none? On the days of a dump that people have.

Every app's days are drawn anew: a day has a review with the chance that the 61 days around it give, so that
an app keeps its busy and its slow times and no hole. What warehouse/load/analysis_dump_holes.sql finds then
is a false alarm. The holes of the dump itself are listed before.

    python benchmarks/dump_holes.py covid_apps_reviews.csv.gz [REPEATS]
"""

from __future__ import annotations

import sys

import duckdb
import numpy as np
from numpy.typing import NDArray

from warehouse.schema import load_sql

SEED = 7
_TABLES = """
create schema core;
create table core.reviews (
    store_app_id varchar, store varchar, country varchar, language varchar, reviewed_at timestamptz
);
create table core.coverage (
    store_app_id varchar, store varchar, source varchar, asked_for varchar, covered_until timestamptz
);
create table analysis_series as select 0 as series, 's' as store, '' as store_app_id limit 0;
"""
_FILL = """
delete from core.coverage;
insert into core.coverage
select distinct on (store_app_id) store_app_id, 's', 'file:dump', 'reviews', '2100-01-01' from core.reviews;
delete from analysis_series;
insert into analysis_series
select row_number() over (order by store_app_id), 's', store_app_id
from (select distinct store_app_id from core.reviews);
"""


def holes(con: duckdb.DuckDBPyConnection) -> list[tuple[str, object, object]]:
    """(app, since, until) of every hole that is found in core.reviews."""
    con.execute(_FILL)
    con.execute(load_sql("analysis_dump_holes"))
    return con.execute(
        "select store_app_id, since::date, until::date"
        " from dump_holes join analysis_series using (series) order by all"
    ).fetchall()


def main(path: str, repeats: int) -> None:
    """Print the holes of a dump and how many are found where there are none."""
    rng = np.random.default_rng(SEED)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(_TABLES)
        con.execute(
            "insert into core.reviews select app_id, 's', null, null, \"at\"::timestamptz"
            " from read_csv($path, all_varchar = true)",
            {"path": path},
        )
        for app, since, until in holes(con):
            print(f"hole  {app}  {since} to {until}")
        days = con.execute(
            "select store_app_id, list(distinct reviewed_at::date - date '1970-01-01')"
            " from core.reviews group by all"
        ).fetchall()
        silent = alarms = years = 0
        for _ in range(repeats):
            con.execute("delete from core.reviews")
            for app, known in days:
                span = np.arange(min(known), max(known) + 1)
                has = rng.random(len(span)) < _chance(np.isin(span, known))
                has[[0, -1]] = True
                picked = span[has]
                silent += int((np.diff(picked) > 14).sum())
                years += len(span) / 365.25
                frame = {"app": app, "days": picked.tolist()}
                con.execute(
                    "insert into core.reviews select $app, 's', null, null, d.day + date '1970-01-01'"
                    " from (select unnest($days::integer[]) as day) d",
                    frame,
                )
            alarms += len(holes(con))
        print(f"{repeats} repeats: {years:,.0f} years of apps, {silent:,} silences of 14 days or more")
        print(
            f"false alarms: {alarms}; {alarms / silent:.1e} a silence, {alarms / years:.1e} a year of an app"
        )


def _chance(has: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chance of a review on each day: its share of the 61 days around."""
    around = np.ones(min(61, len(has)))
    many: NDArray[np.float64] = np.convolve(np.ones(len(has)), around, "same")
    with_review: NDArray[np.float64] = np.convolve(has, around, "same")
    return with_review / many


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20)
