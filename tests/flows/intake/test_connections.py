"""Slow and many connections at a real server: honest requests are answered meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from flows.intake.limits import Connections, Held, Patience, bounded
from flows.intake.middleware import WholeBody
from tests.flows.intake.ground import YES, bearer, invited, server

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@dataclass(eq=False)
class Sign(Held):
    """A connection that only notes that it had to go."""

    gone: list[Sign] = field(default_factory=list)

    def give_way(self) -> None:
        self.gone.append(self)


def test_the_one_that_waited_longest_gives_way_and_nobody_at_work() -> None:
    connections = Connections(Patience(most=16, most_of_address=100))
    gone: list[Sign] = []
    signs = [Sign(gone) for _ in range(17)]
    for number, sign in enumerate(signs[:16]):
        assert connections.come(sign, f"192.0.2.{number}")
    connections.work(signs[0])
    assert connections.come(signs[16], "198.51.100.1")
    assert gone == [signs[1]]
    for sign in signs[2:]:
        connections.work(sign)
    assert not connections.come(Sign(gone), "198.51.100.2"), "all others are at work"
    connections.rest(signs[5])
    assert connections.come(Sign(gone), "198.51.100.2")
    assert gone == [signs[1], signs[5]]


def test_one_address_gives_way_to_itself_only_and_a_trusted_proxy_is_not_counted() -> None:
    connections = Connections(Patience(most=100, most_of_address=3), ["10.0.0.0/8"])
    gone: list[Sign] = []
    other = Sign(gone)
    assert connections.come(other, "192.0.2.1")
    for _ in range(10):
        assert connections.come(Sign(gone), "192.0.2.9")
        assert connections.come(Sign(gone), "10.0.0.1")
    assert len(gone) == 7
    assert other not in gone
    assert len(connections) == 14


@given(st.lists(st.tuples(st.sampled_from("cwrg"), st.integers(0, 30), st.integers(0, 3)), max_size=200))
def test_counts_stay_true_whatever_happens(steps: list[tuple[str, int, int]]) -> None:
    connections = Connections(Patience(most=16, most_of_address=6))
    gone: list[Sign] = []
    signs = [Sign(gone) for _ in range(31)]
    here: dict[Sign, int] = {}
    for step, number, address in steps:
        sign = signs[number]
        if step == "c" and sign not in here:
            if connections.come(sign, f"192.0.2.{address}"):
                here[sign] = address
        elif step == "w":
            connections.work(sign)
        elif step == "r":
            connections.rest(sign)
        elif step == "g":
            connections.go(sign)
            here.pop(sign, None)
        for left in gone:
            here.pop(left, None)
        gone.clear()
        assert len(connections) == len(here) <= 16
        assert all(list(here.values()).count(a) <= 6 for a in range(4))


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    if scope["path"] == "/long":
        await asyncio.sleep(30)
    body = message["body"] + (b"x" * 30_000_000 if scope["path"] == "/large" else b"ok")
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def _server(patience: Patience) -> AsyncIterator[tuple[int, Connections]]:
    """A small server with such bounds on a port of loopback."""
    connections = Connections(patience)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = WholeBody(_hello, 65_536, timeout_s=0.5)
        config = uvicorn.Config(
            app, http=bounded(connections), lifespan="off", log_config=None, ws="none", timeout_keep_alive=1
        )
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve(sockets=[listening]))
        while not running.started:
            await asyncio.sleep(0.01)
        try:
            yield listening.getsockname()[1], connections
        finally:
            running.should_exit = running.force_exit = True
            await task


async def _until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drip: bytes) -> float:
    """So many seconds a connection lives while a byte comes every twentieth of a second."""
    begun = time.monotonic()
    while time.monotonic() - begun < 10:
        try:
            writer.write(drip)
            await asyncio.wait_for(reader.read(4_096), 0.05)
            if reader.at_eof():
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    writer.close()
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (b"G", b""),
        (HEAD, b"x"),
        (b"\r\n", b"\r\n"),
        # after a whole request on the same connection
        (HEAD + b"\r\n" + HEAD, b"x"),
        (HEAD + b"\r\n", b"\r\n"),
    ],
)
def test_a_head_that_does_not_come_ends_the_connection(first: bytes, drip: bytes) -> None:
    async def go() -> float:
        async with _server(Patience(head_s=0.4, close_s=0.2)) as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(first)
            return await _until_closed(reader, writer, drip)

    assert asyncio.run(go()) < 3


def test_a_slow_head_is_told_so_and_a_good_request_on_time_is_not_cut() -> None:
    async def go() -> tuple[bytes, int]:
        async with _server(Patience(head_s=0.4)) as (port, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD)
            slow = await asyncio.wait_for(reader.read(), 5)
            async with httpx.AsyncClient() as client:
                for _ in range(5):
                    answer = await client.get(f"http://127.0.0.1:{port}/")
                    await asyncio.sleep(0.2)
            return slow, answer.status_code

    slow, status = asyncio.run(go())
    assert slow.startswith(b"HTTP/1.1 408 ")
    assert status == 200


def test_a_slow_body_a_long_answer_and_a_reader_who_does_not_read_end_too() -> None:
    async def go() -> list[float]:
        async with _server(Patience(head_s=1.0, answer_s=1.0, close_s=0.3)) as (port, connections):
            lives = []
            for first, drip in (
                (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", b"x"),
                (b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n", b""),
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(first)
                lives.append(await _until_closed(reader, writer, drip))
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            begun = time.monotonic()
            while len(connections) and time.monotonic() - begun < 10:
                await asyncio.sleep(0.05)
            writer.transport.abort()
            return [*lives, time.monotonic() - begun]

    assert all(life < 5 for life in asyncio.run(go()))


def _slow_ones(port: int, count: int) -> list[socket.socket]:
    """Connections of eight addresses of loopback, each with half a head."""
    held = []
    for number in range(count):
        one = socket.create_connection(
            ("127.0.0.1", port), timeout=5, source_address=(f"127.0.1.{number % 8 + 1}", 0)
        )
        one.sendall(HEAD + b"X-Slow: ")
        held.append(one)
    return held


def test_honest_testers_are_answered_while_1200_send_their_headers_byte_by_byte(tmp_path: Path) -> None:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 1_500:
        pytest.skip(f"this system gives a process {soft} open files, and the test opens 1,200 connections")
    with server(tmp_path) as made:
        code = invited(made.data, 1)[0]
        held = _slow_ones(made.port, 1_200)
        try:
            for number in range(20):
                # A byte of each now and then, as such a client does; many are told to go meanwhile.
                for one in held[number::20]:
                    with contextlib.suppress(OSError):
                        one.send(b"x")
                begun = time.monotonic()
                answer = httpx.put(f"{made.url}/v1/consent", json=YES, headers=bearer(code), timeout=10)
                assert answer.status_code == 200, answer.text
                assert time.monotonic() - begun < 5
        finally:
            for one in held:
                one.close()
        assert made.stop() == 0
