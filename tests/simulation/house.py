"""A data folder with its configuration and its commands, all of which live in the simulated time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.conftest import CHECKOUT
from tests.flows.processes import of_folder, started, wait_for
from tests.simulation.forks import Forks
from tests.simulation.story import LIBRARY, PROCEDURES, PROCEDURES_APPLE
from tests.store.catalogue import VirtualClock

SOURCE = CHECKOUT / "tests" / "soak" / "shifted_clock.c"
_PATIENCE_S = 900.0
_LOOK_S = 0.02
_ADDRESSES = ("google_play", "app_store", "app_store_connect", "android_publisher")


class Clock:
    """What every process of the simulation and the stores take for the time; it goes on between moves."""

    def __init__(self, folder: Path, now: datetime) -> None:
        made, self._file = folder / "shifted_clock.so", folder / "shift"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(made), str(SOURCE), "-ldl"], check=True)
        self._file.write_bytes(struct.pack("q", 0))
        self.environment = {"LD_PRELOAD": str(made), "SHIFTED_CLOCK": str(self._file)}
        self.store = VirtualClock(now, ticking=True)
        self._shift = timedelta()
        self.set(now)

    def now(self) -> datetime:
        """The simulated time, UTC."""
        return datetime.now(UTC) + self._shift

    def set(self, moment: datetime) -> None:
        """Let it be `moment` (a whole second) for everybody, from now on."""
        self._shift = timedelta(seconds=round((moment - datetime.now(UTC)).total_seconds()))
        with self._file.open("r+b") as out:
            out.write(struct.pack("q", round(self._shift.total_seconds())))
        self.store.set(self.now())


@dataclass(slots=True)
class House:
    """One data folder; `forks` runs its commands."""

    name: str
    data: Path
    config: Path
    clock: Clock
    log: Path
    forks: Forks | None = None
    """What runs its commands; may be another house's, as long as that is open."""
    killed: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0
    """Processor time of its commands, those of `serve` left out."""

    @property
    def environment(self) -> dict[str, str]:
        return {"HOSHIYOMI_CONFIG": str(self.config)} | self.clock.environment

    @contextmanager
    def living(self) -> Iterator[House]:
        """Commands can be run within."""
        self.log.touch()
        self.open()
        try:
            yield self
        finally:
            self.close()

    def open(self) -> None:
        home = self.log.with_name(f"{self.name}-prefect")
        self.forks = Forks(self.data, self.environment, self.log, home)

    def close(self) -> None:
        if self.forks is not None:
            self.cpu_s += self.forks.cpu_s
            self.forks.close()
            self.forks = None

    def run(self, *words: str, good: tuple[int, ...] = (0,)) -> int:
        """A command to its end, which must have one of the exit codes that are `good`."""
        assert self.forks is not None
        begun = self.log.stat().st_size
        self._begin(*words)
        code = self.forks.end()
        assert code in good, f"{self.name}: {words} ended with {code}\n{self._said(begun)[-6000:]}"
        return code

    def run_killed(self, after: str, delay_s: float, *words: str) -> None:
        """A command that is killed a moment after it said `after`."""

        def kill(pid: int) -> None:
            time.sleep(delay_s)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        code = self._met(after, kill, words)
        self.killed[after] = self.killed.get(after, 0) + (code == -signal.SIGKILL)

    def run_asleep(self, after: str, wake: Callable[[], None], *words: str) -> int:
        """A command that is stopped in the middle, as by a lid that is shut, and goes on after `wake`."""

        def sleep(pid: int) -> None:
            os.kill(pid, signal.SIGSTOP)
            wake()
            os.kill(pid, signal.SIGCONT)

        return self._met(after, sleep, words)

    def _met(self, after: str, what: Callable[[int], None], words: tuple[str, ...]) -> int:
        assert self.forks is not None
        begun, end = self.log.stat().st_size, time.monotonic() + _PATIENCE_S
        pid = self._begin(*words)
        while after not in self._said(begun):
            assert time.monotonic() < end, f"{words} never said {after!r}\n{self._said(begun)[-6000:]}"
            time.sleep(_LOOK_S)
        what(pid)
        return self.forks.end()

    def _begin(self, *words: str) -> int:
        assert self.forks is not None
        own = {"HOSHIYOMI_DATA": str(self.data), "HOSHIYOMI_CONFIG": str(self.config)}
        return self.forks.begin(*words, log=self.log, environment=own)

    def said(self) -> str:
        """The end of what its commands said."""
        return self._said(max(self.log.stat().st_size - 6000, 0))

    def _said(self, since: int) -> str:
        with self.log.open("rb") as read:
            read.seek(since)
            return read.read().decode("utf-8", "replace")

    def run_alone(self, *words: str) -> None:
        """The real command, for a folder in which nothing may lie yet."""
        done = started(*words, data=self.data, extra=self.environment, log=self.log)
        assert done.wait(timeout=_PATIENCE_S) == 0, self.log.read_text("utf-8", "replace")[-6000:]

    def serve(self, cron: str, zone: str, port: int) -> subprocess.Popen[bytes]:
        """`hoshiyomi serve`, the real one."""
        words = ("serve", "--cron", cron, "--timezone", zone, "--port", str(port))
        return started(*words, data=self.data, extra=self.environment, log=self.log)

    def nothing_is_left(self) -> None:
        """Wait until no process works in the folder."""
        wait_for(lambda: not of_folder(self.data), 90, lambda: of_folder(self.data))


def configured(folder: Path, url: str) -> Path:
    """The configuration of one house: two apps in two stores, all on loopback."""
    folder.mkdir()
    shutil.copy(CHECKOUT / "config" / "topics.toml", folder)
    (folder / "apps.toml").write_text(
        f"""
[[app]]
key = "procedures"
name = "くらしの手続き"
owner = "digital"
[[app.store]]
store = "google_play"
id = "{PROCEDURES}"
languages = ["ja"]
[[app.store]]
store = "app_store"
id = "{PROCEDURES_APPLE}"
countries = ["jp"]

[[app]]
key = "library"
name = "図書館"
owner = "culture"
[[app.store]]
store = "google_play"
id = "{LIBRARY}"
languages = ["ja"]
""",
        "utf-8",
    )
    addresses = "".join(f'{name} = "{url}"\n' for name in _ADDRESSES)
    (folder / "hoshiyomi.toml").write_text(
        '[collect]\nrequests_per_second = "unlimited"\nretry_rounds = 1\nretry_wait_seconds = 1\n'
        f"[collect.addresses]\n{addresses}",
        "utf-8",
    )
    return folder


def dice_of(seed: int, day: int) -> random.Random:
    """What chance decides on a day, the same for the same seed."""
    return random.Random(f"{seed} {day}")
