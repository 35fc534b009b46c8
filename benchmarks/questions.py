"""Publishing ten million reviews, and each worked question of docs/questions on them.

    python benchmarks/questions.py [--reviews N] [--apps N] [--data FOLDER]

How long publishing takes, how large the published file is beside the live data of the working file (the
blocks that hold something), and how long each question takes when it is asked again on two threads with
1 GB: about the app that has most of the reviews, in place of the sample. Processor time stands beside the
clock, since other work may share the machine. `--data` names a folder that was filled and analysed before;
its marts are built anew.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated
from warehouse.publish import publish
from warehouse.reads import current
from warehouse.schema import build
from warehouse.writes import FILE, writer

QUESTIONS = Path(__file__).resolve().parent.parent / "docs" / "questions"
MOST_SECONDS, MOST_PUBLISH_SECONDS, MOST_RATIO = 1.0, 20.0, 1.3
# What the sample's story is about, and what stands for it in the made data.
_STANDS_FOR = {"'sample'": "'app0'", "'2.0.0'": "'1.10'", "'2.3.0'": "'1.12'"}


def fill(data: Path, apps: int, reviews: int) -> None:
    with writer(data) as w:
        generated.fill(w, apps=apps, reviews=reviews, skew=2.0)


def analyse(data: Path, *_: int) -> None:
    from flows.config.load import load_config
    from flows.pipeline.analyse import analyse_now

    analyse_now(load_config().model_copy(update={"data": data}))


def marts(data: Path, *_: int) -> None:
    with writer(data) as w:
        # a file that is published already would make the next publication a no-op
        w.con.execute("delete from core.marts_built")
        build(w.con)


def publication(data: Path, *_: int) -> None:
    (data / "current.duckdb").unlink(missing_ok=True)
    publish(data, datetime.now(UTC))


STEPS = {step.__name__: step for step in (fill, analyse, marts, publication)}


def one(step: str, data: Path, apps: int, reviews: int) -> None:
    """Run a step and tell what it took, in a process of its own so that the peak is its own."""
    began, worked = time.perf_counter(), time.process_time()
    STEPS[step](data, apps, reviews)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    late = f"  (wanted: {MOST_PUBLISH_SECONDS:g} s)" if step == "publication" else ""
    load = os.getloadavg()[0]
    print(
        f"{step:12} {seconds:7.1f} s  cpu {cpu:6.1f} s  peak {peak:5.0f} MB  load {load:4.1f}{late}",
        flush=True,
    )


def sizes(data: Path) -> None:
    """The published file beside the live data of the working file."""
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        ((_, _, block, _, used, *_),) = con.execute("pragma database_size").fetchall()
    published = current(data).stat().st_size
    live = block * used
    print(
        f"published {published / 1e6:.0f} MB, live data of the working file {live / 1e6:.0f} MB: "
        f"{published / live:.2f} times (at most {MOST_RATIO:g})"
    )


def ask(data: Path, times: int) -> None:
    """Each question, warm: the best of `times` after a first one that is not counted."""
    slow = []
    config: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "memory_limit": "1GB"}
    with duckdb.connect(str(current(data)), read_only=True, config=config) as con:
        con.execute("set timezone = 'UTC'")
        for path in sorted(QUESTIONS.glob("*.sql")):
            sql = path.read_text(encoding="utf-8")
            for sample, made in _STANDS_FOR.items():
                sql = sql.replace(sample, made)
            rows = len(con.execute(sql).fetchall())
            taken = []
            for _ in range(times):
                began, worked = time.perf_counter(), time.process_time()
                con.execute(sql).fetchall()
                taken.append((time.perf_counter() - began, time.process_time() - worked))
            seconds, cpu = min(t for t, _ in taken), min(c for _, c in taken)
            slow += [path.stem] if seconds > MOST_SECONDS else []
            print(f"{path.stem:44} {seconds:6.3f} s  cpu {cpu:6.3f} s  {rows:4} rows", flush=True)
    print(f"slower than {MOST_SECONDS:g} s: {', '.join(slow) or 'none'}; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=10_000_000)
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a folder that was filled and analysed before")
    parser.add_argument("--only", choices=("ask",), help="with --data: ask only, of what is published")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        one(asked.step, asked.data, asked.apps, asked.reviews)
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data or Path(folder)
        steps = () if asked.only else ("marts", "publication") if asked.data else tuple(STEPS)
        for step in steps:
            words = ["--data", str(data), "--reviews", str(asked.reviews), "--apps", str(asked.apps)]
            subprocess.run([sys.executable, __file__, "--step", step, *words], check=True)
        sizes(data)
        ask(data, asked.times)


if __name__ == "__main__":
    main()
