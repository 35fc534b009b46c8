"""The star statistics in SQL against a reference in numpy."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.marts import macros

_con = duckdb.connect(":memory:")
_con.execute(macros())
_STARS = np.arange(1, 6)
_counts = st.lists(st.integers(0, 50_000), min_size=5, max_size=5)


def _sql(macro: str, counts: list[int], of: str = "BIGINT") -> float | None:
    columns = ", ".join(f"cast(${k} as {of})" for k in range(1, 6))
    row = _con.execute(f"select {macro}({columns})", counts).fetchone()
    assert row is not None
    return row[0]


def _posterior(counts: list[int]) -> tuple[float, float]:
    """Mean and standard deviation of sum k * theta_k, theta ~ Dirichlet(n + 1/2), by its covariance."""
    alpha = np.array(counts) + 0.5
    total = alpha.sum()
    share = alpha / total
    covariance = (np.diag(share) - np.outer(share, share)) / (total + 1)
    return float(_STARS @ share), math.sqrt(_STARS @ covariance @ _STARS)


@settings(deadline=None)
@given(_counts)
def test_posterior_moments_are_those_of_the_dirichlet(counts: list[int]) -> None:
    mean, sd = _posterior(counts)
    assert _sql("rating_posterior_mean", counts) == pytest.approx(mean)
    assert _sql("rating_posterior_sd", counts) == pytest.approx(sd, rel=1e-6)


@settings(deadline=None)
@given(_counts)
def test_the_interval_holds_both_means_and_stays_on_the_scale(counts: list[int]) -> None:
    mean, sd = _posterior(counts)
    plain = np.average(_STARS, weights=counts) if any(counts) else mean
    low, high = _sql("rating_low", counts), _sql("rating_high", counts)
    assert low == pytest.approx(max(1, min(plain, mean - 1.959964 * sd)))
    assert high == pytest.approx(min(5, max(plain, mean + 1.959964 * sd)))
    assert 1 <= low < mean < high <= 5


@settings(deadline=None)
@given(_counts.filter(any))
def test_the_mean_is_the_mean(counts: list[int]) -> None:
    assert _sql("rating_mean", counts) == pytest.approx(np.average(_STARS, weights=counts))


def test_without_stars_there_is_no_mean() -> None:
    assert _sql("rating_mean", [0, 0, 0, 0, 0]) is None


@pytest.mark.parametrize("of", ["TINYINT", "SMALLINT", "INTEGER", "HUGEINT"])
def test_small_types_do_not_overflow(of: str) -> None:
    counts = [0, 0, 0, 100, 120]
    assert _sql("rating_mean", counts, of) == pytest.approx(1000 / 220)
    assert _sql("rating_posterior_sd", counts, of) == pytest.approx(_posterior(counts)[1])


def test_the_interval_covers_as_often_as_it_says() -> None:
    """10,000 draws of 40 reviews: the true mean lies inside close to 95 times in 100."""
    rng = np.random.default_rng(7)
    truth = np.array([0.35, 0.1, 0.1, 0.15, 0.3])
    drawn = rng.multinomial(40, truth, size=10_000)
    _con.execute("create or replace table drawn (n1 int, n2 int, n3 int, n4 int, n5 int)")
    _con.execute("insert into drawn select unnest($a), unnest($b), unnest($c), unnest($d), unnest($e)", {
        name: drawn[:, k].tolist() for k, name in enumerate("abcde")
    })  # fmt: skip
    row = _con.execute(
        "select avg((rating_low(n1, n2, n3, n4, n5) <= $m"
        " and rating_high(n1, n2, n3, n4, n5) >= $m)::int) from drawn",
        {"m": float(_STARS @ truth)},
    ).fetchone()
    assert row is not None
    assert 0.94 <= row[0] <= 0.97
