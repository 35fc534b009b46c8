from __future__ import annotations

import csv
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import httpx
import pytest

from flows.cli.main import main
from tests.conftest import hoshiyomi
from tests.flows.intake.ground import APP, YES, Server, bearer, configured, landed, server


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(configured(tmp_path / "config")))
    return tmp_path / "data"


def _run(data: Path, *words: str, code: int = 0) -> tuple[str, str]:
    """What a command says on its two streams; in this process, because loading it takes a second."""
    said, told = io.StringIO(), io.StringIO()
    mask = os.umask(0o077)
    with pytest.MonkeyPatch.context() as surroundings, redirect_stdout(said), redirect_stderr(told):
        surroundings.setenv("HOSHIYOMI_DATA", str(data))
        surroundings.setattr(sys, "argv", ["hoshiyomi", *words])
        with pytest.raises(SystemExit) as ending:
            main()
    os.umask(mask)
    assert int(ending.value.code or 0) == code, told.getvalue()
    return said.getvalue(), told.getvalue()


def _invite(data: Path, *words: str, code: int = 0) -> tuple[list[dict[str, str]], str]:
    said, told = _run(data, "invite", "--app", APP, "--cohort", "spring", *words, code=code)
    return list(csv.DictReader(io.StringIO(said))), told


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def running(one_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that runs, started anew when the test before has ended it."""
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(one_server.config))
    if one_server.process is None or one_server.process.poll() is not None:
        one_server.start()
    return one_server


def test_codes_are_printed_once_and_open_the_server(running: Server) -> None:
    (invited,), told = _invite(running.data, "--count", "1", "--until", "2099-01-01")
    assert "shown this once" in told
    assert invited["code"] not in told
    answer = httpx.put(f"{running.url}/v1/consent", json=YES, headers=bearer(invited["code"]))
    assert (answer.status_code, answer.json()["tester"]) == (200, invited["tester"])
    _run(running.data, "revoke", "--tester", invited["tester"])
    refused = httpx.get(f"{running.url}/v1/consent", headers=bearer(invited["code"]))
    assert refused.json()["code"] == "token_revoked", "a running server heeds it at once"
    assert [c["tester"] for c in landed(running.data, "consents")] == [invited["tester"]]


def test_a_second_server_is_refused_until_a_signal_has_ended_the_first_in_order(running: Server) -> None:
    told = hoshiyomi("intake", "--port", "1", data=running.data, code=5).stderr
    assert "Another intake server" in told
    assert running.process is not None
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0


def test_a_server_without_a_name_says_what_is_missing(running: Server) -> None:
    assert running.stop() == 0
    (running.config / "hoshiyomi.toml").write_text("[intake]\n", "utf-8")
    for language in ("ja", "en"):
        (running.data / "alpha" / "wordings" / f"2026-11.{language}.md").unlink()
    running.start()
    assert "names no operator or no contact" in running.told.read_text("utf-8")


def test_cohorts_are_listed_without_testers(data: Path) -> None:
    made, _ = _invite(data, "--count", "3", "--from", "2020-01-01", "--until", "2099-01-01")
    _run(data, "revoke", "--tester", made[0]["tester"])
    (line,) = [x for x in _run(data, "cohorts")[0].splitlines() if x.startswith(APP)]
    assert line.split() == [
        APP, "spring", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "open", "3", "1",
    ]  # fmt: skip


def test_mistakes_are_told_with_their_remedy(data: Path) -> None:
    assert "is new. Remedy: say its end with --until" in _invite(data, code=3)[1]
    assert f"did you mean '{APP}'" in _run(data, "invite", "--app", "procedure", "--cohort", "c", code=3)[1]
    assert "no code that is open" in _run(data, "revoke", "--tester", "t-0", code=3)[1]
    assert "add --public" in hoshiyomi("intake", "--address", "0.0.0.0", data=data, code=2).stderr  # noqa: S104
