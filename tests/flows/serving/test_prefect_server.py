"""Prefect's server as we start it: who gets in, what is refused, what killed runs leave."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from flows.lock import refresh_lock
from flows.serving.prefect_api import PrefectApi, PrefectUnreachable, close_dead, close_missed, is_alive
from flows.serving.prefect_env import password, prepare_prefect
from flows.serving.prefect_server import PrefectServer
from tests.conftest import CHECKOUT, give_history
from tests.flows.processes import wait_for

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    give_history(data := tmp_path_factory.mktemp("served"))
    return data


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[PrefectServer]:
    """One standing server for all tests here, as `serve` starts it; it clears old runs every five seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("PREFECT_")]:
            patch.delenv(name)
        patch.setattr(os, "environ", os.environ.copy())
        os.environ["PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS"] = "5"
        prepare_prefect(data, standing_server=True)
        server = PrefectServer(data, standing=True)
        try:
            server.begin()
            server.ready()
            yield server
        finally:
            server.close()


@pytest.fixture
def api(server: PrefectServer) -> Iterator[PrefectApi]:
    with server.api() as api:
        yield api


def _auth(data: Path) -> tuple[str, str]:
    user, _, secret = password(data).partition(":")
    return user, secret


def _post(server: PrefectServer, data: Path, path: str, body: dict[str, object]) -> str:
    """Make something as any client with the password could, and ask again while SQLite is busy; its id."""
    with httpx.Client(base_url=server.url, auth=_auth(data), trust_env=False) as http:
        answer = wait_for(lambda: (a := http.post(path, json=body)).status_code != 503 and a, 30)
    made: str = answer.raise_for_status().json()["id"]
    return made


def _new_run(server: PrefectServer, data: Path, state: str) -> str:
    flow = _post(server, data, "/flows/", {"name": "refresh"})
    return _post(server, data, "/flow_runs/", {"flow_id": flow, "state": {"type": state}})


def _state(server: PrefectServer, data: Path, run: str) -> dict[str, str] | None:
    with httpx.Client(base_url=server.url, auth=_auth(data), trust_env=False) as http:
        answer = http.get(f"/flow_runs/{run}")
    state: dict[str, str] | None = answer.json()["state"] if answer.is_success else None
    return state


class TestWhoGetsIn:
    def _create(self, server: PrefectServer, **how: object) -> int:
        body = {"flow_id": "01a223be-4e10-7d62-8867-73a620650045", "state": {"type": "SCHEDULED"}}
        return httpx.post(f"{server.url}/flow_runs/", json=body, trust_env=False, **how).status_code  # type: ignore[arg-type]

    def test_without_the_password_no_run_is_created(self, server: PrefectServer, api: PrefectApi) -> None:
        before = len(api.flow_runs())
        assert self._create(server) == 401
        assert self._create(server, auth=("hoshiyomi", "guessed")) == 401
        assert len(api.flow_runs()) == before

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8501"])
    def test_another_page_of_the_browser_is_refused_even_with_it(
        self, server: PrefectServer, data: Path, origin: str
    ) -> None:
        assert self._create(server, auth=_auth(data), headers={"Origin": origin}) == 403
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = httpx.options(f"{server.url}/flow_runs/", headers=preflight, trust_env=False)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("path", ["/api/health", "/api/flow_runs/", "/", "/ui-settings"])
    def test_a_foreign_name_is_refused_everywhere(self, server: PrefectServer, data: Path, path: str) -> None:
        where = f"http://127.0.0.1:{server.port}{path}"
        headers = {"Host": f"evil.example:{server.port}"}
        assert httpx.get(where, headers=headers, auth=_auth(data), trust_env=False).status_code == 403

    @pytest.mark.parametrize("stream", ["events/in", "events/out", "logs/out"])
    def test_no_stream_is_opened_from_elsewhere(self, server: PrefectServer, stream: str) -> None:
        where = f"ws://127.0.0.1:{server.port}/api/{stream}"
        with pytest.raises(InvalidStatus, match="403"), connect(where, origin="http://evil.example"):  # type: ignore[arg-type]
            pass

    def test_the_screen_loads_and_asks_for_the_password(self, server: PrefectServer) -> None:
        home = f"http://127.0.0.1:{server.port}"
        page = httpx.get(home, headers={"Accept": "text/html"}, follow_redirects=True, trust_env=False)
        assert "<html" in page.text
        told = httpx.get(f"{home}/ui-settings", trust_env=False).json()
        assert (told["auth"], told["api_url"]) == ("BASIC", server.url)

    def test_the_password_is_on_no_command_line(self, server: PrefectServer, data: Path) -> None:
        secret = _auth(data)[1]
        lines = subprocess.run(
            ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
        assert "flows.serving.prefect_child" in lines
        assert secret not in lines

    def test_a_wrong_password_of_ours_is_told_apart_from_silence(self, server: PrefectServer) -> None:
        with (
            PrefectApi(server.url, "hoshiyomi:another", is_ours=True) as stranger,
            pytest.raises(PrefectUnreachable, match=r"does not know our password\. Remedy"),
        ):
            stranger.check()


def test_a_port_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as theirs:
        port = theirs.getsockname()[1]
        with pytest.raises(PrefectUnreachable, match=f"Port {port} .*another program.* Remedy: .*--port"):
            PrefectServer(tmp_path, port=port)
        assert PrefectUnreachable.exit_code == 17


class TestRunsOfDeadProcesses:
    @pytest.mark.parametrize("state", ["RUNNING", "PENDING", "CANCELLING"])
    def test_they_are_closed_as_crashed(
        self, server: PrefectServer, api: PrefectApi, data: Path, state: str
    ) -> None:
        run = _new_run(server, data, state)
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert close_dead(api, data, later) >= 1
        closed = _state(server, data, run)
        assert closed is not None
        assert (closed["type"], closed["message"][:11]) == ("CRASHED", "The process")
        assert close_dead(api, data, later) == 0

    def test_one_that_has_only_just_begun_gets_a_moment(
        self, server: PrefectServer, api: PrefectApi, data: Path
    ) -> None:
        run = _new_run(server, data, "RUNNING")
        close_dead(api, data, datetime.now(UTC))
        now = _state(server, data, run)
        assert now is not None
        assert now["type"] == "RUNNING"
        close_dead(api, data, datetime.now(UTC) + timedelta(minutes=1))

    def test_old_runs_are_cleared_away_and_young_ones_stay(
        self, server: PrefectServer, api: PrefectApi, data: Path
    ) -> None:
        old, young = (_new_run(server, data, "RUNNING") for _ in range(2))
        close_dead(api, data, datetime.now(UTC) + timedelta(minutes=1))
        with closing(sqlite3.connect(data / "prefect" / "prefect.db", timeout=30)) as history, history:
            when = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S.000000")
            changed = history.execute("update flow_run set end_time = ? where id = ?", (when, old)).rowcount
        assert changed == 1
        wait_for(lambda: _state(server, data, old) is None, 40)
        assert _state(server, data, young) is not None


@pytest.mark.parametrize(("but_newest", "left"), [(False, 1), (True, 2)])
def test_missed_runs_are_closed_and_the_coming_one_stays(
    server: PrefectServer, api: PrefectApi, data: Path, but_newest: bool, left: int
) -> None:
    now = datetime.now(UTC)
    flow = _post(server, data, "/flows/", {"name": "refresh"})
    wanted: dict[str, object] = {"name": f"missed-{but_newest}", "flow_id": flow}
    deployment = _post(server, data, "/deployments/", wanted)
    for minutes in (-90, -60, -30, -1, 30):
        when = {"scheduled_time": (now + timedelta(minutes=minutes)).isoformat()}
        state: dict[str, object] = {"state": {"type": "SCHEDULED", "state_details": when}}
        _post(server, data, f"/deployments/{deployment}/create_flow_run", state)
    assert close_missed(api, deployment, now, but_newest=but_newest) == 4 - left
    kept = api.flow_runs(["SCHEDULED"], deployment=deployment)
    assert len(kept) == left + 1
    assert {r.state_name for r in api.flow_runs(["CANCELLED"], deployment=deployment)} == {"Cancelled"}
    assert api.deployment("refresh", f"missed-{but_newest}") is not None
    assert api.deployment("refresh", "unheard-of") is None


class TestRunsAskedThroughPrefect:
    """What the flow does when it is started by Prefect, as from its screen or a schedule."""

    def _run(self, server: PrefectServer, data: Path, how: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"HOSHIYOMI_DATA": str(data), "PREFECT_API_URL": server.url}
        lines = f"from flows.pipeline.refresh import refresh; print(refresh({how}, return_state=True).name)"
        return subprocess.run(
            [sys.executable, "-c", lines], env=environment, cwd=CHECKOUT, capture_output=True, text=True,
            timeout=240, check=True,
        )  # fmt: skip

    def test_one_that_meets_another_ends_at_once_as_skipped(self, server: PrefectServer, data: Path) -> None:
        with refresh_lock(data):
            done = self._run(server, data, "sample=False")
        assert done.stdout == "Skipped\n"
        assert "Traceback" not in done.stderr

    def test_sample_data_is_refused_beside_real_data(
        self, server: PrefectServer, api: PrefectApi, data: Path
    ) -> None:
        (data / "landing" / "reviews" / "import-1").mkdir(parents=True, exist_ok=True)
        done = self._run(server, data, "sample=True")
        assert done.stdout == "Failed\n"
        assert not list((data / "landing").glob("*/sample*"))
        (run,) = api.flow_runs(["FAILED"])
        told = _state(server, data, run.id)
        assert told is not None
        assert "holds real data" in told["message"]
        assert not is_alive(data, run.id)
