"""Days of a time zone: what queries say by them is what the reviews come to, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import review
from tests.warehouse.house import NOW, build_all, classify, land, open_writer
from warehouse import local_days, reads
from warehouse.local_days import tell
from warehouse.publish import publish
from warehouse.reads import named_sql
from warehouse.schema import build, check, macros
from warehouse.writes import CATALOG, Writer

ZONES = ("Europe/Berlin", "Asia/Tokyo", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "UTC")
APP = {"app": "jp.example.app", "stores": None, "places": None, "versions": None}
QUARTER = timedelta(minutes=15)
Row = dict[str, Any]


def asked(con: duckdb.DuckDBPyConnection, name: str, zone: str, **parameters: Any) -> list[Row]:
    """What a named query says by the days of a zone, on a connection of its own."""
    own, sql = con.cursor(), local_days.asked_by(name, named_sql(name), zone)
    own.execute("set TimeZone = 'UTC'")
    # Where a publication has a table, a working file has a view, without the rowid that a page is found by.
    own.execute(f"create temp table reviews as from {CATALOG}.main.reviews")
    tell(own, sql, zone)
    cursor = own.execute(sql, {k: v for k, v in (APP | parameters).items() if f"${k}" in sql})
    names = [c[0] for c in cursor.description or []]
    return [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]


def own_day(moment: datetime, zone: str) -> date:
    """The day by Python's own knowledge of zones; a date without a time is itself."""
    is_day = moment == moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return (moment if is_day else moment.astimezone(ZoneInfo(zone))).date()


def filled(folder: Path, moments: list[datetime]) -> Writer:
    """A review of each moment: stars 1 to 5 in turn, every second negative and about logging in."""
    w = open_writer(folder)
    texts = {n: "bad" if n % 2 else "good" for n in range(len(moments))}
    land(
        folder, "b1",
        *(
            review(f"r{n}", rating=n % 5 + 1, text=texts[n], reviewed_at=m, seen_at=NOW, version=f"{n % 3}.0")
            for n, m in enumerate(moments)
        ),
    )  # fmt: skip
    w.load(NOW)
    classify(w, {"bad": ("negative", ["login"]), "good": ("positive", [])})
    build(w.con)
    return w


# About the days on which some of the zones turn their clocks, and one that Apia did not have.
_TURNS = ("2026-03-29", "2026-10-25", "2011-12-30", "2026-03-08", "2026-11-01", "2024-02-29")
_SOME = st.sampled_from([datetime.fromisoformat(f"{on}T00:00Z") for on in _TURNS])
_MOMENT = st.one_of(
    st.builds(lambda d, s: d + timedelta(seconds=s), _SOME, st.integers(-200_000, 200_000)),
    # A date without a time.
    st.builds(lambda d, n: d + timedelta(n), _SOME, st.integers(-3, 3)),
)


@settings(max_examples=5, deadline=None)
@given(moments=st.lists(_MOMENT, min_size=1, max_size=60, unique=True))
def test_figures_by_local_days_are_those_of_the_reviews_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, moments: list[datetime]
) -> None:
    w = filled(tmp_path_factory.mktemp("w"), moments)
    assert [
        f.check for f in check(w.con) if "add_up" in f.check or "grain" in f.check or "null" in f.check
    ] == []
    for zone in ZONES:
        stars: dict[date, list[int]] = defaultdict(lambda: [0] * 5)
        bad: dict[date, int] = defaultdict(int)
        for n, moment in enumerate(moments):
            on = own_day(moment, zone)
            stars[on][n % 5] += 1
            bad[on] += n % 2
        # All but the last day, so that the bounds of the span count, too.
        days = sorted(stars)
        first, last = days[0], days[-2] if len(days) > 2 else days[-1]
        span = {"first": first, "last": last}
        within = {k: v for k, v in stars.items() if first <= k <= last}
        n_bad = sum(n for k, n in bad.items() if first <= k <= last)

        periods = asked(w.con, "rating_periods", zone, grain="month", **span)
        assert sum(p["n"] for p in periods) == sum(map(sum, within.values()))
        (row,) = asked(w.con, "rating_span", zone, **span)
        assert row["n"] == sum(map(sum, within.values()))
        assert [row[f"n_{k}"] for k in range(1, 6)] == [
            sum(v[k - 1] for v in within.values()) for k in range(1, 6)
        ]
        assert row["n_negative"] == n_bad
        # The interval counts local days as draws.
        w.con.execute(
            "create or replace temp table by_day as select unnest($v::bigint[][]) as s",
            {"v": list(within.values())},
        )
        ((by_day,),) = w.con.execute(
            "select stars_interval(star_sums(s[1], s[2], s[3], s[4], s[5])) from by_day"
        ).fetchall()
        assert (row["mean"], row["low"], row["high"]) == pytest.approx(
            (by_day["mean"], by_day["low"], by_day["high"])
        )

        topics = {t["first_day"]: t["n"] for t in asked(w.con, "topic_periods", zone, grain="week", **span)}
        weeks: dict[date, int] = defaultdict(int)
        for on, n in bad.items():
            if first <= on <= last and n:
                weeks[on - timedelta(on.weekday())] += n
        assert topics == weeks

        wish = dict.fromkeys(
            ("words", "topic", "sentiment", "stars", "edited", "answered", "disagrees", "unsure", "vanished")
        )
        in_all, *found = asked(w.con, "review_found", zone, grain="month", **span, **wish)
        assert in_all["n"] == row["n"]
        assert (in_all["low"], in_all["high"]) == pytest.approx((row["low"], row["high"]))
        assert [f["n"] for f in found] == [p["n"] for p in periods]
        page = asked(w.con, "review_search", zone, count=100, skip=0, sort="newest", **span, **wish)
        assert {own_day(r["reviewed_at"], zone) for r in page} == set(within)
        (known,) = asked(w.con, "known_days", zone)
        assert known["first_day"] == days[0]


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], Writer]:
    """A review in each quarter of the days about one; made once a day, as questions change nothing."""

    @cache
    def made(on: date) -> Writer:
        began = datetime(on.year, on.month, on.day, 12, tzinfo=UTC) - timedelta(days=2)
        # A minute after each quarter, so that none is a date without a time.
        moments = [began + n * QUARTER + timedelta(minutes=1) for n in range(96 * 4)]
        return filled(tmp_path_factory.mktemp("about"), moments)

    return made


@pytest.mark.parametrize(
    ("zone", "on", "quarters"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 92),
        ("Europe/Berlin", date(2026, 10, 25), 100),
        ("America/St_Johns", date(2026, 3, 8), 92),
        ("America/St_Johns", date(2026, 11, 1), 100),
        ("Asia/Tokyo", date(2026, 3, 29), 96),
        ("Asia/Kathmandu", date(2026, 3, 29), 96),
        ("Australia/Lord_Howe", date(2026, 4, 5), 98),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock(
    about: Callable[[date], Writer], zone: str, on: date, quarters: int
) -> None:
    w = about(on)
    rows = asked(w.con, "rating_periods", zone, grain="day", first=on, last=on)
    assert [(r["first_day"], r["n"]) for r in rows] == [(on, quarters)]


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """Reviews of dates without a time."""
    return filled(tmp_path_factory.mktemp("dates"), [datetime(2026, 5, n, tzinfo=UTC) for n in (3, 4, 6)])


@pytest.mark.parametrize("zone", ZONES)
def test_a_date_without_a_time_stays_that_date(dates: Writer, zone: str) -> None:
    rows = asked(
        dates.con, "rating_periods", zone, grain="day", first=date(2026, 5, 3), last=date(2026, 5, 6)
    )
    assert [r["n"] for r in rows] == [1, 1, 0, 1]


@pytest.mark.parametrize("zone", [*ZONES, "Africa/Casablanca", "America/Havana", "Africa/Cairo"])
def test_sql_knows_the_days_that_python_knows(zone: str) -> None:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(macros(over_tables=False))
    for name in ("ratings", "topics"):
        con.execute(
            f"create table {name}_quarter_hourly as select d::date as day, q as quarter from range("
            "date '2012-01-01', date '2029-06-01', interval 5 day) t(d), range(96) s(q)"
        )
    tell(con, "day_of ratings_daily", zone)
    if zone == "UTC":
        assert "ratings_daily" not in {
            n for (n,) in con.execute("select view_name from duckdb_views()").fetchall()
        }
        return
    rows = con.execute(
        "select day, quarter, local_day(day, quarter),"
        " day_of((day + to_minutes(15 * quarter::bigint + 7)) at time zone 'UTC')"
        " from ratings_quarter_hourly where (quarter + dayofyear(day)) % 7 = 0"
    ).fetchall()
    at = ZoneInfo(zone)
    wrong = [
        (on, q)
        for on, q, *told in rows
        if told != 2 * [(datetime(on.year, on.month, on.day, tzinfo=UTC) + q * QUARTER).astimezone(at).date()]
    ]
    assert wrong == []


def test_a_zone_that_nobody_knows_is_named() -> None:
    assert not local_days.is_zone("Mars/Olympus") and not local_days.is_zone("../etc/passwd")
    assert local_days.is_zone("Asia/Tokyo") and local_days.is_zone("UTC")
    with pytest.raises(ValueError, match="Mars/Olympus"):
        tell(duckdb.connect(), "day_of", "Mars/Olympus")


def test_a_publication_is_asked_by_the_days_of_a_zone(tmp_path: Path) -> None:
    # 00:30 in Tokyo on the 2nd, 15:30 of the 1st in UTC
    land(tmp_path, "b1", review(reviewed_at=datetime(2026, 3, 1, 15, 30, tzinfo=UTC)))
    build_all(tmp_path)
    path = publish(tmp_path, NOW).path
    assert reads.tells_local_days(path)
    span: dict[str, Any] = {"grain": "day", "first": date(2026, 3, 1), "last": date(2026, 3, 2)}
    by_zone = {
        zone: [r["n"] for r in reads.rows(path, "rating_periods", zone=zone, **APP, **span)]
        for zone in ("UTC", "Asia/Tokyo", "America/St_Johns")
    }
    assert by_zone == {"UTC": [1, 0], "Asia/Tokyo": [0, 1], "America/St_Johns": [1, 0]}
