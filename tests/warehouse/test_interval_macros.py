"""The interval engine in SQL against the same in Python: one definition, to 1e-9."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from models.ratings.intervals import (
    SENTIMENT_SCALE,
    SHARE_SCALE,
    STAR_SCALE,
    STARS,
    DaySums,
    Scale,
    day_sums,
    difference,
    estimate,
    star_sums,
)
from warehouse.schema import macros

WORLDS, DAYS = 600, 40
_RATED = "n_1 + n_2 + n_3 + n_4 + n_5"
_SUMS = {
    "stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5))": STAR_SCALE,
    f"share_interval(share_sums(n_1, {_RATED}))": SHARE_SCALE,
    "tone_interval(day_sums(n_1 + n_2 + n_3, n_3 - n_1, n_3 + n_1))": SENTIMENT_SCALE,
}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(macros(over_tables=False))
    return connection


def worlds() -> NDArray[np.int64]:
    """Star counts by day (worlds x days x 5): few and many days and reviews, all of a kind, none."""
    rng = np.random.default_rng(17)
    made = np.zeros((WORLDS, DAYS, 5), dtype=np.int64)
    for i in range(1, WORLDS):
        days = int(rng.integers(1, DAYS + 1))
        a_day = rng.poisson(rng.choice([0.2, 2, 30, 3000]) * rng.gamma(0.5, 2, days))
        shares = rng.dirichlet([rng.choice([0.01, 0.3, 3.0])] * 5, days if i % 2 else 1)
        made[i, :days] = rng.multinomial(a_day, np.broadcast_to(shares, (days, 5)))
    return made


def as_table(made: NDArray[np.int64]) -> pa.Table:
    world, day = np.indices(made.shape[:2]).reshape(2, -1)
    stars = made.reshape(-1, 5)
    return pa.table({"world": world, "day": day, **{f"n_{k + 1}": stars[:, k] for k in range(5)}})


def of_python(made: NDArray[np.int64], scale: Scale) -> DaySums:
    daily = made.swapaxes(0, 1)
    if scale is STAR_SCALE:
        return star_sums(daily)
    if scale is SHARE_SCALE:
        return day_sums(daily.sum(axis=2), daily[..., 0], daily[..., 0])
    poor, even, good = (daily[..., k] for k in range(3))
    return day_sums(poor + even + good, good - poor, good + poor)


@pytest.mark.parametrize(("macro", "scale"), _SUMS.items(), ids=["stars", "share", "tone"])
def test_sql_and_the_analysis_have_the_same_intervals(
    con: duckdb.DuckDBPyConnection, macro: str, scale: Scale
) -> None:
    made = worlds()
    con.register("days", as_table(made))
    found = con.execute(f"select {macro} from days group by world order by world").fetchall()
    e = estimate(of_python(made, scale), scale)
    assert found[0] == (None,)
    for world, (row,) in enumerate(found):
        expected = [float(x[world]) for x in (e.mean, e.low, e.high, e.design)]
        if row is None:
            assert np.isnan(expected).all()
            continue
        assert [row[k] for k in ("mean", "low", "high", "design")] == pytest.approx(expected, rel=1e-9)
        assert scale.low <= row["low"] < row["high"] <= scale.high


def test_sql_and_the_analysis_have_the_same_differences(con: duckdb.DuckDBPyConnection) -> None:
    made = worlds()
    con.register("days", as_table(made))
    found = con.execute(
        "with d as ("
        "    select world, stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) as i from days group by world)"
        " select difference_interval(b.i, a.i) from d b join d a on a.world = b.world + 1 order by b.world"
    ).fetchall()
    daily = made.swapaxes(0, 1)
    old, new = (estimate(star_sums(x), STAR_SCALE) for x in (daily[:, :-1], daily[:, 1:]))
    low, high = difference(old, new)
    for world, (row,) in enumerate(found):
        expected = [float(x[world]) for x in (new.mean - old.mean, low, high)]
        if row is None:
            assert np.isnan(expected).all()
        else:
            assert [row[k] for k in ("change", "low", "high")] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert sum(row is not None for (row,) in found) > 100


@pytest.mark.parametrize("of", ["utinyint", "smallint", "integer", "hugeint"])
def test_small_types_do_not_overflow(con: duckdb.DuckDBPyConnection, of: str) -> None:
    con.register("days", as_table(np.array([[[0, 0, 0, 100, 120], [200, 0, 0, 0, 250]]])))
    columns = ", ".join(f"n_{k}::{of} as n_{k}" for k in range(1, 6))
    wide, small = (
        con.execute(
            f"select stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5)) from (select {c} from days)"
        ).fetchall()
        for c in ("*", columns)
    )
    assert wide == small


@pytest.mark.parametrize("of", ["tinyint", "hugeint"])
def test_the_mean_is_the_mean_and_null_without_stars(con: duckdb.DuckDBPyConnection, of: str) -> None:
    select = f"select rating_mean($a::{of}, $b::{of}, $c::{of}, $d::{of}, $e::{of})"
    counts = [3, 0, 40, 100, 120]
    row = con.execute(select, dict(zip("abcde", counts, strict=True))).fetchone()
    assert row == (pytest.approx(np.average(STARS, weights=counts)),)
    assert con.execute(select, dict.fromkeys("abcde", 0)).fetchone() == (None,)
