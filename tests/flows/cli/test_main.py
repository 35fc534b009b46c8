from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.cli import main
from flows.cli.main import app
from flows.errors import ConfigError
from tests.conftest import CHECKOUT, hoshiyomi

if TYPE_CHECKING:
    from tests.store import StoreServer

HEAVY = ("prefect", "streamlit", "transformers", "duckdb", "onnxruntime", "pandas", "pyarrow", "torch")
ASK_HELP = """
import sys
sys.argv = ["hoshiyomi", *sys.argv[1:]]
from flows.cli.main import main
try:
    main()
except SystemExit:
    pass
print("IMPORTED", sorted(m for m in %r if m in sys.modules))
"""


@pytest.mark.parametrize("words", [["--help"], ["refresh", "--help"], ["import", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK_HELP % (HEAVY,), *words], capture_output=True, text=True, check=True
    )
    assert "IMPORTED []" in done.stdout


def test_every_command_and_option_is_documented() -> None:
    document = (CHECKOUT / "docs" / "commands.md").read_text(encoding="utf-8")
    import typer

    group = typer.main.get_command(app)
    commands = dict(group.commands)  # type: ignore[attr-defined]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        commands |= {f"{name} {n}": c for n, c in getattr(command, "commands", {}).items()}
    for name, command in commands.items():
        assert f"## `hoshiyomi {name}`" in document
        section = document.split(f"## `hoshiyomi {name}`", 1)[1].split("\n## ", 1)[0]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in section, f"{name} {option} is not documented"


def test_before_the_first_run_the_remedy_is_named(tmp_path: Path) -> None:
    done = hoshiyomi("path", data=tmp_path, code=4)
    assert done.stdout == ""
    assert "Remedy: run `hoshiyomi demo`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    done = hoshiyomi("import", "x.csv", "--timezone", "Asia/Tokio", data=tmp_path, code=3)
    assert "Asia/Tokyo" in done.stderr


def test_a_mapping_must_have_two_sides(tmp_path: Path) -> None:
    done = hoshiyomi("import", "x.csv", "--map", "text", data=tmp_path, code=3)
    assert "field=column" in done.stderr


def _configured(folder: Path, url: str) -> dict[str, str]:
    """A configuration folder with one app in both stores, at addresses on this machine."""
    names = ("google_play", "app_store", "app_store_connect", "android_publisher")
    addresses = "\n".join(f'{name} = "{url}"' for name in names)
    (folder / "hoshiyomi.toml").write_text(
        "[collect]\nrequests_per_second = 10\nretry_rounds = 1\nretry_wait_seconds = 1\n"
        f"[collect.addresses]\n{addresses}\n"
    )
    (folder / "topics.toml").write_text((CHECKOUT / "config" / "topics.toml").read_text("utf-8"), "utf-8")
    return {"HOSHIYOMI_CONFIG": str(folder)}


def test_an_app_is_added_checked_and_collected_and_a_refusal_has_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.flows.collection.collecting import APPLE, PLAY, catalogue
    from tests.store import Fault, StoreServer

    config = tmp_path / "config"
    config.mkdir()
    with StoreServer(catalogue(play=450, apple=60)) as server:
        for name, value in _configured(config, server.url).items():
            monkeypatch.setenv(name, value)
        hoshiyomi("apps", "add", PLAY, "--key", "procedures", data=tmp_path)
        hoshiyomi(
            "apps", "add", f"https://apps.apple.com/jp/app/id{APPLE}", "--key", "procedures", data=tmp_path
        )
        assert "架空の手続き" in (config / "apps.toml").read_text("utf-8")
        assert "FAILED" not in hoshiyomi("apps", "check", data=tmp_path).stdout
        assert "offline: no store was asked" in hoshiyomi("apps", "check", "--offline", data=tmp_path).stdout
        server.faults.add(Fault("captcha", route="app_store_feed", times=None))
        server.faults.add(Fault("captcha", route="play_reviews", page=2))
        before = len(server.requests)
        told = hoshiyomi("collect", data=tmp_path, code=12).stderr
        assert "3 requests complete, 0 partial, 1 failed" in told
        assert "page for people" in told
        assert "2 requests failed for a passing reason; asked again in 1 s" in told
        # The one that came back went on at its checkpoint.
        pages = [r.page for r in server.requests[before:] if r.route == "play_reviews"]
        assert pages == [1, 2, 2, 3]
        (run,) = _states(tmp_path, "flow_run")
        # One store's displayed score came, its reviews did not.
        assert run[:2] == ("COMPLETED", "Degraded")
        assert "1 of 4 requests failed: procedures app_store_feed jp (reviews): blocked" in run[2]
        assert [s[:2] for s in _states(tmp_path, "task_run")].count(("FAILED", "Failed")) == 3
        server.faults.heal()
        so_far = len(server.requests)
        assert "4 requests complete" in hoshiyomi("collect", data=tmp_path).stderr
        assert {r.route for r in server.requests[so_far:]} == {"app_store_feed"}
        assert _states(tmp_path, "flow_run")[-1][1] == "Completed"
        _three_bad_days(server, config, tmp_path)
        # The limit of the host was made, and each request took a turn at it.
        import sqlite3

        with sqlite3.connect(f"file:{tmp_path}/prefect/prefect.db?mode=ro", uri=True) as history:
            limits = history.execute(
                "select name, slot_decay_per_second from concurrency_limit_v2"
            ).fetchall()
        assert limits == [("hoshiyomi-127.0.0.1", 10.0)]


def _states(data: Path, table: str) -> list[tuple[str, str, str]]:
    """Type, name and message of the state of every run that Prefect knows, oldest first."""
    import sqlite3

    with sqlite3.connect(f"file:{data}/prefect/prefect.db?mode=ro", uri=True) as history:
        return history.execute(
            f"select s.type, s.name, s.message from {table} r join {table}_state s on s.id = r.state_id"
            " order by r.start_time"
        ).fetchall()


def _three_bad_days(server: StoreServer, config: Path, data: Path) -> None:
    """Every request is refused: the run is red, status needs a person, and names what and since when."""
    from tests.store import Fault

    assert "google_play" in hoshiyomi("status", data=data, code=16).stdout
    server.faults.add(Fault("captcha", route="*", times=None))
    with (config / "hoshiyomi.toml").open("a") as more:
        more.write('[collect.google_play]\nevery = "15m"\n')
    _age(data, days=3)
    told = hoshiyomi("collect", "--app", "procedures", data=data, code=12).stderr
    assert "done in this slot" in told
    state = _states(data, "flow_run")[-1]
    assert state[:2] == ("FAILED", "Failed")
    assert "every request of procedures in google_play" in state[2]
    found = json.loads(hoshiyomi("status", "--format", "json", data=data, code=16).stdout)
    (bad,) = (f for f in found["findings"] if f["subject"] == "procedures/google_play")
    assert (bad["severity"], bad["about"]) == ("act", "source_failing")
    assert "page for people" in bad["what"]
    assert "3 days ago" in bad["what"]


def _age(data: Path, days: int) -> None:
    """As if the last attempts had been so many days ago."""
    from dataclasses import replace

    from flows.collection import attempts

    for path in (data / attempts.FOLDER).glob("*.json"):
        known = attempts.read(data, path.stem)
        assert known is not None
        assert known.last_success_at is not None
        back = timedelta(days=days)
        older = replace(known, last_at=known.last_at - back, last_success_at=known.last_success_at - back)
        attempts.write(data, path.stem, older)


def test_a_backfill_needs_a_reason(tmp_path: Path) -> None:
    done = hoshiyomi("collect", "--since", "2026-01-01", data=tmp_path, code=3)
    assert "--since and --reason belong together" in done.stderr


def test_an_unknown_app_is_refused_with_what_is_known(tmp_path: Path) -> None:
    done = hoshiyomi("collect", "--app", "nobody", data=tmp_path, code=3)
    assert "'nobody' is not in apps.toml" in done.stderr


@pytest.mark.parametrize("when", ["before a command", "while an error is told"])
def test_a_signal_outside_of_a_command_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], when: str
) -> None:
    # Two hundred kills of `serve` met this once: its error was being told when the next signal came.
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def failing() -> None:
        raise ConfigError("wrong")

    monkeypatch.setattr(main, "_close_folder", interrupted if when == "before a command" else lambda: None)
    monkeypatch.setattr(main, "app", failing)
    monkeypatch.setattr(main, "_fail", interrupted)
    monkeypatch.setattr("sys.argv", ["hoshiyomi", "refresh"])
    monkeypatch.setattr("flows.console.setup", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == main.STOPPED
    assert "Traceback" not in capsys.readouterr().err
