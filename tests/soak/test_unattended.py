"""Left alone: `hoshiyomi serve` on a schedule of every minute, through everything that happens to a machine.

Eight days pass, by a clock that the test moves. Processes are killed again and again, two days long the
store refuses, the disk is full for a while, the clock jumps by 800 days and comes back. At the end the tables
are those of a house that was refreshed once a day and never disturbed; every failure stood in `hoshiyomi
status`; no process is left and no run says that it is running. `SOAK_KILLS` (default 200) says how often.

Needs Linux, gcc (for the movable clock) and root (for a small disk of its own).
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, of_folder, started, wait_for
from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.store.catalogue import VirtualClock
from tests.store.faults import Fault, FaultPlan
from tests.store.generate import app_store_review, play_review
from warehouse.reads import LINK
from warehouse.writes import FILE

pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc for the movable clock"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk"),
]

KILLS = int(os.environ.get("SOAK_KILLS", "200"))
DAYS = 8
BAD_DAYS = (2, 3)
FULL_DAY, JUMP_DAY = 5, 6
JUMP = 800
DAY_S = 86_400
NEEDS_A_PERSON = 16
PLAY, APPLE = "jp.example.procedures", "1500000001"
PATIENCE_S = 420.0
"""A scheduled run may begin a minute late and meet a restart; two busy cores need minutes for both."""
COMMAND = str(Path(sys.executable).with_name("hoshiyomi"))

SAME = {
    "reviews": "select store, store_app_id, review_id, rating, title, text, reviewed_at, language, country, "
    "version, reply from core.reviews",
    "history": "select store, review_id, rating, title, text from core.review_history",
    "scores": "select store, store_app_id, country, displayed_score, ratings_count, version, "
    "observed_at::date from core.rating_snapshots",
    "releases": "select store, store_app_id, version, released_at, notes from core.releases",
    "feedback": "select app, rating, text, submitted_at from core.feedback",
    "predictions": "select text_hash, sentiment from inferred.predictions",
    "topics": "select text_hash, topic from inferred.topics",
}
"""What came in and what was made of it; not when, nor in which run, nor ids that bear a folder's own key."""


@dataclass(slots=True)
class MovableClock:
    """What the preloaded processes and the store take for the time."""

    folder: Path
    store: VirtualClock
    shift_s: int = 0
    file: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        source = Path(__file__).with_name("shifted_clock.c")
        made = self.folder / "shifted_clock.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
        self.file = self.folder / "shift"
        self.file.write_bytes(struct.pack("q", 0))
        self.environment = {"LD_PRELOAD": str(made), "SHIFTED_CLOCK": str(self.file)}

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift_s)

    def move_to_day(self, day: int, *, store: bool = True) -> None:
        """Set the clock of every process to `day` days after the real one."""
        self.shift_s = day * DAY_S
        with self.file.open("r+b") as out:
            out.write(struct.pack("q", self.shift_s))
        if store:
            self.store.set(self.now())


@dataclass(slots=True)
class Folder:
    """One data folder with its commands."""

    data: Path
    config: Path
    clock: MovableClock
    log: Path
    port: int = 0
    serve: subprocess.Popen[bytes] | None = None

    @property
    def extra(self) -> dict[str, str]:
        return {"HOSHIYOMI_CONFIG": str(self.config)} | self.clock.environment

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "HOSHIYOMI_"))}
        environment |= {"HOSHIYOMI_DATA": str(self.data), "NO_COLOR": "1"} | self.extra
        return subprocess.run(
            [COMMAND, *words], env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=900,
            check=False,
        )  # fmt: skip

    def start(self) -> None:
        words = ("serve", "--cron", "* * * * *", "--port", str(self.port))
        self.serve = started(*words, data=self.data, extra=self.extra, log=self.log)

    def look_after(self) -> None:
        """What a service manager does: start what has ended."""
        if self.serve is None or self.serve.poll() is not None:
            self.start()

    def status(self) -> tuple[int, dict[str, Any]]:
        done = self.run("status", "--format", "json")
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout)

    def wait_for(self, what: str, is_so: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask for the status until it is so."""
        end = time.monotonic() + PATIENCE_S
        found: dict[str, Any] = {}
        while time.monotonic() < end:
            self.look_after()
            code, found = self.status()
            if is_so(code, found):
                return found
            time.sleep(2)
        raise AssertionError(f"not within {PATIENCE_S:.0f} s: {what}\n{json.dumps(found, indent=1)}")

    def stop(self) -> None:
        if self.serve is not None and self.serve.poll() is None:
            self.serve.send_signal(signal.SIGTERM)
            self.serve.wait(timeout=90)


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own size, in memory."""
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path) -> Path:
    """Leave next to nothing free on it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as out:
        free = os.statvfs(disk)
        os.posix_fallocate(out.fileno(), 0, max(free.f_bavail * free.f_frsize - 64 * 1024, 1))
    return ballast


def configured(folder: Path, url: str) -> Path:
    """The configuration of both folders: two stores, all on loopback."""
    folder.mkdir()
    shutil.copy(CHECKOUT / "config" / "topics.toml", folder)
    (folder / "apps.toml").write_text(
        f'[[app]]\nkey = "procedures"\nname = "くらしの手続き"\n'
        f'[[app.store]]\nstore = "google_play"\nid = "{PLAY}"\nlanguages = ["ja", "en"]\n'
        f'[[app.store]]\nstore = "app_store"\nid = "{APPLE}"\ncountries = ["jp"]\n',
        "utf-8",
    )
    addresses = "".join(
        f'{n} = "{url}"\n' for n in ("google_play", "app_store", "app_store_connect", "android_publisher")
    )
    (folder / "hoshiyomi.toml").write_text(
        f'[collect]\nrequests_per_second = "unlimited"\n[collect.addresses]\n{addresses}', "utf-8"
    )
    return folder


def news(catalogue: Catalogue, dice: random.Random, now: datetime) -> None:
    """What a day brings: new reviews in both stores, and edits of older ones."""
    at = now.replace(microsecond=0) - timedelta(minutes=5)
    for n in range(6):
        catalogue.add("google_play", PLAY, play_review(dice, "ja", at - timedelta(minutes=n)))
        catalogue.add("app_store", APPLE, app_store_review(dice, "jp", at - timedelta(minutes=n), APPLE))
    listing = catalogue.listing("google_play", PLAY, "ja", now)
    for review, state in dice.sample(listing, 3):
        edited = replace(state, at=at, stars=state.stars % 5 + 1, text=f"{state.text} 追記")
        catalogue.edit("google_play", PLAY, review.review_id, edited)


def refuse(faults: FaultPlan) -> None:
    """Every store says no, each in its own way, until it is healed."""
    faults.add(Fault(kind="too_many_requests", route="play_*", times=None, retry_after=1))
    faults.add(Fault(kind="captcha", route="app_store_*", times=None))


def contents(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of SAME, in order."""
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        return {name: con.execute(f"{sql} order by all").fetchall() for name, sql in SAME.items()}


def of_feedback(data: Path) -> int:
    with duckdb.connect(str((data / LINK).resolve()), read_only=True) as con:
        (row,) = con.execute("select count(*) from feedback").fetchall()
    return int(row[0])


def kill_around(folder: Folder, kills: int, dice: random.Random, tally: Counter[str]) -> None:
    """Kill one process of the folder after another, `serve` itself among them; nothing of it may stay."""
    end = tally.total() + kills
    while tally.total() < end:
        folder.look_after()
        time.sleep(dice.uniform(0.5, 6))
        living = of_folder(folder.data)
        if not living:
            continue
        kinds: dict[str, list[int]] = {}
        for pid, words in living.items():
            kinds.setdefault(kind_of(words), []).append(pid)
        # A kind that was hit least goes first: in turn, and at random moments.
        kind = min(sorted(kinds), key=lambda k: tally[k])
        victim = dice.choice(kinds[kind])
        tally[kind] += 1
        with suppress(ProcessLookupError):
            os.kill(victim, dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        assert folder.serve is not None
        if victim == folder.serve.pid:
            folder.serve.wait(timeout=90)
            wait_for(lambda: not of_folder(folder.data), 60, lambda: of_folder(folder.data))


def kind_of(words: str) -> str:
    """Which of our processes a command line is."""
    for kind in ("hoshiyomi serve", "flows.serving.scheduled", "prefect_child", "uvicorn", "prefect.engine"):
        if kind in words:
            return kind
    return "other: " + " ".join(words.split()[1:4])


def is_whole(since: datetime) -> Callable[[int, dict[str, Any]], bool]:
    """A run that began after `since` has ended well, and nothing needs a person."""

    def look(code: int, found: dict[str, Any]) -> bool:
        run = found["last_refresh"]
        began = run and datetime.fromisoformat(run["started_at"])
        return bool(run and began >= since and run["outcome"] == "complete" and code == 0)

    return look


def finds(*abouts: str) -> Callable[[int, dict[str, Any]], bool]:
    """The status ends with 16 and names every one of these."""

    def look(code: int, found: dict[str, Any]) -> bool:
        return code == NEEDS_A_PERSON and set(abouts) <= {f["about"] for f in found["findings"]}

    return look


@dataclass(slots=True)
class World:
    """Two folders that hear of the same days: one is left in peace, one is tried."""

    calm: Folder
    tried: Folder
    clock: MovableClock
    catalogue: Catalogue
    faults: FaultPlan
    disk: Path
    dice: random.Random
    tally: Counter[str]

    def live(self, day: int) -> None:
        """One day: what the stores bring, what is killed meanwhile, and what the status says of it."""
        self.clock.move_to_day(day)
        began = self.clock.now()
        if day in BAD_DAYS:
            refuse(self.faults)
            kill_around(self.tried, KILLS // DAYS, self.dice, self.tally)
            self.tried.wait_for("a source that refuses is told", finds("source_failing"))
            return
        self.faults.heal()
        news(self.catalogue, self.dice, began)
        done = self.calm.run("refresh")
        assert done.returncode == 0, done.stderr
        self.tried.look_after()
        if day == FULL_DAY:
            ballast = fill(self.disk)
            self.tried.wait_for("a full disk is told", finds("disk_short"))
        kill_around(self.tried, KILLS // DAYS, self.dice, self.tally)
        if day == FULL_DAY:
            ballast.unlink()
        if day == JUMP_DAY:
            self.jump(day)
        self.tried.wait_for("all is well again", is_whole(began))

    def jump(self, day: int) -> None:
        """A clock that is 800 days ahead takes nothing away and is told; then it is right again."""
        before = of_feedback(self.tried.data)
        assert before
        self.clock.move_to_day(day + JUMP, store=False)
        self.tried.wait_for("a wrong clock is told", finds("run_stopped"))
        assert of_feedback(self.tried.data) == before
        self.clock.move_to_day(day)


def let_testers_speak(folder: Folder) -> None:
    """Feedback of testers who agreed, the same in both folders, so that there is something to lose."""
    dump = folder.config / "feedback.csv"
    if not dump.exists():
        with dump.open("w", newline="", encoding="utf-8") as out:
            table = csv.writer(out)
            table.writerow(["id", "person", "text", "rating", "date"])
            for n in range(40):
                table.writerow(
                    [f"f{n}", f"tester{n % 8}@example.jp", f"遅いです {n}", n % 5 + 1, "2026-11-01"]
                )
    done = folder.run(
        "import-feedback", str(dump), "--app", "procedures", "--consent-version", "2026-01",
        "--cohort", "spring", "--basis", "form", "--analyse", "--quote",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def unended_runs(data: Path) -> list[str]:
    """Names of the runs that Prefect's database calls anything but ended or planned."""
    with sqlite3.connect(f"file:{data / 'prefect' / 'prefect.db'}?mode=ro", uri=True) as con:
        rows = con.execute(
            "select name from flow_run where state_type in ('RUNNING', 'PENDING', 'CANCELLING', 'PAUSED')"
        ).fetchall()
    return [name for (name,) in rows]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_it_can_be_left_alone(tmp_path: Path) -> None:
    tally = Counter[str]()
    clock = MovableClock(tmp_path, VirtualClock(datetime.now(UTC), ticking=True))
    catalogue = Catalogue(
        [
            play_app(PLAY, reviews=300, languages=("ja", "en"), seed=1),
            app_store_app(APPLE, reviews=200, countries=("jp",), seed=1),
        ]
    )
    faults = FaultPlan()
    with (
        small_disk(tmp_path / "disk", 1500) as disk,
        StoreServer(catalogue, faults, clock=clock.store) as store,
    ):
        config = configured(tmp_path / "config", store.url)
        calm = Folder(tmp_path / "calm", config, clock, tmp_path / "calm.log")
        tried = Folder(disk / "tried", config, clock, tmp_path / "tried.log", port=free_port())
        world = World(calm, tried, clock, catalogue, faults, disk, random.Random(1), tally)
        try:
            for folder in (calm, tried):
                let_testers_speak(folder)
            for day in range(DAYS):
                world.live(day)
        finally:
            tried.stop()
        wait_for(lambda: not of_folder(tried.data), 30, lambda: of_folder(tried.data))
        print(dict(tally))  # noqa: T201 - how often each kind of process was killed
        assert contents(tried.data) == contents(calm.data)
        assert unended_runs(tried.data) == []
        assert "Traceback" not in tried.log.read_text("utf-8", "replace")
    assert sum(tally.values()) >= KILLS // DAYS * DAYS, tally
    # `serve` itself is killed and started anew as often as each other kind of process.
    assert tally["hoshiyomi serve"] >= min(20, KILLS // 8), tally
