"""A portfolio of ten million reviews under ten readers: how long the dashboard's server takes for an answer.

    python benchmarks/dashboard_load.py [--reviews N] [--apps N] [--readers N] [--seconds N] [--data FOLDER]

A real server in a process of its own, and readers that speak to it as a browser does (benchmarks/readers.py).
A reader opens a page, changes a few things on it, thinks between two clicks as long as `--think` says on
average, and goes on to another page or app. "page" is the opening of a page, "click" a changed choice; the
time is from the question to the last byte of the answer, with whatever the other readers keep the cores busy.
First one reader alone, on a publication that nobody has looked at; then all of them. `--data` names a folder
that is published already, such as one that this script made with `--keep`.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated, readers
from benchmarks.readers import Answer, Reader

PAGES = ("rating", "releases", "topics", "tradeoffs", "reviews")
WORDS = ("ログイン", "card", "slow since", "使いやすかった", "thank you")
Timed = tuple[str, str, float]
"""A page, "page" or "click", seconds."""


def make(data: Path, apps: int, reviews: int) -> None:
    """Fill a warehouse, analyse it and publish it, each step in a process of its own."""
    from flows.config.load import load_config
    from flows.pipeline.analyse import analyse_now
    from warehouse.publish import publish
    from warehouse.schema import build
    from warehouse.writes import writer

    with writer(data) as w:
        generated.fill(w, apps=apps, reviews=reviews, skew=2.0)
    analyse_now(load_config())
    with writer(data) as w:
        build(w.con)
    publish(data, datetime.now(UTC))


def wander(reader: Reader, apps: int, dice: random.Random, rest: Callable[[], None]) -> list[Timed]:
    """Look at an app: a few of its pages, a few choices on each."""
    found: list[Timed] = []

    def told(page: str, what: str, answer: Answer) -> None:
        if answer.faults:
            raise RuntimeError(f"{page} ({what}): {answer.faults}")
        found.append((page, what, answer.seconds))
        rest()

    if dice.random() < 0.5:
        told("overview", "page", reader.open(""))
        if "q" in reader.widgets:
            told("overview", "click", reader.choose("q", f"app {dice.randrange(10)}"))
    # half of the looks are at the few apps that have most of the reviews
    app = f"app{dice.randrange(10 if dice.random() < 0.5 else apps)}"
    for page in dice.sample(PAGES, 2):
        told(page, "page", reader.open(page, app=app))
        for _ in range(dice.randrange(3)):
            told(page, "click", click(reader, page, dice))
    if dice.random() < 0.1:
        page = dice.choice(("health", "about"))
        told(page, "page", reader.open(page))
    return found


def click(reader: Reader, page: str, dice: random.Random) -> Answer:
    """One changed choice: the words or the tone searched for, or the span."""
    if page == "reviews" and dice.random() < 0.7:
        if dice.random() < 0.7:
            return reader.choose("q", dice.choice(WORDS))
        return reader.choose("tone", reader.options["tone"][dice.randrange(1, 4)])
    return reader.pick("span", dice.randrange(4))


def read(port: int, asked: argparse.Namespace, seed: int, until: float, found: list[Timed]) -> None:
    """One reader, until the time is over."""
    dice = random.Random(seed)
    # people do not come in the same second
    time.sleep(dice.uniform(0, 2 * asked.think))
    with readers.reader(port, "ja" if seed % 2 else "en") as reader:
        while time.monotonic() < until:
            found += wander(
                reader, asked.apps, dice, lambda: time.sleep(dice.expovariate(1 / asked.think))
            )  # fmt: skip


def measure(port: int, asked: argparse.Namespace, count: int, seconds: float, seed: int) -> list[Timed]:
    """What `count` readers saw."""
    found: list[Timed] = []
    faults: list[Exception] = []

    def one(n: int) -> None:
        try:
            read(port, asked, seed + n, until, found)
        except Exception as error:  # noqa: BLE001 - told below: a thread must not die in silence
            faults.append(error)

    until = time.monotonic() + seconds
    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return found


def tell(found: Sequence[Timed]) -> None:
    """Median and 95th percentile of pages and clicks, of each page and in all."""
    names = sorted({page for page, _, _ in found})
    for what in ("page", "click"):
        for page in (*names, "all"):
            times = sorted(s for p, w, s in found if w == what and page in (p, "all"))
            if times:
                middle, late = times[len(times) // 2], times[min(len(times) - 1, len(times) * 95 // 100)]
                print(
                    f"  {what:6} {page:10} {len(times):5} times  median {1000 * middle:5.0f} ms"
                    f"  95 % {1000 * late:5.0f} ms  slowest {1000 * times[-1]:5.0f} ms"
                )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=10_000_000)
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument(
        "--think", type=float, default=4.0, help="mean seconds between two clicks of a reader"
    )
    parser.add_argument("--data", type=Path, help="a folder that is published already")
    parser.add_argument("--keep", type=Path, help="make the data here and leave it")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make, asked.apps, asked.reviews)
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data or asked.keep or Path(folder)
        if not asked.data:
            began = time.monotonic()
            command = [sys.executable, __file__, "--make", str(data), "--reviews", str(asked.reviews)]
            environment = os.environ | {"HOSHIYOMI_DATA": str(data)}
            subprocess.run([*command, "--apps", str(asked.apps)], check=True, env=environment)
            print(f"made, analysed and published in {time.monotonic() - began:.0f} s")
        with readers.dashboard(data) as (port, process):
            print("one reader:")
            tell(measure(port, asked, 1, asked.seconds / 3, seed=1_000))
            print(f"{asked.readers} readers, who think {asked.think:g} s between two clicks:")
            tell(measure(port, asked, asked.readers, asked.seconds, seed=1))
            now, peak = readers.memory_mb(process)
            print(f"memory of the server: {now:.0f} MB, at its highest {peak:.0f} MB")


if __name__ == "__main__":
    main()
