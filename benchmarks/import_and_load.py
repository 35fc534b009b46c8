"""How many reviews a second are imported and loaded, beside what a plain reader of the same file does.

    python benchmarks/import_and_load.py [DUMP] [--repeat N]

Without DUMP the real dump beside the checkout is taken, or, where it is missing, a made one. Every
measurement runs in a fresh process, so that peak memory is its own; the best of N is shown, wall clock and
processor seconds. The baselines do far less: no gate, no landing, no history, no hashes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

REAL = Path(__file__).resolve().parents[1] / "../shared/data/reviews/covid_apps_reviews.csv.gz"
AIM = 50_000


@contextmanager
def timed(name: str, into: dict[str, float]) -> Iterator[None]:
    """Wall clock and processor seconds of a block, those of the processes that helped among them."""
    wall, cpu = time.perf_counter(), _processor_seconds()
    yield
    into[f"{name}_wall"] = time.perf_counter() - wall
    into[f"{name}_cpu"] = _processor_seconds() - cpu


def _processor_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def ours(path: Path, data: Path) -> dict[str, float]:
    """Import the dump into landing files, then load them."""
    from flows.collection.dump_import import import_file
    from flows.sources.dumps.files import Options
    from warehouse.landing import Landing
    from warehouse.writes import writer

    figures: dict[str, float] = {}
    with writer(data):
        pass  # an empty warehouse, so that its making is not counted
    with timed("import", figures):
        done = import_file(path, Options(), Landing(data), run_id="benchmark", progress=lambda rows: None)
    with timed("load", figures), writer(data) as w:
        w.load(datetime.now(UTC))
    return figures | {"rows": done.reviews}


def pandas_and_duckdb(path: Path, data: Path) -> dict[str, float]:
    """What a notebook does: read the CSV with pandas, insert the frame into DuckDB."""
    import duckdb
    import pandas as pd

    figures: dict[str, float] = {}
    with timed("both", figures):
        frame = pd.read_csv(path)
        with duckdb.connect(str(data / "plain.duckdb")) as con:
            con.register("frame", frame)
            con.execute("create table reviews as select * from frame")
    return figures | {"rows": len(frame)}


def duckdb_alone(path: Path, data: Path) -> dict[str, float]:
    """DuckDB's own CSV reader into a table: the floor."""
    import duckdb

    figures: dict[str, float] = {}
    with timed("both", figures), duckdb.connect(str(data / "plain.duckdb")) as con:
        con.execute("create table reviews as select * from read_csv(?, all_varchar = true)", [str(path)])
        ((rows,),) = con.execute("select count(*) from reviews").fetchall()
    return figures | {"rows": rows}


WAYS: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "ours": ours,
    "pandas_and_duckdb": pandas_and_duckdb,
    "duckdb_alone": duckdb_alone,
}


def measure(way: str, path: Path, repeat: int) -> dict[str, float]:
    """The best of several fresh processes, by wall clock."""
    runs = []
    for _ in range(repeat):
        out = subprocess.run(
            [sys.executable, __file__, str(path), "--way", way], check=True, capture_output=True, text=True
        ).stdout
        runs.append(json.loads(out))
    return min(runs, key=lambda r: sum(v for k, v in r.items() if k.endswith("_wall")))


def made(folder: Path, rows: int = 50_000) -> Path:
    """A dump of made reviews, for a machine without the real one."""
    chance = random.Random(7)
    words = ["the", "app", "opens", "login", "card", "fails", "slow", "使い", "やすい", "通知", "画面", "★"]
    path = folder / "made.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=6) as out:
        write = csv.writer(out, lineterminator="\n").writerow
        write(["app_id", "review_id", "content", "score", "thumbs_up", "review_version", "at", "reply"])
        for n in range(rows):
            text = " ".join(chance.choices(words, k=chance.randint(3, 40)))
            at = f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d} {n % 24:02d}:00:00"
            write([f"app.{n % 50}", f"gp:{n}", text, n % 5 + 1, n % 7, f"1.{n % 9}", at, ""])
    return path


def report(path: Path, repeat: int) -> None:
    """Measure everything and print it."""
    results = {way: measure(way, path, repeat) for way in WAYS}
    best = results["ours"]
    rows = best["rows"]
    both = best["import_wall"] + best["load_wall"]
    print(f"{path.name}: {rows:,.0f} reviews, best of {repeat}")
    for name, wall in (("import", best["import_wall"]), ("load", best["load_wall"]), ("both", both)):
        cpu = best["import_cpu"] + best["load_cpu"] if name == "both" else best[f"{name}_cpu"]
        print(
            f"  {name:8} {wall:6.2f} s  {rows / wall:9,.0f} rows/s   {cpu:6.2f} s processor "
            f"({rows / cpu:9,.0f} rows a processor second)"
        )
    print(f"  peak memory {best['peak_mb']:,.0f} MB; aim {AIM:,} rows/s for both")
    for way in ("pandas_and_duckdb", "duckdb_alone"):
        plain = results[way]["both_wall"]
        print(
            f"  {way:18} {plain:6.2f} s  {results[way]['rows'] / plain:9,.0f} rows/s   "
            f"{results[way]['both_cpu']:6.2f} s processor, {results[way]['peak_mb']:,.0f} MB; "
            f"ours takes {both / plain:.1f} times as long"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", nargs="?", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = wanted.dump or (REAL if REAL.is_file() else made(Path(folder)))
        if not wanted.way:
            report(path, wanted.repeat)
            return
        figures = WAYS[wanted.way](path, Path(folder))
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
