"""Shares with the model's error: SQL and Python say the same."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from models.ratings.prevalence import Rates, Share, corrected, corrected_change, together
from warehouse.schema import macros


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """2,000 pairs of shares with rates, some of which say nothing."""
    con = duckdb.connect()
    con.execute(macros(over_tables=False))
    rng = np.random.default_rng(1)
    ends = np.sort(rng.uniform(0, 1, (2_000, 2, 3)), axis=2)
    spread = [rng.uniform(0, 1, 2_000), rng.uniform(0, 0.03, 2_000), rng.uniform(0, 0.5, 2_000),
              rng.uniform(0, 0.03, 2_000)]  # fmt: skip
    columns = ", ".join(f"{name} double" for name in ["l0", "m0", "h0", "l1", "m1", "h1", "a", "b", "c", "d"])
    con.execute(f"create table given (i integer, {columns}, n integer)")
    con.executemany(
        f"insert into given values ({', '.join('?' * 12)})",
        [[i, *ends[i].ravel().tolist(), *(float(s[i]) for s in spread), int(i % 50)] for i in range(2_000)],
    )
    con.execute(
        "create view told as select *, {'mean': m0, 'low': l0, 'high': h0} as before,"
        " {'mean': m1, 'low': l1, 'high': h1} as after, {'sensitivity': a, 'sensitivity_variance': b,"
        " 'fall_out': c, 'fall_out_variance': d} as rates from given"
    )
    return con


def _given(con: duckdb.DuckDBPyConnection) -> tuple[Share, Share, Rates, np.ndarray]:
    v = con.execute("from given order by i").fetchnumpy()
    column = {k: np.asarray(x) for k, x in v.items()}
    before, after = (Share(column[f"m{k}"], column[f"l{k}"], column[f"h{k}"]) for k in (0, 1))
    return before, after, Rates(*(column[k] for k in "abcd")), column["n"]


def _same(con: duckdb.DuckDBPyConnection, macro: str, found: Share) -> None:
    rows = con.execute(
        f"select s.mean, s.low, s.high from (select i, {macro} as s from told) order by i"
    ).fetchall()
    sql = np.array([[np.nan if x is None else x for x in row] for row in rows]).T
    told = ~np.isnan(found.mean)
    assert np.array_equal(~np.isnan(sql[0]), told)
    assert 0.5 < told.mean() < 0.99
    for ours, theirs in zip((found.mean, found.low, found.high), sql, strict=True):
        assert np.abs(ours[told] - theirs[told]).max() < 1e-9


def test_corrected_shares(con: duckdb.DuckDBPyConnection) -> None:
    before, _, known, _ = _given(con)
    _same(con, "corrected_share(before, rates)", corrected(before, known))


def test_corrected_changes(con: duckdb.DuckDBPyConnection) -> None:
    before, after, known, _ = _given(con)
    _same(con, "corrected_change(before, after, rates)", corrected_change(before, after, known))


def test_languages_together(con: duckdb.DuckDBPyConnection) -> None:
    before, _, known, n = _given(con)
    found = corrected(before, known)
    parts = together(
        Share(*(x.reshape(400, 5).T for x in (found.mean, found.low, found.high))), n.reshape(400, 5).T
    )
    rows = con.execute(
        "select s.mean, s.low, s.high from (select i // 5 as g,"
        " joined_shares(corrected_share(before, rates), n) as s from told group by all) order by g"
    ).fetchall()
    sql = np.array([[np.nan if x is None else x for x in row] for row in rows]).T
    for ours, theirs in zip((parts.mean, parts.low, parts.high), sql, strict=True):
        assert np.allclose(ours, theirs, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("macro", ["corrected_share(null, rates)", "corrected_share(before, null)",
                                   "corrected_change(before, null, rates)"])  # fmt: skip
def test_nothing_of_nothing(con: duckdb.DuckDBPyConnection, macro: str) -> None:
    assert con.execute(f"select count({macro}) from told").fetchone() == (0,)
