"""The rate that processes share: strictly, or not at all."""

from __future__ import annotations

import pytest

from flows.pipeline.rate_limits import limit_name, prefect_permit
from flows.sources.http import Blocked, RateLimiter


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
