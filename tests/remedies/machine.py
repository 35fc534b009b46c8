"""A machine with a store, an apps.toml and a data folder, on which real commands run.

They run one after the other in one process beside one Prefect server: a server of its own for each costs
five seconds of a CPU, and loading Prefect three. Run as a module, this file is that process: each line that
comes in is a command with its environment, each that goes out its exit code and what it said. Commands that
need no Prefect run in the test's own process (`Here`).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TextIO
from unittest.mock import patch

from tests.conftest import CHECKOUT, give_history
from tests.remedies.claims import Ending, command, hear
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from warehouse.reads import ask, current

PLAY, APPLE = "jp.example.procedures", "1500000001"
_ADDRESSES = ("google_play", "app_store", "app_store_connect", "android_publisher")
APPS = f"""
[[app]]
key = "procedures"
name = "Procedures"
[[app.store]]
store = "google_play"
id = "{PLAY}"
languages = ["ja"]
[[app.store]]
store = "app_store"
id = "{APPLE}"
countries = ["jp"]
"""


class Runner(Protocol):
    """Where commands run."""

    def run(self, *words: str, **environment: str) -> Ending:
        """One command; what it says is heard."""


class Here:
    """This process, without Prefect."""

    def run(self, *words: str, **environment: str) -> Ending:
        """One command; what it says is heard."""
        with patch.dict(os.environ, environment):
            return command(*words)


class Driver:
    """The process in which the commands run; `main` is its other side."""

    def __init__(self, process: subprocess.Popen[str], answers: IO[str]) -> None:
        self._process, self._answers = process, answers

    def run(self, *words: str, **environment: str) -> Ending:
        """One command; what it says is heard."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"words": words, "environment": environment}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._answers.readline())
        return Ending(answer["code"], hear(answer["text"]))


@contextmanager
def driver(home: Path) -> Iterator[Driver]:
    """Start the process; it ends with the block."""
    give_history(home)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.remedies.machine", str(home), str(writing)],
        cwd=CHECKOUT, env=environment | {"NO_COLOR": "1", "COLUMNS": "200"}, text=True,
        stdin=subprocess.PIPE, pass_fds=[writing],
    )  # fmt: skip
    os.close(writing)
    with process, os.fdopen(reading) as answers:
        yield Driver(process, answers)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A data folder and its configuration beside a loopback store."""

    folder: Path
    store: StoreServer | None
    driver: Runner

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def config(self) -> Path:
        """The configuration folder."""
        return self.folder / "config"

    def run(self, *words: str) -> Ending:
        """A command of this machine."""
        return self.driver.run(*words, HOSHIYOMI_DATA=str(self.data), HOSHIYOMI_CONFIG=str(self.config))

    def found(self) -> set[str]:
        """What `hoshiyomi status` finds, by its words for monitors."""
        said = self.run("status", "--format", "json")
        document = said.text[said.text.index("{") :]
        return {str(f["about"]) for f in json.loads(document)["findings"]}

    def reviews(self) -> list[tuple[object, ...]]:
        """What is published of reviews."""
        asked = "select store, review_id, text, rating from reviews order by all"
        return ask(current(self.data), asked)[1]

    def set(self, lines: str) -> None:
        """Write hoshiyomi.toml: how this store is asked, and `lines`, which begin in `[collect]`."""
        url = self.store.url if self.store else "http://127.0.0.1:9"
        addresses = "\n".join(f'{name} = "{url}"' for name in _ADDRESSES)
        (self.config / "hoshiyomi.toml").write_text(
            f"[collect.addresses]\n{addresses}\n"
            f'[collect]\nrequests_per_second = "unlimited"\nretry_rounds = 0\n{lines}\n'
        )


@contextmanager
def store(reviews: int = 8) -> Iterator[StoreServer]:
    """A store that sells one app, on Google Play and in the App Store."""
    apps = [
        play_app(PLAY, reviews=reviews, languages=("ja",), seed=1),
        app_store_app(APPLE, reviews=reviews, countries=("jp",), seed=1),
    ]
    with StoreServer(Catalogue(apps)) as server:
        yield server


def machine(folder: Path, server: StoreServer | None, running: Runner) -> Machine:
    """A machine with an apps.toml and nothing collected."""
    made = Machine(folder=folder, store=server, driver=running)
    made.config.mkdir(parents=True)
    made.set("")
    (made.config / "apps.toml").write_text(APPS)
    (made.config / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    return made


def main(home: Path, orders: TextIO, answers: TextIO) -> None:
    """Begin the server in `home`, then do what each order says."""
    from flows.cli.main import main as hoshiyomi
    from flows.serving.prefect_env import prepare_offline, prepare_prefect
    from flows.serving.prefect_server import PrefectServer
    from flows.sources.http import StoreClient

    # No test waits while a store that refuses is given time.
    StoreClient._wait = lambda *_given: 0.01  # type: ignore[method-assign]
    prepare_offline()
    prepare_prefect(home)
    server = PrefectServer(home)
    server.begin()
    server.ready()
    try:
        for line in orders:
            order = json.loads(line)
            os.environ.update(order["environment"])
            said, code = io.StringIO(), 0
            with redirect_stdout(said), redirect_stderr(said):
                sys.argv = ["hoshiyomi", *order["words"]]
                try:
                    hoshiyomi()
                except SystemExit as ending:
                    code = int(ending.code or 0)
            answers.write(json.dumps({"code": code, "text": said.getvalue()}) + "\n")
            answers.flush()
    finally:
        server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin, os.fdopen(int(sys.argv[2]), "w"))
    # Prefect would wait a minute for the server that has gone.
    os._exit(0)
