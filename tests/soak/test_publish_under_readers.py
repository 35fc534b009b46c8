"""Publishing again and again while people read: no error, no page older than one publication, no handle left.

New reviews are imported and refreshed by the real commands as fast as they go; readers speak to the real
dashboard as a browser does. Half an hour in `make soak`, some seconds in `make test`.
"""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.readers import Answer, Reader, dashboard, memory_mb, open_files, reader
from warehouse import reads

HOSHIYOMI = str(Path(sys.executable).with_name("hoshiyomi"))
ROOT = Path(__file__).resolve().parents[2]
PAGES = ("", "rating", "releases", "topics", "tradeoffs", "reviews", "health", "about")
WORDS = ("ログイン", "slow", "card", "")
TEXTS = ("開けない", "Signing in works again, thank you", "カードがすぐ読めた", "too many steps")
# Streamlit keeps a tab that went away for two minutes, in case it comes back, with an event loop of its own.
KEPT_FOR, HANDLES_KEPT = 130.0, 3
SAID = re.compile(r"publication (\d+),|第(\d+)版")


@dataclass(slots=True)
class Seen:
    """What the readers saw, and when each publication became current."""

    answers: int = 0
    faults: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    publications: list[tuple[float, int]] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("minutes", "readers"),
    [(0.35, 3), (float(os.environ.get("SOAK_MINUTES", "30")), 10)],
)
def test_pages_stay_right_and_fresh_while_runs_publish(
    demo: Path, tmp_path: Path, minutes: float, readers: int
) -> None:
    data, seen = tmp_path / "data", Seen()
    shutil.copytree(demo, data, symlinks=True)
    with dashboard(data) as (port, server):
        with reader(port, "en") as first:
            look(first, data, seen, "", first.open(""))
        before = open_files(server)
        until = time.monotonic() + minutes * 60
        threads = [threading.Thread(target=read, args=(port, data, until, n, seen)) for n in range(readers)]
        for thread in threads:
            thread.start()
        publish(data, tmp_path, until, seen, server)
        for thread in threads:
            thread.join()
        soon = open_files(server)
        if minutes >= 1:
            time.sleep(KEPT_FOR)
        with reader(port, "en") as last:
            look(last, data, seen, "", last.open(""))
        after, memory = settled(server, len(before)), memory_mb(server)
    said = (
        f"{len(seen.publications)} publications, {seen.answers} answers to {readers} readers,"
        f" {len(before)} handles before, at most {max(seen.handles)}, {len(after)} after;"
        f" memory now and at most {memory} MB"
    )
    sys.stdout.write(f"{said}\n")
    assert seen.faults == []
    assert seen.old == []
    assert len(seen.publications) >= 2, said
    assert seen.answers >= 10 * readers * minutes, said
    assert not [f for f in (*soon, *after) if ".duckdb" in f]
    forgotten = 1 if minutes >= 1 else readers + 2
    assert len(after) <= len(before) + HANDLES_KEPT * forgotten, (said, after)


def publish(data: Path, folder: Path, until: float, seen: Seen, server: int) -> None:
    """Import a few new reviews and refresh, until the time is over, and at least twice."""
    environment = os.environ | {"HOSHIYOMI_DATA": str(data)}
    turn = 0
    while time.monotonic() < until or turn < 2:
        dump = folder / f"new-{turn}.csv"
        write(dump, turn)
        for command in (["import", str(dump), "--timezone", "UTC"], ["refresh"]):
            done = subprocess.run(
                [HOSHIYOMI, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                seen.faults.append(f"{command[0]} ended with {done.returncode}: {done.stderr[-300:]}")
                return
        seen.publications.append((time.monotonic(), revision(data)))
        seen.handles.append(len(open_files(server)))
        turn += 1


def write(dump: Path, turn: int) -> None:
    """Ten new reviews of the sample app, in google-play-scraper's columns."""
    now = datetime.now(UTC).replace(microsecond=0)
    with dump.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(
            ["appId", "reviewId", "content", "score", "thumbsUpCount", "reviewCreatedVersion", "at"]
        )
        for n in range(10):
            row = [f"soak-{turn}-{n}", TEXTS[n % 4], n % 5 + 1, 0, "2.4.0", now.isoformat()]
            table.writerow(["jp.example.soak", *row])


def read(port: int, data: Path, until: float, seed: int, seen: Seen) -> None:
    """One reader: a page, a choice on it, the next page."""
    dice = random.Random(seed)
    try:
        with reader(port, "ja" if seed % 2 else "en") as tab:
            while time.monotonic() < until:
                page = dice.choice(PAGES)
                now = revision(data)
                look(tab, data, seen, page, tab.open(page), now)
                if page == "reviews":
                    now = revision(data)
                    look(tab, data, seen, page, tab.choose("q", dice.choice(WORDS)), now)
                elif "span" in tab.widgets:
                    now = revision(data)
                    look(tab, data, seen, page, tab.pick("span", dice.randrange(4)), now)
                time.sleep(dice.expovariate(1 / 2))
    except Exception as error:  # noqa: BLE001 - a thread must not die in silence
        seen.faults.append(f"reader {seed}: {error!r}")


def look(tab: Reader, data: Path, seen: Seen, page: str, answer: Answer, asked_at: int = 0) -> None:
    """Note what an answer shows: no exception, and no publication that was not current when it was asked."""
    seen.answers += 1
    seen.faults += [f"{page}: {fault}" for fault in answer.faults]
    shown = {int(a or b) for text in answer.texts for a, b in SAID.findall(text)}
    if not shown:
        seen.faults.append(f"{page} ({tab.language}) names no publication")
    elif min(shown) < asked_at or max(shown) > revision(data) or len(shown) > 1:
        seen.old.append(f"{page}: shown {sorted(shown)}, current {asked_at} when asked")


def revision(data: Path) -> int:
    """The number of the publication that is current now."""
    return int(reads.rows(reads.current(data), "publication")[0]["revision"])


def settled(server: int, before: int) -> list[str]:
    """The open handles of the server, once the readers' last connections are gone (ten seconds at most)."""
    until = time.monotonic() + 10
    while len(found := open_files(server)) > before and time.monotonic() < until:
        time.sleep(0.2)
    return found
