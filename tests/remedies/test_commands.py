"""Words of the command line: the command as it was typed, what it answers, the command as it says."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from flows.cli import dashboard_server
from tests.remedies.claims import carries_out, command

CHECKOUT = Path(__file__).resolve().parents[2]
USAGE, INPUT = 2, 3


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of its own with an empty configuration."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    (config / "apps.toml").write_text("")
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(config))
    return tmp_path


NO_ID = (
    "{} is no id. Remedy: the address of the app's page, such as https://play.google.com/store/apps/details"
)
NO_ADDRESS = (
    "{} is no address of an app. Remedy: the address of the app's page, such as https://play.google.com"
)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(
            "Procedures!",
            "https://play.google.com/store/apps/details?id=jp.example.app",
            marks=carries_out(NO_ID),
        ),
        pytest.param(
            "https://example.jp/app",
            "https://apps.apple.com/jp/app/id1234567890",
            marks=carries_out(NO_ADDRESS),
        ),
        pytest.param("id 12", "jp.example.app", marks=carries_out(NO_ID)),
        pytest.param("https://example.jp/app", "1234567890", marks=carries_out(NO_ADDRESS)),
    ],
)
def test_an_app_is_added_by_its_address_or_id(folder: Path, wrong: str, right: str) -> None:
    assert command("apps", "add", wrong, "--offline").code == INPUT
    assert command("apps", "add", right, "--offline").code == 0
    assert command("apps", "check", "--offline").code == 0
    assert 'id = "' in (folder / "config" / "apps.toml").read_text(encoding="utf-8")


ROW = {"text": "It crashes.", "sentiment": "negative", "topics": ["crash"], "lang": "en"}


def _rows(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(
            _rows(ROW).replace(b"It", "Ü".encode("cp1252")), _rows(ROW),
            marks=carries_out("cannot be read: {}. Remedy: JSONL in UTF-8."),
        ),
        pytest.param(
            b"\n", _rows(ROW),
            marks=carries_out("has no rows. Remedy: one JSON object a line with text and sentiment."),
        ),
        pytest.param(
            json.dumps(ROW, indent=1).encode(), _rows(ROW), marks=carries_out("Remedy: one object a line."),
        ),
        pytest.param(
            _rows(ROW | {"topics": ["crashes"]}), _rows(ROW),
            marks=carries_out("field topics holds {}. Remedy: a list of keys of topics.toml."),
        ),
    ],
)  # fmt: skip
def test_a_labelled_file_written_as_told_is_read(tmp_path: Path, wrong: bytes, right: bytes) -> None:
    from flows.cli.evaluate import read_labelled

    path = tmp_path / "labelled.jsonl"
    path.write_bytes(wrong)
    assert command("evaluate", str(path)).code == INPUT
    path.write_bytes(right)
    # What follows is measured by the tests of the command itself, in its seconds.
    assert len(read_labelled(path, ["crash"])) == 1


@carries_out(
    "--app: no app {} is known{} Remedy: a key of apps.toml, or of an app that was imported and published."
)
def test_labels_of_an_app_name_one_that_is_known(tmp_path: Path, folder: Path) -> None:
    from flows.cli.evaluate import check_app
    from flows.config.load import load_config

    path = tmp_path / "labelled.jsonl"
    path.write_bytes(_rows(ROW))
    assert command("evaluate", str(path), "--app", "jp.example.app").code == INPUT
    assert command("apps", "add", "jp.example.app", "--key", "example", "--offline").code == 0
    assert command("evaluate", str(path), "--app", "exmaple").code == INPUT
    check_app("example", load_config())


class Shown:
    """Stands for Streamlit's process: what it was started with."""

    started: list[list[str]]

    def __init__(self, command: list[str], **given: Any) -> None:
        self.started.append(command)

    def wait(self) -> int:
        """Ended by its user."""
        return 0


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The dashboards that were started."""
    Shown.started = []
    monkeypatch.setattr(dashboard_server.subprocess, "Popen", Shown)
    return Shown.started


EVERYWHERE = "0.0.0.0"  # noqa: S104 - never bound
LEFT_OUT = "lets other machines reach the dashboard. Remedy: leave it out to listen on this machine only"
A_NAME = "is every address of this machine. Remedy: --name says under which name browsers reach it"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(["--address", "192.168.1.7"], [], marks=carries_out(LEFT_OUT)),
        pytest.param(
            ["--address", EVERYWHERE, "--name", "stars.example.go.jp"],
            ["--address", EVERYWHERE, "--name", "stars.example.go.jp", "--public"],
            marks=carries_out(LEFT_OUT),
        ),
        pytest.param(
            ["--address", EVERYWHERE, "--public"],
            ["--address", EVERYWHERE, "--public", "--name", "stars.example.go.jp"], marks=carries_out(A_NAME),
        ),
    ],
)  # fmt: skip
def test_the_dashboard_starts_with_the_options_that_were_told(
    shown: list[list[str]], wrong: list[str], right: list[str]
) -> None:
    assert (command("dashboard", *wrong).code, shown) == (INPUT, [])
    assert command("dashboard", *right, "--port", "1").code == 0
    assert len(shown) == 1


@carries_out("Port {} on {} is taken. Remedy: `hoshiyomi dashboard --port {}`.")
def test_the_dashboard_starts_on_the_port_that_was_told(shown: list[list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = command("dashboard", "--port", str(port))
        assert told.code == 1
        words = told.text.split("`")[1].split()
        assert words[0] == "hoshiyomi"
        assert command(*words[1:]).code == 0
    assert f"{port + 1}" in shown[0]


@carries_out("{} can be read by others. Remedy: `chmod 600 {}`.")
def test_secrets_that_only_their_owner_reads_are_taken(folder: Path, shown: list[list[str]]) -> None:
    secrets = folder / "config" / "secrets.toml"
    secrets.write_text("[auth]\n")
    secrets.chmod(0o644)
    told = command("dashboard", "--port", "1")
    assert told.code == USAGE
    mode, path = told.text.split("`")[1].split()[1:]
    Path(path).chmod(int(mode, 8))
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert command("dashboard", "--port", "1").code == 0
    assert len(shown) == 1


@carries_out("{} is not a cron expression ({}). Remedy: five fields such as '0 6 * * *'.")
def test_a_schedule_of_five_fields_is_read() -> None:
    from datetime import UTC, datetime

    from flows.serving.schedule import fires_after
    from tests.remedies.claims import refused

    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with refused() as told:
        fires_after("every morning", "UTC", now)
    assert fires_after(told[0].split("'")[-2], "UTC", now) == datetime(2026, 3, 2, 6, tzinfo=UTC)


@carries_out("={} is unknown. Remedy: text or json.")
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_has_a_form_that_is_known(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("HOSHIYOMI_LOG", "xml")
    assert command("cohorts").code == USAGE
    monkeypatch.setenv("HOSHIYOMI_LOG", form)
    assert command("cohorts").code == 0
