"""A real browser on a running dashboard: `make test-browser`. Nothing here runs in `make test`.

The system's Chromium is driven (`CHROMIUM` names another one); its pictures go to `screenshots/`.
The data is the demo's, made once, or the folder that HOSHIYOMI_DATA names. HOSHIYOMI_REAL names a folder with
a publication of the real dump, for the walks that need one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.screen import PATIENCE_MS
from tests.conftest import CHECKOUT
from tests.flows.alerts.receivers import Webhook, webhook
from warehouse import reads

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Read before the suite's own surroundings take it out of the environment.
_NAMED = os.environ.get("HOSHIYOMI_DATA")
_REAL = os.environ.get("HOSHIYOMI_REAL")
SHOTS = CHECKOUT / "screenshots"
HOST = "127.0.0.1"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this room needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest) -> Path:
    """The data folder whose publication is walked."""
    if _NAMED:
        return Path(_NAMED).expanduser().absolute()
    made: Path = request.getfixturevalue("demo")
    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    # `make test-browser` installs it first; `make soak` does without what it has not.
    playwright_api = pytest.importorskip("playwright.sync_api")
    playwright_api.expect.set_options(timeout=PATIENCE_MS)

    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    assert Path(path).is_file(), (
        f"no Chromium at {path}: install Debian's `chromium`, or let CHROMIUM name one"
    )
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Desk:
    """A dashboard of an editor on a folder of its own, and where a review arrives that is handed over."""

    address: str
    data: Path
    team: Webhook


@contextmanager
def editing(shown: Path, folder: Path) -> Iterator[Desk]:
    """A `Desk` in the empty `folder` that shows what is published in `shown`; nothing is written there."""
    config, data = folder / "config", folder / "data"
    config.mkdir()
    data.mkdir(mode=0o700)
    shutil.copytree(shown / "published", data / "published")
    (data / reads.LINK).symlink_to(reads.current(shown).relative_to(shown.resolve()))
    for name in ("apps.toml", "topics.toml", "events.toml"):
        shutil.copy(CHECKOUT / "config" / name, config)
    rules = 'local_role = "alpha_reader"\nlocal_editor = true\nhand_over = ["team"]\n'
    (config / "hoshiyomi.toml").write_text(f"[dashboard]\n{rules}", encoding="utf-8")
    with webhook() as team:
        (config / "alerts.toml").write_text(f'[[channel]]\nname = "team"\nurl = "{team.url}"\n', "utf-8")
        with running(data, HOSHIYOMI_CONFIG=str(config)) as address:
            yield Desk(address, data, team)


@pytest.fixture(scope="session")
def desk(shown: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The dashboard of most tests: every page and everything that can be done on it."""
    with editing(shown, tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture(scope="session")
def real_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same on the real dump."""
    if not _REAL:
        pytest.skip("HOSHIYOMI_REAL names no folder with a publication of the real dump")
    with editing(Path(_REAL).expanduser().absolute(), tmp_path_factory.mktemp("real")) as made:
        yield made


@pytest.fixture
def desk_of(request: pytest.FixtureRequest) -> Desk:
    """The desk that a test's parameter names: `sample` or `real`."""
    made: Desk = request.getfixturevalue({"sample": "desk", "real": "real_desk"}[request.param])
    return made


@pytest.fixture(scope="session")
def dashboard(desk: Desk) -> str:
    """The address of a dashboard that `hoshiyomi dashboard` started on a free port, alpha page and all."""
    return desk.address


class running:
    """`hoshiyomi dashboard` in a process of its own, until the block ends."""

    def __init__(self, data: Path, *words: str, port: int | None = None, **environment: str) -> None:
        self.data, self.words, self.environment = data, words, environment
        self.port = port or free_port()

    def __enter__(self) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "STREAMLIT_"))}
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("hoshiyomi")),
                "dashboard",
                "--port",
                str(self.port),
                *self.words,
            ],
            env=kept | {"HOSHIYOMI_DATA": str(self.data)} | self.environment,
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = f"http://{HOST}:{self.port}"
        for _ in range(120):
            assert self.process.poll() is None, f"the dashboard ended with {self.process.returncode}"
            try:
                if httpx.get(f"{address}/_stcore/health", timeout=2).status_code == httpx.codes.OK:
                    return address
            except httpx.TransportError:
                time.sleep(0.25)
        self.__exit__()
        raise AssertionError("the dashboard did not answer within half a minute")

    def __exit__(self, *_: Any) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
