"""Holds each test to its claims: a remedy that was never told was not carried out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.remedies import claims


@pytest.fixture(autouse=True)
def _held_to_its_claims(request: pytest.FixtureRequest) -> Iterator[None]:
    claims.forget()
    yield
    wanted = tuple(f for mark in request.node.iter_markers("carries_out") for f in mark.args)
    assert claims.unheard(wanted) == [], "these remedies were claimed and never told"
