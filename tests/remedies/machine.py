"""A machine with a store, an apps.toml and a data folder, on which real commands run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.conftest import CHECKOUT, give_history
from tests.remedies.claims import Ending, hear
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


class Driver:
    """The process in which the commands run; `driver.py` is its other side."""

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
        [sys.executable, "-m", "tests.remedies.driver", str(home), str(writing)],
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
    store: StoreServer
    driver: Driver

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
        addresses = "\n".join(f'{name} = "{self.store.url}"' for name in _ADDRESSES)
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


def machine(folder: Path, server: StoreServer, running: Driver) -> Machine:
    """A machine with an apps.toml and nothing collected."""
    made = Machine(folder=folder, store=server, driver=running)
    made.config.mkdir(parents=True)
    made.set("")
    (made.config / "apps.toml").write_text(APPS)
    (made.config / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    return made
