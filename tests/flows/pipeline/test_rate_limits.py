"""The rate that processes share: strictly, or not at all."""

from __future__ import annotations

import ast

import pytest

from flows.pipeline.rate_limits import limit_name, prefect_permit
from flows.sources.http import Blocked, RateLimiter
from tests.conftest import CHECKOUT


def test_without_the_limit_nothing_is_asked() -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    # Nobody listens on the discard port.
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        permit = prefect_permit(RateLimiter(1.0))
        with pytest.raises(Blocked, match=r"the rate limit of play\.google\.com cannot be had"):
            permit("play.google.com")


def test_a_host_without_a_rate_needs_no_limit() -> None:
    prefect_permit(RateLimiter(None))("127.0.0.1")


def test_a_limit_is_named_after_its_host() -> None:
    assert limit_name("Play.Google.com:8080") == "hoshiyomi-play.google.com-8080"


def test_nothing_private_of_prefect_is_used() -> None:
    named = {
        f"{node.module}.{alias.name}"
        for path in (CHECKOUT / "flows").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "prefect"
        for alias in node.names
    }
    assert "prefect.flow" in named
    assert {name for name in named if "._" in name} == set()
