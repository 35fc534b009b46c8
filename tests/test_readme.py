"""The README's commands are executed as they stand; only servers are stopped again by the test."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import CHECKOUT, hoshiyomi

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DUMP = """reviewId,content,score,at,reviewCreatedVersion
r1,とても使いやすい,5,2026-03-01 09:00:00,2.0
r2,Cannot log in since the update,1,2026-03-02 09:00:00,2.0
"""

ASK_READ_ONLY = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as con:
    print(con.execute("from apps").fetchall())
"""


def _commands() -> list[list[str]]:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    lines = "\n".join(BLOCK.findall(text)).splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def _of(command: str) -> list[list[str]]:
    return [c[1:] for c in _commands() if c[:2] == ["hoshiyomi", command]]


def test_every_command_of_the_readme_is_known_to_a_test() -> None:
    known = {
        "make": {"demo", "test"},
        "hoshiyomi": {"import", "refresh", "dashboard", "sql", "status", "serve"},
        ".": {".venv/bin/activate"},
        "duckdb": {"-readonly"},
    }
    for words in _commands():
        assert words[1] in known.get(words[0], set()), f"no test runs {shlex.join(words)!r}"


@pytest.mark.parametrize("goal", ["demo", "test"])
def test_make_knows_its_goals(goal: str) -> None:
    told = subprocess.run(
        ["make", "--dry-run", goal, "OPEN=0"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    assert {"demo": "hoshiyomi demo --no-open", "test": "-m pytest"}[goal] in told


def test_import_refresh_and_the_questions_of_the_readme(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo, data, symlinks=True)
    (tmp_path / "reviews.csv").write_text(DUMP, encoding="utf-8")
    (words,) = _of("import")
    hoshiyomi(*[w if w != "reviews.csv" else str(tmp_path / w) for w in words], data=data)
    first = hoshiyomi("refresh", data=data)
    again = hoshiyomi("refresh", data=data)
    assert ("load " in first.stderr, "load " in again.stderr) == (True, False)
    assert "look" in again.stderr, "nothing new: it ends before Prefect begins"
    assert again.stdout == first.stdout
    found = hoshiyomi(
        "sql", "select count(*) from reviews where app = 'jp.example.app'", "--format", "csv", data=data
    )
    assert found.stdout.splitlines()[1] == "2"
    for command in ("sql", "status"):
        for words in _of(command):
            assert hoshiyomi(*words, data=data).stdout.strip()


def test_the_line_for_analysts_opens_the_published_file(demo: Path) -> None:
    (line,) = [c for c in _commands() if c[0] == "duckdb"]
    assert line[1:] == ["-readonly", "$(hoshiyomi path)"]
    path = hoshiyomi("path", data=demo).stdout.strip()
    told = subprocess.run(
        [sys.executable, "-c", ASK_READ_ONLY, path], capture_output=True, text=True, check=True
    )
    assert "google_play" in told.stdout


@pytest.mark.parametrize(
    ("command", "port", "healthy"), [("dashboard", 18501, "/_stcore/health"), ("serve", 14200, "/api/health")]
)
def test_servers_answer_on_loopback_and_stop(
    demo: Path, tmp_path: Path, command: str, port: int, healthy: str
) -> None:
    (words,) = _of(command)
    data = tmp_path / "data"
    shutil.copytree(demo, data, symlinks=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("hoshiyomi")), *words, "--port", str(port)],
        env=environment | {"HOSHIYOMI_DATA": str(data)},
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert _answers(process, f"http://127.0.0.1:{port}{healthy}")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}{healthy}", timeout=2)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    for _ in range(240):
        assert process.poll() is None, f"ended with {process.returncode} before it answered"
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return True
        except httpx.TransportError:
            time.sleep(0.5)
    return False
