"""The one way to a store: patient with faults, honest about refusals, never without TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from flows.sources.google_play.web import review_form
from flows.sources.http import (
    Answer,
    Blocked,
    ClientOptions,
    NotThere,
    RateLimiter,
    StoreClient,
    checked_host,
    retry_after,
)
from tests.flows.collection.collecting import APPLE, PLAY, catalogue, store_client
from tests.store import Fault, StoreServer
from tests.store.faults import Kind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[StoreServer]:
    with StoreServer(catalogue()) as running:
        yield running


def _reviews(server: StoreServer, client: StoreClient) -> Answer:
    url = f"{server.url}/_/PlayStoreUi/data/batchexecute?hl=ja"
    return client.fetch(url, form=review_form(PLAY, 10, None))


def _under(server: StoreServer, kind: Kind, times: int | None = 2, **more: Any) -> Answer:
    server.faults.add(Fault(kind, route="play_reviews", times=times, **more))
    return _reviews(server, store_client(server))


PASSING: tuple[Kind, ...] = (
    "too_many_requests", "server_error", "reset", "reset_in_body", "stall", "truncated_gzip",
    "wrong_length", "wrong_bytes",
)  # fmt: skip


@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_is_sat_out(server: StoreServer, kind: Kind) -> None:
    assert _under(server, kind).text.startswith(")]}'")


@pytest.mark.parametrize("kind", PASSING)
def test_a_lasting_fault_is_blocked_and_never_an_empty_answer(server: StoreServer, kind: Kind) -> None:
    with pytest.raises(Blocked, match="4 times"):
        _under(server, kind, times=None)


@pytest.mark.parametrize("kind", ["captcha", "consent"])
def test_a_page_for_people_is_blocked_at_once(server: StoreServer, kind: Kind) -> None:
    with pytest.raises(Blocked):
        _under(server, kind, times=1)
    assert len(server.requests) == 1


def test_a_captcha_in_place_of_a_details_page_is_blocked(server: StoreServer) -> None:
    server.faults.add(Fault("captcha", route="play_details"))
    with pytest.raises(Blocked, match="page for people"):
        store_client(server).fetch(f"{server.url}/store/apps/details?id={PLAY}&hl=ja", wants="page")


@pytest.mark.parametrize("told", ["seconds", "date"])
def test_retry_after_is_honoured(server: StoreServer, told: str) -> None:
    _under(server, "too_many_requests", retry_after=40, retry_after_as=told)
    assert server.too_early() == []
    assert server.clock.now() - NOW >= timedelta(seconds=80)


def test_a_store_that_asks_for_too_long_a_pause_ends_the_ask(server: StoreServer) -> None:
    with pytest.raises(Blocked, match="asks for a pause of 86400 s") as told:
        _under(server, "too_many_requests", retry_after=86_400)
    assert (told.value.wait, told.value.is_passing) == (86_400, True)
    assert len(server.requests) == 1


def test_an_unlabelled_or_mislabelled_charset_is_read_as_utf_8(server: StoreServer) -> None:
    plain = _reviews(server, store_client(server)).text
    assert _under(server, "wrong_charset").text == plain


def test_what_the_store_does_not_have_is_told_apart(server: StoreServer) -> None:
    with pytest.raises(NotThere):
        store_client(server).fetch(f"{server.url}/store/apps/details?id=jp.example.none&hl=ja", wants="page")


def test_an_answer_that_is_too_large_is_not_read(server: StoreServer) -> None:
    with pytest.raises(Blocked, match="more than 1,000 bytes"):
        _reviews(server, store_client(server, largest=1_000))


def test_a_host_that_refuses_again_and_again_is_left_alone(server: StoreServer) -> None:
    client = store_client(server, refusals=2)
    server.faults.add(Fault("captcha", times=None))
    for _ in range(5):
        with pytest.raises(Blocked):
            _reviews(server, client)
    assert len(server.requests) == 2


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with StoreServer(catalogue(), tls=True) as server, pytest.raises(Blocked, match="ConnectError"):
        _reviews(server, store_client(server))
    assert server.requests == []


def test_google_play_scraper_cannot_turn_verification_off() -> None:
    import flows.sources.google_play.parse  # noqa: F401

    context = StoreClient()._http._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("url", ["http://play.google.com/x", "ftp://127.0.0.1/x", "http://10.0.0.1/", "x"])
def test_only_https_or_this_machine_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"https|names no host"):
        checked_host(url)


class TestRateLimiter:
    """One rate a host."""

    def _waits(self, limiter: RateLimiter, waits: list[float], hosts: str) -> list[float]:
        for host in hosts:
            limiter.wait(host)
        return waits

    def test_requests_to_one_host_keep_their_distance(self) -> None:
        waits: list[float] = []
        limiter = RateLimiter(2.0, clock=lambda: 0.0, sleep=waits.append)
        assert self._waits(limiter, waits, "aaa") == [0.5, 1.0]

    def test_hosts_do_not_wait_for_each_other(self) -> None:
        waits: list[float] = []
        limiter = RateLimiter(1.0, {"b": 0.5}, clock=lambda: 0.0, sleep=waits.append)
        assert self._waits(limiter, waits, "abab") == [1.0, 2.0]

    def test_all_wait_when_one_was_asked_to(self) -> None:
        waits: list[float] = []
        limiter = RateLimiter(None, clock=lambda: 0.0, sleep=waits.append)
        limiter.hold("a", 30)
        assert self._waits(limiter, waits, "aab") == [30, 30]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (None, None), ("7", 7.0), (" 7 ", 7.0), ("soon", None), ("-3", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(told: str | None, seconds: float | None) -> None:
    assert retry_after(told, NOW) == seconds


def test_waiting_grows_and_is_never_shorter_than_asked() -> None:
    client = StoreClient(options=ClientOptions(first_wait=1, longest_wait=8), chance=lambda: 1.0)
    assert [client._wait(n, None) for n in range(5)] == [1, 2, 4, 8, 8]
    assert client._wait(0, 20) >= 20


def test_the_app_store_is_asked_the_same_way(server: StoreServer) -> None:
    assert '"resultCount":1' in store_client(server).fetch(f"{server.url}/lookup?id={APPLE}&country=jp").text
