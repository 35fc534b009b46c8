"""Overview, Drivers, Rating, Releases, change points and SQL tell the same number of the same reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.components.headlines import Change, difference
from dashboard.components.legends import SMALL
from dashboard.views.overview import cards
from flows.collection.dump_import import import_file
from flows.config.load import Config
from flows.pipeline.analyse import find
from flows.sources.dumps.files import Options
from models.text.scorers import ModelChoice
from warehouse.analysis import read_facts, store
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.reads import ask, current, rows
from warehouse.schema import build
from warehouse.writes import writer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BUSIEST = 6
"""Apps of which the pages' own queries are asked, too, one by one."""
_OVERVIEW = """
with days as (
    select
        o.app, o.store, d.day > (o.as_of at time zone 'UTC')::date - 30 as is_now, d.day,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from overview o
    join ratings_daily d using (store, store_app_id)
    where d.day > (o.as_of at time zone 'UTC')::date - 60 and d.day <= (o.as_of at time zone 'UTC')::date
    group by all
),
spans as (
    select app, store, is_now, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as i from days group by all
)
select
    o.*, c.mean_before, c.mean_after, c.change, c.low as drivers_low, c.high as drivers_high,
    now.i as sql_now, before.i as sql_before, difference_interval(before.i, now.i) as sql_change
from overview o
join driver_comparisons c on c.app = o.app and c.store = o.store and c.comparison = 'last_30d'
join spans now on now.app = o.app and now.store = o.store and now.is_now
join spans before on before.app = o.app and before.store = o.store and not before.is_now
order by o.n_30d desc
"""
_RELEASES = """
select c.app, c.comparison, c.change, c.low, c.high, i.effect, i.low, i.high
from driver_comparisons c
join release_impact i
    on i.app = c.app and i.store = c.store and c.comparison = 'release:' || i.release_version
    and i.measure = 'mean_stars'
"""
_CHANGES = """
select c.app, c.comparison, c.change, c.low, c.high, p.size, p.low, p.high
from driver_comparisons c
join change_points p
    on p.app = c.app and p.store = c.store and p.series = 'B' and c.comparison = 'change:' || p.changed_on
"""
_WEEKS = """
with days as (
    select app, store, date_trunc('week', day)::date as week, day,
        sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
    from ratings_daily group by all
),
recounted as (
    select app, store, week, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as i from days group by all
)
select s.app, s.period_start, s.value, s.low, s.high, r.i.mean, r.i.low, r.i.high
from rating_series s join recounted r on r.app = s.app and r.store = s.store and r.week = s.period_start
where s.series = 'B'
"""


def _silent(_: object) -> None:
    pass


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The real dump, analysed and published; no model has read it, as only stars matter here."""
    data = tmp_path_factory.mktemp("engine")
    for name in ("covid_apps_reviews.csv.gz", "covid_apps_versions.csv"):
        import_file(shared / "reviews" / name, Options(), Landing(data), run_id="run", progress=_silent)
    with writer(data) as w:
        w.load(NOW)
        facts = read_facts(w, "made")
        found = find(facts, Config(data=data, apps=(), topics=(), model=ModelChoice()))
        store(w, "made", found, NOW)
        build(w.con)
    yield publish(data, NOW).path


@pytest.fixture(scope="module", params=["demo", "real"])
def published(request: pytest.FixtureRequest) -> Path:
    """The sample data, and the real dump where the shared folder is."""
    given: Path = request.getfixturevalue(request.param)
    return current(given) if request.param == "demo" else given


def _rows(path: Path, sql: str) -> list[dict[str, Any]]:
    names, found = ask(path, sql)
    return [dict(zip(names, row, strict=True)) for row in found]


def _scope(row: dict[str, Any]) -> dict[str, Any]:
    return {"app": row["app"], "stores": (row["store"],), "places": None, "versions": None}


def _change(told: dict[str, Any]) -> Change:
    return Change(told["change"], told["low"], told["high"])


def test_overview_drivers_and_sql_tell_every_app_alike(published: Path) -> None:
    apps = _rows(published, _OVERVIEW)
    (compared,) = _rows(
        published, "select count(*) as n from overview where n_30d > 0 and mean_prev_30d is not null"
    )
    assert len(apps) == compared["n"] >= 2
    for row in apps:
        overview = Change(row["change_30d"], row["change_low"], row["change_high"])
        drivers = Change(row["change"], row["drivers_low"], row["drivers_high"])
        for other in (drivers, _change(row["sql_change"])):
            assert (overview.value, overview.low, overview.high) == pytest.approx(
                (other.value, other.low, other.high), abs=1e-9
            ), row["app"]
            assert overview.direction == other.direction
        assert (row["mean_30d"], row["low_30d"], row["high_30d"]) == pytest.approx(
            tuple(row["sql_now"][k] for k in ("mean", "low", "high")), abs=1e-9
        )
        assert (row["mean_30d"], row["mean_prev_30d"]) == pytest.approx(
            (row["mean_after"], row["mean_before"])
        )
        few = min(row["n_30d"], row["n_prev_30d"]) < SMALL
        assert cards.change_of(SimpleNamespace(**row)).direction == ("unknown" if few else drivers.direction)


def test_the_rating_page_tells_the_change_of_the_overview(published: Path) -> None:
    for row in _rows(published, _OVERVIEW)[:BUSIEST]:
        last = row["as_of"].astimezone(UTC).date()
        now, before = (
            rows(
                published,
                "rating_span",
                first=last - timedelta(k + 29),
                last=last - timedelta(k),
                **_scope(row),
            )
            for k in (0, 30)
        )
        page = difference(SimpleNamespace(**now[0]), SimpleNamespace(**before[0]))
        assert (page.value, page.low, page.high) == pytest.approx(
            (row["change_30d"], row["change_low"], row["change_high"]), abs=1e-9
        )
        assert (now[0]["low"], now[0]["high"]) == pytest.approx((row["low_30d"], row["high_30d"]), abs=1e-9)


@pytest.mark.parametrize("sql", [_RELEASES, _CHANGES, _WEEKS], ids=["releases", "changes", "weeks"])
def test_the_pages_and_sql_have_the_same_intervals(published: Path, sql: str) -> None:
    _, found = ask(published, sql)
    assert found
    for app, which, *values in found:
        assert values[:3] == pytest.approx(values[3:], abs=1e-9), (app, which)


def test_a_verdict_never_contradicts_its_interval(published: Path) -> None:
    """It may hold back, as it allows for wandering; it never tells a change that the interval does not."""
    told = _rows(published, "select * from release_impact where verdict in ('better', 'worse')")
    assert told
    assert [r for r in told if r["low"] <= 0 <= r["high"]] == []


def _busiest(published: Path) -> list[dict[str, Any]]:
    """The busiest apps with the first and the last day of their reviews."""
    return _rows(
        published,
        "select app, store, min(day) as first, max(day) as last, sum(n) as n from ratings_daily group by all"
        f" order by n desc, app, store limit {BUSIEST}",
    )


def test_a_version_is_told_alike_in_its_table_and_by_the_page(published: Path) -> None:
    every = _rows(
        published, "select *, coalesce(version, 'unknown') as name from ratings_by_version where n > 0"
    )
    for app in _busiest(published):
        page = rows(published, "rating_versions", first=app["first"], last=app["last"], **_scope(app))
        table = {r["name"]: r for r in every if (r["app"], r["store"]) == (app["app"], app["store"])}
        assert len(page) == len(table)
        for row in page:
            other = table[row["version"]]
            assert [row[k] for k in ("n", "mean", "low", "high")] == pytest.approx(
                [other[k] for k in ("n", "mean", "low", "high")], abs=1e-9
            )


def test_a_weeks_interval_on_the_rating_page_is_that_of_the_series(published: Path) -> None:
    series = _rows(published, "select * from rating_series where series = 'B'")
    for app in _busiest(published):
        first = app["first"] - timedelta(app["first"].weekday())
        weeks = rows(published, "rating_periods", grain="week", first=first, last=app["last"], **_scope(app))
        page = {w["first_day"]: w for w in weeks}
        ours = [s for s in series if (s["app"], s["store"]) == (app["app"], app["store"])]
        assert ours
        for point in ours:
            shown = page[point["period_start"]]
            assert (point["n"], point["value"], point["low"], point["high"]) == pytest.approx(
                (shown["n"], shown["mean"], shown["low"], shown["high"]), abs=1e-9
            )
