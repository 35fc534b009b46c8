"""Overview, Drivers, Rating, Releases, change points and SQL tell the same number of the same reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import standing
from dashboard.axes import SMALL
from dashboard.findings import Change, difference
from flows.analyse import find
from flows.config import Config
from flows.imports import import_file
from flows.sources.files import Options
from models.scorers import ModelChoice
from warehouse.analysis import read_facts, store
from warehouse.landing import Landing
from warehouse.marts import build
from warehouse.publish import publish
from warehouse.reads import ask, current, rows
from warehouse.writes import writer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_OVERVIEW = """
select o.*, c.mean_before, c.mean_after, c.change, c.low as drivers_low, c.high as drivers_high
from overview o join driver_comparisons c on c.app = o.app and c.store = o.store and c.comparison = 'last_30d'
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
        found = find(facts, Config(data=data, apps=(), topics=(), model=ModelChoice()), _silent)
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


def _word(change: Change) -> str:
    return change.direction


def test_overview_drivers_and_sql_tell_every_app_alike(published: Path) -> None:
    apps = _rows(published, _OVERVIEW)
    assert len(apps) >= 2
    for row in apps:
        told = Change(row["change_30d"], row["change_low"], row["change_high"])
        drivers = Change(row["change"], row["drivers_low"], row["drivers_high"])
        last = row["as_of"].astimezone(UTC).date()
        scope = {"app": row["app"], "stores": (row["store"],), "places": None, "versions": None}
        spans = [(last - timedelta(29), last), (last - timedelta(59), last - timedelta(30))]
        now, before = (
            rows(published, "rating_span", first=first, last=until, **scope)[0] for first, until in spans
        )
        sql = difference(now, before)
        values = [(c.value, c.low, c.high) for c in (told, drivers, sql)]
        assert values[0] == pytest.approx(values[1], abs=1e-9), row["app"]
        assert values[0] == pytest.approx(values[2], abs=1e-9), row["app"]
        means = row["mean_30d"], row["low_30d"], row["high_30d"], row["mean_prev_30d"]
        assert means == pytest.approx((now["mean"], now["low"], now["high"], before["mean"]), abs=1e-9)
        assert (row["mean_30d"], row["mean_prev_30d"]) == pytest.approx((row["mean_after"], row["mean_before"]))
        assert told.direction == drivers.direction == sql.direction
        few = min(row["n_30d"], row["n_prev_30d"]) < SMALL
        assert standing.change_of(row).direction == ("unknown" if few else drivers.direction)


@pytest.mark.parametrize("sql", [_RELEASES, _CHANGES, _WEEKS], ids=["releases", "changes", "weeks"])
def test_the_pages_and_sql_have_the_same_intervals(published: Path, sql: str) -> None:
    _, found = ask(published, sql)
    assert found
    for app, which, *values in found:
        assert values[:3] == pytest.approx(values[3:], abs=1e-9), (app, which)


def test_a_version_is_told_alike_in_its_table_and_by_the_page(published: Path) -> None:
    every = _rows(published, "select * from ratings_by_version where n > 0")
    days = _rows(published, "select app, min(day) as first, max(day) as last from ratings_daily group by app")
    found = {
        (d["app"], r["store"], r["version"]): r
        for d in days
        for r in rows(published, "rating_versions", stores=None, places=None, versions=None, **d)
    }
    assert len(every) == len(found)
    for row in every:
        page = found[row["app"], row["store"], row["version"] or "unknown"]
        assert (row["n"], row["mean"], row["low"], row["high"]) == pytest.approx(
            (page["n"], page["mean"], page["low"], page["high"]), abs=1e-9
        )


def test_a_weeks_interval_on_the_rating_page_is_that_of_the_series(published: Path) -> None:
    series = _rows(published, "select * from rating_series where series = 'B'")
    ends = _rows(
        published, "select app, store, min(day) as first, max(day) as last from ratings_daily group by all"
    )
    for end in ends:
        scope = {"app": end["app"], "stores": (end["store"],), "places": None, "versions": None}
        page = {
            p["first_day"]: p
            for p in rows(published, "rating_periods", grain="week", first=end["first"] - timedelta(6),
                          last=end["last"], **scope)
        }  # fmt: skip
        for point in (s for s in series if (s["app"], s["store"]) == (end["app"], end["store"])):
            shown = page.get(point["period_start"])
            if shown is not None:
                assert (point["n"], point["value"], point["low"], point["high"]) == pytest.approx(
                    (shown["n"], shown["mean"], shown["low"], shown["high"]), abs=1e-9
                )
