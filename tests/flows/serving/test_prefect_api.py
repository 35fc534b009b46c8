from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.serving import prefect_api
from flows.serving.prefect_api import PrefectApi, PrefectUnreachable


@contextmanager
def _answering(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these statuses one after the other, the last for ever, and notes who asks."""
    left, asked = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.headers.get("Authorization", ""))
            body = json.dumps([]).encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api", asked
        server.shutdown()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_api, "_PAUSES_S", (0.0, 0.0))


def test_a_busy_database_is_asked_again() -> None:
    with _answering(503, 503, 200) as (url, asked), PrefectApi(url, "a:b", is_ours=True) as api:
        assert api.flow_runs() == []
        assert asked == ["Basic YTpi"] * 3


def test_one_that_stays_busy_is_given_up() -> None:
    with (
        _answering(503) as (url, asked),
        PrefectApi(url, None, is_ours=True) as api,
        pytest.raises(PrefectUnreachable, match="status 503"),
    ):
        api.flow_runs()
    assert asked == [""] * 3


@pytest.mark.parametrize(
    ("is_ours", "remedy"),
    [(True, "stop the program that listens there"), (False, "set PREFECT_API_AUTH_STRING")],
)
def test_a_refusal_names_the_remedy(is_ours: bool, remedy: str) -> None:
    with (
        _answering(401) as (url, _),
        PrefectApi(url, "a:b", is_ours=is_ours) as api,
        pytest.raises(PrefectUnreachable, match=f"does not know our password. Remedy: {remedy}"),
    ):
        api.flow_runs()


def test_nobody_there_is_told_and_is_not_ready() -> None:
    with PrefectApi("http://127.0.0.1:9/api", None, is_ours=False) as api:
        assert not api.is_ready(timeout_s=1)
        with pytest.raises(PrefectUnreachable, match=r"cannot be reached .* unset it"):
            api.check()
