"""Do two houses that heard of the same days publish the same? What no machine can know that was off is named.

Everything is compared row by row and value by value (`benchmarks.same_tables`), but for what tells how the
data came in (when, by which run, in how many requests), and for what was to be seen on single days only: the
score that a store showed, and what was said of a release that day. Of those the tried house must have every
row but those of the days on which it could not ask, and say the same in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.same_tables import compare

HOW_IT_CAME = frozenset({"coverage", "publications", "publication", "models", "redactions"})
"""Tables that tell of requests, runs and files, and how often what was sighted held a number."""
WHEN_SEEN = frozenset({
    "reviews.first_seen_at", "reviews.last_seen_at", "review_history.first_seen_at",
    "review_history.last_seen_at", "review_history.seen_from", "review_history.seen_until",
    "overview.as_of", "overview.displayed_at", "overview.displayed_before_at",
    "overview.displayed_score_before", "vanished_reviews.last_seen_at",
    "vanished_reviews.vanished_at", "releases.first_seen_at",
})  # fmt: skip
"""Columns that tell when a machine saw something."""
ONLY_THAT_DAY = {
    "rating_snapshots": "false", "verdict_history": "false", "rating_series": "series = 'B'",
    "change_points": "series = 'B'", "series_events": "source <> 'detected'",
}  # fmt: skip
"""Of tables that hold what was to be seen on single days, the rows that are of reviews all the same."""


def differences(calm: Path, tried: Path, relative: float = 1e-9) -> Iterator[str]:
    """What differs between two published files that may not."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for side, path in (("old", calm), ("new", tried)):
            con.execute(f"attach '{path.resolve()}' as whole_{side} (read_only)")
            con.execute(f"attach ':memory:' as {side}")
            for name in _tables(con, f"whole_{side}") - HOW_IT_CAME:
                rows = ONLY_THAT_DAY.get(name, "true")
                con.execute(f"create table {side}.{name} as from whole_{side}.{name} where {rows}")
        for line in compare(con, relative):
            if line.partition(":")[0] not in WHEN_SEEN:
                yield line


def _tables(con: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = 'main'", [side]
    ).fetchall()
    return {name for (name,) in rows}


def scores(path: Path) -> set[tuple[Any, ...]]:
    """What each store showed on each day on which it was asked: app, store, day, score, ratings."""
    columns = "app, store, observed_at::date, displayed_score, ratings_count, version"
    return set(_asked(path, f"select {columns} from rating_snapshots"))


def days_of_scores(path: Path, store: str) -> set[date]:
    """Days (UTC) on which a store's score was seen."""
    return {day for _, of, day, *_ in scores(path) if of == store}


def verdicts(path: Path) -> list[tuple[Any, ...]]:
    """What is said of each release in the end."""
    return _asked(
        path,
        "select app, store, release_version, measure, verdict, why, round(effect, 9) from verdict_history "
        "where until_on is null order by all",
    )


def _asked(path: Path, select: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path.resolve()), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return con.execute(select).fetchall()
