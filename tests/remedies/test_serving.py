"""Prefect's server and the schedule: what stands in the way, what is told, what is done, and it runs."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from flows.errors import ConfigError
from flows.health.findings import Finding
from flows.serving import prefect_server
from flows.serving.prefect_api import PrefectApi, PrefectUnreachable
from flows.serving.prefect_env import password
from flows.serving.prefect_server import ForOneRun, PrefectServer, lost_prefect_told
from flows.serving.schedule import Seen, ServeRunning, findings, only_serve, remember
from tests.remedies.claims import carries_out, hear, refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ["PREFECT_SERVER_API_AUTH_STRING"] = "hoshiyomi:" + "x" * 43


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(
            "mode", marks=carries_out("{} can be read by others. Remedy: delete it; a new one is made")
        ),
        pytest.param(
            "empty", marks=carries_out("{} holds no password. Remedy: delete it; a new one is made")
        ),
    ],
)
def test_a_password_that_was_deleted_is_made_anew(tmp_path: Path, harm: str) -> None:
    password(tmp_path)
    path = tmp_path / "prefect" / "password"
    if harm == "mode":
        path.chmod(0o644)
    else:
        path.write_text("")
    with refused(ConfigError) as told:
        password(tmp_path)
    Path(told[0].split(" ")[0]).unlink()
    assert len(password(tmp_path)) > 40


# --- a server of somebody's -------------------------------------------------------------------------


@contextmanager
def _answering(wanted: str | None = None, port: int = 0) -> Iterator[HTTPServer]:
    """A server that answers like Prefect's whoever knows the password `wanted`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "")
            is_known = wanted is None or given == httpx.BasicAuth(*wanted.split(":"))._auth_header
            body = json.dumps("3.8.8").encode()
            self.send_response(200 if is_known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def _url(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/api"


@carries_out("set PREFECT_API_AUTH_STRING to that server's user:password")
def test_a_named_server_lets_in_who_has_its_password(tmp_path: Path) -> None:
    with _answering("hana:secret") as server:
        os.environ["PREFECT_API_URL"] = _url(server)
        with refused(PrefectUnreachable):
            ForOneRun(tmp_path)
        os.environ["PREFECT_API_AUTH_STRING"] = "hana:secret"
        ForOneRun(tmp_path)


@carries_out("start that server, correct PREFECT_API_URL, or unset it to use a server of one's own")
@pytest.mark.parametrize("how", ["start", "correct", "unset"])
def test_a_named_server_is_reached_or_left(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering() as other:
        gone = other.server_port
    with _answering() as there:
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{gone}/api"
        with refused(PrefectUnreachable):
            ForOneRun(tmp_path)
        if how == "start":
            with _answering(port=gone):
                ForOneRun(tmp_path)
        elif how == "correct":
            os.environ["PREFECT_API_URL"] = _url(there)
            ForOneRun(tmp_path)
        else:
            del os.environ["PREFECT_API_URL"]
            _stand_in(monkeypatch, _SERVES)
            one = ForOneRun(tmp_path)
            one._close()


# --- a server of our own ----------------------------------------------------------------------------

_SERVES = """
import os, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
class H(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "7"); self.end_headers()
        self.wfile.write(b'"3.8.8"')
    def log_message(self, *a): pass
server = HTTPServer(("127.0.0.1", 0), H, bind_and_activate=False)
server.socket = socket.socket(fileno=int(os.environ["HOSHIYOMI_SOCKET"]))
server.serve_forever()
"""


def _stand_in(patch: pytest.MonkeyPatch, program: str) -> None:
    """Start this in the place of Prefect's server, which takes five seconds of a CPU."""
    start = prefect_server.children.start

    def started(_command: object, *given: object, **more: object) -> object:
        return start([sys.executable, "-S", "-c", program], *given, **more)  # type: ignore[arg-type]

    patch.setattr(prefect_server.children, "start", started)


def _begun(data: Path) -> None:
    server = PrefectServer(data)
    try:
        server.begin()
        server.ready()
    finally:
        server.close()


@carries_out(
    "did not answer within {} seconds. Remedy: start the command again when the machine is less busy."
)
def test_a_server_of_a_busy_machine_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as busy:
        busy.setattr(prefect_server, "_PATIENCE_S", 0.3)
        busy.setattr(PrefectApi, "is_ready", lambda *_a, **_k: False)
        _stand_in(busy, "import time; time.sleep(60)")
        with refused(PrefectUnreachable):
            _begun(tmp_path)
    _stand_in(monkeypatch, _SERVES)
    _begun(tmp_path)


@carries_out("if its history is damaged, move away {}, which holds nothing else.")
def test_a_damaged_history_is_moved_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    password(tmp_path)
    (tmp_path / "prefect" / "prefect.db").write_bytes(b"no database" * 1_000)
    reads = f"import sqlite3; sqlite3.connect({str(tmp_path / 'prefect' / 'prefect.db')!r}).execute('vacuum')"
    _stand_in(monkeypatch, f"{reads}\n{_SERVES}")
    with refused(PrefectUnreachable) as told:
        _begun(tmp_path)
    folder = Path(told[0].split("move away ")[1].split(",")[0])
    assert {p.name for p in folder.iterdir()} == {"password", "prefect.db"}
    folder.rename(tmp_path / "aside")
    folder.mkdir()
    _begun(tmp_path)


@carries_out("stop the program that listens there, or choose another --port")
def test_a_port_on_which_somebody_answers_in_our_place_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering("hana:secret") as other, monkeypatch.context() as there:
        there.setattr(PrefectServer, "api", lambda _s: PrefectApi(_url(other), "a:b", is_ours=True))
        _stand_in(there, _SERVES)
        with refused(PrefectUnreachable):
            _begun(tmp_path)
    _stand_in(monkeypatch, _SERVES)
    _begun(tmp_path)


@carries_out("belongs to another program ({}). Remedy: choose another --port, or stop that program.")
@pytest.mark.parametrize("how", ["another port", "stop"])
def test_a_port_of_another_program_is_left_or_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    _stand_in(monkeypatch, _SERVES)
    with _answering() as other:
        port = other.server_port
        with refused(PrefectUnreachable):
            PrefectServer(tmp_path, port=port)
        if how == "another port":
            _begun(tmp_path)
    if how == "stop":
        server = PrefectServer(tmp_path, port=port)
        server.begin()
        server.ready()
        server.close()


@carries_out("start the command again; if this repeats, look at the messages above")
def test_a_server_that_went_away_is_there_when_the_command_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(monkeypatch, _SERVES)
    server = PrefectServer(tmp_path)
    server.begin()
    server.ready()
    server.close()
    with server.api() as api, refused(PrefectUnreachable):
        api.check()
    _begun(tmp_path)


@carries_out("went away during the run ({}). Remedy: run the command again; what is done stays done.")
def test_a_run_that_lost_its_server_is_run_again_and_does_what_is_left() -> None:
    done: list[int] = []

    def run(*, is_there: bool) -> None:
        with lost_prefect_told():
            for step in range(3):
                if step in done:
                    continue
                if step == 2 and not is_there:
                    raise httpx.ConnectError("gone")
                done.append(step)

    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:9/api"
    with refused(PrefectUnreachable):
        run(is_there=False)
    run(is_there=True)
    assert done == [0, 1, 2]


# --- the schedule ------------------------------------------------------------------------------------


@carries_out("Another `hoshiyomi serve` (process {}) works in {}. Remedy: stop it first; one is enough.")
def test_a_serve_begins_when_the_other_is_stopped(tmp_path: Path) -> None:
    with only_serve(tmp_path), refused(ServeRunning), only_serve(tmp_path):
        pass
    with only_serve(tmp_path):
        pass


SEEN = Seen(
    pid=1, port=4200, cron="0 6 * * *", timezone="UTC", started_at=NOW - timedelta(days=1), checked_at=NOW
)


def _found(data: Path, now: datetime = NOW) -> list[Finding]:
    found = findings(data, now, UTC)
    for finding in found:
        hear(finding.remedy)
    return found


@pytest.mark.parametrize(
    ("seen", "about"),
    [
        pytest.param(SEEN, "serve_died", marks=carries_out("start it again.")),
        pytest.param(
            replace(SEEN, checked_at=NOW - timedelta(hours=1)), "serve_silent",
            marks=carries_out("stop `hoshiyomi serve` and start it again."),
        ),
        pytest.param(
            replace(SEEN, problem="Prefect has planned no run"), "schedule",
            marks=carries_out("stop `hoshiyomi serve` and start it again."),
        ),
        pytest.param(
            replace(SEEN, missed=3), "runs_missed",
            marks=carries_out("none: one run stood for them. This line goes when serve starts anew."),
        ),
        pytest.param(
            replace(SEEN, last_run=NOW - timedelta(hours=6), last_state="FAILED"), "scheduled_run",
            marks=carries_out("what else is named here says why; the next run may mend it."),
        ),
    ],
)  # fmt: skip
def test_what_is_told_of_a_schedule_goes_when_serve_starts_anew_or_runs_again(
    tmp_path: Path, seen: Seen, about: str
) -> None:
    (tmp_path / "prefect").mkdir()
    if about == "serve_died":
        remember(tmp_path, seen)
        assert [f.about for f in _found(tmp_path)] == [about]
    else:
        with only_serve(tmp_path):
            remember(tmp_path, seen)
            assert [f.about for f in _found(tmp_path)] == [about]
    # What `serve` remembers as soon as it has looked, in its new process or after the next run.
    with only_serve(tmp_path):
        later = NOW + timedelta(minutes=1)
        again = replace(SEEN, started_at=later, checked_at=later)
        remember(tmp_path, replace(again, last_run=NOW, last_state="COMPLETED"))
        assert _found(tmp_path, later) == []
