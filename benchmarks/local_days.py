"""What days of a time zone cost: in the published file, in a publication, and at each question.

    python benchmarks/local_days.py [--reviews N] [--apps N] [--data FOLDER]

Made reviews (benchmarks/generated.py) are built and published. Told are how large the counts by quarter of an
hour are beside the whole file, how long they take to build and to write, and how long questions take by UTC
days, by days of a zone, and by days of a zone that are counted from the reviews themselves: the way without
those tables. Processor time, the median of five, two threads.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated
from warehouse import local_days, reads
from warehouse.publish import publish
from warehouse.schema import build, marts
from warehouse.writes import writer

TABLES = ("ratings_daily", "topics_daily", "ratings_quarter_hourly", "topics_quarter_hourly")
ZONE = "Europe/Berlin"
SPAN = {"first": date(2024, 11, 1), "last": date(2026, 10, 30)}
SCOPE: dict[str, Any] = {"app": "app0", "stores": None, "places": None, "versions": None, **SPAN}
NO_WISH: dict[str, Any] = dict.fromkeys(
    ("words", "topic", "sentiment", "stars", "edited", "answered", "disagrees", "unsure", "vanished")
)
QUESTIONS: dict[str, dict[str, Any]] = {
    "rating_span": SCOPE,
    "rating_periods": SCOPE | {"grain": "week"},
    "topic_changes": SCOPE,
    "shares_with_error": SCOPE,
    "review_found": SCOPE | NO_WISH | {"grain": "week"},
    "overview": {},
    "overview_trend": {},
    "week_apps": {"first": date(2026, 10, 12), "last": date(2026, 10, 18)},
}
# Without the tables: what they hold, from the reviews.
FROM_REVIEWS = """
create or replace temp view ratings_daily as
select
    r.app, r.store, r.store_app_id, r.language, r.country, named_version(r.version) as version,
    day_of(r.reviewed_at) as day, 1 as n,
    (r.rating = 1)::int as n_1, (r.rating = 2)::int as n_2, (r.rating = 3)::int as n_3,
    (r.rating = 4)::int as n_4, (r.rating = 5)::int as n_5, (r.rating is null)::int as n_unrated,
    coalesce(p.sentiment <> 'not_covered', false)::int as n_classified,
    coalesce(p.sentiment = 'not_covered', false)::int as n_not_covered,
    coalesce(p.sentiment = 'negative', false)::int as n_negative,
    coalesce(p.sentiment = 'neutral', false)::int as n_neutral,
    coalesce(p.sentiment = 'positive', false)::int as n_positive
from reviews r left join predictions p using (app, store, store_app_id, review_id);
create or replace temp view topics_daily as
select
    r.app, r.store, r.store_app_id, r.language, r.country, named_version(r.version) as version,
    day_of(r.reviewed_at) as day, t.topic, 1 as n,
    (r.rating = 1)::int as n_1, (r.rating = 2)::int as n_2, (r.rating = 3)::int as n_3,
    (r.rating = 4)::int as n_4, (r.rating = 5)::int as n_5,
    (p.sentiment = 'negative')::int as n_negative, (p.sentiment = 'neutral')::int as n_neutral,
    (p.sentiment = 'positive')::int as n_positive
from topics t
join reviews r using (app, store, store_app_id, review_id)
join predictions p using (app, store, store_app_id, review_id)
"""


def spent(work: Callable[[], object], times: int = 1) -> float:
    """Median processor seconds of doing something."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return statistics.median(took)


def made(data: Path, apps: int, reviews: int) -> None:
    """Fill, build and publish, and tell what each table took of it."""
    with writer(data) as w:
        generated.fill(w, apps=apps, reviews=reviews, skew=2.0)
        print(f"build all marts            {spent(lambda: build(w.con)):8.2f} s")
        for mart in marts():
            if mart.name in TABLES:
                print(f"  build {mart.name:<23}{spent(lambda sql=mart.sql: w.con.execute(sql)):6.2f} s")  # type: ignore[misc]
    print(f"publish                    {spent(lambda: publish(data, datetime.now(UTC))):8.2f} s")


def sizes(path: Path, scratch: Path) -> None:
    """How large each of the tables is, and how long it takes to write."""
    print(f"published file             {path.stat().st_size / 1e6:8.1f} MB")
    with duckdb.connect(str(scratch)) as con:
        con.execute(f"ATTACH '{path}' AS made (READ_ONLY)")
        for name in TABLES:
            ((rows,),) = con.execute(f"select count(*) from made.{name}").fetchall()
            before = scratch.stat().st_size
            took = spent(lambda n=name: con.execute(f"create table {n} as from made.{n}; checkpoint"))  # type: ignore[misc]
            size = (scratch.stat().st_size - before) / 1e6
            print(f"  {name:<23}{rows:>10} rows {size:8.1f} MB, written in {took:5.2f} s")


def questions(path: Path) -> None:
    """How long questions take, by UTC days, by a zone's, and by a zone's without the tables."""
    print(f"{'':<20}{'UTC':>9}{ZONE:>16}{'from reviews':>14}")
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set threads = 2; set TimeZone = 'UTC'")
        for name, asked in QUESTIONS.items():
            told = []
            for way in ("UTC", "zone", "reviews"):
                zone = "UTC" if way == "UTC" else ZONE
                own, sql = con.cursor(), local_days.asked_by(name, reads.named_sql(name), zone)
                own.execute("set TimeZone = 'UTC'")

                def ask(own: Any = own, sql: str = sql, zone: str = zone, way: str = way) -> None:
                    local_days.tell(own, sql, zone)
                    if way == "reviews" and "_daily" in sql:
                        own.execute(FROM_REVIEWS)
                    own.execute(sql, asked or None).fetchall()  # noqa: B023 - called at once

                ask()
                told.append(spent(ask, 5))
            print(f"{name:<20}{told[0]:>7.3f} s{told[1]:>14.3f} s{told[2]:>12.3f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--reviews", type=int, default=1_000_000)
    parser.add_argument("--apps", type=int, default=20)
    parser.add_argument("--data", type=Path)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = told.data or Path(folder) / "data"
        if not (where / reads.LINK).exists():
            made(where, told.apps, told.reviews)
        sizes(reads.current(where), Path(folder) / "scratch.duckdb")
        questions(reads.current(where))
