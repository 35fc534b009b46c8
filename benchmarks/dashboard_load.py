"""A portfolio of ten million reviews under ten readers: how long the dashboard's server takes for an answer.

    python benchmarks/dashboard_load.py [--reviews N] [--apps N] [--readers N] [--seconds N] [--data FOLDER]

A real server in a process of its own, and readers that speak to it as a browser does (benchmarks/readers.py).
A reader opens a page, changes a few things on it, thinks between two clicks as long as `--think` says on
average, and goes on to another page or app. "page" is the opening of a page, "click" a changed choice; the
time is from the question to the last byte of the answer, with whatever the other readers keep the cores busy.
First one reader alone, on a publication that nobody has looked at: there the server's own seconds of
processor are told, too, which other work on the machine does not change. Then all of them. What is aimed at
are a page in PAINTED_S, a click in CLICKED_S, and LARGEST bytes a page on the wire; what a browser takes to
draw is not in it. `--data` names a folder that is published already, such as one that this script made with
`--keep`.
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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated, readers
from benchmarks.readers import Answer, Reader
from warehouse import reads

PAGES = ("rating", "releases", "topics", "tradeoffs", "reviews")
"""About one app."""
MANY = ("map", "compare")
"""About many apps."""
PAINTED_S, CLICKED_S, LARGEST = 1.0, 0.5, 150_000
WORDS = ("ログイン", "card", "slow since", "使いやすかった", "thank you")


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer."""

    page: str
    what: Literal["page", "click"]
    seconds: float
    wire: int
    """Bytes that came over the wire."""
    size: int
    """The same before the server compressed them."""
    processor_s: float
    """What the server took in that time, for whomever."""


@dataclass(frozen=True, slots=True)
class There:
    """What is read: the server, its process, how many apps, and reviews by app as (address, app)."""

    port: int
    process: int
    apps: int
    reviews: dict[str, list[str]]


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


def some_reviews(data: Path) -> dict[str, list[str]]:
    """Twenty reviews of each app, as the address names them."""
    with reads.connection(reads.current(data)) as con:
        rows = con.execute(
            "select o.app, r.store || '/' || r.store_app_id || '/' || r.review_id from reviews r "
            "join overview o using (store, store_app_id) "
            "qualify row_number() over (partition by o.app order by hash(r.review_id)) <= 20"
        ).fetchall()
    found: dict[str, list[str]] = {}
    for app, review in rows:
        found.setdefault(app, []).append(review)
    return found


def wander(reader: Reader, there: There, dice: random.Random, rest: Callable[[], None]) -> list[Timed]:
    """Look at an app: a few of its pages, a few choices on each."""
    found: list[Timed] = []
    apps = there.apps

    def told(page: str, what: Literal["page", "click"], ask: Callable[[], Answer]) -> None:
        before = readers.processor_s(there.process)
        answer = ask()
        if answer.faults:
            raise RuntimeError(f"{page} ({what}): {answer.faults}")
        took = readers.processor_s(there.process) - before
        found.append(Timed(page, what, answer.seconds, answer.wire, answer.size, took))
        rest()

    if dice.random() < 0.5:
        told("overview", "page", lambda: reader.open(""))
        if "q" in reader.widgets:
            told("overview", "click", lambda: reader.choose("q", f"app {dice.randrange(10)}"))
    if dice.random() < 0.4:
        page = dice.choice(MANY)
        some = [f"app{n}" for n in dice.sample(range(apps), min(3, apps))]
        told(page, "page", lambda: reader.open(page, **({"apps": some} if page == "compare" else {})))
        for _ in range(dice.randrange(1, 3)):
            told(page, "click", lambda: reader.pick("last", dice.randrange(3)))
    # half of the looks are at the few apps that have most of the reviews
    app = f"app{dice.randrange(10 if dice.random() < 0.5 else apps)}"
    for page in dice.sample(PAGES, 2):
        told(page, "page", lambda page=page: reader.open(page, app=app))
        for _ in range(dice.randrange(3)):
            told(page, "click", lambda page=page: click(reader, page, dice))
    if dice.random() < 0.3 and (known := there.reviews.get(app)):
        review = dice.choice(known)
        told("one review", "page", lambda: reader.open("reviews", app=app, review=review))
        dots = next(key for key in reader.widgets if key.startswith("more-one-"))
        told("one review", "click", lambda: reader.choose(dots, True))
    if dice.random() < 0.1:
        page = dice.choice(("health", "about"))
        told(page, "page", lambda: reader.open(page))
    return found


def click(reader: Reader, page: str, dice: random.Random) -> Answer:
    """One changed choice: the words or the tone searched for, or the span."""
    if page == "reviews" and dice.random() < 0.7:
        if dice.random() < 0.7:
            return reader.choose("q", dice.choice(WORDS))
        return reader.choose("tone", reader.options["tone"][dice.randrange(1, 4)])
    return reader.pick("span", dice.randrange(4))


def read(there: There, asked: argparse.Namespace, seed: int, until: float, found: list[Timed]) -> None:
    """One reader, until the time is over."""
    dice = random.Random(seed)
    # people do not come in the same second
    time.sleep(dice.uniform(0, 2 * asked.think))
    with readers.reader(there.port, "ja" if seed % 2 else "en") as reader:
        while time.monotonic() < until:
            found += wander(
                reader, there, dice, lambda: time.sleep(dice.expovariate(1 / asked.think))
            )  # fmt: skip


def measure(there: There, asked: argparse.Namespace, count: int, seconds: float, seed: int) -> list[Timed]:
    """What `count` readers saw."""
    found: list[Timed] = []
    faults: list[Exception] = []

    def one(n: int) -> None:
        try:
            read(there, asked, seed + n, until, found)
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


def tell(found: Sequence[Timed], *, alone: bool) -> None:
    """Median and 95th percentile of pages and clicks, of each page and in all, and what is aimed at."""
    names = sorted({f.page for f in found})
    for what, aim in (("page", PAINTED_S), ("click", CLICKED_S)):
        for page in (*names, "all"):
            these = [f for f in found if f.what == what and page in (f.page, "all")]
            if not these:
                continue
            middle, late, last = spread([1000 * f.seconds for f in these])
            wire, size = (max(getattr(f, name) for f in these) / 1000 for name in ("wire", "size"))
            own = f"  processor {spread([1000 * f.processor_s for f in these])[0]:5.0f} ms" if alone else ""
            within = sum(f.seconds <= aim for f in these) / len(these)
            print(
                f"  {what:6} {page:10} {len(these):5} times  median {middle:5.0f} ms  95 % {late:5.0f} ms"
                f"  slowest {last:5.0f} ms  within {aim:g} s {within:4.0%}{own}"
                f"  largest {wire:4.0f} KB of {size:4.0f}"
            )
    over = sorted({f.page for f in found if f.wire > LARGEST})
    print(f"  pages over {LARGEST / 1000:.0f} KB: {', '.join(over) or 'none'}")


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and the highest."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], ordered[-1]


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
        reviews = some_reviews(data)
        with readers.dashboard(data) as (port, process):
            there = There(port, process, asked.apps, reviews)
            print("one reader:")
            tell(measure(there, asked, 1, asked.seconds / 3, seed=1_000), alone=True)
            print(f"{asked.readers} readers, who think {asked.think:g} s between two clicks:")
            tell(measure(there, asked, asked.readers, asked.seconds, seed=1), alone=False)
            now, peak = readers.memory_mb(process)
            print(f"memory of the server: {now:.0f} MB, at its highest {peak:.0f} MB")


if __name__ == "__main__":
    main()
