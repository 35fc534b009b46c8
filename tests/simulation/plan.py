"""What goes wrong on which day of two months, and the house that lives through it beside one that does not.

Every morning at six (Japan) both houses refresh. The tried one is killed at every stage, its stores refuse in
passing and for days, its machine is off, falls asleep in the middle of a run, has a full disk, is lost and
restored from a backup; for a day the real `hoshiyomi serve` does the work while its processes are killed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from flows.cli.alerts import NOT_TOLD
from flows.health.runs import latest
from flows.serving import schedule
from tests.flows.processes import of_folder, wait_for
from tests.simulation.house import Clock, House, dice_of
from tests.simulation.receiver import Receiver
from tests.simulation.story import BEGIN, Story
from tests.store.faults import Fault, FaultPlan, Kind

_PASSING: tuple[Kind, ...] = (
    "too_many_requests", "server_error", "captcha", "reset", "reset_in_body", "truncated_gzip",
    "wrong_length", "cut_short", "garbage",
)  # fmt: skip
_ROUTES = ("play_reviews", "play_details", "app_store_feed", "app_store_lookup")
DISK_UNUSABLE, ASKS_FAILED, ASKS_PARTIAL = 15, 12, 13
ENDED = (0, ASKS_PARTIAL)
"""Where everything is asked again, at first and each month, the App Store's feed ends before its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which days are not like others. Days of the story."""

    killed: Mapping[int, str] = field(default_factory=dict)
    """Killed when it says this; then run again."""
    passing: tuple[int, ...] = ()
    """The stores refuse some requests in passing."""
    refusing: tuple[int, ...] = ()
    """Google Play refuses everything."""
    off: tuple[int, ...] = ()
    """The machine is off: nothing runs."""
    asleep: Mapping[int, int] = field(default_factory=dict)
    """The run of this day stops in the middle and goes on so many days later; nothing runs meanwhile."""
    full: tuple[int, ...] = ()
    """The disk is full in the morning."""
    served: tuple[int, ...] = ()
    """`hoshiyomi serve` does the work, and each of its processes is killed."""
    backed_up: tuple[int, ...] = ()
    """A backup in the evening; the first try of it is killed."""
    lost: tuple[int, ...] = ()
    """The data folder is gone in the morning, and the newest backup restored."""
    unscheduled: tuple[int, ...] = ()
    """The machine is up and nothing starts the run."""
    dead: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Channels that take nothing on a day."""

    def unseen(self) -> set[int]:
        """Days on which nobody asked Google Play; the App Store, for those on which a machine was off."""
        return {*self.refusing, *self.unscheduled, *self.away()}

    def away(self) -> set[int]:
        """Days on which no run began or went on."""
        slept = {day + n for day, span in self.asleep.items() for n in range(1, span)}
        return {*self.off, *slept}


TWO_MONTHS = Plan(
    killed={
        2: "starting Prefect", 4: "collected 1/", 6: "collected 6/6", 8: "loaded ", 11: "analysing ",
        13: "analysed ", 15: "building marts", 31: "building marts", 47: "built ",
    },
    passing=(3, 9, 12, 21, 33, 42, 55),
    refusing=(25, 26, 27, 28),
    off=(22, 23),
    asleep={16: 2},
    full=(35,),
    unscheduled=(37, 38),
    served=(40,),
    backed_up=(44, 51),
    lost=(52,),
    dead={
        **dict.fromkeys((10, 11, 12), frozenset({"product"})),
        **dict.fromkeys((30, 31, 32, 33), frozenset({"culture"})),
    },
)  # fmt: skip


@dataclass(slots=True)
class Ordeal:
    """The tried house on its days."""

    house: House
    clock: Clock
    faults: FaultPlan
    plan: Plan
    seed: int
    receiver: Receiver
    disk: Path | None = None
    """A small disk of its own, on which the house lies; None: it is never full."""
    backups: Path = field(init=False)

    def __post_init__(self) -> None:
        self.backups = self.house.log.with_name("backups")

    def live(self, day: int) -> None:
        """One day: the run in the morning, and people are told once the quiet hours are over."""
        dice = dice_of(self.seed, day)
        self.faults.heal()
        self.receiver.dead = set(self.plan.dead.get(day, ()))
        if day in self.plan.away():
            return
        self.clock.set(morning(day))
        if day in self.plan.lost:
            self._restore()
        if day in self.plan.served:
            self._serve(day, dice)
        elif day not in self.plan.unscheduled:
            self._refresh(day, dice)
        if day in self.plan.asleep:
            return
        self._tell(day, hours=2.5)
        if day in self.plan.backed_up:
            # After people were told: a ledger that is older than the telling says it again.
            self._back_up(dice)

    def _tell(self, day: int, hours: float) -> None:
        self.clock.set(morning(day) + timedelta(hours=hours))
        self.house.run("alerts", "run", good=(0, NOT_TOLD))

    def _refresh(self, day: int, dice: random.Random) -> None:
        good: tuple[int, ...] = ENDED
        if day in self.plan.refusing:
            self.faults.add(Fault(kind="captcha", route="play_*", times=None))
            self.house.run("refresh", good=(ASKS_FAILED,))
            return
        if day in self.plan.passing:
            self.faults.add(*(_passing(dice) for _ in range(3)))
            good = (0, ASKS_FAILED, ASKS_PARTIAL)
        if day in self.plan.full:
            with filled(self.disk):
                self.house.run("refresh", good=(DISK_UNUSABLE,))
                self._tell(day, hours=2.5)
            # On the same day of UTC, by which scores are kept.
            self.clock.set(morning(day) + timedelta(hours=2.75))
            self.house.run("refresh", good=ENDED)
            self._tell(day, hours=4.5)
            return
        if day in self.plan.asleep:
            wakes = morning(day + self.plan.asleep[day])
            self.house.run_asleep("loaded ", lambda: self.clock.set(wakes), "refresh")
            return
        if day in self.plan.killed:
            stage = self.plan.killed[day]
            self.house.run_killed(stage, dice.uniform(0, 0.3), "refresh")
        self.house.run("refresh", good=good)
        if day in self.plan.passing:
            # What was refused in passing is asked again by the next run.
            self.faults.heal()
            self.house.run("refresh", good=ENDED)

    def _back_up(self, dice: random.Random) -> None:
        self.house.run_killed(COPIED, 0.0, "backup", str(self.backups))
        self.house.run("backup", str(self.backups))

    def _restore(self) -> None:
        self.house.close()
        shutil.rmtree(self.house.data)
        self.house.run_alone("restore", str(max(self.backups.glob("*.tar"))))
        self.house.open()

    def _serve(self, day: int, dice: random.Random) -> None:
        """The schedule fires at six; every process is killed once while it does."""
        self.house.close()
        self.clock.set(morning(day) - timedelta(hours=1))
        serving = self._started()
        wait_for(lambda: self._planned() == morning(day), _PATIENCE_S, lambda: self.house.said())
        self.clock.set(morning(day) - timedelta(seconds=10))
        hit: set[str] = set()
        end = time.monotonic() + _PATIENCE_S
        try:
            while not self._is_refreshed(morning(day)):
                assert time.monotonic() < end, self.house.said()
                if serving.poll() is not None:
                    serving = self._started()
                self._hit(dice, serving.pid, hit)
                time.sleep(1)
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(timeout=90)
        self.house.nothing_is_left()
        self.house.killed |= {f"serve: {kind}": 1 for kind in hit}
        self.house.open()

    def _started(self) -> subprocess.Popen[bytes]:
        return self.house.serve("0 6 * * *", "Asia/Tokyo", free_port())

    def _planned(self) -> datetime | None:
        seen = schedule.remembered(self.house.data)
        return None if seen is None else seen.next_run

    def _hit(self, dice: random.Random, serving: int, hit: set[str]) -> None:
        for pid, words in of_folder(self.house.data).items():
            kind = next((k for k in KINDS if k in words), None)
            if kind is None or kind in hit or (kind == "hoshiyomi serve") != (pid == serving):
                continue
            if dice.random() < 0.3:
                hit.add(kind)
                os.kill(pid, signal.SIGKILL)
                return

    def _is_refreshed(self, since: datetime) -> bool:
        runs = latest(self.house.data, 1)
        return bool(
            runs and runs[0].started_at >= since and runs[0].outcome == "complete" and runs[0].revision
        )


_PATIENCE_S = 900.0
COPIED = "the folder stood still"
"""What a backup says in its middle."""
KINDS = ("hoshiyomi serve", "flows.serving.scheduled", "prefect_child", "multiprocessing")


SOME_DAYS = Plan(killed={1: "analysing "}, off=(0, 2), dead={1: frozenset({"product"})})


def morning(day: int) -> datetime:
    """When the runs of a day begin."""
    return BEGIN + timedelta(days=day)


def calm_days(house: House, clock: Clock, story: Story) -> Iterator[int]:
    """The house that is left in peace, day by day."""
    for day in range(story.days):
        clock.set(morning(day))
        house.run("refresh", good=ENDED)
        yield day


def _passing(dice: random.Random) -> Fault:
    return Fault(
        kind=dice.choice(_PASSING), route=dice.choice(_ROUTES), times=dice.randint(1, 6),
        first=dice.randint(1, 2), status=dice.choice((500, 502, 503)), retry_after=dice.choice((None, 1)),
    )  # fmt: skip


@contextmanager
def filled(disk: Path | None) -> Iterator[None]:
    """Next to nothing is free on the disk within."""
    assert disk is not None
    ballast = disk / "ballast"
    with ballast.open("wb") as out:
        free = os.statvfs(disk)
        os.posix_fallocate(out.fileno(), 0, max(free.f_bavail * free.f_frsize - 64 * 1024, 1))
    try:
        yield
    finally:
        ballast.unlink()


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
