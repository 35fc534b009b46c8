"""One polite rate a host across processes: Prefect's global concurrency limits, made on first use.

Prefect lets everything pass when a limit is not defined. So a limit is made before it is used, and used
strictly: without it, the request fails. Within a process `flows.sources.http.RateLimiter` keeps the same
rate.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from flows.sources.http import Blocked, RateLimiter


def limit_name(host: str) -> str:
    """What the limit of a host is called on Prefect's screen."""
    return f"hoshiyomi-{re.sub(r'[^a-z0-9.-]+', '-', host.lower())}"


def prefect_permit(limiter: RateLimiter) -> Callable[[str], None]:
    """A permit for `StoreClient`: returns when Prefect's limit of the host gives a turn.

    It raises Blocked where the limit cannot be made or asked: no limit is never taken for no need of one.
    """
    made: set[str] = set()
    lock = threading.Lock()

    def permit(host: str) -> None:
        rate = limiter.rate(host)
        if rate is None:
            return
        # Prefect takes a second to import, and whoever asks stores without it needs none of it.
        import httpx
        from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
        from prefect.concurrency.sync import rate_limit
        from prefect.exceptions import PrefectException

        try:
            with lock:
                if host not in made:
                    _make(limit_name(host), rate)
                    made.add(host)
            rate_limit(limit_name(host), strict=True)
        except (ConcurrencySlotAcquisitionError, PrefectException, httpx.HTTPError) as error:
            raise Blocked(f"the rate limit of {host} cannot be had ({type(error).__name__})") from error

    return permit


def _make(name: str, rate: float) -> None:
    """The limit as configured, whether it was there before or not.

    Two slots: a process that keeps the rate by itself then never meets a slot that is not quite free again.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, limit=2, slot_decay_per_second=rate)
