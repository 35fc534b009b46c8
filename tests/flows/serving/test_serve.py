"""`serve` and `refresh` as whole processes: the schedule fires, and nothing is left when they are killed."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.health.findings import needs_a_person
from flows.serving.schedule import findings, remembered
from tests.conftest import CHECKOUT, hoshiyomi
from tests.flows.processes import linux_only, of_folder, started, wait_for

LIVE = "('RUNNING', 'PENDING', 'CANCELLING')"


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, str]:
    """A configuration without apps: nothing is asked of any store."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    return {"HOSHIYOMI_CONFIG": str(folder)}


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port: int = taken.getsockname()[1]
    return port


def _ask(data: Path, query: str) -> list[tuple[object, ...]]:
    path = data / "prefect" / "prefect.db"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as history:
            return history.execute(query).fetchall()
    except sqlite3.OperationalError:
        # Its tables are being made.
        return []


def _children(data: Path, module: str) -> set[int]:
    return {pid for pid, line in of_folder(data).items() if f"-m {module}" in line}


@linux_only
def test_the_schedule_fires_on_these_pins_and_a_kill_leaves_nothing(
    tmp_path: Path, configured: dict[str, str]
) -> None:
    data, log, port = tmp_path / "data", tmp_path / "log", _free_port()
    every_minute = ("serve", "--cron", "* * * * *", "--port", str(port))
    serving = started(*every_minute, data=data, extra=configured, log=log)
    try:
        fired = "select name from flow_run where deployment_id is not null and state_type = 'COMPLETED'"
        wait_for(lambda: _ask(data, fired), 240, log.read_text)
        said = log.read_text()
        assert "Traceback" not in said
        assert "DOES NOT FIRE" not in said
        assert f"the words in {data}/prefect/password" in said
        assert (data / "prefect" / "password").read_text().strip() not in said
        seen = wait_for(lambda: (s := remembered(data)) and s.last_run and s, 30)
        assert (seen.last_state, seen.problem, seen.port) in (
            ("COMPLETED", None, port),
            ("RUNNING", None, port),
        )
        assert not needs_a_person(findings(data, datetime.now(UTC), UTC))

        second = hoshiyomi(*every_minute, data=data, code=5)
        assert f"process {serving.pid}" in second.stderr
        elsewhere = hoshiyomi("serve", "--port", str(port), data=tmp_path / "other", code=17)
        assert "belongs to another program" in elsewhere.stderr
        assert "Remedy" in elsewhere.stderr

        # A service manager that ends a whole group asks the runner, too.
        for child, number in (("prefect_child", signal.SIGKILL), ("scheduled", signal.SIGTERM)):
            child = f"flows.serving.{child}"
            (killed,) = _children(data, child)
            os.kill(killed, number)
            wait_for(lambda c=child, k=killed: _children(data, c) - {k}, 60, log.read_text)  # type: ignore[misc]
        assert "never awaited" not in log.read_text()

        serving.kill()
        serving.wait()
        wait_for(lambda: not of_folder(data), 10, lambda: of_folder(data))
        assert needs_a_person(findings(data, datetime.now(UTC), UTC))
        with closing(sqlite3.connect(data / "prefect" / "prefect.db")) as history, history:
            # As a kill in the middle of a run leaves it.
            history.execute("update flow_run set state_type = 'RUNNING' where state_type = 'COMPLETED'")
        hoshiyomi("refresh", data=data)
        assert _ask(data, f"select name, state_type from flow_run where state_type in {LIVE}") == []
        assert _ask(data, f"select name, state_type from task_run where state_type in {LIVE}") == []
        assert _ask(data, "select count(*) from flow_run where state_name = 'Crashed'") != [(0,)]
    finally:
        serving.kill()
        serving.wait()


@linux_only
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_refresh_that_is_ended_leaves_no_process(
    tmp_path: Path, configured: dict[str, str], number: signal.Signals
) -> None:
    data = tmp_path / "data"
    running = started("refresh", data=data, extra=configured)
    try:
        wait_for(lambda: any("prefect_child" in line for line in of_folder(data).values()), 60)
        time.sleep(1)
        running.send_signal(number)
        running.wait(30)
        wait_for(lambda: not of_folder(data), 10, lambda: of_folder(data))
    finally:
        running.kill()
        running.wait()


class TestBeforeAnythingIsStarted:
    @pytest.mark.parametrize(
        ("file", "text", "told"),
        [
            ("apps.toml", "[[app]\n", "apps.toml is not valid TOML"),
            ("topics.toml", "[[topic]]\nkey = 1\n", "topics.toml, topic 1"),
            ("hoshiyomi.toml", "[collect]\nlookback = 3\n", "hoshiyomi.toml, [collect]"),
        ],
    )
    def test_a_broken_configuration_is_told(
        self,
        tmp_path: Path,
        configured: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
        file: str,
        text: str,
        told: str,
    ) -> None:
        (Path(configured["HOSHIYOMI_CONFIG"]) / file).write_text(text)
        monkeypatch.setenv("HOSHIYOMI_CONFIG", configured["HOSHIYOMI_CONFIG"])
        done = hoshiyomi("serve", "--port", str(_free_port()), data=tmp_path / "data", code=2)
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--cron", "61 * * * *"), "--cron '61 * * * *' is not a cron expression"),
            (("--timezone", "Asia/Tokio"), "--timezone 'Asia/Tokio' is no time zone"),
            (("--port", "70000"), "--port"),
        ],
    )
    def test_a_wrong_option_is_told(self, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
        done = hoshiyomi("serve", *words, data=tmp_path / "data", code=None)
        assert done.returncode in (2, 3)
        assert told in done.stderr
        assert not (tmp_path / "data" / "prefect" / "prefect.db").exists()

    @pytest.mark.parametrize("command", ["refresh", "collect", "serve"])
    def test_a_server_out_of_reach_is_one_sentence(self, tmp_path: Path, command: str) -> None:
        log, where = tmp_path / "log", f"http://127.0.0.1:{_free_port()}/api"
        running = started(command, data=tmp_path / "data", extra={"PREFECT_API_URL": where}, log=log)
        assert running.wait(60) == 17
        assert f"Prefect's server at {where} cannot be reached" in log.read_text()
        assert "Remedy: start that server, correct PREFECT_API_URL, or unset it" in log.read_text()
        assert "Traceback" not in log.read_text()

    def test_the_demo_is_refused_beside_real_data(self, tmp_path: Path) -> None:
        (tmp_path / "landing" / "reviews" / "google-play-1").mkdir(parents=True)
        done = hoshiyomi("demo", "--no-open", data=tmp_path, code=1)
        assert "holds real data" in done.stderr
        assert "Remedy: give the demo a folder of its own" in done.stderr
        assert not (tmp_path / "prefect").exists()
