"""What a refresh costs that brings 1,000 new reviews, stage by stage, as the warehouse grows.

    python benchmarks/refresh_growth.py [--millions 1 5 10] [--apps N] [--data FOLDER] [--no-analysis]

Made reviews (benchmarks/generated.py), all of them built, checked and published; then 1,000 new ones are
landed and everything is brought up to date; then nothing is new. Each stage runs in a process of its own:
seconds of processor and of the clock, and the peak of its memory. Other work on the machine shows in the
clock alone. Predictions are made here; what the model takes, benchmarks/classify.py tells. With
`--no-analysis` the statistics are left out. `--data` keeps what is made, to be used again.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import generated
from flows.config.load import load_config
from flows.pipeline.publish import build_marts, is_publication_due, publish_now, run_checks
from warehouse.landing import Landing
from warehouse.reads import current
from warehouse.records import Coverage, Review
from warehouse.writes import FILE, PredictionRow, writer

NEW = 1_000
MODEL = "m"
_NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)


def fill(data: Path, apps: int, reviews: int) -> None:
    with writer(data) as w:
        generated.fill(w, apps=apps, reviews=reviews, skew=2.0)


def land(data: Path, apps: int, _: int) -> None:
    """1,000 reviews of the last days, most of them of a few apps."""
    dice = random.Random(1)
    batch = f"made-{time.time_ns()}"
    found = []
    for n in range(NEW):
        app = int(apps * dice.random() ** 2)
        at = _NOW - timedelta(minutes=dice.randint(1, 4_000))
        found.append(
            Review(
                store="google_play", store_app_id=f"app{app}", review_id=f"{batch}-{n}", source="made",
                rating=dice.randint(1, 5), title=None, text=f"Signing in is slow, I tried it {n} times",
                reviewed_at=at, seen_at=_NOW, language="ja", version="1.18",
            )
        )  # fmt: skip
    landing = Landing(data)
    landing.write("reviews", batch, "0", found)
    landing.write("coverage", batch, "0", [_covered(batch, app) for app in {r.store_app_id for r in found}])


def _covered(batch: str, app: str) -> Coverage:
    return Coverage(
        batch=batch, run_id="r", source="made", store="google_play", store_app_id=app, started_at=_NOW,
        finished_at=_NOW, covered_until=_NOW, pages=1, got=0, outcome="complete", reason="end_confirmed",
    )  # fmt: skip


def load(data: Path, *_: int) -> None:
    with writer(data) as w:
        w.load(datetime.now(UTC))


def classify(data: Path, *_: int) -> None:
    """What is said of the new texts is made; what is measured is finding them and keeping what is said."""
    with writer(data) as w:
        texts = w.unclassified(MODEL, 65_536)
        said = [
            PredictionRow(
                text_hash=text_hash, sentiment="negative", p_negative=0.8, p_neutral=0.1, p_positive=0.1,
                topics=(("login", 0.8),),
            )
            for text_hash, _ in texts
        ]  # fmt: skip
        w.add_predictions(MODEL, said, datetime.now(UTC))


def analyse(data: Path, *_: int) -> None:
    from flows.pipeline.analyse import analyse_now

    analyse_now(load_config().model_copy(update={"data": data}))


def marts(data: Path, *_: int) -> None:
    if is_publication_due(data):
        build_marts(data)


def checks(data: Path, *_: int) -> None:
    run_checks(data)


def publish(data: Path, *_: int) -> None:
    publish_now(load_config().model_copy(update={"data": data}))


def nothing(data: Path, *_: int) -> None:
    """What a run asks when nothing has come."""
    assert not is_publication_due(data)
    publish(data)


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step for step in (fill, land, load, classify, analyse, marts, checks, publish, nothing)
}
ALL = ("fill", "analyse", "marts", "checks", "publish")
FEW = ("land", "load", "classify", "analyse", "marts", "checks", "publish", "nothing")


def one(step: str, data: Path, apps: int, reviews: int) -> None:
    """Run a step and tell what it took."""
    began, worked = time.perf_counter(), time.process_time()
    STEPS[step](data, apps, reviews)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{cpu:.2f} {seconds:.2f} {peak:.0f}")


def grown(data: Path, apps: int, reviews: int, left_out: tuple[str, ...]) -> None:
    """The table of one size."""
    begun = (data / FILE).exists()
    for title, steps in (("all", () if begun else ALL), (f"+{NEW:,}", FEW)):
        total = 0.0
        for step in steps:
            if step in left_out:
                continue
            words = ["--step", step, "--data", str(data), "--apps", str(apps), "--reviews", str(reviews)]
            told = subprocess.run(
                [sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True
            )
            cpu, seconds, peak = told.stdout.split()[-3:]
            total += float(cpu) if step not in ("fill", "land", "nothing") else 0.0
            print(
                f"{reviews / 1e6:5g} M  {title:7} {step:9} {cpu:>8} s cpu {seconds:>8} s {peak:>6} MB",
                flush=True,
            )
        print(f"{reviews / 1e6:5g} M  {title:7} {'together':9} {total:8.2f} s cpu", flush=True)
    size = current(data).stat().st_size
    print(f"{reviews / 1e6:5g} M  published file {size / 1e6:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 5, 10])
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--data", type=Path, help="a folder to work in, which stays")
    parser.add_argument("--no-analysis", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--reviews", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        one(asked.step, asked.data, asked.apps, asked.reviews)
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for millions in asked.millions:
        with tempfile.TemporaryDirectory() as folder:
            data = asked.data / f"{millions:g}M" if asked.data else Path(folder)
            grown(data, asked.apps, int(millions * 1e6), ("analyse",) if asked.no_analysis else ())


if __name__ == "__main__":
    main()
